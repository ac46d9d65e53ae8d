/* SPDX-License-Identifier: MIT */
/*
 * dead_owner.c -- a lock in shared memory whose owner died
 *
 * Belief        When a process ends, its locks are given back.
 * What happens  Everybody else waits for ever.
 * Why           A mutex in shared memory is only bytes there. The kernel does
 *               not know whose it is, unless it was made robust.
 * Cure          PTHREAD_MUTEX_ROBUST: the next one gets EOWNERDEAD, puts in
 *               order what the lock protects, and says so.
 * Hint 1        Who could unlock the mutex after its owner was killed?
 * Hint 2        pthread_mutexattr_setrobust(3) tells of a kind that does more.
 * Manual        pthread_mutexattr_setrobust(3), get_robust_list(2)
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void make_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t kind;

    (void)pthread_mutexattr_init(&kind);
    (void)pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
#ifdef FIXED
    (void)pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
#endif
    (void)pthread_mutex_init(mutex, &kind);
}

/* For two seconds at most: so long a reader of this can wait. */
static int lock(pthread_mutex_t *mutex)
{
    struct timespec end;
    int r;

    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 2;
    r = pthread_mutex_timedlock(mutex, &end);
#ifdef FIXED
    if (r == EOWNERDEAD) /* and here the data are put in order */
        r = pthread_mutex_consistent(mutex);
#endif
    return r;
}

static void lock_and_die(pthread_mutex_t *mutex)
{
    (void)pthread_mutex_lock(mutex);
    (void)raise(SIGKILL);
}

int main(void)
{
    pthread_mutex_t *mutex = mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int r;

    if (mutex == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    make_mutex(mutex);
    if (fork() == 0)
        lock_and_die(mutex);
    (void)wait(NULL);
    r = lock(mutex);
    printf("its owner was killed; the next one: %s\n",
           r == 0 ? "has the lock" : strerror(r));
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
