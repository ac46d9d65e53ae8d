/* SPDX-License-Identifier: MIT */
/*
 * i5_long_running.c -- a pipe between two processes that run already
 *
 * Claim       Two processes that run for long cannot talk through a pipe: it is
 *             for commands in a shell.
 * Section     Interprocess communication: 3. Pipes
 * Experiment  two processes begin without a pipe between them. When both run,
 *             one makes two pipes; the other opens them by name (FIFO), or gets
 *             their ends over a Unix socket; they send messages and answers
 * Rule        REFUTED if all messages and answers arrive in order through both
 *             kinds; CONFIRMED if none does; otherwise DEPENDS
 * Twin        the ends are not passed, only their numbers are told
 * Take away   All that a pipe lacks is a name. Give it one (mkfifo), or pass
 *             its end (SCM_RIGHTS): then it carries as long as the two live.
 * Manual      fifo(7), mkfifo(3), unix(7), "SCM_RIGHTS"
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGES = 500, LIMIT_S = 10, ANSWER_MS = 300 };
enum way { BY_NAME, BY_PASSING, BY_NUMBER };

static const uint32_t answer_flag = 1u << 31;
static const struct sockaddr_un meeting = { AF_UNIX, "meeting" };

/* The other process: it has nothing of the first but the place to meet. */
static int answer(void *arg)
{
    const enum way *way = arg;
    const int with = socket(AF_UNIX, SOCK_STREAM, 0);
    uint32_t number;
    int ends[2];

    if (connect(with, (const struct sockaddr *)&meeting, sizeof(meeting)) < 0)
        return EXIT_FAILURE;
    if (*way == BY_PASSING) {
        ends[0] = tool_take(with);
        ends[1] = tool_take(with);
    } else if (read(with, ends, sizeof(ends)) != sizeof(ends))
        return EXIT_FAILURE;
    if (*way == BY_NAME) {
        ends[0] = open("there", O_RDONLY);
        ends[1] = open("back", O_WRONLY);
    }
    while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
        number |= answer_flag;
        if (write(ends[1], &number, sizeof(number)) != sizeof(number))
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* Makes the pipes, and lets the other one have its ends. */
static int make_pipes(enum way way, int with, int own[static 2])
{
    int there[2] = { -1, -1 }, back[2] = { -1, -1 }, ends[2];

    if ((way == BY_NAME ? mkfifo("there", 0600) : pipe(there)) < 0 ||
        (way == BY_NAME ? mkfifo("back", 0600) : pipe(back)) < 0)
        return -errno;
    ends[0] = there[0];
    ends[1] = back[1];
    if (way == BY_PASSING) {
        if (tool_pass(with, ends[0]) < 0 || tool_pass(with, ends[1]) < 0)
            return -EIO;
    } else if (write(with, ends, sizeof(ends)) != sizeof(ends))
        return -EIO;
    own[0] = way == BY_NAME ? open("there", O_WRONLY) : there[1];
    own[1] = way == BY_NAME ? open("back", O_RDONLY) : back[0];
    return own[0] < 0 || own[1] < 0 ? -EIO : 0;
}

/* How many messages arrived, and were answered, in order. */
static unsigned talk(int out, int in)
{
    struct pollfd ready = { .fd = in, .events = POLLIN };
    unsigned right = 0;
    uint32_t number;

    for (uint32_t i = 0; i < MESSAGES; i++) {
        if (write(out, &i, sizeof(i)) != sizeof(i) ||
            poll(&ready, 1, ANSWER_MS) != 1 ||
            read(in, &number, sizeof(number)) != sizeof(number))
            break;
        right += number == (i | answer_flag);
    }
    return right;
}

static int try_way(struct claim_run *run, enum way way, const char *name)
{
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    int with, own[2] = { -1, -1 }, r;
    pid_t pid;

    (void)unlink(meeting.sun_path);
    if (bind(listener, (const struct sockaddr *)&meeting, sizeof(meeting)) ||
        listen(listener, 1) < 0)
        return -errno;
    pid = tool_fork(answer, &way);
    with = pid < 0 ? -1 : accept(listener, NULL, NULL);
    if (with < 0)
        return -errno;
    r = make_pipes(way, with, own);
    if (r < 0)
        return r;
    claim_note(run, name, UNIT_COUNT, talk(own[0], own[1]));
    (void)close(own[0]); /* which is the end of file for the other one */
    return tool_wait(pid) == 0 ? 0 : -EIO;
}

static int measure(struct claim_run *run)
{
    int r = 0;

    (void)alarm(LIMIT_S);
    claim_note(run, "sent each way", UNIT_COUNT, MESSAGES);
    if (!run->twin)
        r = try_way(run, BY_NAME, "answered, by name");
    if (r == 0)
        r = try_way(run, run->twin ? BY_NUMBER : BY_PASSING,
                    "answered, end passed");
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double sent = claim_median(run, "sent each way");
    const double by_name = claim_median(run, "answered, by name");
    const double passed = claim_median(run, "answered, end passed");

    if (!(by_name > 0) && passed <= 0) {
        claim_say(run, "Of %.0f messages none arrives.", sent);
        return CLAIM_CONFIRMED;
    }
    claim_say(run,
              "Between processes that ran already, %.0f of %.0f messages are "
              "answered through pipes opened by name, and %.0f through pipes "
              "whose ends were passed.",
              by_name, sent, passed);
    return by_name == sent && passed == sent ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops i5_long_running_claim = {
    .id = "I5",
    .measure = measure,
    .judge = judge,
};
