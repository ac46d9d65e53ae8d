/* SPDX-License-Identifier: MIT */
#include "tests/helpers.h"

#include <check.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>

int test_patience(void)
{
    const char *text = getenv("CK_TIMEOUT_MULTIPLIER");
    int multiplier = text ? atoi(text) : 1;

    return multiplier > 0 ? multiplier : 1;
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
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
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

void make_test_dir(char ret_dir[static TEST_DIR_MAX])
{
    (void)snprintf(ret_dir, TEST_DIR_MAX, "%s/ipc-test-XXXXXX",
                   getenv("TMPDIR"));
    ck_assert_ptr_nonnull(mkdtemp(ret_dir));
}
