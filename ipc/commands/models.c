/* SPDX-License-Identifier: MIT */
#include "ipc/commands/models.h"

#include "ipc/exchange/generation.h"
#include "ipc/lab/measure/json_lines.h"
#include "ipc/lab/measure/machine.h"
#include "ipc/lab/measure/round.h"
#include "ipc/lab/models/model_runs_print.h"
#include "ipc/lab/models/models_json.h"
#include "ipc/models/workshop.h"
#include "ipc/options/near.h"
#include "ipc/options/setup.h"
#include "ipc/worker/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 4000, /* of the drawn picture; pixels */
    HEIGHT = 3000,
    STREAM = 100, /* pictures in a stream, */
    WINDOW = 4,   /* so many of them under way */
};

struct show {
    const struct options *options;
    struct screen screen;
    struct screen progress; /* of what is going on: stderr, if a terminal */
    json_t *machine;
    struct json_lines lines; /* empty, and nothing to save, until all ran */
    struct inputs inputs;
    struct rundir rundir;
    struct workshop workshop;
    struct model_runs runs;
    const struct model *driven; /* for progress: the run that is under way */
    const char *doing;
    uint64_t jobs;
    int status;
};

static bool is_chosen(const struct options *o, const struct model *model)
{
    for (unsigned i = 0; i < o->argument_count; i++)
        if (strcmp(o->arguments[i], model->name) == 0)
            return true;
    return o->argument_count == 0;
}

static int check_names(const struct options *o)
{
    for (unsigned i = 0; i < o->argument_count; i++) {
        struct near near = near_begin(o->arguments[i]);
        char meant[NEAR_TEXT_MAX];

        if (model_find(o->arguments[i]))
            continue;
        for (const struct model *m = models; m->name; m++)
            near_offer(&near, m->name);
        complain(NULL, "%s: no such model%s (try: %s help models)",
                 o->arguments[i], near_text(&near, meant),
                 program_invocation_short_name);
        return EXIT_USAGE;
    }
    return 0;
}

/* The models in the order of their table; nothing of what a failure kept from
 * running. */
static void add_lines(struct show *s)
{
    s->lines.print = s->options->json;
    s->lines.save = s->options->save;
    json_lines_add(&s->lines, json_incref(s->machine));
    json_lines_add(&s->lines, models_json_all(&s->runs));
    for (const struct model *m = models; m->name; m++) {
        const struct model_run *found = runs_find(&s->runs, m->name);

        if (found)
            json_lines_add(&s->lines, models_json_run(&s->runs, found));
        else if (!m->ops && is_chosen(s->options, m))
            json_lines_add(&s->lines, models_json_skipped(m));
    }
}

static void tell_skipped(const struct show *s)
{
    if (s->options->json)
        return;
    for (const struct model *m = models; m->name; m++)
        if (!m->ops && is_chosen(s->options, m))
            printf("%-16s skipped: %s\n", m->name, m->skipped);
}

static void show_progress(void *arg, uint64_t done)
{
    const struct show *s = arg;

    screen_show(&s->progress, "%s: %" PRIu64 " of %" PRIu64 " pictures %s ...",
                s->driven->name, done, s->jobs, s->doing);
}

static struct drive_plan make_plan(const struct show *s,
                                   const struct model *model)
{
    const struct options *o = s->options;
    struct drive_plan plan = {
        .model = model,
        .config = s->workshop.config,
        .inputs = &s->inputs,
        .box_width = o->box_width,
        .box_height = o->box_height,
        .stall_ns = (uint64_t)(o->stall * 1e9),
        .stop = round_stop_signal,
    };

    plan.config.seed = generation_session();
    return plan;
}

/* false: it failed, which has been said, or a signal came. */
static bool drive(struct show *s, struct drive_plan *plan, const char *doing,
                  struct drive_outcome *outcome)
{
    s->driven = plan->model;
    s->doing = doing;
    s->jobs = plan->jobs;
    drive_run(plan, show_progress, s, outcome);
    screen_clear(&s->progress);
    if (outcome->failure[0])
        complain(plan->model->name, "%s", outcome->failure);
    if (outcome->signal)
        s->status = 128 + outcome->signal;
    else if (outcome->failure[0])
        s->status = EXIT_FAILURE;
    return s->status == 0;
}

static uint64_t stream_jobs(const struct options *o)
{
    return o->jobs_given ? o->jobs : STREAM;
}

