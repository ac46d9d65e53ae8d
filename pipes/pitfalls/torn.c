/* SPDX-License-Identifier: MIT */
/*
 * torn.c -- messages of several writers that get mixed up
 *
 * Belief        What one write(2) puts into a pipe stays together.
 * What happens  Parts of other writers' messages stand within a message.
 * Why           Only a write of at most PIPE_BUF bytes (4096 on Linux) is
 *               atomic. A longer one may be cut wherever the pipe is full.
 * Cure          Messages of at most PIPE_BUF bytes; or a lock around the write;
 *               or a socket that keeps messages whole (SOCK_SEQPACKET).
 * Hint 1        What does pipe(7) promise to several writers, up to which size?
 * Hint 2        How long is a message here, in terms of PIPE_BUF?
 * Manual        pipe(7), "PIPE_BUF"
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FIXED
enum { LENGTH = PIPE_BUF };
#else
enum { LENGTH = 2 * PIPE_BUF + 100 };
#endif
enum { WRITERS = 4, MESSAGES = 2000 };

/* Each writer's messages are of one letter. */
static void write_messages(int to, char letter)
{
    char message[LENGTH];

    memset(message, letter, sizeof(message));
    for (int i = 0; i < MESSAGES; i++)
        if (write(to, message, sizeof(message)) != sizeof(message))
            _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

static int is_torn(const char message[LENGTH])
{
    for (size_t i = 1; i < LENGTH; i++)
        if (message[i] != message[0])
            return 1;
    return 0;
}

int main(void)
{
    static char message[LENGTH];
    int ends[2], torn = 0, all = 0;
    FILE *stream;

    if (pipe(ends) < 0)
        err(EXIT_FAILURE, "pipe");
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0)
            write_messages(ends[1], (char)('a' + i));
    (void)close(ends[1]);
    stream = fdopen(ends[0], "r");
    if (!stream)
        err(EXIT_FAILURE, "fdopen");
    for (; fread(message, LENGTH, 1, stream) == 1; all++)
        torn += is_torn(message);
    while (wait(NULL) > 0)
        continue;
    printf("%d of %d messages of %d bytes are torn\n", torn, all, LENGTH);
    return torn == 0 && all == WRITERS * MESSAGES ? EXIT_SUCCESS : EXIT_FAILURE;
}
