/* SPDX-License-Identifier: MIT */
/*
 * p7_stack_overflow.c -- a thread that calls deeper than its stack
 *
 * Claim       A stack overflow is the matter of one thread, which can call no
 *             deeper.
 * Section     Threads
 * Experiment  eight threads, one by one, call 64 KiB deeper than their stack is
 *             large; a handler of SIGSEGV, on a stack of its own, tells where
 *             the fault was, and in which thread
 * Rule        CONFIRMED if each of them has a fault, and in the guard page
 *             below its stack; REFUTED if none has, and memory below is
 *             overwritten; otherwise DEPENDS
 * Twin        no guard page, but memory of a neighbour below the stack
 * Take away   Without such a handler the fault ends the whole process. Keep
 *             local arrays smaller than a page, or compile with
 *             -fstack-clash-protection: larger ones may step over the guard.
 * Manual      pthread_attr_setguardsize(3), sigaltstack(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    OVERFLOWS = 8,
    STACK = 512 << 10,
    BEYOND = 64 << 10, /* how much deeper they call */
    NEIGHBOUR = 2 * BEYOND,
    FRAME = 512,
    HANDLERS_STACK = 64 << 10,
};

/* Of the thread that overflows now; there is one at a time. */
static struct {
    sigjmp_buf way_out;
    pid_t thread, faulted; /* 0: no fault */
    uintptr_t lowest, guard, fault;
} now;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    now.fault = (uintptr_t)info->si_addr;
    now.faulted = gettid();
    siglongjmp(now.way_out, 1);
}

/* Calls itself until its frame lies at the floor. */
static __attribute__((noinline)) int go_deeper(uintptr_t floor)
{
    volatile char frame[FRAME];

    frame[0] = 1;
    if ((uintptr_t)frame > floor)
        return go_deeper(floor) + frame[0];
    return frame[0];
}

static void *overflow(void *arg)
{
    static char handlers[HANDLERS_STACK];
    const stack_t other = { .ss_sp = handlers, .ss_size = sizeof(handlers) };
    stack_t before;
    pthread_attr_t attributes;
    void *lowest;
    size_t size;

    now.thread = gettid();
    now.faulted = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return NULL;
    (void)pthread_attr_getstack(&attributes, &lowest, &size);
    (void)pthread_attr_getguardsize(&attributes, &now.guard);
    (void)pthread_attr_destroy(&attributes);
    now.lowest = (uintptr_t)lowest;
    if (sigaltstack(&other, &before) < 0)
        return NULL;
    if (sigsetjmp(now.way_out, 1) == 0)
        (void)go_deeper(now.lowest - BEYOND);
    return sigaltstack(&before, NULL) == 0 ? arg : NULL;
}

/* stack: memory to use, without a guard, or NULL. */
static int overflow_once(void *stack)
{
    pthread_attr_t attributes;
    pthread_t thread;
    void *done;
    int error;

    (void)pthread_attr_init(&attributes);
    error = stack ? pthread_attr_setstack(&attributes, stack, STACK)
                  : pthread_attr_setstacksize(&attributes, STACK);
    if (error == 0)
        error = pthread_create(&thread, &attributes, overflow, &now);
    (void)pthread_attr_destroy(&attributes);
    if (error != 0)
        return -error;
    (void)pthread_join(thread, &done);
    return done ? 0 : -EIO;
}

static int measure(struct claim_run *run)
{
    const struct sigaction action = { .sa_sigaction = on_fault,
                                      .sa_flags = SA_SIGINFO | SA_ONSTACK };
    char *below = mmap(NULL, NEIGHBOUR + STACK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned faults = 0, in_guard = 0;

    if (below == MAP_FAILED)
        return -ENOMEM;
    (void)sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < OVERFLOWS; i++) {
        int ret = overflow_once(run->twin ? below + NEIGHBOUR : NULL);

        if (ret < 0)
            return ret;
        faults += now.faulted == now.thread;
        in_guard += now.faulted == now.thread && now.fault < now.lowest &&
                    now.fault >= now.lowest - now.guard;
    }
    claim_note(run, "faults in the thread that did it", UNIT_COUNT, faults);
    claim_note(run, "faults in its guard page", UNIT_COUNT, in_guard);
    claim_note(run, "the guard page", UNIT_BYTES, (double)now.guard);
    claim_note(run, "a neighbour overwritten", UNIT_YES_NO,
               memcmp(below, below + 1, NEIGHBOUR - 1) != 0);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double faults = claim_median(run, "faults in the thread that did it");
    const double in_guard = claim_median(run, "faults in its guard page");
    const bool hurt = claim_most(run, "a neighbour overwritten") > 0;

    claim_say(run,
              "Of %d overflows %.0f end with a fault of the thread that called "
              "too deep, %.0f of them in the guard page below its stack; a "
              "neighbour's memory %s.",
              OVERFLOWS, faults, in_guard,
              hurt ? "is overwritten" : "is left alone");
    if (in_guard >= OVERFLOWS)
        return CLAIM_CONFIRMED;
    return faults < 1 && hurt ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p7_stack_overflow_claim = {
    .id = "P7",
    .measure = measure,
    .judge = judge,
};
