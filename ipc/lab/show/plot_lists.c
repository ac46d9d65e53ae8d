/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_lists.h"

#include "shared/base/units.h"

#include <math.h>
#include <stdlib.h>

enum { HEAD = 96, ROW = 21 }; /* pixels */

/* Tells a row's number at its end. */
typedef const char *text_fn(double number, char text[static UNITS_TEXT_MAX]);

static double number_at(const json_t *cell, const char *path)
{
    const double number = results_number(cell, path);

    return isfinite(number) && number > 0 ? number : 0;
}

double plot_latency_number(const json_t *cell)
{
    return results_number(cell, "latency_ns.p50");
}

double plot_cpu_number(const json_t *cell)
{
    return results_cpu_ns(cell);
}

double plot_calls_number(const json_t *cell)
{
    return results_number(cell, "system_calls_per_job.producer") +
           results_number(cell, "system_calls_per_job.consumer");
}

double plot_share_number(const json_t *cell)
{
    return results_number(cell, "ipc_share");
}

static plot_number_fn *sort_number; /* for qsort(3), which passes nothing on */

/* The largest first: gnuplot's rows go upwards. */
static int by_number(const void *a, const void *b)
{
    const double x = sort_number(*(json_t *const *)a);
    const double y = sort_number(*(json_t *const *)b);

    return (x < y) - (x > y);
}

/* What all of them begin with: the sheet, and the rows' names. */
static void begin(struct plot_list *list, plot_number_fn *number, FILE *script)
{
    const bool wide = list->format == PLOT_WIDE;
    const struct plot_sheet sheet = {
        .theme = PLOT_PAGE,
        .format = list->format,
        .width = wide ? 900 : 360,
        .height = (unsigned)(HEAD + ROW * list->count),
        .font = wide ? 14 : 11,
    };
    char name[PLOT_NAME_MAX];

    sort_number = number;
    qsort(list->row, list->count, sizeof(list->row[0]), by_number);
    plot_begin(&sheet, list->output, script);
    (void)fputs("set pointsize 1\nset key above reverse Left samplen 0.5\nset "
                "grid noytics\nset "
                "ytics scale 0 (",
                script);
    for (size_t i = 0; i < list->count; i++)
        (void)fprintf(script, "%s'%s' %zu", i ? ", " : "",
                      plot_name(list->row[i], name), i + 1);
    (void)fprintf(script, ")\nset yrange [0.3:%zu.7]\n", list->count);
}

/* The rows' numbers, at their ends. */
static void write_ends(const struct plot_list *list, plot_number_fn *number,
                       text_fn *tell, FILE *script)
{
    char text[UNITS_TEXT_MAX];

    (void)fputs("set y2tics scale 0 (", script);
    for (size_t i = 0; i < list->count; i++)
        (void)fprintf(script, "%s'%s' %zu", i ? ", " : "",
                      tell(number(list->row[i]), text), i + 1);
    (void)fprintf(script, ")\nset y2range [0.3:%zu.7]\n", list->count);
}

/* A line for each row: its place, and the numbers at the paths. One that is not
 * known is left out, and a zero is drawn at `zero`, as a scale of factors has
 * none; 0: it is left out, too. */
