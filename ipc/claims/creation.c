/* SPDX-License-Identifier: MIT */
#include "ipc/claims/creation.h"

#include "ipc/claims/tools.h"

#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 8 };

static void *nothing(void *arg)
{
    return arg;
}

uint64_t creation_of_thread(void)
{
    uint64_t best = UINT64_MAX;
    pthread_t thread;

    for (int i = 0; i < THREADS; i++) {
        const uint64_t start = clock_ns();
        uint64_t took;

        if (pthread_create(&thread, NULL, nothing, NULL) != 0)
            return UINT64_MAX;
        (void)pthread_join(thread, NULL);
        took = clock_ns() - start;
        best = tool_least(best, took);
    }
    return best;
}

uint64_t creation_by_fork(void)
{
    const uint64_t start = clock_ns();
    const pid_t pid = fork();

    if (pid == 0)
        _exit(EXIT_SUCCESS);
    return pid > 0 && tool_wait(pid) == 0 ? clock_ns() - start : UINT64_MAX;
}

uint64_t creation_by_spawn(void)
{
    char *const args[] = { "true", NULL };
    const uint64_t start = clock_ns();
    pid_t pid;

    if (posix_spawnp(&pid, args[0], NULL, NULL, args, environ) != 0)
        return UINT64_MAX;
    return tool_wait(pid) == 0 ? clock_ns() - start : UINT64_MAX;
}
