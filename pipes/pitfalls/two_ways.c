/* SPDX-License-Identifier: MIT */
/*
 * two_ways.c -- two processes that wait for each other
 *
 * Belief        One process writes its question, then it reads the answer.
 * What happens  With a long question both wait in write(2), for ever.
 * Why           A pipe holds 64 KiB. The child answers while it reads, fills
 *               its pipe, and stops reading; the parent, which has not begun to
 *               read, cannot write the rest.
 * Cure          Whoever has two pipes serves both at the same time: with
 *               poll(2), by a thread, or, as here, by a process that writes.
 * Hint 1        How much does a pipe hold, and how long is the question?
 * Hint 2        In which call does each of the two wait?
 * Manual        pipe(7), "Pipe capacity"
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LENGTH = 1 << 20 };

static char bytes[LENGTH];

static void too_late(int number)
{
    static const char text[] = "both have been waiting for 2 s\n";

    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(EXIT_FAILURE);
}

/* Sends back what it reads, as tr(1) or sort(1) would. */
static void answer(int from, int to)
{
    char part[4096];
    ssize_t n;

    while ((n = read(from, part, sizeof(part))) > 0)
        if (write(to, part, (size_t)n) != n)
            _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

int main(void)
{
    int there[2], back[2];
    size_t got = 0;
    ssize_t n;

    if (pipe(there) < 0 || pipe(back) < 0)
        err(EXIT_FAILURE, "pipe");
    if (fork() == 0) {
        (void)close(there[1]);
        (void)close(back[0]);
        answer(there[0], back[1]);
    }
    (void)close(back[1]);
    (void)signal(SIGALRM, too_late);
    (void)alarm(2);
#ifdef FIXED
    if (fork() == 0)
        _exit(write(there[1], bytes, LENGTH) == LENGTH ? 0 : EXIT_FAILURE);
#else
    if (write(there[1], bytes, LENGTH) != LENGTH)
        err(EXIT_FAILURE, "write");
#endif
    (void)close(there[1]);
    while ((n = read(back[0], bytes, LENGTH)) > 0)
        got += (size_t)n;
    while (wait(NULL) > 0)
        continue;
    printf("%zu of %d bytes came back\n", got, LENGTH);
    return got == LENGTH ? EXIT_SUCCESS : EXIT_FAILURE;
}
