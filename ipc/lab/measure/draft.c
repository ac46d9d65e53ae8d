/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/draft.h"

#include <errno.h>
#include <unistd.h>

int draft_open(struct draft *draft, const char *target)
{
    draft->target = target;
    if (snprintf(draft->path, PATH_MAX, "%s.%d", target, getpid()) >= PATH_MAX)
        return -ENAMETOOLONG;
    draft->file = fopen(draft->path, "wxe");
    return draft->file ? 0 : -errno;
}

int draft_finish(struct draft *draft, int r)
{
    if (ferror(draft->file) && r == 0)
        r = -EIO;
    if (fclose(draft->file) == EOF && r == 0)
        r = -errno;
    if (r == 0 && rename(draft->path, draft->target) < 0)
        r = -errno;
    if (r < 0)
        (void)unlink(draft->path);
    return r;
}
