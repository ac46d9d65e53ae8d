/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/claimed.h"

#include "shared/dir/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = 40 };

/* Opens, or makes and opens, a folder within another; -1 when it is not ours.
 * Takes over the other's descriptor. */
static int enter(int parent, const char *name, bool make)
{
    int fd;

    if (parent < 0)
        return -1;
    if (make)
        (void)mkdirat(parent, name, 0700);
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)close(parent);
    if (fd >= 0 && file_check_owner(fd) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* Opens a folder that an environment variable names by its whole path. */
static int open_named(const char *variable)
{
    const char *path = getenv(variable);
    int fd;

    if (!path || path[0] != '/')
        return -1;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return enter(fd, ".", false);
}

static int open_list(bool make)
{
    int state = open_named("XDG_STATE_HOME");

    if (state < 0)
        state = enter(enter(open_named("HOME"), ".local", make), "state", make);
    return enter(state, "ipc-showcase", make);
}

static bool name_of(const char *dir, char ret_name[static NAME_SIZE])
{
    struct stat status;

    if (lstat(dir, &status) < 0)
        return false;
    (void)snprintf(ret_name, NAME_SIZE, "%" PRIxMAX "-%" PRIxMAX,
                   (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return true;
}

void claims_add(const char *dir)
{
    char path[PATH_MAX], name[NAME_SIZE];
    int list;

    if (!realpath(dir, path) || !name_of(dir, name))
        return;
    list = open_list(true);
    if (list < 0)
        return;
    /* A directory that is gone may have had the same number. */
    if (symlinkat(path, list, name) < 0 && errno == EEXIST) {
        (void)unlinkat(list, name, 0);
        (void)!symlinkat(path, list, name);
    }
    (void)close(list);
}

void claims_remove(const char *dir)
{
    char name[NAME_SIZE];
    int list;

    if (!name_of(dir, name))
        return;
    list = open_list(false);
    if (list < 0)
        return;
    (void)unlinkat(list, name, 0);
    (void)close(list);
}

static void visit_link(int list, const char *link, claims_visit_fn *visit,
                       void *arg)
{
    char path[PATH_MAX], name[NAME_SIZE];
    ssize_t n;

    n = readlinkat(list, link, path, sizeof(path) - 1);
    if (n < 0)
        return;
    path[n] = '\0';
    if (name_of(path, name))
        visit(arg, path);
    else
        (void)unlinkat(list, link, 0);
}

void claims_each(claims_visit_fn *visit, void *arg)
{
    const struct dirent *entry;
    DIR *stream;
    int list;

    list = open_list(false);
    if (list < 0)
        return;
    stream = fdopendir(list);
    if (!stream) {
        (void)close(list);
        return;
    }
    while ((entry = readdir(stream)))
        visit_link(dirfd(stream), entry->d_name, visit, arg);
    (void)closedir(stream);
}
