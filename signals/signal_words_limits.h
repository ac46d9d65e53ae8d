/* SPDX-License-Identifier: MIT */
/*
 * signal_words_limits.h -- how many signals may be in flight
 *
 * All processes of a user together may queue RLIMIT_SIGPENDING signals, so that
 * a channel takes no more than an eighth of them.
 */
#ifndef SIGNALS_SIGNAL_WORDS_LIMITS_H
#define SIGNALS_SIGNAL_WORDS_LIMITS_H

#include <stddef.h>

enum { SIGNAL_WORDS_WINDOW = 512 }; /* unless told; more is not faster */

/* signal_words_window: as many as wanted, or as there may be. -EAGAIN: none. */
int signal_words_window(size_t wanted, size_t *ret_window);

/* signal_words_explain: as the contract's explain, for that -EAGAIN. */
int signal_words_explain(char *ret_text, size_t room);

#endif
