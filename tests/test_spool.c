/* SPDX-License-Identifier: MIT */
/* The messages in a directory: their names, their order, and other files. */
#include "queues/spool_directory.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/failing_calls.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SENDERS = 3, CAPACITY = 50 };

static char dir[TEST_DIR_MAX];
static struct spool spool;
static int dir_fd;

static void set_up(void)
{
    make_test_dir(dir);
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(spool_open(&spool, dir_fd, SENDERS, CAPACITY), 0);
}

static void tear_down(void)
{
    spool_close(&spool);
    spool_close(&spool);
    fd_close(&dir_fd);
    spool_remove(dir);
    ck_assert_int_lt(access(dir, F_OK), 0);
    spool_remove(dir); /* there is nothing */
}

static void put(const char *name, const char *text)
{
    int fd =
        openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
    ck_assert_int_eq(write_all(fd, text, strlen(text)), 0);
    fd_close(&fd);
}

static void put_message(uint64_t number, unsigned sender)
{
    const struct spool_entry entry = { number, sender };
    char name[SPOOL_NAME_MAX];

    put(spool_name(&entry, name), "x");
}

START_TEST(test_order)
{
    size_t count;

    for (unsigned i = 0; i < 30; i++)
        put_message((i * 7) % 30, i % SENDERS);
    ck_assert_int_eq(spool_read(&spool), 0);
    ck_assert_uint_eq(spool.count, 30);
    for (unsigned i = 0; i < 30; i++)
        ck_assert_uint_eq(spool.list[i].number, i);
    ck_assert_int_eq(spool_count(&spool, &count), 0);
    ck_assert_uint_eq(count, 30);
}
END_TEST

/* Of one number the senders come in their order, and large ones stay whole. */
START_TEST(test_ties)
{
    put_message(UINT64_MAX - 1, 2);
    put_message(UINT64_MAX - 1, 0);
    put_message(5, 1);
    ck_assert_int_eq(spool_read(&spool), 0);
    ck_assert_uint_eq(spool.count, 3);
    ck_assert_uint_eq(spool.list[0].sender, 1);
    ck_assert_uint_eq(spool.list[1].sender, 0);
    ck_assert_uint_eq(spool.list[2].sender, 2);
    ck_assert_uint_eq(spool.list[2].number, UINT64_MAX - 1);
}
END_TEST

/* What is not called as a message is none. */
START_TEST(test_other_names)
{
    static const char *const names[] = {
        "claimed-0",
        "readme",
        "0000000000000001-0003",
        "1-0",
        "000000000000000A-0000",
        "0000000000000001-00000",
        "ffffffffffffffff-0000",
        "0000000000000001-0000x",
        "-",
        " 1-0",
        "0x00000000000001-0000",
        "+000000000000001-0000",
    };
    size_t count;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        put(names[i], "x");
    ck_assert_int_eq(spool_read(&spool), 0);
    ck_assert_uint_eq(spool.count, 0);
    ck_assert_int_eq(spool_count(&spool, &count), 0);
    ck_assert_uint_eq(count, 0);
}
END_TEST

/* Behind what lies there of its own, wherever the others are. */
START_TEST(test_next)
{
    uint64_t next = 77;

    put_message(5, 1);
    put_message(3, 1);
    put_message(9, 2);
    ck_assert_int_eq(spool_next(&spool, 1, &next), 0);
    ck_assert_uint_eq(next, 6);
    ck_assert_int_eq(spool_next(&spool, 0, &next), 0);
    ck_assert_uint_eq(next, 0);
}
END_TEST

START_TEST(test_too_many)
{
    for (unsigned i = 0; i < CAPACITY; i++)
        put_message(i, 0);
    ck_assert_int_eq(spool_read(&spool), 0);
    ck_assert_uint_eq(spool.count, CAPACITY);
    put_message(CAPACITY, 0);
    ck_assert_int_eq(spool_read(&spool), -EPROTO);
    ck_assert_uint_eq(spool.count, 0);
}
END_TEST

