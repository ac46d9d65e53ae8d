/* SPDX-License-Identifier: MIT */
#include "ipc/options/credentials.h"

#include "ipc/screen/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* Nothing that is given goes without an effect. */
static int check_scheme(const struct options *o)
{
    if (!o->secret || is_scheme(o, "tcp"))
        return 0;
    complain(NULL, "--secret: it takes --at tcp://HOST:PORT");
    return EXIT_USAGE;
}

int credentials_open(struct options *options)
{
    struct trust *trust = &options->trust;
    int r, status;

    status = check_scheme(options);
    if (status != 0 || !options->secret)
        return status;
    r = secret_read(options->secret, trust->secret);
    if (r < 0)
        return complain_file("secret", options->secret, r);
    trust->has_secret = true;
    options->at_url.trust = trust;
    return 0;
}
