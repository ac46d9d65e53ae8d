/* SPDX-License-Identifier: MIT */
/*
 * What is made of saved results: comparisons, choices, the page. The results
 * are made up here, so what must be said of them is known.
 */
#include "ipc/lab/show/plot_labels.h"
#include "ipc/lab/show/plot_svg.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct program p;

/* Of the cells that are made up: how many rounds, how many of them others
 * disturbed, how far one lies from the next, and on what they were run. */
static struct {
    int rounds, disturbed;
    double step;
    const char *pin;
    int window;
    int turns; /* the number of those that took turns; 0: alone */
} made = { 9, 0, 0.005, "split", 8, 0 };

/* ------------------------------------------------------- results made up */

static FILE *open_results(const char *name)
{
    FILE *file = fopen(in_place(name), "we");

    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "{\"type\":\"run\",\"turns\":%d,", made.turns);
    (void)fputs("\"seed\":1,\"rounds\":9,\"machine\":"
                "{\"processor\":\"<b>&\\\"x\",\"processors\":2,"
                "\"memory_bytes\":1e9,\"kernel\":\"6\",\"measured\":\"now\","
                "\"warnings\":[\"<script>\"]},\"limits\":{\"memcpy\":["
                "{\"size\":64,\"ns\":2},{\"size\":1048576,\"ns\":30000}],"
                "\"system_call_ns\":80}}\n",
                file);
    return file;
}

/* A cell whose rounds lie around a rate. */
static void put_cell(FILE *file, const char *mechanism, const char *family,
                     const char *pattern, const char *work, unsigned size,
                     double rate, bool good)
{
    (void)fprintf(
        file,
        "{\"type\":\"cell\",\"mechanism\":\"%s\",\"family\":\"%s\","
        "\"pattern\":\"%s\",\"work\":\"%s\",\"size\":%u,\"payload_bytes\":%u,"
        "\"window\":%d,\"batch\":1,\"auto_batch\":false,"
        "\"pin\":\"%s\",\"wait\":\"\",\"rate\":0.0,"
        "\"producers\":1,\"consumers\":1,\"settings\":{},"
        "\"jobs_per_second\":{\"median\":%g,\"low\":%g,\"high\":%g},"
        "\"bytes_per_second\":{\"median\":%g},\"latency_ns\":{\"samples\":100,"
        "\"p50\":%g,\"p90\":%g,\"p99\":%g,\"p99_9\":null,\"max\":%g,"
        "\"steps\":[[1000,1100,60],[1100,1200,40]]},\"cpu_ns_per_job\":{"
        "\"producer\":900,\"consumer\":1100},\"system_calls_per_job\":{"
        "\"producer\":1,\"consumer\":2},\"ipc_share\":0.2,"
        "\"verdict\":{\"good\":%s},\"rounds\":[",
        mechanism, family, pattern, work, size, size, made.window, made.pin,
        rate, 0.98 * rate, 1.02 * rate, rate * size, 1e9 / rate, 1.1e9 / rate,
        1.5e9 / rate, 3e9 / rate, good ? "true" : "false");
    for (int i = 0; i < made.rounds; i++)
        (void)fprintf(file, "%s{\"jobs_per_second\":%g,\"disturbed\":%s}",
                      i ? "," : "", rate * (1 + made.step * (i - 4)),
                      i < made.disturbed ? "true" : "false");
    (void)fputs("]}\n", file);
}

static void put_stream(FILE *file, const char *mechanism, double rate)
{
    put_cell(file, mechanism, "pipes", "stream", "verify", 64, rate, true);
}

/* ------------------------------------------------------------ comparisons */

START_TEST(test_slower)
{
    FILE *file = open_results("old.jsonl");

    put_stream(file, "pipe", 100000);
    put_stream(file, "fifo", 100000);
    put_stream(file, "splice", 100000);
    put_stream(file, "tcp", 100000);
    (void)fclose(file);
    file = open_results("new.jsonl");
    put_stream(file, "pipe", 50000);    /* slower */
    put_stream(file, "fifo", 150000);   /* faster */
    put_stream(file, "splice", 100500); /* no difference */
    (void)fclose(file);
    program_run(&p, "ipc compare-runs %s %s", in_place("old.jsonl"),
                in_place("new.jsonl"));
    program_expect(&p, 1, "1 faster, 1 slower, 0 not good; 1 show", "");
    program_expect(&p, 1, "-50.0%  slower", NULL);
    program_expect(&p, 1, "+50.0%  faster", NULL);
    program_expect(&p, 1, "1 cell is in only one of the two files", NULL);
    if (strstr(p.out_text, "splice"))
        program_fail(&p, "splice shows no difference");
    program_run(&p, "ipc compare-runs %s %s", in_place("old.jsonl"),
                in_place("old.jsonl"));
    program_expect(&p, 0, "0 faster, 0 slower, 0 not good; 4 show", "");
    (void)unlink(in_place("old.jsonl"));
    (void)unlink(in_place("new.jsonl"));
}
END_TEST

static void compare(void)
{
    program_run(&p, "ipc compare-runs %s %s", in_place("old.jsonl"),
                in_place("new.jsonl"));
    (void)unlink(in_place("old.jsonl"));
    (void)unlink(in_place("new.jsonl"));
}

