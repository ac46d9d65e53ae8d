/* SPDX-License-Identifier: MIT */
#include "ipc/options/credentials.h"

#include "ipc/screen/screen.h"
#include "shared/net/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is wrong with a file that nobody else may be able to read. */
static int complain_file(const char *option, const char *path, int error)
{
    if (error == -EPERM)
        complain(NULL,
                 "--%s %s: others have rights to it, so it is no secret (chmod "
                 "600 %s)",
                 option, path, path);
    else if (error == -EACCES)
        complain(NULL, "--%s %s: it is another user's, or not to be read here",
                 option, path);
    else if (error == -EPROTO)
        complain(NULL, "--%s %s: not a plain file, or a link to one", option,
                 path);
    else if (error == -EBADMSG)
        complain(NULL, "--%s %s: not what `ipc key` makes: 64 digits 0-9a-f",
                 option, path);
    else
        complain(NULL, "--%s %s: %s", option, path, strerror(-error));
    return EXIT_FAILURE;
}

static bool is_scheme(const struct options *o, const char *scheme)
{
    return o->at_is_url && strcmp(o->at_url.scheme, scheme) == 0;
}

static int misuse(const char *text)
{
    complain(NULL, "%s", text);
    return EXIT_USAGE;
}

/* Nothing that is given goes without an effect. */
static int check_place(const struct options *o)
{
    const bool by_files = o->certificate || o->private_key || o->authority;
    const bool tls = is_scheme(o, "tcp+tls");

    if (o->secret && !tls && !is_scheme(o, "tcp"))
        return misuse("--secret: it takes --at tcp://HOST:PORT or tcp+tls://");
    if (by_files && !tls && !is_scheme(o, "rediss"))
        return misuse("--certificate, --private-key and --authority take --at "
                      "tcp+tls://HOST:PORT or rediss://");
    if (tls && !o->secret == !by_files)
        return misuse("tcp+tls:// takes either --secret FILE (`ipc key` makes "
                      "it), or --certificate, --private-key and --authority");
    return 0;
}

/* A certificate goes with its key, and with whom to believe. */
static int check_files(const struct options *o)
{
    if (!o->certificate != !o->private_key)
        return misuse("--certificate and --private-key go together");
    if (o->certificate && !o->authority)
        return misuse("--authority is missing: who has signed the other's "
                      "certificate");
    if (is_scheme(o, "tcp+tls") && o->authority && !o->certificate)
        return misuse("tcp+tls:// takes a --certificate with --private-key: "
                      "both sides show one");
    if (is_scheme(o, "rediss") && !o->authority)
        return misuse("rediss:// needs --authority FILE: who has signed the "
                      "server's certificate");
    return 0;
}

static int open_tls(struct options *o)
{
    const struct tls_files files = {
        .certificate = o->certificate,
        .private_key = o->private_key,
        .authority = o->authority,
    };
    const bool both = is_scheme(o, "tcp+tls");
    char text[TLS_TEXT_MAX];

    if (!both && !is_scheme(o, "rediss"))
        return 0;
    o->trust.host = o->secret ? NULL : o->at_url.host;
    if (tls_open(&o->trust, o->secret ? NULL : &files, both, text) == 0)
        return 0;
    complain(NULL, "%s", text);
    return EXIT_FAILURE;
}

/* A file for a password that others can read is of little use. */
static void warn_of_file(const struct options *o)
{
    struct stat status;

    if (o->at_file && o->at_url.password[0] && stat(o->at_file, &status) == 0 &&
        status.st_mode & (S_IRWXG | S_IRWXO))
        complain(NULL,
                 "warning: --at-file %s holds a password, and others have "
                 "rights to it (chmod 600 %s)",
                 o->at_file, o->at_file);
}

int credentials_open(struct options *options)
{
    struct trust *trust = &options->trust;
    int r = 0, status;

    status = check_place(options);
    if (status == 0)
        status = check_files(options);
    if (status != 0)
        return status;
    warn_of_file(options);
    options->at_url.trust = trust;
    if (options->secret)
        r = secret_read(options->secret, trust->secret);
    if (r < 0)
        return complain_file("secret", options->secret, r);
    trust->has_secret = options->secret != NULL;
    return open_tls(options);
}

void credentials_close(struct options *options)
{
    tls_close(&options->trust);
}
