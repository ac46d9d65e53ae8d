/* SPDX-License-Identifier: MIT */
#include "ipc/commands/commands.h"

#include "ipc/exchange/rundir.h"
#include "ipc/job/store.h"
#include "ipc/screen/screen.h"
#include "shared/net/meeting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool names(const char *argument, const struct mechanism *mechanism)
{
    return strcmp(argument, mechanism->name) == 0 ||
           strcmp(argument, mechanism->family) == 0;
}

bool commands_selected(const struct options *options,
                       const struct mechanism *mechanism)
{
    if (options->argument_count == 0)
        return true;
    for (unsigned i = 0; i < options->argument_count; i++)
        if (names(options->arguments[i], mechanism))
            return true;
    return false;
}

const char *commands_skipped(const struct options *options,
                             const struct mechanism *mechanism)
{
    return mechanism_skipped_at(mechanism,
                                options->at_is_url ? &options->at_url : NULL);
}

static bool has_setting(const struct options *options, const char *name)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && commands_selected(options, m) &&
            options_known(m->ops, name))
            return true;
    return false;
}

/* A channel that one consumer alone can take from is that consumer's: so each
 * producer needs a consumer. */
static int check_workers(const struct options *options)
{
    const unsigned producers = options_value(options, AXIS_PRODUCERS);

    for (const struct mechanism *m = mechanisms; m->name; m++) {
        if (!m->ops || !commands_selected(options, m) ||
            producers <= options_value(options, AXIS_CONSUMERS) ||
            channels_can_compete(m->ops))
            continue;
        complain(m->name,
                 "--producers %u: needs as many --consumers, since "
                 "each has a channel of its own",
                 producers);
        return EXIT_USAGE;
    }
    return 0;
}

bool commands_at_fits(const struct options *options, const struct mechanism *m)
{
    const struct meeting_ops *meeting = m->ops ? m->ops->meeting : NULL;

    if (!options->at_is_url)
        return true;
    if (!meeting)
        complain(m->name, "--at %s: it works within one machine", options->at);
    else if (strcmp(options->at_url.scheme, meeting->scheme) != 0)
        complain(m->name, "--at %s: it takes %s://HOST:PORT", options->at,
                 meeting->scheme);
    else if (options->at_url.port == 0 && meeting->port == 0)
        complain(m->name, "--at %s: which port?", options->at);
    else
        return true;
    return false;
}

/* Where a whole exchange runs here, --at is a URL, or nothing to it. */
static int check_at(const struct options *options)
{
    if (!options->at)
        return 0;
    if (!options->at_is_url) {
        complain(NULL, "--at %s: here it is a URL: tcp://HOST:PORT",
                 options->at);
        return EXIT_USAGE;
    }
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && commands_selected(options, m) &&
            !commands_at_fits(options, m))
            return EXIT_USAGE;
    return 0;
}

static int check_values(const struct options *options,
                        const struct mechanism *m)
{
    size_t values[CHANNEL_OPTIONS_MAX] = { 0 };
    char text[EXPLAIN_TEXT_MAX];

    options_apply(options, m->ops, values);
    if (channel_check_options(m->ops, values, text, sizeof(text)) == 0)
        return 0;
    complain(m->name, "--set %s", text);
    return EXIT_USAGE;
}

int commands_check_settings(const struct options *options)
{
    int status = 0;

    for (unsigned i = 0; i < options->setting_count; i++) {
        if (has_setting(options, options->settings[i].name))
            continue;
        complain(NULL, "--set %s: no mechanism here has this option",
                 options->settings[i].name);
        return EXIT_USAGE;
    }
    for (const struct mechanism *m = mechanisms; status == 0 && m->name; m++)
        if (m->ops && commands_selected(options, m))
            status = check_values(options, m);
    return status;
}

int commands_check(const struct options *options)
{
    for (unsigned i = 0; i < options->argument_count; i++) {
        const char *argument = options->arguments[i];

        if (mechanism_find(argument) || mechanism_family_exists(argument))
            continue;
        complain(NULL, "%s: no such mechanism or family (`%s list` shows them)",
                 argument, program_invocation_short_name);
        return EXIT_USAGE;
    }
    if (commands_check_settings(options) != 0 || check_at(options) != 0)
        return EXIT_USAGE;
    return check_workers(options);
}

struct exchange_plan commands_plan(const struct options *options,
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
        plan.store = options->store ? options->store : COMMANDS_STORE;
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

int commands_inputs(const struct options *options, char *const *paths,
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

int commands_draw(struct inputs *inputs, unsigned width, unsigned height)
{
    int r;

    r = inputs_add_drawing(inputs, width, height);
    if (r < 0)
        complain(NULL, "draw the test picture: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : 0;
}

int commands_release(struct rundir *rundir, int status)
{
    struct leftover left;
    int r;

    r = rundir_release(rundir, &left);
    if (r == 0)
        return status;
    complain(NULL, "left behind, as it cannot be removed: %s: %s", left.name,
             strerror(-r));
    return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}

int commands_check_store(const char *path)
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

int commands_open_rejected(const struct options *options,
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

int commands_begin(struct rundir *ret_rundir)
{
    int r;

    r = rundir_make(ret_rundir);
    if (r < 0)
        complain(NULL, "a directory for the run, below %s (TMPDIR): %s",
                 rundir_parent(), strerror(-r));
    return r;
}
