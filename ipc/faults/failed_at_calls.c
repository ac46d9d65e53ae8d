/* SPDX-License-Identifier: MIT */
#include "ipc/faults/failed_at_calls.h"

#include "ipc/faults/lots.h"
#include "ipc/faults/registers.h"
#include "ipc/faults/traced.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* What may be done to a call. */
enum failure {
    FAIL_INTERRUPTED, /* EINTR: it is to be made again */
    FAIL_SHORT,       /* half of what was asked for */
    FAIL_AGAIN,
    FAIL_NO_SPACE,
    FAIL_NO_MEMORY,
    FAIL_NO_DESCRIPTOR,
    FAIL_DEVICE,
    FAIL_RESET,
    FAILURES,
};

static const int errors[FAILURES] = {
    [FAIL_INTERRUPTED] = EINTR,    [FAIL_AGAIN] = EAGAIN,
    [FAIL_NO_SPACE] = ENOSPC,      [FAIL_NO_MEMORY] = ENOMEM,
    [FAIL_NO_DESCRIPTOR] = EMFILE, [FAIL_DEVICE] = EIO,
    [FAIL_RESET] = ECONNRESET,
};

enum { SHORT_MIN = 128 };

/* The calls that may fail so, by their manual pages. */
enum {
    WAITS = 1 << FAIL_INTERRUPTED,
    CUTS = 1 << FAIL_SHORT,
    BLOCKS = 1 << FAIL_INTERRUPTED | 1 << FAIL_AGAIN,
    FILLS = 1 << FAIL_NO_SPACE | 1 << FAIL_DEVICE,
    TAKES_MEMORY = 1 << FAIL_NO_MEMORY,
    TAKES_DESCRIPTOR = 1 << FAIL_NO_DESCRIPTOR | 1 << FAIL_NO_MEMORY,
    TALKS = 1 << FAIL_RESET,
};

static const struct {
    uint64_t nr;
    unsigned failures;
} may_fail[] = {
    { SYS_read, BLOCKS | CUTS | 1 << FAIL_DEVICE },
    { SYS_write, BLOCKS | CUTS | FILLS },
    { SYS_pread64, 1 << FAIL_DEVICE },
    { SYS_pwrite64, FILLS },
    { SYS_readv, BLOCKS },
    { SYS_writev, BLOCKS | FILLS },
    { SYS_recvfrom, BLOCKS | TALKS },
    { SYS_sendto, BLOCKS | TALKS | TAKES_MEMORY },
    { SYS_recvmsg, BLOCKS | TALKS },
    { SYS_sendmsg, BLOCKS | TALKS | TAKES_MEMORY },
    { SYS_accept4, BLOCKS | TAKES_DESCRIPTOR },
    { SYS_ppoll, WAITS | TAKES_MEMORY },
    { SYS_epoll_pwait, WAITS },
    { SYS_futex, WAITS },
    { SYS_rt_sigtimedwait, WAITS },
    { SYS_clock_nanosleep, WAITS },
    { SYS_msgrcv, WAITS },
    { SYS_msgsnd, WAITS | TAKES_MEMORY },
    { SYS_mq_timedreceive, WAITS },
    { SYS_mq_timedsend, WAITS },
    { SYS_splice, BLOCKS | TAKES_MEMORY },
    { SYS_vmsplice, BLOCKS | TAKES_MEMORY },
    { SYS_tee, BLOCKS | TAKES_MEMORY },
    { SYS_process_vm_readv, TAKES_MEMORY },
    { SYS_openat, TAKES_DESCRIPTOR | FILLS },
    { SYS_socket, TAKES_DESCRIPTOR },
    { SYS_pipe2, TAKES_DESCRIPTOR },
    { SYS_memfd_create, TAKES_DESCRIPTOR },
    { SYS_eventfd2, TAKES_DESCRIPTOR },
    { SYS_signalfd4, TAKES_DESCRIPTOR },
    { SYS_inotify_init1, TAKES_DESCRIPTOR },
    { SYS_inotify_add_watch, TAKES_MEMORY | 1 << FAIL_NO_SPACE },
    { SYS_epoll_create1, TAKES_DESCRIPTOR },
    { SYS_epoll_ctl, TAKES_MEMORY },
    { SYS_pidfd_open, TAKES_DESCRIPTOR },
    { SYS_mmap, TAKES_MEMORY },
    { SYS_mremap, TAKES_MEMORY },
    { SYS_fallocate, FILLS },
    { SYS_ftruncate, FILLS },
    { SYS_fsync, FILLS },
    { SYS_fdatasync, FILLS },
    { SYS_linkat, FILLS },
    { SYS_renameat, FILLS },
    { SYS_renameat2, FILLS },
    { SYS_mkdirat, FILLS },
    { SYS_shmat, TAKES_MEMORY },
    { SYS_clone, 1 << FAIL_AGAIN | TAKES_MEMORY },
    { SYS_semtimedop, WAITS },
#ifdef SYS_poll
    { SYS_poll, WAITS | TAKES_MEMORY },
    { SYS_open, TAKES_DESCRIPTOR | FILLS },
    { SYS_rename, FILLS },
    { SYS_mkdir, FILLS },
    { SYS_link, FILLS },
    { SYS_epoll_wait, WAITS },
#endif
};

