/* SPDX-License-Identifier: MIT */
/* The command bench: what it measures, says, saves, and leaves. */
#include "ipc/job/job.h"
#include "ipc/lab/measure/results.h"
#include "ipc/mechanisms.h"
#include "tests/helpers.h"
#include "tests/network.h"
#include "tests/objects.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct program p;

/* ---------------------------------------------------------------- cells */

static const json_t *at_path(const json_t *object, const char *first,
                             const char *second)
{
    return object_member(&p, object_member(&p, object, first), second);
}

/* Everything a cell must have. */
static void expect_cell(const json_t *cell, const char *pattern,
                        const char *work, json_int_t size)
{
    static const char *const keys[] = {
        "family",
        "payload_bytes",
        "window",
        "batch",
        "pin",
        "wait",
        "rate",
        "producers",
        "consumers",
        "latency_ns",
        "bytes_per_second",
        "cpu_ns_per_job",
        "copies",
        "system_calls_per_job",
        "switches_per_job",
        "memory_bytes",
        "ipc_share",
        "limit",
        "repeats",
        "rounds",
        "settings",
        "effective",
    };

    ck_assert_str_eq(object_text(&p, cell, "type"), "cell");
    ck_assert_str_eq(object_text(&p, cell, "pattern"), pattern);
    ck_assert_str_eq(object_text(&p, cell, "work"), work);
    object_expect_integer(&p, cell, "size", size);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        (void)object_member(&p, cell, keys[i]);
    ck_assert(json_is_true(at_path(cell, "verdict", "good")));
    ck_assert(results_number(cell, "jobs_per_second.median") > 0);
}

static void expect_run(const json_t *run, json_int_t rounds)
{
    ck_assert_str_eq(object_text(&p, run, "type"), "run");
    object_expect_integer(&p, run, "rounds", rounds);
    (void)object_member(&p, run, "seed");
    ck_assert(json_is_array(at_path(run, "machine", "warnings")));
    ck_assert(results_number(run, "limits.clock_ns") > 0);
    ck_assert(results_number(run, "limits.system_call_ns") > 0);
    ck_assert(results_number(run, "limits.futex_round_trip_ns.same") > 0);
}

START_TEST(test_every_mechanism)
{
    const char *at = p.out_text;
    json_t *object, *effective;

    program_run(&p, "ipc bench --json --size 64 --jobs 50 --window 3 "
                    "--rounds 1");
    program_expect(&p, 0, "", NULL);
    object = object_next(&p, &at);
    expect_run(object, 1);
    json_decref(object);
    object = object_next(&p, &at);
    expect_cell(object, "exchange", "verify", 64);
    ck_assert_str_eq(object_text(&p, object, "mechanism"), "none");
    json_decref(object);
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        if (mechanism_skipped(m))
            continue;
        object = object_next(&p, &at);
        expect_cell(object, "exchange", "verify", 64);
        ck_assert_str_eq(object_text(&p, object, "mechanism"), m->name);
        ck_assert_str_eq(object_text(&p, object, "family"), m->family);
        ck_assert(results_number(object, "latency_ns.samples") == 50);
        ck_assert(results_number(object, "latency_ns.p50") > 0);
        ck_assert(isnan(results_number(object, "latency_ns.p99")));
        ck_assert(results_number(object, "bytes_per_second.median") > 0);
        effective = object_member(&p, object, "effective");
        object_expect_integer(&p, effective, "window", 3);
        for (size_t i = 0; m->ops->options && m->ops->options[i].name; i++)
            (void)object_member(&p, effective, m->ops->options[i].name);
        json_decref(object);
    }
    ck_assert_ptr_null(object_next(&p, &at));
}
END_TEST

/* Runs a bench of one mechanism; its cell, behind the run and `none`. */
static json_t *bench_cell(const char *line)
{
    const char *at = p.out_text;
    json_t *object;

    program_run(&p, "%s --json --rounds 1", line);
    program_expect(&p, 0, "", NULL);
    object = object_next(&p, &at);
    expect_run(object, 1);
    json_decref(object);
    object = object_next(&p, &at);
    ck_assert_str_eq(object_text(&p, object, "mechanism"), "none");
    json_decref(object);
    return object_next(&p, &at);
}

START_TEST(test_option)
{
    json_t *cell = bench_cell("pipe bench --size 4KiB --jobs 20 "
                              "--set pipe-size=256KiB");

    expect_cell(cell, "exchange", "verify", 4096);
    ck_assert(results_number(cell, "effective.pipe-size.jobs") == 262144);
    ck_assert(results_number(cell, "effective.pipe-size.results") == 262144);
    ck_assert(results_number(cell, "settings.pipe-size") == 262144);
    json_decref(cell);
}
END_TEST

