/* SPDX-License-Identifier: MIT */
#include "ipc/worker.h"

#include <stdio.h>
#include <string.h>

void worker_phase(struct worker *w, enum phase phase)
{
    atomic_store_explicit(&w->self->phase, phase, memory_order_relaxed);
}

static int attach(struct worker *w)
{
    bool producer = w->role == WORKER_PRODUCER;
    struct channel_end end = { .index = 0, .owner = !producer };
    int r;

    /* Jobs before results on both sides: two FIFOs opened the other way round
     * would wait for each other. */
    worker_phase(w, PHASE_ATTACH_JOBS);
    end.role = producer ? CHANNEL_SENDER : CHANNEL_RECEIVER;
    r = channel_attach(&w->jobs, &end);
    if (r < 0 || !w->results.ops)
        return r;
    worker_phase(w, PHASE_ATTACH_RESULTS);
    end.role = producer ? CHANNEL_RECEIVER : CHANNEL_SENDER;
    return channel_attach(&w->results, &end);
}

static int open_store(struct worker *w)
{
    int r;

    if (w->role == WORKER_PRODUCER || !w->plan->store)
        return 0;
    r = store_open(w->plan->store, &w->store);
    if (r < 0)
        (void)snprintf(w->self->detail, PAGE_DETAIL_MAX, "store %s",
                       w->plan->store);
    return r;
}

static int take_part(struct worker *w)
{
    struct usage start;
    int r;

    r = place_self(w->plan->placement, w->role == WORKER_CONSUMER);
    if (r == 0)
        r = open_store(w);
    if (r == 0 && w->plan->ops)
        r = attach(w);
    if (r < 0)
        return r;
    page_meet(w->page, w->workers);
    start = usage_now();
    if (!w->plan->ops)
        r = worker_none(w);
    else
        r = w->role == WORKER_PRODUCER ? producer_run(w) : consumer_run(w);
    w->self->usage = usage_since(&start);
    return r;
}

int worker_run(struct worker *w)
{
    int r;

    r = take_part(w);
    w->self->error = r;
    if (r == 0)
        worker_phase(w, PHASE_DETACH);
    if (w->jobs.ops)
        channel_detach(&w->jobs);
    if (w->results.ops)
        channel_detach(&w->results);
    store_close(&w->store);
    if (r == 0)
        worker_phase(w, PHASE_ENDED);
    return r < 0;
}

static void keep_remark(struct remark list[PAGE_REMARKS_MAX], uint64_t index,
                        uint64_t id, const char *text)
{
    if (index >= PAGE_REMARKS_MAX)
        return;
    list[index].id = id;
    (void)snprintf(list[index].text, JOB_REMARK_MAX, "%s", text);
}

void worker_note_rejection(struct worker *w, uint64_t id, const char *reason)
{
    struct results *results = &w->self->results;

    keep_remark(results->rejection, results->rejected++, id, reason);
}

static void note_done(struct results *results, uint64_t id,
                      const struct job_result *result)
{
    if (results->completed++ == 0)
        results->first = *result;
    if (result->thumbnail_size == 0)
        return;
    for (size_t i = 0; i < JOB_TASKS; i++)
        results->work_ns += result->task_ns[i];
    if (result->remark[0])
        keep_remark(results->notice, results->noticed++, id, result->remark);
}

void worker_note_result(struct worker *w, uint64_t id,
                        const struct job_result *result)
{
    switch (result->status) {
    case JOB_DONE:
        note_done(&w->self->results, id, result);
        break;
    case JOB_REJECTED:
        worker_note_rejection(w, id, result->remark);
        break;
    case JOB_DAMAGED:
        w->self->results.damaged++;
        break;
    }
}

bool worker_open_input(struct worker *w, uint64_t id,
                       struct input_reader *ret_reader)
{
    const struct inputs *inputs = w->plan->inputs;
    /* The frames were sized by what was listed; a file may have grown. */
    const size_t room = w->jobs.config.frame_max - JOB_HEADER_SIZE;
    const size_t max = w->plan->max < room ? w->plan->max : room;
    char remark[JOB_REMARK_MAX];
    int r;

    r = inputs_open(inputs, id % inputs->count, ret_reader);
    if (r == 0 && ret_reader->size <= max)
        return true;
    if (r < 0)
        (void)snprintf(remark, sizeof(remark), "%s", strerror(-r));
    else {
        (void)snprintf(remark, sizeof(remark),
                       "%zu bytes: more than --max allows (%zu)",
                       ret_reader->size, max);
        input_close(ret_reader);
    }
    worker_note_rejection(w, id, remark);
    return false;
}

bool worker_out_of_time(const struct worker *w, uint64_t id)
{
    bool small = w->plan->work != JOB_WORK_IMAGE && w->plan->size < 16384;
    const uint64_t every = small ? 64 : 1;

    return w->plan->budget_ns && id % every == 0 && id > 0 &&
           clock_ns() - w->page->started_ns > w->plan->budget_ns;
}
