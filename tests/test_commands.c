/* SPDX-License-Identifier: MIT */
/*
 * What is typed behind a command: every option changes what is to be done, its
 * fallback is another thing, and an option without a line here fails.
 */
#include "ipc/commands/commands.h"
#include "ipc/options/command_line.h"
#include "ipc/options/rules.h"
#include "ipc/options/setup.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <check.h>
#include <fcntl.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 8, LINE_ROOM = 100 };

/* One number, of the plan that comes of it or of the options themselves. */
struct field {
    bool of_plan;
    size_t offset;
    size_t size;
};

#define FIELD_OF(type, member, is_plan)                                        \
    {                                                                          \
        is_plan, offsetof(struct type, member),                                \
            sizeof(((struct type *)NULL)->member)                              \
    }
#define PLAN(member)   FIELD_OF(exchange_plan, member, true)
#define OPTION(member) FIELD_OF(options, member, false)

static const struct {
    const char *command;
    const char *line; /* an option and its value */
    struct field field;
    uint64_t value;
    uint64_t fallback;
} numbers[] = {
    { "bench", "--jobs 7", PLAN(jobs), 7, 0 },
    { "demo", "--jobs 7", OPTION(jobs_given), true, false },
    { "bench", "--size 100", OPTION(axes[AXIS_SIZE].value[0]), 100, 0 },
    { "bench", "--pattern stream", PLAN(pattern), PATTERN_STREAM,
      PATTERN_EXCHANGE },
    { "bench", "--work header", PLAN(work), JOB_WORK_HEADER, JOB_WORK_VERIFY },
    { "demo", "--producers 3", PLAN(producers), 3, 1 },
    { "demo", "--consumers 3", PLAN(consumers), 3, 1 },
    { "demo", "--window 3", PLAN(window), 3, 8 },
    { "bench", "--batch 3", OPTION(axes[AXIS_BATCH].value[0]), 3, 0 },
    { "bench", "--rate 3", OPTION(axes[AXIS_RATE].value[0]), 3, 0 },
    { "consume", "--wait spin", PLAN(wait), CHANNEL_WAIT_SPIN,
      CHANNEL_WAIT_ADAPTIVE },
    { "produce", "--wait 2", PLAN(peer_wait_ns), 2000000000, 0 },
    { "consume", "--wait 0", OPTION(peer_wait_given), true, false },
    { "produce", "--pin same", PLAN(placement), PLACE_SAME, PLACE_FREE },
    { "bench", "--pin sibling", PLAN(placement), PLACE_SIBLING, PLACE_FREE },
    { "consume", "--depth 3", PLAN(depth), 3, OPTIONS_DEPTH_AUTO },
    { "demo", "--image x", OPTION(image_count), 1, 0 },
    { "demo", "--box 30x40", PLAN(box_width), 30, 1000 },
    { "demo", "--box 30x40", PLAN(box_height), 40, 1000 },
    { "consume", "--max 3KiB", PLAN(max), 3072, 32 << 20 },
    { "bench", "--seconds 2", PLAN(budget_ns), 2000000000, 0 },
    { "bench", "--rounds 3", OPTION(rounds), 3, 0 },
    { "faults", "--injections 3", OPTION(injections), 3, 0 },
    { "faults", "--soak 3", OPTION(soak_ns), 3000000000, 0 },
    { "bench", "--seed 3", OPTION(seed), 3, 0 },
    { "bench", "--seed 3", OPTION(seed_given), true, false },
    { "produce", "--stall 2", PLAN(stall_ns), 2000000000, 30000000000 },
    { "bench", "--restarts 3", PLAN(restarts), 3, 0 },
    { "demo", "--restarts 0", OPTION(restarts_given), true, false },
    { "demo", "--kill-every 3ms", PLAN(kills.after_ns), 3000000, 0 },
    { "demo", "--sync", PLAN(sync), true, false },
    { "consume", "--sync", PLAN(sync), true, false },
    { "consume", "--confine", PLAN(confine), true, false },
    { "consume", "--set test=3", PLAN(options[0]), 3, 5 },
    { "choose", "--threads", OPTION(needs), NEED_THREADS, 0 },
    { "choose", "--strangers", OPTION(needs), NEED_STRANGERS, 0 },
    { "choose", "--users", OPTION(needs), NEED_USERS, 0 },
    { "choose", "--machines", OPTION(needs), NEED_MACHINES, 0 },
    { "choose", "--languages", OPTION(needs), NEED_LANGUAGES, 0 },
    { "choose", "--durable", OPTION(needs), NEED_DURABLE, 0 },
    { "choose", "--death", OPTION(needs), NEED_DEATH, 0 },
    { "choose", "--poll", OPTION(needs), NEED_POLL, 0 },
    { "choose", "--workers", OPTION(needs), NEED_WORKERS, 0 },
    { "choose", "--order", OPTION(needs), NEED_ORDER, 0 },
    { "choose", "--hostile", OPTION(needs), NEED_HOSTILE, 0 },
    { "choose", "--containers", OPTION(needs), NEED_CONTAINERS, 0 },
    { "choose", "--rate 0", OPTION(axes[AXIS_RATE].count), 1, 0 },
    { "demo", "--steps", OPTION(steps), true, false },
    { "trace", "--wake", OPTION(wake), true, false },
    { "bench", "--all", OPTION(all), true, false },
    { "bench", "--json", OPTION(json), true, false },
    { "bench", "--csv", OPTION(csv), true, false },
    { "bench", "--markdown", OPTION(markdown), true, false },
    { "report", "--markdown", OPTION(markdown), true, false },
    { "bench", "--help", OPTION(help), true, false },
    { "bench", "--version", OPTION(version), true, false },
    { "claims", "--list", OPTION(list), true, false },
    { "claims", "--twin", OPTION(twin), true, false },
    { "consume", "--model pool", OPTION(axes[AXIS_MODEL].value[0]), 5, 0 },
    { "models", "--upload-latency 3ms", OPTION(upload_latency_ns), 3000000, 0 },
    { "demo", "--upload-latency 0", OPTION(upload_latency_given), true, false },
    { "bench", "--upload-rate 3kB", OPTION(upload_rate), 3000, 0 },
    { "models", "--pool 3", OPTION(pool), 3, 0 },
    { "produce", "--at tcp://h:70", OPTION(at_url.port), 70, 0 },
    { "produce", "--at-file url", OPTION(at_url.port), 71, 0 },
};

