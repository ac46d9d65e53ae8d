/* SPDX-License-Identifier: MIT */
/* The commands `models` and `claims`, and a model within an exchange, as a
 * person types them. */
#include "ipc/claims/claim.h"
#include "ipc/mechanisms.h"
#include "ipc/models/model.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A server that answers soon. */
#define NEAR "--upload-latency 1ms"

static struct program program, consumer;

static bool are_built(void)
{
    return models[0].ops != NULL;
}

static size_t count_files(const char *path)
{
    DIR *stream = opendir(path);
    size_t count = 0;

    ck_assert_msg(stream != NULL, "%s: %s", path, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(stream));)
        count += entry->d_name[0] != '.';
    (void)closedir(stream);
    return count;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* ---------------------------------------------------------------- models */

/* Each model is drawn, and has a row of the table; the uploads are there. */
START_TEST(test_models)
{
    char row[40];

    if (!are_built())
        return;
    program_run(&program, "ipc models --image %s --jobs 4 --store %s " NEAR,
                place_add_picture("picture.jpg"), in_place("store"));
    program_expect(&program, 0, "critical path", NULL);
    program_expect_width(&program, 80);
    for (const struct model *m = models; m->name; m++) {
        ck_assert_msg(strstr(program.out_text, m->title), "%s", m->name);
        (void)snprintf(row, sizeof(row), "\n%-12s ", m->name);
        ck_assert_msg(strstr(program.out_text, row), "%s", m->name);
    }
    ck_assert_uint_eq(count_files(in_place("store")), 2);
}
END_TEST

/* Without a stream there is nothing to tell of it. */
START_TEST(test_one_picture)
{
    if (!are_built())
        return;
    program_run(&program,
                "ipc models pool --image %s --jobs 0 --store %s " NEAR,
                place_add_picture("picture.jpg"), in_place("store"));
    program_expect(&program, 0, "pool: ", NULL);
    ck_assert_ptr_null(strstr(program.out_text, "A stream: "));
    ck_assert_ptr_null(strstr(program.out_text, "x serial"));
}
END_TEST

START_TEST(test_models_mistakes)
{
    program_run(&program, "ipc models serail");
    program_expect_line(&program, 2, "serail", "did you mean serial?");
    program_run(&program, "ipc models --over nothing");
    program_expect_line(&program, 2, "--over nothing", "no such mechanism");
    program_run(&program, "ipc models --upload-latency 3");
    program_expect_line(&program, 2, "--upload-latency 3", "40ms");
    program_run(&program, "ipc models --upload-latency 2h");
    program_expect_line(&program, 2, "--upload-latency 2h", "40ms");
    program_run(&program, "ipc models --pool 0");
    program_expect_line(&program, 2, "--pool 0", "1024");
    program_run(&program, "ipc demo --model pol");
    program_expect_line(&program, 2, "--model pol", "did you mean pool?");
}
END_TEST

/* A URL that holds a secret is not for the command line, nor for a message. */
START_TEST(test_secret)
{
    program_run(&program, "ipc models --upload-url https://h/a?sig=TOPSECRET");
    program_expect_line(&program, 2, "--upload-url", "--upload-url-file");
    ck_assert_ptr_null(strstr(program.err_text, "TOPSECRET"));
    program_run(&program, "ipc models --upload-url https://me:TOPSECRET@h/a");
    program_expect_line(&program, 2, "--upload-url", "--upload-url-file");
    ck_assert_ptr_null(strstr(program.err_text, "TOPSECRET"));
    write_text(in_place("signed"), "httpx://h/a?sig=TOPSECRET\n");
    program_run(&program, "ipc models --upload-url-file %s",
                in_place("signed"));
    program_expect_line(&program, 2, "--upload-url-file", "https://");
    ck_assert_ptr_null(strstr(program.err_text, "TOPSECRET"));
}
END_TEST

/* Nobody listens there: said once, with the upload and how often it was tried,
 * and without what is secret. */
