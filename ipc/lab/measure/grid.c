/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/grid.h"

#include "ipc/job/batch.h"
#include "ipc/options/selection.h"
#include "ipc/options/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    JOBS_MAX = 1000000000,   /* of a run that is bounded by time */
    BATCH_BYTES = 120 << 10, /* of --batch auto: two segments of TCP on lo */
    PICTURE_WINDOW = 2,      /* of usual pictures; nothing else has answers */
};

static const double default_seconds = 0.065;

/* One value of each axis. */
struct point {
    unsigned value[AXES];
};

/* The usual questions, where no axis of these is asked for: how long does one
 * message take, on one processor and on two, how many go through, how many
 * bytes, and what is that to a job that does something. */
static const struct usual {
    enum job_work work;
    enum exchange_pattern pattern;
    unsigned size;
    enum placement placement;
    unsigned batch;
    bool counts_calls;
} usual[] = {
    { JOB_WORK_VERIFY, PATTERN_PING_PONG, 64, PLACE_SAME, 1, false },
    { JOB_WORK_VERIFY, PATTERN_PING_PONG, 64, PLACE_SPLIT, 1, false },
    { JOB_WORK_VERIFY, PATTERN_STREAM, 64, PLACE_SAME, 1, false },
    { JOB_WORK_VERIFY, PATTERN_STREAM, 64, PLACE_SPLIT, 1, true },
    { JOB_WORK_VERIFY, PATTERN_STREAM, 64, PLACE_SPLIT, OPTIONS_BATCH_AUTO,
      false },
    { JOB_WORK_VERIFY, PATTERN_STREAM, 4096, PLACE_SPLIT, 1, false },
    { JOB_WORK_VERIFY, PATTERN_STREAM, 65536, PLACE_SPLIT, 1, false },
    { JOB_WORK_VERIFY, PATTERN_STREAM, 1048576, PLACE_SPLIT, 1, false },
    { JOB_WORK_IMAGE, PATTERN_EXCHANGE, 0, PLACE_SPLIT, 1, false },
};

static const struct axis_values default_sizes = {
    { 64, 4096, 65536, 1048576 },
    4,
};

bool grid_is_usual(const struct options *o)
{
    return o->axes[AXIS_WORK].count == 0 && o->axes[AXIS_PATTERN].count == 0 &&
           o->axes[AXIS_SIZE].count == 0 && o->image_count == 0;
}

bool grid_is_simple(const struct options *o)
{
    for (unsigned axis = 0; axis < AXES; axis++)
        if (o->axes[axis].count > 1)
            return false;
    return grid_is_usual(o) && o->axes[AXIS_PIN].count == 0 &&
           o->axes[AXIS_BATCH].count == 0;
}

/* Two processors are what they ask for; one must do where there is no other. */
static unsigned usual_place(enum placement placement)
{
    return placement == PLACE_SPLIT && place_count() < 2 ? PLACE_FREE
                                                         : placement;
}

/* Options may leave no difference between two of the usual questions. */
static bool is_asked_before(const struct options *o, const struct usual *q)
{
    const struct usual *before = usual;

    for (; before < q; before++)
        if (before->work == q->work && before->pattern == q->pattern &&
            before->size == q->size &&
            (before->placement == q->placement ||
             o->axes[AXIS_PIN].count > 0) &&
            (before->batch == q->batch || o->axes[AXIS_BATCH].count > 0))
            return true;
    return false;
}

/* The values of an axis that are to be gone through. */
static struct axis_values values_of(const struct options *o, enum axis axis)
{
    struct axis_values one = { { options_value(o, axis) }, 1 };

    if (o->axes[axis].count > 0)
        return o->axes[axis];
    if (axis == AXIS_SIZE)
        return default_sizes;
    if (axis == AXIS_WORK && o->image_count > 0)
        one.value[0] = JOB_WORK_IMAGE;
    return one;
}

