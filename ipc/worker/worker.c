/* SPDX-License-Identifier: MIT */
#include "ipc/worker/worker.h"

#include "ipc/screen/units.h"
#include "shared/base/fd.h"
#include "shared/dir/space.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

enum {
    LOOK_NS = 200000, /* between two looks at the clock, about */
    LOOK_JOBS_MAX = 1024,
    MMAP_THRESHOLD_MAX = 32 << 20, /* what mallopt(3) takes for it */
};

void worker_phase(struct worker *w, enum phase phase)
{
    atomic_store_explicit(&w->self->phase, phase, memory_order_relaxed);
}

unsigned worker_slot(const struct worker *w)
{
    return w->role == WORKER_PRODUCER ? w->index
                                      : w->plan->producers + w->index;
}

uint64_t worker_job_number(const struct worker *w, unsigned producer,
                           uint64_t id)
{
    return id * w->plan->producers + producer;
}

uint64_t worker_job_count(const struct exchange_plan *plan, unsigned producer)
{
    return plan->jobs / plan->producers +
           (producer < plan->jobs % plan->producers);
}

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

void worker_note_store(struct worker *w, int error)
{
    w->self->explained = error == -ENOSPC &&
                         space_explain(w->plan->store, w->frame_max,
                                       "make room, or give another --store",
                                       w->self->detail, PAGE_DETAIL_MAX) == 0;
    if (!w->self->explained)
        (void)snprintf(w->self->detail, PAGE_DETAIL_MAX, "store %s",
                       w->plan->store);
}

static int open_store(struct worker *w)
{
    int r;

    if (w->role == WORKER_PRODUCER || !w->plan->store)
        return 0;
    r = store_open(w->plan->store, &w->store);
    if (r < 0)
        worker_note_store(w, r);
    return r;
}

static void note_milestone(const struct worker *w, uint64_t jobs,
                           struct milestone *ret_milestone)
{
    struct usage usage =
        usage_now(w->is_thread ? USAGE_OF_THREAD : USAGE_OF_PROCESS);

    *ret_milestone = (struct milestone){ clock_ns(), jobs, usage };
}

/*
 * Libraries make memory for each job: a message, a reply, a picture. What was
 * given back to the system comes again page by page, at more than a copy costs:
 * so this process keeps it, in one arena, since others give back whole heaps
 * whatever they are told.
 */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, -1);
    (void)mallopt(M_ARENA_MAX, 1);
}

/* What came on top. Of threads the first one tells what all share. */
static void note_memory(const struct worker *w, uint64_t before)
{
    const uint64_t most = memory_most();

    if (most > before && (!w->is_thread || worker_slot(w) == 0))
        w->self->memory_bytes = most - before;
}

