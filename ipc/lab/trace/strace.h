/* SPDX-License-Identifier: MIT */
/*
 * strace.h -- runs this program once more, under strace(1)
 *
 * In this room: the system calls of an exchange, and its wake-ups.
 */
#ifndef IPC_LAB_TRACE_STRACE_H
#define IPC_LAB_TRACE_STRACE_H

enum { STRACE_ARGUMENTS_MAX = 8 };

/*
 * strace_run runs this program with `arguments` (NULL ends them) and waits;
 * strace writes the calls of all its processes to the file at `path`. SIGINT,
 * SIGTERM and SIGHUP end the traced run, which cleans up, and then this; one
 * that the caller has blocked and that is pending does so at once.
 * Returns 0, the number of such a signal, or -ENOENT (strace is not there),
 * -EIO (it failed, or what it ran did), errors of posix_spawn(3).
 */
int strace_run(const char *path, char *const arguments[]);

#endif
