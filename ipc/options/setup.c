/* SPDX-License-Identifier: MIT */
#include "ipc/options/setup.h"

#include "ipc/job/store.h"
#include "ipc/options/rules.h"
#include "ipc/screen/screen.h"
#include "ipc/worker/confine.h"
#include "ipc/worker/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* As if the store were in the same country. */
static const uint64_t upload_latency_ns = 40000000;

static bool is_for_processes(const struct mechanism *m)
{
    return !mechanism_skipped(m) && !(m->ops->traits & CHANNEL_THREADS);
}

/* How a model's processes talk unless --over says otherwise: in a program with
 * one mechanism by that one. NULL: there is none for them. */
static const struct mechanism *usual_over(void)
{
    const struct mechanism *m = mechanism_find("unix-stream");

    if (m && is_for_processes(m))
        return m;
    for (m = mechanisms; m->name; m++)
        if (is_for_processes(m))
            return m;
    return NULL;
}

static struct workshop_plan workshop_of(const struct options *o)
{
    const struct mechanism *m =
        o->over ? mechanism_find(o->over) : usual_over();
    struct workshop_plan plan = {
        .url = o->upload_url,
        .sync = o->sync,
        .store = o->store ? o->store : SETUP_STORE,
        .latency_ns =
            o->upload_latency_given ? o->upload_latency_ns : upload_latency_ns,
        .bytes_per_second = o->upload_rate,
        .workers = o->pool ? o->pool : place_count(),
        .ops = m ? m->ops : NULL,
    };

    if (plan.ops)
        options_apply(o, plan.ops, plan.options);
    return plan;
}

int setup_workshop(const struct options *o, struct workshop_plan *ret_plan)
{
    const struct mechanism *m = o->over ? mechanism_find(o->over) : NULL;
    const char *why = NULL;

    if (o->over && !m)
        why = "no such mechanism";
    else if (m && !is_for_processes(m))
        why = mechanism_skipped(m) ? mechanism_skipped(m)
                                   : "it is for threads of one process";
    if (why)
        complain(NULL, "--over %s: %s", o->over, why);
    *ret_plan = workshop_of(o);
    return why ? EXIT_USAGE : 0;
}

void setup_take_model(const struct options *o, struct exchange_plan *plan)
{
    const unsigned value = options_value(o, AXIS_MODEL);

    if (value == 0)
        return;
    plan->model = &models[value - 1];
    plan->workshop = workshop_of(o);
}

static int check_confine(const struct options *o)
{
    const char *missing = o->confine ? confine_missing() : NULL;

    if (o->confine && o->axes[AXIS_MODEL].count > 0) {
        complain(NULL, "--confine: not with --model, whose tasks connect to "
                       "the server that they upload to");
        return EXIT_USAGE;
    }
    if (missing)
        complain(NULL, "--confine: %s; without it the run is not confined",
                 missing);
    return missing ? EXIT_FAILURE : 0;
}

static int check_pin(const struct options *o)
{
    const struct axis_values *given = &o->axes[AXIS_PIN];

    for (unsigned i = 0; i < given->count; i++) {
        const char *missing = place_missing(given->value[i]);

        if (!missing)
            continue;
        complain(NULL, "--pin %s: %s", placement_name(given->value[i]),
                 missing);
        return EXIT_FAILURE;
    }
    return 0;
}

int setup_check_system(const struct options *o)
{
    const int status = check_confine(o);

    return status == 0 ? check_pin(o) : status;
}

int setup_check_models(const struct options *o)
{
    const struct axis_values *given = &o->axes[AXIS_MODEL];
    struct workshop_plan plan;

    for (unsigned i = 0; i < given->count; i++) {
        const struct model *model = &models[given->value[i] - 1];

        if (model->ops)
            continue;
        complain(NULL, "--model %s: %s", model->name, model->skipped);
        return EXIT_USAGE;
    }
    return given->count > 0 ? setup_workshop(o, &plan) : 0;
}