static int take_part(struct worker *w)
{
    uint64_t before; /* its supervisor's */
    int r;

    keep_memory();
    memory_forget();
    before = memory_most();
    r = place_self(w->plan->placement, worker_slot(w));
    if (r == 0)
        r = open_store(w);
    if (r == 0 && w->plan->ops)
        r = attach(w);
    if (r < 0)
        return r;
    page_meet(w->page, worker_count(w));
    /* What is measured begins here, unless there is a warm-up. */
    note_milestone(w, 0, &w->self->warm);
    w->self->warm.at_ns = w->page->started_ns;
    w->warm = w->plan->warmup_ns == 0;
    if (!w->plan->ops)
        r = worker_none(w);
    else
        r = w->role == WORKER_PRODUCER ? producer_run(w) : consumer_run(w);
    note_milestone(w, atomic_load(&w->self->jobs), &w->self->done);
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

int worker_run(struct worker *w)
{
    int r;

    r = take_part(w);
    w->self->error = r;
    if (r < 0)
        explain(w, r);
    if (r == 0)
        worker_phase(w, PHASE_DETACH);
    detach(w);
    store_close(&w->store);
    if (r == 0)
        worker_phase(w, PHASE_ENDED);
    return r < 0;
}

static void keep_remark(const struct worker *w,
                        struct remark list[PAGE_REMARKS_MAX], uint64_t index,
                        uint64_t number, const char *text)
{
    if (index >= PAGE_REMARKS_MAX)
        return;
    list[index].number = number;
    (void)snprintf(list[index].name, JOB_NAME_MAX, "%s", w->job_name);
    (void)snprintf(list[index].text, JOB_REMARK_MAX, "%s", text);
}

/* Of those that are told only the first have room on the page. */
static void list_rejection(const struct worker *w, uint64_t number,
                           const char *reason)
{
    const struct inputs *inputs = w->plan->inputs;
    const char *name = inputs && inputs->count
                           ? inputs_name(inputs, number % inputs->count)
                           : w->job_name;
    char line[PATH_MAX + 200], plain_name[PATH_MAX], plain[200];
    int n;

    if (w->plan->rejected_fd == 0)
        return;
    n = snprintf(line, sizeof(line), "%" PRIu64 "\t%s\t%s\n", number,
                 plain_text(name, plain_name, sizeof(plain_name)),
                 plain_text(reason, plain, sizeof(plain)));
    (void)fd_write_all(w->plan->rejected_fd, line, (size_t)n);
}

void worker_note_rejection(struct worker *w, uint64_t number,
                           const char *reason)
{
    struct results *results = &w->self->results;

    keep_remark(w, results->rejection, results->rejected++, number, reason);
    list_rejection(w, number, reason);
}

static void note_done(struct worker *w, uint64_t number, uint64_t count,
                      const struct job_result *result)
{
    struct results *results = &w->self->results;

    if (results->completed == 0)
        results->first = *result;
    results->completed += count;
    if (result->thumbnail_size == 0)
        return;
    for (size_t i = 0; i < JOB_TASKS; i++)
        results->work_ns += result->task_ns[i];
    if (result->remark[0])
        keep_remark(w, results->notice, results->noticed++, number,
                    result->remark);
}

void worker_note_result(struct worker *w, uint64_t number, uint64_t count,
                        const struct job_result *result)
{
    if (count == 0)
        return;
    switch (result->status) {
    case JOB_DONE:
        note_done(w, number, count, result);
        break;
    case JOB_REJECTED:
        worker_note_rejection(w, number, result->remark);
        break;
    case JOB_DAMAGED:
        w->self->results.damaged += count;
        break;
    }
}

bool worker_open_input(struct worker *w, uint64_t number,
                       struct input_reader *ret_reader)
{
    const struct inputs *inputs = w->plan->inputs;
    /* The frames were sized by what was listed; a file may have grown. */
    const size_t room = w->frame_max - JOB_HEADER_SIZE;
    const size_t max = w->plan->max < room ? w->plan->max : room;
    char remark[JOB_REMARK_MAX];
    int r;

    r = inputs_open(inputs, number % inputs->count, ret_reader);
    if (r == 0 && ret_reader->size <= max)
        return true;
    if (r < 0)
        (void)snprintf(remark, sizeof(remark), "%s", inputs_error_text(r));
    else {
        (void)snprintf(remark, sizeof(remark),
                       "%zu bytes: more than %s --max allows (%zu)",
                       ret_reader->size,
                       w->plan->max_is_peers ? "the consumer's" : "its", max);
        input_close(ret_reader);
    }
    worker_note_rejection(w, number, remark);
    return false;
}

/* As many jobs until the next look as went by in about LOOK_NS. */
static void look_at_clock(struct look *look, uint64_t jobs)
{
    const uint64_t now = clock_ns();

    if (look->at_ns > 0 && now - look->at_ns < LOOK_NS &&
        look->step < LOOK_JOBS_MAX)
        look->step *= 2;
    else if (now - look->at_ns > 2 * LOOK_NS || look->step == 0)
        look->step = look->step > 1 ? look->step / 2 : 1;
    look->at_ns = now;
    look->next = jobs + look->step;
}

bool worker_look(struct worker *w, uint64_t jobs)
{
    const struct exchange_plan *plan = w->plan;
    uint64_t elapsed_ns;

    if (jobs < w->look.next)
        return false;
    look_at_clock(&w->look, jobs);
    elapsed_ns = w->look.at_ns - w->page->started_ns;
    if (!w->warm && elapsed_ns >= plan->warmup_ns) {
        note_milestone(w, jobs, &w->self->warm);
        w->warm = true;
    }
    return plan->budget_ns > 0 &&
           elapsed_ns > plan->warmup_ns + plan->budget_ns;
}

uint64_t worker_due_ns(const struct worker *w, unsigned producer, uint64_t id)
{
    return w->page->started_ns +
           (uint64_t)((double)worker_job_number(w, producer, id) * 1e9 /
                      w->plan->rate);
}
