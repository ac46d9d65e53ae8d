/* SPDX-License-Identifier: MIT */
/*
 * i2_mapped_file.c -- to write a file, or to map it
 *
 * Claim       To write into files is slow; a mapped file is faster.
 * Section     Interprocess communication: 1. Files
 * Experiment  updates of 64 bytes at random places of a file of 4 MiB, in
 *             turns: by pwrite(2), and by a store into the mapped file
 * Rule        CONFIRMED if pwrite takes at least 5 times as long; MOSTLY if at
 *             least 1.2 times; REFUTED if less; DEPENDS if the rounds do not
 *             separate these
 * Twin        each store is followed by msync(2) with MS_SYNC
 * Take away   A store into a mapped file needs no system call. What keeps two
 *             processes apart there, and tells when data are on the disk, is
 *             for you to add, and costs as much as elsewhere.
 * Manual      mmap(2), msync(2), pwrite(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"
#include "ipc/lab/measure/statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 4 << 20, UPDATE = 64, PAGE = 4096, BATCH = 128 };

static const uint64_t span_ns = 5000000; /* of updates of one kind */

struct target {
    int fd;
    char *map;
    bool sync;
    uint64_t random;
    char update[UPDATE];
};

static int write_update(struct target *target, size_t at)
{
    return pwrite(target->fd, target->update, UPDATE, (off_t)at) == UPDATE
               ? 0
               : -EIO;
}

static int store_update(struct target *target, size_t at)
{
    memcpy(target->map + at, target->update, UPDATE);
    return target->sync ? msync(target->map + at / PAGE * PAGE, PAGE, MS_SYNC)
                        : 0;
}

/* How long one takes, or -1: the median of batches, where one in which others
 * had the processor does not count. */
static double time_updates(struct target *target,
                           int (*update)(struct target *, size_t at))
{
    const int batch = target->sync ? 1 : BATCH; /* it may take milliseconds */
    const uint64_t start_ns = clock_ns();
    uint64_t last_ns = start_ns, batch_ns;
    double batches[STATISTICS_MAX];
    unsigned done = 0;

    while (done < STATISTICS_MAX && last_ns - start_ns < span_ns) {
        batch_ns = last_ns;
        for (int i = 0; i < batch; i++) {
            target->random = target->random * 6364136223846793005 + 1;
            if (update(target,
                       (target->random >> 33) % (SIZE / UPDATE) * UPDATE) < 0)
                return -1;
        }
        last_ns = clock_ns();
        batches[done++] = (double)(last_ns - batch_ns) / batch;
    }
    return statistics_median(batches, done);
}

static int open_target(struct target *target)
{
    static char zeros[SIZE];

    target->fd = open("mapped", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (target->fd < 0 || write(target->fd, zeros, SIZE) != SIZE)
        return -EIO;
    target->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_POPULATE, target->fd, 0);
    return target->map == MAP_FAILED ? -errno : 0;
}

static int measure(struct claim_run *run)
{
    struct target target = { .random = 1, .update = "an update" };
    double by_pwrite, by_store;
    int r = open_target(&target);

    for (unsigned round = 0; r == 0 && round < tool_rounds(run); round++) {
        target.sync = false;
        by_pwrite = time_updates(&target, write_update);
        target.sync = run->twin;
        by_store = time_updates(&target, store_update);
        if (by_pwrite < 0 || by_store < 0)
            return -EIO;
        claim_note(run, "an update by pwrite", UNIT_NS, by_pwrite);
        claim_note(run, "an update by a store", UNIT_NS, by_store);
    }
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times faster =
        claim_times(run, "an update by pwrite", "an update by a store");
    char texts[2][FIGURE_TEXT_MAX];

    claim_say(run,
              "An update of 64 bytes takes %s by pwrite and %s in the mapped "
              "file: %.3g times as long (%.3g to %.3g in %u rounds).",
              claim_value_text(run, "an update by pwrite", texts[0]),
              claim_value_text(run, "an update by a store", texts[1]),
              faster.median, faster.low, faster.high, run->figures[0].count);
    if (faster.low >= 5)
        return CLAIM_CONFIRMED;
    if (faster.low >= 1.2 && faster.high < 5)
        return CLAIM_MOSTLY;
    return faster.high < 1.2 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops i2_mapped_file_claim = {
    .id = "I2",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
