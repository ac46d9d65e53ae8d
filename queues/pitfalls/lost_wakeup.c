/* SPDX-License-Identifier: MIT */
/*
 * lost_wakeup.c -- a sleeper whom the call did not reach
 *
 * Belief        First look whether there is a message, and if not, sleep.
 * What happens  The message comes between the look and the sleep, its wake-up
 *               reaches nobody, and the sleeper sleeps on.
 * Why           pthread_cond_signal(3) wakes those who wait now. It leaves no
 *               trace for who is about to wait.
 * Cure          Look while you hold the lock that the sender takes, and sleep
 *               by pthread_cond_wait(3): it unlocks and sleeps in one step.
 * Hint 1        What if the sender comes right after the look?
 * Hint 2        Which lock keeps the sender out between look and sleep?
 * Build         -pthread
 * Manual        pthread_cond_wait(3), futex(2)
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Between looking and sleeping, made long enough to be hit. */
enum { GAP_US = 300000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile int messages;

static void too_late(int number)
{
    static const char text[] = "sleeps for 2 s, and the message is there\n";

    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(EXIT_FAILURE);
}

static void *send_message(void *unused)
{
    (void)usleep(100000);
    (void)pthread_mutex_lock(&lock);
    messages++;
    (void)pthread_cond_signal(&changed);
    (void)pthread_mutex_unlock(&lock);
    return unused;
}

static void await_message(void)
{
#ifdef FIXED
    (void)pthread_mutex_lock(&lock);
    while (messages == 0) {
        (void)usleep(GAP_US);
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
#else
    while (messages == 0) {
        (void)usleep(GAP_US);
        (void)pthread_mutex_lock(&lock);
        (void)pthread_cond_wait(&changed, &lock);
        (void)pthread_mutex_unlock(&lock);
    }
#endif
}

int main(void)
{
    pthread_t sender;

    (void)signal(SIGALRM, too_late);
    (void)alarm(2);
    (void)pthread_create(&sender, NULL, send_message, NULL);
    await_message();
    (void)pthread_join(sender, NULL);
    printf("the message was taken\n");
    return EXIT_SUCCESS;
}
