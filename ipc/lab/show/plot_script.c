/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_script.h"

#include "ipc/lab/show/plot_flow.h"
#include "ipc/lab/show/plot_lists.h"
#include "ipc/lab/show/plot_scatter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More sets of plots of one kind nobody looks through. */
enum { SETS_MAX = 3 };

static double flow_number(const json_t *cell)
{
    return results_number(cell, "bytes_per_second.median") > 0 &&
                   results_number(cell, "size") > 0
               ? 1
               : NAN;
}

static const struct kind {
    const char *title;
    const char *caption;
    enum plot_section section;
    bool image;             /* of work image; else of any other */
    const char *but;        /* not of this pattern; NULL: of all */
    const char *rather;     /* what comes first is of this one, if there is */
    bool sizes;             /* drawn against size */
    plot_number_fn *number; /* of a row; NAN: the cell is none */
    plot_list_fn *write;    /* NULL: not a row each */
} kinds[] = {
    {
        .title = "Throughput against size",
        .caption = "Higher is better. The dashed line is memcpy by one "
                   "processor: a mechanism that copies the payload cannot pass "
                   "it, one that hands memory over can.",
        .section = SECTION_FLOW,
        .but = "ping-pong",
        .rather = "stream",
        .sizes = true,
        .number = flow_number,
    },
    {
        .title = "Latency",
        .caption = "Further left is better; the median stands at the right. A "
                   "long tail means that some jobs wait far longer than most.",
        .section = SECTION_LATENCY,
        .rather = "ping-pong",
        .number = plot_latency_number,
        .write = plot_latency_write,
    },
    {
        .title = "Where the latencies lie",
        .caption = "Each row is a mechanism; the stronger the colour, the more "
                   "of its jobs took that long. Two strong spots mean two "
                   "paths, say with a wake-up and without.",
        .section = SECTION_LATENCY,
        .rather = "ping-pong",
        .number = plot_latency_number,
        .write = plot_heat_write,
    },
    {
        .title = "CPU time of a job",
        .caption = "Further left is better; the sum stands at the right. It is "
                   "processor time that your own work no longer gets, however "
                   "long a job waits.",
        .section = SECTION_COST,
        .rather = "stream",
        .number = plot_cpu_number,
        .write = plot_cpu_write,
    },
    {
        .title = "System calls of a job",
        .caption =
            "Further left is better; the sum stands at the right. Each call is "
            "a trip into the kernel and back. Shared memory needs none as long "
            "as nobody sleeps; 0 has a place of its own.",
        .section = SECTION_COST,
        .rather = "stream",
        .number = plot_calls_number,
        .write = plot_calls_write,
    },
    {
        .title = "Share of a picture's job that is IPC",
        .caption = "Shorter is better: the rest is decoding, resizing and "
                   "hashing. Where it is short, the choice of the mechanism "
                   "hardly matters for such jobs.",
        .section = SECTION_MORE,
        .image = true,
        .number = plot_share_number,
        .write = plot_share_write,
    },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), SCATTER = KINDS };

/* ------------------------------------------------------------- which cells */

static bool fits(const json_t *cell, const struct kind *kind)
{
    const char *pattern = results_text(cell, "pattern");

    return (strcmp(results_text(cell, "work"), "image") == 0) == kind->image &&
           !(kind->but && strcmp(pattern, kind->but) == 0) &&
           !results_is_carried(cell) && !results_is_none(cell) &&
           isfinite(kind->number(cell));
}

static bool together(const json_t *a, const json_t *b, const struct kind *kind)
{
    return kind->sizes ? results_same_but(a, b, RESULTS_SIZE)
                       : results_same_group(a, b);
}

static bool in_one_set(const json_t *a, const json_t *b,
                       const struct kind *kind)
{
    return results_same_but(a, b,
                            RESULTS_PIN | (kind->sizes ? RESULTS_SIZE : 0));
}

/* Two cells that a plot would show at one place, under one name: neither is the
 * answer. */
static bool has_twin(const struct results_set *results, const json_t *cell,
                     const struct kind *kind)
{
    char name[PLOT_NAME_MAX], other[PLOT_NAME_MAX];

    (void)plot_name(cell, name);
    for (size_t i = 0; i < json_array_size(results->cells); i++) {
        const json_t *twin = json_array_get(results->cells, i);

        if (twin != cell && results_same_group(twin, cell) &&
            strcmp(name, plot_name(twin, other)) == 0 && fits(twin, kind))
            return true;
    }
    return false;
}