/* Pictures under way when the time is over are done, however long. */
static struct axis_values usual_window(const struct options *o,
                                       enum job_work work)
{
    if (o->axes[AXIS_WINDOW].count == 0 && work == JOB_WORK_IMAGE)
        return (struct axis_values){ { PICTURE_WINDOW }, 1 };
    return values_of(o, AXIS_WINDOW);
}

bool grid_wants_images(const struct options *o)
{
    const struct axis_values works = values_of(o, AXIS_WORK);

    for (unsigned i = 0; i < works.count; i++)
        if (works.value[i] == JOB_WORK_IMAGE)
            return true;
    return grid_is_usual(o);
}

/* Moves on to the next point, the last axis quickest; false after the last. */
static bool next_point(const struct axis_values values[static AXES],
                       unsigned index[static AXES])
{
    for (unsigned axis = AXES; axis-- > 0;) {
        if (++index[axis] < values[axis].count)
            return true;
        index[axis] = 0;
    }
    return false;
}

/* Some settings make no sense together: a picture has its own size, a batch no
 * answers to its jobs, and what only carries neither records nor a schedule. */
static bool is_possible(const struct axis_values values[static AXES],
                        const struct point *p)
{
    if (p->value[AXIS_WORK] == JOB_WORK_IMAGE &&
        (p->value[AXIS_SIZE] != values[AXIS_SIZE].value[0] ||
         p->value[AXIS_BATCH] != 1))
        return false;
    if (p->value[AXIS_WORK] != JOB_WORK_IMAGE &&
        p->value[AXIS_MODEL] != values[AXIS_MODEL].value[0])
        return false; /* it has no tasks: once is enough */
    if (p->value[AXIS_WORK] == JOB_WORK_CARRY &&
        (p->value[AXIS_BATCH] != 1 || p->value[AXIS_RATE] != 0))
        return false;
    return p->value[AXIS_BATCH] == 1 ||
           p->value[AXIS_PATTERN] == PATTERN_STREAM;
}

static bool can_take_part(const struct axis_values values[static AXES],
                          const struct point *p, const struct channel_ops *ops)
{
    if (p->value[AXIS_PRODUCERS] > p->value[AXIS_CONSUMERS] &&
        !channels_can_compete(ops))
        return false;
    /* One that waits in its own way is measured once. */
    return ops->traits & CHANNEL_CAN_SPIN ||
           p->value[AXIS_WAIT] == values[AXIS_WAIT].value[0];
}

static unsigned batch_of(const struct exchange_plan *plan, unsigned batch)
{
    if (batch != OPTIONS_BATCH_AUTO)
        return batch;
    batch = (unsigned)(BATCH_BYTES / batch_record(plan->size));
    return batch > 1 ? batch : 1;
}

static struct exchange_plan make_plan(const struct options *o,
                                      const struct inputs *inputs,
                                      const struct point *p,
                                      const struct channel_ops *ops)
{
    struct options one = *o;
    struct exchange_plan plan;

    for (unsigned axis = 0; axis < AXES; axis++)
        options_fix(&one, axis, p->value[axis]);
    plan = setup_plan(&one, ops);
    plan.at = o->at_is_url ? &o->at_url : NULL; /* that of `one` goes away */
    plan.inputs = inputs;
    plan.size = p->value[AXIS_SIZE];
    plan.batch = batch_of(&plan, p->value[AXIS_BATCH]);
    plan.rate = (double)p->value[AXIS_RATE];
    if (plan.work == JOB_WORK_CARRY)
        plan.restarts = 0; /* nobody knows which would have to go again */
    if (!o->jobs_given)
        plan.jobs = JOBS_MAX;
    if (o->seconds == 0 && !o->jobs_given)
        plan.budget_ns = (uint64_t)(default_seconds * 1e9);
    if (!o->jobs_given)
        plan.warmup_ns = plan.budget_ns / GRID_WARMUP_SHARE;
    return plan;
}

