/* SPDX-License-Identifier: MIT */
/*
 * batch.h -- many small jobs in one frame
 *
 * The payload of a frame whose header says `batch` is `count` records: each
 * its size, a little-endian u32, and its bytes, padded to a multiple of 8.
 * Their jobs have the ids that follow the header's. One header, one check of
 * it and one system call serve them all; each job is still judged alone.
 *
 * All of it stands here, to be compiled into the loops over a frame's records:
 * it takes as long as a call.
 */
#ifndef IPC_JOB_BATCH_H
#define IPC_JOB_BATCH_H

#include "ipc/job/narrow_bytes.h"

#include "shared/base/round_up.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { BATCH_PREFIX = 4, BATCH_ALIGN = 8 };

/* batch_record returns what a payload of so many bytes, at most 1 GiB, takes
 * in a frame. */
static inline size_t batch_record(size_t size)
{
    return round_up(BATCH_PREFIX + size, BATCH_ALIGN);
}

/* batch_put begins a record of `size` bytes at `at`, which has room for
 * batch_record(size), and returns where its bytes go. */
static inline void *batch_put(void *at, size_t size)
{
    unsigned char *record = at;

    /* The padding first: what is not padding is written over. */
    memset(record + batch_record(size) - BATCH_ALIGN, 0, BATCH_ALIGN);
    put_u32(record, (uint32_t)size);
    return record + BATCH_PREFIX;
}

/* Whether what is behind the bytes of a record is zero. */
static inline bool batch_is_padded(const unsigned char *record, size_t size)
{
    const size_t end = batch_record(size), padding = end - BATCH_PREFIX - size;

    return padding == 0 ||
           get_u64(record + end - BATCH_ALIGN) >> 8 * (BATCH_ALIGN - padding) ==
               0;
}

/* The rest of a payload that is being read. */
struct batch {
    const unsigned char *at;
    size_t left;
};

/* batch_next lends the next record's bytes. The size is read once; false when
 * there is no whole record. */
static inline bool batch_next(struct batch *batch, const void **ret_bytes,
                              size_t *ret_size)
{
    size_t size;

    if (batch->left < BATCH_PREFIX)
        return false;
    size = get_u32(batch->at);
    if (size > batch->left || batch_record(size) > batch->left ||
        !batch_is_padded(batch->at, size))
        return false;
    *ret_bytes = batch->at + BATCH_PREFIX;
    *ret_size = size;
    batch->at += batch_record(size);
    batch->left -= batch_record(size);
    return true;
}

#endif
