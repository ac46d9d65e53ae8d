/* SPDX-License-Identifier: MIT */
#include "tests/helpers.h"

#include "ipc/claims/tools.h"
#include "ipc/mechanisms.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { STEPS = 5 }; /* of a test, each of which may hang */

static const double slowness_s = 0.03; /* that it is looked at */

int test_patience(void)
{
    const char *text = getenv("CK_TIMEOUT_MULTIPLIER");
    int multiplier = text ? atoi(text) : 1;

    return multiplier > 0 ? multiplier : 1;
}

bool test_is_long(void)
{
    return getenv("TEST_LONG") != NULL;
}

bool test_is_sanitized(void)
{
    return !tool_heap_is_usual();
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* How much of a processor others take: 1, if none of it. */
static double slowness(void)
{
    const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const double start = seconds_now();
    double used;

    do
        used = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    while (used < slowness_s);
    return (seconds_now() - start) / used;
}

void test_set_patience(void)
{
    char text[20];

    (void)snprintf(text, sizeof(text), "%.0f",
                   (test_is_sanitized() ? 5 : 1) * (0.5 + slowness()));
    (void)setenv("CK_TIMEOUT_MULTIPLIER", text, 0);
    (void)snprintf(text, sizeof(text), "%d", STEPS * TEST_HANG_S);
    (void)setenv("CK_DEFAULT_TIMEOUT", text, 0);
}

pid_t fork_with_defaults(void)
{
    sigset_t all, before;
    pid_t pid;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    pid = fork();
    for (int number = 1; pid == 0 && number < SIGRTMIN; number++)
        (void)signal(number, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

void pause_ms(unsigned ms)
{
    struct timespec left = { .tv_sec = ms / 1000,
                             .tv_nsec = ms % 1000 * 1000000L };

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        continue;
}

double seconds_now(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

static void on_alarm(int number)
{
    (void)number;
}

void interrupt_every(unsigned us)
{
    const struct itimerval often = { { 0, us }, { 0, us } };
    const struct sigaction action = { .sa_handler = on_alarm };

    (void)sigaction(SIGALRM, &action, NULL); /* no SA_RESTART */
    (void)setitimer(ITIMER_REAL, &often, NULL);
}

bool may_deny_calls(const char *what)
{
    /* No filter is at that address, if filters are taken at all. */
    bool may = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == 0 ||
               errno == EFAULT;

    if (!may)
        printf("skipped: %s: this system has no seccomp\n", what);
    return may;
}

void deny_call(unsigned nr, unsigned error)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {
        .len = sizeof(steps) / sizeof(steps[0]),
        .filter = steps,
    };

    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

int index_of(const char *mechanism)
{
    return (int)(mechanism_find(mechanism) - mechanisms);
}

unsigned long count_writes(pid_t pid)
{
    unsigned long count = 0;
    char path[40];
    FILE *file;
    int n = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
    file = fopen(path, "re");
    if (file) {
        n = fscanf(file, "rchar: %*u wchar: %*u syscr: %*u syscw: %lu", &count);
        (void)fclose(file);
    }
    return n == 1 ? count : 0;
}

void make_test_dir(char ret_dir[static TEST_DIR_MAX])
{
    (void)snprintf(ret_dir, TEST_DIR_MAX, "%s/ipc-test-XXXXXX",
                   getenv("TMPDIR"));
    ck_assert_ptr_nonnull(mkdtemp(ret_dir));
}

TCase *add_case(Suite *suite, const char *name, unsigned limit_s)
{
    TCase *tc = tcase_create(name);

    if (limit_s > 0)
        tcase_set_timeout(tc, limit_s);
    suite_add_tcase(suite, tc);
    return tc;
}
