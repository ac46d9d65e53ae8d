/* SPDX-License-Identifier: MIT */
/*
 * false_sharing.c -- two counters that have nothing to do with each other
 *
 * Belief        What only one thread writes costs only that thread.
 * What happens  Two threads, each with a counter of its own, slow each other
 *               down: how much, this program measures. On threads of one core
 *               it may be nothing; so the judge looks at where they lie.
 * Why           Caches share lines of 64 bytes, not variables. A line that two
 *               processors write wanders between them with each write.
 * Cure          What different threads write lies in different lines: two of
 *               them apart, as processors fetch lines in pairs.
 * Hint 1        How far apart do the two counters lie?
 * Hint 2        How long is a line, and where does one begin?
 * Build         -pthread
 * Manual        perf-c2c(1)
 */
#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LINE = 64, TIMES = 20000000 };

static struct {
#ifdef FIXED
    _Alignas(128) volatile uint64_t mine;
    _Alignas(128) volatile uint64_t yours;
#else
    volatile uint64_t mine;
    volatile uint64_t yours;
#endif
} counters;

static void *count(void *counter)
{
    volatile uint64_t *own = counter;

    for (int i = 0; i < TIMES; i++)
        (*own)++;
    return NULL;
}

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(void)
{
    const uintptr_t mine = (uintptr_t)&counters.mine;
    const uintptr_t yours = (uintptr_t)&counters.yours;
    double start = seconds(), alone, together;
    pthread_t other;

    (void)count((void *)mine);
    alone = seconds() - start;
    start = seconds();
    if (pthread_create(&other, NULL, count, (void *)yours) != 0)
        errx(EXIT_FAILURE, "pthread_create");
    (void)count((void *)mine);
    (void)pthread_join(other, NULL);
    together = seconds() - start;
    printf("%.0f ms alone, %.0f ms beside the other; the counters are in %s\n",
           1e3 * alone, 1e3 * together,
           mine / LINE == yours / LINE ? "one line" : "lines of their own");
    return mine / LINE != yours / LINE ? EXIT_SUCCESS : EXIT_FAILURE;
}
