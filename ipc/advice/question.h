/* SPDX-License-Identifier: MIT */
/*
 * question.h -- what decides between mechanisms, as somebody who has to choose
 * answers it
 */
#ifndef IPC_ADVICE_QUESTION_H
#define IPC_ADVICE_QUESTION_H

#include "ipc/options/options.h"

enum { QUESTION_LIBRARIES_MAX = 128 };

struct question {
    unsigned needs; /* bits of enum need */
    size_t size;    /* of a message, in bytes */
    unsigned rate;  /* messages per second; 0: as many as can be */
    char without[QUESTION_LIBRARIES_MAX]; /* libraries that are not allowed,
                                             with commas; "all", or "" */
};

/* question_of takes what the options say: 0, or EXIT_USAGE after a line on
 * stderr. */
int question_of(const struct options *options, struct question *ret_question);

/* question_ask asks for all of it on stdout and stdin, which are a terminal;
 * who only presses Enter gets what stands in brackets. False at the end of the
 * input. */
bool question_ask(struct question *question);

/* question_tell returns it as a sentence. */
struct words; /* ipc/advice/words.h */
void question_tell(const struct question *question, struct words *ret_words);

/* question_allows: whether a mechanism is made of nothing but what is allowed.
 */
bool question_allows(const struct question *question,
                     const struct channel_ops *ops);

#endif
