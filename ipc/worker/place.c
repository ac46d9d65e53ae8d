/* SPDX-License-Identifier: MIT */
#include "ipc/worker/place.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>

/* The nth CPU of the set, from 0. */
static size_t nth_cpu(const cpu_set_t *set, unsigned n)
{
    size_t cpu = 0;

    while (!CPU_ISSET(cpu, set) || n-- > 0)
        cpu++;
    return cpu;
}

unsigned place_count(void)
{
    cpu_set_t allowed;

    if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
        return 1;
    return (unsigned)CPU_COUNT(&allowed);
}

/* The CPUs that one shares something with, as the kernel lists them: "0,64" or
 * "0-1". None where it does not say. */
static void read_sharers(size_t cpu, const char *what, cpu_set_t *ret_sharers)
{
    unsigned first, last;
    char path[80];
    FILE *file;

    CPU_ZERO(ret_sharers);
    (void)snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%zu/%s", cpu,
                   what);
    file = fopen(path, "re");
    if (!file)
        return;
    while (fscanf(file, "%u", &first) == 1) {
        if (fscanf(file, "-%u", &last) != 1)
            last = first;
        for (; first <= last && first < CPU_SETSIZE; first++)
            CPU_SET(first, ret_sharers);
        if (fgetc(file) != ',')
            break;
    }
    (void)fclose(file);
}

static const char of_a_core[] = "topology/thread_siblings_list";

/* Leaves in *set the CPUs of the first core of which it has more than one;
 * where there is none, nothing. */
static void keep_siblings(cpu_set_t *set)
{
    cpu_set_t core;

    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, set))
            continue;
        read_sharers(cpu, of_a_core, &core);
        CPU_AND(&core, &core, set);
        if (CPU_COUNT(&core) > 1) {
            *set = core;
            return;
        }
    }
    CPU_ZERO(set);
}

/* The CPUs that those who are placed take in turn. */
static int find_cpus(enum placement placement, cpu_set_t *ret_cpus)
{
    if (sched_getaffinity(0, sizeof(*ret_cpus), ret_cpus) < 0)
        return -errno;
    if (placement == PLACE_SIBLING)
        keep_siblings(ret_cpus);
    if (placement != PLACE_SAME && CPU_COUNT(ret_cpus) < 2)
        return -ENODEV;
    return 0;
}

const char *place_missing(enum placement placement)
{
    cpu_set_t cpus;

    if (placement == PLACE_FREE || find_cpus(placement, &cpus) != -ENODEV)
        return NULL;
    return placement == PLACE_SIBLING
               ? "no two of the CPUs that we may use are one core's, or this "
                 "machine does not tell"
               : "there is only one CPU that we may use";
}

int place_self(enum placement placement, unsigned turn)
{
    cpu_set_t cpus, chosen;
    int r;

    if (placement == PLACE_FREE)
        return 0;
    r = find_cpus(placement, &cpus);
    if (r < 0)
        return r;
    if (placement == PLACE_SAME)
        turn = 0;
    CPU_ZERO(&chosen);
    CPU_SET(nth_cpu(&cpus, turn % (unsigned)CPU_COUNT(&cpus)), &chosen);
    return sched_setaffinity(0, sizeof(chosen), &chosen) < 0 ? -errno : 0;
}

/* The last level that there is; Linux numbers them upwards. */
static void read_cache(size_t cpu, cpu_set_t *ret_sharers)
{
    static const char *const levels[] = {
        "cache/index4/shared_cpu_list",
        "cache/index3/shared_cpu_list",
        "cache/index2/shared_cpu_list",
    };

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        read_sharers(cpu, levels[i], ret_sharers);
        if (CPU_COUNT(ret_sharers) > 0)
            return;
    }
}

const char *place_between(int cpu, int other)
{
    cpu_set_t core, cache;

    if (cpu < 0 || other < 0)
        return NULL;
    if (cpu == other)
        return "one processor";
    read_sharers((size_t)cpu, of_a_core, &core);
    if (CPU_ISSET((size_t)other, &core))
        return "one core";
    read_cache((size_t)cpu, &cache);
    if (CPU_COUNT(&cache) == 0)
        return NULL;
    return CPU_ISSET((size_t)other, &cache) ? "one cache" : "no cache";
}
