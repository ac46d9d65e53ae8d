/* SPDX-License-Identifier: MIT */
#include "ipc/apart/side.h"

#include "ipc/apart/ready.h"
#include "ipc/exchange/generation.h"
#include "ipc/job/store.h"
#include "ipc/options/setup.h"
#include "ipc/plain_text.h"
#include "shared/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 10,     /* between two looks whether a wait is over */
    SHOWS_MS = 1000,  /* that the other's end takes to show, at most */
    NAME_DIGITS = 12, /* of an upload's name, to find it by */
};

/* In a directory of its own: not every side has one. */
static int open_workshop(struct side *side)
{
    const struct exchange_plan *plan = &side->row.plan;
    int r;

    if (!plan->model)
        return 0;
    r = rundir_make(&side->shop_dir);
    if (r < 0)
        return r;
    side->worker.workshop = &side->workshop;
    return workshop_open(&side->workshop, &plan->workshop, side->shop_dir.path,
                         generation_session(), plan->max);
}

int side_open(struct side *side, const struct mechanism *mechanism,
              const struct exchange_plan *plan)
{
    int r;

    *side = (struct side){
        .mechanism = mechanism,
        .screen = screen_of(stderr),
    };
    side->row = (struct outcome_row){ .mechanism = mechanism, .plan = *plan };
    side->row.plan.producers = side->row.plan.consumers = 1;
    side->worker.plan = &side->row.plan;
    side->worker.alone = true;
    side->worker.channels = &side->channels;
    r = supervisor_open(&side->supervisor);
    return r < 0 ? r : open_workshop(side);
}

void side_close(struct side *side)
{
    struct leftover left;

    supervisor_close(&side->supervisor);
    workshop_close(&side->workshop);
    (void)rundir_release(&side->shop_dir, &left);
    seen_close(side->seen);
}

/* A producer knows how many jobs there are, a consumer does not. */
static void show_progress(void *arg, uint64_t done, uint64_t total)
{
    const struct side *side = arg;

    if (done == 0)
        return;
    if (side->worker.role == WORKER_PRODUCER)
        screen_show(&side->screen, "%" PRIu64 " of %" PRIu64 " jobs ...", done,
                    total);
    else
        screen_show(&side->screen, "%" PRIu64 " jobs ...", done);
}

static bool is_pipeline(const struct side *side)
{
    return side->channels.results_count == 0;
}

/* In a shell's pipeline nothing tells of the other side but what comes. */
static void explain_pipe(struct side *side)
{
    const struct worker_page *page = side->worker.self;
    char *text = side->row.outcome.failure;

    if (page->error == -EPIPE && side->worker.role == WORKER_PRODUCER)
        (void)snprintf(text, CAUSE_TEXT_MAX,
                       "the consumer closed the pipe before the last job");
    else if (page->error == -EPIPE)
        (void)snprintf(text, CAUSE_TEXT_MAX,
                       "the pipe ended before the producer's END%s%s",
                       page->detail[0] ? ": " : "", page->detail);
    else if (page->error == -EPROTO)
        (void)snprintf(text, CAUSE_TEXT_MAX,
                       "what comes is not from `%s produce`",
                       side->mechanism->name);
}

/* A failure also tells how far it came. */
static void append_jobs(struct side *side)
{
    struct exchange_outcome *outcome = &side->row.outcome;
    const size_t used = strlen(outcome->failure);
    char *end = outcome->failure + used, text[PAST_TEXT_MAX];

    if (side->past)
        (void)snprintf(end, CAUSE_TEXT_MAX - used, "; %s",
                       past_text(side->past, &side->row.plan, text));
    else if (side->worker.role == WORKER_CONSUMER)
        (void)snprintf(end, CAUSE_TEXT_MAX - used,
                       "; %" PRIu64 " jobs were done before",
                       outcome->verdict.completed);
    else
        (void)snprintf(end, CAUSE_TEXT_MAX - used,
                       "; %" PRIu64 " of %" PRIu64 " jobs were sent before, "
                       "%" PRIu64 " answered",
                       atomic_load(&side->worker.self->jobs),
                       side->row.plan.jobs, outcome->verdict.completed);
}

/* Of this run, which did not send what an earlier one has settled. */
static double bytes_sent(const struct side *side)
{
    const struct exchange_outcome *outcome = &side->row.outcome;
    const double all = (double)outcome->verdict.completed;
    const double earlier = side->past ? (double)side->past->history.resumed : 0;

    return all > earlier ? (double)outcome->bytes * (all - earlier) / all : 0;
}

