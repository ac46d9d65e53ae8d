/* SPDX-License-Identifier: MIT */
/*
 * The fuzz targets over what is in tests/fuzz/corpus, as it is, cut and
 * changed: always the same, so that what a fuzzer once found stays found.
 */
#include "shared/base/round_up.h"
#include "tests/fuzz/targets.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEED_MAX = 32768, CUTS = 256, CHANGED = 96 };

/* The bytes end where a page begins that nobody may read: one that is read
 * beyond them ends the process, without a sanitizer too. */
static void run(const struct fuzz_target *target, const uint8_t *bytes,
                size_t size)
{
    static uint8_t *end;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t room = round_up(SEED_MAX, page);

    if (!end) {
        end = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert(end != MAP_FAILED);
        end += room;
        ck_assert_int_eq(mprotect(end, page, PROT_NONE), 0);
    }
    memcpy(end - size, bytes, size);
    ck_assert_int_eq(target->run(end - size, size), 0);
}

static void run_cut(const struct fuzz_target *target, const uint8_t *seed,
                    size_t size)
{
    for (size_t end = 0; end < size && end < CUTS; end += target->step)
        run(target, seed, end);
}

static void run_changed(const struct fuzz_target *target, uint8_t *seed,
                        size_t size)
{
    static const uint8_t values[] = { 0x00, 0x7f, 0x80, 0xff };
    uint8_t original;

    for (size_t at = 0; at < size && at < CHANGED; at += target->step) {
        original = seed[at];
        for (size_t i = 0; i < sizeof(values); i++) {
            seed[at] = values[i];
            run(target, seed, size);
        }
        seed[at] = original;
    }
}

static void run_seed(const struct fuzz_target *target, const char *path)
{
    static uint8_t seed[SEED_MAX + 1];
    FILE *file = fopen(path, "rb");
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(seed, 1, sizeof(seed), file);
    (void)fclose(file);
    ck_assert_uint_le(size, SEED_MAX);
    /* Should it be the last thing that is said. */
    printf("%s\n", path);
    (void)fflush(stdout);
    run(target, seed, size);
    run_cut(target, seed, size);
    run_changed(target, seed, size);
}

START_TEST(test_corpus)
{
    const struct fuzz_target *target = &fuzz_targets[_i];
    const struct dirent *entry;
    char path[PATH_MAX];
    unsigned seeds = 0;
    DIR *stream;

    (void)snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", target->name);
    stream = opendir(path);
    ck_assert_msg(stream, "%s is not there", path);
    while ((entry = readdir(stream))) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "tests/fuzz/corpus/%s/%s",
                       target->name, entry->d_name);
        run_seed(target, path);
        seeds++;
    }
    (void)closedir(stream);
    ck_assert_uint_gt(seeds, 0);
}
END_TEST

Suite *fuzz_suite(void)
{
    Suite *suite = suite_create("fuzz");

    for (int i = 0; i < FUZZ_TARGETS; i++)
        tcase_add_loop_test(add_case(suite, fuzz_targets[i].name, 0),
                            test_corpus, i, i + 1);
    return suite;
}
