/* SPDX-License-Identifier: MIT */
/*
 * i16_kill_9.c -- what a process can do about signal 9
 *
 * Claim       Signal 9 ends a process: it cannot handle it.
 * Section     Interprocess communication: 2. Signals
 * Experiment  a process tries to handle, to ignore and to block SIGKILL, and
 *             goes on; then it gets it by kill(2)
 * Rule        CONFIRMED if all three are refused or without effect, and the
 *             signal ends the process; REFUTED if it lives on; else DEPENDS
 * Twin        SIGTERM in the place of SIGKILL
 * Take away   Send SIGTERM first: it lets a process tidy up, SIGKILL does not.
 *             It spares init within its own PID namespace, and who waits in the
 *             kernel for a disk dies only after that.
 * Manual      signal(7), kill(2), pid_namespaces(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_S = 10, STEP_NS = 1000000, STEPS = 300 };

/* What both processes see. */
struct scene {
    int signal;
    bool ignored, handled, blocked; /* it could be */
    _Atomic bool ready;
    _Atomic bool told; /* the handler ran */
};

static struct scene *scene;

static void tidy_up(int number)
{
    (void)number;
    scene->told = true;
}

/* Blocks it for a moment only: a handler is to run. */
static bool can_block(int number)
{
    sigset_t set, now;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    (void)sigprocmask(SIG_BLOCK, &set, &now);
    (void)sigprocmask(SIG_SETMASK, &now, &set);
    return sigismember(&set, number) == 1;
}

static int resist(void *arg)
{
    const struct sigaction handle = { .sa_handler = tidy_up };
    const struct sigaction ignore = { .sa_handler = SIG_IGN };

    (void)arg;
    scene->blocked = can_block(scene->signal);
    scene->ignored = sigaction(scene->signal, &ignore, NULL) == 0;
    scene->handled = sigaction(scene->signal, &handle, NULL) == 0;
    scene->ready = true;
    for (int i = 0; i < 2 * STEPS; i++)
        tool_sleep(STEP_NS);
    return EXIT_SUCCESS;
}

/* Whether it ended by the signal; one that lives on is let go, and told. */
static bool ends(pid_t pid, int number)
{
    int status = 0;

    for (int i = 0; i < STEPS && !scene->told; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFSIGNALED(status) && WTERMSIG(status) == number;
        tool_sleep(STEP_NS);
    }
    return false;
}

static int measure(struct claim_run *run)
{
    bool ended;
    pid_t pid;

    (void)alarm(LIMIT_S);
    scene = tool_share(sizeof(*scene));
    if (!scene)
        return -ENOMEM;
    scene->signal = run->twin ? SIGTERM : SIGKILL;
    pid = tool_fork(resist, NULL);
    if (pid < 0)
        return pid;
    while (!scene->ready) /* or until the alarm */
        tool_sleep(STEP_NS);
    if (kill(pid, scene->signal) < 0)
        return -errno;
    ended = ends(pid, scene->signal);
    if (!ended) {
        (void)kill(pid, SIGKILL);
        (void)tool_wait(pid);
    }
    claim_note(run, "a handler is taken", UNIT_YES_NO, scene->handled);
    claim_note(run, "it can be ignored", UNIT_YES_NO, scene->ignored);
    claim_note(run, "it can be blocked", UNIT_YES_NO, scene->blocked);
    claim_note(run, "it ended the process", UNIT_YES_NO, ended);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const bool handled = claim_median(run, "a handler is taken") > 0;
    const bool ignored = claim_median(run, "it can be ignored") > 0;
    const bool blocked = claim_median(run, "it can be blocked") > 0;
    const bool ended = claim_median(run, "it ended the process") > 0;

    claim_say(run,
              "The signal can%s be handled, can%s be ignored, can%s be "
              "blocked, and the process %s.",
              handled ? "" : "not", ignored ? "" : "not", blocked ? "" : "not",
              ended ? "is ended by it" : "lives on");
    if (!ended)
        return CLAIM_REFUTED;
    return handled || ignored || blocked ? CLAIM_DEPENDS : CLAIM_CONFIRMED;
}

const struct claim_ops i16_kill_9_claim = {
    .id = "I16",
    .measure = measure,
    .judge = judge,
};
