/* SPDX-License-Identifier: MIT */
#include "shared/tree.h"

#include <ftw.h>
#include <stdio.h>

enum { DESCRIPTORS = 8 };

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

void tree_remove(const char *path)
{
    (void)nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