START_TEST(test_no_server)
{
    if (!are_built())
        return;
    write_text(in_place("signed"), "http://127.0.0.1:1/{name}?sig=TOPSECRET\n");
    program_run(&program, "ipc models serial --image %s --upload-url-file %s",
                place_add_picture("picture.jpg"), in_place("signed"));
    program_expect_line(&program, 1, "upload of 0-original.jpg: ", "5 times");
    ck_assert_ptr_null(strstr(program.err_text, "TOPSECRET"));
}
END_TEST

/* Ctrl-C ends the model's process, the server and all that is left. */
START_TEST(test_models_stopped)
{
    if (!are_built())
        return;
    program_zero(&program);
    program_start(&program,
                  "ipc models processes --image %s --jobs 100000 --store %s",
                  place_add_picture("picture.jpg"), in_place("store"));
    for (int i = 0; i < 3000 && access(in_place("store"), F_OK) != 0; i++)
        (void)usleep(10000);
    program_signal(&program, SIGINT);
    program_wait(&program);
    ck_assert_int_eq(program.status, 130);
}
END_TEST

/* ---------------------------------------------------------------- exchange */

/* The same uploads as without a model, in order, over two programs. */
START_TEST(test_consume)
{
    const struct model *m = &models[_i];

    if (!are_built() || mechanism_skipped(mechanism_find("fifo")))
        return;
    program_zero(&consumer);
    program_start(&consumer,
                  "fifo consume --at dir --store %s --model %s " NEAR,
                  in_place("store"), m->name);
    write_text(in_place("broken.jpg"), "no picture");
    program_run(&program, "fifo produce --at dir %s %s %s",
                place_add_picture("one.jpg"), in_place("broken.jpg"),
                place_add_picture("two.jpg"));
    program_wait(&consumer);
    program_expect(&program, 1, "thumbnail",
                   "broken.jpg: neither JPEG nor PNG");
    program_expect(&consumer, 1, NULL, "3 jobs");
    program_run(&program, "pipe demo --jobs 1 --store %s --image %s",
                in_place("other"), in_place("one.jpg"));
    program_expect(&program, 0, "good", "");
    ck_assert_uint_eq(count_files(in_place("store")),
                      count_files(in_place("other")));
}
END_TEST

START_TEST(test_bench)
{
    json_t *cell;
    const char *line;

    if (!are_built())
        return;
    program_run(&program,
                "ipc bench pipe --work image --image %s --model pool --jobs 3 "
                "--rounds 1 --json " NEAR,
                place_add_picture("picture.jpg"));
    program_expect(&program, 0, "\"model\":\"pool\"", NULL);
    line = strstr(program.out_text, "\"mechanism\":\"pipe\"");
    ck_assert_ptr_nonnull(line);
    while (line > program.out_text && line[-1] != '\n')
        line--;
    cell = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
    ck_assert(json_is_true(
        json_object_get(json_object_get(cell, "verdict"), "good")));
    json_decref(cell);
    program_run(&program,
                "ipc bench pipe --work image --image %s --model pool,serial "
                "--jobs 3 --rounds 1 " NEAR,
                in_place("picture.jpg"));
    program_expect(&program, 0, ", model pool, ", NULL);
    program_expect(&program, 0, ", model serial, ", NULL);
}
END_TEST

/* A child of the process; 0: it has none, or is gone. */
static pid_t child_of(pid_t pid)
{
    char path[64], text[64] = "";
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    (void)!fgets(text, sizeof(text), file);
    (void)fclose(file);
    return (pid_t)strtol(text, NULL, 10);
}

/* The row `none` has a consumer, too, but without a model. */
static pid_t await_stage(void)
{
    pid_t stage = 0;

    for (int i = 0; i < 3000 && stage == 0; i++) {
        stage = child_of(program_await_worker(&program, "consumer"));
        (void)usleep(10000);
    }
    ck_assert_int_gt(stage, 0);
    return stage;
}

