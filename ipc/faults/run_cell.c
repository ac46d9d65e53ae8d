/* SPDX-License-Identifier: MIT */
#include "ipc/faults/run_cell.h"

#include "ipc/faults/census.h"
#include "ipc/faults/isolation.h"
#include "ipc/faults/victim.h"
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
#include <time.h>
#include <unistd.h>

enum { GROWTH_MAX = 1 << 20 };

struct fault_cell *cell_open(const struct fault_case *fault,
                             const struct mechanism *mechanism,
                             unsigned injections, uint64_t seed)
{
    struct fault_cell *cell = mmap(NULL, sizeof(*cell), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (cell == MAP_FAILED)
        return NULL;
    cell->fault = fault;
    cell->mechanism = mechanism;
    cell->wanted = injections;
    cell->seed = seed;
    cell->limit_s = CELL_LIMIT_S + injections;
    return cell;
}

void cell_soak(struct fault_cell *cell, uint64_t ns)
{
    cell->soak_ns = ns;
    cell->limit_s += (unsigned)(ns / 1000000000);
}

void cell_free(struct fault_cell *cell)
{
    if (cell)
        (void)munmap(cell, sizeof(*cell));
}

/* ------------------------------------------------------- the cell's process */

static enum leak kind_of(const char *line)
{
    static const struct {
        const char *beginning;
        enum leak leak;
    } kinds[] = {
        { "temporary", LEAK_FILES },          { "shared memory", LEAK_MEMORY },
        { "/proc/sysvipc/shm", LEAK_MEMORY }, { "message queue", LEAK_QUEUES },
        { "/proc/sysvipc/", LEAK_QUEUES },    { "a child", LEAK_PROCESSES },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strncmp(line, kinds[i].beginning, strlen(kinds[i].beginning)) == 0)
            return kinds[i].leak;
    return LEAK_DESCRIPTORS;
}

static void note_leak(void *arg, const char *line)
{
    struct fault_cell *cell = arg;

    cell->leaked[kind_of(line)]++;
    cell_fail(cell, "left behind: %.200s", line);
}

/* Whoever outlives the supervisor becomes a child of this process, so that none
 * is overlooked. */
static void become_cell(pid_t parent, const char *dir)
{
    const struct rlimit no_core = { 0, 0 };
    bool mounts;
    sigset_t none;

    (void)setpgid(0, 0);
    child_dies_with(parent, SIGKILL);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) /* as a process begins */
        (void)signal(number, SIG_DFL);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (setenv("TMPDIR", dir, 1) < 0)
        _exit(EXIT_FAILURE);
    (void)isolation_enter(&mounts);
}

static void do_cell(struct fault_cell *cell)
{
    static struct census before;

    census_take(&before, "ipc-showcase-", NULL);
    cell->fault->inject(cell);
    victim_reap_orphans();
    census_each_new(&before, CENSUS_ALL, note_leak, cell);
    if (cell->growth_bytes >= GROWTH_MAX)
        cell_fail(cell, "its supervisor grew by %llu bytes",
                  (unsigned long long)cell->growth_bytes);
    if (cell->verdict == CELL_PASS && cell->injections == 0)
        cell_fail(cell, "nothing was injected");
}

/* --------------------------------------------------------------- its parent */

/* Returns the signal that ended it early, or 0. */
static int await_end(struct fault_cell *cell, pid_t pid, child_stop_fn *stop)
{
    const uint64_t limit_ns = cell->limit_s * UINT64_C(1000000000);
    int status = 0, r;

    r = child_await_group(pid, limit_ns, stop, &status);
    if (r == -EINTR)
        return stop();
    if (r < 0)
        cell_fail(cell, "it hangs: no end within %u s", cell->limit_s);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        cell_fail(cell, "its process ended early (status %#x)",
                  (unsigned)status);
    return 0;
}

static int run_in_process(struct fault_cell *cell, const char *dir,
                          child_stop_fn *stop)
{
    const pid_t parent = getpid();
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid < 0) {
        cell_fail(cell, "fork: %s", strerror(errno));
        return 0;
    }
    if (pid == 0) {
        become_cell(parent, dir);
        do_cell(cell);
        _exit(EXIT_SUCCESS);
    }
    (void)setpgid(pid, pid); /* whichever of the two comes first */
    return await_end(cell, pid, stop);
}

int cell_run(struct fault_cell *cell, const char *dir, child_stop_fn *stop)
{
    const struct mechanism *m = cell->mechanism;
    const uint64_t start = clock_ns();
    const char *reason = mechanism_skipped(m);
    char own[PATH_MAX];
    int signal;

    if (reason) {
        cell_skip(cell, "%s", reason);
        return 0;
    }
    reason = cell->fault->not_for ? cell->fault->not_for(m) : NULL;
    if (reason) {
        cell_not_for(cell, reason);
        return 0;
    }
    if (snprintf(own, sizeof(own), "%s/cell", dir) >= (int)sizeof(own) ||
        mkdir(own, 0700) < 0) {
        cell_fail(cell, "%.200s: %s", own, strerror(errno));
        return 0;
    }
    signal = run_in_process(cell, own, stop);
    (void)tree_remove(own);
    cell->took_ns = clock_ns() - start;
    return signal;
}