static void put_one(const char *name, double rate)
{
    FILE *file = open_results(name);

    put_stream(file, "pipe", rate);
    (void)fclose(file);
}

static void compare_rates(double old, double new)
{
    put_one("old.jsonl", old);
    put_one("new.jsonl", new);
    compare();
}

/* What the machine did meanwhile hides the difference, unless both builds took
 * turns: then each round shows it. */
START_TEST(test_in_turns)
{
    made.step = 0.15;
    made.turns = 7;
    compare_rates(100000, 90000);
    program_expect(&p, 1, "0 faster, 1 slower", "");
    program_expect(&p, 1, "-10.0%  slower", NULL);
    program_expect(&p, 1, "signed ranks", NULL);
    made.rounds = 7;
    compare_rates(100000, 90000);
    program_expect(&p, 3, "too few rounds (8 undisturbed", "");
    made.rounds = 9;
    put_one("new.jsonl", 90000);
    made.turns = 8; /* with another */
    put_one("old.jsonl", 100000);
    compare();
    program_expect(&p, 0, "0 faster, 0 slower, 0 not good; 1 show", "");
    program_expect(&p, 0, "U test of Mann", NULL);
}
END_TEST

/* A hundred times slower, and yet nothing is shown. */
START_TEST(test_too_few)
{
    made.rounds = 2;
    compare_rates(100000, 1000);
    program_expect(&p, 3, "0 faster, 0 slower, 0 not good; 0 show", "");
    program_expect(&p, 3, "For 1 it cannot tell: too few rounds (5 und", NULL);
    made.rounds = 5; /* what it says is enough */
    compare_rates(100000, 1000);
    program_expect(&p, 1, "-99.0%  slower", NULL);
    made.rounds = 4;
    compare_rates(100000, 1000);
    program_expect(&p, 3, "For 1 it cannot tell", NULL);
}
END_TEST

/* The rounds that others disturbed are left out; where most of them were,
 * nothing is decided. */
START_TEST(test_disturbed_rounds)
{
    for (made.disturbed = 0; made.disturbed < 9; made.disturbed++) {
        put_one("old.jsonl", 100000);
        put_one("new.jsonl", 50000);
        compare();
        if (made.disturbed < 5)
            program_expect(&p, 1, "-50.0%  slower", "");
        else
            program_expect(&p, 3, "For 1 it cannot tell: other programs dist",
                           "");
    }
}
END_TEST

/* A difference that counts by itself is none among thirty; where there is
 * another that lies far apart it may well be one. */
START_TEST(test_many_cells)
{
    made.step = 0.02;
    for (unsigned cells = 1; cells <= 30; cells += 29) {
        for (int new = 0; new < 2; new ++) {
            FILE *file = open_results(new ? "new.jsonl" : "old.jsonl");

            for (unsigned i = 0; i < cells; i++)
                put_cell(file, "pipe", "pipes", "stream", "verify", 64 + i,
                         new &&i == 0 ? 90909 : 100000, true);
            (void)fclose(file);
        }
        compare();
        if (cells == 1)
            program_expect(&p, 1, "-9.1%  slower", "");
        else
            program_expect(&p, 0, "0 faster, 0 slower, 0 not good; 30 show",
                           "");
    }
}
END_TEST

START_TEST(test_nothing_in_both)
{
    put_one("old.jsonl", 100000);
    (void)fclose(open_results("new.jsonl"));
    compare();
    program_expect(&p, 3, "no cell is in both files", "");
}
END_TEST

START_TEST(test_broken)
{
    FILE *file = open_results("old.jsonl");

    put_stream(file, "pipe", 100000);
    (void)fclose(file);
    file = open_results("new.jsonl");
    put_cell(file, "pipe", "pipes", "stream", "verify", 64, 100000, false);
    (void)fclose(file);
    program_run(&p, "ipc compare-runs %s %s", in_place("old.jsonl"),
                in_place("new.jsonl"));
    program_expect(&p, 1, "its verdict is not good", "");
    program_run(&p, "ipc compare-runs %s", in_place("old.jsonl"));
    program_expect_line(&p, 2, "two files", "");
    program_run(&p, "ipc compare-runs %s %s", in_place("old.jsonl"),
                in_place("none.jsonl"));
    program_expect_line(&p, 2, "none.jsonl", "No such file");
    (void)unlink(in_place("old.jsonl"));
    (void)unlink(in_place("new.jsonl"));
}
END_TEST

/* ---------------------------------------------------------------- choices */

static void expect_before(const char *first, const char *second)
{
    const char *a = strstr(p.out_text, first), *b = strstr(p.out_text, second);

    if (!a || !b || a > b)
        program_fail(&p, first);
}

/* In one line each: what is looked for is not wrapped. */
static void choose(const char *answers)
{
    ck_assert_int_eq(setenv("COLUMNS", "900", 1), 0);
    program_run(&p, "ipc choose %s --results %s", answers, in_place("r.jsonl"));
}

