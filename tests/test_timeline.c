/* SPDX-License-Identifier: MIT */
/* When the tasks of models ran: as JSON, and as a drawing of it, which may be
 * made from any file. */
#include "ipc/lab/models/models_json.h"
#include "ipc/lab/models/timeline_rows.h"
#include "ipc/lab/show/timeline_svg.h"
#include "tests/helpers.h"
#include "tests/objects.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIB = 1 << 20, TEXT_MAX = 2 * MIB };

static struct program p;
static const char *at; /* in what it printed */

static bool are_built(void)
{
    return models[0].ops != NULL;
}

/* --------------------------------------------------------------- the JSON */

static json_int_t integer_of(const json_t *object, const char *key)
{
    json_t *number = object_member(&p, object, key);

    ck_assert_msg(json_is_integer(number), "%s", key);
    return json_integer_value(number);
}

static const json_t *task_of(const json_t *tasks, json_int_t job,
                             const char *name)
{
    for (size_t i = 0; i < json_array_size(tasks); i++) {
        const json_t *task = json_array_get(tasks, i);

        if (integer_of(task, "job") == job &&
            strcmp(object_text(&p, task, "task"), name) == 0)
            return task;
    }
    return NULL;
}

static void expect_task(const json_t *task, bool waits, json_int_t last_ns)
{
    ck_assert_ptr_nonnull(task);
    ck_assert_int_ge(integer_of(task, "begin_ns"), 0);
    ck_assert_int_ge(integer_of(task, "end_ns"), integer_of(task, "begin_ns"));
    ck_assert_int_le(integer_of(task, "end_ns"), last_ns);
    ck_assert_int_ge(integer_of(task, "cpu_ns"), 0);
    if (waits)
        ck_assert_int_eq(integer_of(task, "cpu"), -1);
    else
        ck_assert_int_ge(integer_of(task, "cpu"), 0);
}

static void expect_job(const json_t *tasks, json_int_t job, json_int_t last_ns)
{
    const json_t *resize = task_of(tasks, job, "resize");
    const json_t *resized = task_of(tasks, job, "upload resized");

    expect_task(task_of(tasks, job, "upload original"), true, last_ns);
    expect_task(task_of(tasks, job, "checksum"), false, last_ns);
    expect_task(resize, false, last_ns);
    expect_task(resized, true, last_ns);
    ck_assert_int_ge(integer_of(resized, "begin_ns"),
                     integer_of(resize, "end_ns"));
}

/* One picture; the first of its tasks begins at 0, the last ends when it is
 * done. Returns how long it took. */
static json_int_t expect_alone(const json_t *alone, size_t pictures)
{
    const json_t *tasks = object_member(&p, alone, "tasks");
    const json_t *took = object_member(&p, alone, "took_ns");
    json_int_t job, first = -1, last = 0, below = 0, above = 0;

    ck_assert_uint_eq(json_array_size(took), pictures);
    ck_assert_uint_eq(json_array_size(tasks), 4);
    ck_assert_int_gt(integer_of(alone, "cpu_ns"), 0);
    job = integer_of(json_array_get(tasks, 0), "job");
    for (size_t i = 0; i < 4; i++) {
        const json_t *task = json_array_get(tasks, i);

        if (first < 0 || integer_of(task, "begin_ns") < first)
            first = integer_of(task, "begin_ns");
        if (integer_of(task, "end_ns") > last)
            last = integer_of(task, "end_ns");
    }
    ck_assert_int_eq(first, 0);
    ck_assert_int_eq(last,
                     json_integer_value(json_array_get(took, (size_t)job)));
    for (size_t i = 0; i < pictures; i++) {
        below += json_integer_value(json_array_get(took, i)) <= last;
        above += json_integer_value(json_array_get(took, i)) >= last;
    }
    ck_assert_int_gt(2 * below, (json_int_t)pictures);
    ck_assert_int_gt(2 * above, (json_int_t)pictures);
    expect_job(tasks, job, last);
    return last;
}

