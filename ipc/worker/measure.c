/* SPDX-License-Identifier: MIT */
#include "ipc/worker/measure.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * Values below 2 * 1024 have a bucket each. Above, with 2^n <= value, the
 * bucket is the value's leading 11 bits, in a row of 1024 for each n.
 */
static unsigned bucket_of(uint64_t value)
{
    unsigned shift;

    if (value >> (HISTOGRAM_SPLIT_BITS + 1) == 0)
        return (unsigned)value;
    shift = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_SPLIT_BITS;
    return (shift << HISTOGRAM_SPLIT_BITS) + (unsigned)(value >> shift);
}

/* How often a bucket's values were halved. */
static unsigned shift_of(unsigned bucket)
{
    return bucket >> (HISTOGRAM_SPLIT_BITS + 1) == 0
               ? 0
               : (bucket >> HISTOGRAM_SPLIT_BITS) - 1;
}

uint64_t histogram_end(unsigned bucket)
{
    const unsigned shift = shift_of(bucket);

    return (uint64_t)(bucket - (shift << HISTOGRAM_SPLIT_BITS)) << shift;
}

static uint64_t bucket_middle(unsigned bucket)
{
    return histogram_end(bucket) + ((uint64_t)1 << shift_of(bucket)) / 2;
}

void histogram_record(struct histogram *h, uint64_t value_ns)
{
    const uint64_t largest = ((uint64_t)1 << HISTOGRAM_VALUE_BITS) - 1;

    if (value_ns > largest)
        value_ns = largest;
    h->bucket[bucket_of(value_ns)]++;
    h->samples++;
    if (value_ns > h->max_ns)
        h->max_ns = value_ns;
}

void histogram_add(struct histogram *h, const struct histogram *from)
{
    /* What is zero is not written: most of it, in memory not touched yet. */
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (from->bucket[i] > 0)
            h->bucket[i] += from->bucket[i];
    h->samples += from->samples;
    if (from->max_ns > h->max_ns)
        h->max_ns = from->max_ns;
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
    /* 99.9 % of 1000 are 999, though not quite so in binary. */
    double exact = percent * (double)h->samples / 100 - 1e-6;
    uint64_t rank = exact > 0 ? (uint64_t)ceil(exact) : 1;
    uint64_t seen = 0;

    if (h->samples == 0)
        return 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->bucket[i];
        if (seen >= rank)
            return bucket_middle(i) < h->max_ns ? bucket_middle(i) : h->max_ns;
    }
    return h->max_ns;
}

static uint64_t firm_percentile(const struct histogram *h, double percent)
{
    const double beyond = (double)h->samples * (100 - percent) / 100;
    const bool firm = beyond + 1e-6 >= (double)LATENCY_BEYOND;

    return firm ? histogram_percentile(h, percent) : 0;
}

struct latency latency_of(const struct histogram *h)
{
    return (struct latency){
        .samples = h->samples,
        .p50_ns = firm_percentile(h, 50),
        .p90_ns = firm_percentile(h, 90),
        .p99_ns = firm_percentile(h, 99),
        .p999_ns = firm_percentile(h, 99.9),
        .max_ns = h->max_ns,
    };
}

static uint64_t time_ns(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_usec * 1000;
}

struct usage usage_now(enum usage_of whose)
{
    static const int who[] = {
        [USAGE_OF_PROCESS] = RUSAGE_SELF,
        [USAGE_OF_THREAD] = RUSAGE_THREAD,
        [USAGE_OF_CHILDREN] = RUSAGE_CHILDREN,
    };
    struct rusage now;

    (void)getrusage(who[whose], &now);
    return (struct usage){
        .cpu_ns = time_ns(&now.ru_utime) + time_ns(&now.ru_stime),
        .voluntary_switches = (uint64_t)now.ru_nvcsw,
        .involuntary_switches = (uint64_t)now.ru_nivcsw,
    };
}

struct usage usage_between(const struct usage *from, const struct usage *to)
{
    return (struct usage){
        .cpu_ns = to->cpu_ns - from->cpu_ns,
        .voluntary_switches = to->voluntary_switches - from->voluntary_switches,
        .involuntary_switches =
            to->involuntary_switches - from->involuntary_switches,
    };
}

void usage_add(struct usage *usage, const struct usage *from)
{
    usage->cpu_ns += from->cpu_ns;
    usage->voluntary_switches += from->voluntary_switches;
    usage->involuntary_switches += from->involuntary_switches;
}

uint64_t memory_most(void)
{
    static const char key[] = "VmHWM:";
    FILE *file = fopen("/proc/self/status", "re");
    char line[128];
    uint64_t kib = 0;

    if (!file)
        return 0;
    while (kib == 0 && fgets(line, sizeof(line), file))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtoull(line + strlen(key), NULL, 10);
    (void)fclose(file);
    return kib * 1024;
}

void memory_forget(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)!write(fd, "5", 1);
    (void)close(fd);
}
