/* SPDX-License-Identifier: MIT */
/*
 * registers.h -- a stopped task's system call, changed: ptrace(2)
 */
#ifndef IPC_FAULTS_REGISTERS_H
#define IPC_FAULTS_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* registers_known: whether this architecture's are known here. The others
 * return 0 or a negative errno; -ENOTSUP where they are not. */
bool registers_known(void);

/* On the way into a call: registers_skip_call lets it not be made;
 * registers_argument reads one of its first four arguments, from 0;
 * registers_set_size changes the third, which is the size in read(2), write(2)
 * and their like. */
int registers_skip_call(pid_t task);
int registers_argument(pid_t task, unsigned index, uint64_t *ret_value);
int registers_set_size(pid_t task, uint64_t size);

/* Where a task is in its program, and the end of its stack. With
 * registers_can_break a byte of BREAKPOINT stops it there; it stands behind
 * that byte then. */
enum { BREAKPOINT = 0xcc };
bool registers_can_break(void);
int registers_place(pid_t task, uint64_t *ret_program, uint64_t *ret_stack);
int registers_set_program(pid_t task, uint64_t program);

/* On the way out: what it returns. */
int registers_set_result(pid_t task, int64_t result);

#endif
