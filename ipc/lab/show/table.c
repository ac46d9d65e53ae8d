/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/table.h"
#include "ipc/lab/show/table_note.h"

#include "ipc/lab/measure/spread.h"
#include "shared/base/units.h"

#include <math.h>
#include <string.h>

enum {
    CELLS_MAX = 128,
    FULL = 79,
    WIDE = 99,
    WIDEST = 108,
    SHARES_TEXT_MAX = 256
};

/* The cells of one group, the best first. */
struct group {
    const json_t *cell[CELLS_MAX];
    size_t count;
    bool by_latency; /* one job is under way at a time */
    const json_t *reference;
};

/* A column writes a number so, or a cell. */
typedef void number_fn(double number, char text[static UNITS_TEXT_MAX]);
typedef void cell_fn(const json_t *cell, const struct group *group,
                     char text[static UNITS_TEXT_MAX]);

struct column {
    const char *title;
    int width;        /* negative: its text begins where the column does */
    int least;        /* columns of a screen that has room for it */
    const char *path; /* of a number; NULL: the cell's function tells */
    number_fn *number;
    cell_fn *cell;
};

static double latency(const json_t *cell)
{
    return results_number(cell, "latency_ns.p50");
}

/* More is better. */
static double worth(const json_t *cell, const struct group *group)
{
    return group->by_latency ? 1 / latency(cell) : results_rate(cell);
}

static void set(char text[static UNITS_TEXT_MAX], const char *word)
{
    (void)snprintf(text, UNITS_TEXT_MAX, "%s", word);
}

static void put_time(double ns, char text[static UNITS_TEXT_MAX])
{
    (void)time_text(ns, text);
}

static void put_count(double count, char text[static UNITS_TEXT_MAX])
{
    (void)count_text(count, text);
}

static void put_bytes(double bytes, char text[static UNITS_TEXT_MAX])
{
    (void)bytes_text(bytes, text);
}

static void put_whole(double number, char text[static UNITS_TEXT_MAX])
{
    (void)whole_text(number, text);
}

static void put_few(double number, char text[static UNITS_TEXT_MAX])
{
    if (number >= 99.95)
        (void)count_text(number, text);
    else
        (void)snprintf(text, UNITS_TEXT_MAX, "%.*f", number < 9.995 ? 2 : 1,
                       number);
}

static void put_percent(double share, char text[static UNITS_TEXT_MAX])
{
    (void)snprintf(text, UNITS_TEXT_MAX, "%.0f%%", 100 * share);
}

static void put_column(const struct column *column, const json_t *cell,
                       const struct group *group,
                       char text[static UNITS_TEXT_MAX])
{
    double number;

    if (!column->path) {
        column->cell(cell, group, text);
        return;
    }
    number = results_number(cell, column->path);
    if (isfinite(number) && number >= 0)
        column->number(fabs(number), text);
    else
        set(text, "-");
}

/* ------------------------------------------------------------ the columns */

static void tell_mechanism(const json_t *cell, const struct group *group,
                           char text[static UNITS_TEXT_MAX])
{
    char name[RESULTS_NAME_MAX];

    (void)group;
    (void)snprintf(text, UNITS_TEXT_MAX, "%.*s", UNITS_TEXT_MAX - 1,
                   results_name(cell, name));
}

/* Half the interval, as a share of the median. */
static void tell_interval(const json_t *cell, const struct group *group,
                          char text[static UNITS_TEXT_MAX])
{
    double low = results_number(cell, "jobs_per_second.low");
    double high = results_number(cell, "jobs_per_second.high");

    (void)group;
    if (results_has_interval(cell) && results_rate(cell) > 0)
        (void)snprintf(text, UNITS_TEXT_MAX, "%.0f%%",
                       50 * (high - low) / results_rate(cell));
    else
        set(text, "-");
}

