/* SPDX-License-Identifier: MIT */
#include "ipc/worker/channels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "jobs", "jobs-1", ... */
static void make_name(char ret_name[static CHANNELS_NAME_MAX], const char *kind,
                      unsigned index)
{
    if (index == 0)
        (void)snprintf(ret_name, CHANNELS_NAME_MAX, "%s", kind);
    else
        (void)snprintf(ret_name, CHANNELS_NAME_MAX, "%s-%u", kind, index);
}

bool channels_can_compete(const struct channel_ops *ops)
{
    const unsigned many = CHANNEL_MANY_SENDERS | CHANNEL_MANY_RECEIVERS;

    return (ops->traits & many) == many;
}

static int open_jobs(struct channels *c, unsigned i,
                     const struct channel_ops *ops,
                     const struct channel_config *like)
{
    struct channel_config config = *like;

    make_name(c->jobs_name[i], "jobs", i);
    config.name = c->jobs_name[i];
    config.number = 2 * i;
    config.senders = c->competing ? c->producers : 1;
    config.receivers = c->competing ? c->consumers : 1;
    return channel_open(&c->jobs[i], ops, &config);
}

static int open_results(struct channels *c, unsigned i,
                        const struct channel_ops *ops,
                        const struct channel_config *like, size_t result_max)
{
    struct channel_config config = *like;

    make_name(c->results_name[i], "results", i);
    config.name = c->results_name[i];
    config.number = 2 * i + 1;
    config.frame_max = result_max;
    config.senders = c->competing ? c->consumers : 1;
    config.receivers = 1;
    return channel_open(&c->results[i], ops, &config);
}

int channels_open(struct channels *c, const struct channel_ops *ops,
                  const struct channel_config *config, size_t result_max,
                  unsigned producers, unsigned consumers)
{
    int r = 0;

    *c = (struct channels){ .producers = producers, .consumers = consumers };
    c->competing = producers + consumers > 2 && channels_can_compete(ops);
    c->jobs_count = c->competing ? 1 : consumers;
    if (result_max > 0)
        c->results_count = c->competing ? producers : consumers;
    for (unsigned i = 0; r == 0 && i < c->jobs_count; i++)
        r = open_jobs(c, i, ops, config);
    for (unsigned i = 0; r == 0 && i < c->results_count; i++)
        r = open_results(c, i, ops, config, result_max);
    if (r < 0)
        channels_free(c);
    return r;
}

static int create_all(struct channel list[], unsigned count,
                      const struct channel **ret_failed)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < count; i++) {
        r = channel_create(&list[i]);
        if (r < 0)
            *ret_failed = &list[i];
    }
    return r;
}

int channels_create(struct channels *c, const struct channel **ret_failed)
{
    int r;

    r = create_all(c->jobs, c->jobs_count, ret_failed);
    return r < 0 ? r : create_all(c->results, c->results_count, ret_failed);
}

/* Answers are taken from the pairs in turn: as many lie in one at most as the
 * window has turns. */
size_t channels_frames_held(const struct channels *c)
{
    const unsigned pairs = c->competing ? 1 : c->consumers / c->producers;

    return c->results_count > 0 ? c->results[0].frames_held * pairs : 1;
}

void channels_take(struct channels *c, bool producer, unsigned index,
                   struct lanes *ret_lanes)
{
    struct lanes lanes = { 0 };

    for (unsigned i = 0; i < c->jobs_count; i++)
        if (c->competing || (producer ? i % c->producers : i) == index)
            lanes.jobs[lanes.jobs_count++] = &c->jobs[i];
    for (unsigned i = 0; i < c->results_count; i++)
        if (c->competing ? !producer || i == index
                         : (producer ? i % c->producers : i) == index)
            lanes.results[lanes.results_count++] = &c->results[i];
    *ret_lanes = lanes;
}

static int copy_channel(struct channel *to, const struct channel *from)
{
    int r;

    r = channel_open(to, from->ops, &from->config);
    if (r < 0)
        return r;
    to->frames_held = from->frames_held;
    memcpy(to->state, from->state, from->ops->state_size);
    return 0;
}

int channels_copy(struct channels *to, const struct channels *from)
{
    int r = 0;

    *to = (struct channels){
        .producers = from->producers,
        .consumers = from->consumers,
        .competing = from->competing,
        .jobs_count = from->jobs_count,
        .results_count = from->results_count,
    };
    for (unsigned i = 0; r == 0 && i < to->jobs_count; i++)
        r = copy_channel(&to->jobs[i], &from->jobs[i]);
    for (unsigned i = 0; r == 0 && i < to->results_count; i++)
        r = copy_channel(&to->results[i], &from->results[i]);
    if (r < 0)
        channels_free(to);
    return r;
}

void channels_detach(struct channels *c)
{
    for (unsigned i = 0; i < c->jobs_count; i++)
        channel_detach(&c->jobs[i]);
    for (unsigned i = 0; i < c->results_count; i++)
        channel_detach(&c->results[i]);
}

void channels_free(struct channels *c)
{
    for (unsigned i = 0; i < c->results_count; i++)
        channel_close(&c->results[i]);
    for (unsigned i = 0; i < c->jobs_count; i++)
        channel_close(&c->jobs[i]);
    c->jobs_count = c->results_count = 0;
}

void channels_close(struct channels *c)
{
    channels_detach(c);
    for (unsigned i = c->results_count; i > 0; i--)
        channel_destroy(&c->results[i - 1]);
    for (unsigned i = c->jobs_count; i > 0; i--)
        channel_destroy(&c->jobs[i - 1]);
    channels_free(c);
}