/* A server between the two sides takes part in what a job costs; where there is
 * none it takes nothing. */
START_TEST(test_server_time)
{
    static const char *const lines[] = {
        "redis-stream bench --size 64 --jobs 500",
        "pipe bench --size 64 --jobs 500",
    };
    const struct mechanism *redis = mechanism_find("redis-stream");
    json_t *cell;
    double server;

    for (int i = mechanism_skipped(redis) ? 1 : 0; i < 2; i++) {
        cell = bench_cell(lines[i]);
        server = results_number(cell, "cpu_ns_per_job.broker");
        ck_assert(i == 0 ? server > 1000 : server == 0);
        ck_assert_double_eq(
            results_cpu_ns(cell),
            server + results_number(cell, "cpu_ns_per_job.producer") +
                results_number(cell, "cpu_ns_per_job.consumer"));
        json_decref(cell);
    }
}
END_TEST

/* A third of what UDP sends never leaves, and still every job arrives. */
START_TEST(test_lossy)
{
    program_run(&p, "ipc bench udp --set sent=70 --size 20KB --jobs 100 "
                    "--rounds 1");
    program_expect(&p, 0, "good", "");
    ck_assert_ptr_null(strstr(p.out_text, "LOST"));
}
END_TEST

/* Large messages are fewer, unless somebody says how many. */
START_TEST(test_depth)
{
    static const struct {
        const char *command;
        double depth;
    } depths[] = {
        { "mmap-file bench --jobs 4 --size 64", 8 },
        { "mmap-file bench --jobs 4 --size 4MiB", 3 },
        { "mmap-file bench --jobs 4 --size 9MiB --depth auto", 2 },
        { "mmap-file bench --jobs 4 --size 9MiB --depth 4", 4 },
        { "zeromq bench --jobs 4 --size 1000", 492 }, /* 512 KiB of 1064 */
        { "zeromq bench --jobs 4 --size 1000 --depth 3", 3 },
    };
    json_t *cell = bench_cell(depths[_i].command);

    ck_assert(results_number(cell, "effective.depth") == depths[_i].depth);
    json_decref(cell);
}
END_TEST

/* One large message at a time needs one slot of the twelve there can be. */
START_TEST(test_few_slots)
{
    json_t *cell = bench_cell("unix-fd bench --pattern ping-pong --size 1MiB "
                              "--jobs 60");

    ck_assert_double_lt(results_number(cell, "memory_bytes"), 16e6);
    json_decref(cell);
}
END_TEST

START_TEST(test_stream)
{
    json_t *cell = bench_cell("pipe bench --size 0 --jobs 20 --pattern stream");

    expect_cell(cell, "stream", "verify", 0);
    ck_assert(json_is_null(object_member(&p, cell, "latency_ns")));
    json_decref(cell);
}
END_TEST

/* A payload that stays where it is has no rate. */
START_TEST(test_header)
{
    json_t *cell = bench_cell("ring bench --size 4KiB --jobs 20 --work header");

    expect_cell(cell, "exchange", "header", 4096);
    ck_assert(json_is_null(object_member(&p, cell, "bytes_per_second")));
    json_decref(cell);
    cell = bench_cell("pipe bench --size 4KiB --jobs 20 --work header");
    ck_assert(results_number(cell, "bytes_per_second.median") > 0);
    json_decref(cell);
}
END_TEST

/* Counted, and never called good; a frame's size is what was asked for. */
START_TEST(test_carry)
{
    json_t *cell =
        bench_cell("pipe bench --size 4KiB --jobs 20 --pattern ping-pong "
                   "--work carry");

    expect_cell(cell, "ping-pong", "carry", 4096);
    ck_assert(json_is_null(object_member(&p, cell, "latency_ns")));
    ck_assert_int_eq(strncmp(results_verdict(cell), "counted", 7), 0);
    json_decref(cell);
    program_run(&p, "ipc bench ring pipe --size 64 --jobs 20 --rounds 1 "
                    "--work carry,header --batch 1,8 --pattern stream");
    program_expect(&p, 0, "stream, carry (nobody judges), 64 B\n", NULL);
    program_expect(&p, 0, " counted:", NULL);
    program_expect(&p, 0, "stream, header, 64 B, 8 jobs a frame\n", NULL);
    ck_assert_ptr_null(strstr(p.out_text, "judges), 64 B, 8"));
}
END_TEST

