/* SPDX-License-Identifier: MIT */
#include "ipc/worker/worker.h"

#include "ipc/plain_text.h"
#include "ipc/worker/ledger.h"
#include "shared/base/write.h"
#include "shared/dir/space.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum {
    LOOK_NS = 200000, /* between two looks at the clock, about */
    LOOK_JOBS_MAX = 1024,
};

unsigned worker_slot(const struct worker *w)
{
    return w->role == WORKER_PRODUCER ? w->index
                                      : w->plan->producers + w->index;
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

void worker_note_detail(struct worker *w, const char *text)
{
    w->self->explained = text[0] != '\0';
    if (w->self->explained)
        (void)snprintf(w->self->detail, PAGE_DETAIL_MAX, "%s", text);
}

void worker_note_milestone(const struct worker *w, uint64_t jobs,
                           struct milestone *ret_milestone)
{
    struct usage usage =
        usage_now(w->is_thread ? USAGE_OF_THREAD : USAGE_OF_PROCESS);

    *ret_milestone =
        (struct milestone){ clock_ns(), jobs, usage, sched_getcpu() };
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

/* "": nobody knows. */
static const char *name_of(const struct worker *w, uint64_t number)
{
    return inputs_name_of(w->plan->inputs, number, w->job_name);
}

/* Only the first rejections have room on the page. */
void worker_list_rejection(const struct worker *w, uint64_t number,
                           const char *reason)
{
    char line[PATH_MAX + 200], plain_name[PATH_MAX], plain[200];
    int n;

    if (w->plan->rejected_fd == 0)
        return;
    n = snprintf(line, sizeof(line), "%" PRIu64 "\t%s\t%s\n", number,
                 plain_text(name_of(w, number), plain_name, sizeof(plain_name)),
                 plain_text(reason, plain, sizeof(plain)));
    (void)write_all(w->plan->rejected_fd, line, (size_t)n);
}

void worker_note_rejection(struct worker *w, uint64_t number,
                           const char *reason)
{
    struct results *results = &w->self->results;

    keep_remark(w, results->rejection, results->rejected++, number, reason);
    worker_list_rejection(w, number, reason);
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
    if (w->plan->tell_upload)
        w->plan->tell_upload(name_of(w, number), result);
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
    elapsed_ns = w->look.at_ns - worker_began_ns(w);
    if (!w->warm && elapsed_ns >= plan->warmup_ns) {
        worker_note_milestone(w, jobs, &w->self->warm);
        w->warm = true;
    }
    return plan->budget_ns > 0 &&
           elapsed_ns > plan->warmup_ns + plan->budget_ns;
}

uint64_t worker_began_ns(const struct worker *w)
{
    return w->ledger && w->ledger->began_ns > 0 ? w->ledger->began_ns
                                                : w->page->started_ns;
}

uint64_t worker_due_ns(const struct worker *w, unsigned producer, uint64_t id)
{
    return worker_began_ns(w) +
           (uint64_t)((double)worker_job_number(w, producer, id) * 1e9 /
                      w->plan->rate);
}
