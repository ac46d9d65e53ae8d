/* SPDX-License-Identifier: MIT */
#include "shared/dir/tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <time.h>

enum { DESCRIPTORS = 8, TRIES = 50 };

static _Thread_local int first_error; /* nftw(3) has no argument for it */

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    if (remove(path) < 0 && errno != ENOENT && first_error == 0)
        first_error = -errno;
    return 0;
}

static int remove_once(const char *path)
{
    first_error = 0;
    if (nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) <
            0 &&
        errno != ENOENT && first_error == 0)
        first_error = -errno;
    return first_error;
}

int tree_remove(const char *path)
{
    const struct timespec pause = { .tv_nsec = 10000000 };
    int r;

    for (int i = 0; (r = remove_once(path)) == -ENOTEMPTY && i < TRIES; i++)
        (void)nanosleep(&pause, NULL);
    return r;
}
