/* SPDX-License-Identifier: MIT */
#include "tests/runs.h"
#include "shared/dir/tree.h"
#include "tests/helpers.h"

#include "ipc/channel_config.h"
#include "ipc/exchange/generation.h"
#include "ipc/faults/census.h"
#include "ipc/mechanisms.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATHS = 8 };

static char home[TEST_DIR_MAX];
static char mark[CHANNEL_NAME_MAX]; /* what global names begin with */
static uint64_t next_session;
static struct census before;
static const char *subject = ""; /* the mechanism the test is about */

/* ------------------------------------------------------ around every test */

const char *runs_path(const char *name)
{
    static char paths[PATHS][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % PATHS];

    (void)snprintf(path, PATH_MAX, "%s/%s", home, name);
    return path;
}

void runs_begin(void)
{
    make_test_dir(home);
    /* Other tests may run at the same time, and have names of their own. */
    next_session = generation_session() << 32 | 1;
    (void)snprintf(mark, sizeof(mark), CHANNEL_PREFIX "%08" PRIx64,
                   next_session >> 32);
    ck_assert_int_eq(mkdir(runs_path("tmp"), 0700), 0);
    ck_assert_int_eq(setenv("TMPDIR", runs_path("tmp"), 1), 0);
    census_take(&before, mark, runs_path("tmp"));
}

void runs_end(void)
{
    const char *difference;

    difference = census_compare(&before, CENSUS_ALL);
    ck_assert_msg(!difference, "%s: %s", subject, difference);
    (void)tree_remove(home);
}

void runs_cases(Suite *suite, const TTest *const tests[], size_t count)
{
    TCase *tc;

    for (int i = 0; mechanisms[i].name; i++) {
        if (mechanism_skipped(&mechanisms[i]))
            continue;
        tc = add_case(suite, mechanisms[i].name, 0);
        tcase_add_checked_fixture(tc, runs_begin, runs_end);
        for (size_t j = 0; j < count; j++)
            tcase_add_loop_test(tc, tests[j], i, i + 1);
    }
}

/* --------------------------------------------------------------- one run */

bool run_open(struct run *r, int index)
{
    const struct channel_ops *ops =
        index == RUN_NONE ? NULL : mechanisms[index].ops;

    if (index != RUN_NONE && mechanism_skipped(&mechanisms[index]))
        return false;
    *r = (struct run){ .name = ops ? ops->name : "none" };
    r->plan = (struct exchange_plan){
        .ops = ops,
        .session = next_session++,
        .pattern = PATTERN_EXCHANGE,
        .work = JOB_WORK_VERIFY,
        .jobs = 100,
        .size = 1000,
        .max = (size_t)32 << 20,
        .producers = 1,
        .consumers = 1,
        .window = 8,
        .depth = 8,
        .box_width = 100,
        .box_height = 100,
        .stall_ns = 10000000000 * (uint64_t)test_patience(),
    };
    if (ops)
        mechanism_defaults(ops, r->plan.options);
    /* Shared with the supervisor that run_start forks. */
    r->outcome = mmap(NULL, sizeof(*r->outcome), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(r->outcome, MAP_FAILED);
    subject = r->name;
    return true;
}

void run_close(struct run *r)
{
    (void)munmap(r->outcome, sizeof(*r->outcome));
    r->outcome = NULL;
}

void run_here(struct run *r)
{
    r->status = exchange_run(&r->plan, r->outcome);
}

static void become_supervisor(const struct run *r)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (r->user && (setgid(r->user) < 0 || setuid(r->user) < 0))
        _exit(EXIT_FAILURE);
}

void run_start(struct run *r)
{
    r->pid = fork_with_defaults();
    ck_assert_int_ge(r->pid, 0);
    if (r->pid == 0) {
        become_supervisor(r);
        _exit(exchange_run(&r->plan, r->outcome) == 0 ? 0 : 1);
    }
}

void run_wait(struct run *r)
{
    const double start = seconds_now();
    pid_t pid;

    while ((pid = waitpid(r->pid, &r->status, WNOHANG)) == 0 &&
           seconds_now() - start < TEST_HANG_S * test_patience())
        pause_ms(1);
    r->ended_s = seconds_now() - start;
    run_expect(r, pid == r->pid, "has not ended after %.0f s", r->ended_s);
    run_expect(r, WIFEXITED(r->status), "the supervisor's wait status is %#x",
               (unsigned)r->status);
}

