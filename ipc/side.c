/* SPDX-License-Identifier: MIT */
#include "ipc/side.h"

#include "ipc/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int side_open(struct side *side, const struct mechanism *mechanism,
              const struct exchange_plan *plan)
{
    *side = (struct side){ .mechanism = mechanism };
    side->row = (struct report_row){ .mechanism = mechanism, .plan = *plan };
    side->worker.plan = &side->row.plan;
    side->worker.workers = 1;
    return supervisor_open(&side->supervisor);
}

void side_close(struct side *side)
{
    supervisor_close(&side->supervisor);
}

static void report(struct side *side)
{
    struct exchange_outcome *outcome = &side->row.outcome;
    char text[VERDICT_TEXT_MAX], bytes[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];

    exchange_collect(&side->supervisor, outcome);
    report_problems(&side->row);
    /* In a pipeline the consumer alone knows what arrived. */
    if (side->worker.role == WORKER_PRODUCER && !side->worker.results.ops)
        return;
    if (!outcome->failure[0])
        (void)fprintf(stderr, "%s; %s in %s\n",
                      verdict_text(&outcome->verdict, text),
                      bytes_text((double)outcome->bytes, bytes),
                      time_text((double)outcome->elapsed_ns, took));
}

int side_run(struct side *side, enum worker_role role, peer_gone_fn *peer_gone)
{
    int r;

    side->worker.role = role;
    r = supervisor_fork(&side->supervisor, &side->worker);
    if (r < 0) {
        complain(side->mechanism->name, "fork: %s", strerror(-r));
        return EXIT_FAILURE;
    }
    supervisor_watch(&side->supervisor, &side->row.plan, peer_gone, side,
                     side->row.outcome.failure);
    report(side);
    return report_exit_status(&side->row.outcome);
}

bool side_peer_left(struct side *side, const char *lock)
{
    if (atomic_load(&side->worker.self->phase) >= PHASE_DETACH)
        return false;
    if (rundir_is_dead(side->rundir.path, lock))
        side->free_looks++;
    else
        side->free_looks = 0;
    return side->free_looks >= 2;
}

/* Where a pipeline is meant, whether one is there. */
static bool is_in_pipeline(const char *name, enum worker_role role,
                           const char *at)
{
    int fd = role == WORKER_CONSUMER ? STDIN_FILENO : STDOUT_FILENO;

    if (at)
        complain(name, "only relatives can share it, so it has no --at");
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

int side_pipeline(const struct mechanism *mechanism,
                  const struct exchange_plan *plan, enum worker_role role,
                  const char *at)
{
    const struct channel_config config = {
        .dir = "",
        .name = "jobs",
        .frame_max = JOB_HEADER_SIZE + plan->max,
        .depth = plan->depth,
        .senders = 1,
        .receivers = 1,
    };
    int r, status = EXIT_FAILURE;
    struct side side;

    if (!is_in_pipeline(mechanism->name, role, at))
        return EXIT_USAGE;
    r = side_open(&side, mechanism, plan);
    side.row.plan.pattern = PATTERN_STREAM;
    side.worker.window = 1;
    if (role == WORKER_PRODUCER)
        side.worker.session = exchange_session();
    if (r == 0)
        r = channel_open(&side.worker.jobs, mechanism->ops, &config);
    if (r < 0)
        complain(mechanism->name, "start: %s", strerror(-r));
    else
        status = side_run(&side, role, NULL);
    channel_close(&side.worker.jobs);
    side_close(&side);
    return status;
}

void side_complain_directory(const struct mechanism *mechanism,
                             const char *path, int error)
{
    const char *name = mechanism ? mechanism->name : NULL;

    if (error == -EPERM)
        complain(name, "%s: not a directory of yours alone (mode 0700)", path);
    else if (error == -ENOTEMPTY)
        complain(name, "%s: holds other files: choose a new directory", path);
    else if (error == -EBUSY)
        complain(name, "%s: a run is going on there", path);
    else
        complain(name, "%s: %s", path, strerror(-error));
}