/* How many times one is the other, and which of them is ahead. */
static void tell_factor(const json_t *cell, const struct group *group,
                        char text[static UNITS_TEXT_MAX])
{
    double factor;

    if (!group->reference || !results_has_interval(cell)) {
        set(text, "-");
        return;
    }
    if (cell == group->reference) {
        set(text, "1x");
        return;
    }
    if (!table_differs(cell, group->reference)) {
        set(text, "=");
        return;
    }
    factor = worth(cell, group) / worth(group->reference, group);
    if (!(factor > 0 && isfinite(factor))) {
        set(text, "-");
        return;
    }
    (void)snprintf(text, UNITS_TEXT_MAX, "%.*fx%c",
                   fmax(factor, 1 / factor) < 9.95 ? 1 : 0,
                   fmax(factor, 1 / factor), factor < 1 ? '-' : '+');
}

static void tell_cpu(const json_t *cell, const struct group *group,
                     char text[static UNITS_TEXT_MAX])
{
    (void)group;
    if (isfinite(results_rate(cell)))
        (void)time_text(results_cpu_ns(cell), text);
    else
        set(text, "-");
}

static void tell_limit_kind(const json_t *cell, const struct group *group,
                            char text[static UNITS_TEXT_MAX])
{
    const char *kind = results_text(cell, "limit.kind");

    (void)group;
    set(text, kind[0] ? kind : "-");
}

static void tell_verdict(const json_t *cell, const struct group *group,
                         char text[static UNITS_TEXT_MAX])
{
    struct modes modes;

    (void)group;
    (void)snprintf(text, UNITS_TEXT_MAX, "%s%s", results_verdict(cell),
                   spread_modes(cell, &modes) ? " ~" : "");
}

/* "34 %, 33 %, 33 %"; of very many the first ones. */
static const char *shares_text(const json_t *cell,
                               char text[static SHARES_TEXT_MAX])
{
    const json_t *array = json_object_get(cell, "jobs_of_consumers");
    const size_t count = json_array_size(array);
    double all = 0;
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        all += json_number_value(json_array_get(array, i));
    text[0] = '\0';
    for (size_t i = 0; all > 0 && i < count && used < SHARES_TEXT_MAX; i++)
        used += (size_t)snprintf(
            text + used, SHARES_TEXT_MAX - used, "%s%.0f %%", i ? ", " : "",
            100 * json_number_value(json_array_get(array, i)) / all);
    return text;
}

static const struct column rates[] = {
    { "mechanism", -15, 0, NULL, NULL, tell_mechanism },
    { "jobs/s", 6, 0, "jobs_per_second.median", put_count, NULL },
    { "+-", 4, FULL, NULL, NULL, tell_interval },
    { "bytes/s", 7, 0, "bytes_per_second.median", put_bytes, NULL },
    { "vs", 6, 0, NULL, NULL, tell_factor },
    { "p50", 7, 0, "latency_ns.p50", put_time, NULL },
    { "p90", 7, WIDE, "latency_ns.p90", put_time, NULL },
    { "p99", 7, FULL, "latency_ns.p99", put_time, NULL },
    { "p99.9", 7, WIDE, "latency_ns.p99_9", put_time, NULL },
    { "CPU/job", 7, FULL, NULL, NULL, tell_cpu },
    { "limit", 5, FULL, "limit.share", put_percent, NULL },
    { "verdict", -7, 0, NULL, NULL, tell_verdict },
};

