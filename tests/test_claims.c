/* SPDX-License-Identifier: MIT */
/*
 * Claims: each one's twin turns its verdict, by figures that were measured once
 * (tests/claims.jsonl, so that no test's verdict depends on this machine's
 * speed), and those that are not timed also live; what the runner does with an
 * experiment that crashes, hangs on to things, or cannot be; and the figures.
 *
 * To record the figures anew, on an idle machine:
 *      (build/bin/ipc claims --json; build/bin/ipc claims --twin --json) \
 *          >tests/claims.jsonl
 */
#include "ipc/claims/attempt.h"
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[TEST_DIR_MAX];

static void begin(void)
{
    make_test_dir(dir);
}

static void end(void)
{
    ck_assert_int_eq(rmdir(dir), 0); /* and so nothing is left in it */
}

/* --------------------------------------------------------------- recorded */

static bool is_line_of(const json_t *line, const struct claim *claim, bool twin)
{
    const char *name = json_string_value(json_object_get(line, "name"));

    return name && strcmp(name, claim->name) == 0 &&
           json_is_true(json_object_get(line, "twin")) == twin;
}

static enum claim_unit unit_of(const char *text)
{
    enum claim_unit unit = 0;

    while (unit < CLAIM_UNITS && strcmp(claim_unit_name(unit), text) != 0)
        unit++;
    ck_assert_int_lt(unit, CLAIM_UNITS);
    return unit;
}

static void take_figures(struct claim_run *run, const json_t *figures)
{
    for (size_t i = 0; i < json_array_size(figures); i++) {
        const json_t *figure = json_array_get(figures, i);
        const json_t *values = json_object_get(figure, "values");
        const json_t *x = json_object_get(figure, "x");

        for (size_t j = 0; j < json_array_size(values); j++)
            claim_note_at(
                run, json_string_value(json_object_get(figure, "name")),
                unit_of(json_string_value(json_object_get(figure, "unit"))),
                x ? json_number_value(x) : NAN,
                json_number_value(json_array_get(values, j)));
    }
}

/* The verdict by recorded figures; it is the recorded one. */
static enum claim_verdict recorded(const struct claim *claim, bool twin)
{
    struct claim_run run = { .twin = twin };
    enum claim_verdict verdict = CLAIM_VERDICTS;
    FILE *file = fopen("tests/claims.jsonl", "re");
    json_t *line;

    ck_assert_ptr_nonnull(file);
    while (verdict == CLAIM_VERDICTS &&
           (line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
        if (is_line_of(line, claim, twin)) {
            take_figures(&run, json_object_get(line, "figures"));
            verdict = claim->ops->judge(&run);
            ck_assert_str_eq(
                claim_verdict_name(verdict),
                json_string_value(json_object_get(line, "verdict")));
            ck_assert_str_ne(run.finding, "");
        }
        json_decref(line);
    }
    (void)fclose(file);
    ck_assert_msg(verdict != CLAIM_VERDICTS, "%s%s is not recorded",
                  claim->name, twin ? ", the twin," : "");
    return verdict;
}

START_TEST(test_recorded)
{
    const struct claim *claim = &claims[_i];
    const enum claim_verdict own = recorded(claim, false);
    const enum claim_verdict twin = recorded(claim, true);

    ck_assert_msg(own != twin, "%s: its twin does not turn it: %s", claim->name,
                  claim_verdict_name(own));
}
END_TEST

/* ------------------------------------------------------------------- live */

/* A sanitizer takes signals, memory and threads its own way. */
static bool is_chosen(int i)
{
    return !test_is_sanitized() && (test_is_long() || i % 3 == 0);
}

static bool is_point_of(const struct figure *figure, const char *curve)
{
    return !isnan(figure->x) && strcmp(figure->name, curve) == 0;
}

/* They are measured from the left to the right. */
static void check_curve(const struct claim_run *run, const char *curve)
{
    unsigned count = 0;
    double last = -1;

    for (unsigned i = 0; i < run->figure_count; i++) {
        const struct figure *point = &run->figures[i];

        if (!is_point_of(point, curve))
            continue;
        ck_assert_msg(point->x > last, "%s, at %g", curve, point->x);
        last = point->x;
        count++;
        for (unsigned j = 0; j < point->count; j++)
            ck_assert_msg(isfinite(point->values[j]) && point->values[j] >= 0,
                          "%s, at %g: %g", curve, last, point->values[j]);
    }
    ck_assert_msg(count >= 2, "%s has one point", curve);
}

/* What has a plot has curves; the others have none, and neither has a twin. */
static void check_curves(const struct claim *claim, const struct claim_run *run)
{
    unsigned points = 0;

    for (unsigned i = 0; i < run->figure_count; i++)
        if (!isnan(run->figures[i].x)) {
            check_curve(run, run->figures[i].name);
            points++;
        }
    ck_assert_msg((points > 0) == (claim->ops->plot && !run->twin),
                  "%s: %u points", claim->name, points);
    ck_assert_uint_lt(run->figure_count, CLAIM_FIGURES_MAX);
}

static enum claim_verdict try_one(const struct claim *claim, bool twin)
{
    struct attempt_result result;

