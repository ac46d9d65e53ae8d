/* SPDX-License-Identifier: MIT */
#include "ipc/job/pattern.h"
#include "tests/suites.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_TRIED = 1100, PAGE = 4096, PAGES = 16, ID = 12345 };

/* Memory of just that size, filled. */
static unsigned char *filled(size_t size, uint64_t id)
{
    unsigned char *bytes = malloc(size ? size : 1);

    ck_assert_ptr_nonnull(bytes);
    pattern_fill(bytes, size, id);
    return bytes;
}

/* The first word of job 0 is the first that SplitMix64 gives for the seed 0;
 * the next is one golden ratio further. */
START_TEST(test_golden_bytes)
{
    static const unsigned char golden[16] = {
        0xaf, 0xcd, 0x1d, 0x7b, 0x39, 0xa8, 0x20, 0xe2,
        0xc4, 0x49, 0x68, 0xfa, 0xf2, 0x21, 0x58, 0x80,
    };
    unsigned char bytes[16];

    pattern_fill(bytes, sizeof(bytes), 0);
    ck_assert_mem_eq(bytes, golden, sizeof(golden));
}
END_TEST

START_TEST(test_every_size)
{
    unsigned char *bytes;

    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        bytes = filled(size, ID);
        ck_assert_uint_eq(pattern_check(bytes, size, ID), size);
        free(bytes);
    }
}
END_TEST

/* Written there and nowhere else, wherever it begins. */
START_TEST(test_every_alignment)
{
    unsigned char bytes[200], expected[100];

    pattern_fill(expected, sizeof(expected), ID);
    for (size_t at = 1; at <= 64; at++) {
        memset(bytes, 0xaa, sizeof(bytes));
        pattern_fill(bytes + at, sizeof(expected), ID);
        ck_assert_mem_eq(bytes + at, expected, sizeof(expected));
        ck_assert_uint_eq(bytes[at - 1], 0xaa);
        ck_assert_uint_eq(bytes[at + sizeof(expected)], 0xaa);
    }
}
END_TEST

/* A longer payload begins as a shorter one does. */
START_TEST(test_prefix)
{
    unsigned char *whole = filled(SIZE_MAX_TRIED, ID), *part;

    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        part = filled(size, ID);
        ck_assert_int_eq(memcmp(part, whole, size), 0);
        free(part);
    }
    free(whole);
}
END_TEST

/* Every byte, in every payload of up to 1,100 bytes, is found at its place. */
START_TEST(test_every_byte_flipped)
{
    unsigned char *bytes;

    for (size_t size = 1; size <= SIZE_MAX_TRIED; size++) {
        bytes = filled(size, ID);
        for (size_t at = 0; at < size; at++) {
            bytes[at] ^= (unsigned char)(1u << at % 8);
            ck_assert_uint_eq(pattern_check(bytes, size, ID), at);
            bytes[at] ^= (unsigned char)(1u << at % 8);
        }
        free(bytes);
    }
}
END_TEST

START_TEST(test_first_of_many)
{
    unsigned char *bytes = filled(SIZE_MAX_TRIED, ID);

    for (size_t at = SIZE_MAX_TRIED; at-- > 0;) {
        bytes[at] ^= 0xff;
        ck_assert_uint_eq(pattern_check(bytes, SIZE_MAX_TRIED, ID), at);
    }
    free(bytes);
}
END_TEST

/* The payload of another job differs at once, also where ids are alike. */
START_TEST(test_other_id)
{
    unsigned char *bytes = filled(SIZE_MAX_TRIED, ID);

    for (unsigned bit = 0; bit < 64; bit++)
        ck_assert_uint_lt(
            pattern_check(bytes, SIZE_MAX_TRIED, ID ^ ((uint64_t)1 << bit)), 8);
    free(bytes);
}
END_TEST

static void expect_found(unsigned char *bytes, size_t at)
{
    size_t found = pattern_check(bytes, PAGES * PAGE, ID);

    ck_assert_uint_ge(found, at);
    ck_assert_uint_lt(found, at + 8);
}

/* Moved by any number of bytes: one fell out, or one was sent twice. */
START_TEST(test_shifted)
{
    unsigned char *bytes = filled(PAGES * PAGE, ID);

    for (size_t by = 1; by <= PAGE; by++)
        ck_assert_uint_lt(pattern_check(bytes + by, PAGE, ID), 8);
    memmove(bytes + PAGE, bytes + PAGE + 1, PAGE);
    expect_found(bytes, PAGE);
    free(bytes);
}
END_TEST

START_TEST(test_lost_page)
{
    unsigned char *bytes = filled(PAGES * PAGE, ID);
    unsigned char *other = filled(PAGES * PAGE, ID + 1);

    for (size_t page = PAGES; page-- > 0;) {
        memset(bytes + page * PAGE, 0, PAGE);
        expect_found(bytes, page * PAGE);
        memcpy(bytes + page * PAGE, other + page * PAGE, PAGE);
        expect_found(bytes, page * PAGE);
    }
    free(bytes);
    free(other);
}
END_TEST

START_TEST(test_swapped_pages)
{
    unsigned char *bytes = filled(PAGES * PAGE, ID);
    unsigned char page[PAGE];

    memcpy(page, bytes + 3 * PAGE, PAGE);
    memcpy(bytes + 3 * PAGE, bytes + 9 * PAGE, PAGE);
    memcpy(bytes + 9 * PAGE, page, PAGE);
    expect_found(bytes, 3 * PAGE);
    free(bytes);
}
END_TEST

Suite *pattern_suite(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tc = tcase_create("pattern");

    tcase_add_test(tc, test_golden_bytes);
    tcase_add_test(tc, test_every_size);
    tcase_add_test(tc, test_every_alignment);
    tcase_add_test(tc, test_prefix);
    tcase_add_test(tc, test_every_byte_flipped);
    tcase_add_test(tc, test_first_of_many);
    tcase_add_test(tc, test_other_id);
    tcase_add_test(tc, test_shifted);
    tcase_add_test(tc, test_lost_page);
    tcase_add_test(tc, test_swapped_pages);
    suite_add_tcase(suite, tc);
    return suite;
}
