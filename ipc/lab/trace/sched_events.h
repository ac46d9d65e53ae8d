/* SPDX-License-Identifier: MIT */
/*
 * sched_events.h -- reads what the kernel records of its scheduler
 *
 * Two tracepoints: sched_waking, when one task wakes another, and sched_switch,
 * when a CPU goes from one task to the next. What a record of each holds, and
 * where, the kernel tells in a text of its own,
 *
 *      name: sched_waking
 *      ID: 375
 *      format:
 *              field:int common_pid;  offset:4;  size:4; signed:1;
 *              field:pid_t pid;       offset:24; size:4; signed:1;
 *
 * and around it lie the fields of perf_event_open(2): who ran then, and when.
 */
#ifndef IPC_LAB_TRACE_SCHED_EVENTS_H
#define IPC_LAB_TRACE_SCHED_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum sched_point {
    SCHED_WAKING,
    SCHED_SWITCH,
    SCHED_POINTS,
};

/* sched_point_name returns how the kernel calls it: "sched_waking". */
const char *sched_point_name(enum sched_point point);

/* Where in a record a number lies. */
struct sched_field {
    uint32_t offset;
    uint32_t size; /* 1, 2, 4 or 8 bytes */
};

struct sched_format {
    uint32_t id;
    struct sched_field task;  /* whoever ran */
    struct sched_field other; /* is woken; or runs next */
    struct sched_field state; /* of the first, when a CPU leaves it */
};

/* sched_format_read reads the kernel's text: -EPROTO where it is another. */
int sched_format_read(FILE *file, enum sched_point point,
                      struct sched_format *ret_format);

struct sched_event {
    uint64_t at_ns; /* of CLOCK_MONOTONIC */
    enum sched_point point;
    pid_t process; /* whose `task` is a thread; as this program counts them */
    /* As the kernel counts them, which a container may do otherwise. */
    int64_t task;
    int64_t other;
    bool sleeps; /* a switch: because it sleeps, and not only gives way */
};

/*
 * sched_events_decode turns records into at most `room` events, in their order,
 * and returns how many. Records as of PERF_SAMPLE_TID, PERF_SAMPLE_TIME and
 * PERF_SAMPLE_RAW; any others are passed over, and it ends at one whose size
 * cannot be.
 */
size_t sched_events_decode(const struct sched_format format[SCHED_POINTS],
                           const void *records, size_t size,
                           struct sched_event *ret_event, size_t room);

#endif
