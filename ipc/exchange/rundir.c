/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/rundir.h"

#include "ipc/channel_config.h"
#include "ipc/exchange/claimed.h"
#include "shared/base/fd.h"
#include "shared/dir/file.h"
#include "shared/dir/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 100 };

const char *rundir_parent(void)
{
    const char *tmp = getenv("TMPDIR");

    return tmp && tmp[0] == '/' ? tmp : "/tmp";
}

static int path_in(const char *dir, const char *name,
                   char ret_path[static PATH_MAX])
{
    return snprintf(ret_path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX
               ? 0
               : -ENAMETOOLONG;
}

/* ------------------------------------------------------------------ locks */

/* Whether a name still leads to an open file. Not by the count of its links:
 * NFS and FUSE keep one for an open file that was removed. */
static bool is_named(int fd, const char *dir, const char *name)
{
    struct stat opened, named;
    char path[PATH_MAX];

    return path_in(dir, name, path) == 0 && fstat(fd, &opened) == 0 &&
           lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

static int open_file(const char *dir, const char *name, int flags, int *ret_fd)
{
    char path[PATH_MAX];
    int r;

    r = path_in(dir, name, path);
    return r < 0 ? r : file_open(path, flags, ret_fd);
}

/* -EBUSY: somebody holds it. */
static int lock_file(const char *dir, const char *name, int flags, int *ret_fd)
{
    int fd, r;

    r = open_file(dir, name, O_RDWR | flags, &fd);
    if (r < 0)
        return r;
    r = lock_try(fd);
    /* A run that ends removes its lock: then nobody else would find ours. */
    if (r == 0 && !is_named(fd, dir, name))
        r = -EAGAIN;
    if (r < 0) {
        fd_close(&fd);
        return r == -EAGAIN ? -EBUSY : r;
    }
    *ret_fd = fd;
    return 0;
}

/* Puts a new lock, held, in the place of the one that is held. */
static int renew_lock(const char *dir, int *ret_fd)
{
    static const char draft[] = RUN_LOCK ".draft";
    char from[PATH_MAX], to[PATH_MAX];
    int fd, r;

    if (path_in(dir, draft, from) < 0 || path_in(dir, RUN_LOCK, to) < 0)
        return -ENAMETOOLONG;
    (void)unlink(from); /* one who was killed leaves it */
    r = lock_file(dir, draft, O_CREAT | O_EXCL, &fd);
    if (r < 0)
        return r;
    if (rename(from, to) < 0) {
        r = -errno;
        (void)unlink(from);
        fd_close(&fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

/* Takes the lock of a directory whose run is dead, or never was. */
static int take_lock(const char *dir, int *ret_fd)
{
    int old, r;

    r = lock_file(dir, RUN_LOCK, O_CREAT, &old);
    if (r < 0)
        return r;
    r = renew_lock(dir, ret_fd);
    fd_close(&old);
    return r;
}

bool rundir_is_dead(const char *path, const char *lock)
{
    bool dead;
    int fd, r;

    r = open_file(path, lock, O_RDONLY, &fd);
    if (r < 0) /* not for want of descriptors */
        return r == -ENOENT || r == -ENOTDIR || r == -EPROTO;
    dead = !lock_is_held(fd);
    fd_close(&fd);
    return dead;
}

bool rundir_holds(const struct rundir *rundir)
{
    return is_named(rundir->lock_fd, rundir->path, RUN_LOCK);
}

bool rundir_peer_is_there(const struct rundir *rundir)
{
    return lock_is_held(rundir->peer_fd);
}

bool rundir_peer_signed(const struct rundir *rundir)
{
    struct stat status;

    return fstat(rundir->peer_fd, &status) == 0 && status.st_size > 0;
}

/* ------------------------------------------------- descriptors in reserve */

static void give_up_spare(struct rundir *rundir)
{
    for (size_t i = 0; i < RUNDIR_SPARE; i++)
        fd_close(&rundir->spare_fd[i]);
}

/* Of one that fails some may be kept. */
static int keep_spare(struct rundir *rundir)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < RUNDIR_SPARE; i++) {
        const int fd = open(rundir->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
            r = -errno;
        else
            rundir->spare_fd[i] = fd;
    }
    return r;
}

/* ---------------------------------------------------------- the directory */

bool rundir_has(const struct rundir *rundir, const char *name)
{
    char path[PATH_MAX];

    return path_in(rundir->path, name, path) == 0 && access(path, F_OK) == 0;
}

/* Ours alone? Otherwise anybody could read the jobs or plant names. */
/* What is looked at is what was opened, and no link's end. */
int rundir_check(const char *path)
{
    struct stat status;
    int fd, r = 0;

    fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ELOOP ? -ENOTDIR : -errno;
    if (fstat(fd, &status) < 0)
        r = -errno;
    else if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
        r = -EPERM;
    fd_close(&fd);
    return r;
}

static void note_inode(struct rundir *rundir)
{
    struct stat status;

    if (lstat(rundir->path, &status) == 0)
        rundir->inode = status.st_ino;
}

static int make_once(struct rundir *ret_rundir)
{
    struct rundir rundir = { .made = true };
    int r;

    (void)snprintf(rundir.path, sizeof(rundir.path),
                   "%s/" CHANNEL_PREFIX "XXXXXX", rundir_parent());
    if (!mkdtemp(rundir.path))
        return -errno;
    r = keep_spare(&rundir);
    if (r == 0)
        r = lock_file(rundir.path, RUN_LOCK, O_CREAT, &rundir.lock_fd);
    if (r < 0) {
        give_up_spare(&rundir);
        (void)rmdir(rundir.path);
        return r;
    }
    note_inode(&rundir);
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
    while ((r == -ENOENT || r == -EBUSY) && ++tries < TRIES);
    return r;
}

static int claim_once(struct rundir *ret_rundir, const char *path)
{
    struct rundir rundir = { 0 };
    bool made, left;
    int r;

    if (snprintf(rundir.path, sizeof(rundir.path), "%s", path) >= PATH_MAX)
        return -ENAMETOOLONG;
    made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST)
        return -errno;
    /* A killed run's directory goes with ours; an empty one that somebody
     * made for us stays. */
    left = rundir_has(&rundir, RUN_LOCK);
    rundir.made = made || left;
    r = rundir_check(path);
    if (r == 0)
        r = leftovers_check(path, left);
    if (r == 0)
        r = keep_spare(&rundir);
    if (r == 0)
        r = take_lock(path, &rundir.lock_fd);
    if (r < 0) {
        give_up_spare(&rundir);
        if (made)
            (void)rmdir(path);
        return r;
    }
    note_inode(&rundir);
    *ret_rundir = rundir;
    return 0;
}

/* One whose run is just ending may go between two looks. */
int rundir_claim(struct rundir *ret_rundir, const char *path)
{
    int r, tries = 0;

    do
        r = claim_once(ret_rundir, path);
    while (r == -ENOENT && access(path, F_OK) == 0 && ++tries < TRIES);
    return r;
}

/* The workers of one that was killed may still be ending. */
int rundir_keep(struct rundir *ret_rundir, const char *path)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000000 };
    int r, tries = 0;

    while ((r = rundir_claim(ret_rundir, path)) == -EBUSY && ++tries < TRIES)
        (void)nanosleep(&pause, NULL);
    return r;
}

int rundir_resume(struct rundir *ret_rundir, const char *path)
{
    char journal[PATH_MAX];
    struct rundir rundir;
    struct leftover left;
    int r;

    r = path_in(path, JOURNAL_FILE, journal);
    if (r == 0 && access(journal, F_OK) < 0)
        r = -errno;
    if (r == 0)
        r = rundir_keep(&rundir, path);
    if (r < 0)
        return r;
    r = leftovers_sweep(rundir.path, false, &left);
    if (r < 0)
        rundir_leave(&rundir);
    else
        *ret_rundir = rundir;
    return r;
}

int rundir_begin(struct rundir *rundir, struct leftover *ret_left)
{
    int r;

    r = leftovers_sweep(rundir->path, true, ret_left);
    if (r == 0)
        r = open_file(rundir->path, PRODUCER_LOCK, O_RDWR | O_CREAT | O_EXCL,
                      &rundir->peer_fd);
    if (r == 0)
        claims_add(rundir->path);
    return r;
}

/* That it is no longer empty tells the other side. */
static int sign(int fd)
{
    return pwrite(fd, "1", 1, 0) < 0 ? -errno : 0;
}

void rundir_sign(const struct rundir *rundir)
{
    if (rundir->lock_fd > 0)
        (void)sign(rundir->lock_fd);
}

int rundir_join(struct rundir *ret_rundir, const char *path)
{
    struct rundir rundir = { 0 };
    int r;

    if (snprintf(rundir.path, sizeof(rundir.path), "%s", path) >= PATH_MAX)
        return -ENAMETOOLONG;
    r = rundir_check(path);
    if (r < 0)
        return r;
    r = open_file(path, RUN_LOCK, O_RDONLY, &rundir.peer_fd);
    if (r == 0)
        r = lock_file(path, PRODUCER_LOCK, 0, &rundir.lock_fd);
    if (r == 0 && !rundir_peer_is_there(&rundir))
        r = -ENOENT;
    if (r == 0)
        r = sign(rundir.lock_fd);
    if (r < 0) {
        rundir_leave(&rundir);
        return r == -ENOENT ? -EAGAIN : r;
    }
    *ret_rundir = rundir;
    return 0;
}

/* ------------------------------------------------------------ the removal */

/* With a lock in it, it is already the next run's. One who took that lock and
 * gave it up again may have kept the directory from going: then once more. */
static int remove_directory(const char *path, const char *lock)
{
    int r, tries = 0;

    do {
        if (rmdir(path) == 0 || errno == ENOENT)
            return 0;
        r = -errno;
        if (access(lock, F_OK) == 0)
            return 0;
    } while (r == -ENOTEMPTY && ++tries < TRIES);
    return r;
}

/* The lock goes last: as long as it is there, the rest can be found. Where an
 * open file that is removed keeps a name, it has to be closed first. */
static int remove_run(struct rundir *rundir, struct leftover *ret_left)
{
    char lock[PATH_MAX];
    int r;

    give_up_spare(rundir);
    r = leftovers_sweep(rundir->path, true, ret_left);
    if (r < 0)
        return r;
    claims_remove(rundir->path);
    if (path_in(rundir->path, RUN_LOCK, lock) == 0)
        (void)unlink(lock);
    fd_close(&rundir->lock_fd);
    fd_close(&rundir->peer_fd);
    if (!rundir->made)
        return 0;
    r = remove_directory(rundir->path, lock);
    if (r < 0) {
        ret_left->error = r;
        (void)snprintf(ret_left->name, sizeof(ret_left->name), "%s",
                       rundir->path);
    }
    return r;
}

/* If only the lock was taken away, a new one will do. */
static bool holds_again(struct rundir *rundir)
{
    struct stat status;

    if (rundir_holds(rundir))
        return true;
    fd_close(&rundir->lock_fd);
    return lstat(rundir->path, &status) == 0 &&
           status.st_ino == rundir->inode &&
           take_lock(rundir->path, &rundir->lock_fd) == 0;
}

int rundir_release(struct rundir *rundir, struct leftover *ret_left)
{
    int r = 0;

    *ret_left = (struct leftover){ 0 };
    if (rundir->path[0] && holds_again(rundir))
        r = remove_run(rundir, ret_left);
    rundir_leave(rundir);
    return r;
}

void rundir_leave(struct rundir *rundir)
{
    give_up_spare(rundir);
    fd_close(&rundir->lock_fd);
    fd_close(&rundir->peer_fd);
    *rundir = (struct rundir){ 0 };
}

/* With its lock in hand, or a run that is just being made there would lose its
 * directory. */
static int remove_dead(const char *path, struct leftover *ret_left)
{
    struct rundir rundir = { .made = true };
    int r;

    *ret_left = (struct leftover){ 0 };
    r = take_lock(path, &rundir.lock_fd);
    if (r < 0)
        return r;
    if (!rundir_is_dead(path, PRODUCER_LOCK)) {
        rundir_leave(&rundir);
        return -EBUSY;
    }
    (void)snprintf(rundir.path, sizeof(rundir.path), "%s", path);
    return rundir_release(&rundir, ret_left);
}

/* Where somebody else chose the place it may hold more than a run's. */
int rundir_clean_at(const char *path, struct leftover *ret_left)
{
    char lock[PATH_MAX];
    int r;

    *ret_left = (struct leftover){ 0 };
    r = rundir_check(path);
    if (r == 0)
        r = path_in(path, RUN_LOCK, lock);
    if (r == 0 && access(lock, F_OK) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (r == 0)
        r = leftovers_check(path, true);
    return r < 0 ? r : remove_dead(path, ret_left);
}

struct cleaning {
    bool remove;
    rundir_tell_fn *tell;
    void *arg;
    unsigned found;
};

typedef int remove_fn(const char *path, struct leftover *ret_left);

static void clean_one(struct cleaning *c, const char *path,
                      remove_fn *remove_run_at)
{
    struct leftover left = { 0 };

    if (rundir_check(path) < 0 || !rundir_is_dead(path, RUN_LOCK))
        return;
    if (c->remove)
        left.error = remove_run_at(path, &left);
    if (left.error == -EBUSY && !left.name[0]) /* another has just come */
        return;
    c->found++;
    c->tell(c->arg, path, left.error ? &left : NULL);
}

static void clean_below(struct cleaning *c, const char *parent)
{
    const struct dirent *entry;
    char path[PATH_MAX];
    DIR *dir;

    dir = opendir(parent);
    if (!dir)
        return;
    while ((entry = readdir(dir)))
        if (strncmp(entry->d_name, CHANNEL_PREFIX, strlen(CHANNEL_PREFIX)) ==
                0 &&
            path_in(parent, entry->d_name, path) == 0)
            clean_one(c, path, remove_dead);
    (void)closedir(dir);
}

/* Without its lock it is no run's any more. */
static void clean_claim(void *arg, const char *path)
{
    struct rundir rundir = { 0 };

    (void)snprintf(rundir.path, sizeof(rundir.path), "%s", path);
    if (rundir_has(&rundir, RUN_LOCK))
        clean_one(arg, path, rundir_clean_at);
    else
        claims_remove(path);
}

unsigned rundir_clean(bool remove, rundir_tell_fn *tell, void *arg)
{
    struct cleaning c = { .remove = remove, .tell = tell, .arg = arg };

    clean_below(&c, rundir_parent());
    claims_each(clean_claim, &c);
    return c.found;
}
