/* SPDX-License-Identifier: MIT */
#include "ipc/commands/produce.h"

#include "ipc/apart/ready.h"
#include "ipc/apart/remote.h"
#include "ipc/apart/side.h"
#include "ipc/options/setup.h"
#include "shared/base/fd.h"
#include "shared/base/units.h"
#include "shared/dir/watch.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    JOBS = 1000,  /* of header or verify work, when not given; */
    SIZE = 4096,  /* and their payload */
    WIDTH = 4000, /* of the drawn picture; pixels */
    HEIGHT = 3000,
};

static bool consumer_left(void *arg, char text[static CAUSE_TEXT_MAX])
{
    struct side *side = arg;

    if (!side_peer_left(side, rundir_peer_is_there(&side->rundir)))
        return false;
    side->blameless = rundir_peer_signed(&side->rundir);
    (void)snprintf(text, CAUSE_TEXT_MAX,
                   "the consumer (pid %d) died or gave up: its lock is free",
                   side->peer);
    return true;
}

/* Plans what to send: without --work pictures, or bytes if it is told how
 * many. */
static int make_plan(const struct options *o, struct inputs *inputs,
                     struct exchange_plan *ret_plan)
{
    struct options adjusted = *o;
    enum job_work work;
    int status;

    if (o->axes[AXIS_WORK].count == 0)
        options_fix(&adjusted, AXIS_WORK,
                    o->axes[AXIS_SIZE].count > 0 ? JOB_WORK_VERIFY
                                                 : JOB_WORK_IMAGE);
    work = options_value(&adjusted, AXIS_WORK);
    status = setup_inputs(o, o->arguments, inputs);
    if (status == 0 && work == JOB_WORK_IMAGE && inputs->count == 0)
        status = setup_draw(inputs, WIDTH, HEIGHT);
    *ret_plan = setup_plan(&adjusted, NULL);
    ret_plan->inputs = inputs;
    ret_plan->resume = o->resume;
    if (work != JOB_WORK_IMAGE)
        ret_plan->size = options_value(o, AXIS_SIZE);
    if (!o->jobs_given)
        ret_plan->jobs = work == JOB_WORK_IMAGE ? inputs->count : JOBS;
    return status;
}

/* Before the directory is there, a change in its parent is what to wait for. */
static int watch_for(const char *path, int *ret_watch)
{
    char copy[PATH_MAX];
    int r;

    r = watch_open(path, ret_watch);
    if (r != -ENOENT)
        return r;
    (void)snprintf(copy, sizeof(copy), "%s", path);
    return watch_open(dirname(copy), ret_watch);
}

/* -EAGAIN: none is there yet. A ready.json whose writer is dead is a leftover:
 * a consumer may yet come. */
static int look_for_consumer(const char *dir, struct ready *ret_ready)
{
    char text[READY_TEXT_MAX];
    int r;

    if (rundir_is_dead(dir, RUN_LOCK))
        return -EAGAIN;
    r = ready_read(dir, ret_ready, text);
    if (r == -ENOENT)
        return -EAGAIN;
    if (r < 0)
        complain(NULL, "%s: %s", dir, text);
    if (r == 0 && mechanism_skipped(ret_ready->mechanism)) {
        complain(ret_ready->mechanism->name, "skipped: %s",
                 mechanism_skipped(ret_ready->mechanism));
        r = -ENOTSUP;
    }
    return r;
}

/* The things seen and told so far while waiting for a consumer. */
struct wait {
    uint64_t until_ns; /* 0: as long as it takes */
    unsigned taken;    /* in a row, looks at a run with another producer */
    bool told;
};

static struct wait wait_begin(const struct exchange_plan *plan)
{
    return (struct wait){
        .until_ns =
            plan->peer_wait_ns > 0 ? clock_ns() + plan->peer_wait_ns : 0,
    };
}

static int refuse_taken(const char *dir)
{
    side_complain_directory(WORKER_PRODUCER, dir, -EBUSY);
    return -EBUSY;
}

/* A run that goes on without a ready.json has its producer. One that was
 * killed may hold its lock for another moment, so a second look decides; the
 * time does where another consumer may come. */
