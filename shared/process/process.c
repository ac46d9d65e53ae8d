/* SPDX-License-Identifier: MIT */
#include "shared/process/process.h"

#include "shared/base/fd.h"
#include "shared/dir/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    TEXT_MAX = 1024, /* of a file in /proc */
    PATH_SIZE = 48,
    NAME_TO_START = 20, /* fields in /proc/PID/stat, from the name on */
};

static int read_text(const char *path, char ret_text[static TEXT_MAX])
{
    ssize_t n;
    int fd, r = 0;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    n = read(fd, ret_text, TEXT_MAX - 1);
    if (n < 0)
        r = -errno;
    else
        ret_text[n] = '\0';
    fd_close(&fd);
    return r;
}

/* The fields of /proc/PID/stat that we use. */
struct status {
    char state; /* a letter of proc(5) */
    uint64_t start;
};

/* The name may hold anything, spaces and parentheses too, but no field behind
 * it does. */
static int read_status(const char *path, struct status *ret_status)
{
    char text[TEXT_MAX], *name_end, *at;
    int r;

    r = read_text(path, text);
    if (r < 0)
        return r;
    at = name_end = strrchr(text, ')');
    for (int i = 0; at && i < NAME_TO_START; i++)
        at = strchr(at + 1, ' ');
    if (!at)
        return -EPROTO;
    ret_status->state = name_end[2];
    ret_status->start = strtoull(at + 1, NULL, 10);
    return 0;
}

int process_self(struct process *ret_process)
{
    struct status status;
    struct stat space;
    int r;

    if (stat("/proc/self/ns/pid", &space) < 0)
        return -errno;
    r = read_status("/proc/self/stat", &status);
    if (r < 0)
        return r;
    *ret_process = (struct process){
        .pid = getpid(),
        .start = status.start,
        .space = space.st_ino,
    };
    return 0;
}

static int open_pidfd(pid_t pid, int *ret_pidfd)
{
    const int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (fd < 0)
        return -errno;
    *ret_pidfd = fd;
    return 0;
}

const char *process_unavailable(void)
{
    struct process self;
    const char *why = NULL;
    int fd = 0;

    if (process_self(&self) < 0)
        return "no /proc is mounted: whose a pid is cannot be told";
    /* Signal 0 is none, and reaches this process alone. */
    if (open_pidfd(self.pid, &fd) < 0 ||
        syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) < 0)
        why = "this system has no pidfds (Linux 5.3): a pid may be anybody's";
    fd_close(&fd);
    return why;
}

/* Takes a number off the text, up to the character that must follow it. */
static int take_number(const char **text, char end, uint64_t *ret_number)
{
    char *behind;

    if (**text < '1' || **text > '9')
        return -EPROTO;
    errno = 0;
    *ret_number = strtoull(*text, &behind, 10);
    if (errno != 0 || *behind != end)
        return -EPROTO;
    *text = behind + 1;
    return 0;
}

static int parse(const char *text, struct process *ret_process)
{
    struct process p = { 0 };
    uint64_t pid = 0;
    int r;

    r = take_number(&text, ' ', &pid);
    if (r == 0)
        r = take_number(&text, ' ', &p.start);
    if (r == 0)
        r = take_number(&text, '\0', &p.space);
    if (r == 0 && (pid <= 1 || pid > INT_MAX))
        r = -EPROTO;
    if (r < 0)
        return r;
    p.pid = (pid_t)pid;
    *ret_process = p;
    return 0;
}

int process_announce(const char *dir, const char *name, const char *kind)
{
    char text[RECORD_TEXT_MAX];
    struct process self;
    int r;

    r = process_self(&self);
    if (r < 0)
        return r;
    (void)snprintf(text, sizeof(text), "%d %" PRIu64 " %" PRIu64, (int)self.pid,
                   self.start, self.space);
    record_remove(dir, name, kind);
    return record_write(dir, name, kind, text);
}

int process_read(const char *dir, const char *name, const char *kind,
                 struct process *ret_process)
{
    char text[RECORD_TEXT_MAX];
    int r;

    r = record_read(dir, name, kind, text);
    return r < 0 ? r : parse(text, ret_process);
}

/* The number by which this /proc knows the process: where it was mounted in
 * another namespace than ours that is another than the pid. */
static pid_t number_in_proc(int pidfd, pid_t pid)
{
    char path[PATH_SIZE], text[TEXT_MAX];
    const char *at;

    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
    if (read_text(path, text) < 0)
        return pid;
    at = strstr(text, "\nPid:\t");
    return at ? (pid_t)strtol(at + strlen("\nPid:\t"), NULL, 10) : pid;
}

/* -ESRCH when it has ended. A signal interrupts poll(2) even where it does not
 * wait. */
static int look_whether_alive(int pidfd)
{
    struct pollfd polled = { .fd = pidfd, .events = POLLIN };
    int n;

    do
        n = poll(&polled, 1, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n > 0 ? -ESRCH : 0;
}

/* Its number cannot have been another's meanwhile, when it lives after the
 * look. */
static int look_at(int pidfd, pid_t pid, struct status *ret_status)
{
    char path[PATH_SIZE];
    int r;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat",
                   (int)number_in_proc(pidfd, pid));
    r = read_status(path, ret_status);
    if (r == -ENOENT)
        return -ESRCH;
    return r < 0 ? r : look_whether_alive(pidfd);
}

bool process_is_stopped(pid_t pid)
{
    struct status status;
    int pidfd = 0;
    bool stopped;

    if (open_pidfd(pid, &pidfd) < 0)
        return false;
    stopped = look_at(pidfd, pid, &status) == 0 &&
              (status.state == 'T' || status.state == 't');
    fd_close(&pidfd);
    return stopped;
}

int process_open(const struct process *process, int *ret_pidfd)
{
    struct status status;
    struct process self;
    int fd = 0, r;

    r = process_self(&self);
    if (r < 0)
        return r;
    if (process->space != self.space)
        return -EREMOTE;
    r = open_pidfd(process->pid, &fd);
    if (r < 0)
        return r;
    r = look_at(fd, process->pid, &status);
    if (r == 0 && status.start != process->start)
        r = -ESRCH;
    if (r < 0)
        fd_close(&fd);
    else
        *ret_pidfd = fd;
    return r;
}
