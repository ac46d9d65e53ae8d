/* SPDX-License-Identifier: MIT */
/*
 * What is printed of results that are odd: of one round, without jobs, by
 * others disturbed, of several placements, broken. Whatever they are, no figure
 * is none, nothing is claimed that the rounds do not carry, and what differs is
 * told apart.
 */
#include "ipc/lab/show/overview_print.h"
#include "ipc/lab/show/table.h"
#include "ipc/lab/show/table_csv.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20, LINES_MAX = 400 };

static struct program p;

/* ------------------------------------------------------------- the results */

/* Figures of a cell. In place of the first %s stand its rounds. */
static const char well[] =
    "\"jobs_per_second\":{\"median\":1000,\"low\":990,\"high\":1010},"
    "\"bytes_per_second\":{\"median\":64000},\"latency_ns\":{\"samples\":100,"
    "\"p50\":1000,\"p90\":1100,\"p99\":2000,\"p99_9\":null,\"max\":3000,"
    "\"steps\":[[900,1100,100]]},\"cpu_ns_per_job\":{\"producer\":300,"
    "\"consumer\":400,\"broker\":0},\"switches_per_job\":{\"voluntary\":0,"
    "\"involuntary\":0},\"system_calls_per_job\":{\"producer\":0,"
    "\"consumer\":0},\"copies\":0,\"memory_bytes\":5e6,\"ipc_share\":0,"
    "\"limit\":{\"kind\":\"work\",\"share\":0.5},\"verdict\":{\"good\":true,"
    "\"failure\":\"\"}";
static const char no_jobs[] =
    "\"jobs_per_second\":null,\"bytes_per_second\":null,\"latency_ns\":null,"
    "\"cpu_ns_per_job\":{\"producer\":null,\"consumer\":null},\"limit\":null,"
    "\"system_calls_per_job\":null,\"copies\":2,\"memory_bytes\":null,"
    "\"ipc_share\":null,\"verdict\":{\"good\":false,\"failure\":"
    "\"no job ended in 0.08 s\"}";
static const char zeros[] =
    "\"jobs_per_second\":{\"median\":0,\"low\":0,\"high\":0},"
    "\"bytes_per_second\":{\"median\":0},\"latency_ns\":{\"samples\":0,"
    "\"p50\":0,\"p90\":0,\"p99\":0,\"p99_9\":0,\"max\":0,\"steps\":[]},"
    "\"cpu_ns_per_job\":{\"producer\":0,\"consumer\":0,\"broker\":0},"
    "\"switches_per_job\":{\"voluntary\":0,\"involuntary\":0},"
    "\"system_calls_per_job\":{\"producer\":0,\"consumer\":0},\"copies\":0,"
    "\"memory_bytes\":0,\"ipc_share\":0,\"limit\":{\"kind\":\"work\","
    "\"share\":0},\"verdict\":{\"good\":true,\"failure\":\"\"}";
#define LESS                                                                   \
    "\"bytes_per_second\":{\"median\":-1},\"latency_ns\":{\"samples\":-1,"     \
    "\"p50\":-0.0,\"p90\":1e308,\"p99\":-5,\"p99_9\":-0.0,\"max\":1e300,"      \
    "\"steps\":[[-1,0,5]]},\"cpu_ns_per_job\":{\"producer\":-0.0,"             \
    "\"consumer\":-3,\"broker\":1e308},\"switches_per_job\":{\"voluntary\":"   \
    "-0.001,\"involuntary\":-0.0},\"system_calls_per_job\":{\"producer\":-0."  \
    "0,"                                                                       \
    "\"consumer\":-0.001},\"copies\":-0.0,\"memory_bytes\":-0.2,"              \
    "\"ipc_share\":-0.001,\"limit\":{\"kind\":\"work\",\"share\":-0.001},"     \
    "\"verdict\":{\"good\":true}"
static const char below_zero[] =
    "\"jobs_per_second\":{\"median\":-0.0,\"low\":-1e308,\"high\":1e308}," LESS;
static const char rates_alone[] =
    "\"jobs_per_second\":{\"median\":1000,\"low\":990,\"high\":1010}," LESS;

