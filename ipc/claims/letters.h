/* SPDX-License-Identifier: MIT */
/*
 * letters.h -- messages of several writers in one pipe, and how many are torn
 */
#ifndef IPC_CLAIMS_LETTERS_H
#define IPC_CLAIMS_LETTERS_H

#include <stddef.h>

enum { LETTERS_SIZES_MAX = 16, LETTERS_LONGEST = 128 << 10 };

/* Each writer, a process, writes messages of one letter into a pipe for each
 * size, one after the other: about so many bytes of all writers. */
struct letters {
    const size_t *sizes; /* of messages, at most LETTERS_LONGEST */
    unsigned size_count, writers;
    size_t bytes;
};

/*
 * letters_torn tells for each size the share of messages that hold more than
 * one letter. 0 or a negative errno. The reader takes 4096 bytes at a time: who
 * takes whole messages makes room for whole ones, and some sizes are never torn
 * then.
 */
int letters_torn(const struct letters *letters,
                 double ret_shares[static LETTERS_SIZES_MAX]);

#endif
