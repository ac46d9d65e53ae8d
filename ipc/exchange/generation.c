/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/generation.h"

#include "ipc/decorator.h"
#include "ipc/explain.h"
#include "ipc/worker/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

uint64_t generation_session(void)
{
    uint64_t session = 0;

    while (session == 0)
        if (getrandom(&session, sizeof(session), 0) != sizeof(session))
            session = clock_ns();
    return session;
}

static void prepare_decorators(struct channels *c,
                               const struct exchange_plan *plan)
{
    for (unsigned i = 0; i < c->jobs_count; i++)
        decorator_prepare(&c->jobs[i], plan->ops, plan->decoration);
    for (unsigned i = 0; i < c->results_count; i++)
        decorator_prepare(&c->results[i], plan->ops, plan->decoration);
}

int generation_open_channels(struct worker *w, const char *dir, uint64_t seed,
                             size_t payload_max)
{
    const struct exchange_plan *plan = w->plan;
    struct channel_config config = {
        .dir = dir,
        .at = plan->at,
        .seed = seed,
        .frame_max = JOB_HEADER_SIZE + payload_max,
        .depth = plan->depth,
        .wait = plan->wait,
    };

    int r;

    memcpy(config.options, plan->options, sizeof(config.options));
    w->frame_max = config.frame_max;
    r = channels_open(
        w->channels, plan->decorator ? plan->decorator : plan->ops, &config,
        JOB_HEADER_SIZE + JOB_RESULT_MAX, plan->producers, plan->consumers);
    if (r == 0 && plan->decorator)
        prepare_decorators(w->channels, plan);
    return r;
}

/* Returns the meaning of errors that no mechanism explains. */
static const char *plain_reason(int error)
{
    switch (error) {
    case -ECHRNG:
        return "the mechanism does not have so many channels (see its Limits): "
               "use fewer --consumers";
    case -EINTR:
        return "stopped by a signal";
    default:
        return strerror(-error);
    }
}

static void describe_failure(const struct channel *c, int error,
                             char failure[static CAUSE_TEXT_MAX])
{
    char why[EXPLAIN_TEXT_MAX];

    if (channel_explain(c, error, why, sizeof(why)) < 0)
        (void)snprintf(why, sizeof(why), "%s", plain_reason(error));
    (void)snprintf(failure, CAUSE_TEXT_MAX, "create %s%s: %s", c->config.name,
                   c->config.at ? ", at the place of --at" : "", why);
}

int generation_create_channels(struct worker *w,
                               char failure[static CAUSE_TEXT_MAX])
{
    const struct channel *failed = NULL;
    unsigned window = w->plan->window;
    size_t held;
    int r;

    r = channels_create(w->channels, &failed);
    if (r < 0) {
        describe_failure(failed, r, failure);
        return r;
    }
    held = channels_frames_held(w->channels);
    if (w->plan->pattern == PATTERN_PING_PONG)
        window = 1;
    if (window > held)
        window = (unsigned)held;
    w->window = window > 0 ? window : 1;
    return 0;
}

static int open_sights(struct sights *sights, const struct exchange_plan *plan)
{
    for (unsigned c = 0; c < plan->consumers; c++)
        for (unsigned p = 0; p < plan->producers; p++) {
            sights->of[c][p] = seen_open(plan_job_count(plan, p));
            if (!sights->of[c][p])
                return -ENOMEM;
        }
    return 0;
}

uint64_t generation_again(const struct generation *g)
{
    const struct exchange_plan *plan = g->worker.plan;
    struct seen *of_one[CHANNELS_MAX];
    uint64_t again = 0;

    for (unsigned p = 0; p < plan->producers; p++) {
        for (unsigned c = 0; c < plan->consumers; c++)
            of_one[c] = g->sights.of[c][p];
        again += seen_again(of_one, plan->consumers);
    }
    return again;
}

uint64_t generation_join(const struct generation *g, struct seen *const done[])
{
    const struct exchange_plan *plan = g->worker.plan;
    uint64_t again = 0;

    for (unsigned p = 0; p < plan->producers; p++)
        for (unsigned c = 0; c < plan->consumers; c++)
            again += seen_join(done[p], g->sights.of[c][p]);
    return again;
}

static void close_sights(struct sights *sights)
{
    for (unsigned c = 0; c < CHANNELS_MAX; c++)
        for (unsigned p = 0; p < CHANNELS_MAX; p++)
            seen_close(sights->of[c][p]);
}

/* The worker of a role that is like the others: only the place differs. */
static struct worker make_worker(const struct worker *like,
                                 enum worker_role role, unsigned index,
                                 const struct sights *sights)
{
    struct worker w = *like;

    w.role = role;
    w.index = index;
    if (role == WORKER_CONSUMER)
        w.seen = sights->of[index];
    return w;
}

