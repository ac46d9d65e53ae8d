/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_script.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 64, NAME_MAX_BYTES = 40, LIST_HEAD = 170, LIST_ROW = 22 };

/* The cells that one plot shows, in its order. */
struct rows {
    const json_t *cell[ROWS_MAX];
    size_t count;
};

struct kind {
    const char *title;
    const char *caption;
    bool image;         /* of work image; else of any other */
    const char *but;    /* not of this pattern; NULL: of all */
    const char *rather; /* of this one alone, where there is any */
    const char *family; /* against size, that family's; NULL: of all, one row
                            each */
    const char *path;   /* the number that sorts the rows, least first */
    void (*write)(const struct rows *rows, const struct results_set *results,
                  enum plot_format format, FILE *script);
};

enum { KINDS = 10 };

static const struct kind kinds[KINDS]; /* below, with what writes them */

/* Names come from a file: only what a mechanism's name is made of is passed
 * on. */
static const char *name_of(const json_t *cell, char text[static NAME_MAX_BYTES])
{
    const char *wait = results_text(cell, "wait");

    (void)snprintf(
        text, NAME_MAX_BYTES, "%s%s%s", results_text(cell, "mechanism"),
        strcmp(wait, "spin") == 0 || strcmp(wait, "block") == 0 ? " " : "",
        strcmp(wait, "spin") == 0 || strcmp(wait, "block") == 0 ? wait : "");
    for (char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '-' && *at != ' ')
            *at = '?';
    return text;
}

static double value_of(const json_t *cell, const char *path)
{
    double value = results_number(cell, path);

    return isfinite(value) ? value : 0;
}

static bool fits(const json_t *cell, const struct kind *kind)
{
    const char *pattern = results_text(cell, "pattern");

    return (strcmp(results_text(cell, "work"), "image") == 0) == kind->image &&
           !(kind->but && strcmp(pattern, kind->but) == 0) &&
           !(kind->family &&
             strcmp(results_text(cell, "family"), kind->family) != 0) &&
           !(!kind->family && results_is_none(cell)) &&
           isfinite(results_number(cell, kind->path));
}

/* Whether two cells belong into one plot of that kind. */
static bool together(const json_t *a, const json_t *b, const struct kind *kind)
{
    return kind->family ? results_same_but_size(a, b)
                        : results_same_group(a, b);
}

static const char *sort_path; /* for qsort(3), which passes nothing on */

/* The largest first: gnuplot's rows go upwards. */
static int by_value(const void *a, const void *b)
{
    double x = value_of(*(json_t *const *)a, sort_path);
    double y = value_of(*(json_t *const *)b, sort_path);

    return (x < y) - (x > y);
}

static void sort_rows(struct rows *rows, const char *path)
{
    sort_path = path;
    qsort(rows->cell, rows->count, sizeof(rows->cell[0]), by_value);
}

static void take_rows(const struct plot_script *plot,
                      const struct results_set *results, struct rows *ret_rows)
{
    const struct kind *kind = &kinds[plot->kind];

    *ret_rows = (struct rows){ 0 };
    for (size_t i = 0; i < json_array_size(results->cells); i++) {
        const json_t *cell = json_array_get(results->cells, i);

        if (fits(cell, kind) && together(plot->first, cell, kind) &&
            ret_rows->count < ROWS_MAX)
            ret_rows->cell[ret_rows->count++] = cell;
    }
    if (!kind->family)
        sort_rows(ret_rows, kind->path);
}

/* ----------------------------------------------------- bytes against size */

static bool is_earlier(const struct rows *rows, size_t i)
{
    char name[NAME_MAX_BYTES], other[NAME_MAX_BYTES];

    for (size_t j = 0; j < i; j++)
        if (strcmp(name_of(rows->cell[i], name),
                   name_of(rows->cell[j], other)) == 0)
            return true;
    return false;
}

