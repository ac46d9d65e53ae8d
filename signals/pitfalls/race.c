/* SPDX-License-Identifier: MIT */
/*
 * race.c -- the signal that comes a moment too early
 *
 * Belief        First look whether the signal came, and if not, pause(2).
 * What happens  Now and then the program sleeps although the signal has come.
 * Why           Between the look and pause there is a gap. A signal that comes
 *               in it has run its handler, and pause waits for the next one.
 * Cure          Keep the signal blocked, and let sigsuspend(2) unblock it and
 *               sleep in one step. (Or sigwait, signalfd, ppoll.)
 * Hint 1        What if the signal comes after the look, and before pause?
 * Hint 2        The signal must not be able to come between the two.
 * Manual        sigsuspend(2), pause(2)
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TURNS = 200 };

static volatile sig_atomic_t came;

static void note(int number)
{
    (void)number;
    came = 1;
}

static void too_late(int number)
{
    static const char text[] = "sleeps, though the signal has come\n";

    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(EXIT_FAILURE);
}

/* The gap, made wide enough to be hit: on a busy machine it is as wide. */
static void gap(void)
{
    (void)raise(SIGUSR1);
}

static void await_signal(void)
{
#ifdef FIXED
    sigset_t block, before;

    (void)sigemptyset(&block);
    (void)sigaddset(&block, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &block, &before);
    while (!came) {
        gap();
        (void)sigsuspend(&before);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
#else
    while (!came) {
        gap();
        (void)pause();
    }
#endif
}

int main(void)
{
    (void)signal(SIGUSR1, note);
    (void)signal(SIGALRM, too_late);
    for (int i = 0; i < TURNS; i++) {
        (void)alarm(2);
        came = 0;
        await_signal();
    }
    printf("no signal of %d was slept over\n", TURNS);
    return EXIT_SUCCESS;
}