struct exchange_plan setup_plan(const struct options *options,
                                const struct channel_ops *ops)
{
    struct exchange_plan plan = {
        .ops = ops,
        .pattern = options_value(options, AXIS_PATTERN),
        .work = options_value(options, AXIS_WORK),
        .jobs = options->jobs,
        .max = options->max,
        .producers = ops ? options_value(options, AXIS_PRODUCERS) : 1,
        .consumers = ops ? options_value(options, AXIS_CONSUMERS) : 1,
        .window = options_value(options, AXIS_WINDOW),
        .depth = options->depth,
        .at = options->at_is_url ? &options->at_url : NULL,
        .box_width = options->box_width,
        .box_height = options->box_height,
        .placement = options_value(options, AXIS_PIN),
        .wait = options_value(options, AXIS_WAIT),
        .budget_ns = (uint64_t)(options->seconds * 1e9),
        .stall_ns = (uint64_t)(options->stall * 1e9),
        .peer_wait_ns = (uint64_t)(options->peer_wait * 1e9),
        .restarts = options->restarts,
        .sync = options->sync,
        .confine = options->confine,
        .resume = ops ? options->resume : NULL,
        .kills.after_ns = ops ? options->kill_every_ns : 0,
    };

    if (ops)
        options_apply(options, ops, plan.options);
    if (plan.work == JOB_WORK_IMAGE)
        plan.store = options->store ? options->store : SETUP_STORE;
    if (plan.work == JOB_WORK_IMAGE)
        setup_take_model(options, &plan);
    return plan;
}

static int add_path(struct inputs *inputs, const char *path)
{
    int r;

    r = inputs_add_path(inputs, path);
    if (r < 0) {
        complain(NULL, "%s: %s", path, strerror(-r));
        return EXIT_FAILURE;
    }
    return 0;
}

int setup_inputs(const struct options *options, char *const *paths,
                 struct inputs *inputs)
{
    int status = 0;

    for (unsigned i = 0; status == 0 && i < options->image_count; i++)
        status = add_path(inputs, options->images[i]);
    for (size_t i = 0; status == 0 && paths && paths[i]; i++)
        status = add_path(inputs, paths[i]);
    if (status != 0)
        return status;
    if (inputs->count == 0 &&
        (options->image_count > 0 || (paths && paths[0]))) {
        complain(NULL, "no picture found: nothing named .jpg, .jpeg or .png");
        return EXIT_FAILURE;
    }
    if (inputs->passed_over > 0)
        complain(NULL, "%zu file%s passed over: not .jpg, .jpeg or .png",
                 inputs->passed_over, inputs->passed_over == 1 ? "" : "s");
    return 0;
}

int setup_draw(struct inputs *inputs, unsigned width, unsigned height)
{
    int r;

    r = inputs_add_drawing(inputs, width, height);
    if (r < 0)
        complain(NULL, "draw the test picture: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : 0;
}

int setup_release(struct rundir *rundir, int status)
{
    struct leftover left;
    int r;

    r = rundir_release(rundir, &left);
    if (r == 0)
        return status;
    complain(NULL, "left behind, because it cannot be removed: %s: %s",
             left.name, strerror(-r));
    return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}

int setup_check_store(const char *path)
{
    struct store store;
    int r;

    r = store_open(path, false, &store);
    if (r < 0) {
        complain(NULL, "store %s: %s (--store names another)", path,
                 strerror(-r));
        return EXIT_FAILURE;
    }
    store_close(&store);
    return 0;
}

int setup_open_rejected(const struct options *options,
                        struct exchange_plan *plan)
{
    const char *path = options->rejected;
    /* Those of the run that goes on are in it. */
    const int renew = options->resume ? 0 : O_TRUNC;
    int fd;

    if (!path)
        return 0;
    /* A FIFO without a reader would wait; appended to by several processes. */
    fd = open(path,
              O_WRONLY | O_CREAT | renew | O_APPEND | O_NONBLOCK | O_NOCTTY |
                  O_CLOEXEC,
              0644);
    if (fd < 0) {
        complain(NULL, "--rejected %s: %s", path, strerror(errno));
        return EXIT_FAILURE;
    }
    plan->rejected_fd = fd;
    return 0;
}

int setup_begin(struct rundir *ret_rundir)
{
    int r;

    r = rundir_make(ret_rundir);
    if (r < 0)
        complain(NULL, "a directory for the run, below %s (TMPDIR): %s",
                 rundir_parent(), strerror(-r));
    return r;
}
