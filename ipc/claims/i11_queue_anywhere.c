/* SPDX-License-Identifier: MIT */
/*
 * i11_queue_anywhere.c -- where a queue may lie, and what survives there
 *
 * Claim       A queue may be stored in memory, in the file system or elsewhere.
 * Section     Interprocess communication: 5. Queues
 * Experiment  a process puts 8 messages into a queue, and is killed; a second
 *             takes half of them, and is killed; a third takes the rest. The
 *             queue is a POSIX one (in the kernel), a mapped file, a directory
 * Rule        CONFIRMED if each queue gives all 8 in order; REFUTED if none
 *             does; otherwise MOSTLY
 * Twin        a FIFO in the place of them
 * Take away   Choose by what is to survive: what is in a pipe goes with the
 *             last who holds it open, the kernel's queues go with the machine,
 *             files stay.
 * Manual      mq_overview(7), mmap(2), rename(2), fifo(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGES = 8, HALF = MESSAGES / 2, SIZE = sizeof(int) };
enum { RING_SIZE = (2 + MESSAGES) * SIZE };
enum kind { POSIX, MAPPED, DIRECTORY, FIFO, KINDS };
enum step { PUT_ALL, TAKE_HALF, TAKE_REST, STEPS };

static const char *const names[KINDS] = { "POSIX queue", "mapped file",
                                          "directory", "FIFO" };

/* What all processes see. */
struct scene {
    enum kind kind;
    enum step step;
    int came; /* in order */
};

static int *ring; /* in the mapped file: head, tail, numbers */
static char posix_name[32];

static int open_queue(enum kind kind)
{
    struct mq_attr attr = { .mq_maxmsg = MESSAGES, .mq_msgsize = SIZE };
    const int flags = O_CREAT | O_RDWR | O_CLOEXEC | O_NONBLOCK;
    int fd;

    switch (kind) {
    case POSIX:
        return mq_open(posix_name, flags, 0600, &attr);
    case MAPPED:
        fd = open("ring", flags, 0600);
        if (fd < 0 || ftruncate(fd, RING_SIZE) < 0)
            return -1;
        ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        return ring == MAP_FAILED ? -1 : fd;
    case DIRECTORY:
        (void)mkdir("spool", 0700);
        return open("spool", O_DIRECTORY | O_CLOEXEC);
    default:
        (void)mkfifo("fifo", 0600);
        return open("fifo", flags & ~O_CREAT);
    }
}

/* Puts a number there, or tells whether it is the one that comes. */
static bool pass(const struct scene *scene, int fd, int number)
{
    const bool put = scene->step == PUT_ALL;
    const char name[2] = { (char)('0' + number) };
    const int place = scene->kind != DIRECTORY ? fd
                                               : openat(fd, put ? "new" : name,
                                                        O_CREAT | O_RDWR, 0600);
    int came = -1;

    if (scene->kind == MAPPED && put)
        ring[2 + ring[1]++] = number;
    else if (scene->kind == MAPPED)
        came = ring[0] < ring[1] ? ring[2 + ring[0]++] : -1;
    else if (scene->kind == POSIX && put)
        (void)mq_send(fd, (char *)&number, SIZE, 0);
    else if (scene->kind == POSIX)
        (void)mq_receive(fd, (char *)&came, SIZE, NULL);
    else
        (void)!(put ? write(place, &number, SIZE) : read(place, &came, SIZE));
    if (scene->kind == DIRECTORY && put)
        (void)renameat(fd, "new", fd, name);
    return came == number;
}

static int use(void *arg)
{
    struct scene *scene = arg;
    const int fd = open_queue(scene->kind);
    const int first = scene->step == TAKE_REST ? HALF : 0;
    const int end = scene->step == TAKE_HALF ? HALF : MESSAGES;

    for (int i = first; fd >= 0 && i < end; i++)
        scene->came += pass(scene, fd, i);
    return fd < 0 ? EXIT_FAILURE : raise(SIGKILL);
}

/* All three, each after the death of the one before it. */
static void try_queue(struct claim_run *run, struct scene *scene)
{
    bool killed = true;

    scene->came = 0;
    for (scene->step = PUT_ALL; scene->step < STEPS; scene->step++)
        killed = killed && WIFSIGNALED(tool_wait(tool_fork(use, scene)));
    if (killed) /* or there is no such queue here */
        claim_note(run, names[scene->kind], UNIT_COUNT, scene->came);
    (void)mq_unlink(posix_name);
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));

    if (!scene)
        return -ENOMEM;
    (void)snprintf(posix_name, sizeof(posix_name), "/ipc-i11-%d", getpid());
    for (scene->kind = POSIX; scene->kind < KINDS; scene->kind++)
        if ((scene->kind == FIFO) == run->twin)
            try_queue(run, scene);
    return run->figure_count > 0 ? 0 : -EIO;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const unsigned kinds = run->figure_count;
    unsigned whole = 0;

    for (unsigned i = 0; i < kinds; i++)
        whole += run->figures[i].values[0] == MESSAGES;
    claim_say(run,
              "What dead processes left comes whole and in order from %u "
              "of %u kinds of queue.",
              whole, kinds);
    if (whole == kinds)
        return CLAIM_CONFIRMED;
    return whole == 0 ? CLAIM_REFUTED : CLAIM_MOSTLY;
}

const struct claim_ops i11_queue_anywhere_claim = {
    .id = "I11",
    .measure = measure,
    .judge = judge,
};
