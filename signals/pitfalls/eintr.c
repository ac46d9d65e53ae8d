/* SPDX-License-Identifier: MIT */
/*
 * eintr.c -- a read that a signal cuts short
 *
 * Belief        read(2) returns bytes, the end of the file, or a real error.
 * What happens  The message is given up, although it was on its way.
 * Why           A handler that was set without SA_RESTART lets a call that
 *               waits fail with EINTR: nothing is wrong, it only returned.
 * Cure          Call again on EINTR; or set SA_RESTART, which helps with most
 *               calls, but not with all: see signal(7).
 * Hint 1        Which error does read return here, and what does it mean?
 * Hint 2        What was lost when it returned? What could the caller do?
 * Manual        signal(7), "Interruption of system calls"
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void tick(int number)
{
    (void)number;
}

static void write_later(int to)
{
    (void)usleep(300000);
    (void)!write(to, "message", 8);
    _exit(EXIT_SUCCESS);
}

static ssize_t receive(int from, char *bytes, size_t size)
{
    ssize_t n;

#ifdef FIXED
    do
        n = read(from, bytes, size);
    while (n < 0 && errno == EINTR);
#else
    n = read(from, bytes, size);
#endif
    return n;
}

int main(void)
{
    const struct sigaction action = { .sa_handler = tick };
    const struct itimerval often = { { 0, 50000 }, { 0, 50000 } };
    char bytes[8] = "";
    int ends[2];
    ssize_t n;

    if (pipe(ends) < 0)
        err(EXIT_FAILURE, "pipe");
    if (fork() == 0)
        write_later(ends[1]);
    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &often, NULL); /* a clock, as games have */
    n = receive(ends[0], bytes, sizeof(bytes));
    if (n < 0)
        err(EXIT_FAILURE, "read");
    while (wait(NULL) < 0 && errno == EINTR)
        continue;
    printf("the message came, through all ticks: %s\n", bytes);
    return strcmp(bytes, "message") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
