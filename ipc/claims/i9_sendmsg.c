/* SPDX-License-Identifier: MIT */
/*
 * i9_sendmsg.c -- the calls that sockets are used by
 *
 * Claim       Unix sockets are used through sendmsg and recvmsg.
 * Section     Interprocess communication: 4. Sockets
 * Experiment  a process sends bytes by write(2), send(2), writev(2) and
 *             sendmsg(2), another reads them; then the first sends a descriptor
 *             that the other one does not have
 * Rule        MOSTLY if every call carries bytes, and sendmsg a descriptor;
 *             CONFIRMED if sendmsg alone carries bytes; REFUTED if every call
 *             carries bytes, and none a descriptor; DEPENDS otherwise
 * Twin        the descriptor is sent as a number, by write
 * Take away   read and write will do. sendmsg and recvmsg are for what goes
 *             beside the bytes: a descriptor (SCM_RIGHTS), and whose process it
 *             was that sent them (SCM_CREDENTIALS).
 * Manual      sendmsg(2), recvmsg(2), unix(7), cmsg(3)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CALLS = 4, LIMIT_S = 10 };

static const char *const calls[CALLS] = { "write", "send", "writev",
                                          "sendmsg" };
static const char text[] = "what is in the file";

/* What both processes see. */
struct scene {
    int socket;     /* the receiver's */
    bool by_number; /* a descriptor is sent as its number */
    bool came[CALLS], descriptor_came;
};

/* Reads what the descriptor that came stands for. */
static bool came_whole(int fd)
{
    char bytes[64];

    return pread(fd, bytes, sizeof(bytes), 0) == sizeof(text) &&
           memcmp(bytes, text, sizeof(text)) == 0;
}

static int receive(void *arg)
{
    struct scene *scene = arg;
    char bytes[64];
    int fd;

    for (int i = 0; i < CALLS; i++) {
        const ssize_t n = read(scene->socket, bytes, sizeof(bytes));

        scene->came[i] = n == (ssize_t)strlen(calls[i]) &&
                         memcmp(bytes, calls[i], (size_t)n) == 0;
        if (write(scene->socket, "", 1) != 1) /* the next, please */
            return EXIT_FAILURE;
    }
    if (!scene->by_number)
        fd = tool_take(scene->socket);
    else if (read(scene->socket, &fd, sizeof(fd)) != sizeof(fd))
        return EXIT_FAILURE;
    scene->descriptor_came = came_whole(fd);
    return EXIT_SUCCESS;
}

/* Sends the call's own name by it. */
static ssize_t send_by(int call, int socket)
{
    char *const name = (char *)(uintptr_t)calls[call];
    const size_t size = strlen(name);
    const struct iovec parts[2] = { { name, 2 }, { name + 2, size - 2 } };
    const struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts,
                                    .msg_iovlen = 2 };

    switch (call) {
    case 0:
        return write(socket, name, size);
    case 1:
        return send(socket, name, size, 0);
    case 2:
        return writev(socket, parts, 2);
    default:
        return sendmsg(socket, &message, 0);
    }
}

static int send_descriptor(const struct scene *scene, int socket)
{
    const int fd = memfd_create("i9", MFD_CLOEXEC);

    if (fd < 0 || write(fd, text, sizeof(text)) != sizeof(text))
        return -errno;
    if (!scene->by_number)
        return tool_pass(socket, fd);
    return write(socket, &fd, sizeof(fd)) == sizeof(fd) ? 0 : -errno;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));
    int ends[2], r;
    char byte;
    pid_t pid;

    (void)alarm(LIMIT_S);
    if (!scene || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return -ENOMEM;
    scene->socket = ends[1];
    scene->by_number = run->twin;
    pid = tool_fork(receive, scene);
    if (pid < 0)
        return pid;
    for (int i = 0; i < CALLS; i++)
        if (send_by(i, ends[0]) < 0 || read(ends[0], &byte, 1) != 1)
            return -EIO;
    r = send_descriptor(scene, ends[0]);
    if (tool_wait(pid) != 0)
        return -EIO;
    for (int i = 0; i < CALLS; i++)
        claim_note(run, calls[i], UNIT_YES_NO, scene->came[i]);
    claim_note(run, "a descriptor came", UNIT_YES_NO, scene->descriptor_came);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const bool descriptor = claim_median(run, "a descriptor came") > 0;
    int carry = 0;

    for (int i = 0; i < CALLS; i++)
        carry += claim_median(run, calls[i]) > 0;
    claim_say(run,
              "Bytes are carried by %d of the %d calls write, send, writev and "
              "sendmsg. A descriptor that was sent %s.",
              carry, CALLS,
              descriptor ? "by sendmsg arrives"
                         : "as a number is none at the other end");
    if (carry == CALLS)
        return descriptor ? CLAIM_MOSTLY : CLAIM_REFUTED;
    return carry == 1 && claim_median(run, "sendmsg") > 0 ? CLAIM_CONFIRMED
                                                          : CLAIM_DEPENDS;
}

const struct claim_ops i9_sendmsg_claim = {
    .id = "I9",
    .measure = measure,
    .judge = judge,
};