/*
 * What these do for a job on either side is known: posix-mq two calls, unix-fd
 * one for the job and at most one for its slot, give or take a slot that one of
 * the two counted runs made late. It makes memory for the first few, by a dozen
 * calls each, and that is none of the others' cost. What spins on one processor
 * yields it each time: that does not count.
 */
static const struct {
    const char *command;
    double least;
    double most;
} known_calls[] = {
    { "ipc bench posix-mq --size 64 --jobs 20", 1.9, 2.1 },
    { "ipc bench unix-fd --size 64KiB --jobs 20 --pattern stream", 0.25, 5 },
    { "ipc bench ring --size 64 --jobs 20 --pattern ping-pong --wait spin "
      "--pin same",
      0, 0.1 },
};

static void expect_calls(const json_t *cell, const char *path, double least,
                         double most)
{
    ck_assert_double_ge(results_number(cell, path), least);
    ck_assert_double_le(results_number(cell, path), most);
}

START_TEST(test_calls)
{
    json_t *cell = bench_cell(known_calls[_i].command);

    if (json_is_null(object_member(&p, cell, "system_calls_per_job")))
        ck_assert_ptr_nonnull(strstr(p.err_text, "tracing"));
    else {
        expect_calls(cell, "system_calls_per_job.producer",
                     known_calls[_i].least, known_calls[_i].most);
        expect_calls(cell, "system_calls_per_job.consumer",
                     known_calls[_i].least, known_calls[_i].most);
    }
    json_decref(cell);
}
END_TEST

/* No machine is so slow that this fails, nor so fast. */
START_TEST(test_size_and_rate)
{
    json_t *cell = bench_cell("pipe bench --size 100 --jobs 21 --rate 400");

    expect_cell(cell, "exchange", "verify", 100);
    ck_assert(results_number(cell, "effective.frame_max") ==
              JOB_HEADER_SIZE + 100);
    ck_assert(results_number(cell, "jobs_per_second.median") < 425);
    json_decref(cell);
}
END_TEST

/* A frame has room for a header and a batch. */
static void expect_room(const json_t *cell)
{
    if (strcmp(object_text(&p, cell, "mechanism"), "none") != 0)
        ck_assert(results_number(cell, "effective.frame_max") >=
                  results_number(cell, "batch") * results_number(cell, "size"));
}

/* Every combination that can be, and `none` once for each group. */
START_TEST(test_axes)
{
    const char *at = p.out_text;
    unsigned cells = 0, spins = 0, batches = 0;
    json_t *object;

    program_run(&p, "ipc bench pipe ring --json --rounds 1 --jobs 40 "
                    "--pattern exchange,stream --size 64,1KiB "
                    "--batch 1,4 --wait adaptive,spin");
    program_expect(&p, 0, "", NULL);
    json_decref(object_next(&p, &at));
    while ((object = object_next(&p, &at))) {
        cells++;
        batches += results_number(object, "batch") == 4;
        expect_room(object);
        spins += strcmp(object_text(&p, object, "wait"), "spin") == 0;
        json_decref(object);
    }
    /* 2 sizes x (exchange, stream, stream in batches) x 2 ways to wait; pipe
     * waits in its own way. */
    ck_assert_uint_eq(spins, 6);
    ck_assert_uint_eq(cells, 12 + 12 + 6);
    ck_assert_uint_eq(batches, cells / 3);
}
END_TEST

/* ---------------------------------------------------------------- tables */

/* The longest names, the fastest and the slowest. */
#define SOME "signal-doorbell unix-seqpacket ring json-file"

START_TEST(test_table)
{
    static const char *const widths[] = { "60", "80", "100" };
    static const size_t columns[] = { 60, 80, 100 };

    ck_assert_int_eq(setenv("COLUMNS", widths[_i], 1), 0);
    program_run(&p, "ipc bench " SOME " --size 64,1KiB --jobs 20 --rounds 1");
    program_expect_width(&p, columns[_i]);
    /* What is not shown is not explained either. */
    if (!strstr(p.out_text, "forced:") != (columns[_i] < 79) ||
        !strstr(p.out_text, "copies:") != (columns[_i] < 99))
        program_fail(&p, "a legend of what is shown");
    program_expect(&p, 0, "\nnone  ", NULL);
    program_expect(&p, 0, "exchange, verify, 1 KiB", NULL);
    program_expect(&p, 0, "a job costs", NULL);
}
END_TEST

