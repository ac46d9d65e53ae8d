/* SPDX-License-Identifier: MIT */
#include "ipc/commands/faults.h"

#include "ipc/faults/matrix.h"
#include "ipc/faults/run_cell.h"
#include "ipc/faults/soak.h"
#include "ipc/lab/measure/json_lines.h"
#include "ipc/lab/measure/machine.h"
#include "ipc/lab/measure/round.h"
#include "ipc/options/selection.h"
#include "ipc/options/setup.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INJECTIONS = 5, FAULT_WIDTH = 15 };

struct show {
    const struct options *options;
    struct screen screen;
    struct rundir rundir;
    struct json_lines lines;
    struct matrix matrix;
    int status;
};

static int choose_soak(struct show *s)
{
    if (s->options->fault || s->options->injections) {
        complain(NULL, "--soak takes no --fault and no --injections: all "
                       "faults come, every 1 to 5 seconds");
        return EXIT_USAGE;
    }
    s->matrix.fault[s->matrix.faults++] = &soak_fault;
    s->matrix.soak_ns = s->options->soak_ns;
    return 0;
}

static int choose_faults(struct show *s)
{
    const char *list = s->options->fault;
    char word[FAULT_WORD_MAX];
    const struct fault_case *fault;

    if (fault_list_error(list, word)) {
        complain(NULL, "%s: no such fault (try: %s faults --list)", word,
                 program_invocation_short_name);
        return EXIT_USAGE;
    }
    for (unsigned i = 0; (fault = fault_at(i)); i++)
        if (fault_is_in(fault, list) && s->matrix.faults < MATRIX_FAULTS_MAX)
            s->matrix.fault[s->matrix.faults++] = fault;
    return 0;
}

static int choose(struct show *s)
{
    int status;

    status = selection_check(s->options);
    if (status != 0)
        return status;
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (selection_has(s->options, m) &&
            s->matrix.mechanisms < MATRIX_MECHANISMS_MAX)
            s->matrix.mechanism[s->matrix.mechanisms++] = m;
    return s->options->soak_ns > 0 ? choose_soak(s) : choose_faults(s);
}

static int list_all(const struct screen *screen)
{
    char name[FAULT_WORD_MAX];
    const struct fault_case *fault;

    for (unsigned i = 0; (fault = fault_at(i)); i++) {
        (void)snprintf(name, sizeof(name), "%s/%s", fault->id, fault->level);
        printf("%-*s%s\n%*s", FAULT_WIDTH, name, fault->title, FAULT_WIDTH, "");
        screen_wrap(screen, fault->done, FAULT_WIDTH);
    }
    return 0;
}

static void try_cell(struct show *s, unsigned mechanism, unsigned fault)
{
    const struct options *o = s->options;
    struct matrix *m = &s->matrix;
    struct fault_cell *cell;
    int signal;

    cell = cell_open(m->fault[fault], m->mechanism[mechanism],
                     o->injections ? o->injections : INJECTIONS, m->seed);
    if (!cell) {
        complain(NULL, "there is no memory");
        s->status = EXIT_FAILURE;
        return;
    }
    if (m->soak_ns > 0)
        cell_soak(cell, m->soak_ns / m->mechanisms);
    screen_show(&s->screen, "%u/%u  %s: %s ...",
                mechanism * m->faults + fault + 1, m->mechanisms * m->faults,
                m->mechanism[mechanism]->name, m->fault[fault]->title);
    signal = cell_run(cell, s->rundir.path, round_stop_signal);
    screen_clear(&s->screen);
    if (signal)
        s->status = 128 + signal;
    else {
        matrix_add(m, mechanism, fault, cell);
        json_lines_add(&s->lines, cell_json(cell));
    }
    cell_free(cell);
}

static int run_all(struct show *s)
{
    json_t *machine = machine_describe();
    struct matrix *m = &s->matrix;

    round_hold(); /* or a signal from here on would leave the directory */
    if (!machine || matrix_open(m) < 0 ||
        json_lines_check(s->options->save) != 0 ||
        setup_begin(&s->rundir) < 0) {
        json_decref(machine);
        matrix_close(m);
        return EXIT_FAILURE;
    }
    s->lines = (struct json_lines){ .print = s->options->json,
                                    .save = s->options->save };
    (void)json_object_set_new(machine, "type", json_string("machine"));
    json_lines_add(&s->lines, machine);
    for (unsigned i = 0; i < m->mechanisms; i++)
        for (unsigned j = 0; j < m->faults && s->status == 0; j++)
            try_cell(s, i, j);
    if (s->status == 0 && !s->options->json)
        matrix_print(m, &s->screen);
    if (s->status == 0 && matrix_count(m, CELL_FAIL) > 0)
        s->status = EXIT_FAILURE;
    matrix_close(m);
    return setup_release(&s->rundir, json_lines_end(&s->lines, s->status));
}

static int run(const struct options *options)
{
    struct show s = { .options = options, .screen = screen_of(stdout) };
    int status;

    if (options->list)
        return list_all(&s.screen);
    status = choose(&s);
    if (status != 0)
        return status;
    s.matrix.seed =
        options->seed_given ? options->seed : clock_ns() % 4294967295u + 1;
    return run_all(&s);
}

const struct command faults_command = {
    .name = "faults",
    .bit = COMMAND_FAULTS,
    .run = run,
    .arguments = "[MECHANISM|FAMILY ...]",
    .alone = "",
    .summary = "kill, starve and lie; count what is lost",
    .more = "Each fault is done to each mechanism, --injections times at "
            "least, in a process\n"
            "with names of its own; every exchange is judged, and what is left "
            "behind is\n"
            "counted. A cell that cannot be tried says SKIP and why. With the "
            "same --seed it\n"
            "is tried again as it was.",
};
