/* SPDX-License-Identifier: MIT */
#include "ipc/faults/other_user.h"

#include "ipc/faults/victim_worker.h"
#include "shared/process/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, JOBS = 400, NAMES_MAX = 64, BREACH = 9 };

/* What the run has made, as its owner sees it. */
struct names {
    char dir[PATH_MAX];
    char name[NAMES_MAX][256];
    size_t count;
};

static void list(struct names *names, const char *dir)
{
    DIR *stream = opendir(dir);
    const struct dirent *entry;

    names->count = 0;
    (void)snprintf(names->dir, sizeof(names->dir), "%s", dir);
    while (stream && (entry = readdir(stream)))
        if (entry->d_name[0] != '.' && names->count < NAMES_MAX)
            (void)snprintf(names->name[names->count++], 256, "%s",
                           entry->d_name);
    if (stream)
        (void)closedir(stream);
}

/* --------------------------------------------------------- the other user */

static bool can_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    bool connected;
    int fd;

    if (strlen(path) >= sizeof(address.sun_path))
        return false;
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    connected = fd >= 0 &&
                connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        (void)close(fd);
    return connected;
}

static bool can_open(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static bool reaches(const struct names *names)
{
    char path[PATH_MAX + 257];
    bool reached = can_open(names->dir) || chdir(names->dir) == 0;

    for (size_t i = 0; i < names->count; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", names->dir, names->name[i]);
        reached = reached || can_open(path) || truncate(path, 0) == 0 ||
                  can_connect(path) || unlink(path) == 0;
    }
    return reached;
}

static bool reaches_memory(void)
{
    DIR *stream = opendir("/dev/shm");
    const struct dirent *entry;
    char path[300];
    bool reached = false;

    while (stream && (entry = readdir(stream)))
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof(path), "/dev/shm/%s", entry->d_name);
            reached = reached || can_open(path) || unlink(path) == 0;
        }
    if (stream)
        (void)closedir(stream);
    return reached;
}

/* The id stands second on each line of proc_sysvipc(5). */
static bool reaches_system_v(void)
{
    static const char *const paths[] = { "/proc/sysvipc/msg",
                                         "/proc/sysvipc/shm" };
    char line[512], word[16];
    bool reached = false;
    FILE *file;
    int id;

    for (size_t i = 0; i < 2; i++) {
        file = fopen(paths[i], "re");
        while (file && fgets(line, sizeof(line), file))
            if (sscanf(line, "%*s %d", &id) == 1)
                reached = reached ||
                          (i == 0 ? msgrcv(id, word, 1, 0,
                                           IPC_NOWAIT | MSG_NOERROR) >= 0 ||
                                        msgctl(id, IPC_RMID, NULL) == 0
                                  : shmat(id, NULL, SHM_RDONLY) != (void *)-1);
        if (file)
            (void)fclose(file);
    }
    return reached;
}

static bool reaches_queue(const char *name)
{
    const mqd_t queue = mq_open(name, O_RDONLY | O_NONBLOCK);

    if (queue != (mqd_t)-1)
        (void)mq_close(queue);
    return queue != (mqd_t)-1 || mq_unlink(name) == 0;
}

static _Noreturn void be_another(const struct names *names, uint64_t session,
                                 pid_t worker)
{
    char name[64];
    bool reached;

    if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
        _exit(EXIT_FAILURE);
    reached = reaches(names) || reaches_memory() || reaches_system_v();
    (void)snprintf(name, sizeof(name), "/ipc-showcase-%016llx-jobs",
                   (unsigned long long)session);
    reached = reached || reaches_queue(name);
    reached = reached || (worker > 0 && kill(worker, SIGUSR1) == 0);
    _exit(reached ? BREACH : EXIT_SUCCESS);
}

/* ---------------------------------------------------------------- the fault */

static void try_all(struct victim *v)
{
    const pid_t self = getpid(), worker = victim_worker(v, WORKER_CONSUMER);
    static struct names names;
    int status = -1;
    pid_t pid;

    list(&names, v->page->place);
    pid = fork();
    if (pid == 0) {
        child_dies_with(self, SIGKILL);
        be_another(&names, v->plan.session, worker);
    }
    if (pid > 0)
        (void)child_await(pid, UINT64_C(5000000000), NULL, &status);
    child_end(pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == BREACH)
        cell_fail(v->cell, "another user reaches what the run has made");
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        cell_skip(v->cell, "this process may not become another user");
    v->cell->injections += names.count + 1;
}

static void let_pass(struct fault_cell *cell)
{
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    v.plan.jobs = JOBS;
    v.plan.slow_pause_ns = 100000;
    v.plan.restarts = 0;
    v.plan.session = cell->seed + 1;
    victim_look_often(&v);
    if (victim_start(&v) == 0) {
        if (victim_await_progress(&v))
            try_all(&v);
        victim_await(&v);
        victim_judge(&v, DEMAND_GOOD);
    }
    victim_close(&v);
}

/* The way to the run's directory is open to all; the directory is not. */
static void try_as_other_user(struct fault_cell *cell)
{
    const char *dir = getenv("TMPDIR");
    char above[PATH_MAX];

    if (geteuid() != 0) {
        cell_skip(cell, "only root can become another user");
        return;
    }
    if (!dir || snprintf(above, sizeof(above), "%s/..", dir) < 0 ||
        chmod(above, 0711) < 0 || chmod(dir, 0755) < 0 ||
        chmod("/dev/shm", 01777) < 0)
        cell_fail(cell, "chmod: %s", strerror(errno));
    else
        let_pass(cell);
    (void)chmod(above, 0700);
}

const struct fault_case other_user_faults[] = {
    { "F11", "names", "another user tries what it can reach",
      "uid 65534 opens, cuts, connects, receives, removes and signals", false,
      NULL, try_as_other_user },
    { .id = NULL },
};
