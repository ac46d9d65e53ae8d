/* SPDX-License-Identifier: MIT */
/*
 * failing_calls.h -- let one call of the system or of a library fail
 *
 * The linker sends these calls of this program here (--wrap); those that
 * libraries make among themselves do not count. Calls that only give back,
 * such as close(2), never fail.
 */
#ifndef TESTS_FAILING_CALLS_H
#define TESTS_FAILING_CALLS_H

/* calls_fail lets the call of that number from this thread fail, from 1: none
 * for 0. calls_failed returns the name of the one that did, and its error, or
 * NULL: it did not come to that. It ends it. */
void calls_fail(unsigned number);
const char *calls_failed(int *ret_error);

/* calls_passing_on returns the name of a call that, since calls_fail, gave a
 * descriptor that exec(2) would pass on; NULL: none did. */
const char *calls_passing_on(void);

/* calls_mapped: how many mappings this process made and did not unmap. */
int calls_mapped(void);

/* calls_sleeps: how often this process slept for a given time. */
int calls_sleeps(void);

/* calls_linger lets who starts a thread wait so long before it goes on: the
 * thread is the quicker one; 0 ends it. */
void calls_linger(int ms);

/* calls_page has sysconf(3) say that a page has so many bytes; 0: what is
 * true. */
void calls_page(long bytes);

#endif
