/* SPDX-License-Identifier: MIT */
#include "ipc/commands/choose.h"

#include "ipc/lab/measure/pick.h"
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

/* Where the two sides ran: figures of two places are never set side by side
 * without saying so. */
static const struct place {
    const char *pin;   /* as in a cell */
    const char *title; /* of a column */
} places[] = {
    { "same", "one CPU" },
    { "split", "two CPUs" },
    { "free", "not pinned" },
};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

/* A mechanism that fits, and its cells; NULL: none. */
struct candidate {
    const struct mechanism *mechanism;
    const json_t *stream;
    const json_t *round_trip[PLACES];
};

struct choice {
    struct screen screen;
    unsigned needs;
    size_t size;
    struct results_set results; /* without a run: there are none */
    double stream_size;         /* the nearest that was measured; NAN: none */
    double round_trip_size;     /* likewise */
    const struct place *stream_place; /* NULL: none was measured */
    bool measured[PLACES];            /* round trips there */
    const char *difference; /* in which two cells of one question differ */
    struct candidate fit[MECHANISMS_MAX];
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

/* The size that was measured with this pattern and lies next to the one that
 * was asked for, on a scale of factors; NAN: there is none. */
static double nearest_size(const struct choice *c, const char *pattern)
{
    const struct pick_axis axes[] = { { "pattern", pattern, 0 },
                                      { "work", "verify", 0 },
                                      { 0 } };
    double least = INFINITY, nearest = NAN;

    for (size_t i = 0; i < json_array_size(c->results.cells); i++) {
        const json_t *cell = json_array_get(c->results.cells, i);
        const double size = results_number(cell, "size");
        const double distance = fabs(log((size + 1) / ((double)c->size + 1)));

        if (pick_fits(cell, axes) && size >= 0 && size <= OPTIONS_MAX_MAX &&
            distance < least) {
            least = distance;
            nearest = size;
        }
    }
    return nearest;
}

/* Whether anything was measured so, in that place. */
static bool is_measured(const struct choice *c, const char *pattern,
                        double size, const struct place *place)
{
    const struct pick_axis axes[] = {
        { "pattern", pattern, 0 },
        { "work", "verify", 0 },
        { "size", NULL, size },
        { "pin", place->pin, 0 },
        { 0 },
    };

    for (size_t i = 0; i < json_array_size(c->results.cells); i++)
        if (pick_fits(json_array_get(c->results.cells, i), axes))
            return true;
    return false;
}

/* Throughput is told of two processors, where that was measured. */
static void find_questions(struct choice *c)
{
    static const int order[] = { 1, 2, 0 };

    c->stream_size = nearest_size(c, "stream");
    c->round_trip_size = nearest_size(c, "ping-pong");
    for (size_t i = 0; i < PLACES; i++) {
        const struct place *place = &places[order[i]];

        if (!c->stream_place && is_measured(c, "stream", c->stream_size, place))
            c->stream_place = place;
        c->measured[i] =
            is_measured(c, "ping-pong", c->round_trip_size, &places[i]);
    }
}

static const json_t *find_cell(struct choice *c, const struct mechanism *m,
                               const char *pattern, double size,
                               const struct place *place)
{
    const struct pick_axis axes[] = {
        { "pattern", pattern, 0 }, { "work", "verify", 0 },
        { "size", NULL, size },    { "pin", place->pin, 0 },
        { "batch", NULL, 1 },      { 0 },
    };
    const char *difference;
    const json_t *cell;

    cell = pick_cell(&c->results, m->name, axes, &difference);
    if (difference)
        c->difference = difference;
    return cell;
}

static double rate_of(const struct candidate *candidate)
{
    return results_number(candidate->stream, "jobs_per_second.median");
}

/* A figure without an interval, of too few rounds, is no reason to stand
 * before another. */
static bool is_ranked(const struct candidate *candidate)
{
    return results_has_interval(candidate->stream);
}

/* The fastest first; then, as in the table of mechanisms, what has no rank. */
static int by_rate(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (is_ranked(x) != is_ranked(y))
        return is_ranked(y) - is_ranked(x);
    if (is_ranked(x) && rate_of(x) != rate_of(y))
        return rate_of(x) < rate_of(y) ? 1 : -1;
    return (x->mechanism > y->mechanism) - (x->mechanism < y->mechanism);
}

static struct candidate make_candidate(struct choice *c,
                                       const struct mechanism *m)
{
    struct candidate candidate = { .mechanism = m };

    if (c->stream_place)
        candidate.stream =
            find_cell(c, m, "stream", c->stream_size, c->stream_place);
    for (size_t i = 0; i < PLACES; i++)
        if (c->measured[i])
            candidate.round_trip[i] =
                find_cell(c, m, "ping-pong", c->round_trip_size, &places[i]);
    return candidate;
}

static void find_candidates(struct choice *c)
{
    find_questions(c);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (!find_fault(c, m) && c->count < MECHANISMS_MAX)
            c->fit[c->count++] = make_candidate(c, m);
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

/* The figures' columns; returns how many characters they took. */
static int print_figures(const struct choice *c,
                         const struct candidate *candidate)
{
    char text[UNITS_TEXT_MAX];
    int printed = 0;

    if (c->stream_place)
        printed += printf(" %7s", count_text(rate_of(candidate), text));
    for (size_t i = 0; i < PLACES; i++)
        if (c->measured[i])
            printed += printf(" %10s",
                              time_text(results_number(candidate->round_trip[i],
                                                       "latency_ns.p50"),
                                        text));
    return printed;
}

static void print_titles(const struct choice *c)
{
    printf("%s%-15s", screen_style(&c->screen, STYLE_TITLE), "what fits");
    if (c->stream_place)
        printf(" %7s", "jobs/s");
    for (size_t i = 0; i < PLACES; i++)
        if (c->measured[i])
            printf(" %10s", places[i].title);
    printf("  what it is, and how to see it%s\n",
           screen_style(&c->screen, STYLE_END));
}

static void tell_candidate(const struct choice *c,
                           const struct candidate *candidate)
{
    const struct mechanism *m = candidate->mechanism;
    char more[REASON_MAX];
    int printed;

    printed = printf("%-15s", m->name);
    printed += print_figures(c, candidate);
    printed += printf("  ");
    screen_wrap(&c->screen, m->title, printed);
    printf("%s", screen_style(&c->screen, STYLE_DIM));
    printed = printf("%*s", printed, "");
    (void)snprintf(more, sizeof(more), "copies: %u; make demo-%s",
                   mechanism_copies(m), m->name);
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

/* Tells what was measured, and with what. */
static void tell_measured(const struct choice *c)
{
    char size[UNITS_TEXT_MAX], text[REASON_MAX];

    if (c->stream_place) {
        (void)snprintf(text, sizeof(text),
                       "jobs/s: one way, messages of %s, the nearest size that "
                       "was measured; %s.",
                       size_text((size_t)c->stream_size, size),
                       c->stream_place->title);
        screen_wrap(&c->screen, text, 0);
    }
    if (isnan(c->round_trip_size))
        return;
    (void)snprintf(
        text, sizeof(text),
        "one CPU, two CPUs, not pinned: where the two sides ran when "
        "a message of %s went there and its answer back; the median "
        "time of that.",
        size_text((size_t)c->round_trip_size, size));
    screen_wrap(&c->screen, text, 0);
}

static void tell_figures(const struct choice *c)
{
    char text[REASON_MAX];

    if (!c->results.run) {
        screen_wrap(&c->screen,
                    "No figures: `make bench` measures them, into "
                    "build/bench.jsonl, which was looked for here (--results "
                    "names another file); then the order is theirs.",
                    0);
        return;
    }
    tell_measured(c);
    if (!is_ranked(&c->fit[0]))
        screen_wrap(&c->screen,
                    "They are in no order: there are too few rounds to tell "
                    "which is faster.",
                    0);
    if (c->difference) {
        (void)snprintf(text, sizeof(text),
                       "-: two cells would answer, and they differ in %s.",
                       c->difference);
        screen_wrap(&c->screen, text, 0);
    }
}

static void tell_answer(const struct choice *c)
{
    tell_question(c);
    if (c->count == 0)
        printf("Nothing here fits.\n");
    else {
        print_titles(c);
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
