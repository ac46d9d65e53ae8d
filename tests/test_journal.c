/* SPDX-License-Identifier: MIT */
/*
 * The journal, as a database is tested: its writer is killed at every system
 * call, its end is torn at every byte, each of its bytes is wrong once, and
 * there is no room for it. And whole runs are killed, and go on.
 */
#include "ipc/exchange/history.h"
#include "ipc/exchange/journal.h"
#include "shared/base/write.h"
#include "tests/allocations.h"
#include "tests/failing_calls.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    JOBS = 1000,
    STEPS = 6,    /* that write_all_steps takes */
    REJECTED = 7, /* a job */
    FATAL = 450,  /* another */
    SIZE_MAX_HERE = 4096,
    CALLS_MAX = 200, /* of a writer: more than there are */
};

static const struct exchange_plan plan = {
    .pattern = PATTERN_EXCHANGE,
    .work = JOB_WORK_VERIFY,
    .jobs = JOBS,
    .size = 100,
    .producers = 2,
    .consumers = 1,
};

static const char *reason_of(void *arg, uint64_t number)
{
    (void)arg;
    return number == 2 * REJECTED + 1 ? "it was blue" : "";
}

/* What is settled after each step: a range, one out of turn, a rejected one. */
static void settle_step(struct ledger *l, int step)
{
    const uint64_t first = (uint64_t)step * 10;

    for (uint64_t id = first; id < first + 10; id++)
        (void)ledger_settle(l, 0, id, false);
    (void)ledger_settle(l, 1, first + 3, false);
    if (step == 1)
        (void)ledger_settle(l, 1, REJECTED, true);
}

static int write_step(struct journal *j, struct ledger *l, int step)
{
    int r;

    settle_step(l, step);
    r = journal_note(j, l, reason_of, NULL);
    if (r < 0 || step != 3)
        return r;
    l->generation = 1;
    ck_assert_int_eq(ledger_close_account(l, 0, FATAL + 1), 0);
    (void)ledger_blame(l, 0, FATAL);
    return journal_note_generation(j, l);
}

static const char *dir_of_test(void)
{
    const char *dir = runs_path("run");

    (void)mkdir(dir, 0700);
    return dir;
}

/* A whole journal. */
static void write_all_steps(const char *dir)
{
    struct journal j;
    struct ledger l;

    ck_assert_int_eq(ledger_open(&l, &plan), 0);
    ck_assert_int_eq(journal_create(&j, dir, &plan), 0);
    for (int step = 0; step < STEPS; step++)
        ck_assert_int_eq(write_step(&j, &l, step), 0);
    journal_close(&j);
    ledger_close(&l);
}

/* Whether a ledger holds what some steps have written, and nothing else. */
static bool holds_steps(const struct ledger *l, int steps)
{
    struct ledger wanted;
    bool same;

    ck_assert_int_eq(ledger_open(&wanted, &plan), 0);
    for (int step = 0; step < steps; step++)
        settle_step(&wanted, step);
    same = ledger_settled(l) == ledger_settled(&wanted) &&
           ledger_rejected(l) == ledger_rejected(&wanted);
    for (unsigned p = 0; same && p < plan.producers; p++)
        for (uint64_t id = 0; same && id < JOBS / plan.producers; id++)
            same = seen_has(l->account[p].settled, id) ==
                   seen_has(wanted.account[p].settled, id);
    ledger_close(&wanted);
    return same;
}

/* Opens it; what it holds is for the caller to close. */
static int resume(const char *dir, struct journal *j, struct ledger *l,
                  struct results *results)
{
    ck_assert_int_eq(ledger_open(l, &plan), 0);
    *results = (struct results){ 0 };
    return journal_resume(j, dir, &plan, l, results);
}

static size_t read_journal(const char *dir, unsigned char *bytes)
{
    char path[PATH_MAX];
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    n = read(fd, bytes, SIZE_MAX_HERE);
    ck_assert_int_gt((int)n, 0);
    ck_assert_int_lt((int)n, SIZE_MAX_HERE);
    (void)close(fd);
    return (size_t)n;
}

