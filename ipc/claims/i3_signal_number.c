/* SPDX-License-Identifier: MIT */
/*
 * i3_signal_number.c -- what a signal carries
 *
 * Claim       A signal tells no more than its number.
 * Section     Interprocess communication: 2. Signals
 * Experiment  a process sends 200 signals to another, which takes them when all
 *             were sent: SIGUSR1 by kill(2), and a real-time signal with a
 *             number in it by sigqueue(3)
 * Rule        REFUTED if all that sigqueue sent arrive, in order, with the
 *             numbers that were put in; CONFIRMED if no number arrives; DEPENDS
 *             if some do
 * Twin        both are sent by kill(2) as SIGUSR1
 * Take away   A real-time signal waits in a queue and brings 64 bits, the pid
 *             and the user of who sent it. Those with a name of old merge:
 *             never count them.
 * Manual      signal(7), sigqueue(3), sigwaitinfo(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { SENT = 200, LIMIT_S = 10 };

static const uint64_t secret = 0x8123456700000000; /* more than 32 bits */

/* What both processes see. */
struct scene {
    int wait_fd; /* the receiver reads here until all is sent */
    int signal;
    unsigned arrived, right, senders;
};

static int take_signals(void *arg)
{
    const struct timespec no_wait = { 0 };
    struct scene *scene = arg;
    siginfo_t info;
    sigset_t set;
    char byte;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, scene->signal);
    if (read(scene->wait_fd, &byte, 1) != 1)
        return EXIT_FAILURE;
    while (sigtimedwait(&set, &info, &no_wait) == scene->signal) {
        scene->right +=
            info.si_code == SI_QUEUE &&
            (uint64_t)info.si_value.sival_ptr == (secret | scene->arrived);
        scene->senders += info.si_pid == getppid() && info.si_uid == getuid();
        scene->arrived++;
    }
    return EXIT_SUCCESS;
}

static int send_signals(pid_t pid, const struct scene *scene, bool queue)
{
    for (uint64_t i = 0; i < SENT; i++) {
        const union sigval value = { .sival_ptr = (void *)(secret | i) };

        if ((queue ? sigqueue(pid, scene->signal, value)
                   : kill(pid, scene->signal)) < 0)
            return -errno;
    }
    return 0;
}

static int try_way(struct scene *scene, bool queue)
{
    sigset_t set;
    int ends[2], r;
    pid_t pid;

    scene->signal = queue ? SIGRTMIN : SIGUSR1;
    scene->arrived = scene->right = scene->senders = 0;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, scene->signal);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || pipe(ends) < 0)
        return -errno;
    scene->wait_fd = ends[0];
    pid = tool_fork(take_signals, scene);
    if (pid < 0)
        return pid;
    r = send_signals(pid, scene, queue);
    if (write(ends[1], "", 1) != 1 || tool_wait(pid) != 0)
        return -EIO;
    return r;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));
    int r;

    (void)alarm(LIMIT_S);
    if (!scene)
        return -ENOMEM;
    r = try_way(scene, false);
    claim_note(run, "sent each way", UNIT_COUNT, SENT);
    claim_note(run, "SIGUSR1 by kill, arrived", UNIT_COUNT, scene->arrived);
    claim_note(run, "by kill, with its sender", UNIT_COUNT, scene->senders);
    if (r == 0)
        r = try_way(scene, !run->twin);
    claim_note(run, "by sigqueue, arrived", UNIT_COUNT, scene->arrived);
    claim_note(run, "by sigqueue, with its 64 bits in order", UNIT_COUNT,
               scene->right);
    claim_note(run, "by sigqueue, with its sender", UNIT_COUNT, scene->senders);
    if (r == -EAGAIN)
        return claim_cannot(run,
                            "No %d signals may wait here at once "
                            "(RLIMIT_SIGPENDING).",
                            SENT);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double right =
        claim_median(run, "by sigqueue, with its 64 bits in order");

    if (right <= 0) {
        claim_say(run,
                  "Of %d signals sent there came %.0f, with no more than its "
                  "number and who sent it.",
                  SENT, claim_median(run, "by sigqueue, arrived"));
        return CLAIM_CONFIRMED;
    }
    claim_say(run,
              "Of %d signals sent by sigqueue %.0f arrive in order, each with "
              "its own 64 bits. Sent by kill as SIGUSR1 they merge: of as many "
              "there came %.0f.",
              SENT, right, claim_median(run, "SIGUSR1 by kill, arrived"));
    return right < SENT ? CLAIM_DEPENDS : CLAIM_REFUTED;
}

const struct claim_ops i3_signal_number_claim = {
    .id = "I3",
    .measure = measure,
    .judge = judge,
};
