/* SPDX-License-Identifier: MIT */
#include "shared/net/proof.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Of one length, so that no other text can begin alike. */
enum { LABEL = 24, NUMBERS = 2 * PROOF_NUMBER };

static const char guest[LABEL] = "ipc-showcase guest 1";
static const char host[LABEL] = "ipc-showcase host 1";

int proof_draw(unsigned char ret_number[static PROOF_NUMBER])
{
    return getrandom(ret_number, PROOF_NUMBER, 0) < 0 ? -errno : 0;
}

static int prove(const unsigned char *key, const char role[static LABEL],
                 const unsigned char *numbers, const char *text,
                 unsigned char ret_proof[static PROOF_SIZE])
{
    const size_t length = strlen(text), size = LABEL + NUMBERS + length;
    unsigned char *whole = malloc(size);
    const unsigned char *made;

    if (!whole)
        return -ENOMEM;
    memcpy(whole, role, LABEL);
    memcpy(whole + LABEL, numbers, NUMBERS);
    memcpy(whole + LABEL + NUMBERS, text, length);
    made = HMAC(EVP_sha256(), key, SECRET_SIZE, whole, size, ret_proof, NULL);
    free(whole);
    return made ? 0 : -ENOMEM;
}

static int check(const unsigned char *key, const char role[static LABEL],
                 const unsigned char *numbers, const char *text,
                 const unsigned char *proof)
{
    unsigned char wanted[PROOF_SIZE];
    int r;

    r = prove(key, role, numbers, text, wanted);
    if (r < 0)
        return r;
    return CRYPTO_memcmp(proof, wanted, PROOF_SIZE) == 0 ? 0 : -EKEYREJECTED;
}

int proof_answer(const unsigned char key[static SECRET_SIZE],
                 unsigned char talk[static PROOF_TALK])
{
    int r;

    r = proof_draw(talk + PROOF_NUMBER);
    return r < 0 ? r : prove(key, guest, talk, "", talk + NUMBERS);
}

int proof_check_guest(const unsigned char key[static SECRET_SIZE],
                      const unsigned char talk[static PROOF_TALK])
{
    return check(key, guest, talk, "", talk + NUMBERS);
}

int proof_of_host(const unsigned char key[static SECRET_SIZE],
                  const unsigned char talk[static PROOF_TALK], const char *text,
                  unsigned char ret_proof[static PROOF_SIZE])
{
    return prove(key, host, talk, text, ret_proof);
}

int proof_check_host(const unsigned char key[static SECRET_SIZE],
                     const unsigned char talk[static PROOF_TALK],
                     const char *text,
                     const unsigned char proof[static PROOF_SIZE])
{
    return check(key, host, talk, text, proof);
}