static const struct column costs[] = {
    { "a job costs", -15, 0, NULL, NULL, tell_mechanism },
    { "CPU >", 7, 0, "cpu_ns_per_job.producer", put_time, NULL },
    { "> CPU", 7, 0, "cpu_ns_per_job.consumer", put_time, NULL },
    { "server", 7, WIDEST, "cpu_ns_per_job.broker", put_time, NULL },
    { "calls >", 7, FULL, "system_calls_per_job.producer", put_few, NULL },
    { "> calls", 7, FULL, "system_calls_per_job.consumer", put_few, NULL },
    { "waits", 5, 0, "switches_per_job.voluntary", put_few, NULL },
    { "forced", 6, FULL, "switches_per_job.involuntary", put_few, NULL },
    { "copies", 6, WIDE, "copies", put_whole, NULL },
    { "memory", 7, FULL, "memory_bytes", put_bytes, NULL },
    { "IPC", 4, 0, "ipc_share", put_percent, NULL },
    { "limit by", -8, WIDE, NULL, NULL, tell_limit_kind },
    { "max", 7, WIDE, "latency_ns.max", put_time, NULL },
};

enum {
    RATES = sizeof(rates) / sizeof(rates[0]),
    COSTS = sizeof(costs) / sizeof(costs[0]),
};

/* ------------------------------------------------------------- the groups */

static bool is_ping_pong(const json_t *cell)
{
    return strcmp(results_text(cell, "pattern"), "ping-pong") == 0;
}

static struct estimate rate_of(const json_t *cell)
{
    return (struct estimate){
        .median = results_rate(cell),
        .low = results_number(cell, "jobs_per_second.low"),
        .high = results_number(cell, "jobs_per_second.high"),
    };
}

bool table_differs(const json_t *a, const json_t *b)
{
    struct estimate x = spread_estimate(a, "latency_p50_ns");
    struct estimate y = spread_estimate(b, "latency_p50_ns");

    if (!is_ping_pong(a) || !is_ping_pong(b) || x.level <= 0 || y.level <= 0) {
        x = rate_of(a);
        y = rate_of(b);
    }
    return results_has_interval(a) && results_has_interval(b) &&
           statistics_differ(&x, &y);
}

/* `none` stands on top, then those with an interval, the best first; then, in
 * no order of their own, the others; what has no rate is last. */
static bool comes_before(const json_t *x, const json_t *y,
                         const struct group *group)
{
    if (results_is_none(x) || results_is_none(y))
        return results_is_none(x) && !results_is_none(y);
    if (results_has_interval(x) && results_has_interval(y))
        return worth(x, group) > worth(y, group);
    if (results_has_interval(x) || results_has_interval(y))
        return results_has_interval(x);
    return isfinite(results_rate(x)) && !isfinite(results_rate(y));
}

/* Equals keep their order, as qsort(3) does not promise. */
static void sort_group(struct group *group)
{
    for (size_t i = 1; i < group->count; i++)
        for (size_t j = i; j > 0; j--) {
            const json_t *last = group->cell[j];

            if (!comes_before(last, group->cell[j - 1], group))
                break;
            group->cell[j] = group->cell[j - 1];
            group->cell[j - 1] = last;
        }
}

static const json_t *find_reference(const struct group *group, const char *name)
{
    for (size_t i = 0; i < group->count; i++) {
        const char *mechanism = results_text(group->cell[i], "mechanism");

        if (results_has_interval(group->cell[i]) &&
            (name ? strcmp(mechanism, name) == 0
                  : !results_is_none(group->cell[i])))
            return group->cell[i];
    }
    return NULL;
}

/* Whether they were measured for their latencies, and all that are ranked have
 * one. */
static bool have_latencies(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (!is_ping_pong(group->cell[i]) ||
            (!results_is_none(group->cell[i]) &&
             results_has_interval(group->cell[i]) &&
             !(latency(group->cell[i]) > 0)))
            return false;
    return true;
}

/* The group that begins with the cell `first`; returns where the next does. */
static size_t take_group(const struct results_set *results, size_t first,
                         const char *reference, struct group *ret_group)
{
    const json_t *head = json_array_get(results->cells, first), *cell;
    size_t i;

    *ret_group = (struct group){ 0 };
    for (i = first; (cell = json_array_get(results->cells, i)); i++) {
        if (!results_same_group(head, cell))
            break;
        if (ret_group->count < CELLS_MAX)
            ret_group->cell[ret_group->count++] = cell;
    }
    ret_group->by_latency = have_latencies(ret_group);
    sort_group(ret_group);
    ret_group->reference = find_reference(ret_group, reference);
    return i;
}

