/* SPDX-License-Identifier: MIT */
/*
 * truncated.c -- the rest of a datagram, and its descriptors, thrown away
 *
 * Belief        What does not fit into the buffer comes with the next call.
 * What happens  The rest is gone, and so is a descriptor that was passed; no
 *               call fails.
 * Why           A datagram is received by one call. What has no room is thrown
 *               away, and only msg_flags tells: MSG_TRUNC, MSG_CTRUNC.
 * Cure          Ask for the length first (MSG_PEEK with MSG_TRUNC), give room
 *               for as many descriptors as can come, and look at msg_flags.
 * Hint 1        Print m.msg_flags after recvmsg.
 * Hint 2        How long is the datagram? How many descriptors come with it?
 * Manual        recvmsg(2), unix(7)
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef FIXED
enum { DESCRIPTORS = 2 };
#else
enum { DESCRIPTORS = 1 };
#endif
enum { LENGTH = 3000, SENT = 2 };

/* LENGTH bytes, and standard input and output. */
static void send_datagram(int to)
{
    const int passed[SENT] = { STDIN_FILENO, STDOUT_FILENO };
    static char bytes[LENGTH] = "";
    struct iovec part = { bytes, LENGTH };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(passed))] = { 0 };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof(control) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    *c = (struct cmsghdr){ CMSG_LEN(sizeof(passed)), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(c), passed, sizeof(passed));
    if (sendmsg(to, &m, 0) != LENGTH)
        err(EXIT_FAILURE, "sendmsg");
}

int main(void)
{
    _Alignas(struct cmsghdr) char control[CMSG_LEN(DESCRIPTORS * sizeof(int))];
    static char bytes[1 << 16] = "";
    struct iovec part = { bytes, 1000 };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof(control) };
    size_t descriptors = 0;
    ssize_t n;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0)
        err(EXIT_FAILURE, "socketpair");
    send_datagram(ends[0]);
#ifdef FIXED
    part.iov_len = (size_t)recv(ends[1], NULL, 0, MSG_PEEK | MSG_TRUNC);
#endif
    n = recvmsg(ends[1], &m, 0);
    if (n > 0 && CMSG_FIRSTHDR(&m))
        descriptors = (CMSG_FIRSTHDR(&m)->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    printf("%zd of %d bytes and %zu of %d descriptors were received\n", n,
           LENGTH, descriptors, SENT);
    return n == LENGTH && descriptors == SENT ? EXIT_SUCCESS : EXIT_FAILURE;
}
