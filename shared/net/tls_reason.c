/* SPDX-License-Identifier: MIT */
#include "shared/net/tls_reason.h"

#include "shared/net/trust.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { ALERT = SSL_AD_REASON_OFFSET };

/* The lock guards what is below it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last[TLS_TEXT_MAX];

static void keep(int fd, const char *text, const char *more)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    char name[64] = "it";

    if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0)
        (void)getnameinfo((struct sockaddr *)&peer, length, name, sizeof(name),
                          NULL, 0, NI_NUMERICHOST);
    (void)pthread_mutex_lock(&lock);
    (void)snprintf(last, sizeof(last), "%s %s%s", name, text, more);
    (void)pthread_mutex_unlock(&lock);
}

/* What OpenSSL calls it, where that says it to who does not know OpenSSL. */
static const char *words(int reason)
{
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_BAD_RECORD_TYPE:
        return "does not speak TLS 1.3";
    case SSL_R_BINDER_DOES_NOT_VERIFY:
        return "has another secret";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "shows no certificate";
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_CIPHER:
        return "shows no secret that is known here";
    default:
        return NULL;
    }
}

bool tls_note(const SSL *ssl, int fd)
{
    const struct trust *trust = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const unsigned long error = ERR_peek_last_error();
    const int reason = ERR_GET_REASON(error);
    const long verdict = SSL_get_verify_result(ssl);

    /* UNSPECIFIED is what a session by a secret begins with. */
    if (verdict != X509_V_OK && verdict != X509_V_ERR_UNSPECIFIED)
        keep(fd, "shows a certificate that is not accepted: ",
             X509_verify_cert_error_string(verdict));
    else if (ERR_GET_LIB(error) != ERR_LIB_SSL ||
             reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return false;
    else if (words(reason))
        keep(fd, words(reason), "");
    else if (reason > ALERT && trust->has_secret)
        keep(fd, "does not take this secret: both need a copy of the same file",
             "");
    else if (reason > ALERT)
        keep(fd, "does not accept what is shown to it: ",
             SSL_alert_desc_string_long(reason - ALERT));
    else
        keep(fd, "breaks a rule of TLS: ", ERR_reason_error_string(error));
    return true;
}

void tls_note_late(int fd)
{
    keep(fd, "did not greet in time, as TLS does", "");
}

bool tls_has_reason(void)
{
    bool is_known;

    (void)pthread_mutex_lock(&lock);
    is_known = last[0] != '\0';
    (void)pthread_mutex_unlock(&lock);
    return is_known;
}

bool tls_reason(char ret_text[static TLS_TEXT_MAX])
{
    bool is_known;

    (void)pthread_mutex_lock(&lock);
    is_known = last[0] != '\0';
    memcpy(ret_text, last, sizeof(last));
    last[0] = '\0';
    (void)pthread_mutex_unlock(&lock);
    return is_known;
}
