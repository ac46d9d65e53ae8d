/* SPDX-License-Identifier: MIT */
#include "ipc/worker/carry.h"

#include "ipc/job/job.h"
#include "ipc/worker/answers.h"
#include "shared/base/bytes.h"

#include <string.h>

enum { WORD = 8, PRODUCER_SHIFT = 48, PRODUCER_MASK = 0x7fff };

static const uint64_t carried = (uint64_t)1 << 63;

static size_t frame_size(const struct worker *w)
{
    return w->plan->size > WORD ? w->plan->size : WORD;
}

/* One side's part. */
struct carry {
    struct worker *w;
    uint64_t count;    /* frames, so far */
    uint64_t answered; /* of them */
    size_t size;       /* of a job's frame */
    unsigned turn;     /* the lane of the next job, */
    unsigned back;     /* and of the next answer */
};

/* ------------------------------------------------------------- the producer */

static int send_one(struct carry *c)
{
    const struct lanes *lanes = &c->w->lanes;
    struct channel *jobs = lanes->jobs[c->turn];
    void *block;
    int r;

    r = channel_reserve(jobs, c->size, &block);
    if (r < 0)
        return r;
    /* As with a header alone: warmed once, then never touched again. */
    if (c->count < lanes->jobs_count)
        memset(block, 0xa5, c->size);
    put_u64(block,
            carried | (uint64_t)c->w->index << PRODUCER_SHIFT | c->count);
    c->count++;
    c->turn = c->turn + 1 < lanes->jobs_count ? c->turn + 1 : 0;
    return channel_commit(jobs, c->size);
}

static int take_answer(struct carry *c)
{
    const struct lanes *lanes = &c->w->lanes;
    struct channel *results = lanes->results[c->back];
    const void *block;
    size_t size;
    int r;

    r = channel_acquire(results, &block, &size);
    if (r < 0)
        return r;
    if (size < WORD || !(get_u64(block) & carried))
        c->w->self->bad_answers++;
    c->answered++;
    c->back = c->back + 1 < lanes->results_count ? c->back + 1 : 0;
    return channel_release(results);
}

/* What the supervisor looks at, and where a failure is found. */
static void tell_progress(const struct carry *c)
{
    struct worker_page *self = c->w->self;

    atomic_store_explicit(&self->jobs, c->count, memory_order_relaxed);
    atomic_store_explicit(&self->frames, c->count, memory_order_relaxed);
}

static int take_answers(struct carry *c, uint64_t left)
{
    int r = 0;

    while (r == 0 && c->count - c->answered > left)
        r = take_answer(c);
    if (r < 0)
        worker_phase(c->w, PHASE_ACQUIRE_RESULT);
    return r;
}

int carry_send(struct worker *w)
{
    const uint64_t most = plan_job_count(w->plan, w->index);
    const bool answered = answers_are_wanted(w);
    struct carry c = { .w = w, .size = frame_size(w) };
    int r = 0;

    worker_phase(w, PHASE_RESERVE_JOB);
    while (r == 0 && c.count < most && !worker_look(w, c.count)) {
        if (answered)
            r = take_answers(&c, w->window - 1);
        if (r == 0)
            r = send_one(&c);
        tell_progress(&c);
    }
    if (r == 0 && answered)
        r = take_answers(&c, 0);
    w->self->submitted = w->self->sent = c.count;
    w->self->bytes = c.count * w->plan->size;
    worker_note_result(w, 0, c.answered, &job_done);
    return r;
}

/* ------------------------------------------------------------- the consumer */

static int answer(const struct carry *c, uint64_t word)
{
    const struct lanes *lanes = &c->w->lanes;
    const unsigned producer = word >> PRODUCER_SHIFT & PRODUCER_MASK;
    struct channel *results = lanes->results[producer % lanes->results_count];
    const size_t size = c->size < JOB_RESULT_MAX ? c->size : JOB_RESULT_MAX;
    void *block;
    int r;

    r = channel_reserve(results, size, &block);
    if (r == 0) {
        put_u64(block, word);
        r = channel_commit(results, size);
    }
    if (r < 0)
        worker_phase(c->w, PHASE_RESERVE_RESULT);
    return r;
}

/* The word is read once: a sender may still be able to write it. 1: it is
 * none of these, and the caller's. */
static int receive_one(struct carry *c, bool answered, const void **ret_block,
                       size_t *ret_size)
{
    struct channel *jobs = c->w->lanes.jobs[0];
    uint64_t word = 0;
    int r;

    r = channel_acquire(jobs, ret_block, ret_size);
    if (r < 0)
        return r;
    if (*ret_size >= WORD)
        word = get_u64(*ret_block);
    if (!(word & carried))
        return 1;
    c->count++;
    r = channel_release(jobs);
    return r == 0 && answered ? answer(c, word) : r;
}

int carry_receive(struct worker *w, const void **ret_block, size_t *ret_size)
{
    const bool answered = answers_are_wanted(w);
    struct carry c = { .w = w, .size = frame_size(w) };
    int r;

    while ((r = receive_one(&c, answered, ret_block, ret_size)) == 0) {
        tell_progress(&c);
        if (!w->warm)
            (void)worker_look(w, c.count);
    }
    w->self->tally.received += c.count;
    if (!answered)
        worker_note_result(w, 0, c.count, &job_done);
    return r < 0 ? r : 0;
}
