/* SPDX-License-Identifier: MIT */
/*
 * measure.h -- latency histogram, CPU time, placement; and the clock
 */
#ifndef IPC_WORKER_MEASURE_H
#define IPC_WORKER_MEASURE_H

#include "shared/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A log-linear histogram: each power of two is divided into 1024 equal
 * buckets, so a value is known to within 0.1 %. It needs no memory per sample
 * and no lock; one process writes it. Values up to 2^40 ns (18 minutes).
 */
enum {
    HISTOGRAM_SPLIT_BITS = 10,
    HISTOGRAM_VALUE_BITS = 40,
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_SPLIT_BITS + 1)
                        << HISTOGRAM_SPLIT_BITS,
};

struct histogram {
    uint64_t samples;
    uint64_t max_ns;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *h, uint64_t value_ns);

/* histogram_add takes all samples of `from` into h as well. */
void histogram_add(struct histogram *h, const struct histogram *from);

/* histogram_end returns the smallest value that no bucket before this one
 * holds. */
uint64_t histogram_end(unsigned bucket);

/* histogram_percentile returns the value that `percent` of the samples do not
 * exceed (the middle of its bucket); 0 without samples. */
uint64_t histogram_percentile(const struct histogram *h, double percent);

/* These read a histogram; 0 without samples. A percentile that fewer than
 * LATENCY_BEYOND samples exceed is chance, and 0 as well. */
enum { LATENCY_BEYOND = 10 };

struct latency {
    uint64_t samples;
    uint64_t p50_ns;
    uint64_t p90_ns;
    uint64_t p99_ns;
    uint64_t p999_ns; /* 99.9 % */
    uint64_t max_ns;
};

struct latency latency_of(const struct histogram *h);

/* The use that a process, or one thread, has made so far: getrusage(2). */
struct usage {
    uint64_t cpu_ns; /* user and system */
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
};

enum usage_of {
    USAGE_OF_PROCESS,
    USAGE_OF_THREAD,
    USAGE_OF_CHILDREN, /* those that were waited for, and theirs */
};

struct usage usage_now(enum usage_of whose);
/* usage_between returns what was used from one look to a later one. */
struct usage usage_between(const struct usage *from, const struct usage *to);
/* usage_add takes what another used into usage as well. */
void usage_add(struct usage *usage, const struct usage *from);

/* memory_most returns how many bytes this process held at most at once, shared
 * pages too, since memory_forget: VmHWM (proc_pid_status(5)), 0 where it cannot
 * be read. What each CPU has not yet added to the count, some 100 KiB, is
 * missing of memory that was given back before the look; getrusage(2) always
 * leaves it out. */
uint64_t memory_most(void);
/* memory_forget begins anew (proc_pid_clear_refs(5)). */
void memory_forget(void);

#endif