static void write_series(const struct rows *rows, size_t first, FILE *script)
{
    char name[NAME_MAX_BYTES], other[NAME_MAX_BYTES];

    (void)name_of(rows->cell[first], name);
    (void)fprintf(script, "$s%zu << EOD\n", first);
    for (size_t i = first; i < rows->count; i++)
        if (strcmp(name, name_of(rows->cell[i], other)) == 0)
            (void)fprintf(
                script, "%.0f %.6g\n", results_number(rows->cell[i], "size"),
                results_number(rows->cell[i], "bytes_per_second.median"));
    (void)fputs("EOD\n", script);
}

/* Returns whether there is anything. */
static bool write_memcpy(const struct results_set *results, FILE *script)
{
    const json_t *copies =
        json_object_get(json_object_get(results->run, "limits"), "memcpy");

    if (json_array_size(copies) == 0)
        return false;
    (void)fputs("$memcpy << EOD\n", script);
    for (size_t i = 0; i < json_array_size(copies); i++) {
        const json_t *copy = json_array_get(copies, i);
        double size = results_number(copy, "size");
        double ns = results_number(copy, "ns");

        if (size > 0 && ns > 0)
            (void)fprintf(script, "%.0f %.6g\n", size, size / ns * 1e9);
    }
    (void)fputs("EOD\n", script);
    return true;
}

static void write_flow(const struct rows *rows,
                       const struct results_set *results,
                       enum plot_format format, FILE *script)
{
    const bool limit = write_memcpy(results, script);
    const char *separator = "plot ";
    char name[NAME_MAX_BYTES];

    for (size_t i = 0; i < rows->count; i++)
        if (!is_earlier(rows, i))
            write_series(rows, i, script);
    (void)fprintf(script,
                  "set logscale xy\n"
                  "set xtics ('64 B' 64, '1 KiB' 1024, '16 KiB' 16384, "
                  "'256 KiB' 262144, '4 MiB' 4194304)\n"
                  "set ytics format '%%.0s %%cB/s'\n"
                  "set xrange [48:*]\n"
                  "set key %s\n",
                  format == PLOT_WIDE ? "outside right center"
                                      : "below maxcols 2");
    if (limit)
        (void)fputs("plot $memcpy with lines lw 2 dt 2 lc rgb '#888888' "
                    "title 'memcpy'",
                    script);
    for (size_t i = 0, style = 1; i < rows->count; i++) {
        if (is_earlier(rows, i))
            continue;
        (void)fprintf(script,
                      "%s$s%zu with linespoints lw 2 ps 0.8 lt %zu pt %zu "
                      "title '%s'",
                      limit ? ", " : separator, i, style, style,
                      name_of(rows->cell[i], name));
        separator = ", ";
        style++;
    }
    (void)fputs("\n", script);
}

/* ------------------------------------------------- one row each mechanism */

static void write_row_names(const struct rows *rows, FILE *script)
{
    char name[NAME_MAX_BYTES];

    (void)fputs("set ytics (", script);
    for (size_t i = 0; i < rows->count; i++)
        (void)fprintf(script, "%s'%s' %zu", i ? ", " : "",
                      name_of(rows->cell[i], name), i + 1);
    (void)fprintf(script, ")\nset yrange [0.3:%zu.7]\n", rows->count);
}

/* A line for each row: its number, and the numbers at the paths. One that is
 * not known is left out, and a zero is drawn at `zero`, as a scale of factors
 * has none; 0: it is left out, too. */
static void write_data(const struct rows *rows, const char *const *paths,
                       size_t count, double zero, FILE *script)
{
    (void)fputs("$d << EOD\n", script);
    for (size_t i = 0; i < rows->count; i++) {
        (void)fprintf(script, "%zu", i + 1);
        for (size_t k = 0; k < count; k++) {
            double value = results_number(rows->cell[i], paths[k]);

            value = value == 0 ? zero : value;
            if (isfinite(value) && value > 0)
                (void)fprintf(script, " %.6g", value);
            else
                (void)fputs(" NaN", script);
        }
        (void)fputs("\n", script);
    }
    (void)fputs("EOD\n", script);
}

