/* SPDX-License-Identifier: MIT */
#include "ipc/exchange.h"

#include "ipc/rundir.h"
#include "ipc/supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

const char *pattern_name(enum exchange_pattern pattern)
{
    static const char *const names[] = { "exchange", "ping-pong", "stream" };

    return names[pattern];
}

const char *work_name(enum job_work work)
{
    static const char *const names[] = { "header", "verify", "image" };

    return names[work];
}

bool exchange_good(const struct exchange_outcome *outcome)
{
    return !outcome->failure[0] && verdict_good(&outcome->verdict) &&
           outcome->verdict.rejected == 0;
}

uint64_t exchange_session(void)
{
    uint64_t session = 0;

    while (session == 0)
        if (getrandom(&session, sizeof(session), 0) != sizeof(session))
            session = clock_ns();
    return session;
}

size_t exchange_payload_max(const struct exchange_plan *plan)
{
    size_t largest = plan->size;

    if (plan->work == JOB_WORK_IMAGE)
        largest = plan->inputs->largest;
    return largest < plan->max ? largest : plan->max;
}

int exchange_open_channels(struct worker *w, const char *dir, uint64_t seed,
                           size_t payload_max)
{
    const struct exchange_plan *plan = w->plan;
    struct channel_config config = {
        .dir = dir,
        .name = "jobs",
        .seed = seed,
        .number = 0,
        .frame_max = JOB_HEADER_SIZE + payload_max,
        .depth = plan->depth,
        .senders = 1,
        .receivers = 1,
        .decorated = plan->decorator ? plan->ops : NULL,
        .decoration = plan->decoration,
    };
    const struct channel_ops *ops =
        plan->decorator ? plan->decorator : plan->ops;
    int r;

    memcpy(config.options, plan->options, sizeof(config.options));
    r = channel_open(&w->jobs, ops, &config);
    if (r < 0)
        return r;
    config.name = "results";
    config.number = 1;
    config.frame_max = JOB_HEADER_SIZE + JOB_RESULT_MAX;
    return channel_open(&w->results, ops, &config);
}

int exchange_create_channels(struct worker *w,
                             char failure[static EXCHANGE_FAILURE_MAX])
{
    const char *phase = "create jobs";
    unsigned window = w->plan->window;
    int r;

    r = channel_create(&w->jobs);
    if (r == 0) {
        phase = "create results";
        r = channel_create(&w->results);
    }
    if (r < 0) {
        (void)snprintf(failure, EXCHANGE_FAILURE_MAX, "%s: %s", phase,
                       strerror(-r));
        return r;
    }
    if (w->plan->pattern == PATTERN_PING_PONG)
        window = 1;
    if (window > w->results.frames_held)
        window = (unsigned)w->results.frames_held;
    w->window = window > 0 ? window : 1;
    return 0;
}

void exchange_close_channels(struct worker *w)
{
    struct channel *channels[] = { &w->results, &w->jobs };

    for (size_t i = 0; i < 2; i++) {
        if (!channels[i]->ops)
            continue;
        channel_detach(channels[i]);
        channel_destroy(channels[i]);
        channel_close(channels[i]);
    }
}