/* A process of the model is killed: the run ends and says so. */
START_TEST(test_stage_dies)
{
    if (!are_built() || mechanism_skipped(mechanism_find("unix-stream")))
        return;
    program_zero(&program);
    program_start(&program,
                  "unix-stream demo --model processes --image %s --jobs 100000 "
                  "--restarts 0 --store %s " NEAR,
                  place_add_picture("picture.jpg"), in_place("store"));
    ck_assert_int_eq(kill(await_stage(), SIGKILL), 0);
    program_wait(&program);
    program_expect(&program, 1, "unix-stream",
                   "a process of the model has died");
}
END_TEST

/* With restarts a run that had got on goes on, and nothing is lost. */
START_TEST(test_stage_replaced)
{
    if (!are_built() || mechanism_skipped(mechanism_find("unix-stream")))
        return;
    program_zero(&program);
    program_start(&program,
                  "unix-stream demo --model processes --image %s --jobs 300 "
                  "--restarts 5 --store %s " NEAR,
                  place_add_picture("picture.jpg"), in_place("store"));
    program_await(&program, "the job is complete");
    ck_assert_int_eq(kill(await_stage(), SIGKILL), 0);
    program_wait(&program);
    program_expect(&program, 0, "Restart 1", "");
}
END_TEST

/* ------------------------------------------------------------------ claims */

START_TEST(test_list)
{
    char line[80];

    program_run(&program, "ipc claims --list");
    program_expect(&program, 0, "I4 ", "");
    program_expect_width(&program, 80);
    for (const struct claim *c = claims; c->name; c++) {
        (void)snprintf(line, sizeof(line), "%-6s%.60s", c->ops->id, c->title);
        ck_assert_msg(strstr(program.out_text, line), "%s", line);
    }
}
END_TEST

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* What a page needs of a claim is in its line: what its sheet and plot say. */
static void check_line(const json_t *line, const char *id)
{
    const struct claim *claim = claim_find(id);
    const struct claim_plot *plot = claim->ops->plot;
    const json_t *sheet = json_object_get(line, "sheet");
    const json_t *drawn = json_object_get(line, "plot");

    ck_assert_str_eq(text_of(line, "id"), claim->ops->id);
    ck_assert_str_eq(text_of(line, "source"), claim->source);
    ck_assert_str_eq(text_of(line, "section"), claim->sheet[CLAIM_SECTION]);
    ck_assert_uint_eq(json_object_size(sheet), CLAIM_HEADINGS);
    for (unsigned i = 0; i < CLAIM_HEADINGS; i++)
        ck_assert_str_eq(text_of(sheet, claim_heading_name(i)),
                         claim->sheet[i]);
    ck_assert_uint_eq(json_object_size(drawn), plot ? 5 : 0);
    if (!plot)
        return;
    ck_assert_str_eq(text_of(drawn, "title"), plot->title);
    ck_assert_str_eq(text_of(drawn, "x"), plot->x);
    ck_assert_str_eq(text_of(drawn, "x_unit"), claim_unit_name(plot->x_unit));
    ck_assert_str_eq(text_of(drawn, "y"), plot->y);
    ck_assert_str_eq(text_of(drawn, "caption"), plot->caption);
}

/* Points have an x, and other figures none. */
static unsigned count_points(const json_t *line, const char *curve)
{
    const json_t *figures = json_object_get(line, "figures");
    unsigned count = 0;

    for (size_t i = 0; i < json_array_size(figures); i++) {
        const json_t *figure = json_array_get(figures, i);
        const bool is_one = strcmp(text_of(figure, "name"), curve) == 0;

        if (is_one)
            ck_assert(json_is_number(json_object_get(figure, "x")));
        if (strncmp(text_of(figure, "name"), "torn", 4) == 0)
            ck_assert_ptr_null(json_object_get(figure, "x"));
        count += is_one;
    }
    return count;
}

static void check_saved(const char *path)
{
    FILE *file = fopen(path, "re");
    json_t *lines[3];

    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 3; i++)
        lines[i] = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
    ck_assert_str_eq(text_of(lines[0], "type"), "machine");
    check_line(lines[1], "I4");
    check_line(lines[2], "A7");
    ck_assert_uint_eq(count_points(lines[1], "1 writer"), 9);
    ck_assert_uint_eq(count_points(lines[1], "4 writers"), 9);
    for (int i = 0; i < 3; i++)
        json_decref(lines[i]);
    (void)fclose(file);
}