static void write_journal(const char *dir, const unsigned char *bytes,
                          size_t size)
{
    char path[PATH_MAX];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write_all(fd, bytes, size), 0);
    (void)close(fd);
}

/* All that was written is read, and what comes later is added to it. */
START_TEST(test_round_trip)
{
    const char *dir = dir_of_test();
    struct results results;
    struct journal j;
    struct ledger l;

    write_all_steps(dir);
    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    ck_assert(holds_steps(&l, STEPS));
    ck_assert_uint_eq(l.generation, 2);
    ck_assert_uint_eq(results.rejected, 1);
    ck_assert_uint_eq(results.rejection[0].number, 2 * REJECTED + 1);
    ck_assert_str_eq(results.rejection[0].text, "it was blue");
    ck_assert(ledger_is_suspect(&l, 0, FATAL));
    ck_assert(!ledger_is_suspect(&l, 0, FATAL - 1));
    ck_assert_uint_eq(ledger_attempt(&l, 0, FATAL), 3);
    ck_assert_uint_eq(ledger_attempt(&l, 0, FATAL + 1), 1);
    ck_assert_int_eq(write_step(&j, &l, STEPS), 0);
    journal_close(&j);
    ledger_close(&l);
    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    ck_assert(holds_steps(&l, STEPS + 1));
    journal_close(&j);
    ledger_close(&l);
}
END_TEST

/* A part of the steps, and the file ends where the last whole record does; the
 * next record is read again. */
static void expect_prefix(const char *dir, size_t cut, int *least)
{
    unsigned char bytes[SIZE_MAX_HERE];
    struct results results;
    struct journal j;
    struct ledger l;
    uint64_t settled;

    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    settled = ledger_settled(&l);
    while (*least < STEPS && holds_steps(&l, *least + 1))
        (*least)++;
    ck_assert_msg(holds_steps(&l, *least) || settled > 0, "cut at %zu", cut);
    ck_assert_uint_le(j.end, cut > 32 ? cut : 32);
    ck_assert_uint_eq(read_journal(dir, bytes), j.end);
    (void)ledger_settle(&l, 0, 499, false);
    ck_assert_int_eq(journal_note(&j, &l, reason_of, NULL), 0);
    journal_close(&j);
    ledger_close(&l);
    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    ck_assert_msg(ledger_settled(&l) == settled + 1, "cut at %zu", cut);
    journal_close(&j);
    ledger_close(&l);
}

START_TEST(test_torn_at_every_byte)
{
    const char *dir = dir_of_test();
    unsigned char bytes[SIZE_MAX_HERE];
    size_t size;
    int least = 0;

    write_all_steps(dir);
    size = read_journal(dir, bytes);
    for (size_t cut = 0; cut <= size; cut++) {
        write_journal(dir, bytes, cut);
        expect_prefix(dir, cut, &least);
    }
    ck_assert_int_eq(least, STEPS);
}
END_TEST

/* Nothing is believed from the record on that holds the byte. */
START_TEST(test_every_byte_wrong)
{
    const char *dir = dir_of_test();
    unsigned char bytes[SIZE_MAX_HERE];
    struct results results;
    struct journal j;
    struct ledger l;
    size_t size;
    int r;

    write_all_steps(dir);
    size = read_journal(dir, bytes);
    for (size_t at = 0; at < size; at++) {
        bytes[at] ^= 0x40;
        write_journal(dir, bytes, size);
        r = resume(dir, &j, &l, &results);
        ck_assert_msg(r == (at < 32 ? -EPROTO : 0), "%zu: %d", at, r);
        ck_assert_msg(at < 32 || j.end <= at, "%zu: believed", at);
        journal_close(&j);
        ledger_close(&l);
        bytes[at] ^= 0x40;
    }
}
END_TEST

/* A record that was whole in another place. */
START_TEST(test_moved_record)
{
    const char *dir = dir_of_test();
    unsigned char bytes[SIZE_MAX_HERE];
    struct results results;
    struct journal j;
    struct ledger l;
    size_t size;

    write_all_steps(dir);
    size = read_journal(dir, bytes);
    memmove(bytes + 64, bytes + 32, size - 32);
    write_journal(dir, bytes, size + 32);
    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    ck_assert_uint_eq(j.end, 64);
    journal_close(&j);
    ledger_close(&l);
}
END_TEST