static const struct odd {
    const char *figures;
    int rounds, disturbed;
    bool few;    /* nothing may be claimed */
    bool judged; /* some cells are good */
} grid[] = {
    { well, 9, 0, false, true },
    { well, 1, 0, true, true },
    { well, 5, 0, true, true }, /* with intervals, as once they were made */
    { well, 9, 7, false, true },
    { no_jobs, 9, 0, true, false },
    { zeros, 9, 0, true, false },
    { below_zero, 9, 0, true, false },
    { rates_alone, 9, 0, false, true },
    { "\"verdict\":null", 0, 0, true, false },
    { "\"nothing\":1", 1, 1, true, false },
};

static void put_rounds(FILE *file, const struct odd *odd)
{
    (void)fputs(",\"rounds\":[", file);
    for (int i = 0; i < odd->rounds; i++)
        (void)fprintf(file,
                      "%s{\"jobs_per_second\":%d,\"latency_p50_ns\":%d,"
                      "\"disturbed\":%s}",
                      i ? "," : "", 1000 + i, 1000 - i,
                      i < odd->disturbed ? "true" : "false");
    (void)fputs("]}\n", file);
}

/* A value for each axis. */
struct axes {
    const char *mechanism, *pattern, *work, *pin, *wait;
    int size, window;
};

static void put_cell(FILE *file, const struct axes *a, const struct odd *odd)
{
    (void)fprintf(file,
                  "{\"type\":\"cell\",\"mechanism\":\"%s\",\"family\":\"queues"
                  "\",\"pattern\":\"%s\",\"work\":\"%s\",\"pin\":\"%s\","
                  "\"wait\":\"%s\",\"size\":%d,\"payload_bytes\":%d,"
                  "\"window\":%d,\"batch\":1,\"auto_batch\":false,\"rate\":0.0,"
                  "\"producers\":1,\"consumers\":1,\"seconds\":0.08,%s",
                  a->mechanism, a->pattern, a->work, a->pin, a->wait, a->size,
                  a->size, a->window, odd->figures);
    put_rounds(file, odd);
}

static FILE *open_results(const char *name, const char *machine)
{
    FILE *file = fopen(in_place(name), "we");

    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "{\"type\":\"run\",\"seconds\":0.08%s}\n", machine);
    return file;
}

/* Cells that all have the same figures, and differ in one axis each. */
static const struct axes usual[] = {
    { "none", "ping-pong", "verify", "same", "", 64, 8 },
    { "ring", "ping-pong", "verify", "same", "", 64, 8 },
    { "pipe", "ping-pong", "verify", "same", "", 64, 8 },
    { "ring", "ping-pong", "verify", "split", "", 64, 8 },
    { "pipe", "ping-pong", "verify", "split", "", 64, 8 },
    { "ring", "stream", "verify", "split", "", 64, 8 },
    { "pipe", "stream", "verify", "split", "", 64, 8 },
    { "ring", "stream", "verify", "split", "spin", 64, 8 },
    { "ring", "stream", "verify", "split", "", 1 << 20, 8 },
    { "ring", "exchange", "image", "split", "", 0, 2 },
};

static const struct axes others[] = {
    { "ring", "ping-pong", "verify", "free", "", 64, 8 },
    { "ring", "stream", "verify", "split", "", 64, 4 },
    { "ring", "stream", "header", "split", "", 64, 8 },
    { "ring", "exchange", "verify", "split", "block", 64, 8 },
    { "ring", "exchange", "verify", "split", "block", 64, 4 },
};

enum {
    GRID = sizeof(grid) / sizeof(grid[0]),
    USUAL = sizeof(usual) / sizeof(usual[0]),
    OTHERS = sizeof(others) / sizeof(others[0]),
};

static void make_results(const char *name, const char *machine,
                         const struct odd *odd, bool all)
{
    FILE *file = open_results(name, machine);

    for (size_t i = 0; i < USUAL; i++)
        put_cell(file, &usual[i], odd);
    for (size_t i = 0; all && i < OTHERS; i++)
        put_cell(file, &others[i], odd);
    (void)fclose(file);
}

/* --------------------------------------------------------- what is printed */

static char printed[TEXT_MAX];

static void read_file(const char *name)
{
    FILE *file = fopen(in_place(name), "re");
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(printed, 1, TEXT_MAX - 1, file);
    printed[size] = '\0';
    (void)fclose(file);
    (void)unlink(in_place(name));
}

