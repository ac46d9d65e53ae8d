/* SPDX-License-Identifier: MIT */
#include "ipc/faults/census.h"
#include "ipc/job/image.h"
#include "ipc/job/work.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spng.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static char dir[TEST_DIR_MAX];
static struct store store;
static struct census before;

static void set_up(void)
{
    make_test_dir(dir);
    ck_assert_int_eq(store_open(dir, false, &store), 0);
    census_take(&before, dir, dir);
}

static void tear_down(void)
{
    const char *difference = census_compare(&before, CENSUS_ALL);

    ck_assert_msg(!difference, "%s", difference);
    store_close(&store);
    ck_assert_int_eq(rmdir(dir), 0);
}

/* Expects a stored file, whole and under the hash of its content, and removes
 * it. */
static void take_file(const uint8_t sha256[static STORE_SHA256_SIZE],
                      const char *extension, size_t size)
{
    uint8_t got[STORE_SHA256_SIZE];
    char name[STORE_NAME_MAX];
    unsigned char *bytes;
    int fd;

    store_name(sha256, extension, name);
    bytes = malloc(size + 1);
    ck_assert_ptr_nonnull(bytes);
    fd = openat(store.dir_fd, name, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
    ck_assert_int_eq(read(fd, bytes, size + 1), (ssize_t)size);
    (void)close(fd);
    store_sha256(bytes, size, got);
    ck_assert_mem_eq(got, sha256, STORE_SHA256_SIZE);
    ck_assert_str_eq(image_extension(bytes, size), extension);
    free(bytes);
    ck_assert_int_eq(unlinkat(store.dir_fd, name, 0), 0);
}

/* A PNG of a few hundred bytes whose thumbnail has many more. */
static unsigned char *draw_stripes(size_t *ret_size)
{
    struct spng_ihdr header = { .width = 800, .height = 800, .bit_depth = 8 };
    unsigned char *grey = malloc(800 * 800), *bytes;
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    int r;

    ck_assert_ptr_nonnull(grey);
    for (size_t i = 0; i < 800 * 800; i++)
        grey[i] = (unsigned char)(i % 800 * 64);
    (void)spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1);
    (void)spng_set_ihdr(png, &header);
    (void)spng_encode_image(png, grey, 800 * 800, SPNG_FMT_PNG,
                            SPNG_ENCODE_FINALIZE);
    bytes = spng_get_png_buffer(png, ret_size, &r);
    ck_assert_ptr_nonnull(bytes);
    spng_ctx_free(png);
    free(grey);
    return bytes;
}

static void expect_hash(const void *bytes, size_t size,
                        const uint8_t sha256[static STORE_SHA256_SIZE])
{
    uint8_t expected[STORE_SHA256_SIZE];

    store_sha256(bytes, size, expected);
    ck_assert_mem_eq(sha256, expected, STORE_SHA256_SIZE);
}

START_TEST(test_done)
{
    struct job_result result;
    unsigned char *bytes;
    size_t size;

    set_up();
    ck_assert_int_eq(image_render(1200, 900, 0, &bytes, &size), 0);
    memset(&result, 0x5a, sizeof(result));
    ck_assert_int_eq(work_image(&store, bytes, size, 400, 400, &result), 0);
    ck_assert_int_eq(result.status, JOB_DONE);
    ck_assert_str_eq(result.remark, "");
    ck_assert_uint_eq(result.thumbnail_width, 400);
    ck_assert_uint_eq(result.thumbnail_height, 300);
    expect_hash(bytes, size, result.original);
    take_file(result.original, "jpg", size);
    take_file(result.thumbnail, "jpg", result.thumbnail_size);
    free(bytes);
    tear_down();
}
END_TEST

/* What a job told of its time, and what it took. */
static bool is_plausible(const struct job_result *result, double elapsed)
{
    double sum = 0;
    bool is_longest = true;

    for (size_t i = 0; i < JOB_TASKS; i++) {
        ck_assert_uint_gt(result->task_ns[i], 0);
        sum += 1e-9 * (double)result->task_ns[i];
        is_longest &= result->task_ns[i] <= result->task_ns[WORK_RESIZE];
    }
    ck_assert_double_le(sum, elapsed);
    return is_longest && sum >= 0.8 * elapsed;
}

/* Every task has a time, together they are all of it, and it takes longest to
 * resize: where no other program is in between, so not in each round. */
START_TEST(test_times)
{
    struct job_result result;
    unsigned char *bytes;
    bool plausible = false;
    double start;
    size_t size;

    set_up();
    ck_assert_int_eq(image_render(3000, 2000, 0, &bytes, &size), 0);
    for (int round = 0; round < 50 && !plausible; round++) {
        start = seconds_now();
        ck_assert_int_eq(work_image(&store, bytes, size, 500, 500, &result), 0);
        plausible = is_plausible(&result, seconds_now() - start);
        take_file(result.original, "jpg", size);
        take_file(result.thumbnail, "jpg", result.thumbnail_size);
    }
    ck_assert(plausible);
    free(bytes);
    tear_down();
}
END_TEST

START_TEST(test_png)
{
    struct job_result result;
    unsigned char *bytes;
    size_t size;

    set_up();
    bytes = draw_stripes(&size);
    ck_assert_int_eq(work_image(&store, bytes, size, 64, 32, &result), 0);
    ck_assert_uint_eq(result.thumbnail_width, 32);
    ck_assert_uint_eq(result.thumbnail_height, 32);
    take_file(result.original, "png", size);
    take_file(result.thumbnail, "jpg", result.thumbnail_size);
    free(bytes);
    tear_down();
}
END_TEST

