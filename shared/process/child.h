/* SPDX-License-Identifier: MIT */
/*
 * child.h -- child processes that outlive nobody
 */
#ifndef SHARED_PROCESS_CHILD_H
#define SHARED_PROCESS_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/*
 * child_dies_with, called in a child first, lets the kernel send it a signal
 * when its parent dies: the thread that forked it, as prctl(2) has it. `parent`
 * is what getpid(2) said before fork(2): one that has died by now is noticed,
 * and the child ends.
 */
void child_dies_with(pid_t parent, int number);

/* child_await waits until a child has ended: 0, and how, as waitpid(2) tells.
 * -ETIMEDOUT after limit_ns; -ECHILD when it is none that can be waited for;
 * -EINTR when `stop` (NULL: nothing to ask), which is asked now and then,
 * returns other than 0. */
typedef int child_stop_fn(void);
int child_await(pid_t pid, uint64_t limit_ns, child_stop_fn *stop,
                int *ret_status);

/* child_await_group does so for one that leads a process group, and however it
 * ended, kills whoever is left in the group: whatever it has started, too. In
 * each case but -ECHILD *ret_status tells how it ended. */
int child_await_group(pid_t pid, uint64_t limit_ns, child_stop_fn *stop,
                      int *ret_status);

/* child_end kills a child, and waits for its end. It does nothing when there is
 * no such child, or it was waited for: the number may be anybody's by now. */
void child_end(pid_t pid);

#endif
