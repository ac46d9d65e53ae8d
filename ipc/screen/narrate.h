/* SPDX-License-Identifier: MIT */
/*
 * narrate.h -- a decorator channel: tells the first job's steps, and adds up
 * what all jobs cost within the channels
 *
 * It stands between the workers and a mechanism and passes everything on;
 * of the first message on each channel it tells every operation, when it was
 * done and how long it took. Each line is one write(2), so that those of two
 * processes do not mix.
 *
 * What a channel costs is the CPU time of its operations, and of the threads
 * that a mechanism has for itself in the worker's process.
 */
#ifndef IPC_SCREEN_NARRATE_H
#define IPC_SCREEN_NARRATE_H

#include "ipc/channel.h"
#include "ipc/job/job.h"
#include "ipc/screen/screen.h"

struct narration {
    const struct screen *screen;
    uint64_t start_ns;
    bool quiet;               /* tells no steps */
    _Atomic uint64_t *cpu_ns; /* in shared memory: what all messages cost, both
                                 sides together; NULL: not added up */
};

/* narrate_wrap makes the decorator of a mechanism; its decoration is a struct
 * narration. */
void narrate_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops);

/* narrate_title tells what the columns of the lines to come are. */
void narrate_title(const struct narration *narration);

/* narrate_tasks tells the four tasks of a result. */
void narrate_tasks(const struct narration *narration,
                   const struct job_result *result);

#endif
