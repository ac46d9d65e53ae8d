/* SPDX-License-Identifier: MIT */
/*
 * consume.c -- the command `consume`: owns an exchange between two programs
 */
#include "ipc/ready.h"
#include "ipc/remote.h"
#include "ipc/side.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IDS_MAX = 1 << 30, /* job ids that are kept apart */
    PRODUCER_LEAVES_MS = 10000,
    LOOK_MS = 10,
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
    if (!commands_skipped(o, m))
        return side_can_be(m) ? m : NULL;
    complain(m->name, "skipped: %s", commands_skipped(o, m));
    return NULL;
}

static bool producer_left(void *arg, char text[static EXCHANGE_FAILURE_MAX])
{
    struct side *side = arg;

    /* As long as it is there, none has joined. */
    if (rundir_has(&side->rundir, READY_FILE) ||
        !side_peer_left(side, SIDE_PRODUCER_LOCK))
        return false;
    (void)snprintf(text, EXCHANGE_FAILURE_MAX,
                   "the producer died or gave up: its lock is free");
    return true;
}

/* What lies in files may still be read by a producer that is about to end.
 * Returns the signal that ended the wait, or 0. */
static int await_producer(const struct side *side)
{
    int number = 0;

    for (int ms = 0; number == 0 && ms < PRODUCER_LEAVES_MS; ms += LOOK_MS) {
        if (rundir_is_dead(side->rundir.path, SIDE_PRODUCER_LOCK))
            break;
        number = side_stop_signal(LOOK_MS);
    }
    return number;
}

/* Everything between the claim of the directory and its release. */
static int consume_in_directory(struct side *side)
{
    const char *dir = side->rundir.path;
    int r, number = 0, status;
    struct ready ready;

    if (side_create_channels(side) < 0)
        return EXIT_FAILURE;
    side_ready(side, &ready);
    r = ready_write(dir, &ready);
    if (r < 0) {
        complain(side->mechanism->name, "publish %s/ready.json: %s", dir,
                 strerror(-r));
        return EXIT_FAILURE;
    }
    (void)fprintf(stderr, "waiting for a producer: %s produce --at %s FILE\n",
                  program_invocation_name, dir);
    status = side_run(side, WORKER_CONSUMER, producer_left);
    if (!side->row.outcome.failure[0])
        number = await_producer(side);
    return number ? 128 + number : status;
}

int consume_command(const struct options *o)
{
    const struct mechanism *m = choose_mechanism(o);
    struct exchange_plan plan;
    struct side side;
    int r, status = EXIT_FAILURE;

    if (!m)
        return EXIT_USAGE;
    plan = commands_plan(o, m->ops);
    plan.jobs = IDS_MAX;
    plan.window = UINT16_MAX; /* what results holds is the producer's limit */
    plan.store = o->store ? o->store : COMMANDS_STORE;
    plan.stall_ns = UINT64_MAX; /* a producer may come whenever it likes */
    if (m->ops->traits & CHANNEL_INHERITED_ONLY)
        return side_pipeline(m, &plan, WORKER_CONSUMER, o->at);
    if (!o->at) {
        complain(m->name, "consume needs --at DIR, where a producer finds it");
        return EXIT_USAGE;
    }
    if (o->at_is_url)
        return remote_consume(o, m, &plan);
    r = side_open(&side, m, &plan);
    if (r == 0)
        r = rundir_claim(&side.rundir, o->at);
    if (r < 0)
        side_complain_directory(WORKER_CONSUMER, o->at, r);
    else
        status = consume_in_directory(&side);
    channels_close(&side.channels);
    rundir_release(&side.rundir);
    side_close(&side);
    return status;
}
