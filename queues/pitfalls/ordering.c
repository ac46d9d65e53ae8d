/* SPDX-License-Identifier: MIT */
/*
 * ordering.c -- an index that is seen before the data it points to
 *
 * Belief        An atomic index is enough: the data were written before it.
 * What happens  On ARM and POWER the reader sees the new index and old data.
 *               x86 keeps the order of stores and hides the fault: so the
 *               thread sanitizer is the judge here, on every machine.
 * Why           memory_order_relaxed orders nothing but the index itself. Both
 *               the compiler and the processor may move the data behind it.
 * Cure          Store the index with memory_order_release, and load it with
 *               memory_order_acquire.
 * Hint 1        What does memory_order_relaxed promise about other variables?
 * Hint 2        Which two orders make what came before the store visible after
 *               the load?
 * Build         -fsanitize=thread -pthread
 * Manual        C17 7.17.3; Documentation/memory-barriers.txt of Linux
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef FIXED
enum { STORE = memory_order_release, LOAD = memory_order_acquire };
#else
enum { STORE = memory_order_relaxed, LOAD = memory_order_relaxed };
#endif
enum { MESSAGES = 1000 };

static int data[MESSAGES];
static atomic_int count; /* of messages that are there */

static void *produce(void *unused)
{
    for (int i = 0; i < MESSAGES; i++) {
        data[i] = i + 1;
        atomic_store_explicit(&count, i + 1, STORE);
    }
    return unused;
}

int main(void)
{
    pthread_t producer;
    int wrong = 0;

    if (pthread_create(&producer, NULL, produce, NULL) != 0)
        errx(EXIT_FAILURE, "pthread_create");
    for (int i = 0; i < MESSAGES; i++) {
        while (atomic_load_explicit(&count, LOAD) <= i)
            (void)sched_yield();
        wrong += data[i] != i + 1;
    }
    (void)pthread_join(producer, NULL);
    printf("%d of %d messages were read too early\n", wrong, MESSAGES);
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
