/* SPDX-License-Identifier: MIT */
/*
 * words.h -- a sentence that is put together from parts
 *
 * In this room: which mechanism an engineer would take, and why.
 */
#ifndef IPC_ADVICE_WORDS_H
#define IPC_ADVICE_WORDS_H

#include <stddef.h>

enum { WORDS_MAX = 1500 };

/* Zeroed, it is empty. What is too much is cut off. */
struct words {
    char text[WORDS_MAX];
    size_t used;
};

/* words_add adds a part; but for the first the separator comes before it. */
__attribute__((format(printf, 3, 4))) void words_add(struct words *words,
                                                     const char *separator,
                                                     const char *format, ...);

#endif
