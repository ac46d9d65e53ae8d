/* SPDX-License-Identifier: MIT */
#include "ipc/commands/consume.h"

#include "ipc/apart/ready.h"
#include "ipc/apart/remote.h"
#include "ipc/apart/side.h"
#include "ipc/exchange/blame.h"
#include "ipc/options/selection.h"
#include "ipc/options/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IDS_MAX = 1 << 30, /* job ids that are kept apart */
    CLAIM_MS = 3000,   /* that a killed run's processes may take to be gone */
};

/* The mechanism of this program; of several, the one that is named. */
static const struct mechanism *choose_mechanism(const struct options *o)
{
    const struct mechanism *m = mechanisms;

    if (o->argument_count == 1 && mechanism_find(o->arguments[0]))
        m = mechanism_find(o->arguments[0]);
    else if (o->argument_count > 0 || mechanisms[1].name) {
        complain(NULL, "consume: which mechanism? (`%s list` shows them)",
                 program_invocation_short_name);
        return NULL;
    }
    if (!selection_skips(o, m))
        return side_can_be(m) ? m : NULL;
    complain(m->name, "skipped: %s", selection_skips(o, m));
    return NULL;
}

static bool producer_left(void *arg, char text[static CAUSE_TEXT_MAX])
{
    struct side *side = arg;
    const struct rundir *rundir = &side->rundir;

    if (!rundir_holds(rundir) && !side_is_ending(side)) {
        (void)snprintf(text, CAUSE_TEXT_MAX,
                       "%.200s/" RUN_LOCK " was removed: the run has lost its "
                       "directory",
                       rundir->path);
        return true;
    }
    /* As long as it is there, none has joined. */
    if (rundir_has(rundir, READY_FILE))
        return side_waits_too_long(side, text);
    if (!side_peer_left(side, rundir_peer_is_there(rundir)))
        return false;
    if (rundir_peer_signed(rundir))
        (void)snprintf(text, CAUSE_TEXT_MAX,
                       "the producer died or gave up: its lock is free");
    else
        (void)snprintf(text, CAUSE_TEXT_MAX,
                       "%.200s/" READY_FILE " was removed: no producer can "
                       "join",
                       rundir->path);
    return true;
}

/* This run's or, before it has begun, that of the run before. */
static bool producer_is_gone(void *arg)
{
    const struct side *side = arg;
    const struct rundir *rundir = &side->rundir;

    return rundir->peer_fd ? !rundir_peer_is_there(rundir)
                           : rundir_is_dead(rundir->path, PRODUCER_LOCK);
}

/* A directory that is wanted, and what came of it. */
struct attempt {
    struct rundir *rundir;
    const char *at;
    int result; /* of rundir_claim */
};

static bool is_decided(void *arg)
{
    struct attempt *attempt = arg;

    attempt->result = rundir_claim(attempt->rundir, attempt->at);
    return attempt->result != -EBUSY;
}

/* A killed run's processes may live for another moment. 0, -EBUSY and other
 * errors of rundir_claim, or 128 + signal. */
static int claim_lock(struct side *side, const char *at)
{
    struct attempt attempt = { .rundir = &side->rundir, .at = at };
    int r;

    if (is_decided(&attempt))
        return attempt.result;
    (void)fprintf(stderr,
                  "waiting for the consumer at %s to end, %d s at most\n", at,
                  CLAIM_MS / 1000);
    r = side_await(CLAIM_MS, is_decided, &attempt);
    return r > 1 ? r : attempt.result;
}

/* Nobody of an older run is in the directory, and nothing: its producer has to
 * learn that its consumer died. 0, or the exit status. */
static int clear(struct side *side, const char *at)
{
    struct leftover left;
    int r;

    if (!producer_is_gone(side))
        (void)fprintf(stderr,
                      "waiting for the producer of the last run to leave %s, "
                      "%d s at most\n",
                      at, SIDE_PEER_LEAVES_MS / 1000);
    r = side_await(SIDE_PEER_LEAVES_MS, producer_is_gone, side);
    if (r > 1)
        return r;
    if (r == 0) {
        complain(NULL,
                 "%s: the producer of the last run does not leave: is it "
                 "stopped? End it, or use another directory",
                 at);
        return EXIT_FAILURE;
    }
    r = rundir_begin(&side->rundir, &left);
    if (r < 0)
        complain(NULL, "%s: cannot be removed: %s", left.error ? left.name : at,
                 strerror(-r));
    return r < 0 ? EXIT_FAILURE : 0;
}