/* --------------------------------------------------------------- printing */

static void print_text(const struct column *column, const char *text,
                       bool first)
{
    printf("%s%*s", first ? "" : " ", column->width, text);
}

static void print_titles(const struct screen *screen,
                         const struct column *columns, size_t count)
{
    printf("%s", screen_style(screen, STYLE_TITLE));
    for (size_t i = 0; i < count; i++)
        if (screen->columns >= columns[i].least)
            print_text(&columns[i], columns[i].title, i == 0);
    printf("%s\n", screen_style(screen, STYLE_END));
}

/* Why a cell has no figures. */
static const char *why_not(const json_t *cell)
{
    const char *failure = results_text(cell, "verdict.failure");

    return failure[0]                                  ? failure
           : strcmp(results_verdict(cell), "BAD") == 0 ? "its verdict is bad"
                                                       : "no job ended";
}

static void print_cell(const struct screen *screen, const json_t *cell,
                       const struct group *group, const struct column *columns,
                       size_t count)
{
    char text[UNITS_TEXT_MAX];

    if (!(results_rate(cell) > 0)) {
        put_column(&columns[0], cell, group, text);
        print_text(&columns[0], text, true);
        printf(" %s%.*s%s\n", screen_style(screen, STYLE_BAD),
               (int)screen->columns + columns[0].width - 1, why_not(cell),
               screen_style(screen, STYLE_END));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const bool verdict = columns[i].cell == tell_verdict;

        if (screen->columns < columns[i].least)
            continue;
        put_column(&columns[i], cell, group, text);
        if (verdict)
            printf("%s", screen_style(screen, results_good(cell) ? STYLE_GOOD
                                                                 : STYLE_BAD));
        print_text(&columns[i], text, i == 0);
        if (verdict)
            printf("%s", screen_style(screen, STYLE_END));
    }
    putchar('\n');
}

/* With several workers: who did what. */
static void print_workers(const struct screen *screen,
                          const struct group *group)
{
    char shares[SHARES_TEXT_MAX];

    for (size_t i = 0; i < group->count; i++) {
        const json_t *cell = group->cell[i];
        char name[RESULTS_NAME_MAX];

        if (!results_is_none(cell) && isfinite(results_rate(cell)))
            screen_item(screen, 0, results_name(cell, name), "%s: %s",
                        json_is_true(json_object_get(cell, "competing"))
                            ? "they compete"
                            : "dealt in turn",
                        shares_text(cell, shares));
    }
}

static void print_group(const struct screen *screen, const struct group *group)
{
    char label[RESULTS_LABEL_MAX];

    bool any = false;

    printf("%s%s%s\n\n", screen_style(screen, STYLE_TITLE),
           results_label(group->cell[0], label),
           screen_style(screen, STYLE_END));
    print_titles(screen, rates, RATES);
    for (size_t i = 0; i < group->count; i++)
        print_cell(screen, group->cell[i], group, rates, RATES);
    putchar('\n');
    for (size_t i = 0; i < group->count; i++) {
        if (!(results_rate(group->cell[i]) > 0))
            continue;
        if (!any)
            print_titles(screen, costs, COSTS);
        any = true;
        print_cell(screen, group->cell[i], group, costs, COSTS);
    }
    if (any)
        putchar('\n');
    if (results_number(group->cell[0], "consumers") > 1 ||
        results_number(group->cell[group->count - 1], "consumers") > 1) {
        print_workers(screen, group);
        putchar('\n');
    }
}

static void append_limit(char *text, size_t room, const char *what, double ns)
{
    char time[UNITS_TEXT_MAX];
    size_t used = strlen(text);

    if (isfinite(ns) && ns > 0 && used < room)
        (void)snprintf(text + used, room - used, "%s%s %s", used ? ", " : "",
                       what, time_text(ns, time));
}

