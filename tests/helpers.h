/* SPDX-License-Identifier: MIT */
/* helpers.h -- time, interruptions, and a directory: what many tests need */
#ifndef TESTS_HELPERS_H
#define TESTS_HELPERS_H

#include <check.h>
#include <stdbool.h>
#include <sys/types.h>

enum { TEST_DIR_MAX = 64 };

/*
 * What a test may take, in seconds times test_patience: a limit is for hangs,
 * and no verdict depends on how fast the machine is.
 */
enum { TEST_HANG_S = 60 };

/*
 * test_patience returns by how much to multiply what a test allows: 1, or more
 * under a sanitizer and on a busy machine (test_set_patience). It is
 * CK_TIMEOUT_MULTIPLIER, by which check multiplies a test's own time limit.
 */
int test_patience(void);

/* test_set_patience sets it, unless it is set, by how much longer than its own
 * processor time a bare loop takes here; and check's limit for a test that has
 * none of its own. */
void test_set_patience(void);

/* test_is_long: whether there is time for everything ($TEST_LONG, which `make
 * test-long` sets), or for what is likely to fail. */
bool test_is_long(void);

/* test_is_sanitized: whether memory and threads are watched (SAN=...). */
bool test_is_sanitized(void);

/* fork_with_defaults is fork(2), for a child that is to be sent signals: none
 * reaches it before each has its default action. check(3) has a handler for
 * some, which would end the test that forked as well. */
pid_t fork_with_defaults(void);

/* Both go on after a signal. */
void pause_ms(unsigned ms);
double seconds_now(void);

/* interrupt_every raises a signal that often, so that every system call which
 * takes long fails with EINTR; 0 ends it. */
void interrupt_every(unsigned us);

/* may_deny_calls tells whether this process can let the kernel refuse some of
 * its system calls, by seccomp: qemu has none. If not, it prints what is not
 * tested for that. */
bool may_deny_calls(const char *what);

/* deny_call has a system call fail from here on, in this process and those it
 * starts. */
void deny_call(unsigned nr, unsigned error);

/* index_of returns the place of a mechanism, which exists, in the table of
 * ipc/mechanisms. */
int index_of(const char *mechanism);

/* count_writes returns how many writes of a process have returned, to whatever
 * file; 0 where nobody counts. */
unsigned long count_writes(pid_t pid);

/* make_test_dir makes a private directory in $TMPDIR, which is the test
 * program's own and removed with all that is in it. */
void make_test_dir(char ret_dir[static TEST_DIR_MAX]);

/* add_case adds a case to a suite: each of its tests may take so many seconds,
 * with 0 what a test may that has no limit of its own. */
TCase *add_case(Suite *suite, const char *name, unsigned limit_s);

#endif
