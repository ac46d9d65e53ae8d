/* SPDX-License-Identifier: MIT */
#include "shared/process/child.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 50 };

void child_dies_with(pid_t parent, int number)
{
    (void)prctl(PR_SET_PDEATHSIG, number);
    if (getppid() != parent) /* it died before the call above */
        (void)raise(SIGKILL);
}

/* Sleeps until the child has ended, or for a moment; without a pidfd for that
 * moment always. */
static void await_news(int pidfd)
{
    struct pollfd polled = { .fd = pidfd, .events = POLLIN };

    (void)poll(&polled, pidfd > 0 ? 1 : 0, LOOK_MS);
}

/* Whether it has ended, or a negative errno; it is not waited for, so that its
 * number stays its own, and that of its group. */
static int has_ended(pid_t pid)
{
    siginfo_t info = { 0 };

    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return -errno;
    return info.si_pid == pid;
}

static int await_end(pid_t pid, uint64_t limit_ns, child_stop_fn *stop)
{
    const uint64_t start_ns = clock_ns();
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), r;

    while ((r = has_ended(pid)) == 0) {
        if (stop && stop() != 0)
            r = -EINTR;
        else if (clock_ns() - start_ns > limit_ns)
            r = -ETIMEDOUT;
        if (r < 0)
            break;
        await_news(pidfd);
    }
    if (pidfd > 0)
        fd_close(&pidfd);
    return r < 0 ? r : 0;
}

static void reap(pid_t pid, int *ret_status)
{
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
        continue;
}

int child_await(pid_t pid, uint64_t limit_ns, child_stop_fn *stop,
                int *ret_status)
{
    const int r = await_end(pid, limit_ns, stop);

    if (r == 0)
        reap(pid, ret_status);
    return r;
}

int child_await_group(pid_t pid, uint64_t limit_ns, child_stop_fn *stop,
                      int *ret_status)
{
    const int r = await_end(pid, limit_ns, stop);

    if (r == -ECHILD)
        return r;
    (void)kill(-pid, SIGKILL);
    reap(pid, ret_status);
    return r;
}

void child_end(pid_t pid)
{
    /* -1, as of a fork that failed, would be every process there is. */
    if (pid <= 0 || waitpid(pid, NULL, WNOHANG) != 0)
        return;
    (void)kill(pid, SIGKILL);
    reap(pid, NULL);
}
