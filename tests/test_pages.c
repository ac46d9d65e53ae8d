/* SPDX-License-Identifier: MIT */
/*
 * The article's page, of claims and models that are made up here: what is said
 * of them, its plots, its links, and files that hold anything.
 */
#include "ipc/lab/show/plot_curves.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct program p;

static bool has_gnuplot(void)
{
    return system("gnuplot --version >/dev/null 2>&1") == 0;
}

static FILE *open_lines(const char *name)
{
    FILE *file = fopen(in_place(name), "we");

    ck_assert_ptr_nonnull(file);
    return file;
}

static void close_lines(FILE *file)
{
    ck_assert_int_eq(fclose(file), 0);
}

static void put_machine(FILE *file)
{
    (void)fputs("{\"type\":\"machine\",\"processor\":\"<b>&\\\"x\","
                "\"processors\":2,\"memory_bytes\":1e9,\"kernel\":\"6\","
                "\"measured\":\"now\",\"warnings\":[\"<script>\"]}\n",
                file);
}

/* A claim, and what follows its finding. */
static void put_claim(FILE *file, const char *id, const char *verdict,
                      const char *more)
{
    (void)fprintf(file,
                  "{\"type\":\"claim\",\"id\":\"%s\",\"title\":\"<i>title\","
                  "\"part\":\"Part of %s\",\"source\":\"claims/x.c\","
                  "\"sheet\":{\"Claim\":\"It is said.\",\"Rule\":\"<u>rule\"},"
                  "\"verdict\":\"%s\",\"finding\":\"<s>found\"%s}\n",
                  id, id, verdict, more);
}

static const char plot[] =
    ",\"plot\":{\"title\":\"Torn\",\"x\":\"message's bytes\","
    "\"x_unit\":\"bytes\",\"y\":\"torn\",\"caption\":\"How to read it.\"},"
    "\"figures\":["
    "{\"name\":\"alone\",\"unit\":\"share\",\"values\":[0],\"text\":\"3 %\"},"
    "{\"name\":\"4 writers\",\"unit\":\"share\",\"x\":4096,\"values\":[0,0]},"
    "{\"name\":\"4 writers\",\"unit\":\"share\",\"x\":65536,"
    "\"values\":[0.3,0.5,0.4]},"
    "{\"name\":\"$x'\\nplot\",\"unit\":\"share\",\"x\":65536,\"values\":[1]}]";

