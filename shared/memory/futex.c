/* SPDX-License-Identifier: MIT */
#include "shared/memory/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
    struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / 1000000000),
        .tv_nsec = (long)(timeout_ns % 1000000000),
    };
    long r;

    r = syscall(SYS_futex, word, FUTEX_WAIT, expected,
                timeout_ns ? &timeout : NULL, NULL, 0);
    if (r < 0 && errno != EAGAIN && errno != EINTR)
        return -errno;
    return 0;
}

void futex_wake(_Atomic uint32_t *word, int count)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}