/* Times, somewhat further than the numbers at the paths. */
static void write_time_axis(const struct rows *rows, const char *const *paths,
                            size_t count, FILE *script)
{
    double low = INFINITY, high = 0;

    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < count; k++) {
            double value = value_of(rows->cell[i], paths[k]);

            low = value > 0 && value < low ? value : low;
            high = value > high ? value : high;
        }
    (void)fprintf(script,
                  "set logscale x\n"
                  "set xrange [%.3g:%.3g]\n"
                  "set xtics ('10 ns' 10, '100 ns' 100, '1 us' 1e3, "
                  "'10 us' 1e4, '100 us' 1e5, '1 ms' 1e6, '10 ms' 1e7, "
                  "'100 ms' 1e8, '1 s' 1e9)\n",
                  low / 2, high * 2);
}

static void write_latency(const struct rows *rows,
                          const struct results_set *results,
                          enum plot_format format, FILE *script)
{
    static const char *const paths[] = { "latency_ns.p50", "latency_ns.p90",
                                         "latency_ns.p99", "latency_ns.p99_9" };

    (void)results;
    (void)format;
    write_data(rows, paths, 4, 0, script);
    write_row_names(rows, script);
    write_time_axis(rows, paths, 4, script);
    (void)fputs("set key above\n"
                "plot $d using 2:1:(($5 > 0 ? $5 : $4 > 0 ? $4 : $3) - $2):(0) "
                "with vectors "
                "nohead lw 2 lc rgb '#bbbbbb' notitle, "
                "$d using 2:1 with points pt 7 ps 0.8 lt 1 title '50 %', "
                "$d using 3:1 with points pt 9 ps 0.8 lt 2 title '90 %', "
                "$d using 4:1 with points pt 5 ps 0.8 lt 3 title '99 %', "
                "$d using 5:1 with points pt 13 ps 0.9 lt 4 title '99.9 %'\n",
                script);
}

/* Rectangles, as dark as the share of the samples in them. */
static void write_heat(const struct rows *rows,
                       const struct results_set *results,
                       enum plot_format format, FILE *script)
{
    static const char *const ends[] = { "latency_ns.p50", "latency_ns.max" };

    (void)results;
    (void)format;
    (void)fputs("$d << EOD\n", script);
    for (size_t i = 0; i < rows->count; i++) {
        const json_t *latency = json_object_get(rows->cell[i], "latency_ns");
        const json_t *steps = json_object_get(latency, "steps");
        double samples = results_number(latency, "samples");

        for (size_t k = 0; samples > 0 && k < json_array_size(steps); k++) {
            const json_t *step = json_array_get(steps, k);
            double from = json_number_value(json_array_get(step, 0));
            double to = json_number_value(json_array_get(step, 1));
            double count = json_number_value(json_array_get(step, 2));

            if (from > 0 && to > from && count > 0)
                (void)fprintf(script, "%.6g %.6g %zu %.4g\n", from, to, i + 1,
                              100 * count / samples);
        }
    }
    (void)fputs("EOD\n", script);
    write_row_names(rows, script);
    write_time_axis(rows, ends, 2, script);
    (void)fputs("set logscale cb\n"
                "set cbrange [0.01:100]\n"
                "set cblabel '% of the samples'\n"
                "set palette defined (0 '#d6e6f4', 1 '#6baed6', 2 '#2171b5', "
                "3 '#08306b')\n"
                "set style fill solid noborder\n"
                "plot $d using 2:3:1:2:($3 - 0.45):($3 + 0.45):4 with "
                "boxxyerror lc palette notitle\n",
                script);
}

/* A number of the producer's and one of the consumer's in each row. */
static const char plot_of_sides[] =
    "set key above\n"
    "plot $d using 2:1 with points pt 7 ps 0.9 lt 1 title 'producer', "
    "$d using 3:1 with points pt 6 ps 0.9 lt 2 lw 2 title 'consumer'\n";

