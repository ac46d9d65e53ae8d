/* SPDX-License-Identifier: MIT */
/*
 * cpu_clock.h -- the time for which a thread or a process had a processor
 */
#ifndef IPC_JOB_CPU_CLOCK_H
#define IPC_JOB_CPU_CLOCK_H

#include <stdint.h>
#include <time.h>

/* cpu_clock_ns reads a clock of CPU time: of this thread, of this process, or
 * that of clock_getcpuclockid(3); 0 where there is none. It tells of what
 * getrusage(2) is too coarse for. */
static inline uint64_t cpu_clock_ns(clockid_t clock)
{
    struct timespec spent;

    if (clock_gettime(clock, &spent) < 0)
        return 0;
    return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}

#endif
