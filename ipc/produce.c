/* SPDX-License-Identifier: MIT */
/*
 * produce.c -- the command `produce`: joins an exchange that another program
 * owns
 */
#include "ipc/ready.h"
#include "ipc/side.h"

#include "shared/fd.h"
#include "shared/watch.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOBS = 1000 }; /* of header or verify work, when not given */

static bool consumer_left(void *arg, char text[static EXCHANGE_FAILURE_MAX])
{
    struct side *side = arg;

    if (!side_peer_left(side, SIDE_CONSUMER_LOCK))
        return false;
    (void)snprintf(text, EXCHANGE_FAILURE_MAX,
                   "the consumer (pid %d) died: its lock is free", side->peer);
    return true;
}

/* What to send: pictures if any are named, else what --work says. */
static int make_plan(const struct options *o, const struct channel_ops *ops,
                     struct inputs *inputs, struct exchange_plan *ret_plan)
{
    struct options adjusted = *o;
    int status;

    if (!o->work_given)
        adjusted.work = JOB_WORK_IMAGE;
    status = commands_inputs(o, o->arguments, inputs);
    if (status == 0 && adjusted.work == JOB_WORK_IMAGE && inputs->count == 0)
        status = commands_draw(inputs, 4000, 3000);
    *ret_plan = commands_plan(&adjusted, ops);
    ret_plan->inputs = inputs;
    ret_plan->size = o->size_count ? o->sizes[0] : 0;
    if (!o->jobs_given)
        ret_plan->jobs = adjusted.work == JOB_WORK_IMAGE ? inputs->count : JOBS;
    return status;
}

/* Sleeps until something may have changed at path; before it is there, until
 * its parent may have. */
static int await_change(const char *path)
{
    char copy[PATH_MAX];
    int watch, r;

    r = watch_open(path, &watch);
    if (r == -ENOENT) {
        (void)snprintf(copy, sizeof(copy), "%s", path);
        r = watch_open(dirname(copy), &watch);
    }
    if (r < 0)
        return r;
    r = watch_wait(watch);
    fd_close(&watch);
    return r;
}

/* A ready.json whose writer is dead is a leftover: a consumer may yet come. */
static int look_for_consumer(const char *dir, struct ready *ret_ready,
                             char text[static READY_TEXT_MAX])
{
    if (rundir_is_dead(dir, SIDE_CONSUMER_LOCK))
        return -ENOENT;
    return ready_read(dir, ret_ready, text);
}

static int await_consumer(const struct options *o, struct ready *ret_ready)
{
    const char *program = program_invocation_short_name;
    char text[READY_TEXT_MAX];
    bool told = false;
    int r;

    for (;;) {
        r = rundir_check(o->at);
        if (r < 0 && r != -ENOENT) {
            side_complain_directory(NULL, o->at, r);
            return r;
        }
        r = look_for_consumer(o->at, ret_ready, text);
        if (r == 0)
            return 0;
        if (r != -ENOENT) {
            complain(NULL, "%s: %s", o->at, text);
            return r;
        }
        if (!told)
            (void)fprintf(stderr,
                          "waiting for a consumer: %s consume --at "
                          "%s --store DIR\n",
                          program, o->at);
        told = true;
        r = await_change(o->at);
        if (r < 0) {
            complain(NULL, "%s: %s", o->at, strerror(-r));
            return r;
        }
    }
}

/* Takes over what the consumer's side decided. */
static int adopt(struct side *side, const struct ready *ready)
{
    struct worker *w = &side->worker;
    struct exchange_plan *plan = &side->row.plan;
    int r;

    if (plan->max > ready->payload_max)
        plan->max = ready->payload_max;
    side->peer = ready->pid;
    w->session = ready->session;
    w->window = ready->window;
    if (plan->pattern == PATTERN_PING_PONG)
        w->window = 1;
    r = exchange_open_channels(w, side->rundir.path, ready->session,
                               ready->payload_max);
    if (r < 0)
        return r;
    w->jobs.config.depth = ready->jobs.depth;
    w->results.config.depth = ready->results.depth;
    memcpy(w->jobs.config.options, ready->jobs.options,
           sizeof(ready->jobs.options));
    memcpy(w->results.config.options, ready->results.options,
           sizeof(ready->results.options));
    return 0;
}

static int produce_at(const struct options *o, struct ready *ready)
{
    struct inputs inputs = { 0 };
    struct exchange_plan plan;
    struct side side;
    int r, status;

    status = make_plan(o, ready->mechanism->ops, &inputs, &plan);
    if (status != 0) {
        inputs_free(&inputs);
        return status;
    }
    status = EXIT_FAILURE;
    r = side_open(&side, ready->mechanism, &plan);
    if (r == 0)
        r = rundir_join(&side.rundir, o->at, SIDE_PRODUCER_LOCK);
    if (r == 0)
        r = adopt(&side, ready);
    if (r < 0)
        side_complain_directory(ready->mechanism, o->at, r);
    else
        status = side_run(&side, WORKER_PRODUCER, consumer_left);
    /* What the consumer made is the consumer's to destroy. */
    channel_close(&side.worker.results);
    channel_close(&side.worker.jobs);
    side_close(&side);
    rundir_leave(&side.rundir);
    inputs_free(&inputs);
    return status;
}

static int produce_pipeline(const struct options *o)
{
    struct inputs inputs = { 0 };
    struct exchange_plan plan;
    int status;

    status = make_plan(o, mechanisms[0].ops, &inputs, &plan);
    if (status == 0)
        status = side_pipeline(&mechanisms[0], &plan, WORKER_PRODUCER, o->at);
    inputs_free(&inputs);
    return status;
}

int produce_command(const struct options *o)
{
    struct ready ready;

    if (!mechanisms[1].name && mechanisms[0].ops &&
        mechanisms[0].ops->traits & CHANNEL_INHERITED_ONLY)
        return produce_pipeline(o);
    if (!o->at) {
        complain(NULL, "produce needs --at DIR, where the consumer is");
        return EXIT_USAGE;
    }
    if (await_consumer(o, &ready) < 0)
        return EXIT_FAILURE;
    if (!ready.mechanism->ops) {
        complain(ready.mechanism->name, "skipped in this build: %s",
                 ready.mechanism->reason);
        return EXIT_FAILURE;
    }
    return produce_at(o, &ready);
}