static void expect_in_row(const char *begin, const char *part)
{
    const char *row = strstr(p.out_text, begin);
    const char *found = row ? strstr(row, part) : NULL;

    if (!found || strchr(row + 1, '\n') < found)
        program_fail(&p, part);
}

/* Of too few rounds: a figure, and nothing that it could be compared by. Of
 * eleven six are left at least, however many others disturb. */
START_TEST(test_few_rounds)
{
    static const char line[] = "ipc bench pipe fifo --size 64 --jobs 20 "
                               "--rounds %d --save %s";
    char text[RESULTS_TEXT_MAX];
    struct results_set results;

    program_run(&p, line, 5, in_place("r.jsonl"));
    program_expect(&p, 0, "3 of 3 cells have fewer than 6 rounds", NULL);
    expect_in_row("\npipe ", "   - ");
    if (strstr(p.out_text, " 1x ") || strstr(p.out_text, "  = "))
        program_fail(&p, "a factor, or a claim that there is none");
    ck_assert_int_eq(results_load(in_place("r.jsonl"), &results, text), 0);
    for (size_t i = 0; i < json_array_size(results.cells); i++)
        ck_assert_double_nan(results_number(json_array_get(results.cells, i),
                                            "jobs_per_second.low"));
    results_free(&results);
    program_run(&p, line, 11, in_place("r.jsonl"));
    program_expect(&p, 0, " 1x ", NULL);
    if (strstr(p.out_text, "cells have fewer"))
        program_fail(&p, "six rounds are enough");
    ck_assert_int_eq(results_load(in_place("r.jsonl"), &results, text), 0);
    for (size_t i = 0; i < json_array_size(results.cells); i++) {
        const json_t *cell = json_array_get(results.cells, i);
        const double median = results_number(cell, "jobs_per_second.median");

        ck_assert(results_number(cell, "jobs_per_second.low") <= median);
        ck_assert(results_number(cell, "jobs_per_second.high") >= median);
        ck_assert(results_number(cell, "jobs_per_second.level") >= 0.95);
    }
    results_free(&results);
    ck_assert_int_eq(unlink(in_place("r.jsonl")), 0);
}
END_TEST

/* No word of the output is NaN, infinite, or minus nothing. */
static void expect_numbers(void)
{
    const char *at = p.out_text;
    char *end;

    while (*at) {
        const double number = strtod(at, &end);

        if (end > at && (!isfinite(number) || (number == 0 && signbit(number))))
            program_fail(&p, "no number that means something");
        at += strcspn(at, " \n|,");
        at += strspn(at, " \n|,");
    }
}

/* A picture takes longer than the time that it is given: it is given more. */
START_TEST(test_longer_rounds)
{
    char text[RESULTS_TEXT_MAX];
    struct results_set results;
    bool longer = false;

    program_run(&p,
                "ipc bench pipe --work image --seconds 0.001 --rounds 1 "
                "--save %s",
                in_place("r.jsonl"));
    program_expect(&p, 0, "mechanism ", NULL); /* all is well */
    expect_numbers();
    ck_assert_int_eq(results_load(in_place("r.jsonl"), &results, text), 0);
    for (size_t i = 0; i < json_array_size(results.cells); i++) {
        const json_t *cell = json_array_get(results.cells, i);

        longer |= results_number(cell, "seconds") > 0.001;
        ck_assert(results_number(cell, "jobs_per_second.median") > 0);
        ck_assert(results_number(cell, "payload_bytes") > 100000);
    }
    results_free(&results);
    /* A job that began within the time may have been enough. */
    if (longer != !!strstr(p.out_text, " cells were lengthened, to "))
        program_fail(&p, "it is said of which");
    ck_assert_int_eq(unlink(in_place("r.jsonl")), 0);
}
END_TEST

/* The usual questions are answered in one table, which fits a terminal; --all
 * has one for each, and each cell's calls. */
START_TEST(test_one_table)
{
    program_run(&p, "ipc bench pipe ring --rounds 1 --seconds 0.01");
    program_expect_width(&p, 80);
    program_expect(&p, 0, "There are too few rounds to say", NULL);
    program_expect(&p, 0, "  round trip  messages     bytes ", NULL);
    program_expect(&p, 0, "\npipe  ", NULL);
    program_expect(&p, 0, "\nring  ", NULL);
    if (strstr(p.out_text, "a job costs"))
        program_fail(&p, "one table");
    expect_numbers();
    program_run(&p, "ipc bench pipe --rounds 1 --seconds 0.01 --all");
    program_expect(&p, 0, "a job costs", NULL);
    program_expect(&p, 0, "stream, verify, 64 B, 1706 jobs a frame", NULL);
    if (strstr(p.out_text, "round trip  messages"))
        program_fail(&p, "all tables");
    expect_numbers();
}
END_TEST

