/* SPDX-License-Identifier: MIT */
#include "ipc/commands/trace_wake.h"

#include "ipc/lab/trace/wake_print.h"
#include "ipc/options/rules.h"
#include "ipc/options/setup.h"

#include <stdlib.h>

enum {
    JOBS = 2000, /* as many as the record of one processor has room for */
};

/* Whatever takes longer is shown by those that came so far. */
static const uint64_t budget_ns = 2000000000;

typedef int run_fn(const struct exchange_plan *plan, struct wake_run *ret_run,
                   char ret_why[static WAKE_WHY_MAX]);

/* Both sides are to sleep, unless it is asked otherwise. */
static struct exchange_plan plan_of(const struct options *o,
                                    const struct mechanism *m, unsigned size)
{
    struct exchange_plan plan = setup_plan(o, m->ops);

    plan.pattern = PATTERN_PING_PONG;
    plan.work = JOB_WORK_VERIFY;
    plan.jobs = JOBS;
    plan.budget_ns = budget_ns;
    plan.size = size;
    if (o->axes[AXIS_WAIT].count == 0)
        plan.wait = CHANNEL_WAIT_BLOCK;
    return plan;
}

/* In each place that can be had. An exit status. */
static int run_places(struct exchange_plan *plan, const struct mechanism *m,
                      run_fn *run, struct wake_run runs[WAKE_PLACES],
                      struct wake_findings *found)
{
    static const enum placement placements[] = { PLACE_SAME, PLACE_SPLIT };
    char why[WAKE_WHY_MAX];

    for (unsigned place = 0; place < WAKE_PLACES; place++) {
        int r;

        plan->placement = placements[place];
        if (place_missing(plan->placement))
            continue;
        r = run(plan, &runs[place], why);
        if (r != 0) {
            complain(m->name, "trace --wake: %s", why);
            return r > 0 ? r : EXIT_FAILURE;
        }
        found->run[place] = &runs[place];
    }
    return EXIT_SUCCESS;
}

int trace_wake(const struct options *options, const struct mechanism *m,
               unsigned size)
{
    const struct screen screen = screen_of(stdout);
    struct exchange_plan plan = plan_of(options, m, size);
    struct wake_findings found = {
        .mechanism = m->name,
        .size = size,
        .wait = wait_name(plan.wait),
    };
    struct wake_run *runs = calloc(WAKE_PLACES, sizeof(*runs));
    char why[SCHED_WHY_MAX];
    const bool missing = wake_missing(why);
    int status = EXIT_FAILURE;

    if (!runs) {
        complain(NULL, "trace --wake: out of memory");
        return EXIT_FAILURE;
    }
    if (missing)
        complain(NULL, "trace --wake: no histogram: %s", why);
    status =
        run_places(&plan, m, missing ? wake_count : wake_record, runs, &found);
    if (status == EXIT_SUCCESS && missing)
        wake_print_count(&screen, &found);
    else if (status == EXIT_SUCCESS)
        wake_print_record(&screen, &found);
    free(runs);
    return status;
}
