/* SPDX-License-Identifier: MIT */
/*
 * broker.h -- a process of the mechanism's own, between the two sides
 *
 * Such as redis-stream's server: a child of whoever made the channels, and
 * neither producer nor consumer. Its CPU time is part of what a job costs.
 */
#ifndef IPC_EXCHANGE_BROKER_H
#define IPC_EXCHANGE_BROKER_H

#include <stdint.h>
#include <sys/types.h>

enum { BROKER_CHILDREN_MAX = 64 };

/* The children of this thread, as proc_tid_children(5) has them; none where a
 * kernel is without. */
struct broker_children {
    pid_t pid[BROKER_CHILDREN_MAX];
    unsigned count;
};

struct broker_children broker_children(void);

/* broker_new returns those that are there now and were not before. */
struct broker_children broker_new(const struct broker_children *before);

/* broker_cpu_ns returns the CPU time that they have taken so far, of those that
 * live and are not waited for yet: clock_getcpuclockid(3). */
uint64_t broker_cpu_ns(const struct broker_children *children);

#endif
