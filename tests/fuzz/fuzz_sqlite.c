/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sqlite.c -- sqlite finds a database that somebody else made
 *
 * Bytes        the database
 * Must hold    attach and acquire give -EPROTO, or -ENOMEM where it says that
 *              it takes a lot, or what is lent is a message; or there is none,
 *              and acquire would wait
 */
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

enum { FRAME_MAX = 100, DEPTH = 8, MESSAGES = 12 };

static void put(const struct far_end *f, const uint8_t *bytes, size_t size)
{
    char path[PATH_MAX];
    FILE *file = fopen(far_end_path(f, "jobs.db", path), "wb");

    fuzz_require(file);
    fuzz_require(fwrite(bytes, 1, size, file) == size);
    fuzz_require(fclose(file) == 0);
}

/* Where a process may have no descriptors poll(2) refuses to wait. */
static void receive(struct far_end *f)
{
    struct rlimit saved, none;
    const void *block;
    size_t size;
    int r = 0;

    fuzz_require(getrlimit(RLIMIT_NOFILE, &saved) == 0);
    none = (struct rlimit){ 0, saved.rlim_max };
    for (int i = 0; r == 0 && i < MESSAGES; i++) {
        fuzz_require(setrlimit(RLIMIT_NOFILE, &none) == 0);
        r = far_end_acquire(f, &block, &size);
        fuzz_require(setrlimit(RLIMIT_NOFILE, &saved) == 0);
        fuzz_require(r == 0 || r == -EPROTO || r == -ENOMEM || r == -EINVAL);
        if (r < 0)
            return;
        r = far_end_release(f);
        fuzz_require(r == 0 || r == -EPROTO);
    }
}

int fuzz_sqlite(const uint8_t *data, size_t size)
{
    struct far_end f;
    int r;

    if (!far_end_create(&f, "sqlite", FRAME_MAX, DEPTH, NULL))
        return 0;
    put(&f, data, size);
    r = far_end_attach(&f, false);
    fuzz_require(r == 0 || r == -EPROTO || r == -ENOMEM);
    if (r == 0)
        receive(&f);
    far_end_close(&f);
    return 0;
}