static int add_cell(struct grid *grid, const struct mechanism *mechanism,
                    const struct exchange_plan *plan, const struct usual *q,
                    bool auto_batch)
{
    struct histogram *latency = calloc(1, sizeof(*latency));
    struct cell *cell =
        reallocarray(grid->cell, grid->count + 1, sizeof(*cell));

    if (cell)
        grid->cell = cell;
    if (!cell || !latency) {
        free(latency);
        return -ENOMEM;
    }
    cell += grid->count++;
    *cell = (struct cell){
        .mechanism = mechanism,
        .group = grid->groups,
        .auto_batch = auto_batch,
        .counts_calls = !q || q->counts_calls,
        .plan = *plan,
        .latency = latency,
    };
    return 0;
}

/* The group of one point, `none` first. */
static int add_group(struct grid *grid, const struct options *o,
                     const struct inputs *inputs,
                     const struct axis_values values[static AXES],
                     const struct usual *q, const struct point *p)
{
    struct exchange_plan plan = make_plan(o, inputs, p, NULL);
    const bool auto_batch = p->value[AXIS_BATCH] == OPTIONS_BATCH_AUTO;
    int r;

    r = add_cell(grid, NULL, &plan, q, auto_batch);
    for (const struct mechanism *m = mechanisms; r == 0 && m->name; m++) {
        if (selection_skips(o, m) || !selection_has(o, m) ||
            !can_take_part(values, p, m->ops))
            continue;
        plan = make_plan(o, inputs, p, m->ops);
        r = add_cell(grid, m, &plan, q, auto_batch);
    }
    grid->groups++;
    return r;
}

static int add_product(struct grid *grid, const struct options *o,
                       const struct inputs *inputs,
                       const struct axis_values values[static AXES],
                       const struct usual *q)
{
    unsigned index[AXES] = { 0 };
    struct point p;
    int r = 0;

    do {
        for (unsigned axis = 0; axis < AXES; axis++)
            p.value[axis] = values[axis].value[index[axis]];
        if (is_possible(values, &p))
            r = add_group(grid, o, inputs, values, q, &p);
    } while (r == 0 && next_point(values, index));
    return r;
}

static int add_usual(struct grid *grid, const struct options *o,
                     const struct inputs *inputs,
                     struct axis_values values[static AXES],
                     const struct usual *q)
{
    if (o->axes[AXIS_PIN].count == 0)
        values[AXIS_PIN] =
            (struct axis_values){ { usual_place(q->placement) }, 1 };
    if (o->axes[AXIS_BATCH].count == 0)
        values[AXIS_BATCH] = (struct axis_values){ { q->batch }, 1 };
    values[AXIS_WORK] = (struct axis_values){ { q->work }, 1 };
    values[AXIS_WINDOW] = usual_window(o, q->work);
    values[AXIS_PATTERN] = (struct axis_values){ { q->pattern }, 1 };
    values[AXIS_SIZE] = (struct axis_values){ { q->size }, 1 };
    return add_product(grid, o, inputs, values, q);
}

int grid_make(const struct options *o, const struct inputs *inputs,
              struct grid *ret_grid)
{
    const struct usual *end = usual + sizeof(usual) / sizeof(usual[0]);
    struct axis_values values[AXES];
    int r = 0;

    *ret_grid = (struct grid){ 0 };
    for (unsigned axis = 0; axis < AXES; axis++)
        values[axis] = values_of(o, axis);
    if (!grid_is_usual(o))
        return add_product(ret_grid, o, inputs, values, NULL);
    for (const struct usual *q = usual; r == 0 && q < end; q++)
        if (!is_asked_before(o, q))
            r = add_usual(ret_grid, o, inputs, values, q);
    return r;
}

bool cell_counts_all(const struct cell *cell)
{
    unsigned disturbed = 0;

    for (unsigned i = 0; i < cell->rounds; i++)
        disturbed += cell->round[i].disturbed;
    return 2 * disturbed >= cell->rounds;
}

void grid_free(struct grid *grid)
{
    for (size_t i = 0; i < grid->count; i++) {
        free(grid->cell[i].latency);
        free(grid->cell[i].disturbed_latency);
    }
    free(grid->cell);
    *grid = (struct grid){ 0 };
}
