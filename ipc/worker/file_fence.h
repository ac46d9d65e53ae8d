/* SPDX-License-Identifier: MIT */
/*
 * file_fence.h -- which files and ports a process may still open (landlock)
 *
 *      fence_open(&fence)
 *      fence_allow(&fence, "out", FENCE_KEEP) ...
 *      fence_close(&fence)                     from here on nothing else
 *
 * Files that are open stay open. Fences add up: a second one takes away, and
 * gives nothing back. It holds for the calling thread and for the threads and
 * processes that it starts from then on.
 */
#ifndef IPC_WORKER_FILE_FENCE_H
#define IPC_WORKER_FILE_FENCE_H

#include <stdint.h>

/* What may be done with a file, or with all that is below a directory. */
enum fence_right {
    FENCE_READ,
    FENCE_WRITE, /* and read, but neither make nor remove */
    FENCE_KEEP,  /* anything but execute it, or make a device */
};

struct fence {
    int fd;
    uint64_t handled; /* rights that are taken away, of files */
    uint64_t ports;   /* likewise, of TCP ports; 0: an older kernel */
};

/* fence_missing returns what this system lacks for it, a string that stays, or
 * NULL. */
const char *fence_missing(void);

/* fence_open begins: errors of landlock_create_ruleset(2). */
int fence_open(struct fence *ret_fence);

/* fence_allow leaves a way through. What is not there needs none: 0. Errors of
 * open(2) and landlock_add_rule(2). */
int fence_allow(const struct fence *fence, const char *path,
                enum fence_right right);

/* fence_allow_port: likewise to bind and connect a TCP port. */
int fence_allow_port(const struct fence *fence, unsigned port);

/* fence_close ends it with `result`, which it returns; with 0 the process is
 * fenced in first: errors of landlock_restrict_self(2). It needs
 * PR_SET_NO_NEW_PRIVS. */
int fence_close(struct fence *fence, int result);

#endif