START_TEST(test_of_other_jobs)
{
    const char *dir = dir_of_test();
    struct exchange_plan other;
    struct results results = { 0 };
    struct journal j;
    struct ledger l;

    write_all_steps(dir);
    for (int i = 0; i < 3; i++) {
        other = plan;
        other.jobs += i == 0;
        other.size += i == 1;
        other.producers -= i == 2;
        ck_assert_int_eq(ledger_open(&l, &other), 0);
        ck_assert_int_eq(journal_resume(&j, dir, &other, &l, &results),
                         -ESTALE);
        journal_close(&j);
        ledger_close(&l);
    }
}
END_TEST

/* What a journal says of these pictures' run. */
static int resume_with(const struct inputs *inputs)
{
    struct exchange_plan with = plan;
    struct results results = { 0 };
    struct journal j;
    struct ledger l;
    int r;

    with.inputs = inputs;
    ck_assert_int_eq(ledger_open(&l, &with), 0);
    r = journal_resume(&j, dir_of_test(), &with, &l, &results);
    journal_close(&j);
    ledger_close(&l);
    return r;
}

/* As many, but of another size, of another name, or in another order. */
START_TEST(test_of_other_pictures)
{
    char a[] = "a.jpg", b[] = "b.jpg", c[] = "c.jpg";
    struct input lists[][2] = {
        { { a, 5 }, { b, 5 } },
        { { a, 5 }, { b, 6 } },
        { { a, 5 }, { c, 5 } },
        { { b, 5 }, { a, 5 } },
    };
    struct inputs inputs = { .list = lists[0], .count = 2 };
    struct exchange_plan with = plan;
    struct journal j;

    with.inputs = &inputs;
    ck_assert_int_eq(journal_create(&j, dir_of_test(), &with), 0);
    journal_close(&j);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        inputs.list = lists[i];
        ck_assert_int_eq(resume_with(&inputs), i == 0 ? 0 : -ESTALE);
    }
    ck_assert_int_eq(resume_with(NULL), -ESTALE);
}
END_TEST

START_TEST(test_long_path)
{
    char dir[PATH_MAX];
    struct journal j;

    memset(dir, 'x', sizeof(dir));
    dir[sizeof(dir) - 1] = '\0';
    ck_assert_int_eq(journal_create(&j, dir, &plan), -ENAMETOOLONG);
    journal_close(&j);
}
END_TEST

/* So that it outlives a power cut, which is not tried here. */
START_TEST(test_on_the_disk)
{
    const char *dir = dir_of_test();
    struct exchange_plan synced = plan;
    struct results results;
    struct journal j;
    struct ledger l;

    synced.sync = true;
    ck_assert_int_eq(ledger_open(&l, &plan), 0);
    ck_assert_int_eq(journal_create(&j, dir, &synced), 0);
    ck_assert_int_eq(write_step(&j, &l, 0), 0);
    journal_close(&j);
    ledger_close(&l);
    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    ck_assert(holds_steps(&l, 1));
    journal_close(&j);
    ledger_close(&l);
}
END_TEST

/* What there is no room for is written when there is. */
START_TEST(test_no_room)
{
    const char *dir = dir_of_test();
    struct rlimit limit, saved;
    struct results results;
    struct journal j;
    struct ledger l;

    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(ledger_open(&l, &plan), 0);
    ck_assert_int_eq(journal_create(&j, dir, &plan), 0);
    ck_assert_int_eq(write_step(&j, &l, 0), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &saved), 0);
    limit = saved;
    limit.rlim_cur = j.end + 40; /* a record and a half */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(write_step(&j, &l, 1), -EFBIG);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &saved), 0);
    ck_assert_int_eq(write_step(&j, &l, 2), 0);
    journal_close(&j);
    ledger_close(&l);
    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    ck_assert(holds_steps(&l, 3));
    journal_close(&j);
    ledger_close(&l);
}
END_TEST

/* The call of that number fails, or the allocation. */
static void let_fail(int way, unsigned number)
{
    calls_fail(way == 0 ? number : 0);
    allocations_fail(way == 0 ? 0 : number);
}

