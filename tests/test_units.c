/* SPDX-License-Identifier: MIT */
/* Numbers as people write and read them, and what a terminal may show. */
#include "ipc/options/quantities.h"
#include "ipc/plain_text.h"
#include "shared/base/units.h"
#include "shared/dir/space.h"
#include "tests/suites.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { UNTOUCHED = 12345 };

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* --------------------------------------------------------------- reading */

static const struct {
    const char *text;
    int r;
    size_t size;
} sizes[] = {
    { "0", 0, 0 },
    { "64", 0, 64 },
    { "64B", 0, 64 },
    { "64b", 0, 64 },
    { "64 B", 0, 64 },
    { "007", 0, 7 },
    { "4k", 0, 4096 },
    { "4K", 0, 4096 },
    { "4Ki", 0, 4096 },
    { "4KiB", 0, 4096 },
    { "4kib", 0, 4096 },
    { "4 KiB", 0, 4096 },
    { "4kB", 0, 4000 },
    { "4KB", 0, 4000 },
    { "1M", 0, 1048576 },
    { "1MiB", 0, 1048576 },
    { "1MB", 0, 1000000 },
    { "1.5MB", 0, 1500000 },
    { "1.5 MB", 0, 1500000 },
    { "0.5k", 0, 512 },
    { "1.005kB", 0, 1005 },
    { "4.35kB", 0, 4350 },
    { "1.1GB", 0, 1100000000 },
    { "2G", 0, (size_t)2 << 30 },
    { "2GiB", 0, (size_t)2 << 30 },
    { "1000000GB", 0, 1000000000000000 },
    { "", -EINVAL, 0 },
    { " ", -EINVAL, 0 },
    { "k", -EINVAL, 0 },
    { "MiB", -EINVAL, 0 },
    { " 64", -EINVAL, 0 },
    { "-1", -EINVAL, 0 },
    { "+1", -EINVAL, 0 },
    { ".5k", -EINVAL, 0 },
    { "1,5k", -EINVAL, 0 },
    { "1.2.3k", -EINVAL, 0 },
    { "1.5", -EINVAL, 0 },
    { "0.1k", -EINVAL, 0 },
    { "1.0000001k", -EINVAL, 0 },
    { "0x10", -EINVAL, 0 },
    { "1e3", -EINVAL, 0 },
    { "inf", -EINVAL, 0 },
    { "nan", -EINVAL, 0 },
    { "4kk", -EINVAL, 0 },
    { "4kiBB", -EINVAL, 0 },
    { "4KiB ", -EINVAL, 0 },
    { "4T", -EINVAL, 0 },
    { "4 apples", -EINVAL, 0 },
    { "64x64", -EINVAL, 0 },
    { "1000001GB", -ERANGE, 0 },
    { "18446744073709551616", -ERANGE, 0 },
    { "99999999999999999999999999999999999999999999G", -ERANGE, 0 },
};

START_TEST(test_size_parse)
{
    size_t size = UNTOUCHED;
    int r = size_parse(sizes[_i].text, &size);

    ck_assert_msg(r == sizes[_i].r, "\"%s\": %d", sizes[_i].text, r);
    ck_assert_msg(size == (r == 0 ? sizes[_i].size : UNTOUCHED), "\"%s\": %zu",
                  sizes[_i].text, size);
}
END_TEST

