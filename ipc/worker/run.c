/* SPDX-License-Identifier: MIT */
#include "ipc/worker/run.h"

#include "ipc/explain.h"
#include "ipc/worker/confine.h"
#include "ipc/worker/consumer.h"
#include "ipc/worker/desk.h"
#include "ipc/worker/none.h"
#include "ipc/worker/producer.h"

#include <malloc.h>

enum {
    MMAP_THRESHOLD_MAX = 32 << 20, /* what mallopt(3) takes for it */
    DESK_MOST = 32,                /* pictures under way at once in a model */
};

/* Which end of a channel that has several is this worker's: of a pair the only
 * one. */
static struct channel_end end_of(const struct worker *w, enum channel_role role)
{
    return (struct channel_end){
        .role = role,
        .index = w->channels->competing ? w->index : 0,
        .owner = w->role == WORKER_CONSUMER,
    };
}

static int attach_all(struct channel *const channels[], unsigned count,
                      const struct channel_end *end)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < count; i++)
        r = channel_attach(channels[i], end);
    return r;
}

/* An end that is kept by one who does not use it would hide a death. */
static void drop_others(struct channels *c, const struct lanes *mine)
{
    for (unsigned i = 0, own = 0; i < c->jobs_count; i++)
        if (own < mine->jobs_count && &c->jobs[i] == mine->jobs[own])
            own++;
        else
            channel_detach(&c->jobs[i]);
    for (unsigned i = 0, own = 0; i < c->results_count; i++)
        if (own < mine->results_count && &c->results[i] == mine->results[own])
            own++;
        else
            channel_detach(&c->results[i]);
}

static int attach(struct worker *w)
{
    const bool producer = w->role == WORKER_PRODUCER;
    struct channel_end end;
    int r;

    channels_take(w->channels, producer, w->index, &w->lanes);
    if (!w->is_thread)
        drop_others(w->channels, &w->lanes);
    /* Jobs before results on both sides: two FIFOs opened the other way round
     * would wait for each other. */
    worker_phase(w, PHASE_ATTACH_JOBS);
    end = end_of(w, producer ? CHANNEL_SENDER : CHANNEL_RECEIVER);
    r = attach_all(w->lanes.jobs, w->lanes.jobs_count, &end);
    if (r < 0)
        return r;
    worker_phase(w, PHASE_ATTACH_RESULTS);
    end = end_of(w, producer ? CHANNEL_RECEIVER : CHANNEL_SENDER);
    return attach_all(w->lanes.results, w->lanes.results_count, &end);
}

static void detach(struct worker *w)
{
    for (unsigned i = 0; i < w->lanes.jobs_count; i++)
        channel_detach(w->lanes.jobs[i]);
    for (unsigned i = 0; i < w->lanes.results_count; i++)
        channel_detach(w->lanes.results[i]);
}

/* How many workers of this program meet at the start. */
static uint32_t worker_count(const struct worker *w)
{
    return w->alone || !w->plan->ops ? 1
                                     : w->plan->producers + w->plan->consumers;
}

static int open_store(struct worker *w)
{
    int r;

    if (w->role == WORKER_PRODUCER || !w->plan->store)
        return 0;
    r = store_open(w->plan->store, w->plan->sync, &w->store);
    if (r < 0)
        worker_note_store(w, r);
    return r;
}

/* In a process of the model's: a channel's end that it kept would hide a death
 * from the other side. */
static void drop_channels(void *arg)
{
    channels_detach(arg);
}

/* Before this worker has an end of any channel. */
static int open_desk(struct worker *w, struct model_config *config)
{
    const unsigned room = w->window < DESK_MOST ? w->window : DESK_MOST;
    int r;

    if (w->role == WORKER_PRODUCER || !w->plan->model || !w->plan->ops)
        return 0;
    *config = w->workshop->config;
    config->forked = drop_channels;
    config->forked_arg = w->channels;
    r = desk_open(w->plan->model, config, room, &w->desk);
    if (r < 0)
        worker_note_detail(w, model_error_text(r));
    return r;
}

/* What the model's processes used is known when they have ended. After a
 * failure they end with this process, and nobody waits for its threads. */
