/* SPDX-License-Identifier: MIT */
#include "shared/net/tls.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { DRAIN_MS = 10000 };

/* The one that a shared secret is used with: its hash is SHA-256. */
static const char cipher[] = "TLS_AES_128_GCM_SHA256";
static const unsigned char cipher_id[] = { 0x13, 0x01 };
static const unsigned char identity[] = "ipc-showcase";

enum { IDENTITY = sizeof(identity) - 1 };

/* ------------------------------------------------------------ by a secret */

/* What RFC 8446 calls an external pre-shared key. */
static SSL_SESSION *make_session(SSL *ssl)
{
    const struct trust *trust = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const SSL_CIPHER *c = SSL_CIPHER_find(ssl, cipher_id);
    SSL_SESSION *session = SSL_SESSION_new();
    unsigned char key[SECRET_SIZE];

    if (c && session && secret_derive(trust->secret, "tls", "", key) == 0 &&
        SSL_SESSION_set1_master_key(session, key, sizeof(key)) == 1 &&
        SSL_SESSION_set_cipher(session, c) == 1 &&
        SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1 &&
        SSL_SESSION_set1_id_context(session, identity, IDENTITY) == 1)
        return session;
    SSL_SESSION_free(session);
    return NULL;
}

static int use_secret(SSL *ssl, const EVP_MD *hash,
                      const unsigned char **ret_id, size_t *ret_size,
                      SSL_SESSION **ret_session)
{
    (void)hash; /* there is one cipher, and so one hash */
    *ret_session = make_session(ssl);
    *ret_id = identity;
    *ret_size = IDENTITY;
    return *ret_session != NULL;
}

static int find_secret(SSL *ssl, const unsigned char *id, size_t size,
                       SSL_SESSION **ret_session)
{
    const bool is_ours = size == IDENTITY && memcmp(id, identity, size) == 0;

    *ret_session = is_ours ? make_session(ssl) : NULL;
    return !is_ours || *ret_session;
}

/* A host that has a certificate instead of the secret is believed by nobody:
 * nothing can have signed it. */
static bool set_secret(SSL_CTX *tls)
{
    SSL_CTX_set_psk_use_session_callback(tls, use_secret);
    SSL_CTX_set_psk_find_session_callback(tls, find_secret);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    return SSL_CTX_set_session_id_context(tls, identity, IDENTITY) == 1 &&
           SSL_CTX_set_ciphersuites(tls, cipher) == 1;
}

/* --------------------------------------------------------- by certificates */

static int refuse(const char *path, const char *why, char *ret_text)
{
    (void)snprintf(ret_text, TLS_TEXT_MAX, "%s: %s", path, why);
    return -EBADMSG;
}