#define TEXT(member) offsetof(struct options, member)

static const struct {
    const char *command;
    const char *line;
    size_t offset;
    const char *value;
} texts[] = {
    { "produce", "--at x", TEXT(at), "x" },
    { "consume", "--store x", TEXT(store), "x" },
    { "consume", "--secret x", TEXT(secret), "x" },
    { "produce", "--certificate x", TEXT(certificate), "x" },
    { "demo", "--private-key x", TEXT(private_key), "x" },
    { "bench", "--authority x", TEXT(authority), "x" },
    { "demo", "--resume x", TEXT(resume), "x" },
    { "produce", "--rejected x", TEXT(rejected), "x" },
    { "bench", "--reference x", TEXT(reference), "x" },
    { "faults", "--fault x", TEXT(fault), "x" },
    { "bench", "--save x", TEXT(save), "x" },
    { "bench", "--against x", TEXT(against), "x" },
    { "choose", "--results x", TEXT(results), "x" },
    { "choose", "--without x", TEXT(without), "x" },
    { "models", "--over x", TEXT(over), "x" },
    { "models", "--upload-url http://h/x", TEXT(upload_url), "http://h/x" },
    { "consume", "--upload-url-file signed", TEXT(upload_url),
      "https://h/?s=3" },
    { "report", "--output x", TEXT(output), "x" },
    { "report", "-o x", TEXT(output), "x" },
    { "report", "--scatter dark", TEXT(scatter), "dark" },
};

enum {
    NUMBERS = sizeof(numbers) / sizeof(numbers[0]),
    TEXTS = sizeof(texts) / sizeof(texts[0]),
};

static const struct channel_option test_options[] = {
    { "test", "for the tests", .fallback = 5 },
    { 0 },
};
static const struct channel_ops test_ops = { .options = test_options };

static char dir[TEST_DIR_MAX];

static void make_file(const char *name, const char *line)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write_all(fd, line, strlen(line)), 0);
    fd_close(&fd);
}

