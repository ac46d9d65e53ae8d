/* SPDX-License-Identifier: MIT */
#include "ipc/claims/attempt.h"

#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"
#include "shared/dir/tree.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t limit_ns = CLAIM_LIMIT_S * UINT64_C(1000000000);

/* An experiment may do to this process what it likes: it gets back what a
 * process begins with. */
static void become_experiment(pid_t parent, const char *dir)
{
    const struct rlimit no_core = { 0, 0 };
    sigset_t none;

    (void)setpgid(0, 0);
    child_dies_with(parent, SIGKILL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGCHLD, SIG_DFL);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (mkdir(dir, 0700) < 0 || chdir(dir) < 0)
        _exit(EXIT_FAILURE);
}

/* Waits for its end, or for the end of patience, and ends what is left. */
static int await_end(pid_t pid, child_stop_fn *stop,
                     struct attempt_result *result)
{
    int status = 0, r;

    r = child_await_group(pid, limit_ns, stop, &status);
    if (r == -EINTR)
        result->signal = stop();
    else if (r < 0)
        (void)snprintf(result->failure, sizeof(result->failure),
                       "the experiment did not end within %d s", CLAIM_LIMIT_S);
    return status;
}

/* The experiment's process says by its status what measure returned. */
static void read_status(struct attempt_result *result, int status, int *ret)
{
    *ret = 0;
    if (WIFEXITED(status))
        *ret = -WEXITSTATUS(status);
    else if (!result->failure[0] && !result->signal)
        (void)snprintf(result->failure, sizeof(result->failure),
                       "the experiment was ended by SIG%s",
                       sigabbrev_np(WTERMSIG(status)));
}

static void judge(const struct claim *claim, struct attempt_result *result,
                  int measured)
{
    if (measured == -ENOTSUP)
        result->verdict = CLAIM_NOT_TESTABLE;
    else if (measured < 0)
        (void)snprintf(result->failure, sizeof(result->failure),
                       "the experiment failed: %s", strerror(-measured));
    else
        result->verdict = claim->ops->judge(&result->run);
}

static int run_experiment(const struct claim *claim, const char *dir,
                          struct claim_run *run, child_stop_fn *stop,
                          struct attempt_result *result)
{
    const pid_t parent = getpid();
    int status, measured;
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        become_experiment(parent, dir);
        _exit(-claim->ops->measure(run));
    }
    (void)setpgid(pid, pid); /* whichever of the two comes first */
    status = await_end(pid, stop, result);
    read_status(result, status, &measured);
    return measured;
}

void attempt_claim(const struct claim *claim, const char *dir, bool twin,
                   bool brief, child_stop_fn *stop,
                   struct attempt_result *ret_result)
{
    struct claim_run *run = tool_share(sizeof(*run));
    const uint64_t start = clock_ns();
    char own[PATH_MAX];
    int measured;

    *ret_result = (struct attempt_result){ .verdict = CLAIM_NOT_TESTABLE };
    if (!run || snprintf(own, sizeof(own), "%s/%s", dir, claim->name) >=
                    (int)sizeof(own)) {
        (void)snprintf(ret_result->failure, sizeof(ret_result->failure),
                       "there is no memory");
        return;
    }
    run->twin = twin;
    run->brief = brief;
    measured = run_experiment(claim, own, run, stop, ret_result);
    ret_result->run = *run;
    (void)munmap(run, sizeof(*run));
    (void)tree_remove(own);
    if (!ret_result->failure[0] && !ret_result->signal)
        judge(claim, ret_result, measured);
    ret_result->took_ns = clock_ns() - start;
}
