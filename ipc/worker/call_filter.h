/* SPDX-License-Identifier: MIT */
/*
 * call_filter.h -- the system calls that a confined process has left
 *
 * A list of what is allowed, measured over all mechanisms and rounded up to
 * what other versions of the libraries use in the same place. All else fails
 * with EPERM: to start a program, make a process or a thread, open or connect a
 * socket, trace, mount, map memory that can be executed.
 */
#ifndef IPC_WORKER_CALL_FILTER_H
#define IPC_WORKER_CALL_FILTER_H

#include <stdbool.h>

/* call_filter_missing returns what this system lacks for it, a string that
 * stays, or NULL. */
const char *call_filter_missing(void);

/*
 * call_filter_install confines all threads of the process, for ever. When
 * `signalling` it may also signal other processes. It needs
 * PR_SET_NO_NEW_PRIVS. Errors of seccomp(2); -ESRCH: a thread has another
 * filter.
 */
int call_filter_install(bool signalling);

#endif