static void write_data(const struct plot_list *list, const char *const *paths,
                       size_t count, double zero, FILE *script)
{
    (void)fputs("$d << EOD\n", script);
    for (size_t i = 0; i < list->count; i++) {
        (void)fprintf(script, "%zu", i + 1);
        for (size_t k = 0; k < count; k++) {
            double value = results_number(list->row[i], paths[k]);

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

/* The least number above zero and the largest at the paths, of all rows between
 * which a switch is; 1 and 1 of none. */
static void find_ends(const struct plot_list *list, const char *const *paths,
                      size_t count, double *ret_low, double *ret_high)
{
    double low = INFINITY, high = 0;

    for (size_t i = 0; i < list->all_count; i++)
        for (size_t k = 0; k < count; k++) {
            const double value = number_at(list->all[i], paths[k]);

            low = value > 0 && value < low ? value : low;
            high = value > high ? value : high;
        }
    *ret_low = high > 0 ? low : 1;
    *ret_high = high > 0 ? high : 1;
}

static void write_time_axis(const struct plot_list *list,
                            const char *const *paths, size_t count,
                            FILE *script)
{
    double low, high;

    find_ends(list, paths, count, &low, &high);
    plot_axis_times("x", low / 1.5, high * 1.5, script);
}

void plot_latency_write(struct plot_list *list, FILE *script)
{
    static const char *const paths[] = { "latency_ns.p50", "latency_ns.p90",
                                         "latency_ns.p99", "latency_ns.p99_9" };

    begin(list, plot_latency_number, script);
    write_ends(list, plot_latency_number, time_text, script);
    write_data(list, paths, 4, 0, script);
    write_time_axis(list, paths, 4, script);
    (void)fputs("plot $d using 2:1:(($5 > 0 ? $5 : $4 > 0 ? $4 : $3) - $2):(0) "
                "with vectors nohead lw 2 lc rgb '#bbbbbb' notitle, "
                "$d using 2:1 with points pt 7 ps 0.8 lc rgb '#0b62c4' "
                "title '50 %', "
                "$d using 3:1 with points pt 9 ps 0.8 lc rgb '#d55e00' "
                "title '90 %', "
                "$d using 4:1 with points pt 5 ps 0.8 lc rgb '#00875f' "
                "title '99 %', "
                "$d using 5:1 with points pt 13 ps 0.9 lc rgb '#b8428c' "
                "title '99.9 %'\n",
                script);
}

/* From where, to where, and the share of the samples in there. */
static void write_steps(const json_t *cell, size_t row, FILE *script)
{
    const json_t *latency = json_object_get(cell, "latency_ns");
    const json_t *steps = json_object_get(latency, "steps");
    const double samples = results_number(latency, "samples");

    for (size_t k = 0; samples > 0 && k < json_array_size(steps); k++) {
        const json_t *step = json_array_get(steps, k);
        const double from = json_number_value(json_array_get(step, 0));
        const double to = json_number_value(json_array_get(step, 1));
        const double count = json_number_value(json_array_get(step, 2));

        if (from > 0 && to > from && count > 0)
            (void)fprintf(script, "%.6g %.6g %zu %.4g\n", from, to, row,
                          100 * count / samples);
    }
}

/* Where the first step begins; 0: there is none. */
static double first_step(const json_t *cell)
{
    const json_t *latency = json_object_get(cell, "latency_ns");
    const json_t *step = json_array_get(json_object_get(latency, "steps"), 0);

    return json_number_value(json_array_get(step, 0));
}

static void write_step_axis(const struct plot_list *list, FILE *script)
{
    static const char *const ends[] = { "latency_ns.p50", "latency_ns.max" };
    double low, high;

    find_ends(list, ends, 2, &low, &high);
    for (size_t i = 0; i < list->all_count; i++) {
        const double from = first_step(list->all[i]);

        low = from > 0 && from < low ? from : low;
    }
    plot_axis_times("x", low / 1.1, high * 1.5, script);
}

/* Rectangles, as strong as the share of the samples in them. */
void plot_heat_write(struct plot_list *list, FILE *script)
{
    begin(list, plot_latency_number, script);
    (void)fputs("$d << EOD\n", script);
    for (size_t i = 0; i < list->count; i++)
        write_steps(list->row[i], i + 1, script);
    (void)fputs("EOD\n", script);
    write_step_axis(list, script);
    (void)fputs(
        "set logscale cb\n"
        "set cbrange [0.01:100]\n"
        "set cbtics ('0.01 %%' 0.01, '0.1 %%' 0.1, '1 %%' 1, '10 %%' 10, "
        "'100 %%' 100)\n"
        "set palette defined (0 '#d6e6f4', 1 '#6baed6', 2 '#2171b5', "
        "3 '#08306b')\n"
        "set colorbox horizontal user origin screen 0.3, screen 0.955 "
        "size screen 0.5, screen 0.015\n"
        "set tmargin 4\n"
        "set style fill solid noborder\n"
        "plot $d using 2:3:1:2:($3 - 0.45):($3 + 0.45):4 with "
        "boxxyerror lc palette notitle\n",
        script);
}

static bool has_broker(const struct plot_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (number_at(list->row[i], "cpu_ns_per_job.broker") > 0)
            return true;
    return false;
}

/* Numbers of the producer, the consumer, and of a server between them. */
static void write_sides(bool broker, FILE *script)
{
    (void)fprintf(script,
                  "plot $d using 2:1 with points pt 7 ps 0.9 lc rgb '#0b62c4' "
                  "title 'producer', $d using 3:1 with points pt 6 ps 1.1 "
                  "lw 2 lc rgb '#d55e00' title 'consumer'%s\n",
                  broker ? ", $d using 4:1 with points pt 12 ps 1.1 lw 2 lc "
                           "rgb '#00875f' title 'server'"
                         : "");
}

void plot_cpu_write(struct plot_list *list, FILE *script)
{
    static const char *const paths[] = { "cpu_ns_per_job.producer",
                                         "cpu_ns_per_job.consumer",
                                         "cpu_ns_per_job.broker" };

    begin(list, plot_cpu_number, script);
    write_ends(list, plot_cpu_number, time_text, script);
    write_data(list, paths, 3, 0, script);
    write_time_axis(list, paths, 3, script);
    write_sides(has_broker(list), script);
}

static const char *calls_text(double number, char text[static UNITS_TEXT_MAX])
{
    if (number == 0)
        (void)snprintf(text, UNITS_TEXT_MAX, "0");
    else
        (void)count_text(number, text);
    return text;
}

/* Zero has a place of its own, left of all that a scale of factors shows. */
void plot_calls_write(struct plot_list *list, FILE *script)
{
    static const char *const paths[] = { "system_calls_per_job.producer",
                                         "system_calls_per_job.consumer" };
    double low, high, zero;

    begin(list, plot_calls_number, script);
    write_ends(list, plot_calls_number, calls_text, script);
    find_ends(list, paths, 2, &low, &high);
    low = pow(10, floor(log10(fmax(low, 1e-3))));
    zero = low / 4;
    write_data(list, paths, 2, zero, script);
    plot_axis_counts("x", zero / 1.5, high * 1.5, script);
    (void)fprintf(script,
                  "set xtics ('0' %.6g, '0.001' 0.001, '0.01' 0.01, '0.1' 0.1, "
                  "'1' 1, '10' 10, '100' 100, '1000' 1000)\n",
                  zero);
    write_sides(false, script);
}

void plot_share_write(struct plot_list *list, FILE *script)
{
    begin(list, plot_share_number, script);
    (void)fputs("$d << EOD\n", script);
    for (size_t i = 0; i < list->count; i++)
        (void)fprintf(script, "%zu %.4g\n", i + 1,
                      100 * number_at(list->row[i], "ipc_share"));
    (void)fputs("EOD\n", script);
    (void)fputs("set xrange [0:118]\n"
                "set xtics 0,20,100 format '%.0f %%'\n"
                "set style fill solid 0.8 noborder\n"
                "plot $d using 2:1:(0):2:($1 - 0.35):($1 + 0.35) with "
                "boxxyerror lc rgb '#0b62c4' notitle, "
                "$d using 2:1:(sprintf('%.1f %%', $2)) with labels left "
                "offset 0.6,0 textcolor rgb '#333333' notitle\n",
                script);
}