/* Consumers first: they are the owners, who listen. The row `none` has one
 * worker alone. */
static int start_workers(struct supervisor *s, const struct worker *like,
                         const struct sights *sights,
                         char failure[static CAUSE_TEXT_MAX])
{
    const struct exchange_plan *plan = like->plan;
    struct worker workers[PAGE_WORKERS_MAX];
    unsigned count = 0;
    int r = 0;

    for (unsigned i = 0; i < plan->consumers; i++)
        workers[count++] = make_worker(like, WORKER_CONSUMER, i, sights);
    for (unsigned i = 0; plan->ops && i < plan->producers; i++)
        workers[count++] = make_worker(like, WORKER_PRODUCER, i, sights);
    if (plan->ops && plan->ops->traits & CHANNEL_THREADS)
        r = supervisor_fork_threads(s, workers, count);
    else
        for (unsigned i = 0; r == 0 && i < count; i++)
            r = supervisor_fork(s, &workers[i]);
    if (r < 0) {
        supervisor_stop(s);
        (void)snprintf(failure, CAUSE_TEXT_MAX, "fork: %s", strerror(-r));
    }
    return r;
}

static int make_channels(struct worker *w, const char *dir,
                         char failure[static CAUSE_TEXT_MAX])
{
    const size_t payload_max = plan_payload_max(w->plan);
    int r;

    w->frame_max = JOB_HEADER_SIZE + payload_max;
    if (!w->plan->ops)
        return 0;
    r = generation_open_channels(w, dir, w->session, payload_max);
    if (r == 0)
        return generation_create_channels(w, failure);
    (void)snprintf(failure, CAUSE_TEXT_MAX, "open: %s", strerror(-r));
    return r;
}

static void note_channels(const struct worker *w,
                          struct exchange_outcome *outcome)
{
    const struct channels *c = w->channels;

    outcome->window = w->window;
    outcome->competing = c->competing;
    if (c->jobs_count > 0)
        outcome->jobs_config = c->jobs[0].config;
    if (c->results_count > 0)
        outcome->results_config = c->results[0].config;
}

/* Before anything that its processes must not hold. */
static int open_workshop(struct worker *w, struct workshop *workshop,
                         const char *dir, char failure[static CAUSE_TEXT_MAX])
{
    const struct exchange_plan *plan = w->plan;
    int r;

    if (!plan->model || !plan->ops)
        return 0;
    r = workshop_open(workshop, &plan->workshop, dir, w->session,
                      plan_payload_max(plan));
    if (r < 0)
        (void)snprintf(failure, CAUSE_TEXT_MAX,
                       "start the server for uploads: %s", strerror(-r));
    w->workshop = workshop;
    return r;
}

/* What is there before any worker. */
static int prepare(struct generation *g, const char *dir,
                   struct exchange_outcome *outcome)
{
    struct worker *w = &g->worker;
    int r;

    r = open_sights(&g->sights, w->plan);
    if (r < 0)
        (void)snprintf(outcome->failure, CAUSE_TEXT_MAX, "start: %s",
                       strerror(-r));
    if (r == 0)
        r = open_workshop(w, &g->workshop, dir, outcome->failure);
    if (r == 0)
        r = make_channels(w, dir, outcome->failure);
    note_channels(w, outcome);
    return r;
}

/* No two generations have the same. */
static uint64_t session_of(const struct exchange_plan *plan,
                           const struct ledger *ledger)
{
    if (plan->session == 0)
        return generation_session();
    return plan->session + (ledger ? ledger->generation : 0);
}

int generation_run(struct generation *g, const char *dir,
                   const struct exchange_plan *plan, struct ledger *ledger,
                   struct supervisor *s, struct exchange_outcome *outcome)
{
    const struct broker_children before = broker_children();
    uint64_t broker_ns;
    int r;

    *g = (struct generation){ 0 };
    g->worker = (struct worker){
        .plan = plan,
        .session = session_of(plan, ledger),
        .channels = &g->channels,
        .ledger = ledger,
    };
    r = prepare(g, dir, outcome);
    if (r < 0)
        return r;
    g->brokers = broker_new(&before);
    broker_ns = broker_cpu_ns(&g->brokers);
    r = start_workers(s, &g->worker, &g->sights, outcome->failure);
    if (r < 0)
        return r;
    /* A descriptor kept here would hide a worker's death from the other. */
    channels_detach(&g->channels);
    supervisor_watch(s, plan, NULL, NULL, outcome->failure);
    g->broker_ns = broker_cpu_ns(&g->brokers) - broker_ns;
    return 0;
}

void generation_close(struct generation *g)
{
    channels_close(&g->channels);
    workshop_close(&g->workshop);
    close_sights(&g->sights);
}
