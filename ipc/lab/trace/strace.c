/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/strace.h"

#include "ipc/exchange/supervisor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a process group of its own: so one signal reaches all of the run, and
 * Ctrl-C none of it but through us. */
static int spawn(char *const words[], const sigset_t *mask, pid_t *ret_pid)
{
    posix_spawnattr_t attributes;
    sigset_t normal;
    int r;

    (void)sigemptyset(&normal);
    (void)sigaddset(&normal, SIGINT);
    r = posix_spawnattr_init(&attributes);
    if (r != 0)
        return -r;
    (void)posix_spawnattr_setpgroup(&attributes, 0);
    (void)posix_spawnattr_setsigmask(&attributes, mask);
    (void)posix_spawnattr_setsigdefault(&attributes, &normal);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
                                                    POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
    r = posix_spawnp(ret_pid, words[0], NULL, &attributes, words, environ);
    (void)posix_spawnattr_destroy(&attributes);
    return -r;
}

/* SIGINT is the one that workers leave to their supervisor, and strace to
 * whom it traces. */
static int await(pid_t pid, const sigset_t *taken)
{
    int status, number, asked = 0;
    pid_t ended;

    while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
        number = sigwaitinfo(taken, NULL);
        if (number <= 0 || number == SIGCHLD)
            continue;
        asked = number;
        (void)kill(-pid, SIGINT);
    }
    if (asked > 0)
        return asked;
    return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0
                                                                         : -EIO;
}

static int run(char *const words[])
{
    const struct sigaction normal = { .sa_handler = SIG_DFL };
    struct sigaction saved_child;
    sigset_t taken, saved, none;
    pid_t pid;
    int r;

    supervisor_signals(&taken);
    (void)sigaction(SIGCHLD, &normal, &saved_child);
    (void)sigprocmask(SIG_BLOCK, &taken, &saved);
    /* The caller may hold them back already; the traced run acts on them. */
    (void)sigemptyset(&none);
    r = spawn(words, &none, &pid);
    if (r == 0)
        r = await(pid, &taken);
    (void)sigprocmask(SIG_SETMASK, &saved, NULL);
    (void)sigaction(SIGCHLD, &saved_child, NULL);
    return r;
}

int strace_run(const char *path, char *const arguments[])
{
    static char name[] = "strace", options[] = "-fTqq", time[] = "-ttt",
                text[] = "-s64", blocked[] = "-I3", output[] = "-o";
    char self[PATH_MAX];
    char *words[8 + STRACE_ARGUMENTS_MAX + 1] = {
        name, options, time, text, blocked, output, (char *)(uintptr_t)path,
        self,
    };
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length < 0)
        return -errno;
    self[length] = '\0';
    for (size_t i = 0; i < STRACE_ARGUMENTS_MAX && arguments[i]; i++)
        words[8 + i] = arguments[i];
    return run(words);
}