static void close_desk(struct worker *w, int error)
{
    struct usage children;

    if (!w->desk || error < 0)
        return;
    desk_close(w->desk);
    w->desk = NULL;
    children = usage_now(USAGE_OF_CHILDREN);
    usage_add(&w->self->done.usage, &children);
}

/*
 * Libraries make memory for each job: a message, a reply, a picture. What was
 * given back to the system comes again page by page, at more than a copy costs:
 * so this process keeps it, in one arena, since others give back whole heaps
 * whatever they are told.
 */
static void keep_memory(const struct worker *w)
{
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, -1);
    if (!w->plan->model) /* whose threads would wait for each other there */
        (void)mallopt(M_ARENA_MAX, 1);
}

/* Notes the memory that came on top. The first thread tells what all share. */
static void note_memory(const struct worker *w, uint64_t before)
{
    const uint64_t most = memory_most();

    if (most > before && (!w->is_thread || worker_slot(w) == 0))
        w->self->memory_bytes = most - before;
}

/* One of its two steps. */
static int confine(struct worker *w, int (*step)(const struct worker *w))
{
    const int r = step(w);

    if (r < 0)
        worker_note_detail(w, "it cannot be confined");
    return r;
}

static int take_part(struct worker *w)
{
    struct model_config config;
    uint64_t before; /* its supervisor's */
    int r;

    keep_memory(w);
    memory_forget();
    before = memory_most();
    r = place_self(w->plan->placement, worker_slot(w));
    if (r == 0)
        r = open_store(w);
    if (r == 0)
        r = open_desk(w, &config);
    if (r == 0)
        r = confine(w, confine_begin);
    if (r == 0 && w->plan->ops)
        r = attach(w);
    if (r == 0)
        r = confine(w, confine_finish);
    if (r < 0)
        return r;
    page_meet(w->page, worker_count(w));
    /* The measured part begins here, unless there is a warm-up. */
    worker_note_milestone(w, 0, &w->self->warm);
    w->self->warm.at_ns = w->page->started_ns;
    w->warm = w->plan->warmup_ns == 0;
    if (!w->plan->ops)
        r = none_run(w);
    else
        r = w->role == WORKER_PRODUCER ? producer_run(w) : consumer_run(w);
    worker_note_milestone(w, atomic_load(&w->self->jobs), &w->self->done);
    close_desk(w, r);
    note_memory(w, before);
    return r;
}

/* Whose error it is, by what this worker was doing; NULL: no channel's. */
static const struct channel *failed_channel(const struct worker *w)
{
    switch (atomic_load_explicit(&w->self->phase, memory_order_relaxed)) {
    case PHASE_ATTACH_JOBS:
    case PHASE_RESERVE_JOB:
    case PHASE_COMMIT_JOB:
    case PHASE_ACQUIRE_JOB:
    case PHASE_RELEASE_JOB:
        return w->lanes.jobs_count > 0 ? w->lanes.jobs[0] : NULL;
    case PHASE_ATTACH_RESULTS:
    case PHASE_RESERVE_RESULT:
    case PHASE_COMMIT_RESULT:
    case PHASE_ACQUIRE_RESULT:
    case PHASE_RELEASE_RESULT:
        return w->lanes.results_count > 0 ? w->lanes.results[0] : NULL;
    default:
        return NULL;
    }
}

static void explain(struct worker *w, int error)
{
    const struct channel *c = failed_channel(w);

    if (c && !w->self->detail[0])
        w->self->explained =
            channel_explain(c, error, w->self->detail, PAGE_DETAIL_MAX) == 0;
}

/* Those that compete stay until each has had its END: to send another one to
 * nobody would take for ever. */
static void await_end(struct worker *w)
{
    if (w->role == WORKER_PRODUCER || !w->channels->competing)
        return;
    worker_phase(w, PHASE_AWAIT_ENDS);
    page_await_end(w->page);
}

int worker_run(struct worker *w)
{
    int r;

    r = take_part(w);
    w->self->error = r;
    if (r < 0)
        explain(w, r);
    else {
        await_end(w);
        worker_phase(w, PHASE_DETACH);
    }
    detach(w);
    store_close(&w->store);
    if (r == 0)
        worker_phase(w, PHASE_ENDED);
    return r < 0;
}
