/* SPDX-License-Identifier: MIT */
#include "shared/dir/unnamed.h"

#include "shared/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

/* Whether an open file can be linked: by its name there. */
static bool can_link_open_files(void)
{
    return access("/proc/self/fd", F_OK) == 0;
}

static int make_draft_name(struct unnamed *file)
{
    uint64_t random;

    if (getrandom(&random, sizeof(random), 0) < 0)
        return -errno;
    (void)snprintf(file->draft, sizeof(file->draft), ".%016" PRIx64 ".draft",
                   random);
    return 0;
}

static int open_draft(struct unnamed *file, mode_t mode)
{
    int r;

    do {
        r = make_draft_name(file);
        if (r < 0)
            return r;
        file->fd = openat(file->dir_fd, file->draft,
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    } while (file->fd < 0 && errno == EEXIST);
    return file->fd < 0 ? -errno : 0;
}

static int open_any(struct unnamed *file, mode_t mode)
{
    file->fd =
        openat(file->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (file->fd >= 0 && can_link_open_files())
        return 0;
    /* How file systems and kernels without O_TMPFILE say so. */
    if (file->fd < 0 && errno != EOPNOTSUPP && errno != EISDIR &&
        errno != ENOENT)
        return -errno;
    fd_close(&file->fd);
    return open_draft(file, mode);
}

int unnamed_open(int dir_fd, mode_t mode, struct unnamed *ret_file)
{
    struct unnamed file = { .dir_fd = dir_fd };
    int r;

    r = open_any(&file, mode);
    if (r == 0)
        *ret_file = file;
    return r;
}

/* Some file systems have no links, and some cannot rename without replacing. */
static int name_draft(struct unnamed *file, const char *name)
{
    const int dir = file->dir_fd;

    if (linkat(dir, file->draft, dir, name, 0) == 0)
        return 0;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
        return -errno;
    if (renameat2(dir, file->draft, dir, name, RENAME_NOREPLACE) == 0)
        file->draft[0] = '\0';
    else if (errno != EINVAL)
        return -errno;
    else if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return -EEXIST;
    else if (renameat(dir, file->draft, dir, name) == 0)
        file->draft[0] = '\0';
    else
        return -errno;
    return 0;
}

static int link_open_file(const struct unnamed *file, const char *name)
{
    char self[32]; /* an open file, as linkat(2) takes it */

    (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", file->fd);
    return linkat(AT_FDCWD, self, file->dir_fd, name, AT_SYMLINK_FOLLOW) < 0
               ? -errno
               : 0;
}

int unnamed_name(struct unnamed *file, const char *name)
{
    return file->draft[0] ? name_draft(file, name) : link_open_file(file, name);
}

/* A link replaces nothing, and what replaces has a name. */
static int become_draft(struct unnamed *file)
{
    int r;

    do {
        r = make_draft_name(file);
        if (r == 0)
            r = link_open_file(file, file->draft);
    } while (r == -EEXIST);
    if (r < 0)
        file->draft[0] = '\0';
    return r;
}

int unnamed_replace(struct unnamed *file, const char *name)
{
    int r = file->draft[0] ? 0 : become_draft(file);

    if (r < 0)
        return r;
    if (renameat(file->dir_fd, file->draft, file->dir_fd, name) < 0)
        return -errno;
    file->draft[0] = '\0';
    return 0;
}

void unnamed_close(struct unnamed *file)
{
    if (file->draft[0])
        (void)unlinkat(file->dir_fd, file->draft, 0);
    file->draft[0] = '\0';
    fd_close(&file->fd);
}
