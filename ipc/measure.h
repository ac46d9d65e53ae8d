/* SPDX-License-Identifier: MIT */
/*
 * measure.h -- latency histogram, CPU time, placement; and the clock
 */
#ifndef IPC_MEASURE_H
#define IPC_MEASURE_H

#include "shared/clock.h"

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

/* histogram_percentile returns the value that `percent` of the samples do not
 * exceed (the middle of its bucket); 0 without samples. */
uint64_t histogram_percentile(const struct histogram *h, double percent);

/* What a process has used so far: getrusage(2). */
struct usage {
    uint64_t cpu_ns; /* user and system */
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
};

struct usage usage_now(void);
struct usage usage_since(const struct usage *start);

/* Where producer and consumer run. */
enum placement {
    PLACE_FREE,  /* where the kernel likes */
    PLACE_SAME,  /* both on the first CPU we may use */
    PLACE_SPLIT, /* on the first and on the second */
};

/* place_self moves this process; second: the other of the two. -ENODEV when
 * split is asked for and there is only one CPU. */
int place_self(enum placement placement, bool second);

#endif
