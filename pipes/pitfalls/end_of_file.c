/* SPDX-License-Identifier: MIT */
/*
 * end_of_file.c -- a reader that waits for an end that never comes
 *
 * Belief        When the writer has ended, its reader sees the end of the file.
 * What happens  The reader gets the message, and then waits for ever.
 * Why           read(2) returns 0 once no process holds the write end any more.
 *               fork(2) gave the reader a copy of it, and it still holds it.
 * Cure          Each process closes the end that it does not use, at once.
 * Hint 1        Who can still write into the pipe when the child has ended?
 * Hint 2        Count the descriptors of the write end: fork doubled them.
 * Manual        pipe(7), "I/O on pipes and FIFOs"
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char message[] = "all that there is";

static void too_late(int number)
{
    static const char text[] = "the end of the file has not come in 2 s\n";

    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(EXIT_FAILURE);
}

static void send_message(const int ends[2])
{
    (void)close(ends[0]);
    if (write(ends[1], message, sizeof(message)) != sizeof(message))
        err(EXIT_FAILURE, "write");
    exit(EXIT_SUCCESS); /* which closes the child's write end */
}

int main(void)
{
    char bytes[100];
    size_t got = 0;
    int ends[2];
    ssize_t n;

    if (pipe(ends) < 0)
        err(EXIT_FAILURE, "pipe");
    if (fork() == 0)
        send_message(ends);
#ifdef FIXED
    (void)close(ends[1]);
#endif
    (void)signal(SIGALRM, too_late);
    (void)alarm(2);
    while ((n = read(ends[0], bytes + got, sizeof(bytes) - got)) > 0)
        got += (size_t)n;
    if (n < 0 || got != sizeof(message) || strcmp(bytes, message) != 0)
        errx(EXIT_FAILURE, "the message did not arrive");
    (void)wait(NULL);
    printf("%zu bytes, and then the end of the file\n", got);
    return EXIT_SUCCESS;
}
