/* SPDX-License-Identifier: MIT */
/*
 * genmc.h -- what a harness has in the kernel's place, and asks of genmc(1)
 *
 * A harness includes the suite's own source behind this, and main starts a
 * thread for each process. Only what lies beyond the source is modelled here.
 *
 * futex(2) compares the word and queues the sleeper under a lock, and takes the
 * same lock to wake. So each word has a count of calls here. A sleeper sees the
 * calls so far, and all that was done before them; it compares; and it sleeps
 * until there is one more. That call wakes all who sleep, where the kernel
 * wakes one: that one is enough is for the models of spin to show. And the end
 * of a sleep tells nothing of memory, where the kernel's does.
 *
 * The kernel's barrier lets the mover pass a fence at some moment; here each
 * side passes one of its own, as where no process is prepared.
 *
 * An end that may spin does so until there is something for it: to look is all
 * that shared/memory/spin lets it do. With 0 it sleeps at once.
 */
#ifndef TESTS_MODEL_GENMC_H
#define TESTS_MODEL_GENMC_H

#include "shared/memory/barrier.h"
#include "shared/memory/spin.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* These genmc has of its own. */
int __VERIFIER_thread_create(const void *attributes, void *(*run)(void *),
                             void *argument);
void __VERIFIER_assert_fail(const char *what, const char *file, int line);

#define hold(condition)                                                        \
    ((condition) ? (void)0                                                     \
                 : __VERIFIER_assert_fail(#condition, __FILE__, __LINE__))

/* A harness has up to two words to sleep at, and tells them apart: 0 or 1. */
static unsigned number_of_word(const _Atomic uint32_t *word);

static _Atomic uint32_t calls_at[2];
static _Thread_local int error;

int *__errno_location(void)
{
    return &error;
}

static long sleep_at(const _Atomic uint32_t *word, uint32_t expected)
{
    _Atomic uint32_t *calls = &calls_at[number_of_word(word)];
    const uint32_t seen = atomic_load_explicit(calls, memory_order_acquire);

    if (atomic_load_explicit(word, memory_order_relaxed) != expected) {
        errno = EAGAIN;
        return -1;
    }
    while (atomic_load_explicit(calls, memory_order_relaxed) == seen)
        continue;
    return 0;
}

static long call_at(const _Atomic uint32_t *word)
{
    atomic_fetch_add_explicit(&calls_at[number_of_word(word)], 1,
                              memory_order_release);
    return 1;
}

static long futex(long number, const _Atomic uint32_t *word, int operation,
                  uint32_t value, const struct timespec *timeout,
                  const void *second_word, int third_value)
{
    (void)second_word;
    (void)third_value;
    hold(number == SYS_futex && timeout == NULL);
    if (operation == FUTEX_WAIT)
        return sleep_at(word, value);
    hold(operation == FUTEX_WAKE);
    return call_at(word);
}

#define syscall futex

atomic_bool barrier_is_prepared;

bool barrier_heavy(void)
{
    atomic_thread_fence(memory_order_seq_cst);
    return true;
}

struct spin spin_begin(uint64_t ns)
{
    return (struct spin){ .ns = ns };
}

bool spin_on(struct spin *spin)
{
    return spin->ns != 0;
}

#endif