/* Tells the limits that no program here can pass. */
static void print_limits(const struct screen *screen, const json_t *run)
{
    const json_t *copies =
        json_object_get(json_object_get(run, "limits"), "memcpy");
    char text[600] = "", what[80], size[UNITS_TEXT_MAX];

    append_limit(text, sizeof(text), "a look at the clock",
                 results_number(run, "limits.clock_ns"));
    append_limit(text, sizeof(text), "a system call",
                 results_number(run, "limits.system_call_ns"));
    append_limit(text, sizeof(text), "a cache line to another processor",
                 results_number(run, "limits.cache_line_ns"));
    append_limit(text, sizeof(text), "there and back by futex on one processor",
                 results_number(run, "limits.futex_round_trip_ns.same"));
    append_limit(text, sizeof(text), "on two",
                 results_number(run, "limits.futex_round_trip_ns.split"));
    for (size_t i = 0; i < json_array_size(copies); i++) {
        const json_t *copy = json_array_get(copies, i);

        (void)snprintf(what, sizeof(what), "%s%s", i == 0 ? "memcpy of " : "",
                       size_text(results_size(copy, "size"), size));
        append_limit(text, sizeof(text), what, results_number(copy, "ns"));
    }
    screen_item(screen, 0, "Limits", "%s", text);
    putchar('\n');
}

static bool any_latency(const struct results_set *results)
{
    for (size_t i = 0; i < json_array_size(results->cells); i++)
        if (latency(json_array_get(results->cells, i)) > 0)
            return true;
    return false;
}

static bool any_disturbed(const struct results_set *results)
{
    for (size_t i = 0; i < json_array_size(results->cells); i++)
        if (strchr(results_verdict(json_array_get(results->cells, i)), '*'))
            return true;
    return false;
}

static bool any_modes(const struct results_set *results)
{
    struct modes modes;

    for (size_t i = 0; i < json_array_size(results->cells); i++)
        if (spread_modes(json_array_get(results->cells, i), &modes))
            return true;
    return false;
}

static bool any_that(const struct results_set *results, bool carried)
{
    const json_t *cell;

    for (size_t i = 0; (cell = json_array_get(results->cells, i)); i++)
        if (results_good(cell) && results_is_carried(cell) == carried)
            return true;
    return false;
}

static bool any_good(const struct results_set *results)
{
    return any_that(results, false);
}

static bool any_carried(const struct results_set *results)
{
    return any_that(results, true);
}

static bool any_interval(const struct results_set *results)
{
    for (size_t i = 0; i < json_array_size(results->cells); i++)
        if (results_has_interval(json_array_get(results->cells, i)))
            return true;
    return false;
}

/* What the columns mean, of those that a screen has room for, where there is
 * anything of it. */
static const struct {
    int least;
    bool (*any)(const struct results_set *results); /* NULL: always */
    const char *text;
} legend[] = {
    { 0, any_interval, "=: no difference is shown, as the intervals overlap." },
    { 0, NULL, "jobs/s: the median of the rounds." },
    { FULL, any_interval,
      "+-: half the interval that holds the true median in at least 95 of 100 "
      "cases." },
    { 0, any_latency,
      "p50: the median latency, from a job's reserve (or from when it was due) "
      "to its answer, in ping-pong from one job to the next; - where fewer "
      "than 10 samples lie beyond." },
    { FULL, NULL, "CPU/job: of both sides, and of a server between them." },
    { 0, NULL, "CPU >: the producer's; > CPU: the consumer's." },
    { FULL, NULL, "calls: system calls of a job on either side." },
    { 0, NULL, "waits: how often a side gave up the processor during a job." },
    { FULL, NULL, "forced: how often it lost it." },
    { WIDE, NULL, "copies: of the payload." },
    { FULL, NULL,
      "memory: the most that both sides took for the exchange; shared pages "
      "count twice." },
    { 0, NULL,
      "IPC: the share of a job's CPU time beyond that of `none`, the same work "
      "in one process." },
    { FULL, NULL,
      "limit: how close a cell comes to what no program can pass here: memcpy "
      "of the payload, the job's system calls, a wake-up, a cache line between "
      "processors, or the work itself." },
    { 0, any_good,
      "good: each job arrived once, in order, undamaged, in every round." },
    { 0, any_carried,
      "counted: so many frames arrived as were sent, and nobody looked at "
      "them: carry is the transport alone, in a table of its own. In ping-pong "
      "a round trip takes 1 / jobs/s." },
    { 0, any_disturbed, "*: other programs disturbed some rounds." },
    { 0, any_modes, "~: the rounds fall into two kinds, see the note." },
    { 0, NULL, "MB = 10^6 bytes." },
};