START_TEST(test_choose)
{
    FILE *file = open_results("r.jsonl");

    put_cell(file, "tcp", "sockets", "stream", "verify", 64, 2000, true);
    put_cell(file, "fifo", "pipes", "stream", "verify", 64, 3000, true);
    put_cell(file, "fifo", "pipes", "stream", "verify", 1 << 20, 10, true);
    put_cell(file, "tcp", "sockets", "stream", "verify", 1 << 20, 20, true);
    (void)fclose(file);
    choose("--strangers --size 64");
    program_expect(&p, 0, "\nTake fifo, else tcp.\n", "");
    program_expect(&p, 0, "made/r.jsonl, of another machine (2 x <b>&\"x), ",
                   "");
    program_expect(&p, 0,
                   "Ranked by jobs/s of 64 B on two CPUs, since no round", "");
    program_expect(&p, 0, "pipes/fifo.c; make demo-fifo", "");
    program_expect(&p, 0, "price    2 copies; a crash loses", "");
    expect_before("\n1. fifo: ", "\n2. tcp: ");
    expect_before("Not these", "  pipe, splice: no name");
    choose("--strangers --size 1MiB");
    program_expect(&p, 0, "since messages are large", "");
    expect_before("\n1. tcp: ", "\n2. fifo: ");
    choose("--machines");
    expect_before("\nTake tcp.\n", "Not these");
    expect_before("Not these", ", fifo, ");
    program_expect(&p, 0, "a network takes its own time", "");
    choose("--workers --order");
    program_expect(&p, 0, "Nothing here fits", "");
    program_expect(&p, 0, "   without --order (number the jobs", "");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

static void put_round_trip(FILE *file, const char *mechanism, const char *pin,
                           double ns)
{
    made.pin = pin;
    put_cell(file, mechanism, "queues", "ping-pong", "verify", 64, 1e9 / ns,
             true);
}

/* Whatever stands for a figure has beside it where it was measured; a question
 * to which two cells have an answer has none. */
START_TEST(test_choose_places)
{
    FILE *file = open_results("r.jsonl");

    put_round_trip(file, "ring", "same", 9910);
    put_round_trip(file, "ring", "split", 1290);
    put_round_trip(file, "fifo", "same", 8700);
    put_round_trip(file, "fifo", "split", 34400);
    put_round_trip(file, "tcp", "same", 20000);
    made.window = 4;
    put_round_trip(file, "tcp", "same", 40000);
    made.pin = "split";
    put_stream(file, "ring", 1360000);
    (void)fclose(file);
    choose("--size 64 --strangers");
    program_expect(&p, 0, "Ranked by round trip of 64 B on two CPUs, since",
                   "");
    program_expect(&p, 0,
                   "\n   figures  round trip of 64 B: 9.91 us on one CPU, 1.29 "
                   "us on two CPUs; 1.36 M jobs/s of 64 B on two CPUs, at 2.00 "
                   "us of CPU time each\n",
                   "");
    program_expect(&p, 0,
                   "\n   figures  round trip of 64 B: 8.70 us on one CPU, 34.4 "
                   "us on two CPUs\n",
                   "");
    program_expect(
        &p, 0, "its round trip on two CPUs takes 26.7 times that of ring", "");
    program_expect(&p, 0, "\ntcp (window): two cells would answer", "");
    for (int columns = 80; columns >= 60; columns -= 20) {
        ck_assert_int_eq(setenv("COLUMNS", columns == 80 ? "80" : "60", 1), 0);
        program_run(&p, "ipc choose --size 64 --strangers --results %s",
                    in_place("r.jsonl"));
        program_expect_width(&p, (size_t)columns);
    }
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* What cannot be told apart shares a place. */
START_TEST(test_choose_ties)
{
    FILE *file = open_results("r.jsonl");

    put_stream(file, "tcp", 101000);
    put_stream(file, "fifo", 100000);
    put_stream(file, "splice", 60000);
    put_stream(file, "pipe", 60100);
    put_stream(file, "ring", 300000);
    (void)fclose(file);
    choose("--size 64 --strangers --hostile");
    program_expect(&p, 0, "\nTake fifo or tcp.\n", "");
    expect_before("\n1. fifo: ", "\n1. tcp: ");
    program_expect(
        &p, 0,
        "with others the most jobs/s on two CPUs of the 2 that fit and were "
        "measured, no difference is shown within place 1",
        "");
    choose("--size 64 --hostile");
    expect_before("\nTake fifo or tcp, else splice.\n", "\n3. splice: ");
    expect_before("These fit, too: jobs/s of 64 B on two CPUs\n",
                  "   pipe 60.1 k/s; not measured: ");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* A rate that is too high rules out; one that is not costs time of a CPU. */
START_TEST(test_choose_rate)
{
    FILE *file = open_results("r.jsonl");

    put_stream(file, "tcp", 400000);
    put_stream(file, "fifo", 100000);
    put_round_trip(file, "ring", "split", 1000);
    (void)fclose(file);
    choose("--size 64 --rate 150000");
    program_expect(&p, 0, "Messages of 64 B, 150000 in a second.\n", "");
    program_expect(&p, 0, "since the rate is high", "");
    program_expect(&p, 0, "150000 jobs/s take 30% of a CPU", "");
    program_expect(
        &p, 0,
        "   fifo 100 k/s: too slow for that rate, by jobs/s of 64 B on "
        "two CPUs\n",
        "");
    choose("--size 64 --rate 900000 --machines --poll --without zmq,redis");
    program_expect(&p, 0, "\n   without --machines: ", "");
    program_expect(&p, 0, "\n   at a lower rate: tcp\n", "");
    program_expect(&p, 0, "\n   with all libraries: zeromq, redis-stream\n",
                   "");
    if (strstr(p.out_text, "without --poll"))
        program_fail(&p, "that would change nothing");
    choose("--size 64 --rate 10");
    program_expect(&p, 0, "\nTake ring.\n", "");
    program_expect(&p, 0, "since messages are small", "");
    program_expect(&p, 0, "at this rate it sleeps between messages", "");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* What lost a message is not to be taken, fast as it is. */
START_TEST(test_choose_bad)
{
    FILE *file = open_results("r.jsonl");

    put_cell(file, "ring", "queues", "stream", "verify", 64, 1e6, false);
    put_cell(file, "fifo", "pipes", "stream", "verify", 64, 1000, true);
    (void)fclose(file);
    choose("--size 64 --strangers");
    program_expect(&p, 0, "\nTake fifo.\n", "");
    program_expect(&p, 0, "   ring: not good when it was measured", "");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* Of two rounds nothing is ranked by how fast it is. */
START_TEST(test_choose_few_rounds)
{
    FILE *file = open_results("r.jsonl");

    (void)fputs("{\"type\":\"cell\",\"mechanism\":\"tcp\",\"pattern\":"
                "\"stream\",\"work\":\"verify\",\"size\":64,\"batch\":1,"
                "\"pin\":\"split\",\"jobs_per_second\":{\"median\":9e6,"
                "\"low\":null,\"high\":null}}\n",
                file);
    (void)fclose(file);
    choose("--size 64 --machines");
    program_expect(&p, 0, "figures  9.00 M jobs/s of 64 B on two CPUs\n", "");
    program_expect(&p, 0, "too few rounds to tell which is faster, so", "");
    expect_before("\nTake tcp or zeromq, else redis-stream", "\n1. tcp");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

START_TEST(test_choose_mistakes)
{
    FILE *file = open_results("r.jsonl");

    (void)fclose(file);
    program_run(&p, "ipc choose --without magic");
    program_expect_line(&p, 2, "made of magic", "zeromq: libzmq");
    program_run(&p, "ipc choose --size 64 --results %s", in_place("none"));
    program_expect_line(&p, 2, "none", "No such file");
    program_run(&p, "ipc choose pipe");
    program_expect_line(&p, 2, "pipe", "takes no arguments");
    file = fopen(in_place("r.jsonl"), "we");
    ck_assert_ptr_nonnull(file);
    (void)fputs("{\"type\":\"run\",\"machine\":{\"processors\":2,"
                "\"processor\":\"\\u001b[31m\"}}\n",
                file);
    (void)fclose(file);
    choose("--size 1GiB");
    program_expect(&p, 0, "(2 x \\x1b[31m)", "");
    program_expect(&p, 0, "None of them answers this, so the order", "");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* ------------------------------------------------------ where results are */

/* A build's folder of its own, in which ipc is the only program. */
static char tree[TEST_DIR_MAX];

static const char *in_tree(const char *name)
{
    static char paths[4][TEST_DIR_MAX + 64];
    static unsigned calls;
    char *path = paths[calls++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", tree, name);
    return path;
}

static void copy_program(void)
{
    const char *given = getenv("IPC_BIN");
    char from[PATH_MAX], bytes[4096];
    FILE *in, *out;
    size_t n;

    (void)snprintf(from, sizeof(from), "%s/ipc", given ? given : "build/bin");
    in = fopen(from, "re");
    out = fopen(in_tree("build/bin/ipc"), "we");
    ck_assert(in && out);
    while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
        ck_assert_uint_eq(fwrite(bytes, 1, n, out), n);
    (void)fclose(in);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(chmod(in_tree("build/bin/ipc"), 0755), 0);
}

static const char *const folders[] = { "build", "build/bin", "docs" };
enum { FOLDERS = sizeof(folders) / sizeof(folders[0]) };

static void open_tree(void)
{
    make_test_dir(tree);
    for (size_t i = 0; i < FOLDERS; i++)
        ck_assert_int_eq(mkdir(in_tree(folders[i]), 0755), 0);
    copy_program();
    ck_assert_int_eq(setenv("IPC_BIN", in_tree("build/bin"), 1), 0);
    place_open();
}

static void close_tree(void)
{
    static const char *const files[] = { "build/bin/ipc", "build/bench.jsonl",
                                         "docs/reference.jsonl" };

    place_close();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        (void)unlink(in_tree(files[i]));
    for (size_t i = FOLDERS; i-- > 0;)
        ck_assert_int_eq(rmdir(in_tree(folders[i])), 0);
    ck_assert_int_eq(rmdir(tree), 0);
}

/* Results of which one mechanism alone is known. */
static void put_results(const char *path, const char *mechanism)
{
    FILE *file = open_results("r.jsonl");

    put_stream(file, mechanism, 1000);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(rename(in_place("r.jsonl"), in_tree(path)), 0);
}

static void choose_there(const char *part)
{
    ck_assert_int_eq(setenv("COLUMNS", "900", 1), 0);
    program_run(&p, "ipc choose --size 64");
    program_expect(&p, 0, part, "");
}

/* Wherever one stands: first none are there, then the reference run, then what
 * bench found. */
START_TEST(test_results_found)
{
    choose_there("There are no figures: neither ");
    program_expect(&p, 0, "/build/bench.jsonl, which `make bench` makes", "");
    program_expect(&p, 0, "/docs/reference.jsonl is there. So the order", "");
    program_run(&p, "ipc report");
    program_expect_line(&p, 2, "neither ", "/docs/reference.jsonl is there");
    put_results("docs/reference.jsonl", "tcp");
    choose_there("/docs/reference.jsonl, of another machine (2 x ");
    program_expect(&p, 0, "none of `make bench`, which would be in ", "");
    program_expect(&p, 0, "\nTake tcp.\n", "");
    put_results("build/bench.jsonl", "fifo");
    choose_there("Figures: ");
    program_expect(&p, 0, "/build/bench.jsonl, of another machine (2 x ", "");
    program_expect(&p, 0, "\nTake fifo.\n", "");
    if (strstr(p.out_text, "reference"))
        program_fail(&p, "the reference run is not needed");
}
END_TEST

/* What is there and is no such file is not passed over. */
START_TEST(test_results_broken)
{
    FILE *file = fopen(in_tree("build/bench.jsonl"), "we");

    ck_assert_ptr_nonnull(file);
    (void)fputs("[1, 2]\n", file);
    (void)fclose(file);
    put_results("docs/reference.jsonl", "tcp");
    program_run(&p, "ipc choose --size 64");
    program_expect_line(&p, 2, "bench.jsonl: line 1: not a line", "");
    program_run(&p, "ipc report");
    program_expect_line(&p, 2, "bench.jsonl: line 1: not a line", "");
}
END_TEST

/* ---------------------------------------------------------------- the page */

static void make_page(void)
{
    FILE *file = open_results("r.jsonl");

    put_stream(file, "pipe", 100000);
    put_cell(file, "pipe", "pipes", "stream", "verify", 1 << 20, 3000, true);
    put_cell(file, "pipe", "pipes", "ping-pong", "verify", 64, 20000, true);
    put_cell(file, "<x>", "pipes", "ping-pong", "verify", 64, 20000, true);
    put_cell(file, "tcp", "sockets", "ping-pong", "verify", 64, 10000, true);
    put_cell(file, "tcp", "sockets", "exchange", "image", 0, 10, true);
    (void)fclose(file);
    program_run(&p, "ipc report %s -o %s", in_place("r.jsonl"),
                in_place("page.html"));
}

static bool has_gnuplot(void)
{
    return system("gnuplot --version >/dev/null 2>&1") == 0;
}

static char *read_page(size_t *ret_size)
{
    struct stat status;
    FILE *file = fopen(in_place("page.html"), "re");
    char *text;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    text = calloc(1, (size_t)status.st_size + 1);
    ck_assert_ptr_nonnull(text);
    *ret_size = fread(text, 1, (size_t)status.st_size, file);
    (void)fclose(file);
    return text;
}

/* One file, nothing from elsewhere, and what a file says is only text. */
START_TEST(test_page)
{
    size_t size;
    char *text;

    if (!has_gnuplot())
        return;
    make_page();
    program_expect(&p, 0, ", cells: 6", "");
    text = read_page(&size);
    ck_assert_uint_lt(size, 2000000);
    ck_assert_ptr_nonnull(strstr(text, "Throughput against size (stream, v"));
    ck_assert_ptr_nonnull(strstr(text, "Share of a picture"));
    ck_assert_ptr_nonnull(strstr(text, "&lt;b&gt;&amp;&quot;x"));
    ck_assert_ptr_null(strstr(text, "<x>"));
    ck_assert_ptr_null(strstr(text, "Note: <script>"));
    ck_assert_ptr_null(strstr(text, "http"));
    free(text);
    (void)unlink(in_place("r.jsonl"));
    (void)unlink(in_place("page.html"));
}
END_TEST

static void expect_page(const char *part, bool there)
{
    size_t size;
    char *text = read_page(&size);

    ck_assert_msg(!!strstr(text, part) == there, "%s %s in the page", part,
                  there ? "is not" : "is");
    free(text);
}

static void report(void)
{
    program_run(&p, "ipc report %s -o %s", in_place("r.jsonl"),
                in_place("page.html"));
    program_expect(&p, 0, ", cells: ", NULL);
}

static void remove_page(void)
{
    (void)unlink(in_place("r.jsonl"));
    (void)unlink(in_place("page.html"));
}

/* Cells of two placements, of two windows: each has its plots and is told
 * apart in the table; what all have in common takes no column. */
START_TEST(test_page_axes)
{
    FILE *file;

    if (!has_gnuplot())
        return;
    file = open_results("r.jsonl");
    put_round_trip(file, "ring", "same", 9910);
    put_round_trip(file, "ring", "split", 1290);
    put_stream(file, "pipe", 100000);
    made.window = 4;
    made.disturbed = 2;
    put_stream(file, "pipe", 120000);
    (void)fclose(file);
    report();
    expect_page("Latency (ping-pong, verify, 64 B, pinned: same)", true);
    expect_page("Latency (ping-pong, verify, 64 B, pinned: split)", true);
    expect_page("CPU time of a job (ping-pong, verify, 64 B, pinned: same)",
                true);
    expect_page("<button>pin</button>", true);
    expect_page("<button>window</button>", true);
    expect_page("<button>rate</button>", false);
    expect_page(">good*<", true);
    remove_page();
}
END_TEST

/* Of each pattern there are plots; where there is nothing to draw it is said
 * so. */
START_TEST(test_page_of_exchange)
{
    FILE *file;

    if (!has_gnuplot())
        return;
    file = open_results("r.jsonl");
    put_cell(file, "pipe", "pipes", "exchange", "header", 64, 1000, true);
    put_cell(file, "pipe", "pipes", "exchange", "header", 4096, 900, true);
    (void)fclose(file);
    report();
    expect_page("Throughput against size (exchange, header", true);
    expect_page("Latency (exchange, header, 64 B", true);
    expect_page("CPU time of a job (exchange", true);
    remove_page();
    file = open_results("r.jsonl");
    put_cell(file, "none", "", "exchange", "verify", 64, 1000, true);
    (void)fclose(file);
    report();
    program_expect(&p, 0, "plots: 0", "");
    expect_page("There is nothing to draw", true);
    remove_page();
}
END_TEST

static void ignore_children(void)
{
    (void)signal(SIGCHLD, SIG_IGN);
}

/* As some shells hand it on: then no child's end could be waited for. */
START_TEST(test_page_without_children)
{
    FILE *file;

    if (!has_gnuplot())
        return;
    file = open_results("r.jsonl");
    put_stream(file, "pipe", 100000);
    (void)fclose(file);
    program_zero(&p);
    p.prepare = ignore_children;
    program_start(&p, "ipc report %s -o %s", in_place("r.jsonl"),
                  in_place("page.html"));
    program_wait(&p);
    program_expect(&p, 0, ", cells: 1", "");
    (void)unlink(in_place("r.jsonl"));
    (void)unlink(in_place("page.html"));
}
END_TEST

START_TEST(test_page_mistakes)
{
    FILE *file = open_results("r.jsonl");

    put_stream(file, "pipe", 100000);
    (void)fclose(file);
    program_run(&p, "ipc report %s", in_place("missing"));
    program_expect_line(&p, 2, "missing", "No such file");
    if (has_gnuplot()) {
        program_run(&p, "ipc report %s -o %s/x", in_place("r.jsonl"),
                    in_place("r.jsonl"));
        program_expect_line(&p, 1, "r.jsonl/x", "Not a directory");
    }
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
    program_run(&p, "ipc report %s -o %s", in_place("r.jsonl"),
                in_place("page.html"));
    program_expect_line(&p, 1, "gnuplot is not installed", "");
    ck_assert_int_lt(access(in_place("page.html"), F_OK), 0);
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* Numbers that cannot be, and things of another kind: it is said of them what
 * can be said, and nothing goes wrong. */
static const char *const strange[] = {
    "\"size\":-1,\"payload_bytes\":1e300,\"rate\":-5",
    "\"size\":1e300,\"latency_ns\":[1,2],\"rounds\":{}",
    "\"size\":\"x\",\"jobs_per_second\":7,\"verdict\":[]",
    "\"pattern\":\"stream\",\"work\":\"verify\",\"family\":\"pipes\","
    "\"bytes_per_second\":{\"median\":-1e308},\"size\":0",
    "\"pattern\":\"ping-pong\",\"work\":\"verify\",\"latency_ns\":{"
    "\"p50\":-1,\"samples\":-1,\"steps\":[[],[1],\"a\",[3,2,1]]}",
    "\"rounds\":[1,null,{\"jobs_per_second\":\"a\"}],\"wait\":7",
};

START_TEST(test_strange)
{
    FILE *file = open_results("r.jsonl");

    for (int i = 0; i < 2; i++)
        (void)fprintf(file, "{\"type\":\"cell\",\"mechanism\":\"%s\",%s}\n",
                      i ? "pipe" : "'\\n$x", strange[_i]);
    (void)fclose(file);
    program_run(&p, "ipc compare-runs %s %s", in_place("r.jsonl"),
                in_place("r.jsonl"));
    program_expect(&p, 1, "not good", "");
    program_run(&p, "ipc choose --size 64 --results %s", in_place("r.jsonl"));
    program_expect(&p, 0, "\nTake ", "");
    if (has_gnuplot()) {
        program_run(&p, "ipc report %s -o %s", in_place("r.jsonl"),
                    in_place("page.html"));
        ck_assert_int_le(p.status, 1);
        (void)unlink(in_place("page.html"));
    }
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* One dot for each mechanism that has one answer, and its name. */
START_TEST(test_page_scatter)
{
    FILE *file;

    if (!has_gnuplot())
        return;
    file = open_results("r.jsonl");
    put_round_trip(file, "ring", "split", 1290);
    put_round_trip(file, "fifo", "split", 34800);
    put_stream(file, "ring", 2e6);
    put_stream(file, "fifo", 1e6);
    (void)fclose(file);
    report();
    expect_page("aria-label=\"Latency and throughput (two processors)\"", true);
    expect_page("aria-label=\"Latency and throughput (one processor)\"", false);
    expect_page("<text>fifo</text>", true);
    remove_page();
    file = open_results("r.jsonl");
    put_round_trip(file, "ring", "split", 1290);
    put_stream(file, "ring", 2e6);
    put_round_trip(file, "fifo", "split", 34800);
    made.window = 4;
    put_round_trip(file, "fifo", "split", 30000);
    put_stream(file, "fifo", 1e6);
    (void)fclose(file);
    report();
    expect_page("aria-label=\"Latency and throughput (two processors)\"", true);
    expect_page("<text>ring</text>", true);
    remove_page();
}
END_TEST

/* The one table alone, for a README: what is not good says so, and what a file
 * says is only text. */
START_TEST(test_markdown)
{
    FILE *file = open_results("r.jsonl");

    put_round_trip(file, "ring", "same", 9910);
    put_round_trip(file, "ring", "split", 1290);
    put_round_trip(file, "fifo", "split", 34800);
    put_cell(file, "fifo", "pipes", "stream", "verify", 64, 1e5, false);
    put_cell(file, "<x>|", "pipes", "ping-pong", "verify", 64, 1000, true);
    (void)fclose(file);
    program_run(&p, "ipc report %s --markdown", in_place("r.jsonl"));
    program_expect(&p, 0, "On two processors ring is the fastest", "");
    program_expect(&p, 0, "\n| mechanism | round trip on one CPU, us | on two",
                   "");
    program_expect(&p, 0, "\n| ring | 9.91 | 1.29 | - | - | - | - | - | - |\n",
                   "");
    program_expect(&p, 0, "\n| fifo (BAD) | - | 34.8 | ", "");
    program_expect(&p, 0, "\n| &lt;x>\\| | - | ", "");
    program_expect(&p, 0, "\nMedians of 9 rounds on &lt;b>&\"x, 2 ", "");
    program_run(&p, "ipc report %s --markdown -o %s", in_place("r.jsonl"),
                in_place("page.html"));
    program_expect(&p, 0, NULL, NULL);
    expect_page("\n| ring | 9.91 | 1.29 | ", true);
    remove_page();
    file = open_results("r.jsonl");
    put_cell(file, "pipe", "pipes", "exchange", "verify", 64, 1e5, true);
    (void)fclose(file);
    program_run(&p, "ipc report %s --markdown", in_place("r.jsonl"));
    program_expect_line(&p, 1, "r.jsonl", "none of the usual questions");
    program_run(&p, "ipc report %s --markdown --scatter dark",
                in_place("r.jsonl"));
    program_expect_line(&p, 2, "--markdown", "--scatter");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

START_TEST(test_scatter)
{
    FILE *file;

    if (!has_gnuplot())
        return;
    file = open_results("r.jsonl");
    put_round_trip(file, "ring", "split", 1290);
    (void)fclose(file);
    program_run(&p, "ipc report %s --scatter dark", in_place("r.jsonl"));
    program_expect_line(&p, 1, "no mechanism has a round trip and a rate", "");
    file = fopen(in_place("r.jsonl"), "ae");
    ck_assert_ptr_nonnull(file);
    put_stream(file, "ring", 2e6);
    (void)fclose(file);
    for (int dark = 0; dark < 2; dark++) {
        program_run(&p, "ipc report %s --scatter %s", in_place("r.jsonl"),
                    dark ? "dark" : "light");
        program_expect(&p, 0, "<svg", "");
        program_expect(&p, 0, "<text>ring</text>", "");
        program_expect(&p, 0, dark ? "#0d1117" : "#ffffff", "");
    }
    program_run(&p, "ipc report %s --scatter drak", in_place("r.jsonl"));
    program_expect_line(&p, 2, "expected light or dark", "dark?");
    (void)unlink(in_place("r.jsonl"));
}
END_TEST

/* Of two cells under one name neither is drawn; they are in the table. */
START_TEST(test_page_twins)
{
    FILE *file;

    if (!has_gnuplot())
        return;
    file = open_results("r.jsonl");
    put_round_trip(file, "ring", "split", 1290);
    put_round_trip(file, "fifo", "split", 34800);
    put_round_trip(file, "fifo", "split", 30000);
    (void)fclose(file);
    report();
    expect_page("aria-label=\"Latency (ping-pong", true);
    expect_page("<text>ring</text>", true);
    expect_page("<text>fifo</text>", false);
    expect_page(">34.8 us<", true);
    expect_page(">30.0 us<", true);
    remove_page();
}
END_TEST

/* Many dots, some at one place: each has its name, none is on another, and all
 * are within the area. */
static void expect_apart(const struct plot_label *labels, size_t count,
                         const struct plot_box *area)
{
    for (size_t i = 0; i < count; i++) {
        const struct plot_box *a = &labels[i].box;

        ck_assert(labels[i].placed);
        ck_assert(a->left >= area->left && a->top >= area->top - 0.1);
        ck_assert(a->bottom <= area->bottom + 0.1);
        for (size_t j = 0; j < i; j++) {
            const struct plot_box *b = &labels[j].box;

            ck_assert_msg(a->left >= b->right || b->left >= a->right ||
                              a->top > b->bottom - 0.1 ||
                              b->top > a->bottom - 0.1,
                          "%zu is on %zu", i, j);
        }
    }
}

START_TEST(test_labels)
{
    static const struct plot_box area = { 60, 40, 350, 460 };
    struct plot_label labels[24] = { 0 };

    for (int i = 0; i < 24; i++)
        labels[i] = (struct plot_label){
            .x = 200 + i / 2 % 5 * 9,
            .y = 240 + i / 10 * 8,
            .width = 40 + i % 3 * 20,
        };
    plot_labels_place(labels, 24, &area, 12);
    expect_apart(labels, 24, &area);
    plot_labels_stack(labels, 24, &area, 14, 280);
    expect_apart(labels, 24, &area);
    for (int i = 0; i < 24; i++) /* in the order of their dots */
        for (int j = 0; j < i; j++)
            ck_assert(labels[i].y <= labels[j].y ||
                      labels[i].box.top > labels[j].box.top);
}
END_TEST

/* Two dots far apart: each name is at its own, and needs no line. */
START_TEST(test_labels_alone)
{
    static const struct plot_box area = { 0, 0, 400, 400 };
    struct plot_label labels[2] = { { .x = 50, .y = 90, .width = 40 },
                                    { .x = 300, .y = 300, .width = 40 } };

    plot_labels_place(labels, 2, &area, 12);
    for (int i = 0; i < 2; i++) {
        ck_assert(labels[i].placed && !labels[i].away);
        ck_assert(labels[i].box.left > labels[i].x);
        ck_assert(labels[i].box.left < labels[i].x + 20);
    }
    plot_labels_stack(labels, 2, &area, 12, 350);
    ck_assert_double_eq_tol(labels[0].box.top, 84, 0.01);
    ck_assert_double_eq_tol(labels[1].box.top, 294, 0.01);
}
END_TEST

START_TEST(test_svg)
{
    char *svg;

    svg = plot_svg_clean("<?xml?><svg\n xmlns=\"http://x\" width=\"1\">"
                         "<title>a</title><desc>b</desc><g id=\"c\" "
                         "filter='url(#d)'/><use xlink:href='#c' id='e'/>"
                         "</svg>",
                         "p-");
    ck_assert_ptr_nonnull(svg);
    ck_assert_str_eq(svg, "<svg\n width=\"1\"><g id=\"p-c\" "
                          "filter='url(#p-d)'/><use xlink:href='#p-c' "
                          "id='p-e'/></svg>");
    free(svg);
    ck_assert_ptr_null(plot_svg_clean("no picture", "p-"));
    ck_assert_ptr_null(plot_svg_clean("<svg><title>without an end", "p-"));
    ck_assert_ptr_null(plot_svg_clean("<svg xmlns=\"without an end", "p-"));
}
END_TEST

/* The one table opens the page; a mechanism without a cell has no figure. */
START_TEST(test_page_answer)
{
    FILE *file;

    if (!has_gnuplot())
        return;
    file = open_results("r.jsonl");
    put_round_trip(file, "ring", "same", 9910);
    put_round_trip(file, "ring", "split", 1290);
    put_round_trip(file, "fifo", "same", 8700);
    put_round_trip(file, "fifo", "split", 34800);
    put_stream(file, "ring", 2e6);
    (void)fclose(file);
    report();
    expect_page("On one processor fifo is the fastest with small messages: "
                "8.70 us there and back; ring takes 1.14 times as long.",
                true);
    expect_page("On two processors ring is the fastest with small messages: "
                "1.29 us there and back; fifo takes 27.0 times as long.",
                true);
    expect_page("on two processors instead of one ring is 7.68 times as fast, "
                "and fifo takes 4.00 times as long.",
                true);
    expect_page("<td class=\"word\">ring</td><td>9.91</td><td>14.9</td>"
                "<td>1.29</td><td>1.94</td><td>2.00</td><td>-</td><td>-</td>",
                true);
    remove_page();
}
END_TEST

Suite *report_suite(void)
{
    Suite *s = suite_create("report");
    TCase *tc = add_case_with_place(s, "core", 0);
    tcase_add_test(tc, test_slower);
    tcase_add_test(tc, test_in_turns);
    tcase_add_test(tc, test_too_few);
    tcase_add_test(tc, test_disturbed_rounds);
    tcase_add_test(tc, test_many_cells);
    tcase_add_test(tc, test_nothing_in_both);
    tcase_add_test(tc, test_broken);
    tcase_add_test(tc, test_choose);
    tcase_add_test(tc, test_choose_places);
    tcase_add_test(tc, test_choose_ties);
    tcase_add_test(tc, test_choose_rate);
    tcase_add_test(tc, test_choose_bad);
    tcase_add_test(tc, test_choose_few_rounds);
    tcase_add_test(tc, test_choose_mistakes);
    tcase_add_test(tc, test_page);
    tcase_add_test(tc, test_page_axes);
    tcase_add_test(tc, test_page_answer);
    tcase_add_test(tc, test_page_scatter);
    tcase_add_test(tc, test_page_twins);
    tcase_add_test(tc, test_markdown);
    tcase_add_test(tc, test_scatter);
    tcase_add_test(tc, test_labels);
    tcase_add_test(tc, test_labels_alone);
    tcase_add_test(tc, test_svg);
    tcase_add_test(tc, test_page_of_exchange);
    tcase_add_test(tc, test_page_without_children);
    tcase_add_test(tc, test_page_mistakes);
    tcase_add_loop_test(tc, test_strange, 0,
                        sizeof(strange) / sizeof(strange[0]));
    tc = add_case(s, "found", 0);
    tcase_add_checked_fixture(tc, open_tree, close_tree);
    tcase_add_test(tc, test_results_found);
    tcase_add_test(tc, test_results_broken);
    return s;
}
