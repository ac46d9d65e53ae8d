/* SPDX-License-Identifier: MIT */
/*
 * batch.h -- many small jobs in one frame
 *
 * The payload of a frame whose header says `batch` is `count` records: each
 * its size, a little-endian u32, and its bytes, padded to a multiple of 8.
 * Their jobs have the ids that follow the header's. One header, one check of
 * it and one system call serve them all; each job is still judged alone.
 */
#ifndef SHARED_BATCH_H
#define SHARED_BATCH_H

#include <stdbool.h>
#include <stddef.h>

/* batch_record returns what a payload of so many bytes, at most 1 GiB, takes
 * in a frame. */
size_t batch_record(size_t size);

/* batch_put begins a record of `size` bytes at `at`, which has room for
 * batch_record(size), and returns where its bytes go. */
void *batch_put(void *at, size_t size);

/* What is left of a payload that is being read. */
struct batch {
    const unsigned char *at;
    size_t left;
};

/* batch_next lends the next record's bytes. The size is read once; false when
 * there is no whole record. */
bool batch_next(struct batch *batch, const void **ret_bytes, size_t *ret_size);

#endif
