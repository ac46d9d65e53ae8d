/* SPDX-License-Identifier: MIT */
#include "ipc/rundir.h"

#include "ipc/channel.h"
#include "shared/fd.h"
#include "shared/record.h"
#include "shared/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAKE_TRIES = 100, SWEEP_TRIES = 100 };

static const char run_lock[] = "consumer.lock";

static const char *temporary(void)
{
    const char *tmp = getenv("TMPDIR");

    return tmp && tmp[0] == '/' ? tmp : "/tmp";
}

/* Whether an open file still has its name. */
static bool is_linked(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

static int lock_in(const char *path, const char *lock, int *ret_fd)
{
    char name[PATH_MAX];
    int fd, r;

    if (snprintf(name, sizeof(name), "%s/%s", path, lock) >= PATH_MAX)
        return -ENAMETOOLONG;
    fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = fd_try_lock(fd);
    /* A run that ends removes its lock: then nobody else would find ours. */
    if (r == 0 && !is_linked(fd))
        r = -EAGAIN;
    if (r < 0) {
        fd_close(&fd);
        return r == -EAGAIN ? -EBUSY : r;
    }
    *ret_fd = fd;
    return 0;
}

bool rundir_has(const struct rundir *rundir, const char *name)
{
    char path[PATH_MAX];

    return snprintf(path, sizeof(path), "%s/%s", rundir->path, name) <
               PATH_MAX &&
           access(path, F_OK) == 0;
}

/* Ours alone? Otherwise anybody could read the jobs or plant names. */
int rundir_check(const char *path)
{
    struct stat status;

    if (lstat(path, &status) < 0)
        return -errno;
    if (!S_ISDIR(status.st_mode))
        return -ENOTDIR;
    if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
        return -EPERM;
    return 0;
}

/* Whether it is a name that a run makes there: "jobs.sock", "jobs-2.mq". */
static bool is_run_name(const char *name)
{
    static const char *const stems[] = { "jobs",     "results",  "ready",
                                         "consumer", "producer", "redis",
                                         "store",    "report",   "trace" };
    const char *rest;

    for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
        if (strncmp(name, stems[i], strlen(stems[i])) != 0)
            continue;
        rest = name + strlen(stems[i]);
        if (rest[0] == '-' && isdigit((unsigned char)rest[1]))
            rest += 1 + strspn(rest + 1, "0123456789");
        if (rest[0] == '.' || rest[0] == '\0')
            return true;
    }
    return false;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Calls visit for each entry until it returns other than 0. */
static int each_entry(const char *path,
                      int (*visit)(const char *path, const char *name))
{
    struct dirent *entry;
    DIR *dir;
    int r = 0;

    dir = opendir(path);
    if (!dir)
        return -errno;
    while (r == 0 && (entry = readdir(dir)))
        if (!is_dot(entry->d_name))
            r = visit(path, entry->d_name);
    (void)closedir(dir);
    return r;
}

static int refuse_foreign(const char *path, const char *name)
{
    (void)path;
    return is_run_name(name) ? 0 : -ENOTEMPTY;
}

/* Without a run's lock nothing is a run's, whatever its name: but for the lock
 * of a producer that came when its consumer had just gone. */
static int refuse_any(const char *path, const char *name)
{
    (void)path;
    return strcmp(name, "producer.lock") == 0 ? 0 : -ENOTEMPTY;
}

/* Things outside the directory, by what a record says of them. The text is
 * from a file: only what a run could have made is removed. */

static bool is_global_name(const char *text)
{
    static const char prefix[] = "/" CHANNEL_PREFIX;

    return strncmp(text, prefix, strlen(prefix)) == 0 && !strchr(text + 1, '/');
}

static void remove_queue(const char *text)
{
    if (is_global_name(text))
        (void)mq_unlink(text);
}

static void remove_memory(const char *text)
{
    if (is_global_name(text))
        (void)shm_unlink(text);
}

/* A key says nothing of whose queue it is: but the mode of ours and its maker
 * do. */
static void remove_sysv_queue(const char *text)
{
    struct msqid_ds about;
    char *end;
    long key = strtol(text, &end, 10);
    int queue;

    if (end == text || *end || key <= 0 || key > INT_MAX)
        return;
    queue = msgget((key_t)key, 0);
    if (queue >= 0 && msgctl(queue, IPC_STAT, &about) == 0 &&
        about.msg_perm.cuid == geteuid() &&
        (about.msg_perm.mode & 0777) == 0600)
        (void)msgctl(queue, IPC_RMID, NULL);
}

static const struct {
    const char *kind;
    void (*remove)(const char *text);
} removers[] = {
    { "mq", remove_queue },
    { "shm", remove_memory },
    { "sysv-mq", remove_sysv_queue },
};

/* Removes the thing that a record names. Other files are not opened: one may
 * be a FIFO, and wait. */
static void remove_recorded(const char *dir, const char *name)
{
    char stem[NAME_MAX + 1], text[RECORD_TEXT_MAX], *dot;

    (void)snprintf(stem, sizeof(stem), "%s", name);
    dot = strrchr(stem, '.');
    if (!dot)
        return;
    *dot = '\0';
    for (size_t i = 0; i < sizeof(removers) / sizeof(removers[0]); i++)
        if (strcmp(removers[i].kind, dot + 1) == 0 &&
            record_read(dir, stem, dot + 1, text) == 0)
            removers[i].remove(text);
}

static int remove_file(const char *path, const char *name)
{
    char full[PATH_MAX];

    if (snprintf(full, sizeof(full), "%s/%s", path, name) < PATH_MAX)
        (void)unlink(full);
    return 0;
}

/* What a run makes, but its lock. */
static bool is_swept(const char *name)
{
    return is_run_name(name) && strcmp(name, run_lock) != 0;
}

static int remove_entry(const char *path, const char *name)
{
    char full[PATH_MAX];

    if (!is_swept(name) ||
        snprintf(full, sizeof(full), "%s/%s", path, name) >= PATH_MAX)
        return 0;
    remove_recorded(path, name);
    tree_remove(full);
    return 0;
}

static int refuse_left(const char *path, const char *name)
{
    (void)path;
    return is_swept(name) ? -ENOTEMPTY : 0;
}

/* Removes what a run makes, but its lock, which the caller holds. A producer
 * that does not know yet may put a message into what is being removed: then
 * once more. -ENOTEMPTY: something is left. */
static int sweep(const char *path)
{
    int r, tries = 0;

    do {
        (void)each_entry(path, remove_entry);
        r = each_entry(path, refuse_left);
    } while (r == -ENOTEMPTY && ++tries < SWEEP_TRIES);
    return r;
}

/* The lock goes last: as long as it is there, the rest can be found. */
static void remove_run(const char *path, bool with_directory)
{
    if (sweep(path) == -ENOTEMPTY)
        return;
    (void)remove_file(path, run_lock);
    if (with_directory)
        (void)rmdir(path);
}

static int make_once(struct rundir *ret_rundir)
{
    struct rundir rundir = { .made = true };
    int r;

    (void)snprintf(rundir.path, sizeof(rundir.path),
                   "%s/" CHANNEL_PREFIX "XXXXXX", temporary());
    if (!mkdtemp(rundir.path))
        return -errno;
    r = lock_in(rundir.path, run_lock, &rundir.lock_fd);
    if (r < 0) {
        (void)rmdir(rundir.path);
        return r;
    }
    *ret_rundir = rundir;
    return 0;
}

/* Before it has its lock a new directory looks like a dead run's, and may be
 * cleaned away. */
int rundir_make(struct rundir *ret_rundir)
{
    int r, tries = 0;

    do
        r = make_once(ret_rundir);
    while ((r == -ENOENT || r == -EBUSY) && ++tries < MAKE_TRIES);
    return r;
}

int rundir_claim(struct rundir *ret_rundir, const char *path)
{
    struct rundir rundir = { 0 };
    bool left;
    int r;

    if (snprintf(rundir.path, sizeof(rundir.path), "%s", path) >= PATH_MAX)
        return -ENAMETOOLONG;
    if (mkdir(path, 0700) == 0)
        rundir.made = true;
    else if (errno != EEXIST)
        return -errno;
    /* A killed run's directory goes with ours; an empty one that somebody
     * made for us stays. */
    left = rundir_has(&rundir, run_lock);
    rundir.made = rundir.made || left;
    r = rundir_check(path);
    if (r == 0)
        r = each_entry(path, left ? refuse_foreign : refuse_any);
    if (r == 0)
        r = lock_in(path, run_lock, &rundir.lock_fd);
    if (r < 0)
        return r;
    (void)sweep(path);
    *ret_rundir = rundir;
    return 0;
}

int rundir_join(struct rundir *ret_rundir, const char *path, const char *lock)
{
    struct rundir rundir = { 0 };
    int r;

    if (snprintf(rundir.path, sizeof(rundir.path), "%s", path) >= PATH_MAX)
        return -ENAMETOOLONG;
    r = rundir_check(path);
    if (r == 0)
        r = lock_in(path, lock, &rundir.lock_fd);
    if (r < 0)
        return r;
    *ret_rundir = rundir;
    return 0;
}

void rundir_release(struct rundir *rundir)
{
    if (!rundir->path[0])
        return;
    remove_run(rundir->path, rundir->made);
    rundir_leave(rundir);
}

void rundir_leave(struct rundir *rundir)
{
    fd_close(&rundir->lock_fd);
    *rundir = (struct rundir){ 0 };
}

bool rundir_is_dead(const char *path, const char *lock)
{
    char name[PATH_MAX];
    bool dead;
    int fd;

    if (snprintf(name, sizeof(name), "%s/%s", path, lock) >= PATH_MAX)
        return true;
    fd = open(name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) /* not for want of descriptors */
        return errno == ENOENT || errno == ENOTDIR;
    dead = !fd_is_locked(fd);
    fd_close(&fd);
    return dead;
}

/* Removes a dead run. With its lock in hand, or a run that is just being made
 * there would lose its directory. */
static void remove_dead(const char *path)
{
    int fd;

    if (lock_in(path, run_lock, &fd) < 0)
        return;
    remove_run(path, true);
    fd_close(&fd);
}

unsigned rundir_clean(bool remove, rundir_tell_fn *tell)
{
    char path[PATH_MAX];
    struct dirent *entry;
    unsigned found = 0;
    DIR *dir;

    dir = opendir(temporary());
    if (!dir)
        return 0;
    while ((entry = readdir(dir))) {
        if (strncmp(entry->d_name, CHANNEL_PREFIX, strlen(CHANNEL_PREFIX)) ||
            snprintf(path, sizeof(path), "%s/%s", temporary(), entry->d_name) >=
                PATH_MAX ||
            rundir_check(path) < 0 || !rundir_is_dead(path, run_lock))
            continue;
        found++;
        tell(path);
        if (remove)
            remove_dead(path);
    }
    (void)closedir(dir);
    return found;
}