static unsigned failures_of(uint64_t nr)
{
    for (size_t i = 0; i < sizeof(may_fail) / sizeof(may_fail[0]); i++)
        if (may_fail[i].nr == nr)
            return may_fail[i].failures;
    return 0;
}

/* ---------------------------------------------------------------- injection */

struct failing {
    struct traced traced; /* the first: it is what is told */
    unsigned wanted;      /* bits of enum failure */
    enum failure failure;
};

/* What a descriptor is, by the file that the task has open: 0, unknown. */
static mode_t kind_of_descriptor(const struct followed *task)
{
    char path[64];
    struct stat status;
    uint64_t fd;

    if (registers_argument(task->id, 0, &fd) < 0)
        return 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%u", task->process,
                   (unsigned)fd);
    return stat(path, &status) < 0 ? 0 : status.st_mode & S_IFMT;
}

/* Of futex(2) only a wait can be interrupted. */
static bool is_wake(const struct followed *task, uint64_t nr)
{
    uint64_t operation;

    if (nr != SYS_futex || registers_argument(task->id, 1, &operation) < 0)
        return false;
    operation &= (unsigned)FUTEX_CMD_MASK;
    return operation != FUTEX_WAIT && operation != FUTEX_WAIT_BITSET;
}

static bool waits(const struct followed *task, uint64_t nr)
{
    uint64_t flags;

    if (is_wake(task, nr))
        return false;
    return (nr != SYS_recvfrom && nr != SYS_sendto) ||
           registers_argument(task->id, 3, &flags) < 0 ||
           !(flags & MSG_DONTWAIT);
}

/* signal(7): a file on a disk is read and written whole, and without a wait;
 * a stream takes a few bytes as a whole. Only a new file needs room. */
static bool can_befall(const struct failing *f, const struct followed *task,
                       uint64_t nr)
{
    const bool moves = nr == SYS_read || nr == SYS_write;
    const mode_t kind = moves ? kind_of_descriptor(task) : 0;
    uint64_t size, flags;

    switch (f->failure) {
    case FAIL_SHORT:
        return (kind == S_IFIFO || kind == S_IFSOCK) &&
               registers_argument(task->id, 2, &size) == 0 && size >= SHORT_MIN;
    case FAIL_INTERRUPTED:
        return kind != S_IFREG && kind != S_IFCHR && waits(task, nr);
    case FAIL_NO_SPACE:
        return (nr != SYS_openat ||
                registers_argument(task->id, 2, &flags) < 0 || flags & O_CREAT);
    case FAIL_AGAIN:
        return kind != S_IFREG && kind != S_IFCHR;
    default:
        return true;
    }
}

static bool fail_call(struct traced *t, const struct followed *task,
                      uint64_t nr)
{
    const struct failing *f = (const struct failing *)t;
    uint64_t size;

    /* With the other side in another mood it may be another call. */
    if (!(failures_of(nr) & 1u << f->failure) || !can_befall(f, task, nr))
        return false;
    if (f->failure != FAIL_SHORT)
        return registers_skip_call(task->id) == 0;
    return registers_argument(task->id, 2, &size) == 0 &&
           registers_set_size(task->id, size / 2) == 0;
}

static void set_error(struct traced *t, const struct followed *task)
{
    const struct failing *f = (const struct failing *)t;

    if (f->failure != FAIL_SHORT)
        (void)registers_set_result(task->id, -errors[f->failure]);
}

/* Numbers the pairs of a call and a failure that it may have. False: there are
 * no more. */
static bool find_pair(const struct failing *f, const uint16_t *nr,
                      uint64_t calls, uint64_t number, uint64_t *ret_call,
                      enum failure *ret_failure)
{
    for (uint64_t call = 0; call < calls && call < TRACED_CALLS_MAX; call++)
        for (unsigned failure = 0; failure < FAILURES; failure++)
            if (failures_of(nr[call]) & f->wanted & 1u << failure &&
                number-- == 0) {
                *ret_call = call;
                *ret_failure = failure;
                return true;
            }
    return false;
}

static uint64_t count_pairs(const struct failing *f)
{
    enum failure failure;
    uint64_t count = 0, call;

    while (find_pair(f, f->traced.nr, f->traced.calls, count, &call, &failure))
        count++;
    return count;
}

