/* SPDX-License-Identifier: MIT */
/*
 * ready.h -- what a consumer tells a producer in another terminal, or on
 * another machine
 *
 * DIR/ready.json appears, whole, when both channels have been created. It
 * holds all that attaching on a zeroed state needs (ipc/channel.h), and the
 * version, so that another version is told apart from a broken run. The
 * producer that joins takes it away: so a run has one producer, also when that
 * one dies and another comes before the consumer has noticed.
 */
#ifndef IPC_APART_READY_H
#define IPC_APART_READY_H

#include "ipc/channel.h"
#include "ipc/mechanisms.h"

#include <sys/types.h>

enum { READY_TEXT_MAX = 200, READY_PORT_MAX = 128 };

struct ready {
    const struct mechanism *mechanism;
    uint64_t session;
    size_t payload_max;
    unsigned window;
    pid_t pid; /* of the consumer's supervisor, in its own PID namespace: to be
                  told, not to be used */
    struct channel_config jobs, results; /* depth, frame_max, options */
    /* Between machines: what records tell where each channel is, "" none. */
    char jobs_port[READY_PORT_MAX], results_port[READY_PORT_MAX];
};

#define READY_FILE "ready.json"

/* ready_pack makes one line of it, which is the caller's to free; NULL: no
 * memory. */
char *ready_pack(const struct ready *ready);

/* ready_unpack checks it as ready_read does; -ENOMEM. */
int ready_unpack(const char *line, struct ready *ret_ready,
                 char ret_text[static READY_TEXT_MAX]);

/* ready_write publishes it in dir. -ENOMEM, errors of record_write. */
int ready_write(const char *dir, const struct ready *ready);

/*
 * ready_read reads and checks it. -ENOENT when there is none; -EPROTO with a
 * line in ret_text when it is of another version, of a mechanism that this
 * program lacks, or makes no sense. What it holds is still to be bounded by
 * the caller's own limits.
 */
int ready_read(const char *dir, struct ready *ret_ready,
               char ret_text[static READY_TEXT_MAX]);

void ready_remove(const char *dir);

#endif