/* In a directory with files that hold a URL. */
static void begin(void)
{
    make_test_dir(dir);
    ck_assert_int_eq(chdir(dir), 0);
    make_file("url", "tcp://h:71\n");
    make_file("signed", "https://h/?s=3\n");
}

static void end(void)
{
    ck_assert_int_eq(unlink("url"), 0);
    ck_assert_int_eq(unlink("signed"), 0);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(dir), 0);
}

/* The words must live as long as what is read. */
static void read_line(const char *command, const char *line,
                      char words[static LINE_ROOM], struct options *ret_options)
{
    char *argv[WORDS_MAX] = { "ipc" }, *word;
    int argc = 1;

    (void)snprintf(words, LINE_ROOM, "%s %s", command, line);
    while ((word = strsep(&words, " ")) && argc < WORDS_MAX - 1)
        if (*word)
            argv[argc++] = word;
    optind = 0;
    ck_assert_int_eq(command_line_read(argc, argv, commands, ret_options), 0);
}

static uint64_t number_in(const struct field *field, const void *plan,
                          const void *options)
{
    const unsigned char *at = field->of_plan ? plan : options;
    uint64_t number = 0;

    memcpy(&number, at + field->offset, field->size); /* little-endian */
    return number;
}

static uint64_t number_of(const char *command, const char *line,
                          const struct field *field)
{
    char words[LINE_ROOM];
    struct exchange_plan plan;
    struct options options;
    uint64_t number;

    read_line(command, line, words, &options);
    plan = setup_plan(&options, &test_ops);
    number = number_in(field, &plan, &options);
    options_free(&options);
    return number;
}

START_TEST(test_number)
{
    const struct field *field = &numbers[_i].field;

    ck_assert_uint_eq(number_of(numbers[_i].command, numbers[_i].line, field),
                      numbers[_i].value);
    ck_assert_uint_eq(number_of(numbers[_i].command, "", field),
                      numbers[_i].fallback);
    ck_assert_uint_ne(numbers[_i].value, numbers[_i].fallback);
}
END_TEST

START_TEST(test_text)
{
    char words[LINE_ROOM];
    struct options options;
    const char *text;

    read_line(texts[_i].command, texts[_i].line, words, &options);
    memcpy(&text, (const char *)&options + texts[_i].offset, sizeof(text));
    ck_assert_pstr_eq(text, texts[_i].value);
    options_free(&options);
    read_line(texts[_i].command, "", words, &options);
    memcpy(&text, (const char *)&options + texts[_i].offset, sizeof(text));
    ck_assert_ptr_null(text);
    options_free(&options);
}
END_TEST

/* Where pictures go is part of a plan that has some. */
START_TEST(test_store)
{
    char words[LINE_ROOM];
    struct options options;

    read_line("bench", "--work image --store x", words, &options);
    ck_assert_pstr_eq(setup_plan(&options, &test_ops).store, "x");
    options_free(&options);
    read_line("bench", "--work image", words, &options);
    ck_assert_pstr_eq(setup_plan(&options, &test_ops).store, SETUP_STORE);
    options_free(&options);
}
END_TEST

static bool begins_with(const char *line, const char *option)
{
    const size_t length = strlen(option);

    return strncmp(line, "--", 2) == 0 &&
           strncmp(line + 2, option, length) == 0 &&
           (line[2 + length] == ' ' || line[2 + length] == '\0');
}

static bool has_line(const char *option)
{
    for (size_t i = 0; i < NUMBERS; i++)
        if (begins_with(numbers[i].line, option))
            return true;
    for (size_t i = 0; i < TEXTS; i++)
        if (begins_with(texts[i].line, option))
            return true;
    return false;
}

START_TEST(test_all_are_read)
{
    for (size_t i = 0; i < OPTION_RULES; i++)
        ck_assert_msg(has_line(option_rules[i].name), "no line for --%s",
                      option_rules[i].name);
}
END_TEST

Suite *commands_suite(void)
{
    Suite *suite = suite_create("commands");
    TCase *tc = add_case(suite, "commands", 0);

    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_loop_test(tc, test_number, 0, NUMBERS);
    tcase_add_loop_test(tc, test_text, 0, TEXTS);
    tcase_add_test(tc, test_store);
    tcase_add_test(tc, test_all_are_read);
    return suite;
}
