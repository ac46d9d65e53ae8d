/* SPDX-License-Identifier: MIT */
#include "tests/apart.h"

#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_text(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool good = fd >= 0 && write(fd, text, strlen(text)) > 0;

    if (fd >= 0)
        (void)close(fd);
    return good;
}

/* Who is not root may have namespaces within one of users, in which it is who
 * it was. */
static bool leave_namespaces(void)
{
    const int apart = CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID;
    char map[32];

    (void)snprintf(map, sizeof(map), "%d %d 1", (int)geteuid(), (int)geteuid());
    if (unshare(apart) == 0)
        return true;
    return unshare(CLONE_NEWUSER | apart) == 0 &&
           write_text("/proc/self/uid_map", map);
}

static bool mount_own(void)
{
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, NULL) ==
               0 &&
           mount("proc", "/proc", "proc", 0, NULL) == 0;
}

/* What goes on is the child, and the parent ends as it does. */
static bool go_on_as_child(void)
{
    const pid_t pid = fork();
    int status = 0;

    if (pid > 0) {
        (void)waitpid(pid, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid == 0;
}

/* The first process there is its init, and no mechanism speaks to that. */
int apart_enter(void)
{
    return leave_namespaces() && go_on_as_child() && mount_own() &&
                   go_on_as_child()
               ? 0
               : -1;
}

bool apart_possible(const char *what)
{
    int status;
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(apart_enter() < 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (status != 0)
        (void)printf("not tested, no container may be made here: %s\n", what);
    return status == 0;
}