static int note_nobody(const char *dir, struct wait *wait)
{
    if (rundir_is_dead(dir, RUN_LOCK) || rundir_is_dead(dir, PRODUCER_LOCK))
        wait->taken = 0;
    else
        wait->taken++;
    if (wait->taken >= 2 && wait->until_ns == 0)
        return refuse_taken(dir);
    if (wait->taken == 0 && !wait->told) {
        (void)fprintf(stderr, "waiting for a consumer: %s consume %s--at %s\n",
                      program_invocation_name,
                      mechanisms[1].name ? "MECHANISM " : "", dir);
        wait->told = true;
    }
    return -EAGAIN;
}

/* Looks for a consumer; if there is none waits for a change: -EAGAIN. */
static int await_consumer(const char *dir, struct wait *wait,
                          struct ready *ret_ready)
{
    int watch, r;

    r = rundir_check(dir);
    if (r == 0 || r == -ENOENT)
        r = watch_for(dir, &watch);
    if (r < 0) {
        side_complain_directory(WORKER_PRODUCER, dir, r);
        return r;
    }
    r = look_for_consumer(dir, ret_ready);
    if (r == -EAGAIN)
        r = note_nobody(dir, wait);
    if (r == -EAGAIN)
        (void)watch_wait(watch);
    fd_close(&watch);
    return r;
}

/* Another producer has the lock, and has not begun or is just ending. */
static int wait_for_other(void)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000000 };

    (void)nanosleep(&pause, NULL);
    return -EAGAIN;
}

/*
 * Joins the run that was seen: with its lock in hand, looks again, since it
 * may have ended by now, or another begun. -EAGAIN: so it is.
 */
static int join(struct side *side, const char *dir, const struct ready *seen)
{
    char max[UNITS_TEXT_MAX];
    struct ready ready;
    int r;

    r = rundir_join(&side->rundir, dir);
    if (r == -EBUSY && side->row.plan.peer_wait_ns > 0)
        return wait_for_other();
    if (r == -ENOENT || r == -EAGAIN)
        return -EAGAIN;
    if (r < 0) {
        side_complain_directory(WORKER_PRODUCER, dir, r);
        return r;
    }
    r = look_for_consumer(dir, &ready);
    if (r < 0)
        return r;
    if (ready.session != seen->session)
        return -EAGAIN;
    if (side->row.plan.size > ready.payload_max) {
        complain(NULL, "--size: more than the consumer takes, which is %s",
                 size_text(ready.payload_max, max));
        return -EMSGSIZE;
    }
    ready_remove(dir);
    r = side_adopt(side, &ready);
    if (r < 0)
        complain(side->mechanism->name, "start: %s", strerror(-r));
    return r;
}

/* -EAGAIN: the run that was seen is gone. Else *ret_status is the exit
 * status. */
static int produce_once(const char *dir, const struct ready *seen,
                        struct exchange_plan *plan, struct past *past,
                        int *ret_status)
{
    struct side side;
    int r;

    plan->ops = seen->mechanism->ops;
    r = side_open(&side, seen->mechanism, plan);
    if (r < 0)
        complain(seen->mechanism->name, "start: %s", strerror(-r));
    else
        r = join(&side, dir, seen);
    *ret_status = EXIT_FAILURE;
    side.past = past;
    if (r == 0)
        *ret_status = side_run(&side, WORKER_PRODUCER, consumer_left);
    /* The consumer destroys what it made. */
    channels_free(&side.channels);
    side_close(&side);
    rundir_leave(&side.rundir);
    return r;
}

static bool is_over(const struct wait *wait)
{
    return wait->until_ns > 0 && clock_ns() >= wait->until_ns;
}

/* Until one consumer has come and gone. */
static int produce_for_one(const char *dir, struct wait *wait,
                           struct exchange_plan *plan, struct past *past)
{
    int r, status = EXIT_FAILURE;
    struct ready ready;

    do {
        r = await_consumer(dir, wait, &ready);
        if (r == 0)
            r = produce_once(dir, &ready, plan, past, &status);
    } while (r == -EAGAIN && !is_over(wait));
    if (r == -EAGAIN && wait->taken >= 2)
        (void)refuse_taken(dir);
    else if (r == -EAGAIN)
        past_tell_late(past, plan, dir);
    return status;
}

static int produce_at(const char *dir, struct exchange_plan *plan,
                      struct past *past)
{
    struct wait wait = wait_begin(plan);
    int status;