/* What comes first: the pattern that is rather shown, every byte checked. */
static int preference(const json_t *cell, const struct kind *kind)
{
    return (kind->rather &&
            strcmp(results_text(cell, "pattern"), kind->rather) == 0) *
               2 +
           (strcmp(results_text(cell, "work"), "verify") == 0);
}

/* Two processors, what is not pinned, one. */
static int place_of(const json_t *cell)
{
    const char *pin = results_text(cell, "pin");

    return strcmp(pin, "split") == 0 ? 0 : strcmp(pin, "same") == 0 ? 2 : 1;
}

/* -------------------------------------------------------------- the plots */

static bool is_found(const struct plot_script *plots, size_t count,
                     const json_t *cell, const struct kind *kind)
{
    for (size_t i = 0; i < count; i++)
        if (together(plots[i].first, cell, kind))
            return true;
    return false;
}

/* One size makes no curve. */
static bool has_sizes(const struct results_set *results,
                      const struct kind *kind, const json_t *first)
{
    for (size_t i = 0; i < json_array_size(results->cells); i++) {
        const json_t *cell = json_array_get(results->cells, i);

        if (fits(cell, kind) && together(first, cell, kind) &&
            results_number(cell, "size") != results_number(first, "size"))
            return true;
    }
    return false;
}

/* The sets of one kind: the first cell of each. */
struct sets {
    const json_t *first[PLOT_SCRIPTS_MAX];
    size_t count;
};

static void add_set(struct sets *sets, const json_t *cell,
                    const struct kind *kind)
{
    size_t at;

    for (size_t i = 0; i < sets->count; i++)
        if (in_one_set(sets->first[i], cell, kind))
            return;
    if (sets->count == PLOT_SCRIPTS_MAX)
        return;
    for (at = sets->count++; at > 0; at--) {
        if (preference(sets->first[at - 1], kind) >= preference(cell, kind))
            break;
        sets->first[at] = sets->first[at - 1];
    }
    sets->first[at] = cell;
}

/* The plots of a set, one for each place where the two sides ran. */
static void add_plots(struct plot_source *source,
                      const struct plot_script *like, const struct kind *kind)
{
    const size_t from = source->count;

    for (int place = 0; place < 3; place++)
        for (size_t i = 0; i < json_array_size(source->results->cells); i++) {
            const json_t *cell = json_array_get(source->results->cells, i);

            if (place_of(cell) != place || !fits(cell, kind) ||
                !in_one_set(like->first, cell, kind) ||
                source->count == PLOT_SCRIPTS_MAX ||
                is_found(source->script + from, source->count - from, cell,
                         kind) ||
                has_twin(source->results, cell, kind) ||
                (kind->sizes && !has_sizes(source->results, kind, cell)))
                continue;
            source->script[source->count] = *like;
            source->script[source->count++].first = cell;
        }
}

static void find_kind(struct plot_source *source, unsigned number)
{
    const struct kind *kind = &kinds[number];
    struct sets sets = { 0 };

    for (size_t i = 0; i < json_array_size(source->results->cells); i++) {
        const json_t *cell = json_array_get(source->results->cells, i);

        if (fits(cell, kind) &&
            !(kind->sizes && !has_sizes(source->results, kind, cell)))
            add_set(&sets, cell, kind);
    }
    for (unsigned i = 0; i < sets.count && i < SETS_MAX; i++) {
        const struct plot_script like = { i == 0 ? kind->section : SECTION_MORE,
                                          number, i, sets.first[i] };

        add_plots(source, &like, kind);
    }
    if (sets.count > SETS_MAX)
        source->left_out += (unsigned)sets.count - SETS_MAX;
}

static void find_scatters(struct plot_source *source)
{
    for (int one = 0; source->has_overview && one < 2; one++) {
        const json_t *first = plot_scatter_first(&source->overview, one);

        if (first)
            source->script[source->count++] =
                (struct plot_script){ SECTION_SCATTER, SCATTER, 0, first };
    }
}

/* In the order of the page; equals as they were found. */
static void sort_plots(struct plot_source *source)
{
    for (size_t i = 1; i < source->count; i++)
        for (size_t j = i; j > 0; j--) {
            const struct plot_script last = source->script[j];

            if (source->script[j - 1].section <= last.section)
                break;
            source->script[j] = source->script[j - 1];
            source->script[j - 1] = last;
        }
}

void plot_script_find(const struct results_set *results,
                      struct plot_source *ret_source)
{
    *ret_source = (struct plot_source){ .results = results };
    ret_source->has_overview = overview_make(results, &ret_source->overview);
    find_scatters(ret_source);
    for (unsigned kind = 0; kind < KINDS; kind++)
        find_kind(ret_source, kind);
    sort_plots(ret_source);
}

