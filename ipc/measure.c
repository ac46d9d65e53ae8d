/* SPDX-License-Identifier: MIT */
#include "ipc/measure.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <sys/resource.h>

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

static uint64_t bucket_middle(unsigned bucket)
{
    unsigned shift;
    uint64_t leading;

    if (bucket >> (HISTOGRAM_SPLIT_BITS + 1) == 0)
        return bucket;
    shift = (bucket >> HISTOGRAM_SPLIT_BITS) - 1;
    leading = bucket - (shift << HISTOGRAM_SPLIT_BITS);
    return (leading << shift) + ((uint64_t)1 << shift) / 2;
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
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
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

static uint64_t time_ns(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_usec * 1000;
}

struct usage usage_now(enum usage_of whose)
{
    struct rusage now;

    (void)getrusage(whose == USAGE_OF_THREAD ? RUSAGE_THREAD : RUSAGE_SELF,
                    &now);
    return (struct usage){
        .cpu_ns = time_ns(&now.ru_utime) + time_ns(&now.ru_stime),
        .voluntary_switches = (uint64_t)now.ru_nvcsw,
        .involuntary_switches = (uint64_t)now.ru_nivcsw,
    };
}

struct usage usage_since(enum usage_of whose, const struct usage *start)
{
    struct usage now = usage_now(whose);

    return (struct usage){
        .cpu_ns = now.cpu_ns - start->cpu_ns,
        .voluntary_switches =
            now.voluntary_switches - start->voluntary_switches,
        .involuntary_switches =
            now.involuntary_switches - start->involuntary_switches,
    };
}

void usage_add(struct usage *usage, const struct usage *from)
{
    usage->cpu_ns += from->cpu_ns;
    usage->voluntary_switches += from->voluntary_switches;
    usage->involuntary_switches += from->involuntary_switches;
}

/* The nth CPU of the set, from 0. */
static size_t nth_cpu(const cpu_set_t *set, unsigned n)
{
    size_t cpu = 0;

    while (!CPU_ISSET(cpu, set) || n-- > 0)
        cpu++;
    return cpu;
}

int place_self(enum placement placement, unsigned turn)
{
    cpu_set_t allowed, chosen;
    unsigned cpus;

    if (placement == PLACE_FREE)
        return 0;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
        return -errno;
    cpus = (unsigned)CPU_COUNT(&allowed);
    if (placement == PLACE_SPLIT && cpus < 2)
        return -ENODEV;
    CPU_ZERO(&chosen);
    CPU_SET(nth_cpu(&allowed, placement == PLACE_SPLIT ? turn % cpus : 0),
            &chosen);
    return sched_setaffinity(0, sizeof(chosen), &chosen) < 0 ? -errno : 0;
}
