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

/* The CPUs of one core, as the kernel lists them: "0,64" or "0-1". None where
 * it does not say. */
static void read_core(size_t cpu, cpu_set_t *ret_core)
{
    unsigned first, last;
    char path[80];
    FILE *file;

    CPU_ZERO(ret_core);
    (void)snprintf(path, sizeof(path),
                   "/sys/devices/system/cpu/cpu%zu/topology/"
                   "thread_siblings_list",
                   cpu);
    file = fopen(path, "re");
    if (!file)
        return;
    while (fscanf(file, "%u", &first) == 1) {
        if (fscanf(file, "-%u", &last) != 1)
            last = first;
        for (; first <= last && first < CPU_SETSIZE; first++)
            CPU_SET(first, ret_core);
        if (fgetc(file) != ',')
            break;
    }
    (void)fclose(file);
}

/* Leaves in *set the CPUs of the first core of which it has more than one;
 * where there is none, nothing. */
static void keep_siblings(cpu_set_t *set)
{
    cpu_set_t core;

    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, set))
            continue;
        read_core(cpu, &core);
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
