/* SPDX-License-Identifier: MIT */
/*
 * process.h -- who a process is, when its pid was read somewhere
 *
 * In this room: who a process is, and when it ends.
 *
 * A pid is a number of one PID namespace, for one lifetime. In another
 * container it is somebody else's, and after the process's death it may be
 * anybody's: a signal sent there kills a bystander. So a process leaves with
 * its pid when it began and in which namespace, and who reads that takes a
 * pidfd of exactly this process, or none.
 */
#ifndef SHARED_PROCESS_PROCESS_H
#define SHARED_PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    uint64_t start; /* clock ticks from boot to its beginning */
    uint64_t space; /* inode of its PID namespace */
};

/* process_unavailable says in one line why processes cannot be told apart
 * here, or returns NULL: they can. It is a mechanism's `unavailable`. */
const char *process_unavailable(void);

/* process_self says who this process is. Errors of open(2), where no /proc is
 * mounted. */
int process_self(struct process *ret_process);

/*
 * process_announce leaves in the record <dir>/<name>.<kind> who this process
 * is, in place of an earlier one. process_read reads such a record: -ENOENT,
 * and -EPROTO unless it names one process, and not init.
 */
int process_announce(const char *dir, const char *name, const char *kind);
int process_read(const char *dir, const char *name, const char *kind,
                 struct process *ret_process);

/* process_open takes a pidfd, closed with fd_close. -EREMOTE: it is in another
 * PID namespace; -ESRCH: it has ended. */
int process_open(const struct process *process, int *ret_pidfd);

/* process_is_stopped tells whether SIGSTOP or a debugger holds up a child that
 * was not waited for yet: until then its pid is nobody else's. */
bool process_is_stopped(pid_t pid);

#endif