static bool run_alone(struct show *s, const struct model *model,
                      const char *doing, struct model_run *ret_run)
{
    struct drive_plan plan = make_plan(s, model);

    *ret_run = (struct model_run){ .model = model };
    plan.jobs = RUNS_ALONE;
    plan.window = 1;
    if (!drive(s, &plan, doing, &ret_run->alone))
        return false;
    ret_run->middle = run_find_middle(ret_run);
    return true;
}

static void run_model(struct show *s, const struct model *model)
{
    struct model_run *next = &s->runs.run[s->runs.count];
    struct drive_plan plan;

    if (!run_alone(s, model, "one at a time", next))
        return;
    plan = make_plan(s, model);
    plan.jobs = stream_jobs(s->options);
    plan.window = s->options->axes[AXIS_WINDOW].count > 0
                      ? options_value(s->options, AXIS_WINDOW)
                      : WINDOW;
    if (plan.jobs > 0 && !drive(s, &plan, "in a stream", &next->stream))
        return;
    s->runs.count++;
}

/* ------------------------------------------------------------------- set-up */

static int open_workshop(struct show *s, const struct workshop_plan *plan)
{
    int r;

    r = workshop_open(&s->workshop, plan, s->rundir.path, generation_session(),
                      s->inputs.largest);
    if (r < 0)
        complain(NULL, "start the server for uploads: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : 0;
}

static bool any_built(const struct options *o)
{
    for (const struct model *m = models; m->name; m++)
        if (m->ops && is_chosen(o, m))
            return true;
    return false;
}

/* Nothing is made before the command line is known to be good. */
static int prepare(struct show *s)
{
    const struct options *o = s->options;
    struct workshop_plan plan = { 0 };
    int status;

    status = check_names(o);
    if (status == 0)
        status = setup_workshop(o, &plan);
    if (status == 0)
        status = json_lines_check(o->save);
    if (status == 0 && !any_built(o)) {
        tell_skipped(s);
        add_lines(s);
        status = EXIT_FAILURE;
    }
    if (status == 0)
        status = setup_inputs(o, NULL, &s->inputs);
    if (status == 0 && !o->upload_url)
        status = setup_check_store(plan.store);
    if (status == 0 && s->inputs.count == 0)
        status = setup_draw(&s->inputs, WIDTH, HEIGHT);
    if (status == 0)
        status = setup_begin(&s->rundir) < 0 ? EXIT_FAILURE : 0;
    return status == 0 ? open_workshop(s, &plan) : status;
}

static void run_all(struct show *s)
{
    const struct model *serial = model_find("serial");

    if (serial->ops && !run_alone(s, serial, "to see what each task takes",
                                  &s->runs.yardstick))
        return;
    for (const struct model *m = models; m->name; m++)
        if (s->status == 0 && m->ops && is_chosen(s->options, m))
            run_model(s, m);
    if (s->status >= 128 || s->runs.count == 0)
        return;
    add_lines(s);
    if (!s->options->json)
        runs_print(&s->runs, &s->screen);
}

static int run(const struct options *options)
{
    struct show s = {
        .options = options,
        .screen = screen_of(stdout),
        .progress = screen_of(stderr),
        .machine = machine_describe(), /* before we keep it busy ourselves */
        .runs = { .processors = place_count() },
    };
    int status;

    (void)json_object_set_new(s.machine, "type", json_string("machine"));
    round_hold(); /* or a signal from here on would leave the directory */
    if (!options->upload_url)
        s.runs.served = &s.workshop.served;
    status = prepare(&s);
    if (status == 0) {
        tell_skipped(&s);
        run_all(&s);
        status = s.status;
    }
    json_decref(s.machine);
    runs_free(&s.runs);
    workshop_close(&s.workshop);
    inputs_free(&s.inputs);
    return setup_release(&s.rundir, json_lines_end(&s.lines, status));
}

const struct command models_command = {
    .name = "models",
    .bit = COMMAND_MODELS,
    .run = run,
    .arguments = "[MODEL ...]",
    .alone = "[MODEL ...]",
    .summary = "do the tasks of a picture in six ways",
    .more =
        "A model says which thread or process does which task, and when. Each "
        "does the\n"
        "same pictures, one at a time and in a stream, with uploads to an HTTP "
        "server\n"
        "that it starts for itself. The models are serial, parallel, "
        "concurrent,\n"
        "processes, pool and per-job. $IPC_UPLOAD_TOKEN, if set, is sent to a "
        "server of\n"
        "yours as a bearer token.",
};
