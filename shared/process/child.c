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

int child_await(pid_t pid, uint64_t limit_ns, child_stop_fn *stop,
                int *ret_status)
{
    const uint64_t start_ns = clock_ns();
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), r = 0;
    pid_t ended;

    while (r == 0 && (ended = waitpid(pid, ret_status, WNOHANG)) != pid) {
        if (ended < 0)
            r = -errno;
        else if (stop && stop() != 0)
            r = -EINTR;
        else if (clock_ns() - start_ns > limit_ns)
            r = -ETIMEDOUT;
        else
            await_news(pidfd);
    }
    if (pidfd > 0)
        fd_close(&pidfd);
    return r;
}

void child_end(pid_t pid)
{
    /* -1, as of a fork that failed, would be every process there is. */
    if (pid <= 0 || waitpid(pid, NULL, WNOHANG) != 0)
        return;
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
