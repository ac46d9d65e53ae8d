/* SPDX-License-Identifier: MIT */
#include "shared/frame/turn.h"

#include "shared/base/fd.h"
#include "shared/dir/file.h"
#include "shared/dir/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const char *const suffixes[] = {
    [TURN_SENDERS] = "sender-turn",
    [TURN_RECEIVERS] = "receiver-turn",
};

static int turn_path(char ret_path[static PATH_MAX], const char *dir,
                     const char *name, enum turn_side side)
{
    int n;

    n = snprintf(ret_path, PATH_MAX, "%s/%s.%s", dir, name, suffixes[side]);
    return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int turn_open(struct turn *t, const char *dir, const char *name,
              enum turn_side side, unsigned ends)
{
    char path[PATH_MAX];
    int r;

    *t = (struct turn){ 0 };
    if (ends == 1)
        return 0;
    r = turn_path(path, dir, name, side);
    return r < 0 ? r : file_open(path, O_RDWR | O_CREAT, &t->fd);
}

void turn_close(struct turn *t)
{
    fd_close(&t->fd);
}

int turn_take(const struct turn *t)
{
    return t->fd ? lock_take(t->fd) : 0;
}

void turn_give(const struct turn *t)
{
    if (t->fd)
        (void)lock_give(t->fd);
}

void turn_remove(const char *dir, const char *name)
{
    char path[PATH_MAX];

    for (enum turn_side side = TURN_SENDERS; side <= TURN_RECEIVERS; side++)
        if (turn_path(path, dir, name, side) == 0)
            (void)unlink(path);
}
