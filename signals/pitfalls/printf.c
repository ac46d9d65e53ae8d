/* SPDX-License-Identifier: MIT */
/*
 * printf.c -- a handler that waits for what it interrupted
 *
 * Belief        A handler may call what any other function calls.
 * What happens  After some lines of its log the program hangs.
 * Why           localtime(3), printf(3) and malloc(3) hold a lock while they
 *               work. A signal interrupts them there, its handler calls them
 *               again, and waits for what only the interrupted code can unlock.
 * Cure          The handler only notes that the signal came, and the program
 *               does what is to be done. Or nothing is interrupted: sigwait(3).
 * Hint 1        Which functions may a handler call? See signal-safety(7).
 * Hint 2        What is the least that a handler can do with the news?
 * Manual        signal-safety(7)
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { TICKS = 100 };

static volatile sig_atomic_t ticks;
static FILE *diary;

/* A line of a log, as programs write it. */
static void log_line(const char *text)
{
    const time_t now = time(NULL);
    char at[32];

    (void)strftime(at, sizeof(at), "%F %T", localtime(&now));
    (void)fprintf(diary, "%s %s\n", at, text);
}

static void on_tick(int number)
{
    (void)number;
    ticks++;
#ifndef FIXED
    log_line("tick");
#endif
}

static void too_late(int number)
{
    static const char text[] = "hangs: the handler waits for main, which waits "
                               "for the handler\n";

    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(EXIT_FAILURE);
}

int main(void)
{
    const struct itimerval often = { { 0, 4000 }, { 0, 4000 } };
    int told = 0;

    diary = fopen("/dev/null", "w");
    (void)signal(SIGVTALRM, on_tick);
    (void)signal(SIGALRM, too_late);
    (void)alarm(2);
    (void)setitimer(ITIMER_VIRTUAL, &often, NULL);
    while (ticks < TICKS) {
        log_line("work");
        for (; told < ticks; told++) {
            log_line("tick, told by main");
            (void)alarm(2); /* from now on */
        }
    }
    printf("%d ticks, and the program goes on\n", (int)ticks);
    return EXIT_SUCCESS;
}
