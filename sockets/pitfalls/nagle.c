/* SPDX-License-Identifier: MIT */
/*
 * nagle.c -- a question in two parts, of which the second waits
 *
 * Belief        What is written into a TCP connection is sent at once.
 * What happens  The second part stays in the sender, about 40 ms each time.
 * Why           Nagle's algorithm keeps a small segment while an earlier one is
 *               not acknowledged; and the receiver delays that, as it waits.
 * Cure          Send head and body by one call: writev(2). (Or TCP_NODELAY.)
 * Hint 1        How many segments are sent for a question?
 * Hint 2        What does each side wait for between the two?
 * Manual        tcp(7), TCP_NODELAY; ioctl SIOCOUTQNSD: bytes not sent yet
 */
#include <err.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURNS = 20 };

static char head[4] = "head", body[60] = "body", answer[1];

static void serve(int listener)
{
    char question[sizeof(head) + sizeof(body)];
    int fd = accept(listener, NULL, NULL);

    while (recv(fd, question, sizeof(question), MSG_WAITALL) ==
           sizeof(question))
        (void)!write(fd, answer, sizeof(answer));
    _exit(EXIT_SUCCESS);
}

static void ask(int fd)
{
#ifdef FIXED
    const struct iovec parts[] = { { head, sizeof(head) },
                                   { body, sizeof(body) } };

    (void)!writev(fd, parts, 2);
#else
    (void)!write(fd, head, sizeof(head));
    (void)!write(fd, body, sizeof(body));
#endif
}

int main(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof(at);
    int fd, held = 0, left;

    (void)bind(listener, (struct sockaddr *)&at, sizeof(at));
    if (listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &length) < 0)
        err(EXIT_FAILURE, "listen");
    if (fork() == 0)
        serve(listener);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
        err(EXIT_FAILURE, "connect");
    for (int i = 0; i < TURNS; i++) {
        ask(fd);
        held += ioctl(fd, SIOCOUTQNSD, &left) == 0 && left > 0;
        (void)recv(fd, answer, sizeof(answer), MSG_WAITALL);
    }
    (void)close(fd);
    printf("%d of %d questions were held back after they had been written\n",
           held, TURNS);
    return held == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
