/* SPDX-License-Identifier: MIT */
/*
 * workshop.h -- what a model works with: where uploads go, how processes talk
 */
#ifndef IPC_MODELS_WORKSHOP_H
#define IPC_MODELS_WORKSHOP_H

#include "ipc/models/model.h"
#include "ipc/upload/upload_server.h"

/* What is asked for. Its pointers stay the caller's. */
struct workshop_plan {
    const char *url; /* of a server for uploads; NULL: one of our own, which */
    const char *store; /* uploads into this directory, */
    bool sync;         /* and answers when the disk has it */
    uint64_t latency_ns;
    uint64_t bytes_per_second;     /* 0: as fast as it goes */
    unsigned workers;              /* of a pool; at least 1 */
    const struct channel_ops *ops; /* between processes */
    size_t options[CHANNEL_OPTIONS_MAX];
};

struct workshop {
    struct upload_server_options served;
    struct upload_server server; /* if it is our own */
    struct upload_target target;
    struct model_config config; /* for model_ops.start */
};

/*
 * workshop_open starts the server, if it is to be our own, before any thread
 * and any channel is made: it must not hold what others wait for the end of.
 * dir is private; names outside it carry the seed; no image is larger than
 * image_max. A bearer token for uploads is taken from $IPC_UPLOAD_TOKEN. The
 * workshop must stay where it is. Errors of upload_server_start.
 * workshop_close is safe on a zeroed one.
 */
int workshop_open(struct workshop *w, const struct workshop_plan *plan,
                  const char *dir, uint64_t seed, size_t image_max);
void workshop_close(struct workshop *w);

#endif