static void try_pair(struct failing *f, const uint16_t *nr, uint64_t calls,
                     uint64_t number, enum demand demand)
{
    struct fault_cell *cell = f->traced.victim.cell;

    if (!find_pair(f, nr, calls, number, &f->traced.at, &f->failure))
        return;
    if (traced_run(&f->traced))
        victim_judge(&f->traced.victim, demand);
    cell->injections += f->traced.injected > 0;
    if (cell->verdict == CELL_FAIL)
        cell_add(cell, " (call %llu, nr %u, %s)",
                 (unsigned long long)f->traced.at, f->traced.hit,
                 f->failure == FAIL_SHORT
                     ? "short"
                     : strerrorname_np(errors[f->failure]));
}

/* Whose calls: WORKER_ROLES is the supervisor. */
static void fail_calls(struct fault_cell *cell, unsigned role, unsigned wanted,
                       bool lasting, enum demand demand)
{
    static uint16_t nr[TRACED_CALLS_MAX];
    static struct failing f;
    uint64_t calls, number;
    struct lots lots;

    if (!registers_known()) {
        cell_skip(cell, "this processor's registers are not known here");
        return;
    }
    if (traced_open(&f.traced, cell, role) < 0)
        return;
    f.traced.of_supervisor = role == WORKER_ROLES;
    f.wanted = wanted;
    f.traced.victim.plan.restarts = 2;
    if (traced_run(&f.traced)) {
        victim_judge(&f.traced.victim, DEMAND_GOOD);
        calls = f.traced.calls;
        memcpy(nr, f.traced.nr, sizeof(nr));
        lots = lots_of(count_pairs(&f), cell->wanted, cell->seed);
        f.traced.inject = fail_call;
        f.traced.after = set_error;
        f.traced.lasting = lasting;
        do
            while (cell->verdict == CELL_PASS && lots_draw(&lots, &number))
                try_pair(&f, nr, calls, number, demand);
        while (lots_again(&lots, cell_missing(cell)));
        if (cell->injections == 0)
            cell_not_for(cell, "no call that was tried can fail so");
    }
    traced_close(&f.traced);
}

/* --------------------------------------------------------------- the faults */

enum {
    HARMLESS = 1 << FAIL_INTERRUPTED | 1 << FAIL_SHORT,
    HARMFUL = (1 << FAILURES) - 1 - HARMLESS,
    LASTING = HARMFUL & ~(1 << FAIL_AGAIN),
};

/* Whether a library goes on after an interruption is its own affair. */
static void interrupt(struct fault_cell *cell, enum worker_role role)
{
    fail_calls(cell, role, HARMLESS, false,
               cell->mechanism->ops->libraries ? DEMAND_TOLD : DEMAND_GOOD);
}

static void interrupt_producer(struct fault_cell *cell)
{
    interrupt(cell, WORKER_PRODUCER);
}

static void interrupt_consumer(struct fault_cell *cell)
{
    interrupt(cell, WORKER_CONSUMER);
}

static void interrupt_supervisor(struct fault_cell *cell)
{
    fail_calls(cell, WORKER_ROLES, HARMLESS, false, DEMAND_GOOD);
}

static void fail_supervisor(struct fault_cell *cell)
{
    fail_calls(cell, WORKER_ROLES, HARMFUL, false, DEMAND_TOLD);
}

static void fail_producer(struct fault_cell *cell)
{
    fail_calls(cell, WORKER_PRODUCER, HARMFUL, false, DEMAND_TOLD);
}

static void fail_consumer(struct fault_cell *cell)
{
    fail_calls(cell, WORKER_CONSUMER, HARMFUL, false, DEMAND_TOLD);
}

static void fail_producer_on(struct fault_cell *cell)
{
    fail_calls(cell, WORKER_PRODUCER, LASTING, true, DEMAND_TOLD);
}

static void fail_consumer_on(struct fault_cell *cell)
{
    fail_calls(cell, WORKER_CONSUMER, LASTING, true, DEMAND_TOLD);
}

static const char harmless[] =
    "EINTR, or half of the bytes, at each call that may have it";
static const char once[] = "ENOSPC, ENOMEM, EMFILE, EAGAIN, EIO or ECONNRESET "
                           "at each call that may have it, once";
static const char lasting[] =
    "the same but EAGAIN, from then on in that generation";

const struct fault_case failed_at_calls_faults[] = {
    { "F13", "calls-p", "the producer's calls are interrupted or short",
      harmless, false, NULL, interrupt_producer },
    { "F13", "calls-c", "the consumer's calls are interrupted or short",
      harmless, false, NULL, interrupt_consumer },
    { "F13", "calls-s", "the supervisor's calls are interrupted or short",
      harmless, false, NULL, interrupt_supervisor },
    { "F14", "once-p", "a call of the producer fails", once, false, NULL,
      fail_producer },
    { "F14", "once-c", "a call of the consumer fails", once, false, NULL,
      fail_consumer },
    { "F14", "once-s", "a call of the supervisor fails", once, false, NULL,
      fail_supervisor },
    { "F14", "on-p", "a call of the producer fails from then on", lasting,
      false, NULL, fail_producer_on },
    { "F14", "on-c", "a call of the consumer fails from then on", lasting,
      false, NULL, fail_consumer_on },
    { .id = NULL },
};