static void print_legend(const struct screen *screen,
                         const struct results_set *results,
                         const char *reference)
{
    char text[2400] = "", seed[UNITS_TEXT_MAX];
    size_t used = 0;

    if (any_interval(results))
        used = (size_t)snprintf(
            text, sizeof(text),
            "vs: compared with %s%s; 2.0x- is half as good, in jobs/s, or in "
            "p50 where one job is under way at a time. ",
            reference ? reference : "the best",
            reference ? ": 2.0x+ is twice as good" : "");
    for (size_t i = 0; i < sizeof(legend) / sizeof(legend[0]); i++)
        if (screen->columns >= legend[i].least && used < sizeof(text) &&
            (!legend[i].any || legend[i].any(results)))
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ",
                                     legend[i].text);
    if (used < sizeof(text))
        (void)snprintf(text + used, sizeof(text) - used,
                       "The order of the runs: seed %s.",
                       whole_text(results_number(results->run, "seed"), seed));
    printf("%s", screen_style(screen, STYLE_DIM));
    screen_wrap(screen, text, 0);
    printf("%s", screen_style(screen, STYLE_END));
}

void table_print(const struct screen *screen, const struct results_set *results,
                 const char *reference)
{
    struct group group;

    table_notes(screen, results);
    for (size_t i = 0; i < json_array_size(results->cells);) {
        i = take_group(results, i, reference, &group);
        print_group(screen, &group);
    }
    print_limits(screen, results->run);
    print_legend(screen, results, reference);
}

static void print_markdown_row(const json_t *cell, const struct group *group)
{
    char text[UNITS_TEXT_MAX];

    for (size_t i = 0; i < RATES + COSTS; i++) {
        const struct column *column = i < RATES ? &rates[i] : &costs[i - RATES];

        if (i == RATES)
            continue; /* the mechanism again */
        put_column(column, cell, group, text);
        printf("| %s ", text);
    }
    puts("|");
}

void table_markdown(const struct results_set *results, const char *reference)
{
    char label[RESULTS_LABEL_MAX];
    char text[TABLE_NOTE_MAX];
    struct group group;

    for (unsigned i = 0; i < TABLE_NOTES; i++)
        if (table_note(results, i, text))
            printf("Note: %s.\n\n", text);
    for (size_t i = 0; i < json_array_size(results->cells);) {
        i = take_group(results, i, reference, &group);
        printf("### %s\n\n", results_label(group.cell[0], label));
        for (size_t j = 0; j < RATES + COSTS; j++)
            if (j != RATES)
                printf("| %s ",
                       j < RATES ? rates[j].title : costs[j - RATES].title);
        puts("|");
        for (size_t j = 1; j < RATES + COSTS; j++)
            printf("%s", j == 1 ? "| --- | --: " : "| --: ");
        puts("|");
        for (size_t j = 0; j < group.count; j++)
            print_markdown_row(group.cell[j], &group);
        putchar('\n');
    }
}