static const struct {
    const char *text;
    uint64_t minimum, maximum;
    int r;
    uint64_t number;
} numbers[] = {
    { "0", 0, 10, 0, 0 },
    { "10", 0, 10, 0, 10 },
    { "0010", 0, 10, 0, 10 },
    { "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
    { "18446744073709551616", 0, UINT64_MAX, -ERANGE, 0 },
    { "11", 0, 10, -ERANGE, 0 },
    { "0", 1, 10, -ERANGE, 0 },
    { "", 0, 10, -EINVAL, 0 },
    { " 5", 0, 10, -EINVAL, 0 },
    { "5 ", 0, 10, -EINVAL, 0 },
    { "+5", 0, 10, -EINVAL, 0 },
    { "-5", 0, UINT64_MAX, -EINVAL, 0 },
    { "5k", 0, 10, -EINVAL, 0 },
    { "0x5", 0, 10, -EINVAL, 0 },
    { "5.0", 0, 10, -EINVAL, 0 },
    { "five", 0, 10, -EINVAL, 0 },
};

START_TEST(test_number_parse)
{
    uint64_t number = UNTOUCHED;
    int r = number_parse(numbers[_i].text, numbers[_i].minimum,
                         numbers[_i].maximum, &number);

    ck_assert_msg(r == numbers[_i].r, "\"%s\": %d", numbers[_i].text, r);
    ck_assert_uint_eq(number, r == 0 ? numbers[_i].number : UNTOUCHED);
}
END_TEST

static const struct {
    const char *text;
    int r;
    unsigned width, height;
} boxes[] = {
    { "1000x750", 0, 1000, 750 },
    { "1x1", 0, 1, 1 },
    { "65500x65500", 0, 65500, 65500 },
    { "0x5", -ERANGE, 0, 0 },
    { "5x0", -ERANGE, 0, 0 },
    { "65501x1", -ERANGE, 0, 0 },
    { "1x65501", -ERANGE, 0, 0 },
    { "4294967297x1", -ERANGE, 0, 0 },
    { "1x99999999999999999999", -ERANGE, 0, 0 },
    { "", -EINVAL, 0, 0 },
    { "x", -EINVAL, 0, 0 },
    { "10", -EINVAL, 0, 0 },
    { "10x", -EINVAL, 0, 0 },
    { "x10", -EINVAL, 0, 0 },
    { "10x10x10", -EINVAL, 0, 0 },
    { "10X10", -EINVAL, 0, 0 },
    { "10 x 10", -EINVAL, 0, 0 },
    { "-10x10", -EINVAL, 0, 0 },
    { "10x-10", -EINVAL, 0, 0 },
    { "0000000000000010x10", -EINVAL, 0, 0 },
};

START_TEST(test_box_parse)
{
    unsigned width = UNTOUCHED, height = UNTOUCHED;
    int r = box_parse(boxes[_i].text, &width, &height);

    ck_assert_msg(r == boxes[_i].r, "\"%s\": %d", boxes[_i].text, r);
    ck_assert_uint_eq(width, r == 0 ? boxes[_i].width : UNTOUCHED);
    ck_assert_uint_eq(height, r == 0 ? boxes[_i].height : UNTOUCHED);
}
END_TEST

/* --------------------------------------------------------------- writing */

typedef const char *text_of(double value, char text[static UNITS_TEXT_MAX]);

static const struct {
    text_of *text_of;
    double value;
    const char *text;
} texts[] = {
    { bytes_text, 0, "0 B" },           { bytes_text, 64, "64 B" },
    { bytes_text, 999, "999 B" },       { bytes_text, 999.4, "999 B" },
    { bytes_text, 999.5, "1.00 kB" },   { bytes_text, 1000, "1.00 kB" },
    { bytes_text, 9994, "9.99 kB" },    { bytes_text, 9995, "10.0 kB" },
    { bytes_text, 99949, "99.9 kB" },   { bytes_text, 99950, "100 kB" },
    { bytes_text, 999499, "999 kB" },   { bytes_text, 999500, "1.00 MB" },
    { bytes_text, 4610000, "4.61 MB" }, { bytes_text, 999.5e6, "1.00 GB" },
    { bytes_text, 4.6e9, "4.60 GB" },   { bytes_text, 1e15, "1000000 GB" },
    { time_text, 0, "0 ns" },           { time_text, 0.4, "0 ns" },
    { time_text, 999, "999 ns" },       { time_text, 999.5, "1.00 us" },
    { time_text, 12100, "12.1 us" },    { time_text, 999499, "999 us" },
    { time_text, 999500, "1.00 ms" },   { time_text, 1.5e9, "1.50 s" },
    { time_text, 3600e9, "3600 s" },    { count_text, 0, "0.00" },
    { count_text, 7, "7.00" },          { count_text, 9.994, "9.99" },
    { count_text, 9.995, "10.0" },      { count_text, 99.94, "99.9" },
    { count_text, 99.95, "100" },       { count_text, 999.4, "999" },
    { count_text, 999.5, "1.00 k" },    { count_text, 31200, "31.2 k" },
    { count_text, 2.5e6, "2.50 M" },    { count_text, 7e12, "7000 G" },
    { count_text, -0.0, "0.00" },       { count_text, -0.001, "-" },
    { bytes_text, NAN, "-" },           { time_text, -INFINITY, "-" },
    { time_text, INFINITY, "-" },       { bytes_text, -0.0, "0 B" },
    { whole_text, 123456, "123456" },
};

START_TEST(test_text)
{
    char text[UNITS_TEXT_MAX];

    ck_assert_ptr_eq(texts[_i].text_of(texts[_i].value, text), text);
    ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

/* Whatever the number is, the text stays within its bounds. */
START_TEST(test_huge)
{
    text_of *const all[] = { bytes_text, time_text, count_text, whole_text };
    char text[UNITS_TEXT_MAX + 1];

    for (int i = 0; i < COUNT(all); i++) {
        memset(text, '#', sizeof(text));
        (void)all[i](DBL_MAX, text);
        ck_assert_uint_lt(strlen(text), UNITS_TEXT_MAX);
        ck_assert_int_eq(text[UNITS_TEXT_MAX], '#');
    }
}
END_TEST

static const struct {
    size_t size;
    const char *text;
} even_sizes[] = {
    { 0, "0 B" },
    { 1, "1 B" },
    { 1000, "1000 B" },
    { 1024, "1 KiB" },
    { 1536, "1536 B" },
    { 4096, "4 KiB" },
    { 1048576, "1 MiB" },
    { 1049600, "1025 KiB" },
    { (size_t)3 << 30, "3 GiB" },
    { (size_t)1 << 40, "1024 GiB" },
    { SIZE_MAX, "18446744073709551615 B" },
};

/* What is written can be read again. */
START_TEST(test_size_text)
{
    char text[UNITS_TEXT_MAX];
    size_t size;

    (void)size_text(even_sizes[_i].size, text);
    ck_assert_str_eq(text, even_sizes[_i].text);
    if (even_sizes[_i].size == SIZE_MAX)
        return;
    ck_assert_int_eq(size_parse(text, &size), 0);
    ck_assert_uint_eq(size, even_sizes[_i].size);
}
END_TEST

/* What is free is rounded down and what is wanted up, so that the line never
 * contradicts itself. */
START_TEST(test_space)
{
    char text[300];

    ck_assert_int_eq(space_explain(".", 1, "cure", text, 300), -ENOENT);
    ck_assert_int_eq(space_explain(".", PTRDIFF_MAX, "cure", text, 300), 0);
    ck_assert_ptr_nonnull(strstr(text, "8589934592 GiB are wanted: cure"));
    ck_assert_int_eq(space_explain("./nowhere", 1, "", text, 300), -ENOENT);
}
END_TEST

/* What a terminal may be shown of anybody's text. */
static const struct {
    const char *text, *shown;
} shown_texts[] = {
    { "", "" },
    { "photo 1.jpg", "photo 1.jpg" },
    { "\033[31mred", "\\x1b[31mred" },
    { "a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f" },
    { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" }, /* UTF-8 */
    { "\xe2\x82\xac\xf0\x9f\x90\xa7", "\xe2\x82\xac\xf0\x9f\x90\xa7" },
    { "\xc2\x9b"
      "31m",
      "\\xc2\\x9b31m" }, /* U+009B: CSI */
    { "\x9b"
      "31m",
      "\\x9b31m" },      /* CSI in Latin-1 */
    { "\xc3", "\\xc3" }, /* cut off */
    { "\xe2\x82", "\\xe2\\x82" },
    { "\xc0\x9b", "\\xc0\\x9b" }, /* overlong */
};

START_TEST(test_plain_text)
{
    char shown[100], small[8];

    ck_assert_str_eq(plain_text(shown_texts[_i].text, shown, sizeof(shown)),
                     shown_texts[_i].shown);
    ck_assert_uint_lt(strlen(plain_text(shown_texts[_i].text, small, 8)), 8);
    ck_assert_str_eq(plain_text("abc\033", small, 7), "abc");
    ck_assert_str_eq(plain_text("abc\033", small, 8), "abc\\x1b");
}
END_TEST

Suite *units_suite(void)
{
    Suite *suite = suite_create("units");
    TCase *tc = tcase_create("units");

    tcase_add_loop_test(tc, test_size_parse, 0, COUNT(sizes));
    tcase_add_loop_test(tc, test_number_parse, 0, COUNT(numbers));
    tcase_add_loop_test(tc, test_box_parse, 0, COUNT(boxes));
    tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
    tcase_add_loop_test(tc, test_plain_text, 0, COUNT(shown_texts));
    tcase_add_test(tc, test_huge);
    tcase_add_loop_test(tc, test_size_text, 0, COUNT(even_sizes));
    tcase_add_test(tc, test_space);
    suite_add_tcase(suite, tc);
    return suite;
}
