/* SPDX-License-Identifier: MIT */
/*
 * i6_one_way.c -- which way a pipe carries
 *
 * Claim       A pipe carries one way only.
 * Section     Interprocess communication: 3. Pipes
 * Experiment  two processes hold a pipe; one writes into the end to write into,
 *             the other answers into the end that it has read from
 * Rule        CONFIRMED if the message arrives, and the answer is refused with
 *             EBADF; REFUTED if the answer arrives; otherwise DEPENDS
 * Twin        a pair of Unix sockets in the place of the pipe
 * Take away   For answers take a second pipe, or socketpair(2). On some other
 *             systems a pipe carries both ways: do not rely on it.
 * Manual      pipe(2), pipe(7), socketpair(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT_MS = 2000, AWAIT_ANSWER_MS = 100 };

/* What both processes see. */
struct scene {
    int ends[2];
    bool message_came;
    int answer_error; /* 0: it was written */
};

static bool takes(int fd, const char *expected, int limit_ms)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    char text[16] = "";

    return poll(&ready, 1, limit_ms) == 1 &&
           read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, expected) == 0;
}

static int answer(void *arg)
{
    struct scene *scene = arg;

    scene->message_came = takes(scene->ends[0], "ping", LIMIT_MS);
    if (write(scene->ends[0], "pong", 4) != 4)
        scene->answer_error = errno;
    return EXIT_SUCCESS;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));
    bool answer_came;
    pid_t pid;

    if (!scene)
        return -ENOMEM;
    if ((run->twin ? socketpair(AF_UNIX, SOCK_STREAM, 0, scene->ends)
                   : pipe(scene->ends)) < 0)
        return -errno;
    pid = tool_fork(answer, scene);
    if (pid < 0 || write(scene->ends[1], "ping", 4) != 4 || tool_wait(pid) != 0)
        return -EIO;
    answer_came = takes(scene->ends[1], "pong", AWAIT_ANSWER_MS);
    claim_note(run, "the message arrived", UNIT_YES_NO, scene->message_came);
    claim_note(run, "the answer arrived", UNIT_YES_NO, answer_came);
    claim_note(run, "the answer was refused with EBADF", UNIT_YES_NO,
               scene->answer_error == EBADF);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const bool there = claim_median(run, "the message arrived") > 0;
    const bool back = claim_median(run, "the answer arrived") > 0;

    if (there && back) {
        claim_say(run, "The message arrives, and the answer comes back through "
                       "the same descriptors.");
        return CLAIM_REFUTED;
    }
    if (there && claim_median(run, "the answer was refused with EBADF") > 0) {
        claim_say(run, "The message arrives. What is written into the end to "
                       "read from is refused with EBADF.");
        return CLAIM_CONFIRMED;
    }
    claim_say(run, "The message %s, the answer does not.",
              there ? "arrives" : "does not arrive");
    return CLAIM_DEPENDS;
}

const struct claim_ops i6_one_way_claim = {
    .id = "I6",
    .measure = measure,
    .judge = judge,
};
