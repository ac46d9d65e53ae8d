/* SPDX-License-Identifier: MIT */
#include "ipc/options/setup.h"

#include "ipc/job/store.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

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
    };

    if (ops)
        options_apply(options, ops, plan.options);
    if (plan.work == JOB_WORK_IMAGE)
        plan.store = options->store ? options->store : SETUP_STORE;
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

    r = store_open(path, &store);
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
    int fd;

    if (!path)
        return 0;
    /* A FIFO without a reader would wait; appended to by several processes. */
    fd = open(path,
              O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK | O_NOCTTY |
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