/* What options settle is asked once, and for each value of a list: then there
 * is no one answer. */
START_TEST(test_settled_questions)
{
    static const char *const heads[] = {
        "\nping-pong, verify, 64 B, pinned: same\n",
        "\nstream, verify, 64 B, pinned: same\n",
        "\nstream, verify, 64 B, 8 jobs a frame, pinned: same\n",
        "\nexchange, image ",
    };
    const char *found;

    program_run(&p, "ipc bench pipe --pin same --batch 1,8 --rounds 1 "
                    "--seconds 0.01");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        program_expect(&p, 0, heads[i], NULL);
        found = strstr(p.out_text, heads[i]);
        if (strstr(found + 1, heads[i]))
            program_fail(&p, "each question once");
    }
    if (strstr(p.out_text, "split") || strstr(p.out_text, "round trip"))
        program_fail(&p, "only what was asked");
}
END_TEST

START_TEST(test_shares)
{
    program_run(&p, "ipc bench pipe posix-mq --consumers 3 --size 64 "
                    "--jobs 300 --rounds 1");
    program_expect(&p, 0, "they compete", NULL);
    program_expect(&p, 0, "dealt in turn", NULL);
    program_expect(&p, 0, "33 %, 33 %, 33 %", NULL);
}
END_TEST

/* Whoever is the best: of two only one can be. */
START_TEST(test_reference)
{
    static const char *const names[] = { "pipe", "ring" };
    char row[40];

    for (int i = 0; i < 2; i++) {
        program_run(&p,
                    "ipc bench pipe ring --size 64 --jobs 200 --reference %s "
                    "--rounds 11%s",
                    names[i], i == 0 ? "" : " --markdown");
        (void)snprintf(row, sizeof(row), i == 0 ? "\n%s " : "\n| %s |",
                       names[i]);
        expect_in_row(row, " 1x ");
    }
    program_run(&p, "ipc bench pipe --reference frob --jobs 1");
    program_expect_line(&p, 2, "frob", "no such mechanism");
}
END_TEST

START_TEST(test_mistakes)
{
    program_run(&p, "ipc bench pipe --pattern exchange --batch 4");
    program_expect_line(&p, 2, "nothing to measure", "--pattern stream");
    program_run(&p, "ipc bench pipe --save %s", in_place("no/r.jsonl"));
    program_expect_line(&p, 1, "no/r.jsonl", "No such file");
    program_run(&p, "ipc demo pipe --pattern stream,exchange");
    program_expect_line(&p, 2, "one value", "");
}
END_TEST

START_TEST(test_csv)
{
    unsigned lines = 0, commas = 0, first = 0;

    program_run(&p, "ipc bench pipe --size 64 --jobs 20 --rounds 1 --csv");
    program_expect(&p, 0, "mechanism,family,pattern,", NULL);
    for (const char *at = p.out_text; *at; at++) {
        commas += *at == ',';
        if (*at != '\n')
            continue;
        first = lines++ == 0 ? commas : first;
        ck_assert_uint_eq(commas, first);
        commas = 0;
    }
    ck_assert_uint_eq(lines, 3);
}
END_TEST

START_TEST(test_markdown)
{
    program_run(&p, "ipc bench pipe --size 64 --jobs 20 --rounds 1 --markdown");
    program_expect(&p, 0, "### exchange, verify, 64 B", NULL);
    program_expect(&p, 0, "| --- | --: |", NULL);
    program_expect(&p, 0, "| pipe |", NULL);
}
END_TEST

