/* SPDX-License-Identifier: MIT */
/* Where the system has less than a mechanism wants: a small /dev/shm, a full
 * file system, used up queues, signals and descriptors. It makes do, or says in
 * one line what ran out, how much of it there is, and what to do. */
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TEST_LIMIT_S = 120 };

static struct program consumer, producer, demo;

/* A file system of that size, for this test and its programs. Only root can. */
static bool mount_small(const char *path, const char *size)
{
    char options[40];

    (void)snprintf(options, sizeof(options), "size=%s", size);
    if (unshare(CLONE_NEWNS) == 0 &&
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tmpfs", path, "tmpfs", 0, options) == 0)
        return true;
    (void)printf("not tested, nothing may be mounted here: %s of %s\n", path,
                 size);
    return false;
}

/* Of this test's own queues: only root can. */
static bool set_limit(const char *path, const char *value)
{
    const bool own = unshare(CLONE_NEWIPC) == 0;
    int fd = own ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    bool good =
        fd > 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

    if (fd > 0)
        (void)close(fd);
    if (!good)
        (void)printf("not tested, it may not be set: %s\n", path);
    return good;
}

static void expect_line(const struct program *p, const char *const parts[],
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        program_expect_line(p, 1, parts[0], parts[i]);
}

/* ------------------------------------------------------- shared memory */

static const char *const in_shm[] = { "ring", "ring-mpmc" };

/* As much as a container gets: all defaults, and a job of the largest size. */
START_TEST(test_container)
{
    static const char *const jobs[] = { "--size 64 --jobs 2000",
                                        "--size 32MiB --jobs 6" };

    if (!mount_small("/dev/shm", "64m"))
        return;
    place_open();
    program_zero(&consumer);
    program_start(&consumer, "%s consume --at x --store %s", in_shm[_i / 2],
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    program_run(&producer, "%s produce --at x --work verify %s", in_shm[_i / 2],
                jobs[_i % 2]);
    program_wait(&consumer);
    program_expect(&producer, 0, NULL, "good: ");
    program_expect(&consumer, 0, NULL, "good: ");
    place_close();
}
END_TEST

START_TEST(test_tiny_shm)
{
    static const char *const parts[] = {
        "create jobs: /dev/shm: ", " free of 1 MiB, and ",
        " MiB are wanted: ", "--max", "--shm-size"
    };

    if (!mount_small("/dev/shm", "1m"))
        return;
    place_open();
    program_run(&consumer, "%s consume --at x --store %s", in_shm[_i],
                in_place("store"));
    expect_line(&consumer, parts, sizeof(parts) / sizeof(parts[0]));
    place_close();
}
END_TEST

/* ------------------------------------------------------- the file system */

/* Of the run's directory, before the start. */
START_TEST(test_full_directory)
{
    static const char *const in_files[] = { "mmap-file", "signal-doorbell",
                                            "sqlite" };
    static const char *const parts[] = {
        "create ",   "made/full/x: ", " free of 16 KiB, and ",
        " wanted: ", "--max",         "--at"
    };

    place_open();
    ck_assert_int_eq(mkdir(in_place("full"), 0700), 0);
    if (mount_small(in_place("full"), "16k")) {
        program_run(&consumer, "%s consume --at %s/x --store %s", in_files[_i],
                    in_place("full"), in_place("store"));
        expect_line(&consumer, parts, sizeof(parts) / sizeof(parts[0]));
        ck_assert_int_eq(umount(in_place("full")), 0);
    }
    ck_assert_int_eq(rmdir(in_place("full")), 0);
    place_close();
}
END_TEST

/* In the middle: a message does not fit. */
START_TEST(test_full_in_run)
{
    static const char *const in_files[] = { "spool", "json-file", "sqlite" };

    place_open();
    ck_assert_int_eq(mkdir(in_place("full"), 0700), 0);
    if (mount_small(in_place("full"), "600k")) {
        program_zero(&consumer);
        program_start(&consumer, "%s consume --at %s/x --store %s",
                      in_files[_i], in_place("full"), in_place("store"));
        program_await(&consumer, "waiting for a producer: ");
        program_run(&producer,
                    "%s produce --at %s/x --work verify --size 2MiB --jobs 9",
                    in_files[_i], in_place("full"));
        program_wait(&consumer);
        program_expect(&producer, 1, NULL, "made/full/x: ");
        program_expect(&producer, 1, NULL, " free of 600 KiB, and ");
        ck_assert_int_eq(consumer.status, 1);
        ck_assert_int_eq(umount(in_place("full")), 0);
    }
    ck_assert_int_eq(rmdir(in_place("full")), 0);
    place_close();
}
END_TEST

/* The store's is another. */
START_TEST(test_full_store)
{
    place_open();
    ck_assert_int_eq(mkdir(in_place("full"), 0700), 0);
    if (mount_small(in_place("full"), "64k")) {
        program_run(&demo, "pipe demo --jobs 1 --store %s/store",
                    in_place("full"));
        program_expect(&demo, 1, "", "made/full/store: its file system has ");
        program_expect(&demo, 1, "", " free of 64 KiB");
        ck_assert_int_eq(umount(in_place("full")), 0);
    }
    ck_assert_int_eq(rmdir(in_place("full")), 0);
    place_close();
}
END_TEST

/* ------------------------------------------------------------ the kernel's */

static struct {
    int resource;
    rlim_t value;
} lowered;

static void lower(void)
{
    const struct rlimit limit = { lowered.value, lowered.value };

    if (setrlimit((__rlimit_resource_t)lowered.resource, &limit) < 0)
        _exit(126);
}

static void run_with(int resource, rlim_t value, const char *mechanism)
{
    lowered.resource = resource;
    lowered.value = value;
    program_zero(&demo);
    demo.prepare = lower;
    program_start(&demo, "%s consume --at x --store %s", mechanism,
                  in_place("store"));
    program_wait(&demo);
}

static void deny_barriers(void)
{
    deny_call(SYS_membarrier, EPERM);
}

/* As where a container's filter does not know of membarrier(2). */
START_TEST(test_no_barriers)
{
    static const char *const names[] = { "ring", "mmap-file", "process-vm" };

    if (!may_deny_calls("a system without membarrier(2)"))
        return;
    place_open();
    program_zero(&demo);
    demo.prepare = deny_barriers;
    program_start(&demo, "%s demo --jobs 40 --store %s", names[_i],
                  in_place("store"));
    program_wait(&demo);
    program_expect(&demo, 0, "good: ", NULL);
    place_close();
}
END_TEST

START_TEST(test_queue_memory)
{
    static const char *const parts[] = { "create jobs: ", " 1000 bytes ",
                                         "RLIMIT_MSGQUEUE",
                                         "10 messages of 8192 bytes",
                                         "ulimit -q" };

    place_open();
    run_with(RLIMIT_MSGQUEUE, 1000, "posix-mq");
    expect_line(&demo, parts, sizeof(parts) / sizeof(parts[0]));
    place_close();
}
END_TEST

START_TEST(test_signals)
{
    static const char *const parts[] = { "create jobs: ", "RLIMIT_SIGPENDING",
                                         " 7 signals", "ulimit -i" };

    place_open();
    run_with(RLIMIT_SIGPENDING, 7, "signal-words");
    expect_line(&demo, parts, sizeof(parts) / sizeof(parts[0]));
    place_close();
}
END_TEST

START_TEST(test_limit_of_queues)
{
    static const char *const limits[] = { "/proc/sys/kernel/msgmni",
                                          "/proc/sys/fs/mqueue/queues_max" };
    static const char *const mechanisms_of[] = { "sysv-mq", "posix-mq" };
    const char *const parts[] = { "create jobs: ", " in use (", limits[_i] };

    if (!set_limit(limits[_i], "0"))
        return;
    place_open();
    program_run(&demo, "%s consume --at x --store %s", mechanisms_of[_i],
                in_place("store"));
    expect_line(&demo, parts, 3);
    place_close();
}
END_TEST

/* Of a System V queue messages are as long as the kernel takes them. */
START_TEST(test_short_messages)
{
    if (!set_limit("/proc/sys/kernel/msgmax", "100"))
        return;
    place_open();
    program_run(&demo, "sysv-mq demo --jobs 1 --image %s --store %s",
                place_add_picture("photo.jpg"), in_place("store"));
    program_expect(&demo, 0, "good", "");
    program_run(&demo,
                "sysv-mq demo --jobs 1 --set message-size=200 --store %s",
                in_place("store"));
    program_expect(&demo, 1, "", "/proc/sys/kernel/msgmax");
    place_close();
}
END_TEST

/* libzmq aborts for want of a descriptor: it is told before, however few there
 * are. */
START_TEST(test_descriptors)
{
    bool enough = false;

    place_open();
    (void)place_add_picture("photo.jpg");
    for (rlim_t count = 8; count < 200 && !enough; count += 3) {
        lowered.resource = RLIMIT_NOFILE;
        lowered.value = count;
        program_zero(&demo);
        demo.prepare = lower;
        program_start(&demo, "zeromq demo --jobs 1 --image %s --store %s",
                      in_place("photo.jpg"), in_place("store"));
        program_wait(&demo);
        enough = demo.status == 0;
        if (!enough && (demo.status != 1 || strstr(demo.err_text, "Aborted") ||
                        strstr(demo.err_text, "SIGABRT")))
            program_fail(&demo, "aborted, or worse");
    }
    ck_assert(enough);
    place_close();
}
END_TEST

Suite *limits_suite(void)
{
    Suite *suite = suite_create("limits");
    TCase *tc = add_case(suite, "space", TEST_LIMIT_S);

    tcase_add_loop_test(tc, test_container, 0, 4);
    tcase_add_loop_test(tc, test_tiny_shm, 0, 2);
    tcase_add_loop_test(tc, test_full_directory, 0, 3);
    tcase_add_loop_test(tc, test_full_in_run, 0, 3);
    tcase_add_test(tc, test_full_store);
    tc = add_case(suite, "kernel", TEST_LIMIT_S);
    tcase_add_test(tc, test_queue_memory);
    tcase_add_loop_test(tc, test_no_barriers, 0, 3);
    tcase_add_test(tc, test_signals);
    tcase_add_loop_test(tc, test_limit_of_queues, 0, 2);
    tcase_add_test(tc, test_short_messages);
    tcase_add_test(tc, test_descriptors);
    return suite;
}
