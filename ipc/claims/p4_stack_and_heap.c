/* SPDX-License-Identifier: MIT */
/*
 * p4_stack_and_heap.c -- a local array, and an object on the heap
 *
 * Claim       Memory on the stack costs less to get than memory on the heap.
 * Section     Threads
 * Experiment  a function gets 256 bytes as a local array, or by malloc(3) and
 *             free(3), and writes to them; each many times, in turns, the
 *             quickest of fifty tries
 * Rule        CONFIRMED if the heap takes at least 1.2 times as long; REFUTED
 *             if less than that; DEPENDS if the rounds do not separate these
 * Twin        malloc(3) and free(3) for both
 * Take away   Small things that end with their function belong on the stack.
 *             Elsewhere ask the heap less often, rather than for less.
 * Manual      malloc(3), alloca(3), mallopt(3)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdlib.h>

enum { SIZE = 256, TRIES = 50, TIMES = 10000 };

/* Writes at both ends, and lets no compiler leave the memory out. */
static inline void use(char *memory)
{
    memory[0] = 1;
    memory[SIZE - 1] = 1;
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* These return whether there was memory. */
static __attribute__((noinline)) bool use_stack(void)
{
    char memory[SIZE];

    use(memory);
    return true;
}

static __attribute__((noinline)) bool use_heap(void)
{
    char *memory = malloc(SIZE);

    if (!memory)
        return false;
    use(memory);
    free(memory);
    return true;
}

/* How long many take; UINT64_MAX: there was no memory. */
static uint64_t time_of(bool (*use_memory)(void))
{
    const uint64_t start = clock_ns();

    for (int i = 0; i < TIMES; i++)
        if (!use_memory())
            return UINT64_MAX;
    return clock_ns() - start;
}

static int measure(struct claim_run *run)
{
    for (unsigned round = 0; round < tool_rounds(run); round++) {
        uint64_t stack = UINT64_MAX, heap = UINT64_MAX;

        for (int i = 0; i < TRIES; i++) {
            stack =
                tool_least(stack, time_of(run->twin ? use_heap : use_stack));
            heap = tool_least(heap, time_of(use_heap));
        }
        if (stack == UINT64_MAX || heap == UINT64_MAX)
            return -ENOMEM;
        claim_note(run, "256 bytes on the stack", UNIT_NS,
                   (double)stack / TIMES);
        claim_note(run, "256 bytes on the heap", UNIT_NS, (double)heap / TIMES);
    }
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times dearer =
        claim_times(run, "256 bytes on the heap", "256 bytes on the stack");
    char stack[FIGURE_TEXT_MAX], heap[FIGURE_TEXT_MAX];

    claim_say(run,
              "256 bytes on the stack take %s, on the heap %s: %.1f times as "
              "long (%.1f to %.1f).",
              claim_value_text(run, "256 bytes on the stack", stack),
              claim_value_text(run, "256 bytes on the heap", heap),
              dearer.median, dearer.low, dearer.high);
    if (dearer.low >= 1.2)
        return CLAIM_CONFIRMED;
    return dearer.high < 1.2 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops p4_stack_and_heap_claim = {
    .id = "P4",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