static void write_cpu(const struct rows *rows,
                      const struct results_set *results,
                      enum plot_format format, FILE *script)
{
    static const char *const paths[] = { "cpu_ns_per_job.producer",
                                         "cpu_ns_per_job.consumer" };

    (void)results;
    (void)format;
    write_data(rows, paths, 2, 0, script);
    write_row_names(rows, script);
    write_time_axis(rows, paths, 2, script);
    (void)fputs(plot_of_sides, script);
}

static void write_calls(const struct rows *rows,
                        const struct results_set *results,
                        enum plot_format format, FILE *script)
{
    static const char *const paths[] = { "system_calls_per_job.producer",
                                         "system_calls_per_job.consumer" };

    (void)results;
    (void)format;
    write_data(rows, paths, 2, 0.0005, script);
    write_row_names(rows, script);
    (void)fputs("set logscale x\n"
                "set xrange [0.0004:*]\n"
                "set xtics ('0' 0.0005, '0.001' 0.001, '0.01' 0.01, '0.1' 0.1, "
                "'1' 1, '10' 10, '100' 100, '1000' 1000)\n",
                script);
    (void)fputs(plot_of_sides, script);
}

static void write_share(const struct rows *rows,
                        const struct results_set *results,
                        enum plot_format format, FILE *script)
{
    (void)results;
    (void)format;
    (void)fputs("$d << EOD\n", script);
    for (size_t i = 0; i < rows->count; i++)
        (void)fprintf(script, "%zu %.4g\n", i + 1,
                      100 * value_of(rows->cell[i], "ipc_share"));
    (void)fputs("EOD\n", script);
    write_row_names(rows, script);
    (void)fputs("set xrange [0:100]\n"
                "set xtics format '%.0f %%'\n"
                "set style fill solid 0.8 noborder\n"
                "plot $d using 2:1:(0):2:($1 - 0.35):($1 + 0.35) with "
                "boxxyerror lt 1 notitle, "
                "$d using 2:1:(sprintf(' %.1f %%', $2)) with labels left "
                "notitle\n",
                script);
}

#define FLOW_CAPTION                                                           \
    "Higher is better; the dashed line is memcpy by one processor: what "      \
    "copies the payload once cannot pass it, and who hands memory over can "   \
    "come close."

#define FLOW(of)                                                               \
    {                                                                          \
        .title = "Throughput of " of, .caption = FLOW_CAPTION,                 \
        .but = "ping-pong", .family = of, .path = "bytes_per_second.median",   \
        .write = write_flow                                                    \
    }

/* Told apart by who sees few colours, too; dark enough on white. */
static const char colours[] = "set linetype 1 lc rgb '#0b62c4'\n"
                              "set linetype 2 lc rgb '#d55e00'\n"
                              "set linetype 3 lc rgb '#009e73'\n"
                              "set linetype 4 lc rgb '#b8428c'\n"
                              "set linetype 5 lc rgb '#333333'\n"
                              "set linetype 6 lc rgb '#c98500'\n"
                              "set linetype 7 lc rgb '#4aa3df'\n"
                              "set linetype 8 lc rgb '#7a4fb5'\n"
                              "set linetype 9 lc rgb '#7d8b00'\n";