/* Nobody is asked at the terminal. */
static int no_password(char *room, int size, int writing, void *arg)
{
    (void)room;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static int set_private_key(SSL_CTX *tls, const char *path, char *ret_text)
{
    EVP_PKEY *key;
    int fd, r;
    BIO *file;

    r = secret_open(path, &fd);
    if (r < 0) {
        (void)refuse(path,
                     r == -EPERM    ? "others have rights to it (chmod 600)"
                     : r == -EPROTO ? "not a plain file, or a link to one"
                                    : strerror(-r),
                     ret_text);
        return r;
    }
    file = BIO_new_fd(fd, BIO_CLOSE);
    key = file ? PEM_read_bio_PrivateKey(file, NULL, no_password, NULL) : NULL;
    BIO_free(file);
    if (!key)
        return refuse(path, "no private key in PEM, or one with a password",
                      ret_text);
    r = SSL_CTX_use_PrivateKey(tls, key);
    EVP_PKEY_free(key);
    return r == 1 ? 0 : refuse(path, "not the certificate's key", ret_text);
}

static int set_files(SSL_CTX *tls, const struct tls_files *files, bool both,
                     char *ret_text)
{
    const int mode =
        SSL_VERIFY_PEER | (both ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);

    if (SSL_CTX_load_verify_file(tls, files->authority) != 1)
        return refuse(files->authority, "no certificates in PEM", ret_text);
    SSL_CTX_set_verify(tls, mode, NULL);
    if (!files->certificate)
        return 0;
    if (SSL_CTX_use_certificate_chain_file(tls, files->certificate) != 1)
        return refuse(files->certificate, "no certificate in PEM", ret_text);
    return set_private_key(tls, files->private_key, ret_text);
}

int tls_open(struct trust *trust, const struct tls_files *files, bool both,
             char ret_text[static TLS_TEXT_MAX])
{
    int r = 0;

    trust->tls = SSL_CTX_new(TLS_method());
    if (!trust->tls ||
        SSL_CTX_set_min_proto_version(trust->tls, TLS1_3_VERSION) != 1 ||
        (!files && !set_secret(trust->tls))) {
        (void)refuse("TLS 1.3", "OpenSSL does not have it", ret_text);
        r = -ENOTSUP;
    }
    if (r == 0) {
        (void)SSL_CTX_set_app_data(trust->tls, trust);
        /* No connection goes on where another one was. */
        (void)SSL_CTX_set_num_tickets(trust->tls, 0);
        (void)SSL_CTX_set_session_cache_mode(trust->tls, SSL_SESS_CACHE_OFF);
        (void)SSL_CTX_set_mode(trust->tls,
                               SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_read_ahead(trust->tls, 1);
    }
    if (r == 0 && files)
        r = set_files(trust->tls, files, both, ret_text);
    if (r < 0)
        tls_close(trust);
    ERR_clear_error();
    return r;
}

void tls_close(struct trust *trust)
{
    tls_pump_await();
    SSL_CTX_free(trust->tls);
    trust->tls = NULL;
    OPENSSL_cleanse(trust->secret, sizeof(trust->secret));
}

/* -------------------------------------------------------------- connections */

bool tls_is_on(const struct url *at)
{
    return at && at->trust && at->trust->tls;
}

/* Whose certificate it has to be: by name, or by address. */
static bool expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *wanted = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host) == 1)
        return true;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}

static SSL *make_ssl(const struct trust *trust, bool host, int wire)
{
    SSL *ssl = SSL_new(trust->tls);

    if (ssl && SSL_set_fd(ssl, wire) == 1 &&
        (host || !trust->host || expect_host(ssl, trust->host))) {
        if (host)
            SSL_set_accept_state(ssl);
        else
            SSL_set_connect_state(ssl);
        return ssl;
    }
    SSL_free(ssl);
    return NULL;
}

static int set_nonblocking(int fd)
{
    const int flags = fcntl(fd, F_GETFL);

    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static int begin(SSL *ssl, bool host, int *fd)
{
    int pair[2], r = 0;

    if (!host)
        r = tls_shake_hands(ssl, -1);
    if (r == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        r = -errno;
    if (r < 0)
        return r;
    r = tls_pump_start(ssl, pair[1]);
    if (r == 0) {
        *fd = pair[0];
        return 0;
    }
    fd_close(&pair[0]);
    fd_close(&pair[1]);
    return r;
}

int tls_begin(const struct url *at, bool host, int *fd)
{
    SSL *ssl;
    int r;

    if (!tls_is_on(at))
        return 0;
    r = set_nonblocking(*fd);
    if (r < 0)
        return r;
    ssl = make_ssl(at->trust, host, *fd);
    r = ssl ? begin(ssl, host, fd) : -ENOMEM;
    if (r < 0)
        SSL_free(ssl);
    ERR_clear_error();
    return r;
}

void tls_drain(const struct url *at, int fd)
{
    const uint64_t limit_ns = clock_ns() + DRAIN_MS * 1000000ull;
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    char rest[4096];
    int left_ms = DRAIN_MS;

    if (!tls_is_on(at) || fd <= 0 || shutdown(fd, SHUT_WR) < 0)
        return;
    while (left_ms > 0) {
        if (poll(&polled, 1, left_ms) > 0 &&
            recv(fd, rest, sizeof(rest), MSG_DONTWAIT) == 0)
            return;
        left_ms = (int)((int64_t)(limit_ns - clock_ns()) / 1000000);
    }
}