    while ((status = produce_for_one(dir, &wait, plan, past)) == SIDE_AGAIN) {
        wait = wait_begin(plan);
        wait.told = true;
    }
    return status;
}

static bool is_same_place(const char *a, const char *b)
{
    struct stat status_a, status_b;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &status_a) == 0 && stat(b, &status_b) == 0 &&
           status_a.st_dev == status_b.st_dev &&
           status_a.st_ino == status_b.st_ino;
}

/* 0, or EXIT_USAGE after a line about --resume or what belongs to it. */
static int check_resume(const struct options *o)
{
    if (o->sync && !o->resume) {
        complain(NULL, "--sync: without --resume there is no journal");
        return EXIT_USAGE;
    }
    if (!o->resume || o->at_is_url || !is_same_place(o->at, o->resume))
        return 0;
    complain(NULL,
             "--resume %s: both sides meet there, and the journal needs "
             "a directory of its own",
             o->resume);
    return EXIT_USAGE;
}

/* 0, or EXIT_USAGE after a line: what two programs exchange is judged. */
static int check_work(const struct options *o)
{
    if (o->axes[AXIS_WORK].count == 0 ||
        o->axes[AXIS_WORK].value[0] != JOB_WORK_CARRY)
        return 0;
    complain(NULL, "--work carry: nobody would look at what arrives; it is for "
                   "bench alone");
    return EXIT_USAGE;
}

/* With what is known of earlier consumers, if another one may come. */
static int produce_somewhere(const struct options *o,
                             struct exchange_plan *plan)
{
    const bool again = plan->peer_wait_ns > 0 || plan->resume;
    struct past past = { 0 };
    int status;

    status = check_resume(o);
    if (status == 0 && again)
        status = past_open(&past, plan);
    if (status == 0 && past_has_all(&past, plan))
        status = past_tell_all(&past, plan);
    else if (status == 0 && o->at_is_url)
        status = remote_produce(o, plan, again ? &past : NULL);
    else if (status == 0)
        status = produce_at(o->at, plan, again ? &past : NULL);
    past_close(&past);
    return status;
}

static bool serves_pipeline(void)
{
    return !mechanisms[1].name && mechanisms[0].ops &&
           mechanisms[0].ops->traits & CHANNEL_INHERITED_ONLY;
}

static int run(const struct options *o)
{
    struct inputs inputs = { 0 };
    struct exchange_plan plan;
    int status;

    if (!mechanisms[1].name && mechanisms[0].ops && !side_can_be(mechanisms))
        return EXIT_USAGE;
    if (!o->at && !serves_pipeline()) {
        complain(NULL, "produce needs --at DIR, where the consumer is");
        return EXIT_USAGE;
    }
    status = check_work(o);
    if (status == 0)
        status = setup_check_system(o);
    if (status != 0)
        return status;
    status = make_plan(o, &inputs, &plan);
    if (status == 0)
        status = setup_open_rejected(o, &plan);
    if (status == 0 && serves_pipeline()) {
        plan.ops = mechanisms[0].ops;
        options_apply(o, plan.ops, plan.options);
        status = side_pipeline(&mechanisms[0], &plan, WORKER_PRODUCER, o->at);
    } else if (status == 0)
        status = produce_somewhere(o, &plan);
    inputs_free(&inputs);
    return status;
}

const struct command produce_command = {
    .name = "produce",
    .bit = COMMAND_PRODUCE,
    .run = run,
    .arguments = "--at DIR [FILE ...]",
    .alone = "--at DIR [FILE ...]",
    .summary = "be the producer, in one of two terminals",
    .more =
        "It waits for `consume --at DIR` if that is not there yet, and uses "
        "its\n"
        "mechanism. A URL, tcp://HOST:PORT or redis://HOST:PORT, leads to a\n"
        "consumer on another machine. A mechanism without a name to meet at,\n"
        "such as pipe, takes no --at; it serves a shell's pipeline. Without "
        "FILE it\n"
        "sends a picture that it draws, or with --size as many bytes:\n"
        "  pipe produce FILE ... | pipe consume --store DIR\n"
        "When the consumer dies, --wait S waits S seconds for another one, "
        "which gets\n"
        "what is not answered. With --resume DIR the same command line goes on "
        "where\n"
        "it was killed; the journal stays in DIR, which is made if need be.",
};