static void report(struct side *side)
{
    struct exchange_outcome *outcome = &side->row.outcome;
    char text[VERDICT_TEXT_MAX], bytes[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];
    bool consumer = side->worker.role == WORKER_CONSUMER;

    screen_clear(&side->screen);
    row_problems(&side->row);
    if (outcome->results[side->worker.role].rejected > PAGE_REMARKS_MAX &&
        side->row.plan.rejected_fd == 0)
        (void)fprintf(stderr, "--rejected FILE would list them all\n");
    /* In a pipeline the consumer alone knows what arrived. */
    if (outcome->failure[0] || (is_pipeline(side) && !consumer))
        return;
    (void)verdict_text(&outcome->verdict, text);
    if (outcome->verdict.submitted == 0)
        (void)fprintf(stderr, "%s\n", text);
    else /* in one call, as both sides may have one terminal */
        (void)fprintf(stderr, "%s; %s in %s\n", text,
                      bytes_text(bytes_sent(side), bytes),
                      time_text((double)outcome->elapsed_ns, took));
    if (consumer && outcome->results[WORKER_CONSUMER].first.thumbnail_size > 0)
        (void)fprintf(stderr, "uploads in %s\n", side->row.plan.store);
}

static int start(struct side *side)
{
    if (side->worker.role == WORKER_CONSUMER) {
        side->seen = seen_open(side->row.plan.jobs);
        side->worker.seen = &side->seen;
        if (!side->seen)
            return -ENOMEM;
    }
    if (side->past) {
        side->worker.ledger = &side->past->history.ledger;
        history_watch(&side->past->history, &side->supervisor);
    }
    return supervisor_fork(&side->supervisor, &side->worker);
}

/* How the uploads' names in the store begin, which are 64 digits long. In one
 * write(2), on stdout: what goes on is shown on stderr. */
static void tell_upload(const char *name, const struct job_result *result)
{
    char original[STORE_NAME_MAX], thumbnail[STORE_NAME_MAX];
    const struct screen shown = screen_of(stderr);
    char plain[PATH_MAX];

    store_name(result->original, "", original);
    store_name(result->thumbnail, "", thumbnail);
    screen_clear(&shown);
    (void)dprintf(STDOUT_FILENO, "%s: %.*s*, thumbnail %.*s*.jpg\n",
                  plain_text(name, plain, sizeof(plain)), NAME_DIGITS, original,
                  NAME_DIGITS, thumbnail);
}

static void collect(struct side *side)
{
    struct exchange_outcome *outcome = &side->row.outcome;

    if (side->past)
        history_collect(&side->past->history, &side->supervisor,
                        &side->row.plan, 0, outcome);
    else
        outcome_collect(&side->supervisor.roster, side->worker.plan,
                        side->supervisor.signal, 0, NULL, outcome);
    if (is_pipeline(side) && !outcome->signal)
        explain_pipe(side);
}

struct question {
    struct side *side;
    peer_gone_fn *peer_gone;
};

static bool is_gone(void *arg)
{
    const struct question *q = arg;

    return q->peer_gone(q->side, q->side->row.outcome.failure);
}

/* What broke this worker's channel may be the end of the other side, which is
 * about to show. */
static void find_out(struct side *side, peer_gone_fn *peer_gone)
{
    struct question question = { side, peer_gone };
    int r;

    if (side->row.plan.peer_wait_ns == 0 || side->supervisor.signal)
        return;
    side->gone |= side->supervisor.stalled; /* as good as dead */
    if (side->gone || !side->worker.self->error)
        return;
    r = side_await(SHOWS_MS, is_gone, &question);
    if (r > 1)
        side->supervisor.signal = r - 128;
    else if (r == 0) /* it lives, and has another connection then */
        side->gone = side->blameless =
            side->worker.self->error == -EPIPE &&
            atomic_load(&side->worker.self->jobs) > 0;
}

/* What is settled is noted, whatever comes next. With all jobs answered, a
 * consumer that has gone before it answered the END as well is not missed. */
static void keep(struct side *side)
{
    struct exchange_outcome *outcome = &side->row.outcome;
    struct past *past = side->past;

    if (!past)
        return;
    if (!outcome->failure[0]) {
        history_save(&past->history);
        return;
    }
    if (past_add(past, &side->worker, outcome, side->gone && !side->blameless) <
        0)
        side->gone = false; /* there is no memory to go on */
    else if (side->gone && past_has_all(past, &side->row.plan))
        history_conclude(&past->history, outcome);
}

static bool may_go_on(const struct side *side)
{
    return side->gone && side->row.outcome.failure[0] &&
           !side->supervisor.signal && side->row.plan.peer_wait_ns > 0;
}

