/* SPDX-License-Identifier: MIT */
#include "ipc/rundir.h"

#include "ipc/channel.h"
#include "ipc/leftovers.h"
#include "shared/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAKE_TRIES = 100 };

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

/* The lock goes last: as long as it is there, the rest can be found. */
static void remove_run(const char *path, bool with_directory)
{
    if (leftovers_sweep(path) == -ENOTEMPTY)
        return;
    leftovers_remove_lock(path);
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
    r = lock_in(rundir.path, RUN_LOCK, &rundir.lock_fd);
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
    left = rundir_has(&rundir, RUN_LOCK);
    rundir.made = rundir.made || left;
    r = rundir_check(path);
    if (r == 0)
        r = leftovers_check(path, left);
    if (r == 0)
        r = lock_in(path, RUN_LOCK, &rundir.lock_fd);
    if (r < 0)
        return r;
    (void)leftovers_sweep(path);
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

    if (lock_in(path, RUN_LOCK, &fd) < 0)
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
            rundir_check(path) < 0 || !rundir_is_dead(path, RUN_LOCK))
            continue;
        found++;
        tell(path);
        if (remove)
            remove_dead(path);
    }
    (void)closedir(dir);
    return found;
}