/* Whether it came to that. It ends it. */
static bool has_failed(void)
{
    int error;
    const bool call = calls_failed(&error);

    return allocations_failed() || call;
}

static int note_all(struct journal *j, const struct ledger *l)
{
    int r;

    r = journal_note(j, l, reason_of, NULL);
    return r < 0 ? r : journal_note_generation(j, l);
}

static void expect_steps(const char *dir, int steps)
{
    struct results results;
    struct journal j;
    struct ledger l;

    ck_assert_int_eq(resume(dir, &j, &l, &results), 0);
    ck_assert(holds_steps(&l, steps));
    journal_close(&j);
    ledger_close(&l);
}

/* Whatever fails is told; then it works again, and nothing is missing. */
START_TEST(test_writer_fails)
{
    const char *dir = dir_of_test();
    struct exchange_plan synced = plan;
    char path[PATH_MAX];
    bool failed = true;
    struct journal j;
    struct ledger l;
    int r;

    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    synced.sync = true;
    for (unsigned n = 1; failed; n++) {
        (void)unlink(path);
        ck_assert_int_eq(ledger_open(&l, &plan), 0);
        settle_step(&l, 0);
        settle_step(&l, 1);
        ck_assert_int_eq(ledger_close_account(&l, 0, FATAL + 1), 0);
        (void)ledger_blame(&l, 0, FATAL);
        let_fail(_i, n);
        r = journal_create(&j, dir, &synced);
        if (r == 0)
            r = note_all(&j, &l);
        failed = has_failed();
        ck_assert_msg(failed ? r < 0 : r == 0, "failure %u: %d", n, r);
        if (j.end > 0) {
            ck_assert_int_eq(note_all(&j, &l), 0);
            expect_steps(dir, 2);
        }
        journal_close(&j);
        ledger_close(&l);
    }
}
END_TEST

/* What was not read, for a reason that passes, is read then. */
START_TEST(test_reader_fails)
{
    const char *dir = dir_of_test();
    struct results results;
    bool failed = true;
    struct journal j;
    struct ledger l;
    int r;

    write_all_steps(dir);
    for (unsigned n = 1; failed; n++) {
        results = (struct results){ 0 };
        ck_assert_int_eq(ledger_open(&l, &plan), 0);
        let_fail(_i, n);
        r = journal_resume(&j, dir, &plan, &l, &results);
        failed = has_failed();
        ck_assert_msg(failed ? r < 0 : r == 0, "failure %u: %d", n, r);
        journal_close(&j);
        ledger_close(&l);
        expect_steps(dir, STEPS);
    }
}
END_TEST

/* In a child, which is killed when its call of that number begins or ends.
 * Returns false when it came to its end before. */
static bool write_until_call(const char *dir, int number)
{
    const pid_t pid = fork();
    int status = 0;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
            _exit(77);
        (void)kill(getpid(), SIGSTOP);
        write_all_steps(dir);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    for (int i = 0; i < number && WIFSTOPPED(status); i++) {
        ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    }
    if (!WIFSTOPPED(status))
        return false;
    (void)kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return true;
}

START_TEST(test_killed_at_every_call)
{
    const char *dir = dir_of_test();
    char path[PATH_MAX];
    int least = 0, number;

    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    for (number = 0; number < CALLS_MAX; number++) {
        (void)unlink(path);
        if (!write_until_call(dir, number))
            break;
        if (access(path, F_OK) == 0)
            expect_prefix(dir, SIZE_MAX_HERE, &least);
    }
    ck_assert_int_gt(number, STEPS);
    ck_assert_int_lt(number, CALLS_MAX);
    ck_assert_int_eq(least, STEPS);
}
END_TEST

/* --------------------------------------------------------------- whole runs */

/* The directory of the only run that there is. */
static const char *find_run(char path[static PATH_MAX])
{
    DIR *stream = opendir(runs_path("tmp"));
    const struct dirent *entry;

    path[0] = '\0';
    while (stream && (entry = readdir(stream)))
        if (strncmp(entry->d_name, "ipc-showcase-", 13) == 0)
            (void)snprintf(path, PATH_MAX, "%s/%s", runs_path("tmp"),
                           entry->d_name);
    if (stream)
        (void)closedir(stream);
    return path;
}

