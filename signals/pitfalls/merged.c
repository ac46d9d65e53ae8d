/* SPDX-License-Identifier: MIT */
/*
 * merged.c -- signals that are sent, and do not arrive
 *
 * Belief        Each kill(2) makes the handler run once.
 * What happens  The handler runs far less often than signals were sent.
 * Why           A standard signal is pending or it is not: what is sent while
 *               it is pending is merged with it.
 * Cure          Real-time signals queue, each with a number: sigqueue(3). And a
 *               count belongs into a pipe or an eventfd, not into signals.
 * Hint 1        Where could a second SIGUSR1 be kept while one is pending?
 * Hint 2        signal(7) tells of two kinds of signals: which of them queue?
 * Manual        signal(7), "Queueing and delivery semantics"
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FIXED
#define SIGNAL SIGRTMIN
#else
#define SIGNAL SIGUSR1
#endif

enum { SENT = 1000 }; /* fewer than any system queues */

static volatile sig_atomic_t arrived;

static void count(int number)
{
    (void)number;
    arrived++;
}

static void send_all(pid_t to)
{
    for (int i = 0; i < SENT; i++)
        if (sigqueue(to, SIGNAL, (union sigval){ .sival_int = i }) < 0)
            err(EXIT_FAILURE, "sigqueue");
    _exit(EXIT_SUCCESS);
}

int main(void)
{
    struct sigaction action = { .sa_handler = count };
    const pid_t parent = getpid();
    sigset_t busy;

    (void)sigaction(SIGNAL, &action, NULL);
    (void)sigemptyset(&busy);
    (void)sigaddset(&busy, SIGNAL);
    (void)sigprocmask(SIG_BLOCK, &busy, NULL); /* as within a handler */
    if (fork() == 0)
        send_all(parent);
    (void)wait(NULL);
    (void)sigprocmask(SIG_UNBLOCK, &busy, NULL); /* now all are delivered */
    printf("%d signals were sent, %d arrived\n", SENT, (int)arrived);
    return arrived == SENT ? EXIT_SUCCESS : EXIT_FAILURE;
}
