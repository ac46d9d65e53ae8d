/* SPDX-License-Identifier: MIT */
#include "tests/certificates.h"

#include "tests/program.h"

#include <check.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

enum { HOUR = 3600 };

static const char *file_name(const char *name, const char *ending)
{
    static char text[64];

    (void)snprintf(text, sizeof(text), "%s.%s", name, ending);
    return in_place(text);
}

static FILE *open_file(const char *name, const char *ending, const char *how)
{
    FILE *file = fopen(file_name(name, ending), how);

    ck_assert_ptr_nonnull(file);
    return file;
}

static void add_extension(X509 *certificate, int what, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, what, value);

    ck_assert_ptr_nonnull(e);
    ck_assert_int_eq(X509_add_ext(certificate, e, -1), 1);
    X509_EXTENSION_free(e);
}

static void set_name(X509_NAME *name, const char *text)
{
    ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)text, -1,
                                                -1, 0),
                     1);
}

/* By the other's name and key. */
static void sign(X509 *certificate, const char *signer)
{
    FILE *file = open_file(signer, "key", "re");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);

    (void)fclose(file);
    ck_assert_ptr_nonnull(key);
    set_name(X509_get_issuer_name(certificate), signer);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    EVP_PKEY_free(key);
}

static void write_key(EVP_PKEY *key, const char *name)
{
    FILE *file = open_file(name, "key", "wxe");

    ck_assert_int_eq(chmod(file_name(name, "key"), 0600), 0);
    ck_assert_int_eq(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
                     1);
    (void)fclose(file);
}

void certificate_make(const char *name, const char *hosts, const char *signer,
                      int hours)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    static long serial;
    FILE *file;

    ck_assert(key && certificate);
    write_key(key, name);
    ck_assert_int_eq(X509_set_version(certificate, X509_VERSION_3), 1);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -4 * HOUR);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), hours * HOUR);
    ck_assert_int_eq(X509_set_pubkey(certificate, key), 1);
    set_name(X509_get_subject_name(certificate), name);
    add_extension(certificate, NID_subject_alt_name, hosts);
    add_extension(certificate, NID_basic_constraints,
                  signer ? "CA:FALSE" : "critical,CA:TRUE");
    sign(certificate, signer ? signer : name);
    file = open_file(name, "pem", "wxe");
    ck_assert_int_eq(PEM_write_X509(file, certificate), 1);
    (void)fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
