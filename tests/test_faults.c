/* SPDX-License-Identifier: MIT */
/*
 * Faults: what a cell calls a failure when it is one, by faults that do wrong
 * on purpose; each kind of injection over one mechanism; and the command.
 */
#include "ipc/faults/aged.h"
#include "ipc/faults/fault_list.h"
#include "ipc/faults/faulty.h"
#include "ipc/faults/lots.h"
#include "ipc/faults/matrix.h"
#include "ipc/faults/run_cell.h"
#include "ipc/faults/soak.h"
#include "ipc/faults/victim.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[TEST_DIR_MAX];
static struct program program;

static void begin(void)
{
    make_test_dir(dir);
}

static void end(void)
{
    ck_assert_int_eq(rmdir(dir), 0); /* and so nothing is left in it */
}

/* ------------------------------------------------------ what a cell notices */

static struct fault_cell *do_fault(void (*inject)(struct fault_cell *),
                                   unsigned limit_s)
{
    static struct fault_case fault;
    struct fault_cell *cell;

    fault = (struct fault_case){ "F0",  "test", "a test", "it",
                                 false, NULL,   inject };
    cell = cell_open(&fault, mechanism_find("pipe"), 2, 1);
    ck_assert_ptr_nonnull(cell);
    if (limit_s > 0)
        cell->limit_s = limit_s;
    ck_assert_int_eq(cell_run(cell, dir, NULL), 0);
    return cell;
}

static void expect(void (*inject)(struct fault_cell *),
                   enum cell_verdict verdict, const char *part)
{
    struct fault_cell *cell = do_fault(inject, 0);

    ck_assert_msg(cell->verdict == verdict, "%s: %s",
                  cell_verdict_name(cell->verdict), cell->why);
    ck_assert_msg(strstr(cell->why, part), "%s", cell->why);
    cell_free(cell);
}

static void inject_nothing(struct fault_cell *cell)
{
    (void)cell;
}