static const struct kind kinds[KINDS] = {
    FLOW("files"),
    FLOW("signals"),
    FLOW("pipes"),
    FLOW("sockets"),
    FLOW("queues"),
    {
        .title = "Latency",
        .caption = "Further left is better; a long tail to the right means "
                   "that some jobs wait far longer than most.",
        .path = "latency_ns.p50",
        .write = write_latency,
    },
    {
        .title = "Where the latencies lie",
        .caption = "Each row is a mechanism; the stronger the colour, the more "
                   "of its jobs took that long. Two strong places mean two "
                   "ways to go, such as a wake-up here and none there.",
        .path = "latency_ns.p50",
        .write = write_heat,
    },
    {
        .title = "CPU time of a job",
        .caption = "Further left is better; it is what is left of the "
                   "processor for the work itself, however long a job waits.",
        .rather = "ping-pong",
        .path = "cpu_ns_per_job.producer",
        .write = write_cpu,
    },
    {
        .title = "System calls of a job",
        .caption = "Further left is better; each is a way into the kernel and "
                   "back. Shared memory needs none.",
        .rather = "ping-pong",
        .path = "system_calls_per_job.producer",
        .write = write_calls,
    },
    {
        .title = "Share of a picture's job that is IPC",
        .caption = "Shorter is better: the rest is decoding, resizing and "
                   "hashing. Where it is short, the choice of the mechanism "
                   "hardly matters for such jobs.",
        .image = true,
        .path = "ipc_share",
        .write = write_share,
    },
};

/* Whether results have a cell of the pattern that is rather shown. */
static bool has_rather(const struct results_set *results,
                       const struct kind *kind)
{
    for (size_t i = 0; kind->rather && i < json_array_size(results->cells);
         i++) {
        const json_t *cell = json_array_get(results->cells, i);

        if (fits(cell, kind) &&
            strcmp(results_text(cell, "pattern"), kind->rather) == 0)
            return true;
    }
    return false;
}

static bool is_found(const struct plot_script *plots, size_t count,
                     unsigned kind, const json_t *cell)
{
    for (size_t i = 0; i < count; i++)
        if (plots[i].kind == kind &&
            together(plots[i].first, cell, &kinds[kind]))
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

size_t plot_script_find(const struct results_set *results,
                        struct plot_script ret_scripts[static PLOT_SCRIPTS_MAX])
{
    size_t count = 0;

    for (unsigned kind = 0; kind < KINDS; kind++) {
        const bool only = has_rather(results, &kinds[kind]);

        for (size_t i = 0; i < json_array_size(results->cells); i++) {
            const json_t *cell = json_array_get(results->cells, i);

            if (!fits(cell, &kinds[kind]) || count == PLOT_SCRIPTS_MAX ||
                (only && strcmp(results_text(cell, "pattern"),
                                kinds[kind].rather) != 0) ||
                is_found(ret_scripts, count, kind, cell) ||
                (kinds[kind].family && !has_sizes(results, &kinds[kind], cell)))
                continue;
            ret_scripts[count++] = (struct plot_script){ kind, cell };
        }
    }
    return count;
}

void plot_script_title(const struct plot_script *plot,
                       char ret_title[static PLOT_TITLE_MAX])
{
    const struct kind *kind = &kinds[plot->kind];
    char label[RESULTS_LABEL_MAX];

    (void)snprintf(ret_title, PLOT_TITLE_MAX, "%s (%s)", kind->title,
                   kind->family ? results_label_but_size(plot->first, label)
                                : results_label(plot->first, label));
}

const char *plot_script_caption(const struct plot_script *plot)
{
    return kinds[plot->kind].caption;
}

void plot_script_write(const struct plot_script *plot,
                       const struct results_set *results,
                       enum plot_format format, const char *output,
                       FILE *script)
{
    const struct kind *kind = &kinds[plot->kind];
    struct rows rows;
    size_t height;

    take_rows(plot, results, &rows);
    height = kind->family ? (format == PLOT_WIDE ? 380 : 400)
                          : LIST_HEAD - 50 + LIST_ROW * rows.count;
    (void)fprintf(script,
                  "reset\n"
                  "set terminal svg size %d,%zu font 'sans-serif,%d' "
                  "noenhanced background '#ffffff'\n"
                  "set output '%s'\n"
                  "set grid lc rgb '#dddddd'\n"
                  "set border 3 lc rgb '#888888'\n"
                  "set tics nomirror textcolor rgb '#333333'\n"
                  "%s",
                  format == PLOT_WIDE ? 900 : 360, height,
                  format == PLOT_WIDE ? 14 : 11, output, colours);
    kind->write(&rows, results, format, script);
    (void)fputs("unset output\n", script);
}