/* ---------------------------------------------------------- its processes */

/* Whether a process is the one sought. Its parent changes when it dies. */
static bool is_child(const char *pid, pid_t parent, const char *name)
{
    char path[64], comm[32];
    FILE *stream;
    int ppid = 0;

    (void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    stream = fopen(path, "re");
    if (!stream)
        return false;
    if (fscanf(stream, "%*d (%31[^)]) %*c %d", comm, &ppid) != 2)
        ppid = 0;
    (void)fclose(stream);
    return ppid == parent && strcmp(comm, name) == 0;
}

static pid_t find_child(pid_t parent, const char *name)
{
    DIR *stream = opendir("/proc");
    const struct dirent *entry;
    pid_t pid = 0;

    while (stream && pid == 0 && (entry = readdir(stream)))
        if (entry->d_name[0] > '0' && entry->d_name[0] <= '9' &&
            is_child(entry->d_name, parent, name))
            pid = (pid_t)atoi(entry->d_name);
    if (stream)
        (void)closedir(stream);
    return pid;
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = { 0 };

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid != 0;
}

bool run_is_threads(const struct run *r)
{
    return r->plan.ops && r->plan.ops->traits & CHANNEL_THREADS;
}

pid_t run_worker(const struct run *r, enum worker_role role)
{
    const char *name = role == WORKER_PRODUCER ? "producer" : "consumer";
    pid_t pid;

    if (run_is_threads(r))
        name = "threads";

    while ((pid = find_child(r->pid, name)) == 0 && !has_ended(r->pid))
        pause_ms(1);
    return pid;
}

/* ------------------------------------------------------------- what it is */

const char *run_text(const struct run *r, const char *format, ...)
{
    static char text[1000];
    char verdict[VERDICT_TEXT_MAX], what[400];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    (void)snprintf(text, sizeof(text),
                   "%s, %s, %s, %zu jobs of %zu bytes: %s (%s; \"%s\")",
                   r->name, pattern_name(r->plan.pattern),
                   work_name(r->plan.work), (size_t)r->plan.jobs, r->plan.size,
                   what, verdict_text(&r->outcome->verdict, verdict),
                   r->outcome->failure);
    return text;
}

static void expect_figures(const struct run *r)
{
    const struct exchange_outcome *o = r->outcome;
    /* What only carries looks at no clock. */
    bool timed = r->plan.ops && r->plan.pattern != PATTERN_STREAM &&
                 r->plan.work != JOB_WORK_CARRY;

    run_expect(r, o->elapsed_ns > 0 || r->plan.jobs == 0, "no time elapsed");
    run_expect(r,
               o->latency.p50_ns <= o->latency.max_ns &&
                   o->latency.p99_ns <= o->latency.max_ns,
               "latencies %lu, %lu, %lu", o->latency.p50_ns, o->latency.p99_ns,
               o->latency.max_ns);
    run_expect(r, o->latency.samples == (timed ? o->verdict.submitted : 0),
               "%lu latencies", o->latency.samples);
    if (r->plan.work != JOB_WORK_IMAGE)
        run_expect(r, o->bytes == o->verdict.submitted * r->plan.size,
                   "%lu bytes", o->bytes);
    if (r->plan.ops)
        run_expect(r, o->window >= 1 && o->window <= r->plan.window,
                   "window %u", o->window);
    if (r->plan.ops && r->plan.pattern == PATTERN_PING_PONG)
        run_expect(r, o->window == 1, "window %u", o->window);
}

void run_expect_good(const struct run *r)
{
    const struct verdict *v = &r->outcome->verdict;

    run_expect(r, r->status == 0, "not good");
    run_expect(r, outcome_good(r->outcome), "not good, though 0");
    run_expect(r, v->finished && v->completed == v->submitted, "not all done");
    run_expect(r, v->submitted == r->plan.jobs || r->plan.budget_ns > 0,
               "not all jobs");
    expect_figures(r);
}

void run_expect_failure(const struct run *r, const char *text)
{
    const char *failure = r->outcome->failure;

    run_expect(r, r->status != 0, "good");
    run_expect(r, !outcome_good(r->outcome), "good, though not 0");
    run_expect(r, !r->outcome->verdict.finished, "finished");
    run_expect(r, strstr(failure, text), "expected \"%s\"", text);
    run_expect(r, !strchr(failure, '\n'), "more than one line");
}