/* The order is the seed's; what was saved is what was printed. */
START_TEST(test_save)
{
    const char *path = in_place("results.jsonl");
    char text[RESULTS_TEXT_MAX];
    struct results_set results;

    program_run(&p,
                "ipc bench pipe --size 64 --jobs 20 --rounds 2 --seed 7 "
                "--save %s --json",
                path);
    program_expect(&p, 0, "\"seed\":7", NULL);
    ck_assert_int_eq(results_load(path, &results, text), 0);
    ck_assert_uint_eq(json_array_size(results.cells), 2);
    results_free(&results);
    program_run(&p, "ipc bench pipe --size 64 --jobs 20 --rounds 1 --save %s/x",
                path);
    program_expect(&p, 1, "", "Not a directory");
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* --------------------------------------------------- what others measure */

/* The number that a command prints alone on a line; 0: it cannot be had. */
static double number_of(const char *command)
{
    FILE *pipe = popen(command, "re");
    double number = 0;

    if (!pipe)
        return 0;
    if (fscanf(pipe, "%lf", &number) != 1)
        number = 0;
    (void)pclose(pipe);
    return number;
}

/* Whatever else runs delays one of the two and not the other: so it is only
 * told, but where somebody has time for a machine of its own. */
static void expect_near(const char *what, double ours, double theirs)
{
    printf("%s: %.3g here, %.3g there\n", what, ours, theirs);
    ck_assert_msg(!test_is_long() || (ours < 5 * theirs && theirs < 5 * ours),
                  "%s: %g and %g", what, ours, theirs);
}

/* Microseconds there and back over two pipes, on one processor. */
START_TEST(test_against_perf)
{
    double theirs = number_of(
        "taskset -c 0 perf bench -f simple sched pipe -l 20000 2>/dev/null");
    json_t *cell;

    if (theirs <= 0) {
        printf("perf bench is not here: not compared\n");
        return;
    }
    cell = bench_cell("pipe bench --pattern ping-pong --size 64 --pin same "
                      "--work header --seconds 0.3");
    expect_near("pipe ping-pong, us",
                results_number(cell, "latency_ns.p50") / 1000,
                theirs * 1e6 / 20000);
    json_decref(cell);
}
END_TEST

/* Bytes per second in blocks of 128 KiB over loopback. */
START_TEST(test_against_iperf)
{
    static const char format[] =
        "p=%u; "
        "iperf3 -s -1 -B 127.0.0.1 -p $p >/dev/null 2>&1 & sleep 0.5; "
        "iperf3 -c 127.0.0.1 -p $p -l 128K -t 1 -f m 2>/dev/null | "
        "sed -n 's,.*  *\\([0-9.]*\\) Mbits/sec.*receiver.*,\\1,p'; wait";
    char command[sizeof(format) + 10];
    double theirs;
    json_t *cell;

    (void)snprintf(command, sizeof(command), format,
                   network_free_port("127.0.0.1"));
    theirs = number_of(command);
    if (theirs <= 0) {
        printf("iperf3 is not here: not compared\n");
        return;
    }
    cell = bench_cell("tcp bench --pattern stream --size 128KiB --work header "
                      "--seconds 0.5");
    expect_near("tcp stream, MB/s",
                results_number(cell, "bytes_per_second.median") / 1e6,
                theirs / 8);
    json_decref(cell);
}
END_TEST

/* ------------------------------------------------------------------- ends */

/* What was measured before the end is shown; the results of an earlier run stay
 * as they were. */
START_TEST(test_interrupt)
{
    char text[RESULTS_TEXT_MAX];
    struct results_set results;

    program_run(&p, "pipe bench --size 64 --jobs 20 --rounds 1 --save %s",
                in_place("r.jsonl"));
    program_zero(&p);
    program_start(&p, "pipe bench --size 64 --seconds 60 --save %s",
                  in_place("r.jsonl"));
    (void)program_await_worker(&p, "consumer");
    program_signal(&p, SIGINT);
    program_wait(&p);
    program_expect(&p, 130, "", "stopped by SIGINT");
    program_expect(&p, 130, "", "r.jsonl.stopped; ");
    ck_assert_int_eq(results_load(in_place("r.jsonl"), &results, text), 0);
    ck_assert_uint_eq(json_array_size(results.cells), 2);
    results_free(&results);
    ck_assert_int_eq(results_load(in_place("r.jsonl.stopped"), &results, text),
                     0);
    results_free(&results);
    ck_assert_int_eq(unlink(in_place("r.jsonl")), 0);
    ck_assert_int_eq(unlink(in_place("r.jsonl.stopped")), 0);
}
END_TEST

START_TEST(test_kill)
{
    char killed[64];
    pid_t producer;

    program_zero(&p);
    program_start(&p, "fifo bench --json --pattern ping-pong --size 64 "
                      "--jobs 1000000 --rounds 1");
    producer = program_await_worker(&p, "producer");
    ck_assert_int_eq(kill(producer, SIGKILL), 0);
    program_wait(&p);
    (void)snprintf(killed, sizeof(killed), "(pid %d) was killed by SIGKILL",
                   producer);
    program_expect_line(&p, 1, killed, "fifo");
    program_expect(&p, 1, "\"good\":false", "");
}
END_TEST

static const json_t *round_of(const struct results_set *results, size_t cell,
                              size_t round)
{
    const json_t *rounds =
        json_object_get(json_array_get(results->cells, cell), "rounds");

    return json_array_get(rounds, round);
}

/* The rounds of one start would agree by chance. */
START_TEST(test_fresh_starts)
{
    char text[RESULTS_TEXT_MAX];
    struct results_set results;

    program_run(&p, "ipc bench pipe --size 64 --jobs 20 --rounds 3 --save %s",
                in_place("r.jsonl"));
    program_expect(&p, 0, "pipe", NULL);
    ck_assert_int_eq(results_load(in_place("r.jsonl"), &results, text), 0);
    for (size_t i = 0; i < 3; i++) {
        const double process =
            results_number(round_of(&results, 0, i), "process");

        ck_assert(process > 0 && process != p.pid);
        ck_assert(process ==
                  results_number(round_of(&results, 1, i), "process"));
        for (size_t k = 0; k < i; k++)
            ck_assert(process !=
                      results_number(round_of(&results, 0, k), "process"));
    }
    results_free(&results);
    ck_assert_int_eq(unlink(in_place("r.jsonl")), 0);
}
END_TEST

/* The program of a round that dies is a failure, and one that is bereft of its
 * bench ends. */
START_TEST(test_round_dies)
{
    pid_t children[PROGRAM_CHILDREN_MAX];

    program_zero(&p);
    program_start(&p, "pipe bench --size 64 --seconds 60");
    (void)program_await_worker(&p, "consumer");
    program_await_children(&p, 1, children);
    if (_i == 0) {
        ck_assert_int_eq(kill(children[0], SIGKILL), 0);
        program_wait(&p);
        program_expect(&p, 1, "", "a round was not run: its process died");
        program_run(&p, "ipc clean");
        program_expect(&p, 0, "1 removed", NULL);
    } else {
        program_signal(&p, SIGKILL);
        program_wait(&p);
        while (!process_is_gone(children[0]))
            pause_ms(2);
    }
}
END_TEST

/* Another build is measured in turns, and its results can be compared. */
START_TEST(test_against)
{
    char text[RESULTS_TEXT_MAX], ours[PATH_MAX], theirs[PATH_MAX + 8];
    const char *other = _i == 0 ? "ring" : "ipc";
    struct results_set mine, others;

    (void)snprintf(ours, sizeof(ours), "%s", in_place("r.jsonl"));
    (void)snprintf(theirs, sizeof(theirs), "%s.against", ours);
    program_run(&p,
                "ipc bench ring --size 64 --jobs 20 --rounds 7 --against "
                "%s/%s --save %s",
                place_programs(), other, ours);
    program_expect(&p, 0, "compare-runs ", "");
    ck_assert_int_eq(results_load(ours, &mine, text), 0);
    ck_assert_int_eq(results_load(theirs, &others, text), 0);
    ck_assert_uint_eq(json_array_size(mine.cells), 2);
    ck_assert_uint_eq(json_array_size(others.cells), 2);
    for (size_t i = 0; i < 7; i++)
        ck_assert(results_number(round_of(&mine, 1, i), "process") !=
                  results_number(round_of(&others, 1, i), "process"));
    results_free(&mine);
    results_free(&others);
    program_run(&p, "ipc compare-runs %s %s", theirs, ours);
    program_expect(&p, p.status, " show no difference", "");
    ck_assert_int_eq(unlink(ours), 0);
    ck_assert_int_eq(unlink(theirs), 0);
}
END_TEST

/* As many rounds as can decide, and both know that they took turns. */
START_TEST(test_usual_rounds)
{
    char text[RESULTS_TEXT_MAX], ours[PATH_MAX], theirs[PATH_MAX + 8];
    struct results_set mine, others;

    (void)snprintf(ours, sizeof(ours), "%s", in_place("r.jsonl"));
    (void)snprintf(theirs, sizeof(theirs), "%s.against", ours);
    program_run(&p, "pipe bench --size 64 --jobs 5 --save %s", ours);
    program_expect(&p, 0, "mechanism", "");
    ck_assert_int_eq(results_load(ours, &mine, text), 0);
    ck_assert(results_number(mine.run, "rounds") == 9);
    ck_assert(results_number(mine.run, "turns") == 0);
    results_free(&mine);
    program_run(&p, "pipe bench --size 64 --jobs 5 --against %s/pipe --save %s",
                place_programs(), ours);
    ck_assert_int_eq(results_load(ours, &mine, text), 0);
    ck_assert_int_eq(results_load(theirs, &others, text), 0);
    ck_assert(results_number(mine.run, "rounds") == 20);
    ck_assert(results_number(mine.run, "turns") > 0);
    ck_assert(results_number(mine.run, "turns") ==
              results_number(others.run, "turns"));
    results_free(&mine);
    results_free(&others);
    ck_assert_int_eq(unlink(ours), 0);
    ck_assert_int_eq(unlink(theirs), 0);
}
END_TEST

/* What is no build of these sources is no success. */
START_TEST(test_against_nothing)
{
    program_run(&p, "pipe bench --against /bin/true");
    program_expect_line(&p, 2, "--against", "--save");
    program_run(&p, "pipe bench --against missing --save %s",
                in_place("r.jsonl"));
    program_expect_line(&p, 2, "--against missing: ", "No such file");
    program_run(&p,
                "pipe bench --size 64 --jobs 20 --rounds 2 --against /bin/true "
                "--save %s",
                in_place("r.jsonl"));
    program_expect(&p, 1, "", "a round was not run: its process died, or is");
    ck_assert_int_eq(unlink(in_place("r.jsonl")), 0);
    (void)unlink(in_place("r.jsonl.against"));
}
END_TEST

/* Of a sheet that is none, or another grid's, nothing is believed. */
START_TEST(test_strange_sheet)
{
    static const char *const sheets[] = { "", "x", "-1", "99", "0" };

    for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
        ck_assert_int_eq(setenv("IPC_BENCH_SHEET", sheets[i], 1), 0);
        program_run(&p, "pipe bench --size 64 --jobs 20 --rounds 1");
        program_expect_line(&p, 1, "Invalid argument", "bench: the round");
    }
    ck_assert_int_eq(unsetenv("IPC_BENCH_SHEET"), 0);
}
END_TEST