static void tell_wait(const struct side *side)
{
    const enum worker_role other = side->worker.role == WORKER_CONSUMER
                                       ? WORKER_PRODUCER
                                       : WORKER_CONSUMER;

    screen_clear(&side->screen);
    complain(side->mechanism->name,
             "%s; waiting for another %s, %.4g s at most",
             side->row.outcome.failure, worker_role_name(other),
             (double)side->row.plan.peer_wait_ns / 1e9);
}

/* The peer left between the last answer and that to its END: it may have all
 * it wanted, or come back for what it missed. */
static bool was_served(const struct side *side)
{
    struct verdict verdict = side->row.outcome.verdict;

    verdict.finished = side->worker.self->finished_ns > 0;
    return side->worker.role == WORKER_CONSUMER && verdict_good(&verdict) &&
           verdict.rejected == 0;
}

bool side_waits_too_long(struct side *side, char text[static CAUSE_TEXT_MAX])
{
    const uint64_t limit_ns = side->row.plan.peer_wait_ns;
    const double limit_s = (double)limit_ns / 1e9;

    if (limit_ns == 0 || clock_ns() - side->since_ns < limit_ns)
        return false;
    side->late = true;
    if (side->before == SIDE_SERVED)
        (void)snprintf(text, CAUSE_TEXT_MAX,
                       "good: no other producer came within %.4g s, and all "
                       "jobs of the last one are done",
                       limit_s);
    else
        (void)snprintf(text, CAUSE_TEXT_MAX, "no producer came within %.4g s",
                       limit_s);
    return true;
}

int side_late_status(const struct side *side)
{
    return side->before == SIDE_SERVED ? EXIT_SUCCESS : EXIT_FAILURE;
}

int side_run(struct side *side, enum worker_role role, peer_gone_fn *peer_gone)
{
    struct exchange_outcome *outcome = &side->row.outcome;
    int r;

    side->worker.role = role;
    if (role == WORKER_CONSUMER || !is_pipeline(side)) {
        side->row.plan.progress = show_progress;
        side->row.plan.progress_arg = side;
    }
    /* The side that has the files tells; over a shell's pipe only the other
     * one learns what became of them. */
    if (is_pipeline(side) == (role == WORKER_CONSUMER))
        side->row.plan.tell_upload = tell_upload;
    r = start(side);
    if (r < 0) {
        complain(side->mechanism->name, "start: %s", strerror(-r));
        return EXIT_FAILURE;
    }
    /* A descriptor kept here would hide the worker's end from the other. */
    channels_detach(&side->channels);
    supervisor_watch(&side->supervisor, &side->row.plan, peer_gone, side,
                     outcome->failure);
    find_out(side, peer_gone);
    collect(side);
    keep(side);
    if (outcome->failure[0] && !side->late)
        append_jobs(side);
    if (may_go_on(side)) {
        tell_wait(side);
        return was_served(side) ? SIDE_SERVED : SIDE_AGAIN;
    }
    report(side);
    return side->late ? side_late_status(side) : outcome_exit_status(outcome);
}

bool side_is_ending(const struct side *side)
{
    return atomic_load(&side->worker.self->phase) >= PHASE_DETACH;
}

bool side_peer_left(struct side *side, bool there)
{
    const uint64_t now_ns = clock_ns();

    if (there || side_is_ending(side)) {
        side->left_ns = 0;
        return false;
    }
    if (side->left_ns == 0)
        side->left_ns = now_ns;
    side->gone = !atomic_load(&side->worker.self->last) ||
                 now_ns - side->left_ns > SIDE_PEER_LEAVES_MS * 1000000ull;
    return side->gone;
}

int side_stop_signal(int ms)
{
    const struct timespec pause = { .tv_nsec = ms * 1000000L };
    sigset_t stop;
    int number;

    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGHUP);
    number = sigtimedwait(&stop, NULL, &pause);
    return number > 0 ? number : 0;
}

int side_await(int limit_ms, side_done_fn *done, void *arg)
{
    const uint64_t limit_ns = clock_ns() + (uint64_t)limit_ms * 1000000;
    int number;

    for (;;) {
        if (done(arg))
            return 1;
        if (clock_ns() >= limit_ns)
            return 0;
        number = side_stop_signal(LOOK_MS);
        if (number > 0)
            return 128 + number;
    }
}

