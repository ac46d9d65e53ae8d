/* SPDX-License-Identifier: MIT */
/*
 * fuzz_journal.c -- --resume reads what a killed run noted
 *
 * Bytes        records, behind the first, which is healthy. The hash of each is
 *              put right, up to one whose size cannot be: or else hardly any
 *              would be believed
 * Must hold    it is taken up; no more jobs are settled than there are, and no
 *              more rejected than settled; what is not believed is cut off;
 *              what is noted behind it is there the next time, with the rest
 */
#include "ipc/exchange/journal.h"
#include "shared/base/bytes.h"
#include "shared/dir/tree.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

enum {
    JOBS = 200,
    RECORD = 32,
    HASH = 24,
    RECORD_MOST = RECORD + JOB_REMARK_MAX
};

static const struct exchange_plan plan = {
    .pattern = PATTERN_EXCHANGE,
    .work = JOB_WORK_VERIFY,
    .jobs = JOBS,
    .size = 100,
    .producers = 2,
    .consumers = 1,
};

static const char *reason_of(void *arg, uint64_t number)
{
    (void)arg;
    (void)number;
    return "";
}

/* The bytes lie behind the first record. Returns how much of the file can be
 * believed at most: no record is longer than one with the longest text. */
static size_t put_hashes_right(unsigned char *bytes, size_t left)
{
    size_t at = 0, size, most = SIZE_MAX;

    for (; left - at >= RECORD; at += size) {
        size = get_u64(bytes + at) & UINT32_MAX;
        if (size < RECORD || size > left - at)
            break;
        if (size > RECORD_MOST && most == SIZE_MAX)
            most = RECORD + at;
        put_u64(bytes + at + HASH, 0);
        put_u64(bytes + at + HASH,
                XXH3_64bits_withSeed(bytes + at, size, RECORD + at));
    }
    return most == SIZE_MAX ? RECORD + at : most;
}

/* Likewise. */
static size_t write_journal(const char *dir, const char *path, struct hostile h)
{
    unsigned char *bytes = malloc(h.left + 1);
    struct journal j;
    size_t most;
    FILE *file;

    fuzz_require(bytes);
    memcpy(bytes, h.at, h.left);
    most = put_hashes_right(bytes, h.left);
    fuzz_require(journal_create(&j, dir, &plan) == 0);
    fuzz_require(j.end == RECORD);
    journal_close(&j);
    file = fopen(path, "ab");
    fuzz_require(file);
    fuzz_require(fwrite(bytes, 1, h.left, file) == h.left);
    fuzz_require(fclose(file) == 0);
    free(bytes);
    return most;
}

static void check_ledger(const struct ledger *l)
{
    fuzz_require(ledger_settled(l) <= JOBS);
    fuzz_require(ledger_rejected(l) <= ledger_settled(l));
    for (unsigned p = 0; p < l->producers; p++) {
        const struct account *a = &l->account[p];

        fuzz_require(a->submitted <= JOBS / plan.producers);
        for (size_t i = 0; i < a->open_count; i++)
            fuzz_require(a->open[i].id < JOBS / plan.producers);
    }
}

/* Returns how many are settled then, with one more. */
static uint64_t resume(const char *dir, const char *path, size_t most)
{
    static struct results results;
    struct stat status;
    struct journal j;
    struct ledger l;
    uint64_t settled;

    memset(&results, 0, sizeof(results));
    fuzz_require(ledger_open(&l, &plan) == 0);
    fuzz_require(journal_resume(&j, dir, &plan, &l, &results) == 0);
    check_ledger(&l);
    fuzz_require(stat(path, &status) == 0 && (uint64_t)status.st_size == j.end);
    fuzz_require(j.end <= most);
    (void)ledger_settle(&l, 1, ledger_next(&l, 1, 0), false);
    fuzz_require(journal_note(&j, &l, reason_of, NULL) == 0);
    settled = ledger_settled(&l);
    ledger_close(&l);
    journal_close(&j);
    return settled;
}

int fuzz_journal(const uint8_t *data, size_t size)
{
    char dir[HOSTILE_DIR_MAX], path[HOSTILE_DIR_MAX + sizeof("/journal")];
    uint64_t settled, again;
    size_t most;

    hostile_dir(dir);
    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    most = write_journal(dir, path, (struct hostile){ data, size });
    settled = resume(dir, path, most);
    again = resume(dir, path, SIZE_MAX);
    fuzz_require(again == settled || again == settled + 1);
    (void)tree_remove(dir);
    return 0;
}
