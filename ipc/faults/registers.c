/* SPDX-License-Identifier: MIT */
#include "ipc/faults/registers.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* Where a call's parts are: by the ABI of each architecture, syscall(2). */
#if defined(__x86_64__)

typedef struct user_regs_struct registers;

static int write_call(pid_t task, registers *r, int64_t nr)
{
    (void)task;
    r->orig_rax = (unsigned long long)nr;
    return 0;
}

static void write_size(registers *r, uint64_t size)
{
    r->rdx = size;
}

static uint64_t read_argument(const registers *r, unsigned index)
{
    const uint64_t arguments[] = { r->rdi, r->rsi, r->rdx, r->r10 };

    return arguments[index];
}

static void write_result(registers *r, int64_t result)
{
    r->rax = (unsigned long long)result;
}

static uint64_t *program_of(registers *r)
{
    return (uint64_t *)&r->rip;
}

static uint64_t stack_of(const registers *r)
{
    return r->rsp;
}

#elif defined(__aarch64__)

typedef struct user_regs_struct registers;

static int write_call(pid_t task, registers *r, int64_t nr)
{
    int number = (int)nr;
    struct iovec part = { &number, sizeof(number) };

    (void)r;
    return ptrace(PTRACE_SETREGSET, task, (void *)NT_ARM_SYSTEM_CALL, &part) < 0
               ? -errno
               : 0;
}

static void write_size(registers *r, uint64_t size)
{
    r->regs[2] = size;
}

static uint64_t read_argument(const registers *r, unsigned index)
{
    return r->regs[index];
}

static void write_result(registers *r, int64_t result)
{
    r->regs[0] = (unsigned long long)result;
}

static uint64_t *program_of(registers *r)
{
    return (uint64_t *)&r->pc;
}

static uint64_t stack_of(const registers *r)
{
    return r->sp;
}

#else
#define REGISTERS_UNKNOWN
#endif

#ifndef REGISTERS_UNKNOWN

bool registers_known(void)
{
    return true;
}

static int get(pid_t task, registers *ret_r)
{
    struct iovec all = { ret_r, sizeof(*ret_r) };

    return ptrace(PTRACE_GETREGSET, task, (void *)NT_PRSTATUS, &all) < 0
               ? -errno
               : 0;
}

static int set(pid_t task, registers *r)
{
    struct iovec all = { r, sizeof(*r) };

    return ptrace(PTRACE_SETREGSET, task, (void *)NT_PRSTATUS, &all) < 0
               ? -errno
               : 0;
}

int registers_skip_call(pid_t task)
{
    registers r;
    int error = get(task, &r);

    if (error == 0)
        error = write_call(task, &r, -1);
    return error < 0 ? error : set(task, &r);
}

int registers_set_size(pid_t task, uint64_t size)
{
    registers r;
    const int error = get(task, &r);

    if (error < 0)
        return error;
    write_size(&r, size);
    return set(task, &r);
}

int registers_argument(pid_t task, unsigned index, uint64_t *ret_value)
{
    registers r;
    const int error = get(task, &r);

    if (error == 0)
        *ret_value = read_argument(&r, index);
    return error;
}

int registers_set_result(pid_t task, int64_t result)
{
    registers r;
    const int error = get(task, &r);

    if (error < 0)
        return error;
    write_result(&r, result);
    return set(task, &r);
}

int registers_place(pid_t task, uint64_t *ret_program, uint64_t *ret_stack)
{
    registers r;
    const int error = get(task, &r);

    if (error < 0)
        return error;
    *ret_program = *program_of(&r);
    *ret_stack = stack_of(&r);
    return 0;
}

int registers_set_program(pid_t task, uint64_t program)
{
    registers r;
    const int error = get(task, &r);

    if (error < 0)
        return error;
    *program_of(&r) = program;
    return set(task, &r);
}

#else

bool registers_known(void)
{
    return false;
}

int registers_skip_call(pid_t task)
{
    (void)task;
    return -ENOTSUP;
}

int registers_set_size(pid_t task, uint64_t size)
{
    (void)task;
    (void)size;
    return -ENOTSUP;
}

int registers_argument(pid_t task, unsigned index, uint64_t *ret_value)
{
    (void)task;
    (void)index;
    *ret_value = 0;
    return -ENOTSUP;
}

int registers_set_result(pid_t task, int64_t result)
{
    (void)task;
    (void)result;
    return -ENOTSUP;
}

int registers_place(pid_t task, uint64_t *ret_program, uint64_t *ret_stack)
{
    (void)task;
    *ret_program = *ret_stack = 0;
    return -ENOTSUP;
}

int registers_set_program(pid_t task, uint64_t program)
{
    (void)task;
    (void)program;
    return -ENOTSUP;
}

#endif

bool registers_can_break(void)
{
#ifdef __x86_64__
    return true;
#else
    return false;
#endif
}