/* What began in time is there, and nothing else. */
static void expect_stream(const json_t *stream, json_int_t shown_ns)
{
    const json_t *tasks = object_member(&p, stream, "tasks");
    const json_int_t elapsed = integer_of(stream, "elapsed_ns");

    ck_assert_int_eq(integer_of(stream, "jobs"), 6);
    ck_assert_int_eq(integer_of(stream, "window"), 2);
    ck_assert_int_gt(integer_of(stream, "cpu_ns"), 0);
    ck_assert_int_gt(integer_of(stream, "bound_ns"), 0);
    ck_assert_uint_ge(json_array_size(tasks), 1);
    ck_assert_uint_le(json_array_size(tasks), 24);
    if (shown_ns >= elapsed)
        ck_assert_uint_eq(json_array_size(tasks), 24);
    for (size_t i = 0; i < json_array_size(tasks); i++) {
        const json_t *task = json_array_get(tasks, i);

        ck_assert_int_lt(integer_of(task, "begin_ns"), shown_ns);
        ck_assert_int_le(integer_of(task, "end_ns"), elapsed);
    }
    if (json_array_size(tasks) == 24)
        for (json_int_t job = 0; job < 6; job++)
            expect_job(tasks, job, elapsed);
}

/* Returns how long the middle picture took. */
static json_int_t expect_model(const char *name, size_t pictures,
                               json_int_t shown_ns)
{
    const struct model *model = model_find(name);
    json_t *line = object_next(&p, &at), *sheet;
    json_int_t took;

    ck_assert_ptr_nonnull(line);
    ck_assert_str_eq(object_text(&p, line, "type"), "model");
    ck_assert_str_eq(object_text(&p, line, "name"), name);
    ck_assert_str_eq(object_text(&p, line, "title"), model->title);
    ck_assert_str_eq(object_text(&p, line, "source"), model->source);
    ck_assert_ptr_null(json_object_get(line, "skipped"));
    sheet = object_member(&p, line, "sheet");
    ck_assert_uint_eq(json_object_size(sheet), MODEL_HEADINGS);
    ck_assert_str_eq(object_text(&p, sheet, "Gains"),
                     model->sheet[MODEL_GAINS]);
    took = expect_alone(object_member(&p, line, "alone"), pictures);
    expect_stream(object_member(&p, line, "stream"), shown_ns);
    json_decref(line);
    return took;
}

static json_t *next_of_type(const char *type)
{
    json_t *line = object_next(&p, &at);

    ck_assert_ptr_nonnull(line);
    ck_assert_str_eq(object_text(&p, line, "type"), type);
    return line;
}