int side_create_channels(struct side *side)
{
    char *failure = side->row.outcome.failure;
    int r, number;

    side->worker.session = generation_session();
    r = generation_open_channels(&side->worker, side->rundir.path,
                                 side->worker.session, side->row.plan.max);
    if (r == 0)
        r = generation_create_channels(&side->worker, failure);
    number = r == -EINTR ? side_stop_signal(0) : 0;
    if (number > 0)
        return 128 + number;
    if (r == -ENAMETOOLONG)
        complain(side->mechanism->name,
                 "%s: a socket's path holds 107 bytes: use a shorter --at",
                 failure);
    else if (r < 0)
        complain(side->mechanism->name, "%s",
                 failure[0] ? failure : strerror(-r));
    if (r < 0 || setup_check_store(side->row.plan.store) != 0)
        return EXIT_FAILURE;
    return 0;
}

void side_ready(const struct side *side, struct ready *ret_ready)
{
    *ret_ready = (struct ready){
        .mechanism = side->mechanism,
        .session = side->worker.session,
        .payload_max = side->row.plan.max,
        .window = side->worker.window,
        .pid = getpid(),
        .jobs = side->channels.jobs[0].config,
        .results = side->channels.results[0].config,
    };
}

static void adopt_channel(struct channel *c, const struct channel_config *told)
{
    c->config.depth = told->depth;
    memcpy(c->config.options, told->options, sizeof(told->options));
}

int side_adopt(struct side *side, const struct ready *ready)
{
    struct worker *w = &side->worker;
    struct exchange_plan *plan = &side->row.plan;
    int r;

    plan->max_is_peers = plan->max > ready->payload_max;
    if (plan->max_is_peers)
        plan->max = ready->payload_max;
    side->peer = ready->pid;
    w->session = ready->session;
    w->window = plan->pattern == PATTERN_PING_PONG ? 1 : plan->window;
    if (w->window > ready->window)
        w->window = ready->window;
    r = generation_open_channels(w, side->rundir.path, ready->session,
                                 ready->payload_max);
    if (r < 0)
        return r;
    adopt_channel(&w->channels->jobs[0], &ready->jobs);
    adopt_channel(&w->channels->results[0], &ready->results);
    return 0;
}

/* Where a pipeline is meant, whether one is there. */
static bool is_in_pipeline(const char *name, const struct exchange_plan *plan,
                           enum worker_role role, const char *at)
{
    int fd = role == WORKER_CONSUMER ? STDIN_FILENO : STDOUT_FILENO;

    if (at)
        complain(name, "only relatives can share it, so it has no --at");
    else if (plan->peer_wait_ns > 0)
        complain(name, "a shell's pipe ends with either side, so there is "
                       "nobody to --wait for");
    else if (plan->resume)
        complain(name, "over a shell's pipe nobody answers, so nothing can "
                       "be resumed");
    else if (isatty(fd))
        complain(name, "frames are not for a terminal");
    else
        return true;
    (void)fprintf(stderr,
                  "try: %s demo, or: %s produce FILE | %s consume --store "
                  "DIR\n",
                  name, name, name);
    return false;
}

bool side_can_be(const struct mechanism *mechanism)
{
    if (!(mechanism->ops->traits & CHANNEL_THREADS))
        return true;
    complain(mechanism->name,
             "both ends are threads of one process (try: %s demo)",
             mechanism->name);
    return false;
}

int side_pipeline(const struct mechanism *mechanism,
                  const struct exchange_plan *plan, enum worker_role role,
                  const char *at)
{
    struct channel_config config = {
        .dir = "",
        .frame_max = JOB_HEADER_SIZE + plan->max,
        .depth = plan->depth,
    };
    int r, status = EXIT_FAILURE;
    struct side side;

    memcpy(config.options, plan->options, sizeof(config.options));
    if (!is_in_pipeline(mechanism->name, plan, role, at))
        return EXIT_USAGE;
    r = side_open(&side, mechanism, plan);
    side.row.plan.pattern = PATTERN_STREAM;
    side.worker.window = 1;
    side.worker.frame_max = config.frame_max;
    if (role == WORKER_PRODUCER)
        side.worker.session = generation_session();
    if (r == 0)
        r = channels_open(&side.channels, mechanism->ops, &config, 0, 1, 1);
    if (r < 0)
        complain(mechanism->name, "start: %s", strerror(-r));
    else
        status = side_run(&side, role, NULL);
    channels_free(&side.channels);
    side_close(&side);
    return status;
}

void side_complain_directory(enum worker_role role, const char *path, int error)
{
    if (error == -EPERM)
        complain(NULL, "%s: not a directory of yours alone (mode 0700)", path);
    else if (error == -ENOTEMPTY)
        complain(NULL, "%s: holds other files: choose a new directory", path);
    else if (error == -EPROTO)
        complain(NULL, "%s: its lock is not a plain file", path);
    else if (error == -EBUSY)
        complain(NULL, "%s: another %s is at work there", path,
                 worker_role_name(role));
    else
        complain(NULL, "%s: %s", path, strerror(-error));
}
