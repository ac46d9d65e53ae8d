/* SPDX-License-Identifier: MIT */
/*
 * i19_safe_queue.c -- one queue, and several who use it at once
 *
 * Claim       A queue is safe: many threads and processes may use it at once.
 * Section     Interprocess communication: 5. Queues
 * Experiment  four processes put numbered messages into a POSIX queue, and into
 *             a System V queue, from which four others take them
 * Rule        CONFIRMED if no message is lost, doubled or damaged; else REFUTED
 * Twin        a queue of two indices in shared memory, without a lock
 * Take away   A queue is as safe as it was made. The kernel's are; of your own
 *             make one with a lock, or take one that others have proved.
 * Manual      mq_overview(7), msgget(2), sysvipc(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

enum { SENDERS = 4, EACH = 300, ALL = SENDERS * EACH };
enum { PATIENCE_NS = 50000000, LIMIT_S = 20 };
enum kind { POSIX, SYSTEM_V, UNLOCKED };

struct message {
    long type; /* as a System V queue wants it */
    uint32_t number, again;
};

struct scene { /* what all processes see */
    enum kind kind;
    int id;
    _Atomic unsigned tail, head; /* of the queue without a lock */
    struct message slots[ALL];
    _Atomic unsigned damaged, seen[ALL];
};

static const size_t size = sizeof(struct message);

static int open_queue(enum kind kind)
{
    struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = (long)size };
    char name[32];
    int id;

    if (kind == SYSTEM_V)
        return msgget(IPC_PRIVATE, 0600);
    (void)snprintf(name, sizeof(name), "/ipc-claim-i19-%d", getpid());
    id = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (id >= 0)
        (void)mq_unlink(name); /* it is open, and stays so */
    return id;
}

static bool put(struct scene *scene, const struct message *message)
{
    const unsigned at = scene->tail;

    if (scene->kind == POSIX)
        return mq_send(scene->id, (const char *)message, size, 0) == 0;
    if (scene->kind == SYSTEM_V)
        return msgsnd(scene->id, message, size - sizeof(long), 0) == 0;
    scene->slots[at] = *message;
    (void)sched_yield(); /* others may come in between; now they do */
    scene->tail = at + 1;
    return true;
}

static bool take(struct scene *scene, struct message *message)
{
    const uint64_t start_ns = clock_ns();
    unsigned at;

    if (scene->kind == POSIX)
        return mq_receive(scene->id, (char *)message, size, NULL) > 0;
    if (scene->kind == SYSTEM_V)
        return msgrcv(scene->id, message, size - sizeof(long), 0, 0) > 0;
    for (; (at = scene->head) >= scene->tail; (void)sched_yield())
        if (clock_ns() - start_ns > PATIENCE_NS)
            return false;
    *message = scene->slots[at];
    (void)sched_yield();
    scene->head = at + 1;
    return true;
}

/* Of those who do this at once, the first four put, the others take. */
static void use(void *arg, unsigned index)
{
    struct scene *scene = arg;
    struct message message = { .type = 1 };

    for (unsigned i = 0; i < EACH; i++)
        if (index < SENDERS) {
            message.number = message.again = index * EACH + i;
            (void)put(scene, &message);
        } else if (!take(scene, &message))
            return;
        else if (message.number >= ALL || message.number != message.again)
            scene->damaged++;
        else
            scene->seen[message.number]++;
}

static int try_queue(struct claim_run *run, enum kind kind)
{
    struct scene *scene = tool_share(sizeof(*scene));
    double lost = 0, twice = 0;
    uint64_t took;

    (void)alarm(LIMIT_S);
    if (!scene)
        return -ENOMEM;
    scene->kind = kind;
    if (kind != UNLOCKED && (scene->id = open_queue(kind)) < 0)
        return claim_cannot(run, "No queue is made: %s.", strerror(errno));
    took = tool_processes(2 * SENDERS, use, scene);
    if (kind == SYSTEM_V)
        (void)msgctl(scene->id, IPC_RMID, NULL);
    for (int i = 0; i < ALL; i++) {
        lost += scene->seen[i] == 0;
        twice += scene->seen[i] > 1;
    }
    claim_note(run, "lost", UNIT_COUNT, lost);
    claim_note(run, "taken twice or more", UNIT_COUNT, twice);
    claim_note(run, "damaged", UNIT_COUNT, scene->damaged);
    return took == 0 ? -EAGAIN : 0;
}

static int measure(struct claim_run *run)
{
    const int r = try_queue(run, run->twin ? UNLOCKED : POSIX);

    return r < 0 || run->twin ? r : try_queue(run, SYSTEM_V);
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double lost = claim_most(run, "lost");
    const double twice = claim_most(run, "taken twice or more");
    const double damaged = claim_most(run, "damaged");

    claim_say(run,
              "Of %d messages of four senders to four receivers %.0f are lost, "
              "%.0f are taken twice or more, %.0f are damaged.",
              ALL, lost, twice, damaged);
    return lost + twice + damaged == 0 ? CLAIM_CONFIRMED : CLAIM_REFUTED;
}

const struct claim_ops i19_safe_queue_claim = {
    .id = "I19",
    .measure = measure,
    .judge = judge,
};
