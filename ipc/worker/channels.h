/* SPDX-License-Identifier: MIT */
/*
 * channels.h -- all channels of one exchange, and who is at which end
 *
 * One producer and one consumer have two channels, `jobs` and `results`. With
 * more of either it depends on what the mechanism's channels can:
 *
 *      many senders and receivers: the consumers compete
 *
 *          producer 0 ---\                /---> consumer 0 ---> results
 *          producer 1 ----+---- jobs ----+----> consumer 1 ---> results-1
 *                                          each producer has results of its
 *                                          own, and all consumers send there
 *
 *      one of each: pairs, and the jobs are dealt in turn
 *
 *          producer 0 ---- jobs, results -----> consumer 0
 *                 \------- jobs-2, results-2 -> consumer 2
 *          producer 1 ---- jobs-1, results-1 -> consumer 1
 *                                          consumer c serves producer c mod M
 */
#ifndef IPC_WORKER_CHANNELS_H
#define IPC_WORKER_CHANNELS_H

#include "ipc/checked_channel.h"

enum { CHANNELS_MAX = 32, CHANNELS_NAME_MAX = 24 };

/* The channels that one worker has an end of, in the order of use. */
struct lanes {
    struct channel *jobs[CHANNELS_MAX];
    struct channel *results[CHANNELS_MAX];
    unsigned jobs_count;
    unsigned results_count; /* 0: there is no way back */
};

struct channels {
    unsigned producers;
    unsigned consumers;
    bool competing;
    unsigned jobs_count;
    unsigned results_count;
    struct channel jobs[CHANNELS_MAX];
    struct channel results[CHANNELS_MAX];
    char jobs_name[CHANNELS_MAX][CHANNELS_NAME_MAX];
    char results_name[CHANNELS_MAX][CHANNELS_NAME_MAX];
};

/* channels_can_compete: whether one channel takes many senders and many
 * receivers. */
bool channels_can_compete(const struct channel_ops *ops);

/*
 * channels_open opens them all; those of `jobs` have the config that is given,
 * but for name and number, those of `results` also another frame_max; with
 * result_max 0 there are none. They must stay where they are: a config points
 * to its name. -ENOMEM, with nothing open.
 */
int channels_open(struct channels *c, const struct channel_ops *ops,
                  const struct channel_config *config, size_t result_max,
                  unsigned producers, unsigned consumers);

/* channels_create creates all; on failure *ret_failed is the one. -ECHRNG: the
 * mechanism has fewer channels than these workers take. */
int channels_create(struct channels *c, const struct channel **ret_failed);

/* channels_frames_held returns how many results every producer's channels
 * hold, together, while it receives none. */
size_t channels_frames_held(const struct channels *c);

/* channels_take finds the lanes of one worker. */
void channels_take(struct channels *c, bool producer, unsigned index,
                   struct lanes *ret_lanes);

/* channels_copy makes a copy for another thread, in memory of its own; pair
 * with channels_free. -ENOMEM. */
int channels_copy(struct channels *to, const struct channels *from);

/* channels_detach drops what this process holds of them; channels_free that
 * and the memory; channels_close destroys them before. All are safe on zeroed
 * channels. */
void channels_detach(struct channels *c);
void channels_free(struct channels *c);
void channels_close(struct channels *c);

#endif