static const char *read_page(const char *name)
{
    static char text[1 << 21];
    FILE *file = fopen(in_place(name), "re");
    size_t size;

    ck_assert_msg(file != NULL, "%s is not there", name);
    size = fread(text, 1, sizeof(text) - 1, file);
    ck_assert_uint_lt(size, sizeof(text) - 1);
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

static void expect(const char *page, const char *part)
{
    ck_assert_msg(strstr(page, part), "%s is not in the page", part);
}

static void expect_not(const char *page, const char *part)
{
    ck_assert_msg(!strstr(page, part), "%s is in the page", part);
}

/* One file, nothing from elsewhere, and what a file says is only text. */
START_TEST(test_claims_page)
{
    FILE *file = open_lines("a.jsonl");
    const char *page;

    put_machine(file);
    put_claim(file, "I4", "DEPENDS", plot);
    put_claim(file, "I5", "REFUTED", "");
    put_claim(file, "I4", "CONFIRMED", ",\"twin\":true");
    close_lines(file);
    if (!has_gnuplot())
        return;
    program_run(&p, "ipc report %s -o %s", in_place("a.jsonl"),
                in_place("a.html"));
    program_expect(&p, 0, "plots: 1, claims: 2, models: 0", "");
    page = read_page("a.html");
    expect(page, "<a href=\"#I4\">I4</a></td><td>It is said.</td>");
    expect(page, "<h2>Part of I4</h2>");
    expect(page, "<article id=\"I5\">\n<h3>I5: &lt;i&gt;title <span "
                 "class=\"verdict bad\">REFUTED</span></h3>");
    expect(page, "The twin: <span class=\"verdict good\">CONFIRMED</span>");
    expect(page, "<dt>Rule</dt><dd>&lt;u&gt;rule</dd>");
    expect(page, "alone</td><td class=\"word\">3 %</td>");
    expect(page, "&lt;b&gt;&amp;&quot;x");
    for (const char *at = "<i>\0<s>\0<script>\0<u>\0http\0Six ways\0"; *at;
         at += strlen(at) + 1)
        expect_not(page, at);
}
END_TEST

/* Each curve has its name, and each axis its numbers. */
START_TEST(test_plot)
{
    FILE *file = open_lines("a.jsonl");
    const char *page;

    put_claim(file, "I4", "DEPENDS", plot);
    close_lines(file);
    if (!has_gnuplot())
        return;
    program_run(&p, "ipc report %s -o %s", in_place("a.jsonl"),
                in_place("a.html"));
    program_expect(&p, 0, "plots: 1, claims: 1", "");
    page = read_page("a.html");
    expect(page, "aria-label=\"Torn\"");
    expect(page, "How to read it.");
    expect(page, "<text>4 writers</text>");
    expect(page, "<text>4 KiB</text>");
    expect(page, "<text>64 KiB</text>");
    expect(page, "<text>40 %</text>");
    expect(page, "<text>message?s bytes</text>");
    expect(page, "<text>?x??plot</text>");
}
END_TEST

/* A point is the median, between the least and the most. */
START_TEST(test_points)
{
    json_t *claim = json_pack(
        "{s:{s:s}, s:[{s:s, s:s, s:i, s:[f,f,f]}, {s:s, s:s, s:i, s:[f]}]}",
        "plot", "x_unit", "bytes", "figures", "name", "a", "unit", "share", "x",
        4096, "values", 0.3, 0.5, 0.4, "name", "a", "unit", "share", "x", 64,
        "values", 0.25);
    char *text = NULL;
    size_t size;
    FILE *script = open_memstream(&text, &size);

    ck_assert(plot_curves_can(claim));
    plot_curves_write(claim, PLOT_WIDE, "x.svg", script);
    (void)fclose(script);
    expect(text, "$c0 << EOD\n64 25 25 25\n4096 40 30 50\nEOD\n");
    free(text);
    json_decref(claim);
}
END_TEST

static void put_bench(void)
{
    FILE *file = open_lines("b.jsonl");

    (void)fputs("{\"type\":\"run\"}\n", file);
    (void)fputs("{\"type\":\"cell\",\"mechanism\":\"pipe\"}\n", file);
    close_lines(file);
}

/* Of both there are two pages, and each leads to the other. */
START_TEST(test_two_pages)
{
    FILE *file = open_lines("a.jsonl");

    put_machine(file);
    put_claim(file, "I4", "DEPENDS", "");
    close_lines(file);
    put_bench();
    if (!has_gnuplot())
        return;
    program_run(&p, "ipc report %s %s -o %s", in_place("a.jsonl"),
                in_place("b.jsonl"), in_place("x#1.html"));
    program_expect(&p, 0, "x#1.html: plots: 0, cells: 1\n", "");
    program_expect(&p, 0, "x#1-article.html: plots: 0, claims: 1", "");
    expect(read_page("x#1.html"), "<a href=\"x%231-article.html\">");
    expect(read_page("x#1-article.html"), "<a href=\"x%231.html\">");
    program_run(&p, "ipc report %s -o %s", in_place("b.jsonl"),
                in_place("alone"));
    program_expect(&p, 0, "", "");
    expect_not(read_page("alone"), "<a href");
    program_run(&p, "ipc report %s %s -o %s", in_place("a.jsonl"),
                in_place("b.jsonl"), in_place("alone"));
    program_expect(&p, 0, "alone-article: plots: 0, claims: 1", "");
}
END_TEST

START_TEST(test_mistakes)
{
    FILE *file = open_lines("a.jsonl");

    put_machine(file);
    (void)fputs("{\"type\":\"cell\",\"mechanism\":\"pipe\"}\n", file);
    close_lines(file);
    put_bench();
    program_run(&p, "ipc report %s", in_place("a.jsonl"));
    program_expect_line(&p, 2, "a.jsonl: line 2: not a line of results", "");
    program_run(&p, "ipc report %s %s", in_place("b.jsonl"),
                in_place("b.jsonl"));
    program_expect_line(&p, 2, "one file of `bench --save` at most", "");
    file = open_lines("a.jsonl");
    put_machine(file);
    put_claim(file, "I4", "CONFIRMED", ",\"twin\":true");
    close_lines(file);
    program_run(&p, "ipc report %s", in_place("a.jsonl"));
    program_expect_line(&p, 2, "a.jsonl: it holds no claim, no model and",
                        "no fault");
    program_run(&p, "ipc report %s --markdown", in_place("a.jsonl"));
    program_expect_line(&p, 2, "it holds no claim", "");
    file = open_lines("a.jsonl");
    put_claim(file, "I4", "CONFIRMED", "");
    close_lines(file);
    program_run(&p, "ipc report %s --scatter dark", in_place("a.jsonl"));
    program_expect_line(&p, 2, "claims --markdown", "");
}
END_TEST

/* Whatever else stands there: it is said of it what can be said. */
static const char *const strange[] = {
    "{\"type\":\"claim\",\"id\":\"'\\\"><x\",\"figures\":7,\"sheet\":[]}",
    "{\"type\":\"claim\",\"id\":\"a\",\"plot\":{},\"figures\":[1,null,{}]}",
    "{\"type\":\"claim\",\"id\":\"a\",\"plot\":{\"x_unit\":\"bytes\"},"
    "\"figures\":[{\"name\":\"c\",\"unit\":\"ns\",\"x\":1e-300,"
    "\"values\":[1e300,-1]},{\"name\":\"c\",\"unit\":\"ns\",\"x\":1e17,"
    "\"values\":[1e17,1e-9]},{\"name\":\"d\",\"unit\":\"ns\",\"x\":3,"
    "\"values\":[\"a\",2]}]}",
    "{\"type\":\"claim\",\"id\":\"a\",\"plot\":{},\"figures\":["
    "{\"unit\":\"share\",\"x\":1,\"values\":[0]},"
    "{\"unit\":\"share\",\"x\":2,\"values\":[0]}]}",
    "{\"type\":\"model\",\"name\":\"serial\",\"alone\":{\"took_ns\":[\"a\"],"
    "\"cpu_ns\":-1,\"tasks\":[{},1]},\"stream\":[]}",
    "{\"type\":\"model\",\"name\":\"a\",\"alone\":{\"took_ns\":[1e300],"
    "\"tasks\":[{\"task\":\"<x>\",\"begin_ns\":-1e300,\"end_ns\":1e300,"
    "\"cpu\":1e9,\"job\":-1}]},\"stream\":{\"jobs\":1,\"elapsed_ns\":0,"
    "\"tasks\":[{\"task\":\"resize\",\"begin_ns\":0,\"end_ns\":0}]}}",
    "{\"type\":\"models\",\"processors\":1e9,\"path\":7,\"shown_ns\":-1}\n"
    "{\"type\":\"model\",\"name\":\"a\",\"skipped\":\"<x>\"}",
};

START_TEST(test_strange)
{
    FILE *file = open_lines("a.jsonl");
    const char *page;

    (void)fprintf(file, "%s\n", strange[_i]);
    close_lines(file);
    if (!has_gnuplot())
        return;
    program_run(&p, "ipc report %s -o %s", in_place("a.jsonl"),
                in_place("a.html"));
    program_expect(&p, 0, "a.html: plots: ", "");
    page = read_page("a.html");
    for (const char *at = ">nan\0>-nan\0>inf\0 nan\0-nan\0 inf\0<x\0"; *at;
         at += strlen(at) + 1)
        expect_not(page, at);
}
END_TEST

Suite *pages_suite(void)
{
    Suite *suite = suite_create("pages");
    TCase *tc = add_case_with_place(suite, "pages", 0);

    tcase_add_test(tc, test_claims_page);
    tcase_add_test(tc, test_plot);
    tcase_add_test(tc, test_points);
    tcase_add_test(tc, test_two_pages);
    tcase_add_test(tc, test_mistakes);
    tcase_add_loop_test(tc, test_strange, 0,
                        sizeof(strange) / sizeof(strange[0]));
    return suite;
}
