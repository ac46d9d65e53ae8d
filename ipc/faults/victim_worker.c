/* SPDX-License-Identifier: MIT */
#include "ipc/faults/victim_worker.h"

#include "shared/base/fd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN_MAX = 64, LINE_ROOM = 128 };

void victim_pause_us(long us)
{
    const struct timespec pause = { us / 1000000, us % 1000000 * 1000 };

    (void)nanosleep(&pause, NULL);
}

/* Returns how many there are, as it is now. */
static unsigned list_children(const struct victim *v,
                              int ret_pids[static CHILDREN_MAX])
{
    unsigned count = 0;
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", v->pid,
                   v->pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    while (count < CHILDREN_MAX && fscanf(file, "%d", &ret_pids[count]) == 1)
        count++;
    (void)fclose(file);
    return count;
}

/* The first line of a file of proc(5) on a process; "" when there is none. */
static void read_line(pid_t pid, const char *name,
                      char ret_line[static LINE_ROOM])
{
    char path[64];
    FILE *file;

    ret_line[0] = '\0';
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    file = fopen(path, "re");
    if (!file)
        return;
    if (!fgets(ret_line, LINE_ROOM, file))
        ret_line[0] = '\0';
    (void)fclose(file);
}

static bool is_called(pid_t pid, const char *name)
{
    char line[LINE_ROOM];

    read_line(pid, "comm", line);
    line[strcspn(line, "\n")] = '\0';
    return strcmp(line, name) == 0 || strcmp(line, "threads") == 0;
}

pid_t victim_worker(const struct victim *v, enum worker_role role)
{
    int pids[CHILDREN_MAX];
    const unsigned count = list_children(v, pids);

    for (unsigned i = 0; i < count; i++)
        if (is_called(pids[i], worker_role_name(role)))
            return pids[i];
    return 0;
}

/* The parent's pid stands fourth in proc_pid_stat(5), behind a name in
 * brackets that may hold anything. */
static bool is_child_of(pid_t pid, pid_t parent)
{
    char line[LINE_ROOM];
    const char *behind;
    int found = 0;

    read_line(pid, "stat", line);
    behind = strrchr(line, ')');
    return behind && sscanf(behind, ") %*c %d", &found) == 1 && found == parent;
}

/* Of the supervisor's child, closed with fd_close; 0: it is none now. */
static int open_child(const struct victim *v, pid_t pid)
{
    int fd;

    if (pid == 0)
        return 0;
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd > 0 && !is_child_of(pid, v->pid))
        fd_close(&fd);
    return fd > 0 ? fd : 0;
}

static bool send_signal(int pidfd, int number)
{
    return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) == 0;
}

static bool signal_child(const struct victim *v, pid_t pid, int number)
{
    int fd = open_child(v, pid);
    const bool sent = fd > 0 && send_signal(fd, number);

    fd_close(&fd);
    return sent;
}

bool victim_signal(const struct victim *v, enum worker_role role, int number)
{
    return signal_child(v, victim_worker(v, role), number);
}

bool victim_signal_all(const struct victim *v, int number)
{
    int pids[CHILDREN_MAX];
    const unsigned count = list_children(v, pids);
    bool sent = false;

    for (unsigned i = 0; i < count; i++)
        sent |= signal_child(v, pids[i], number);
    return sent;
}

bool victim_stop(const struct victim *v, enum worker_role role, long us)
{
    int fd = open_child(v, victim_worker(v, role));
    bool stopped;

    if (fd == 0)
        return false;
    stopped = send_signal(fd, SIGSTOP);
    victim_pause_us(us);
    (void)send_signal(fd, SIGCONT);
    fd_close(&fd);
    return stopped;
}