static int begin_capture(void)
{
    const int screen = dup(STDOUT_FILENO);

    (void)fflush(stdout);
    ck_assert_ptr_nonnull(freopen(in_place("out"), "we", stdout));
    return screen;
}

static void end_capture(int screen)
{
    (void)fflush(stdout);
    ck_assert_int_eq(dup2(screen, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(screen);
    read_file("out");
}

static void load(struct results_set *ret_results)
{
    char text[RESULTS_TEXT_MAX];

    ck_assert_int_eq(results_load(in_place("r.jsonl"), ret_results, text), 0);
}

/* All that bench can print of results, in one text. */
static void print_all(int columns)
{
    const struct screen screen = { .stream = stdout, .columns = columns };
    struct results_set results;
    struct overview overview;
    int kept;

    load(&results);
    kept = begin_capture();
    table_print(&screen, &results, NULL);
    table_print(&screen, &results, "pipe");
    table_markdown(&results, NULL);
    table_csv(&results);
    if (overview_make(&results, &overview))
        overview_print(&screen, &overview);
    end_capture(kept);
    results_free(&results);
}

/* Leaves the words of a page. */
static void strip_tags(char *text)
{
    static const char *const left_out[] = { "style", "script", "svg" };
    char *to = text, end[16];

    while (*text) {
        if (*text != '<') {
            *to++ = *text++;
            continue;
        }
        for (int i = 0; i < 3; i++)
            if (strncmp(text + 1, left_out[i], strlen(left_out[i])) == 0) {
                (void)snprintf(end, sizeof(end), "</%s", left_out[i]);
                text = strstr(text, end);
                ck_assert_ptr_nonnull(text);
            }
        text += strcspn(text, ">");
        text += *text == '>';
        *to++ = ' ';
    }
    *to = '\0';
}

/* ---------------------------------------------------------- what must hold */

static void expect_no(const char *word, const char *where)
{
    const size_t length = strlen(word);

    for (const char *at = printed; (at = strstr(at, word)); at++)
        ck_assert_msg((at > printed && isalnum((unsigned char)at[-1])) ||
                          isalnum((unsigned char)at[length]),
                      "%s: \"%s\" in ...%.200s", where, word,
                      at - printed > 100 ? at - 100 : printed);
}

/* No word is "nan", "inf", or less than nothing. */
static void expect_numbers(const char *where)
{
    static const char between[] = " \n\t|,;:()\"'<>=";
    char *end;

    for (const char *at = printed; *at; at += strspn(at, between)) {
        const size_t length = strcspn(at, between);
        const double number = strtod(at, &end);
        const bool figure = end > at && (size_t)(end - at) <= length;

        if (figure && length < 6)
            ck_assert_msg(isfinite(number), "%s: %.40s", where, at);
        if (figure)
            ck_assert_msg(number != 0 || !signbit(number), "%s: %.40s", where,
                          at);
        at += length;
    }
}

/* Of too few rounds nothing is said that could only be said of more. */
static void expect_claims(const struct odd *odd, const char *where)
{
    static const char *const claims[] = {
        "is the fastest with", "go fastest", "1x", "x-", "x+", "times as",
        "no difference"
    };

    expect_numbers(where);
    for (size_t i = 0; odd->few && i < sizeof(claims) / sizeof(claims[0]); i++)
        expect_no(claims[i], where);
    if (!odd->judged)
        expect_no("good", where);
}

START_TEST(test_tables)
{
    static const int columns[] = { 60, 80, 100, 120 };

    make_results("r.jsonl", "", &grid[_i], true);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        print_all(columns[i]);
        expect_claims(&grid[_i], "tables");
    }
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

static bool has_gnuplot(void)
{
    return system("gnuplot --version >/dev/null 2>&1") == 0;
}

START_TEST(test_page)
{
    make_results("r.jsonl", "", &grid[_i], true);
    program_run(&p, "ipc report %s --markdown", in_place("r.jsonl"));
    ck_assert_int_le(p.status, 1);
    (void)snprintf(printed, sizeof(printed), "%s", p.out_text);
    expect_claims(&grid[_i], "Markdown");
    if (has_gnuplot()) {
        program_run(&p, "ipc report %s -o %s", in_place("r.jsonl"),
                    in_place("page.html"));
        program_expect(&p, 0, "cells: 15", "");
        read_file("page.html");
        expect_no("data-v=\"nan", "page");
        expect_no("data-v=\"inf", "page");
        expect_no("data-v=\"-", "page");
        strip_tags(printed);
        expect_claims(&grid[_i], "page");
    }
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* With itself, and with what another machine has measured well. */
START_TEST(test_compare)
{
    const struct odd *odd = &grid[_i];

    make_results("r.jsonl", "", odd, true);
    make_results("other.jsonl",
                 ",\"machine\":{\"processor\":\"y\",\"kernel\":\"5\"}",
                 &grid[0], true);
    for (int other = 0; other < 2; other++) {
        program_run(&p, "ipc compare-runs %s %s",
                    in_place(other ? "other.jsonl" : "r.jsonl"),
                    in_place("r.jsonl"));
        (void)snprintf(printed, sizeof(printed), "%s", p.out_text);
        expect_numbers("comparison");
        if (!odd->judged)
            program_expect(&p, 1, " 15 not good; 0 show no difference", "");
        else if (odd->few)
            program_expect(&p, 3, "For 15 it cannot tell: too few rounds", "");
        else if (odd->disturbed > 5)
            program_expect(&p, 3, "For 15 it cannot tell: other programs", "");
        else
            program_expect(&p, 0, "15 show no difference", "");
        if (other)
            program_expect(&p, p.status, "kernel differs: 5", "");
    }
    (void)unlink(in_place("r.jsonl"));
    (void)unlink(in_place("other.jsonl"));
}
END_TEST

START_TEST(test_choose)
{
    make_results("r.jsonl", "", &grid[_i], true);
    program_run(&p, "ipc choose --size 64 --results %s", in_place("r.jsonl"));
    program_expect(&p, 0, "", "");
    (void)snprintf(printed, sizeof(printed), "%s", p.out_text);
    expect_numbers("choice");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* ------------------------------------------------------------ told apart */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the lines that hold a part no two are the same. Returns how many. */
static size_t expect_distinct(const char *part, const char *where)
{
    char *lines[LINES_MAX] = { NULL }, *rest = printed, *line;
    size_t count = 0;

    while ((line = strsep(&rest, "\n")))
        if (strstr(line, part) && count < LINES_MAX)
            lines[count++] = line;
    qsort(lines, count, sizeof(lines[0]), by_text);
    for (size_t i = 1; i < count; i++)
        ck_assert_msg(strcmp(lines[i - 1], lines[i]) != 0, "%s, twice: %s",
                      where, lines[i]);
    return count;
}

/* All have the same figures: only their axes tell them apart. */
START_TEST(test_told_apart)
{
    const struct screen screen = { .stream = stdout, .columns = 120 };
    struct results_set results;
    int kept;

    make_results("r.jsonl", "", &grid[0], true);
    load(&results);
    kept = begin_capture();
    table_markdown(&results, NULL);
    end_capture(kept);
    ck_assert_uint_gt(expect_distinct("### ", "headings"), 8);
    kept = begin_capture();
    table_csv(&results);
    end_capture(kept);
    ck_assert_uint_eq(expect_distinct("ring,", "CSV"), 11);
    kept = begin_capture();
    table_print(&screen, &results, NULL);
    end_capture(kept);
    ck_assert_uint_gt(expect_distinct("stream, ", "groups"), 3);
    results_free(&results);
    if (has_gnuplot()) {
        program_run(&p, "ipc report %s -o %s", in_place("r.jsonl"),
                    in_place("page.html"));
        read_file("page.html");
        ck_assert_uint_eq(expect_distinct("<td class=\"word\">ring</td><td "
                                          "class=\"word\">",
                                          "page"),
                          11);
    }
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* Ways to wait, within one group; and what compare-runs says of them. */
START_TEST(test_waits_told_apart)
{
    static const struct axes waits[] = {
        { "ring", "stream", "verify", "split", "adaptive", 64, 8 },
        { "ring", "stream", "verify", "split", "spin", 64, 8 },
        { "ring", "stream", "verify", "split", "block", 64, 8 },
    };
    const struct odd slow = { no_jobs, 9, 0, true, false };
    struct results_set results;
    FILE *file[2];
    int kept;

    file[0] = open_results("r.jsonl", "");
    file[1] = open_results("slow.jsonl", "");
    for (int i = 0; i < 3; i++) {
        put_cell(file[0], &waits[i], &grid[0]);
        put_cell(file[1], &waits[i], &slow);
    }
    (void)fclose(file[0]);
    (void)fclose(file[1]);
    load(&results);
    kept = begin_capture();
    table_markdown(&results, NULL);
    end_capture(kept);
    ck_assert_uint_eq(expect_distinct("| ring", "rows"), 3);
    results_free(&results);
    program_run(&p, "ipc compare-runs %s %s", in_place("r.jsonl"),
                in_place("slow.jsonl"));
    (void)snprintf(printed, sizeof(printed), "%s", p.out_text);
    ck_assert_uint_eq(expect_distinct("ring", "comparison"), 3);
    (void)unlink(in_place("r.jsonl"));
    (void)unlink(in_place("slow.jsonl"));
}
END_TEST

/* ---------------------------------------------------------------- the order */

/* How far the latencies of a cell's rounds lie apart, in percent of it. */
static int put_spread = 1;

/* How many times as fast as the others four of nine rounds are, which were
 * near. */
static int put_factor = 1;

/* A cell of nine rounds around a rate and a latency. */
static void put_figures(FILE *file, const char *mechanism, const char *pattern,
                        const char *pin, int rate, int ns)
{
    (void)fprintf(file,
                  "{\"type\":\"cell\",\"mechanism\":\"%s\",\"pattern\":\"%s\","
                  "\"work\":\"verify\",\"pin\":\"%s\",\"wait\":\"\",\"size\":"
                  "64,\"window\":8,\"batch\":1,\"auto_batch\":false,"
                  "\"jobs_per_second\":{\"median\":%d,\"low\":%g,\"high\":%g},"
                  "\"latency_ns\":{\"p50\":%d},\"verdict\":{\"good\":true},"
                  "\"rounds\":[",
                  mechanism, pattern, pin, rate, rate * 0.97, rate * 1.03, ns);
    for (int i = -4; i <= 4; i++)
        (void)fprintf(
            file,
            "%s{\"jobs_per_second\":%g,\"cache_line_ns\":%d,"
            "\"latency_p50_ns\":%g,\"disturbed\":false}",
            i > -4 ? "," : "", rate * (1 + 0.01 * i) * (i < 0 ? put_factor : 1),
            i < 0 ? 30 : 150, ns * (1 + 0.01 * put_spread * (i * i % 5 - 2)));
    (void)fputs("]}\n", file);
}

static void print_table(const char *reference)
{
    const struct screen screen = { .stream = stdout, .columns = 80 };
    struct results_set results;
    int kept;

    load(&results);
    kept = begin_capture();
    table_print(&screen, &results, reference);
    end_capture(kept);
    results_free(&results);
}

static void expect_row(const char *name, const char *part)
{
    const char *row = strstr(printed, name);

    ck_assert_msg(
        row && memmem(row, 1 + strcspn(row + 1, "\n"), part, strlen(part)),
        "%s: no \"%s\" in\n%s", name, part, printed);
}

static void expect_before(const char *first, const char *second)
{
    const char *a = strstr(printed, first), *b = strstr(printed, second);

    ck_assert_msg(a && b && a < b, "%s, then %s, in %s", first, second,
                  printed);
}

/* One at a time by latency, though the rate says something else; otherwise by
 * the rate. What is behind is told by how much, and never as less than one. */
START_TEST(test_order)
{
    FILE *file = open_results("r.jsonl", "");

    put_figures(file, "pipe", "ping-pong", "same", 2000, 900);
    put_figures(file, "ring", "ping-pong", "same", 1000, 500);
    put_figures(file, "fifo", "ping-pong", "same", 3000, 501);
    (void)fclose(file);
    print_table(NULL);
    expect_before("\nring ", "\nfifo ");
    expect_before("\nfifo ", "\npipe ");
    expect_row("\nring ", " 1x ");
    expect_row("\nfifo ", " = ");
    expect_row("\npipe ", " 1.8x- ");
    file = open_results("r.jsonl", "");
    put_figures(file, "ring", "stream", "same", 1000, 500);
    put_figures(file, "pipe", "stream", "same", 2000, 900);
    (void)fclose(file);
    print_table(NULL);
    expect_before("\npipe ", "\nring ");
    expect_row("\nring ", " 2.0x- ");
    print_table("ring");
    expect_row("\npipe ", " 2.0x+ ");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* What the rounds carry is said, and how surely. */
START_TEST(test_finding)
{
    FILE *file = open_results("r.jsonl", "");

    put_figures(file, "ring", "ping-pong", "same", 1000, 9000);
    put_figures(file, "ring", "ping-pong", "split", 1000, 1000);
    put_figures(file, "pipe", "ping-pong", "same", 1000, 8900);
    put_figures(file, "pipe", "ping-pong", "split", 1000, 31000);
    (void)fclose(file);
    program_run(&p, "ipc report %s --markdown", in_place("r.jsonl"));
    (void)snprintf(printed, sizeof(printed), "%s", p.out_text);
    for (char *at = printed; *at; at++)
        *at = *at == '\n' ? ' ' : *at;
    expect_row("On one", "On one processor pipe is the fastest with small "
                         "messages: 8.90 us there and back (no difference to "
                         "ring is shown). On two processors ring is");
    expect_row("On two", "pipe takes 31.0 \u00b1 0.1 times as long.");
    expect_row("Placement", "one ring is 9.00 \u00b1 0.01 times as fast, and "
                            "pipe takes 3.48 \u00b1 0.01 times as long.");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* Who has too few rounds to be ranked stands last, and that is said; a factor
 * that the rounds hardly carry is told by its ends. */
START_TEST(test_unranked)
{
    FILE *file = open_results("r.jsonl", "");

    put_cell(
        file,
        &(struct axes){ "pipe", "ping-pong", "verify", "split", "", 64, 8 },
        &grid[1]);
    put_figures(file, "ring", "ping-pong", "split", 1000, 5000);
    put_spread = 20;
    put_figures(file, "fifo", "ping-pong", "split", 1000, 20000);
    (void)fclose(file);
    program_run(&p, "ipc report %s --markdown", in_place("r.jsonl"));
    program_expect(&p, 0, "fifo takes 3.23 to 5.49 times", "");
    program_expect(&p, 0, "Last, as too few rounds count to rank them: pipe.",
                   "");
    (void)snprintf(printed, sizeof(printed), "%s", p.out_text);
    expect_before("\n| fifo", "\n| pipe");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* Puts one space for every line's end and what it is indented by. */
static void unwrap(char *text)
{
    char *to = text;

    for (const char *at = text; *at; at++)
        if (!isspace(*at))
            *to++ = *at;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    *to = '\0';
}

/* The rounds of some cells are of two kinds, and of the one that shows it most
 * the kinds are told. */
START_TEST(test_two_kinds)
{
    FILE *file = open_results("r.jsonl", "");

    put_figures(file, "pipe", "stream", "split", 1000, 500);
    put_factor = 2;
    put_figures(file, "ring", "stream", "split", 1000, 500);
    put_factor = 4;
    put_figures(file, "fifo", "stream", "split", 1000, 500);
    put_factor = 1;
    (void)fclose(file);
    print_table(NULL);
    expect_row("\nring ", "good ~");
    expect_row("\nfifo ", "good ~");
    ck_assert_ptr_null(memmem(strstr(printed, "\npipe "), 79, "~", 1));
    unwrap(printed);
    expect_row("rounds of 2 cells", "apart: fifo, stream, verify, 64 B, ");
    expect_row("rounds of 2 cells",
               ": 256 us a job in 4 rounds when a cache line took 30 ns "
               "between processors, 980 us in the other 5");
    expect_row(" ~: the", "two kinds");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

Suite *odd_suite(void)
{
    Suite *s = suite_create("odd");
    TCase *tc = add_case_with_place(s, "core", 0);

    tcase_add_loop_test(tc, test_tables, 0, GRID);
    tcase_add_loop_test(tc, test_page, 0, GRID);
    tcase_add_loop_test(tc, test_compare, 0, GRID);
    tcase_add_loop_test(tc, test_choose, 0, GRID);
    tcase_add_test(tc, test_told_apart);
    tcase_add_test(tc, test_waits_told_apart);
    tcase_add_test(tc, test_order);
    tcase_add_test(tc, test_finding);
    tcase_add_test(tc, test_unranked);
    tcase_add_test(tc, test_two_kinds);
    return s;
}
