/* SPDX-License-Identifier: MIT */
/*
 * far_end.h -- the receiving end of a channel whose other end is hostile
 *
 * It holds the contract (ipc/channel.h) at each step: a result is 0 or a
 * negative errno, what is lent is not empty, not above the largest message and
 * readable to its last byte; and in the end nothing is left open.
 */
#ifndef TESTS_FUZZ_FAR_END_H
#define TESTS_FUZZ_FAR_END_H

#include "ipc/channel.h"
#include "tests/fuzz/hostile.h"

#include <limits.h>
#include <pthread.h>

struct far_end {
    const struct channel_ops *ops;
    char dir[HOSTILE_DIR_MAX];
    struct channel_config config;
    void *creator, *receiver, *sender; /* states; owned */
    size_t align;       /* of what is lent: a target may lower it */
    size_t open_before; /* descriptors */
    pthread_t thread;
    int attached; /* what the thread's attach returned */
};

/* far_end_create makes the channel "jobs" in a directory of its own; false
 * where this build or system lacks the mechanism. `options` are the
 * mechanism's own, of which a 0 is as usual; or NULL. far_end_prepare does all
 * but make it: what is to be configured otherwise comes before far_end_make.
 * Pair with far_end_close. */
bool far_end_prepare(struct far_end *f, const char *mechanism, size_t frame_max,
                     size_t depth, const size_t *options);
void far_end_make(struct far_end *f);
bool far_end_create(struct far_end *f, const char *mechanism, size_t frame_max,
                    size_t depth, const size_t *options);

/* far_end_path returns the path of a file in the directory. */
const char *far_end_path(const struct far_end *f, const char *name,
                         char ret_path[static PATH_MAX]);

/* far_end_attach attaches the receiver: on zeroed bytes, or the owner on a copy
 * of the creator's. far_end_detach ends that. */
int far_end_attach(struct far_end *f, bool owner);
void far_end_detach(struct far_end *f);

/* far_end_start attaches the owner in a thread of its own, where that blocks
 * until a peer has come; far_end_join waits for it. */
void far_end_start(struct far_end *f);
int far_end_join(struct far_end *f);

/* far_end_acquire acquires, reads all of the loan, and leaves it lent. What is
 * in errno before is 0, and of no meaning. */
int far_end_acquire(struct far_end *f, const void **ret_block,
                    size_t *ret_size);
int far_end_release(struct far_end *f);

/* far_end_send sends a healthy message, of `size` bytes of that value, by a
 * sender that is attached for it. */
int far_end_send(struct far_end *f, int value, size_t size);

/* far_end_expect acquires and releases that very message. */
void far_end_expect(struct far_end *f, int value, size_t size);

/* far_end_connect connects to the channel's socket, as whoever knows the
 * session can, and names that; the owner then attaches. */
int far_end_connect(const struct far_end *f, int type);

void far_end_close(struct far_end *f);

#endif
