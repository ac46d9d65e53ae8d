/* SPDX-License-Identifier: MIT */
#include "signals/signal_words_limits.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

enum { SHARE = 8 };

int signal_words_window(size_t wanted, size_t *ret_window)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_SIGPENDING, &limit) < 0)
        return -errno;
    if (wanted > limit.rlim_cur / SHARE)
        wanted = limit.rlim_cur / SHARE;
    if (wanted == 0)
        return -EAGAIN;
    *ret_window = wanted;
    return 0;
}

int signal_words_explain(char *ret_text, size_t room)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_SIGPENDING, &limit) < 0)
        return -ENOENT;
    (void)snprintf(ret_text, room,
                   "RLIMIT_SIGPENDING lets this user queue %llu signals, and "
                   "at least %d are wanted: ulimit -i %d",
                   (unsigned long long)limit.rlim_cur, SHARE,
                   SHARE * SIGNAL_WORDS_WINDOW);
    return 0;
}