/* The leftovers of an older run stay as they are when this one cannot begin. */
static int claim(struct side *side, const char *at)
{
    int r, status;

    r = claim_lock(side, at);
    if (r < 0)
        side_complain_directory(WORKER_CONSUMER, at, r);
    if (r != 0)
        return r < 0 ? EXIT_FAILURE : r;
    status = clear(side, at);
    if (status != 0)
        rundir_leave(&side->rundir);
    return status;
}

/* Everything between the claim of the directory and its release. */
static int consume_in_directory(struct side *side)
{
    const char *dir = side->rundir.path;
    int r, status;
    struct ready ready;

    status = side_create_channels(side);
    if (status != 0)
        return status;
    side_ready(side, &ready);
    r = ready_write(dir, &ready);
    if (r < 0) {
        complain(side->mechanism->name, "publish %s/ready.json: %s", dir,
                 strerror(-r));
        return EXIT_FAILURE;
    }
    if (side->before == 0)
        (void)fprintf(stderr,
                      "waiting for a producer: %s produce --at %s FILE\n",
                      program_invocation_name, dir);
    side->since_ns = clock_ns();
    status = side_run(side, WORKER_CONSUMER, producer_left);
    if (!blame_is_death(&side->supervisor.roster))
        rundir_sign(&side->rundir);
    if (side->row.outcome.failure[0])
        return status;
    /* A producer about to end may still read what lies in files. */
    r = side_await(SIDE_PEER_LEAVES_MS, producer_is_gone, side);
    return r > 1 ? r : status;
}

/* The run of one producer, from the claim of the directory to its release. */
static int consume_at(const struct mechanism *m, const char *at,
                      const struct exchange_plan *plan, int before)
{
    int r, status = EXIT_FAILURE;
    struct side side;

    r = side_open(&side, m, plan);
    if (r < 0)
        complain(m->name, "start: %s", strerror(-r));
    else
        status = claim(&side, at);
    side.before = before;
    if (status == 0)
        status = consume_in_directory(&side);
    channels_close(&side.channels);
    status = setup_release(&side.rundir, status);
    side_close(&side);
    return status;
}

static int run(const struct options *o)
{
    const struct mechanism *m = choose_mechanism(o);
    struct exchange_plan plan;
    int status;

    if (!m || selection_check_settings(o) != 0 || setup_check_models(o) != 0)
        return EXIT_USAGE;
    status = setup_check_system(o);
    if (status != 0)
        return status;
    plan = setup_plan(o, m->ops);
    setup_take_model(o, &plan);
    plan.jobs = IDS_MAX;
    plan.window = UINT16_MAX; /* what results holds is the producer's limit */
    plan.store = o->store ? o->store : SETUP_STORE;
    plan.stall_ns = UINT64_MAX; /* a producer may come whenever it likes */
    if (setup_open_rejected(o, &plan) != 0)
        return EXIT_FAILURE;
    if (m->ops->traits & CHANNEL_INHERITED_ONLY)
        return side_pipeline(m, &plan, WORKER_CONSUMER, o->at);
    if (!o->at) {
        complain(m->name, "consume needs --at DIR, where a producer finds it");
        return EXIT_USAGE;
    }
    if (o->at_is_url)
        return remote_consume(o, m, &plan);
    do
        status = consume_at(m, o->at, &plan, status);
    while (status < 0);
    return status;
}

const struct command consume_command = {
    .name = "consume",
    .bit = COMMAND_CONSUME,
    .run = run,
    .arguments = "MECHANISM --at DIR",
    .alone = "--at DIR",
    .summary = "be the consumer, in the other terminal",
    .more =
        "It makes DIR, waits for a producer, does its jobs, and removes DIR "
        "again.\n"
        "tcp, zeromq and redis-stream also wait at a URL, tcp://HOST:PORT or\n"
        "redis://HOST:PORT, for a producer on another machine. Who it is, "
        "both\n"
        "prove by --secret FILE (`ipc help key`) or by certificates, and what "
        "is\n"
        "sent is encrypted at tcp+tls:// and rediss://.\n"
        "A mechanism without a name to meet at, such as pipe, takes no --at; "
        "it\n"
        "serves a shell's pipeline:\n"
        "  pipe produce FILE ... | pipe consume --store DIR\n"
        "When the producer dies, --wait S waits S seconds for another one.",
};