/* ------------------------------------------------------------- what is told */

const char *plot_script_kind(const struct plot_script *plot)
{
    return plot->kind == SCATTER ? "Latency and throughput"
                                 : kinds[plot->kind].title;
}

const char *plot_script_place(const struct plot_script *plot)
{
    static const char *const places[] = { "two processors", "not pinned",
                                          "one processor" };

    return places[place_of(plot->first)];
}

void plot_script_title(const struct plot_script *plot,
                       char ret_title[static PLOT_TITLE_MAX])
{
    char label[RESULTS_LABEL_MAX];

    (void)snprintf(ret_title, PLOT_TITLE_MAX, "%s (%s)", plot_script_kind(plot),
                   plot->kind == SCATTER ? plot_script_place(plot)
                   : kinds[plot->kind].sizes
                       ? results_label_but_size(plot->first, label)
                       : results_label(plot->first, label));
}

void plot_script_caption(const struct plot_source *source,
                         const struct plot_script *plot,
                         char ret_text[static PLOT_CAPTION_MAX])
{
    const bool one = place_of(plot->first) == 2;

    if (plot->kind != SCATTER) {
        (void)snprintf(ret_text, PLOT_CAPTION_MAX, "%s",
                       kinds[plot->kind].caption);
        return;
    }
    (void)snprintf(
        ret_text, PLOT_CAPTION_MAX,
        "The best are at the top left. Horizontally: how long a message of 64 "
        "B "
        "and its answer take, one at a time (median). Vertically: how many "
        "such "
        "messages go through in a second, one way and one by one%s.",
        plot_scatter_elsewhere(&source->overview, one)
            ? "; this was measured on two processors only, and is the same in "
              "both pictures"
            : "");
}

/* ------------------------------------------------------------ the drawing */

static void write_list(const struct plot_source *source,
                       const struct plot_script *plot, enum plot_format format,
                       const char *output, FILE *script)
{
    const struct kind *kind = &kinds[plot->kind];
    struct plot_list list = { .format = format, .output = output };

    for (size_t i = 0; i < json_array_size(source->results->cells); i++) {
        const json_t *cell = json_array_get(source->results->cells, i);

        if (!fits(cell, kind) || !in_one_set(plot->first, cell, kind) ||
            has_twin(source->results, cell, kind))
            continue;
        if (list.all_count < sizeof(list.all) / sizeof(list.all[0]))
            list.all[list.all_count++] = cell;
        if (together(plot->first, cell, kind) && list.count < PLOT_ROWS_MAX)
            list.row[list.count++] = cell;
    }
    kind->write(&list, script);
}

static int by_size(const void *a, const void *b)
{
    const double x = results_number(*(json_t *const *)a, "size");
    const double y = results_number(*(json_t *const *)b, "size");

    return (x > y) - (x < y);
}

static void take_flow(const struct plot_source *source,
                      const struct plot_script *plot,
                      struct plot_flow *ret_flow)
{
    const struct kind *kind = &kinds[plot->kind];

    ret_flow->count = 0;
    for (size_t i = 0; i < json_array_size(source->results->cells); i++) {
        const json_t *cell = json_array_get(source->results->cells, i);

        if (fits(cell, kind) && together(plot->first, cell, kind) &&
            !has_twin(source->results, cell, kind) &&
            ret_flow->count < PLOT_FLOW_CELLS)
            ret_flow->cell[ret_flow->count++] = cell;
    }
    qsort(ret_flow->cell, ret_flow->count, sizeof(ret_flow->cell[0]), by_size);
}

unsigned plot_script_families(const struct plot_source *source,
                              const struct plot_script *plot)
{
    struct plot_flow flow;
    unsigned families;

    if (plot->kind == SCATTER || !kinds[plot->kind].sizes)
        return 0;
    take_flow(source, plot, &flow);
    families = plot_flow_families(&flow);
    return (families & (families - 1)) != 0 ? families : 0; /* not of one */
}

void plot_script_write(const struct plot_source *source,
                       const struct plot_script *plot, enum plot_format format,
                       const char *output, FILE *script)
{
    struct plot_flow flow;

    if (plot->kind == SCATTER)
        plot_scatter_write(&source->overview, place_of(plot->first) == 2,
                           PLOT_PAGE, format, output, script);
    else if (kinds[plot->kind].sizes) {
        take_flow(source, plot, &flow);
        plot_flow_write(&flow, source->results->run, format, output, script);
    } else
        write_list(source, plot, format, output, script);
}