START_TEST(test_one_claim)
{
    program_run(&program, "ipc claims I4 a7 --save %s",
                in_place("claims.jsonl"));
    check_saved(in_place("claims.jsonl"));
    program_expect(&program, 0, "I4: messages of several writers", "");
    program_expect(&program, 0, "torn of 4097 bytes", "");
    program_expect(&program, 0,
                   "\n\n    1 writer, at 64 B                        0 %", "");
    program_expect(&program, 0, "\n    4 writers, at 4097 B  ", "");
    program_expect(&program, 0, "Take away ", "");
    program_expect(&program, 0, "A7    REFUTED  ", "");
    program_expect_width(&program, 80);
    program_run(&program, "ipc claims A7 --twin");
    program_expect(&program, 0, "A7    CONFIRMED  ", "");
    program_run(&program, "ipc claims a7-same-everywere");
    program_expect_line(&program, 2, "no such claim",
                        "did you mean a7-same-everywhere?");
}
END_TEST

START_TEST(test_claim_json)
{
    json_t *machine, *claim;
    const char *second;

    program_run(&program, "ipc claims A7 --json");
    program_expect(&program, 0, "\"verdict\":\"REFUTED\"", "");
    second = strchr(program.out_text, '\n');
    ck_assert_ptr_nonnull(second);
    machine = json_loads(program.out_text, JSON_DISABLE_EOF_CHECK, NULL);
    claim = json_loads(second, JSON_DISABLE_EOF_CHECK, NULL);
    ck_assert(json_is_integer(json_object_get(machine, "processors")));
    ck_assert_uint_eq(json_array_size(json_object_get(claim, "figures")), 4);
    check_line(claim, "A7");
    json_decref(machine);
    json_decref(claim);
}
END_TEST

/* What was stopped leaves what an earlier run saved as it was. */
START_TEST(test_claims_stopped)
{
    program_zero(&program);
    program_start(&program, "ipc claims A7 P1 P1 P1 P1 P1 P1 P1 P1 --save %s",
                  in_place("claims.jsonl"));
    program_await(&program, "A7    REFUTED");
    program_signal(&program, SIGINT);
    program_wait(&program);
    ck_assert_int_eq(program.status, 130);
    ck_assert_int_ne(access(in_place("claims.jsonl"), F_OK), 0);
}
END_TEST

START_TEST(test_claim_page)
{
    program_run(&program, "ipc claims A7 I18 --markdown");
    program_expect(&program, 0, "| A7 | ", "");
    program_expect(&program, 0, "\n### I18: ", "");
    program_expect(&program, 0, "**REFUTED.** ", "");
    program_expect(&program, 0, "\nMeasured 20", "");
}
END_TEST

static int model_count(void)
{
    int count = 0;

    while (models[count].name)
        count++;
    return count;
}

Suite *article_suite(void)
{
    Suite *suite = suite_create("article");
    TCase *tc = add_case_with_place(suite, "article", 300);

    tcase_add_test(tc, test_models);
    tcase_add_test(tc, test_one_picture);
    tcase_add_test(tc, test_models_mistakes);
    tcase_add_test(tc, test_secret);
    tcase_add_test(tc, test_no_server);
    tcase_add_test(tc, test_models_stopped);
    tcase_add_loop_test(tc, test_consume, 0, model_count());
    tcase_add_test(tc, test_bench);
    tcase_add_test(tc, test_stage_dies);
    tcase_add_test(tc, test_stage_replaced);
    tcase_add_test(tc, test_list);
    tcase_add_test(tc, test_one_claim);
    tcase_add_test(tc, test_claim_json);
    tcase_add_test(tc, test_claims_stopped);
    tcase_add_test(tc, test_claim_page);
    return suite;
}