static uint64_t above(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Jobs that were sent and did not arrive; or whose answer did not. */
static uint64_t count_lost(const struct exchange_page *page,
                           const struct verdict *v, uint64_t damaged)
{
    const struct tally *tally = &page->tally;
    uint64_t unsent = page->submitted - page->sent;
    uint64_t answers =
        v->completed + damaged + page->bad_answers + above(v->rejected, unsent);
    uint64_t unreadable = above(tally->corrupted, damaged);
    uint64_t lost = above(page->sent, tally->received + tally->corrupted);
    uint64_t unanswered = above(page->sent, answers + unreadable);

    return larger(lost, unanswered);
}

static void judge(const struct exchange_page *page, bool finished,
                  struct verdict *ret_verdict)
{
    const struct tally *tally = &page->tally;
    uint64_t damaged = 0;
    struct verdict v = {
        .submitted = page->submitted,
        /* A job that arrives twice, or late, is answered so as well. */
        .duplicated = larger(tally->duplicated, page->duplicate_answers),
        .reordered = larger(tally->reordered, page->reordered_answers),
        .corrupted = tally->corrupted + page->bad_answers,
        .finished = finished,
    };

    for (size_t i = 0; i < WORKER_ROLES; i++) {
        v.completed += page->worker[i].results.completed;
        v.rejected += page->worker[i].results.rejected;
        damaged += page->worker[i].results.damaged;
    }
    v.lost = count_lost(page, &v, damaged);
    *ret_verdict = v;
}

void exchange_collect(const struct supervisor *s,
                      struct exchange_outcome *outcome)
{
    const struct exchange_page *page = s->page;

    judge(page, !outcome->failure[0], &outcome->verdict);
    outcome->signal = s->signal;
    if (page->finished_ns > page->started_ns)
        outcome->elapsed_ns = page->finished_ns - page->started_ns;
    outcome->latency_p50_ns = histogram_percentile(&page->latency, 50);
    outcome->latency_p99_ns = histogram_percentile(&page->latency, 99);
    outcome->latency_max_ns = page->latency.max_ns;
    outcome->bytes = page->bytes;
    for (size_t i = 0; i < WORKER_ROLES; i++) {
        outcome->usage[i] = page->worker[i].usage;
        outcome->pid[i] = s->worker[i].pid;
        outcome->results[i] = page->worker[i].results;
    }
}

/* Forks what takes part: two workers, or one for the row `none`. */
static int start_workers(struct supervisor *s, struct worker *w,
                         char failure[static EXCHANGE_FAILURE_MAX])
{
    int r = 0;

    w->workers = w->plan->ops ? 2 : 1;
    w->role = WORKER_CONSUMER;
    r = supervisor_fork(s, w);
    if (r == 0 && w->plan->ops) {
        w->role = WORKER_PRODUCER;
        r = supervisor_fork(s, w);
    }
    if (r < 0) {
        supervisor_stop(s);
        (void)snprintf(failure, EXCHANGE_FAILURE_MAX, "fork: %s", strerror(-r));
    }
    return r;
}

static void run_in(const char *dir, const struct exchange_plan *plan,
                   struct supervisor *s, struct exchange_outcome *outcome)
{
    struct worker w = { .plan = plan, .session = plan->session };
    int r;

    if (w.session == 0)
        w.session = exchange_session();
    w.jobs.config.frame_max = JOB_HEADER_SIZE + exchange_payload_max(plan);
    r = !plan->ops ? 0
                   : exchange_open_channels(&w, dir, w.session,
                                            exchange_payload_max(plan));
    if (r < 0)
        (void)snprintf(outcome->failure, EXCHANGE_FAILURE_MAX, "open: %s",
                       strerror(-r));
    if (r == 0 && plan->ops)
        r = exchange_create_channels(&w, outcome->failure);
    outcome->window = w.window;
    if (r == 0)
        r = start_workers(s, &w, outcome->failure);
    if (r == 0) {
        /* A descriptor kept here would hide a worker's death from the other. */
        if (plan->ops) {
            channel_detach(&w.jobs);
            channel_detach(&w.results);
        }
        supervisor_watch(s, plan, NULL, NULL, outcome->failure);
    }
    outcome->jobs_config = w.jobs.config;
    outcome->results_config = w.results.config;
    exchange_close_channels(&w);
}

int exchange_run(const struct exchange_plan *plan,
                 struct exchange_outcome *ret_outcome)
{
    struct rundir rundir = { 0 };
    struct supervisor s;
    int r;

    *ret_outcome = (struct exchange_outcome){ 0 };
    r = supervisor_open(&s);
    if (r == 0)
        r = rundir_make(&rundir);
    if (r < 0)
        (void)snprintf(ret_outcome->failure, EXCHANGE_FAILURE_MAX,
                       "run directory: %s", strerror(-r));
    else {
        run_in(rundir.path, plan, &s, ret_outcome);
        exchange_collect(&s, ret_outcome);
    }
    rundir_release(&rundir);
    supervisor_close(&s);
    return exchange_good(ret_outcome) ? 0 : -1;
}
