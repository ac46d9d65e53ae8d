/* SPDX-License-Identifier: MIT */
/*
 * proof.h -- two ends prove to each other that they know a key, and never show
 * it
 *
 *      host: it listens                      guest: it connects
 *        a number, drawn now    ---------->
 *                               <----------    a number of its own, and proof
 *        proof                  ---------->
 *
 * A proof is HMAC-SHA256 (RFC 2104), under the key, of the role, of both
 * numbers and of what is agreed besides. Who has heard it all can use none of
 * it again, since the next host draws another number; nor can who connects give
 * a host's own words back to it, as those are of another role.
 *
 * It tells who connected, and no more: what is sent later is neither hidden nor
 * guarded by it against who sits on the way.
 */
#ifndef SHARED_NET_PROOF_H
#define SHARED_NET_PROOF_H

#include "shared/net/secret.h"

enum {
    PROOF_NUMBER = 32,
    PROOF_SIZE = 32,
    PROOF_ANSWER = PROOF_NUMBER + PROOF_SIZE, /* the guest's */
    /* All that the two say until the host is sure. */
    PROOF_TALK = PROOF_NUMBER + PROOF_ANSWER,
};

/* proof_draw makes a number that nobody can foresee. Errors of
 * getrandom(2). */
int proof_draw(unsigned char ret_number[static PROOF_NUMBER]);

/* proof_answer adds the guest's part to a talk that a host's number begins. */
int proof_answer(const unsigned char key[static SECRET_SIZE],
                 unsigned char talk[static PROOF_TALK]);

/* proof_check_guest: -EKEYREJECTED when a guest that said so does not know the
 * key. */
int proof_check_guest(const unsigned char key[static SECRET_SIZE],
                      const unsigned char talk[static PROOF_TALK]);

/* proof_of_host makes the host's proof, of a text as well; proof_check_host is
 * for the guest: -EKEYREJECTED. */
int proof_of_host(const unsigned char key[static SECRET_SIZE],
                  const unsigned char talk[static PROOF_TALK], const char *text,
                  unsigned char ret_proof[static PROOF_SIZE]);
int proof_check_host(const unsigned char key[static SECRET_SIZE],
                     const unsigned char talk[static PROOF_TALK],
                     const char *text,
                     const unsigned char proof[static PROOF_SIZE]);

#endif