START_TEST(test_load)
{
    char buffer[10];
    size_t size = 77;

    put("whole", "12345");
    put("empty", "");
    put("long", "12345678901");
    ck_assert_int_eq(spool_load(&spool, "whole", buffer, 10, &size), 0);
    ck_assert_uint_eq(size, 5);
    ck_assert_mem_eq(buffer, "12345", 5);
    ck_assert_int_eq(spool_load(&spool, "whole", buffer, 4, &size), -EPROTO);
    ck_assert_int_eq(spool_load(&spool, "empty", buffer, 10, &size), -EPROTO);
    ck_assert_int_eq(spool_load(&spool, "long", buffer, 10, &size), -EPROTO);
    ck_assert_int_eq(spool_load(&spool, "none", buffer, 10, &size), -ENOENT);
    ck_assert_int_eq(symlinkat("whole", dir_fd, "link"), 0);
    ck_assert_int_eq(spool_load(&spool, "link", buffer, 10, &size), -ELOOP);
    ck_assert_int_eq(mkfifoat(dir_fd, "fifo", 0600), 0);
    ck_assert_int_eq(spool_load(&spool, "fifo", buffer, 10, &size), -EPROTO);
    ck_assert_int_eq(spool_load(&spool, ".", buffer, 10, &size), -EPROTO);
    ck_assert_uint_eq(size, 5);
}
END_TEST

/* A file that says it is longer than it is, as those of the kernel's do. */
START_TEST(test_shrunk)
{
    char buffer[1 << 16];
    struct spool kernels;
    size_t size;
    int fd = open("/sys/kernel", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || faccessat(fd, "uevent_seqnum", R_OK, 0) < 0) {
        printf("skipped: there is no /sys/kernel/uevent_seqnum\n");
        return;
    }
    ck_assert_int_eq(spool_open(&kernels, fd, SENDERS, CAPACITY), 0);
    ck_assert_int_eq(
        spool_load(&kernels, "uevent_seqnum", buffer, sizeof(buffer), &size),
        -EPROTO);
    spool_close(&kernels);
    fd_close(&fd);
}
END_TEST

START_TEST(test_load_fails)
{
    const char *failed = "";
    char buffer[10];
    size_t size;
    int error, r;

    put("whole", "12345");
    for (unsigned n = 1; failed; n++) {
        calls_fail(n);
        r = spool_load(&spool, "whole", buffer, sizeof(buffer), &size);
        failed = calls_failed(&error);
        ck_assert_msg(r == (failed ? -error : 0), "%s: %s", failed,
                      strerror(-r));
    }
    ck_assert_uint_eq(size, 5);
}
END_TEST

/* Or an older message would be passed over. */
START_TEST(test_unreadable)
{
    const char *failed;
    int error, r;

    put_message(0, 0);
    put_message(1, 0);
    for (unsigned n = 1;; n++) {
        calls_fail(n);
        r = spool_read(&spool);
        failed = calls_failed(&error);
        ck_assert_msg(r == (failed ? -error : 0), "%s: %s", failed,
                      strerror(-r));
        ck_assert_uint_eq(spool.count, failed ? 0 : 2);
        if (!failed)
            break;
    }
}
END_TEST

Suite *spool_suite(void)
{
    Suite *suite = suite_create("spool");
    TCase *tc = tcase_create("spool");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_order);
    tcase_add_test(tc, test_ties);
    tcase_add_test(tc, test_other_names);
    tcase_add_test(tc, test_next);
    tcase_add_test(tc, test_too_many);
    tcase_add_test(tc, test_load);
    tcase_add_test(tc, test_shrunk);
    tcase_add_test(tc, test_load_fails);
    tcase_add_test(tc, test_unreadable);
    suite_add_tcase(suite, tc);
    return suite;
}
