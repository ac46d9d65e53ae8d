/* SPDX-License-Identifier: MIT */
/*
 * short_read.c -- a message of which only the beginning is read
 *
 * Belief        One read(2) returns what one write(2) sent.
 * What happens  The reader takes the first part for the whole.
 * Why           A stream has no messages, only bytes. read returns what has
 *               arrived by now, and that is at least one byte.
 * Cure          Read in a loop until all of the length that was agreed on is
 *               there (or SOCK_SEQPACKET, where a message stays whole).
 * Hint 1        What does read return, and what does the caller make of it?
 * Hint 2        How many bytes were agreed on, and who counts them?
 * Manual        read(2), unix(7)
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LENGTH = 1 << 20 };

static char bytes[LENGTH];

/* In two halves, with a pause between them, as networks have. */
static void send_all(int to)
{
    memset(bytes, 'x', LENGTH);
    if (write(to, bytes, LENGTH / 2) != LENGTH / 2)
        _exit(EXIT_FAILURE);
    (void)usleep(200000);
    _exit(write(to, bytes, LENGTH / 2) == LENGTH / 2 ? EXIT_SUCCESS
                                                     : EXIT_FAILURE);
}

static size_t receive(int from)
{
    size_t got = 0;
    ssize_t n;

#ifdef FIXED
    while (got < LENGTH && (n = read(from, bytes + got, LENGTH - got)) > 0)
        got += (size_t)n;
#else
    n = read(from, bytes, LENGTH);
    if (n > 0)
        got = (size_t)n;
#endif
    return got;
}

int main(void)
{
    size_t got;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        err(EXIT_FAILURE, "socketpair");
    if (fork() == 0) {
        (void)close(ends[0]);
        send_all(ends[1]);
    }
    (void)close(ends[1]);
    got = receive(ends[0]);
    (void)close(ends[0]);
    (void)wait(NULL);
    printf("%zu of %d bytes were received\n", got, LENGTH);
    return got == LENGTH && bytes[LENGTH - 1] == 'x' ? EXIT_SUCCESS
                                                     : EXIT_FAILURE;
}
