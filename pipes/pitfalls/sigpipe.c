/* SPDX-License-Identifier: MIT */
/*
 * sigpipe.c -- a writer that disappears without a word
 *
 * Belief        When the reader is gone, write(2) returns an error.
 * What happens  The writer dies in write, and nobody learns why.
 * Why           Before write returns EPIPE, the kernel sends SIGPIPE; and what
 *               SIGPIPE does, unless told otherwise, is to end the process.
 * Cure          Ignore SIGPIPE (or MSG_NOSIGNAL, on a socket), and look at what
 *               write returns.
 * Hint 1        Run it in a shell: which status does it end with, and why 141?
 * Hint 2        Which signal comes with EPIPE, and what does it do by default?
 * Manual        pipe(7), signal(7)
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    int ends[2];

    if (pipe(ends) < 0)
        err(EXIT_FAILURE, "pipe");
#ifdef FIXED
    (void)signal(SIGPIPE, SIG_IGN);
#endif
    (void)close(ends[0]); /* the reader leaves */
    if (write(ends[1], "anybody?", 8) == 8)
        errx(EXIT_FAILURE, "somebody has read it");
    printf("write: %s: nobody reads any more, and we can say so\n",
           strerror(errno));
    return errno == EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
}
