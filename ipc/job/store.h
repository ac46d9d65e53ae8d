/* SPDX-License-Identifier: MIT */
/*
 * store.h -- where uploads go: a content-addressed directory
 *
 * A file's name is the SHA-256 of its bytes, <store>/<sha256>.<ext>. It is
 * made whole or not at all (an unnamed file, linked when complete), and making
 * it twice changes nothing: so an upload that is repeated after a crash has
 * the effect of one. A crash of the process, that is: the loss of power may
 * undo it, or leave a file of that name that is empty, short or zeroed. Such a
 * file is not taken for an upload: the next one replaces it. A store that is
 * synced has an upload on the disk, the bytes and the name, when it is done.
 */
#ifndef IPC_JOB_STORE_H
#define IPC_JOB_STORE_H

#include "shared/dir/unnamed.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_SHA256_SIZE = 32,
    STORE_NAME_MAX = 2 * STORE_SHA256_SIZE + 6, /* hex, dot, ext, NUL */
    STORE_KNOWN = 64,
};

/* Several threads may use one store. */
struct store {
    int dir_fd;
    bool synced;
    pthread_mutex_t lock;
    /* Names of files that were made, or found whole, since it was opened: no
     * loss of power has come between. One for each hash of a name. */
    char known[STORE_KNOWN][STORE_NAME_MAX];
};

/* store_open makes the directory if it is not there (its parent must be).
 * Errors of mkdir and open; -ENOTDIR. */
int store_open(const char *path, bool synced, struct store *ret_store);
void store_close(struct store *store);

/* store_write uploads bytes without a name. -ENOSPC and other errors of
 * write(2). End with store_publish or unnamed_close. */
int store_write(const struct store *store, const void *bytes, size_t size,
                struct unnamed *ret_upload);

/* store_publish names the upload by its hash and ends it, also on failure. A
 * file of that name that is there already is read, unless this store knows it:
 * it stays if its bytes are those that the name tells, and is replaced
 * otherwise. Blocks until the disk has it, if the store is synced. Errors of
 * linkat(2), renameat(2), fsync(2); -EISDIR; -ENOMEM. */
int store_publish(struct store *store, struct unnamed *upload,
                  const uint8_t sha256[static STORE_SHA256_SIZE],
                  const char *extension);

/* store_sha256 computes the hash, as sha256sum(1) does. -ENOMEM. */
int store_sha256(const void *bytes, size_t size,
                 uint8_t ret_sha256[static STORE_SHA256_SIZE]);

/* store_name writes "<hex>.<ext>"; extension has at most 4 letters, or is ""
 * for the hex alone. */
void store_name(const uint8_t sha256[static STORE_SHA256_SIZE],
                const char *extension, char ret_name[static STORE_NAME_MAX]);

#endif