static void leave_file(struct fault_cell *cell)
{
    char path[PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/left", getenv("TMPDIR"));
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    cell->injections = 1;
}

static void leave_memory(struct fault_cell *cell)
{
    const int fd = shm_open("/ipc-showcase-left", O_CREAT | O_RDWR, 0600);

    (void)close(fd);
    cell->injections = 1;
}

static void leave_process(struct fault_cell *cell)
{
    if (fork() == 0) {
        (void)pause();
        _exit(0);
    }
    cell->injections = 1;
}

static void leave_descriptor(struct fault_cell *cell)
{
    (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
    cell->injections = 1;
}

static void crash(struct fault_cell *cell)
{
    (void)cell;
    (void)raise(SIGKILL);
}

static void hang(struct fault_cell *cell)
{
    (void)cell;
    for (;;)
        (void)pause();
}

static void skip(struct fault_cell *cell)
{
    cell_skip(cell, "no %s here", "luck");
    cell_fail(cell, "the first word counts");
}

START_TEST(test_what_is_left)
{
    static void (*const leaving[LEAKS])(struct fault_cell *) = {
        [LEAK_FILES] = leave_file,
        [LEAK_MEMORY] = leave_memory,
        [LEAK_PROCESSES] = leave_process,
        [LEAK_DESCRIPTORS] = leave_descriptor,
    };
    struct fault_cell *cell;

    for (unsigned i = 0; i < LEAKS; i++) {
        if (!leaving[i])
            continue;
        cell = do_fault(leaving[i], 0);
        ck_assert_int_eq(cell->verdict, CELL_FAIL);
        for (unsigned j = 0; j < LEAKS; j++)
            ck_assert_msg(cell->leaked[j] == (i == j), "%s: %s", leak_name(j),
                          cell->why);
        cell_free(cell);
    }
}
END_TEST

START_TEST(test_bad_ends)
{
    struct fault_cell *cell;

    expect(inject_nothing, CELL_FAIL, "nothing was injected");
    expect(crash, CELL_FAIL, "ended early");
    expect(skip, CELL_SKIP, "no luck here");
    cell = do_fault(hang, 1);
    ck_assert_int_eq(cell->verdict, CELL_FAIL);
    ck_assert_ptr_nonnull(strstr(cell->why, "it hangs"));
    cell_free(cell);
}
END_TEST

/* ---------------------------------------------- how an exchange is judged */

static enum demand demanded;
static struct fault planted;

static void run_planted(struct fault_cell *cell)
{
    struct channel_ops ops;
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    faulty_wrap(v.plan.ops, &ops);
    v.plan.decorator = &ops;
    v.plan.decoration = &planted;
    v.plan.restarts = 0;
    v.plan.stall_ns = 500000000;
    victim_run(&v, demanded);
    cell->injections = 1;
    victim_close(&v);
}

static void expect_planted(enum fault_kind kind, enum demand demand,
                           const char *part)
{
    demanded = demand;
    planted = (struct fault){ .kind = kind, .channel = "jobs", .message = 5 };
    expect(run_planted, part ? CELL_FAIL : CELL_PASS, part ? part : "");
}

START_TEST(test_judged)
{
    expect_planted(FAULT_FLIP, DEMAND_GOOD, "corrupted");
    expect_planted(FAULT_FLIP, DEMAND_TOLD, "corrupted");
    expect_planted(FAULT_DUPLICATE, DEMAND_TOLD, "duplicated");
    expect_planted(FAULT_REORDER, DEMAND_TOLD, "reordered");
    expect_planted(FAULT_DIE, DEMAND_GOOD, "SIGKILL");
    expect_planted(FAULT_DIE, DEMAND_TOLD, NULL);
}
END_TEST

/* --------------------------------------------------------- each injection */

static const char *const levels[] = {
    "F1/random",     "F2/random",   "F3/random",   "F4/random", "F5/random",
    "F1/calls",      "F2/calls",    "F1/steps",    "F2/steps",  "F6/moments",
    "F7/sizes",      "F8/payload",  "F8/header",   "F8/cut",    "F15/session",
    "F15/garbage",   "F9/clean",    "F10/random",  "F11/names", "F12/full",
    "F12/file-size", "F13/calls-p", "F13/calls-c", "F13/stops", "F14/once-p",
    "F14/once-c",    "F14/on-p",    "F14/on-c",    "F14/files", "F14/queues",
    "F14/signals",   "F13/calls-s", "F14/once-s",
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

static const struct fault_case *find(const char *word)
{
    const struct fault_case *fault;

    for (unsigned i = 0; (fault = fault_at(i)); i++)
        if (fault_is_in(fault, word))
            return fault;
    ck_abort_msg("%s is no fault", word);
}

static void try_level(const char *mechanism, const char *word)
{
    const bool all = strncmp(word, "F13/calls", 9) == 0 || /* they are few */
                     strcmp(word, "F14/once-s") == 0;
    /* A supervisor waits once or twice. */
    const unsigned least = strcmp(word, "F13/calls-s") == 0 ? 0 : 3;
    struct fault_cell *cell =
        cell_open(find(word), mechanism_find(mechanism), all ? 60 : 3, 7);

    ck_assert_ptr_nonnull(cell);
    ck_assert_int_eq(cell_run(cell, dir, NULL), 0);
    if (cell->verdict == CELL_SKIP ||
        (cell->verdict == CELL_NOT_FOR && least == 0))
        (void)fprintf(stderr, "%s: skipped: %s\n", word, cell->why);
    else
        ck_assert_msg(cell->verdict == CELL_PASS && cell->injections >= least,
                      "%s %s: %s, %d injections: %s", mechanism, word,
                      cell_verdict_name(cell->verdict), (int)cell->injections,
                      cell->why);
    cell_free(cell);
}

/* Also the ring, which has few system calls, where memory is written. */
START_TEST(test_levels)
{
    try_level("unix-stream", levels[_i]);
    if (strncmp(levels[_i], "F1/", 3) == 0 ||
        strncmp(levels[_i], "F2/", 3) == 0)
        try_level("ring", levels[_i]);
}
END_TEST

/* ------------------------------------------------ one fault upon another */

/* Counters that pass 2^32 are nobody's end. */
static void pass_by(struct fault_cell *cell)
{
    struct channel_ops aged;
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    aged_wrap(v.plan.ops, &aged);
    v.plan.decorator = &aged;
    v.plan.jobs = 4 * AGED_MESSAGES;
    v.plan.restarts = 0;
    victim_run(&v, DEMAND_GOOD);
    cell->injections = v.page->outcome.verdict.completed > AGED_MESSAGES;
    victim_close(&v);
}

static const struct fault_case passing = {
    .id = "F0",
    .level = "wrap",
    .title = "2^32",
    .inject = pass_by,
};

START_TEST(test_counters)
{
    unsigned count = 0;

    for (const struct mechanism *m = mechanisms; m->name; m++) {
        struct fault_cell *cell;

        if (!m->ops || !aged_can(m->ops) || mechanism_skipped(m))
            continue;
        cell = cell_open(&passing, m, 1, 7);
        ck_assert_ptr_nonnull(cell);
        ck_assert_int_eq(cell_run(cell, dir, NULL), 0);
        ck_assert_msg(cell->verdict == CELL_PASS, "%s: %s", m->name, cell->why);
        cell_free(cell);
        count++;
    }
    ck_assert_uint_ge(count, 3);
}
END_TEST

/* With this seed a supervisor dies first. */
START_TEST(test_soak)
{
    struct fault_cell *cell =
        cell_open(&soak_fault, mechanism_find("ring"), 0, 40);

    ck_assert_ptr_nonnull(cell);
    cell_soak(cell, 3000000000);
    ck_assert_int_eq(cell_run(cell, dir, NULL), 0);
    ck_assert_msg(cell->verdict == CELL_PASS, "%s", cell->why);
    ck_assert_uint_ge(cell->injections, 2);
    ck_assert_uint_ge(cell->recovery.samples, 1);
    ck_assert_uint_ge(cell->jobs, 1);
    cell_free(cell);
}
END_TEST

static void lose_alone(const char *mechanism, uint64_t lost, uint64_t twice)
{
    struct fault_cell *cell =
        cell_open(find("F0"), mechanism_find(mechanism), 1, 7);

    ck_assert_ptr_nonnull(cell);
    ck_assert_int_eq(cell_run(cell, dir, NULL), 0);
    ck_assert_msg(cell->verdict == CELL_PASS, "%s: %s", mechanism, cell->why);
    ck_assert_uint_gt(cell->jobs, 11);
    ck_assert_uint_eq(cell->lost, lost ? lost : cell->jobs - 10);
    ck_assert_uint_eq(cell->doubled, twice);
    cell_free(cell);
}

/* By itself a queue loses the message in hand, a connection all that is under
 * way, and a ring begins again. */
START_TEST(test_alone)
{
    struct fault_cell *ring =
        cell_open(find("F0"), mechanism_find("ring"), 1, 7);

    lose_alone("sysv-mq", 1, 0);
    lose_alone("unix-seqpacket", 0, 0);
    ck_assert_ptr_nonnull(ring);
    ck_assert_int_eq(cell_run(ring, dir, NULL), 0);
    ck_assert_uint_eq(ring->lost, 0);
    ck_assert_uint_eq(ring->doubled, 10);
    cell_free(ring);
}
END_TEST

/* Names of the kernel's own, and a directory's. */
START_TEST(test_users)
{
    try_level("posix-mq", "F11/names");
    try_level("sysv-mq", "F11/names");
}
END_TEST

START_TEST(test_every_level_is_tried)
{
    const struct fault_case *fault;
    char name[FAULT_WORD_MAX];
    bool tried;

    for (unsigned i = 0; (fault = fault_at(i)); i++) {
        (void)snprintf(name, sizeof(name), "%s/%s", fault->id, fault->level);
        tried = strcmp(name, "F6/lease") == 0 || /* by the suite of restarts */
                strcmp(name, "F0/alone") == 0;   /* by itself */
        for (unsigned j = 0; j < LEVELS; j++)
            tried = tried || strcmp(name, levels[j]) == 0;
        ck_assert_msg(tried, "%s", name);
    }
}
END_TEST

/* -------------------------------------------------------------------- lots */

START_TEST(test_lots)
{
    struct lots some = lots_of(1000, 10, 3), same = some;
    struct lots all = lots_of(5, 100, 3);
    uint64_t number, other, last = 0;

    for (uint64_t i = 0; i < 10; i++) {
        ck_assert(lots_draw(&some, &number) && lots_draw(&same, &other));
        ck_assert_uint_eq(number, other);
        ck_assert(number >= i * 100 && number < (i + 1) * 100);
        last = number;
    }
    ck_assert(!lots_draw(&some, &number));
    ck_assert(!lots_again(&some, 0));
    ck_assert(lots_again(&some, 10));
    for (uint64_t i = 0; i < 10; i++)
        ck_assert(lots_draw(&some, &number));
    ck_assert_uint_ne(number, last);
    for (uint64_t i = 0; i < 5; i++) {
        ck_assert(lots_draw(&all, &number));
        ck_assert_uint_eq(number, i);
    }
    ck_assert(!lots_draw(&all, &number) && !lots_again(&all, 1));
}
END_TEST

START_TEST(test_lists)
{
    char word[FAULT_WORD_MAX];

    ck_assert(fault_is_in(find("F1/calls"), NULL));
    ck_assert(fault_is_in(find("F1/calls"), "F1"));
    ck_assert(fault_is_in(find("F1/calls"), "F2,f1/CALLS"));
    ck_assert(!fault_is_in(find("F1/calls"), "F1/random,F10"));
    ck_assert(!fault_is_in(find("F10/random"), "F1"));
    ck_assert_ptr_null(fault_list_error("F1,F2/calls", word));
    ck_assert_str_eq(fault_list_error("F1,F99,F2", word), "F99");
    ck_assert_str_eq(fault_list_error("F1/slowly", word), "F1/slowly");
    ck_assert_str_eq(fault_list_error("", word) ? "" : "none", "none");
}
END_TEST

/* ------------------------------------------------------------------ command */

START_TEST(test_command)
{
    program_zero(&program);
    program_run(&program, "ipc faults pipe tcp --fault F1/random,F9 "
                          "--injections 2 --seed 7");
    program_expect(&program, 0, "pipe              ok  ok\n", NULL);
    program_expect(&program, 0, "4 passed, 0 failed, 0 skipped", NULL);
    program_expect(&program, 0, "seed 7", NULL);
    program_expect_width(&program, 80);
    program_run(&program, "ipc faults pipe --fault F1/random --injections 2 "
                          "--seed 7 --json");
    program_expect(&program, 0, "\"fault\":\"F1\"", NULL);
    program_expect(&program, 0, "\"lost\":0", NULL);
    program_expect(&program, 0, "\"seed\":7", NULL);
    program_run(&program, "ipc faults thread-queue --fault F7");
    program_expect(&program, 0, "1 not for that mechanism", NULL);
    program_run(&program, "ipc faults pipe --soak 1 --json");
    program_expect(&program, 0, "\"fault\":\"soak\"", NULL);
    program_run(&program, "ipc faults --list");
    program_expect(&program, 0, "F14/queues", NULL);
    program_expect_width(&program, 80);
}
END_TEST

/* The page of what was saved: a table of marks, one of figures, and what is
 * lost without the protocol. */
START_TEST(test_page)
{
    static char page[1 << 17];
    FILE *file;

    program_zero(&program);
    program_run(&program, "ipc faults sysv-mq --fault F0,F7 --save %s",
                in_place("faults.jsonl"));
    program_expect(&program, 0, "Without the protocol", NULL);
    program_run(&program, "ipc report %s -o %s", in_place("faults.jsonl"),
                in_place("page.html"));
    program_expect(&program, 0, "", NULL);
    file = fopen(in_place("page.html"), "re");
    ck_assert_ptr_nonnull(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    (void)fclose(file);
    ck_assert_ptr_nonnull(strstr(page, "<th scope=\"col\">F7</th>"));
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"word\">sysv-mq</td>"
                                       "<td>ok</td>"));
    ck_assert_ptr_nonnull(strstr(page, "messages larger than was agreed"
                                       "</td><td>4</td>"));
    ck_assert_ptr_nonnull(strstr(page, "<h3>Without the protocol</h3>"));
    ck_assert_ptr_nonnull(strstr(page, "<td>0</td><td>1</td></tr>"));
}
END_TEST

/* What it has done by then is kept, and what an earlier one had done stays. */
START_TEST(test_interrupted)
{
    struct stat status;

    program_zero(&program);
    program_start(&program,
                  "ipc faults pipe --fault F1/random,F6/lease --injections 20 "
                  "--json --save %s",
                  in_place("faults.jsonl"));
    program_await(&program, "\"fault\":\"F1\"");
    program_signal(&program, SIGTERM);
    program_wait(&program);
    program_expect(&program, 128 + SIGTERM, "", "faults.jsonl.stopped, and");
    ck_assert_int_lt(stat(in_place("faults.jsonl"), &status), 0);
    program_run(&program, "ipc report %s -o %s",
                in_place("faults.jsonl.stopped"), in_place("page.html"));
    program_expect(&program, 0, "", NULL);
    ck_assert_int_eq(unlink(in_place("faults.jsonl.stopped")), 0);
    ck_assert_int_eq(unlink(in_place("page.html")), 0);
}
END_TEST

START_TEST(test_wrong_words)
{
    program_zero(&program);
    program_run(&program, "ipc faults pipe --fault F99");
    program_expect_line(&program, 2, "F99: no such fault", "--list");
    program_run(&program, "ipc faults pip");
    program_expect_line(&program, 2, "pip", "pipe");
    program_run(&program, "ipc faults pipe --injections 0");
    program_expect_line(&program, 2, "--injections", "from 1");
    program_run(&program, "ipc faults pipe --soak 2 --fault F1");
    program_expect_line(&program, 2, "--soak", "--fault");
}
END_TEST

Suite *faults_suite(void)
{
    Suite *suite = suite_create("faults");
    TCase *tc = add_case(suite, "cells", 0);

    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, test_what_is_left);
    tcase_add_test(tc, test_bad_ends);
    tcase_add_test(tc, test_judged);
    tc = add_case(suite, "levels", 0);
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_loop_test(tc, test_levels, 0, LEVELS);
    tcase_add_test(tc, test_every_level_is_tried);
    tc = add_case(suite, "soak", 0);
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, test_counters);
    tcase_add_test(tc, test_soak);
    tc = add_case(suite, "users", 0);
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, test_users);
    tcase_add_test(tc, test_alone);
    tc = add_case(suite, "words", 0);
    tcase_add_test(tc, test_lots);
    tcase_add_test(tc, test_lists);
    tc = add_case(suite, "command", 0);
    tcase_add_checked_fixture(tc, place_open, place_close);
    tcase_add_test(tc, test_command);
    tcase_add_test(tc, test_page);
    tcase_add_test(tc, test_interrupted);
    tcase_add_test(tc, test_wrong_words);
    return suite;
}