/* Done again, as after a crash: one effect, and the same answer. */
START_TEST(test_twice)
{
    struct job_result one, two;
    unsigned char *bytes;
    size_t size;

    set_up();
    ck_assert_int_eq(image_render(300, 200, 0, &bytes, &size), 0);
    ck_assert_int_eq(work_image(&store, bytes, size, 90, 90, &one), 0);
    ck_assert_int_eq(work_image(&store, bytes, size, 90, 90, &two), 0);
    memset(one.task_ns, 0, sizeof(one.task_ns));
    memset(two.task_ns, 0, sizeof(two.task_ns));
    ck_assert_mem_eq(&one, &two, sizeof(one));
    take_file(one.original, "jpg", size);
    take_file(one.thumbnail, "jpg", one.thumbnail_size);
    free(bytes);
    tear_down();
}
END_TEST

START_TEST(test_rejected)
{
    static const char text[] = "no image at all";
    const uint8_t zeros[STORE_SHA256_SIZE] = { 0 };
    struct job_result result;

    set_up();
    memset(&result, 0x5a, sizeof(result));
    ck_assert_int_eq(work_image(&store, text, sizeof(text), 9, 9, &result), 0);
    ck_assert_int_eq(result.status, JOB_REJECTED);
    ck_assert_str_eq(result.remark, "neither JPEG nor PNG");
    expect_hash(text, sizeof(text), result.original);
    ck_assert_mem_eq(result.thumbnail, zeros, sizeof(zeros));
    ck_assert_uint_eq(result.thumbnail_size, 0);
    ck_assert_uint_eq(result.task_ns[WORK_UPLOAD_RESIZED], 0);
    ck_assert_int_eq(work_image(&store, NULL, 0, 9, 9, &result), 0);
    ck_assert_int_eq(result.status, JOB_REJECTED);
    tear_down(); /* the store is empty */
}
END_TEST

START_TEST(test_damaged)
{
    struct job_result result;
    unsigned char *bytes;
    size_t size;

    set_up();
    ck_assert_int_eq(image_render(300, 200, 0, &bytes, &size), 0);
    ck_assert_int_eq(work_image(&store, bytes, size / 2, 90, 90, &result), 0);
    ck_assert_int_eq(result.status, JOB_DONE);
    ck_assert_ptr_nonnull(strstr(result.remark, "damaged"));
    take_file(result.original, "jpg", size / 2);
    take_file(result.thumbnail, "jpg", result.thumbnail_size);
    free(bytes);
    tear_down();
}
END_TEST

/* What is left aside of a good picture is told, too. */
START_TEST(test_broken_profile)
{
    static const char piece[] = "\xff\xd8\xff\xe2\0\x11"
                                "ICC_PROFILE\0\x01\x01?";
    const size_t more = sizeof(piece) - 1 - 2;
    struct job_result result;
    unsigned char *bytes, *with;
    size_t size;

    set_up();
    ck_assert_int_eq(image_render(300, 200, 0, &bytes, &size), 0);
    with = malloc(size + more);
    ck_assert_ptr_nonnull(with);
    memcpy(with, piece, sizeof(piece) - 1);
    memcpy(with + 2 + more, bytes + 2, size - 2);
    ck_assert_int_eq(work_image(&store, with, size + more, 90, 90, &result), 0);
    ck_assert_int_eq(result.status, JOB_DONE);
    ck_assert_ptr_nonnull(strstr(result.remark, "colour profile is broken"));
    take_file(result.original, "jpg", size + more);
    take_file(result.thumbnail, "jpg", result.thumbnail_size);
    free(with);
    free(bytes);
    tear_down();
}
END_TEST

/* Where the disk is full: at the original, or not before the thumbnail. */
START_TEST(test_no_room)
{
    struct job_result result, untouched;
    struct rlimit limit;
    unsigned char *bytes;
    size_t size;

    set_up();
    bytes = draw_stripes(&size);
    limit.rlim_max = RLIM_INFINITY;
    limit.rlim_cur = _i ? size : size - 1;
    (void)signal(SIGXFSZ, SIG_IGN);
    memset(&result, 0x5a, sizeof(result));
    untouched = result;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(work_image(&store, bytes, size, 999, 999, &result),
                     -EFBIG);
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_mem_eq(&result, &untouched, sizeof(result));
    free(bytes);
    tear_down();
}
END_TEST

START_TEST(test_no_name)
{
    struct job_result result;
    unsigned char *bytes;
    size_t size;

    if (!may_deny_calls("an upload that gets no name"))
        return;
    set_up();
    bytes = draw_stripes(&size);
    deny_call(SYS_linkat, EDQUOT); /* which names an upload */
    ck_assert_int_eq(work_image(&store, bytes, size, 99, 99, &result), -EDQUOT);
    free(bytes);
    tear_down();
}
END_TEST

START_TEST(test_task_names)
{
    ck_assert_str_eq(work_task_name(WORK_UPLOAD_ORIGINAL), "upload original");
    ck_assert_str_eq(work_task_name(WORK_CHECKSUM), "checksum");
    ck_assert_str_eq(work_task_name(WORK_RESIZE), "resize");
    ck_assert_str_eq(work_task_name(WORK_UPLOAD_RESIZED), "upload resized");
}
END_TEST

Suite *work_suite(void)
{
    Suite *suite = suite_create("work");
    TCase *tc = tcase_create("work");

    tcase_add_test(tc, test_done);
    tcase_add_test(tc, test_times);
    tcase_add_test(tc, test_png);
    tcase_add_test(tc, test_twice);
    tcase_add_test(tc, test_rejected);
    tcase_add_test(tc, test_damaged);
    tcase_add_test(tc, test_broken_profile);
    tcase_add_loop_test(tc, test_no_room, 0, 2);
    tcase_add_test(tc, test_no_name);
    tcase_add_test(tc, test_task_names);
    suite_add_tcase(suite, tc);
    return suite;
}
