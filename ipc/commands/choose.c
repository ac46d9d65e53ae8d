/* SPDX-License-Identifier: MIT */
#include "ipc/commands/choose.h"

#include "ipc/lab/measure/results.h"
#include "ipc/options/quantities.h"
#include "ipc/options/rules.h"
#include "ipc/screen/screen.h"
#include "shared/base/units.h"
#include "shared/net/meeting.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where `make bench` keeps its results. */
static const char default_results[] = "build/bench.jsonl";

enum { ANSWER_MAX = 64, MECHANISMS_MAX = 64, REASON_MAX = 200 };

/* A question; a flag of its name answers yes. */
static const struct question {
    enum need need;
    const char *text;
} questions[] = {
    { NEED_STRANGERS, "Must processes meet that no common ancestor started?" },
    { NEED_MACHINES, "On more than one machine?" },
    { NEED_DURABLE, "Must messages outlive the processes?" },
    { NEED_WORKERS, "Are many workers to share one queue of jobs?" },
    { NEED_ORDER, "Must all jobs be done in the order they were sent?" },
};

enum { QUESTIONS = sizeof(questions) / sizeof(questions[0]) };

struct choice {
    struct screen screen;
    unsigned needs;
    size_t size;
    struct results_set results; /* without a run: there are none */
    struct candidate {
        const struct mechanism *mechanism;
        const json_t *stream;    /* its cell of the nearest size, or NULL */
        const json_t *ping_pong; /* likewise */
    } fit[MECHANISMS_MAX];
    size_t count;
};

/* ------------------------------------------------------------ the questions */

/* False at the end of the input. */
static bool read_answer(char ret_answer[static ANSWER_MAX])
{
    (void)fflush(stdout);
    if (!fgets(ret_answer, ANSWER_MAX, stdin))
        return false;
    ret_answer[strcspn(ret_answer, "\n")] = '\0';
    return true;
}

static bool ask_size(struct choice *c)
{
    char answer[ANSWER_MAX];

    for (;;) {
        printf("How large is a message? (4KiB) ");
        if (!read_answer(answer))
            return false;
        if (!answer[0] || size_parse(answer, &c->size) == 0)
            return true;
        printf("A size, such as 64, 4KiB or 1MiB.\n");
    }
}

static bool ask(struct choice *c, const struct question *question)
{
    char answer[ANSWER_MAX];

    printf("%s (y/N) ", question->text);
    if (!read_answer(answer))
        return false;
    if (answer[0] == 'y' || answer[0] == 'Y')
        c->needs |= question->need;
    return true;
}

static bool ask_all(struct choice *c)
{
    bool there = ask_size(c);

    for (size_t i = 0; there && i < QUESTIONS; i++)
        there = ask(c, &questions[i]);
    putchar('\n');
    return there;
}

/* -------------------------------------------------------------- what fits */

/* Why a mechanism does not do; NULL: it does. */
static const char *find_fault(const struct choice *c, const struct mechanism *m)
{
    const unsigned traits = m->ops ? m->ops->traits : 0;
    const bool competes = m->ops && channels_can_compete(m->ops);

    if (mechanism_skipped(m))
        return mechanism_skipped(m);
    if (c->needs & (NEED_STRANGERS | NEED_MACHINES) && traits & CHANNEL_THREADS)
        return "joins threads of one process only";
    if (c->needs & NEED_STRANGERS && traits & CHANNEL_INHERITED_ONLY)
        return "has no name to meet at: only relatives inherit it";
    if (c->needs & NEED_MACHINES && !m->ops->meeting)
        return "works within one machine";
    if (c->needs & NEED_DURABLE && !(traits & CHANNEL_SURVIVES_PROCESSES))
        return "what is under way is gone with the processes";
    if (c->needs & NEED_WORKERS && c->needs & NEED_ORDER)
        return "workers that share a queue overtake each other, over any";
    if (c->needs & NEED_WORKERS && !competes)
        return "a channel has one receiver: jobs are dealt in turn";
    return NULL;
}

static const json_t *find_cell(const struct choice *c, const char *mechanism,
                               const char *pattern)
{
    const json_t *best = NULL;
    double least = INFINITY, distance;

    for (size_t i = 0; i < json_array_size(c->results.cells); i++) {
        const json_t *cell = json_array_get(c->results.cells, i);

        if (strcmp(results_text(cell, "mechanism"), mechanism) != 0 ||
            strcmp(results_text(cell, "pattern"), pattern) != 0 ||
            strcmp(results_text(cell, "work"), "verify") != 0 ||
            !isfinite(results_number(cell, "jobs_per_second.median")))
            continue;
        distance = fabs(
            log((results_number(cell, "size") + 1) / ((double)c->size + 1)));
        if (distance < least) {
            least = distance;
            best = cell;
        }
    }
    return best;
}

static double rate_of(const struct candidate *candidate)
{
    double rate = results_number(candidate->stream, "jobs_per_second.median");

    return isfinite(rate) ? rate : 0;
}

static int by_rate(const void *a, const void *b)
{
    double x = rate_of(a), y = rate_of(b);

    return (x < y) - (x > y);
}