static off_t size_of_journal(const char *dir)
{
    struct stat status;
    char path[PATH_MAX + 16];

    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    return stat(path, &status) == 0 ? status.st_size : 0;
}

/* When all jobs are settled no other generation is needed, though the last one
 * failed. */
START_TEST(test_nothing_left)
{
    const struct exchange_plan three = { .jobs = 3, .producers = 1 };
    struct exchange_outcome outcome = { .failure = "the consumer died" };
    struct supervisor s;
    struct history h;

    ck_assert_int_eq(history_open(&h, &three, NULL, false), 0);
    ck_assert_int_eq(supervisor_open(&s), 0);
    history_watch(&h, &s);
    s.roster.page->worker[0].submitted = 3;
    for (uint64_t id = 0; id < 3; id++) {
        ck_assert(!history_done(&h, &three));
        ck_assert(ledger_settle(&h.ledger, 0, id, id == 1));
    }
    ck_assert_int_eq(history_keep(&h, &outcome), 0);
    history_next(&h);
    ck_assert(history_done(&h, &three));
    history_conclude(&h, &outcome);
    ck_assert_str_eq(outcome.failure, "");
    ck_assert(verdict_good(&outcome.verdict));
    ck_assert_uint_eq(outcome.verdict.completed, 2);
    ck_assert_uint_eq(outcome.verdict.rejected, 1);
    ck_assert_uint_eq(outcome.verdict.restarts, 1);
    supervisor_close(&s);
    history_close(&h);
}
END_TEST

/* Killed when something has been written, and taken up. */
START_TEST(test_killed_run_goes_on)
{
    static const char *const names[] = { "unix-seqpacket", "ring",
                                         "posix-mq",       "sqlite",
                                         "redis-stream",   "tcp" };
    const struct verdict *v;
    char dir[PATH_MAX];
    bool chosen = false;
    struct run r;

    if (!run_open(&r, _i))
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        chosen = chosen || strcmp(r.name, names[i]) == 0;
    if (!chosen) {
        run_close(&r);
        return;
    }
    r.plan.restarts = 5;
    r.plan.jobs = 400;
    r.plan.pause_ns = r.plan.slow_pause_ns = 2000000;
    run_start(&r);
    while (size_of_journal(find_run(dir)) < 64)
        pause_ms(1);
    (void)kill(r.pid, SIGKILL);
    (void)waitpid(r.pid, NULL, 0);
    r.plan.pause_ns = r.plan.slow_pause_ns = 0;
    r.plan.resume = dir;
    run_here(&r);
    v = &r.outcome->verdict;
    run_expect(&r, r.status == 0 && outcome_good(r.outcome), "not good");
    run_expect(&r, v->submitted == 400 && v->completed == 400, "not all");
    run_expect(&r, v->restarts == 1, "%lu restarts", v->restarts);
    run_expect(&r, r.outcome->sent < 400, "all were sent again");
    run_close(&r);
}
END_TEST

Suite *journal_suite(void)
{
    const TTest *const each[] = { test_killed_run_goes_on };
    Suite *s = suite_create("journal");
    TCase *tc = tcase_create("file");

    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    tcase_add_test(tc, test_round_trip);
    tcase_add_test(tc, test_torn_at_every_byte);
    tcase_add_test(tc, test_every_byte_wrong);
    tcase_add_test(tc, test_moved_record);
    tcase_add_test(tc, test_of_other_jobs);
    tcase_add_test(tc, test_of_other_pictures);
    tcase_add_test(tc, test_long_path);
    tcase_add_test(tc, test_on_the_disk);
    tcase_add_test(tc, test_no_room);
    tcase_add_loop_test(tc, test_writer_fails, 0, 2);
    tcase_add_loop_test(tc, test_reader_fails, 0, 2);
    tcase_add_test(tc, test_nothing_left);
    tcase_add_test(tc, test_killed_at_every_call);
    suite_add_tcase(s, tc);
    runs_cases(s, each, sizeof(each) / sizeof(each[0]));
    return s;
}