    attempt_claim(claim, dir, twin, true, NULL, &result);
    ck_assert_msg(result.failure[0] == '\0', "%s%s: %s", claim->name,
                  twin ? ", the twin" : "", result.failure);
    ck_assert_str_ne(result.run.finding, "");
    check_curves(claim, &result.run);
    return result.verdict;
}

/* A third of them, and what has curves without its twin; in the long form all,
 * and five times. What is timed only has to come to a verdict. */
START_TEST(test_live)
{
    const struct claim *claim = &claims[_i];
    const int times = test_is_long() ? 5 : 1;
    enum claim_verdict own, twin;

    for (int i = 0; is_chosen(_i) && i < times; i++) {
        own = try_one(claim, false);
        twin = try_one(claim, true);
        ck_assert_msg(claim->ops->timed || own != twin ||
                          own == CLAIM_NOT_TESTABLE,
                      "%s: its twin does not turn it: %s", claim->name,
                      claim_verdict_name(own));
    }
    if (claim->ops->plot && !is_chosen(_i) && !test_is_sanitized())
        (void)try_one(claim, false);
}
END_TEST

START_TEST(test_sheet)
{
    const struct claim *claim = &claims[_i];

    for (unsigned i = 0; i < CLAIM_HEADINGS; i++)
        ck_assert_str_ne(claim->sheet[i], "");
    ck_assert_ptr_eq(claim_find(claim->name), claim);
    ck_assert_ptr_eq(claim_find(claim->ops->id), claim);
    ck_assert_str_eq(claim->skipped ? claim->skipped : "", "");
}
END_TEST

/* -------------------------------------------------------------- the runner */

static int crash(struct claim_run *run)
{
    (void)run;
    (void)raise(SIGKILL);
    return 0;
}

static int fail_with_io(struct claim_run *run)
{
    (void)run;
    return -EIO;
}

static int not_here(struct claim_run *run)
{
    return claim_cannot(run, "There is no %s here.", "moon");
}

static int wait_for_ever(void *arg)
{
    (void)arg;
    for (;;)
        (void)pause();
    return 0;
}

/* Leaves a file, and a process that does not die with this one. */
static int leave_things(struct claim_run *run)
{
    const pid_t pid = fork();
    int fd;

    if (pid == 0)
        _exit(wait_for_ever(NULL));
    fd = open("left", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    claim_note(run, "pid", UNIT_COUNT, pid);
    return fd < 0 || pid < 0 ? -EIO : 0;
}

static int hang(struct claim_run *run)
{
    (void)run;
    return wait_for_ever(NULL);
}

static enum claim_verdict confirm(struct claim_run *run)
{
    claim_say(run, "So it is.");
    return CLAIM_CONFIRMED;
}

static struct attempt_result attempt_with(int (*measure)(struct claim_run *run),
                                          child_stop_fn *stop)
{
    const struct claim_ops ops = { .measure = measure, .judge = confirm };
    const struct claim claim = { .name = "tried", .ops = &ops };
    struct attempt_result result;

    attempt_claim(&claim, dir, false, true, stop, &result);
    return result;
}

START_TEST(test_crash)
{
    const struct attempt_result result = attempt_with(crash, NULL);

    ck_assert_str_eq(result.failure, "the experiment was ended by SIGKILL");
}
END_TEST

START_TEST(test_error)
{
    const struct attempt_result result = attempt_with(fail_with_io, NULL);

    ck_assert_str_eq(result.failure,
                     "the experiment failed: Input/output error");
}
END_TEST

START_TEST(test_not_testable)
{
    const struct attempt_result result = attempt_with(not_here, NULL);

    ck_assert_str_eq(result.failure, "");
    ck_assert_int_eq(result.verdict, CLAIM_NOT_TESTABLE);
    ck_assert_str_eq(result.run.finding, "There is no moon here.");
}
END_TEST

START_TEST(test_left_things)
{
    const struct attempt_result result = attempt_with(leave_things, NULL);
    const pid_t pid = (pid_t)claim_median(&result.run, "pid");

    ck_assert_int_eq(result.verdict, CLAIM_CONFIRMED);
    ck_assert_int_gt(pid, 0);
    for (int i = 0; kill(pid, 0) == 0 && i < 3000; i++)
        tool_sleep(10000000);
    ck_assert_int_eq(kill(pid, SIGKILL), -1);
}
END_TEST

static int stop_now(void)
{
    return SIGINT;
}

START_TEST(test_stopped)
{
    const struct attempt_result result = attempt_with(hang, stop_now);

    ck_assert_int_eq(result.signal, SIGINT);
    ck_assert_str_eq(result.failure, "");
}
END_TEST

/* ------------------------------------------------------------- the figures */

START_TEST(test_times)
{
    struct claim_run run = { 0 };
    struct times times;

    for (int i = 1; i <= 9; i++) {
        claim_note(&run, "a", UNIT_NS, 10.0 * i);
        claim_note(&run, "b", UNIT_NS, i == 9 ? 1.0 : 10);
    }
    ck_assert(claim_median(&run, "a") == 50);
    ck_assert(claim_least(&run, "a") == 10);
    ck_assert(claim_most(&run, "a") == 90);
    /* 1 to 8, and 90: of nine the smallest and the largest are left out. */
    times = claim_times(&run, "a", "b");
    ck_assert(times.median == 5 && times.low == 2 && times.high == 8);
    times = claim_times(&run, "a", "nothing");
    ck_assert(isnan(times.median) && isnan(times.low) && isnan(times.high));
    ck_assert(isnan(claim_median(&run, "nothing")));
}
END_TEST

START_TEST(test_few_times)
{
    struct claim_run run = { 0 };
    struct times times;

    for (int i = 1; i <= 3; i++) {
        claim_note(&run, "a", UNIT_NS, i);
        claim_note(&run, "b", UNIT_NS, 1);
    }
    times = claim_times(&run, "a", "b");
    ck_assert(times.median == 2 && times.low == 1 && times.high == 3);
}
END_TEST

START_TEST(test_texts)
{
    struct claim_run run = { 0 };
    char text[FIGURE_TEXT_MAX];

    claim_note(&run, "share", UNIT_SHARE, 0.234);
    claim_note(&run, "time", UNIT_NS, 1200);
    claim_note(&run, "time", UNIT_NS, 1300);
    claim_note(&run, "time", UNIT_NS, 1100);
    claim_note(&run, "yes", UNIT_YES_NO, 1);
    claim_note(&run, "count", UNIT_COUNT, 1200);
    ck_assert_str_eq(claim_value_text(&run, "share", text), "23.4 %");
    ck_assert_str_eq(claim_value_text(&run, "yes", text), "yes");
    ck_assert_str_eq(claim_value_text(&run, "count", text), "1.20 k");
    ck_assert_str_eq(claim_value_text(&run, "none", text), "-");
    ck_assert_str_eq(figure_spread_text(&run.figures[1], text),
                     "1.20 us  [1.10 us to 1.30 us]");
}
END_TEST

/* More than there is room for are left out. */
START_TEST(test_many_figures)
{
    struct claim_run run = { 0 };
    char name[CLAIM_NAME_MAX];

    for (int i = 0; i < CLAIM_FIGURES_MAX + 3; i++) {
        (void)snprintf(name, sizeof(name), "figure %d", i);
        for (int j = 0; j < CLAIM_VALUES_MAX + 3; j++)
            claim_note(&run, name, UNIT_COUNT, j);
    }
    ck_assert_uint_eq(run.figure_count, CLAIM_FIGURES_MAX);
    ck_assert_uint_eq(run.figures[0].count, CLAIM_VALUES_MAX);
}
END_TEST

/* A point and a figure that are called alike know nothing of each other. */
START_TEST(test_points)
{
    struct claim_run run = { 0 };
    char text[FIGURE_TEXT_MAX];

    claim_note_at(&run, "a", UNIT_NS, 8, 1000);
    ck_assert(isnan(claim_median(&run, "a")));
    ck_assert_str_eq(claim_value_text(&run, "a", text), "-");
    claim_note(&run, "a", UNIT_NS, 1);
    claim_note_at(&run, "a", UNIT_NS, 0, 3000);
    claim_note_at(&run, "a", UNIT_NS, 8, 2000);
    claim_note_at(&run, "b", UNIT_NS, 8, 4000);
    claim_note(&run, "a", UNIT_NS, 3);
    claim_note(&run, "b", UNIT_NS, 1);
    ck_assert(claim_median(&run, "a") == 2);
    ck_assert(claim_least(&run, "a") == 1 && claim_most(&run, "a") == 3);
    ck_assert(claim_times(&run, "a", "b").high == 1);
    ck_assert_uint_eq(run.figure_count, 5);
    ck_assert(run.figures[0].x == 8 && run.figures[0].count == 2);
    ck_assert(run.figures[0].values[1] == 2000);
    ck_assert(isnan(run.figures[1].x) && run.figures[1].count == 2);
    ck_assert(run.figures[2].x == 0 && run.figures[2].values[0] == 3000);
    ck_assert_str_eq(run.figures[3].name, "b");
    ck_assert(run.figures[3].x == 8 && run.figures[3].values[0] == 4000);
}
END_TEST

START_TEST(test_many_points)
{
    struct claim_run run = { 0 };

    for (int i = 0; i < CLAIM_FIGURES_MAX + 3; i++)
        for (int j = 0; j < CLAIM_VALUES_MAX + 3; j++)
            claim_note_at(&run, "a", UNIT_COUNT, i, j);
    ck_assert_uint_eq(run.figure_count, CLAIM_FIGURES_MAX);
    for (int i = 0; i < CLAIM_FIGURES_MAX; i++) {
        ck_assert(run.figures[i].x == i);
        ck_assert_uint_eq(run.figures[i].count, CLAIM_VALUES_MAX);
    }
}
END_TEST

START_TEST(test_names)
{
    struct claim_run run = { 0 };
    char text[FIGURE_TEXT_MAX];

    claim_note(&run, "torn", UNIT_SHARE, 0);
    claim_note_at(&run, "4 writers", UNIT_SHARE, 4096, 0);
    claim_note_at(&run, "4 writers", UNIT_SHARE, 4097, 0);
    ck_assert_str_eq(figure_name_text(&run.figures[0], UNIT_BYTES, text),
                     "torn");
    ck_assert_str_eq(figure_name_text(&run.figures[1], UNIT_BYTES, text),
                     "4 writers, at 4 KiB");
    ck_assert_str_eq(figure_name_text(&run.figures[2], UNIT_BYTES, text),
                     "4 writers, at 4097 B");
    ck_assert_str_eq(figure_name_text(&run.figures[2], UNIT_NS, text),
                     "4 writers, at 4.10 us");
}
END_TEST

static int claim_count(void)
{
    int count = 0;

    while (claims[count].name)
        count++;
    return count;
}

Suite *claims_suite(void)
{
    Suite *suite = suite_create("claims");
    TCase *tc = tcase_create("claims");
    TCase *tools = tcase_create("tools");

    tcase_add_checked_fixture(tc, begin, end);
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, test_recorded, 0, claim_count());
    tcase_add_loop_test(tc, test_live, 0, claim_count());
    tcase_add_loop_test(tc, test_sheet, 0, claim_count());
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tools, begin, end);
    tcase_set_timeout(tools, 120);
    tcase_add_test(tools, test_crash);
    tcase_add_test(tools, test_error);
    tcase_add_test(tools, test_not_testable);
    tcase_add_test(tools, test_left_things);
    tcase_add_test(tools, test_stopped);
    tcase_add_test(tools, test_times);
    tcase_add_test(tools, test_few_times);
    tcase_add_test(tools, test_texts);
    tcase_add_test(tools, test_many_figures);
    tcase_add_test(tools, test_points);
    tcase_add_test(tools, test_many_points);
    tcase_add_test(tools, test_names);
    suite_add_tcase(suite, tools);
    return suite;
}