static void add_cells(Suite *suite)
{
    TCase *tc = add_case_with_place(suite, "settings", 0);

    tcase_add_test(tc, test_server_time);
    tcase_add_test(tc, test_option);
    tcase_add_loop_test(tc, test_depth, 0, 6);
    tcase_add_test(tc, test_few_slots);
    tc = add_case_with_place(suite, "figures", 0);
    tcase_add_test(tc, test_stream);
    tcase_add_test(tc, test_header);
    tcase_add_test(tc, test_carry);
    tcase_add_test(tc, test_shares);
    tc = add_case_with_place(suite, "calls", 0);
    tcase_add_loop_test(tc, test_calls, 0,
                        sizeof(known_calls) / sizeof(known_calls[0]));
    tc = add_case_with_place(suite, "axes", 0);
    tcase_add_test(tc, test_size_and_rate);
    tcase_add_test(tc, test_axes);
    tcase_add_test(tc, test_fresh_starts);
    tcase_add_loop_test(tc, test_against, 0, 2);
    tcase_add_test(tc, test_usual_rounds);
    tcase_add_test(tc, test_against_nothing);
    tcase_add_test(tc, test_strange_sheet);
}

static void add_output(Suite *suite)
{
    TCase *tc = add_case_with_place(suite, "output", 0);

    tcase_add_test(tc, test_reference);
    tcase_add_test(tc, test_mistakes);
    tcase_add_test(tc, test_csv);
    tcase_add_test(tc, test_markdown);
    tcase_add_test(tc, test_save);
    tc = add_case_with_place(suite, "table", 0);
    tcase_add_loop_test(tc, test_table, 0, 3);
    tcase_add_test(tc, test_few_rounds);
    tcase_add_test(tc, test_one_table);
    tcase_add_test(tc, test_settled_questions);
    tcase_add_test(tc, test_longer_rounds);
}

Suite *bench_suite(void)
{
    Suite *s = suite_create("bench");
    TCase *tc = add_case_with_place(s, "all", 0);

    tcase_add_test(tc, test_every_mechanism);
    tc = add_case_with_place(s, "lossy", 0);
    tcase_add_test(tc, test_lossy);
    add_cells(s);
    add_output(s);
    tc = add_case_with_place(s, "others", 0);
    tcase_add_test(tc, test_against_perf);
    tcase_add_test(tc, test_against_iperf);
    tc = add_case_with_place(s, "ends", 0);
    tcase_add_test(tc, test_interrupt);
    tcase_add_loop_test(tc, test_round_dies, 0, 2);
    tcase_add_test(tc, test_kill);
    return s;
}