static const char *saved_text(void)
{
    static char text[PROGRAM_TEXT_MAX];
    FILE *file = fopen(in_place("saved"), "re");

    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

START_TEST(test_json)
{
    json_int_t shown, serial, concurrent, pictures;
    json_t *line;

    if (!are_built())
        return;
    program_run(&p,
                "ipc models concurrent serial --image %s --jobs 6 --window 2 "
                "--upload-latency 5ms --store %s --json --save %s",
                place_add_picture("picture.jpg"), in_place("store"),
                in_place("saved"));
    program_expect(&p, 0, "", NULL);
    ck_assert_str_eq(saved_text(), p.out_text);
    at = p.out_text;
    line = next_of_type("machine");
    ck_assert_int_ge(integer_of(line, "processors"), 1);
    json_decref(line);
    line = next_of_type("models");
    ck_assert_int_ge(integer_of(line, "processors"), 1);
    object_expect_integer(&p, line, "latency_ns", 5000000);
    object_expect_integer(&p, line, "bytes_per_second", 0);
    ck_assert(json_is_true(object_member(&p, line, "own_server")));
    ck_assert_int_ge(integer_of(line, "path_ns"), 5000000);
    ck_assert_str_ne(object_text(&p, line, "path"), "");
    shown = integer_of(line, "shown_ns");
    pictures = integer_of(line, "alone");
    json_decref(line);
    serial = expect_model("serial", (size_t)pictures, shown);
    concurrent = expect_model("concurrent", (size_t)pictures, shown);
    ck_assert_int_eq(shown, 4 * (serial > concurrent ? serial : concurrent));
    ck_assert_ptr_null(object_next(&p, &at));
}
END_TEST

/* People are told as ever; and there is no stream. */
START_TEST(test_save)
{
    char text[JSON_LINES_TEXT_MAX];
    struct results_set none;

    if (!are_built())
        return;
    program_run(&p,
                "ipc models pool --image %s --jobs 0 --upload-latency 1ms "
                "--store %s --save %s",
                place_add_picture("picture.jpg"), in_place("store"),
                in_place("saved"));
    program_expect(&p, 0, "critical path", NULL);
    ck_assert_ptr_null(strchr(p.out_text, '{'));
    ck_assert_ptr_null(strstr(saved_text(), "\"stream\""));
    ck_assert_ptr_nonnull(strstr(saved_text(), "\"alone\":{"));
    /* It is not taken for what bench saves. */
    ck_assert_int_lt(results_load(in_place("saved"), &none, text), 0);
}
END_TEST

/* Before there is a server, which would make the store. */
START_TEST(test_save_fails)
{
    if (!are_built())
        return;
    program_run(&p, "ipc models serial --json --store %s --save %s",
                in_place("store"), in_place("no/saved"));
    program_expect_line(&p, 1, "no/saved", "No such file");
    ck_assert_str_eq(p.out_text, "");
    ck_assert_int_ne(access(in_place("store"), F_OK), 0);
}
END_TEST

/* A run that fails has nothing to tell, and keeps what was saved before. */
START_TEST(test_failure_saves_nothing)
{
    FILE *file;

    if (!are_built())
        return;
    file = fopen(in_place("saved"), "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs("older\n", file), 0);
    ck_assert_int_eq(fclose(file), 0);
    program_run(&p, "ipc models serial --json --image %s --save %s",
                in_place("missing.jpg"), in_place("saved"));
    program_expect_line(&p, 1, "missing.jpg", "");
    ck_assert_str_eq(p.out_text, "");
    ck_assert_str_eq(saved_text(), "older\n");
}
END_TEST

START_TEST(test_none_built)
{
    json_t *line;

    if (are_built())
        return;
    program_run(&p, "ipc models --json");
    at = p.out_text;
    json_decref(next_of_type("machine"));
    json_decref(next_of_type("models"));
    for (const struct model *m = models; m->name; m++) {
        line = next_of_type("model");
        ck_assert_str_eq(object_text(&p, line, "name"), m->name);
        ck_assert_str_eq(object_text(&p, line, "skipped"), m->skipped);
        json_decref(line);
    }
    ck_assert_ptr_null(object_next(&p, &at));
    ck_assert_int_eq(p.status, 1);
}
END_TEST

START_TEST(test_skipped)
{
    struct model model = models[0];
    json_t *line;

    model.skipped = "no \"library\"";
    line = models_json_skipped(&model);
    ck_assert_str_eq(object_text(&p, line, "skipped"), model.skipped);
    ck_assert_str_eq(object_text(&p, line, "name"), model.name);
    ck_assert_ptr_null(json_object_get(line, "alone"));
    json_decref(line);
}
END_TEST

/* A long stream of the longest numbers is a line that can be read again. */
START_TEST(test_long_stream)
{
    const uint64_t long_ns = UINT64_C(1000000000000000000);
    static struct drive_record alone[RUNS_ALONE], stream[3000];
    static struct model_runs runs = { .processors = 2, .count = 1 };
    json_t *line;
    char *text;

    for (size_t i = 0; i < RUNS_ALONE; i++)
        alone[i].span[1] = (struct task_span){ long_ns, 2 * long_ns, 0, 1, 0 };
    for (size_t i = 0; i < 3000; i++)
        for (int task = 0; task < JOB_TASKS; task++)
            stream[i].span[task] = (struct task_span){
                long_ns, 2 * long_ns, long_ns, 100000, 0,
            };
    runs.run[0] = (struct model_run){ .model = &models[0] };
    runs.run[0].alone.records = alone;
    runs.run[0].stream.records = stream;
    runs.run[0].stream.done = 3000;
    line = models_json_run(&runs, &runs.run[0]);
    ck_assert_uint_eq(json_array_size(json_object_get(
                          json_object_get(line, "stream"), "tasks")),
                      4000);
    ck_assert_ptr_null(
        json_object_get(json_object_get(line, "stream"), "bound_ns"));
    text = json_dumps(line, JSON_COMPACT);
    ck_assert_uint_lt(strlen(text), MIB - 2);
    free(text);
    json_decref(line);
    line = models_json_all(&runs);
    ck_assert_ptr_null(json_object_get(line, "path_ns"));
    ck_assert(json_is_false(json_object_get(line, "own_server")));
    json_decref(line);
}
END_TEST

/* ------------------------------------------------------------ the drawing */

enum { BARS_KEPT = 16 };

static char drawn[TEXT_MAX];
static double view_width, view_height;

/* What is read off it. */
static struct bar {
    char class[64];
    double x, y, width, height;
} bars[BARS_KEPT];
static size_t bar_count;

static size_t count_of(const char *part)
{
    size_t count = 0;

    for (const char *from = drawn; (from = strstr(from, part)); from++)
        count++;
    return count;
}

/* sscanf(3) looks for the end of what it is given, each time. */
static const char *start_of(const char *from)
{
    static char start[256];

    (void)snprintf(start, sizeof(start), "%.255s", from);
    return start;
}

static void read_rects(void)
{
    double track_end = view_width;
    struct bar bar;

    bar_count = 0;
    for (const char *from = drawn; (from = strstr(from, "<rect ")); from++) {
        ck_assert_int_eq(sscanf(start_of(from),
                                "<rect class=\"%63[^\"]\" x=\"%lf\" y=\"%lf\" "
                                "width=\"%lf\" height=\"%lf\"",
                                bar.class, &bar.x, &bar.y, &bar.width,
                                &bar.height),
                         5);
        ck_assert(bar.x >= 0 && bar.y >= 0 && bar.width >= 1);
        ck_assert(bar.height >= 1 && bar.x + bar.width <= view_width);
        ck_assert(bar.y + bar.height <= view_height);
        if (strcmp(bar.class, "track") == 0)
            track_end = bar.x + bar.width;
        ck_assert(bar.x + bar.width < track_end + 0.6); /* a line's half */
        if (strncmp(bar.class, "task-", 5) == 0 && bar_count++ < BARS_KEPT)
            bars[bar_count - 1] = bar;
    }
}

static void expect_texts_inside(void)
{
    double x, y;

    for (const char *from = drawn; (from = strstr(from, "<text ")); from++) {
        const char *place = strstr(from, " x=\"");

        ck_assert_ptr_nonnull(place);
        ck_assert_int_eq(
            sscanf(start_of(place), " x=\"%lf\" y=\"%lf\"", &x, &y), 2);
        ck_assert(x >= 0 && x <= view_width && y >= 0 && y <= view_height);
    }
}

static void draw_array(const json_t *tasks, double span_ns, unsigned processors,
                       enum plot_format format, const char *label)
{
    FILE *stream = fmemopen(drawn, sizeof(drawn), "w");
    size_t ticks;

    ck_assert_ptr_nonnull(stream);
    timeline_svg(tasks, span_ns, processors, format, label, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_uint_lt(strlen(drawn), MIB);
    ck_assert_ptr_null(strstr(drawn, "nan"));
    ck_assert_ptr_null(strstr(drawn, "inf"));
    ck_assert_int_eq(sscanf(drawn,
                            "<svg class=\"timeline\" viewBox=\"0 0 %lf %lf\" ",
                            &view_width, &view_height),
                     2);
    ck_assert(view_width == (format == PLOT_WIDE ? 900 : 360));
    read_rects();
    expect_texts_inside();
    ticks = count_of("<line ");
    ck_assert_uint_ge(ticks, 4);
    ck_assert_uint_le(ticks, 8);
}

static void draw(const char *text, double span_ns, unsigned processors,
                 enum plot_format format)
{
    json_t *tasks = json_loads(text, JSON_DECODE_ANY, NULL);

    ck_assert_msg(tasks != NULL, "%s", text);
    draw_array(tasks, span_ns, processors, format, "x");
    json_decref(tasks);
}

#define TASK(job, task, begin, end, cpu)                                       \
    "{\"job\":" #job ",\"task\":\"" task "\",\"begin_ns\":" #begin             \
    ",\"end_ns\":" #end ",\"cpu\":" #cpu "}"

struct task {
    int job;
    const char *name;
    double begin_ns, end_ns;
    int cpu;
};

static void add_task(json_t *tasks, const struct task *task)
{
    (void)json_array_append_new(
        tasks, json_pack("{s:i, s:s, s:f, s:f, s:i}", "job", task->job, "task",
                         task->name, "begin_ns", task->begin_ns, "end_ns",
                         task->end_ns, "cpu", task->cpu));
}

/* On two processors. */
static void draw_tasks(const struct task *task, size_t count, double span_ns,
                       enum plot_format format)
{
    json_t *tasks = json_array();

    for (size_t i = 0; i < count; i++)
        add_task(tasks, &task[i]);
    draw_array(tasks, span_ns, 2, format, "x");
    json_decref(tasks);
}

static const char *const classes[JOB_TASKS] = {
    "task-upload-original",
    "task-checksum",
    "task-resize",
    "task-upload-resized",
};

START_TEST(test_bars)
{
    static const struct task tasks[] = {
        { 7, "upload original", 0, 40e6, -1 },
        { 7, "checksum", 40e6, 42e6, 0 },
        { 7, "resize", 42e6, 85.1e6, 1 },
        { 7, "upload resized", 85.1e6, 120e6, -1 },
    };

    draw_tasks(tasks, 4, 120e6, (enum plot_format)_i);
    ck_assert_uint_eq(bar_count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_ptr_eq(strstr(bars[i].class, classes[i]), bars[i].class);
        ck_assert_int_eq(strstr(bars[i].class, " wait") != NULL,
                         i == 0 || i == 3);
        ck_assert(i == 0 || bars[i].x >= bars[i - 1].x + bars[i - 1].width);
    }
    ck_assert(bars[1].y < bars[2].y && bars[2].y < bars[0].y);
    ck_assert(bars[0].y < bars[3].y);
    ck_assert_uint_eq(count_of("picture 7: resize, 43.1 ms, CPU 1<"), 1);
    ck_assert_uint_eq(count_of("picture 7: upload resized, 34.9 ms<"), 1);
    /* Of one picture alone, how long each took; nothing is two at a time. */
    ck_assert_uint_eq(count_of(">43.1 ms</text>"), 1);
    ck_assert_uint_eq(count_of("at a time"), 0);
    ck_assert_uint_eq(count_of("2 % busy"), 1);
    ck_assert_uint_eq(count_of("36 % busy"), 1);
}
END_TEST

/* A frame around both processors while none computes, or in the row of each. */
START_TEST(test_idle)
{
    static const struct task tasks[] = {
        { 0, "upload original", 0, 90, -1 },
        { 0, "resize", 20, 40, 1 },
        { 0, "checksum", 30, 60, 0 },
    };

    draw_tasks(tasks, 3, 100, (enum plot_format)_i);
    ck_assert_uint_eq(count_of("class=\"idle\""), _i == PLOT_WIDE ? 2 : 4);
    ck_assert_uint_eq(count_of(">idle<"), _i == PLOT_WIDE ? 2 : 4);
    ck_assert_uint_eq(count_of("20 % busy"), 1);
    ck_assert_uint_eq(count_of("30 % busy"), 1);
}
END_TEST

START_TEST(test_lanes)
{
    static const struct task tasks[] = {
        { 0, "resize", 0, 50, 0 },
        { 1, "resize", 25, 75, 0 },
        { 2, "resize", 50, 90, 0 },
        { 3, "resize", 0, 50, 1 },
    };

    draw_tasks(tasks, 4, 100, (enum plot_format)_i);
    ck_assert_uint_eq(bar_count, 4);
    /* In the order in which they begin: pictures 0, 3, 1, 2. */
    ck_assert(bars[0].y < bars[2].y && bars[2].y < bars[1].y);
    ck_assert(bars[0].y >= bars[3].y && bars[0].y <= bars[3].y);
    ck_assert(bars[0].x + bars[0].width < bars[3].x);
    ck_assert_uint_eq(count_of("90 % busy"), 1); /* two at once are one */
    ck_assert_uint_eq(count_of(" odd\""), 2);
    ck_assert_uint_eq(count_of(">3</text>"), 1); /* the picture's number */
    ck_assert_uint_eq(count_of("class=\"number on\""), 4); /* in light ink */
}
END_TEST

/* More at once than there are lanes. */
START_TEST(test_lanes_end)
{
    struct task tasks[12];
    size_t lanes = 0;

    for (int i = 0; i < 12; i++)
        tasks[i] = (struct task){ i, "upload resized", i, 100, -1 };
    draw_tasks(tasks, 12, 100, (enum plot_format)_i);
    ck_assert_uint_eq(bar_count, 12);
    for (size_t i = 0; i < bar_count; i++)
        lanes += i == 0 || bars[i].y > bars[i - 1].y;
    ck_assert_uint_eq(lanes, TIMELINE_LANES_MAX);
    ck_assert_uint_eq(count_of(">8+ at a time<"), 1);
}
END_TEST

static const struct {
    const char *tasks;
    double span_ns;
    unsigned processors;
    size_t bars;
} hostile[] = {
    { "[]", 100, 2, 0 },
    { "[]", 0, 0, 0 },
    { "{}", -1, 2, 0 },
    { "7", 1e300, 2, 0 },
    { "null", 1e-300, 1000000, 0 },
    { "[1, null, \"x\", [], {}]", 100, 2, 0 },
    { "[{\"task\":\"resize\",\"begin_ns\":0}]", 100, 2, 0 },
    { "[{\"begin_ns\":0,\"end_ns\":9}]", 100, 2, 1 },
    { "[{\"task\":7,\"job\":\"x\",\"cpu\":{},\"begin_ns\":0,\"end_ns\":9}]",
      100, 2, 1 },
    { "[" TASK(0, "resize", "0", 9, 0) "]", 100, 2, 0 },
    { "[" TASK(0, "resize", -1, 9, 0) "]", 100, 2, 0 },
    { "[" TASK(0, "resize", 9, 8, 0) "]", 100, 2, 0 },
    { "[" TASK(0, "resize", 0, 1e300, 0) "]", 100, 2, 0 },
    { "[" TASK(0, "resize", 0, 1e14, 0) "]", 100, 2, 1 },
    { "[" TASK(0, "resize", 100, 200, 0) "]", 100, 2, 0 },
    { "[" TASK(0, "resize", 99.999999, 200, 0) "]", 100, 2, 1 },
    { "[" TASK(0, "resize", 5, 5, 0) "]", 100, 2, 1 },
    { "[" TASK(0, "resize", 5, 50, 0) "]", -1, 2, 1 },
    { "[" TASK(0, "resize", 0, 0, 0) "]", 0, 2, 1 },
    { "[" TASK(1e300, "resize", 5, 50, 2) "]", 100, 2, 1 },
    { "[" TASK(-1, "resize", 5, 50, 63) "]", 100, 64, 1 },
    { "[" TASK(0.5, "resize", 5, 50, 64) "]", 100, 1000, 1 },
    { "[" TASK(0, "resize", 5, 50, 1e300) "]", 100, 4294967295, 1 },
    { "[" TASK(0, "resize", 5, 50, -1e300) "]", 100, 0, 1 },
    { "[" TASK(0, "</title><script>", 5, 50, 0) "]", 100, 1, 1 },
};

START_TEST(test_hostile)
{
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        draw(hostile[i].tasks, hostile[i].span_ns, hostile[i].processors,
             (enum plot_format)_i);
        ck_assert_msg(bar_count == hostile[i].bars, "%zu bars of %s", bar_count,
                      hostile[i].tasks);
        ck_assert_ptr_null(strstr(drawn, "script"));
    }
}
END_TEST

START_TEST(test_no_numbers)
{
    draw("[]", (double)NAN, 2, PLOT_WIDE);
    draw("[]", (double)INFINITY, 2, PLOT_NARROW);
    draw_array(NULL, 100, 2, PLOT_WIDE, "x");
    for (double span_ns = 1; span_ns < 2e15; span_ns *= 1.31)
        draw("[]", span_ns, 2, PLOT_WIDE); /* that holds how many ticks */
}
END_TEST

/* Idle processors are shown, but not dozens of them; what is no processor of
 * this machine has a row, too. */
START_TEST(test_processors)
{
    draw("[]", 100, 3, PLOT_WIDE);
    ck_assert_uint_eq(count_of(">CPU "), 3);
    draw("[" TASK(0, "resize", 5, 50, 9) "]", 100, 60, PLOT_WIDE);
    ck_assert_uint_eq(count_of(">CPU "), 1);
    ck_assert_uint_eq(count_of(">CPU 9<"), 1);
    draw("[" TASK(0, "resize", 5, 50, 9) "]", 100, 3, PLOT_WIDE);
    ck_assert_uint_eq(count_of(">CPU "), 3);
    ck_assert_uint_eq(count_of(">other CPUs<"), 1);
}
END_TEST

/* The longest of each, as many as there may be, and more. */
START_TEST(test_bounded)
{
    json_t *tasks = json_array();

    for (int i = 0; i < 6000; i++)
        add_task(tasks, &(struct task){
                            .job = 999999 - i % 2,
                            .name = "upload original",
                            .begin_ns = i % 44 * 10,
                            .end_ns = 440,
                            .cpu = i % 50 ? -1 : i / 50 % 64,
                        });
    draw_array(tasks, 440, 64, (enum plot_format)_i, "x");
    ck_assert_uint_eq(bar_count, TIMELINE_BARS_MAX);
    json_decref(tasks);
}
END_TEST

START_TEST(test_label)
{
    char label[400];

    draw_array(NULL, 100, 2, PLOT_WIDE, "a<b> \"c\" & d");
    ck_assert_ptr_nonnull(
        strstr(drawn, "role=\"img\" aria-label=\"a&lt;b&gt; &quot;c&quot; "
                      "&amp; d\">"));
    for (size_t i = 0; i < sizeof(label) - 1; i++)
        label[i] = "\xc3\xa9"[i % 2];
    label[sizeof(label) - 1] = '\0';
    draw_array(NULL, 100, 2, PLOT_WIDE, label);
    ck_assert_uint_eq(count_of("\xc3\xa9"), count_of("\xc3"));
    ck_assert_uint_ge(count_of("\xc3\xa9"), 50);
    ck_assert_uint_le(count_of("\xc3\xa9"), 100);
    ck_assert_uint_eq(count_of("\xc3\xa9\">"), 1);
}
END_TEST

START_TEST(test_style_and_legend)
{
    FILE *stream = fmemopen(drawn, sizeof(drawn), "w");
    char part[80];

    timeline_svg_style(stream);
    (void)fputs("</style>", stream);
    timeline_svg_legend(stream);
    (void)fclose(stream);
    ck_assert_uint_eq(count_of("prefers-color-scheme: dark"), 1);
    ck_assert_uint_eq(count_of("{"), count_of("}"));
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(part, sizeof(part), "--%s: #", classes[i]);
        ck_assert_uint_eq(count_of(part), 2);
        (void)snprintf(part, sizeof(part), ".%s {", classes[i]);
        ck_assert_uint_eq(count_of(part), 1);
        (void)snprintf(part, sizeof(part), "<span class=\"%s", classes[i]);
        ck_assert_uint_eq(count_of(part), 1);
    }
}
END_TEST

Suite *timeline_suite(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tc = add_case_with_place(suite, "models-json", 0);

    tcase_add_test(tc, test_json);
    tcase_add_test(tc, test_save);
    tcase_add_test(tc, test_save_fails);
    tcase_add_test(tc, test_failure_saves_nothing);
    tcase_add_test(tc, test_none_built);
    tc = add_case(suite, "timeline-svg", 0);
    tcase_add_test(tc, test_skipped);
    tcase_add_test(tc, test_long_stream);
    tcase_add_loop_test(tc, test_bars, 0, PLOT_FORMATS);
    tcase_add_loop_test(tc, test_idle, 0, PLOT_FORMATS);
    tcase_add_loop_test(tc, test_lanes, 0, PLOT_FORMATS);
    tcase_add_loop_test(tc, test_lanes_end, 0, PLOT_FORMATS);
    tcase_add_loop_test(tc, test_hostile, 0, PLOT_FORMATS);
    tcase_add_test(tc, test_no_numbers);
    tcase_add_test(tc, test_processors);
    tcase_add_loop_test(tc, test_bounded, 0, PLOT_FORMATS);
    tcase_add_test(tc, test_label);
    tcase_add_test(tc, test_style_and_legend);
    return suite;
}