static void find_candidates(struct choice *c)
{
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        if (find_fault(c, m) || c->count == MECHANISMS_MAX)
            continue;
        c->fit[c->count++] = (struct candidate){
            .mechanism = m,
            .stream = find_cell(c, m->name, "stream"),
            .ping_pong = find_cell(c, m->name, "ping-pong"),
        };
    }
    qsort(c->fit, c->count, sizeof(c->fit[0]), by_rate);
}

/* --------------------------------------------------------------- the answer */

static void tell_question(const struct choice *c)
{
    char size[UNITS_TEXT_MAX], text[400];
    size_t used;

    used = (size_t)snprintf(text, sizeof(text), "Messages of %s",
                            size_text(c->size, size));
    for (size_t i = 0; i < QUESTIONS && used < sizeof(text); i++)
        if (c->needs & questions[i].need)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "; %s",
                                     need_name(questions[i].need));
    screen_wrap(&c->screen, text, 0);
    putchar('\n');
}

static void tell_candidate(const struct choice *c,
                           const struct candidate *candidate)
{
    const struct mechanism *m = candidate->mechanism;
    char rate[UNITS_TEXT_MAX] = "-", p50[UNITS_TEXT_MAX] = "-";
    char more[REASON_MAX];
    double ns = results_number(candidate->ping_pong, "latency_ns.p50");
    int printed;

    if (rate_of(candidate) > 0)
        (void)count_text(rate_of(candidate), rate);
    if (isfinite(ns))
        (void)time_text(ns, p50);
    printed = printf("%-15s %7s %10s  ", m->name, rate, p50);
    screen_wrap(&c->screen, m->title, printed);
    printf("%s", screen_style(&c->screen, STYLE_DIM));
    printed = printf("%*s", printed, "");
    (void)snprintf(more, sizeof(more), "copies %s; make demo-%s",
                   m->sheet[SHEET_COPIES], m->name);
    screen_wrap(&c->screen, more, printed);
    printf("%s", screen_style(&c->screen, STYLE_END));
}

static void tell_faults(const struct choice *c)
{
    int printed;

    printf("\nNot, because it ...\n");
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        const char *fault = find_fault(c, m);

        if (!fault)
            continue;
        printf("%s", screen_style(&c->screen, STYLE_DIM));
        printed = printf("%-15s ", m->name);
        screen_wrap(&c->screen, fault, printed);
        printf("%s", screen_style(&c->screen, STYLE_END));
    }
}

/* Tells what was measured: the size next to the one that was asked for. */
static void tell_figures(const struct choice *c)
{
    const json_t *stream = c->fit[0].stream;
    char stream_size[UNITS_TEXT_MAX], text[REASON_MAX];

    if (!stream) {
        screen_wrap(&c->screen,
                    "No figures of this machine: `make bench` "
                    "finds them, and then the order is theirs.",
                    0);
        return;
    }
    (void)snprintf(text, sizeof(text),
                   "jobs/s: one way, messages of %s, the nearest size that was "
                   "measured. round trip: a small message there, its answer "
                   "back, the median.",
                   size_text(results_size(stream, "size"), stream_size));
    screen_wrap(&c->screen, text, 0);
}

static void tell_answer(const struct choice *c)
{
    tell_question(c);
    if (c->count == 0)
        printf("Nothing here fits.\n");
    else {
        printf("%s%-15s %7s %10s  %s%s\n",
               screen_style(&c->screen, STYLE_TITLE), "what fits", "jobs/s",
               "round trip", "what it is, and how to see it",
               screen_style(&c->screen, STYLE_END));
        for (size_t i = 0; i < c->count; i++)
            tell_candidate(c, &c->fit[i]);
        putchar('\n');
        tell_figures(c);
        printf("Its system calls: make trace-%s\n", c->fit[0].mechanism->name);
    }
    tell_faults(c);
}

/* Without a file that was asked for by name there may be none. */
static int load(struct choice *c, const char *named)
{
    char text[RESULTS_TEXT_MAX];
    const char *path = named ? named : default_results;
    int r;

    r = results_load(path, &c->results, text);
    if (r == 0 || (r == -ENOENT && !named))
        return 0;
    complain(NULL, "%s: %s", path, text);
    return EXIT_USAGE;
}

static int run(const struct options *options)
{
    struct choice c = {
        .screen = screen_of(stdout),
        .needs = options->needs,
        .size = options_value(options, AXIS_SIZE),
    };
    int status;

    if (options->argument_count > 0) {
        complain(NULL, "%s: choose takes no arguments", options->arguments[0]);
        return EXIT_USAGE;
    }
    status = load(&c, options->results);
    if (status == 0 && options->needs == 0 &&
        options->axes[AXIS_SIZE].count == 0 && isatty(STDIN_FILENO) &&
        !ask_all(&c))
        status = EXIT_FAILURE;
    if (status == 0) {
        find_candidates(&c);
        tell_answer(&c);
    }
    results_free(&c.results);
    return status;
}

const struct command choose_command = {
    .name = "choose",
    .bit = COMMAND_CHOOSE,
    .run = run,
    .arguments = "",
    .alone = "",
    .summary = "which mechanism fits, and is fast here?",
    .more = "Asks a few questions, unless options answer them, and ranks what "
            "fits\n"
            "by what a bench on this machine found.",
};
