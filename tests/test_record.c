/* SPDX-License-Identifier: MIT */
/* Records, watches, and the helpers for descriptors beneath them. */
#include "ipc/commands/standard_streams.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"
#include "shared/dir/lock.h"
#include "shared/dir/record.h"
#include "shared/dir/tree.h"
#include "shared/dir/watch.h"
#include "shared/net/token.h"
#include "tests/helpers.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 20 }; /* of what a busy machine may hold up */

static char dir[TEST_DIR_MAX];

static const char *in_dir(const char *name)
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void remove_dir(void)
{
    ck_assert_msg(rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
}

static double milliseconds_now(void)
{
    return 1e3 * seconds_now();
}

static void reap(pid_t pid, int expected)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    ck_assert_int_eq(status, expected);
}

/* ------------------------------------------------------------ descriptors */

/* Whichever of 0, 1 and 2 are closed: afterwards all are open, those that were
 * open are the same, and no other one is. */
START_TEST(test_reserve_standard)
{
    pid_t pid = fork();

    if (pid == 0) {
        int extra = dup(0);

        (void)close(extra);
        for (int fd = 0; fd < 3; fd++)
            if (_i & 1 << fd)
                (void)close(fd);
        standard_streams_open();
        for (int fd = 0; fd < 3; fd++)
            if (fcntl(fd, F_GETFD) < 0)
                _exit(1);
        _exit(fcntl(extra, F_GETFD) >= 0);
    }
    reap(pid, 0);
}
END_TEST

START_TEST(test_close)
{
    int fd = 0, other = dup(1);

    fd_close(&fd);
    ck_assert_int_ge(fcntl(0, F_GETFD), 0);
    fd = other;
    fd_close(&fd);
    ck_assert_int_eq(fd, 0);
    ck_assert_int_lt(fcntl(other, F_GETFD), 0);
    fd_close(&fd);
    fd = -1;
    fd_close(&fd);
    ck_assert_int_eq(fd, 0);
}
END_TEST

START_TEST(test_write_all)
{
    enum { SIZE = 2000000 };
    static unsigned char bytes[SIZE], back[SIZE];
    int fds[2], small = 1;
    size_t got = 0;
    ssize_t n;
    pid_t pid;

    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i % 251);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    pid = fork();
    if (pid == 0) {
        interrupt_every(1000);
        _exit(write_all(fds[1], bytes, SIZE) != 0);
    }
    (void)close(fds[1]);
    while ((n = read(fds[0], back + got, SIZE - got)) > 0)
        got += (size_t)n;
    ck_assert_uint_eq(got, SIZE);
    ck_assert_mem_eq(bytes, back, SIZE);
    reap(pid, 0);
}
END_TEST

START_TEST(test_write_all_fails)
{
    int fds[2];

    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(write_all(fds[1], "", 0), 0);
    ck_assert_int_eq(write_all(fds[0], "x", 1), -EBADF);
    (void)close(fds[0]);
    ck_assert_int_eq(write_all(fds[1], "x", 1), -EPIPE);
}
END_TEST

/* Whatever is no plain file is neither waited for nor followed. */
START_TEST(test_open_file)
{
    static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
    int fd = 0, other;

    make_test_dir(dir);
    ck_assert_int_eq(mkfifo(in_dir("fifo"), 0600), 0);
    ck_assert_int_eq(mkdir(in_dir("directory"), 0700), 0);
    ck_assert_int_eq(symlink("file", in_dir("link")), 0);
    ck_assert_int_eq(unix_bind(in_dir("socket"), SOCK_STREAM, &other), 0);
    ck_assert_int_eq(file_open(in_dir("file"), O_RDWR, &fd), -ENOENT);
    ck_assert_int_eq(file_open(in_dir("file"), O_RDWR | O_CREAT, &fd), 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    fd_close(&fd);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(file_open(in_dir("fifo"), flags[i], &fd), -EPROTO);
        ck_assert_int_eq(file_open(in_dir("directory"), flags[i], &fd),
                         -EPROTO);
        ck_assert_int_eq(file_open(in_dir("link"), flags[i], &fd), -EPROTO);
        ck_assert_int_eq(file_open(in_dir("socket"), flags[i], &fd), -EPROTO);
        ck_assert_int_eq(fd, 0);
    }
    (void)close(other);
    ck_assert_int_eq(tree_remove(dir), 0);
}
END_TEST

/* Somebody who is about to end puts another file there when the first goes. */
static void *put_late(void *argument)
{
    int fd = *(int *)argument;
    char late[PATH_MAX];

    (void)snprintf(late, sizeof(late), "%s/tree/late", dir);
    (void)watch_wait(fd);
    fd_close(&fd);
    fd = open(late, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd > 0)
        (void)close(fd);
    return NULL;
}

/* So many files that the other has a turn before the last is gone. */
START_TEST(test_remove_while_filled)
{
    pthread_t other;
    char tree[PATH_MAX], name[32];
    int watch, fd;

    make_test_dir(dir);
    (void)snprintf(tree, sizeof(tree), "%s/tree", dir);
    ck_assert_int_eq(mkdir(tree, 0700), 0);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof(name), "tree/%d", i);
        fd = open(in_dir(name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        ck_assert_int_gt(fd, 0);
        (void)close(fd);
    }
    ck_assert_int_eq(watch_open(tree, &watch), 0);
    ck_assert_int_eq(pthread_create(&other, NULL, put_late, &watch), 0);
    ck_assert_int_eq(tree_remove(tree), 0);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* ------------------------------------------------------------------ locks */

static int open_lock(void)
{
    int fd = open(in_dir("lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_gt(fd, 0);
    return fd;
}

/* Starts a process that takes the lock and keeps it until it is killed. */
static pid_t fork_holder(void)
{
    int fds[2];
    pid_t pid;
    char byte;

    ck_assert_int_eq(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        if (lock_take(open_lock()) == 0)
            (void)!write(fds[1], "x", 1);
        for (;;)
            (void)pause();
    }
    (void)close(fds[1]);
    ck_assert_int_eq(read(fds[0], &byte, 1), 1);
    (void)close(fds[0]);
    return pid;
}

START_TEST(test_lock_excludes)
{
    int one, other;

    make_test_dir(dir);
    one = open_lock();
    other = open_lock();
    ck_assert_int_eq(lock_take(one), 0);
    ck_assert_int_eq(lock_try(other), -EAGAIN);
    ck_assert_int_eq(lock_take(one), 0); /* it has it already */
    ck_assert_int_eq(lock_give(one), 0);
    ck_assert_int_eq(lock_try(other), 0);
    ck_assert_int_eq(lock_try(one), -EAGAIN);
    fd_close(&other);
    ck_assert_int_eq(lock_try(one), 0);
    fd_close(&one);
    (void)unlink(in_dir("lock"));
    remove_dir();
}
END_TEST

START_TEST(test_lock_freed_by_sigkill)
{
    pid_t pid;
    int fd;

    make_test_dir(dir);
    fd = open_lock();
    pid = fork_holder();
    ck_assert_int_eq(lock_try(fd), -EAGAIN);
    (void)kill(pid, SIGKILL);
    ck_assert_int_eq(lock_take(fd), 0);
    reap(pid, SIGKILL);
    (void)unlink(in_dir("lock"));
    remove_dir();
}
END_TEST

/* Waiting for the lock goes on through signals, until the holder is dead. */
START_TEST(test_lock_blocks)
{
    pid_t holder, killer;
    double start;
    int fd;

    make_test_dir(dir);
    fd = open_lock();
    holder = fork_holder();
    killer = fork();
    if (killer == 0) {
        pause_ms(100);
        _exit(kill(holder, SIGKILL) != 0);
    }
    interrupt_every(5000);
    start = milliseconds_now();
    ck_assert_int_eq(lock_take(fd), 0);
    ck_assert_double_gt(milliseconds_now() - start, 50);
    reap(holder, SIGKILL);
    reap(killer, 0);
    (void)unlink(in_dir("lock"));
    remove_dir();
}
END_TEST

/* ---------------------------------------------------------------- records */

START_TEST(test_there_and_back)
{
    static const char *const texts[] = { "", "1", "/ipc-showcase-1-jobs\n",
                                         "two\nlines" };
    char text[RECORD_TEXT_MAX];

    make_test_dir(dir);
    ck_assert_int_eq(record_read(dir, "jobs", "port", text), -ENOENT);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_int_eq(record_write(dir, "jobs", "port", texts[i]), 0);
        ck_assert_int_eq(record_read(dir, "jobs", "port", text), 0);
        ck_assert_str_eq(text, texts[i]);
        ck_assert_int_eq(access(in_dir("jobs.port"), F_OK), 0);
        record_remove(dir, "jobs", "port");
    }
    ck_assert_int_eq(record_read(dir, "jobs", "port", text), -ENOENT);
    record_remove(dir, "jobs", "port");
    remove_dir();
}
END_TEST

#define TOKEN                                                                  \
    "0123456789abcdef0123456789abcdef"                                         \
    "0123456789abcdef0123456789abcdef"

/* A port and a token, or nothing at all. */
START_TEST(test_published_port)
{
    static const char *const wrong[] = { "",         "7400",
                                         "0 " TOKEN, "-1 " TOKEN,
                                         TOKEN,      "65536 " TOKEN,
                                         "7400 abc", "7400 " TOKEN "0" };
    struct address address;
    char token[TOKEN_SIZE + 1] = "untouched";

    make_test_dir(dir);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_int_eq(record_write(dir, "jobs", "port", wrong[i]), 0);
        ck_assert_msg(token_find(dir, "jobs", NULL, &address, token) == -EPROTO,
                      "\"%s\"", wrong[i]);
        ck_assert_str_eq(token, "untouched");
        record_remove(dir, "jobs", "port");
    }
    ck_assert_int_eq(record_write(dir, "jobs", "port", "7400 " TOKEN), 0);
    ck_assert_int_eq(token_find(dir, "jobs", NULL, &address, token), 0);
    ck_assert_str_eq(token, TOKEN);
    record_remove(dir, "jobs", "port");
    remove_dir();
}
END_TEST

START_TEST(test_never_replaced)
{
    char text[RECORD_TEXT_MAX];

    make_test_dir(dir);
    ck_assert_int_eq(record_write(dir, "jobs", "port", "first"), 0);
    ck_assert_int_eq(record_write(dir, "jobs", "port", "second"), -EEXIST);
    ck_assert_int_eq(record_read(dir, "jobs", "port", text), 0);
    ck_assert_str_eq(text, "first");
    record_remove(dir, "jobs", "port");
    remove_dir();
}
END_TEST

/* As long as can be read, and one longer, which is refused and not cut. */
START_TEST(test_long_text)
{
    char text[RECORD_TEXT_MAX + 1], back[RECORD_TEXT_MAX];

    make_test_dir(dir);
    memset(text, 'x', sizeof(text));
    text[RECORD_TEXT_MAX - 1] = '\0';
    ck_assert_int_eq(record_write(dir, "jobs", "port", text), 0);
    ck_assert_int_eq(record_read(dir, "jobs", "port", back), 0);
    ck_assert_str_eq(back, text);
    record_remove(dir, "jobs", "port");
    text[RECORD_TEXT_MAX - 1] = 'x';
    text[RECORD_TEXT_MAX] = '\0';
    ck_assert_int_eq(record_write(dir, "jobs", "port", text), 0);
    strcpy(back, "untouched");
    ck_assert_int_eq(record_read(dir, "jobs", "port", back), -EPROTO);
    ck_assert_str_eq(back, "untouched");
    record_remove(dir, "jobs", "port");
    remove_dir();
}
END_TEST

START_TEST(test_paths)
{
    static char longest[PATH_MAX];
    char text[RECORD_TEXT_MAX];

    memset(longest, 'x', sizeof(longest) - 1);
    ck_assert_int_eq(record_write(longest, "a", "b", ""), -ENAMETOOLONG);
    ck_assert_int_eq(record_read(longest, "a", "b", text), -ENAMETOOLONG);
    record_remove(longest, "a", "b");
    longest[PATH_MAX - 1 - strlen("/a.b")] = '\0'; /* its draft is longer */
    ck_assert_int_eq(record_write(longest, "a", "b", ""), -ENAMETOOLONG);
    ck_assert_int_eq(record_write("/nowhere", "a", "b", ""), -ENOENT);
    ck_assert_int_eq(record_read("/nowhere", "a", "b", text), -ENOENT);
    ck_assert_int_eq(record_wait("/nowhere", "a", "b", text), -ENOENT);
}
END_TEST

static void plant(const char *at, const char *target)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s", in_dir(at));
    ck_assert_int_eq(symlink(in_dir(target), path), 0);
}

/* A link that someone planted is not followed, neither to read nor to write. */
START_TEST(test_planted_link)
{
    char text[RECORD_TEXT_MAX];
    struct stat status;

    make_test_dir(dir);
    ck_assert_int_eq(record_write(dir, "jobs", "secret", "kept"), 0);
    plant("jobs.port", "jobs.secret");
    ck_assert_int_eq(record_read(dir, "jobs", "port", text), -EPROTO);
    ck_assert_int_eq(record_write(dir, "jobs", "port", "new"), -EEXIST);
    record_remove(dir, "jobs", "port");
    ck_assert_int_eq(record_write(dir, "jobs", "port", "new"), 0);
    ck_assert_int_eq(lstat(in_dir("jobs.port"), &status), 0);
    ck_assert(S_ISREG(status.st_mode));
    plant("jobs.port.draft", "jobs.secret");
    (void)record_write(dir, "jobs", "port", "bad");
    ck_assert_int_eq(record_read(dir, "jobs", "secret", text), 0);
    ck_assert_str_eq(text, "kept");
    record_remove(dir, "jobs", "port");
    record_remove(dir, "jobs", "secret");
    remove_dir();
}
END_TEST

/* Nobody else may read what is in it, whatever the umask. */
START_TEST(test_mode)
{
    struct stat status;

    make_test_dir(dir);
    (void)umask(0);
    ck_assert_int_eq(record_write(dir, "jobs", "port", "1"), 0);
    ck_assert_int_eq(stat(in_dir("jobs.port"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    record_remove(dir, "jobs", "port");
    remove_dir();
}
END_TEST

/* Makes and removes the record for ever, with a short text and a long one. */
static pid_t fork_writer(void)
{
    char text[2][RECORD_TEXT_MAX] = { "short" };
    pid_t pid = fork();

    if (pid > 0)
        return pid;
    memset(text[1], 'x', RECORD_TEXT_MAX - 1);
    for (size_t i = 0;; i++) {
        (void)record_write(dir, "jobs", "port", text[i % 2]);
        record_remove(dir, "jobs", "port");
    }
}

static void expect_whole_or_none(void)
{
    char text[RECORD_TEXT_MAX];
    int r = record_read(dir, "jobs", "port", text);

    if (r == -ENOENT)
        return;
    ck_assert_int_eq(r, 0);
    if (strcmp(text, "short") != 0)
        ck_assert_uint_eq(strspn(text, "x"), RECORD_TEXT_MAX - 1);
}

/* Whole or not at all: for one who reads meanwhile, and after a death. Removed
 * is also what the dead had begun. */
START_TEST(test_whole)
{
    pid_t pid;

    make_test_dir(dir);
    for (int kills = 0; kills < 50; kills++) {
        pid = fork_writer();
        for (int reads = 0; reads < 200; reads++)
            expect_whole_or_none();
        (void)kill(pid, SIGKILL);
        reap(pid, SIGKILL);
        expect_whole_or_none();
    }
    record_remove(dir, "jobs", "port");
    remove_dir();
}
END_TEST

/* Leaves a record after a while. Returns how long one waited for it. */
static double wait_for_record(void)
{
    char text[RECORD_TEXT_MAX];
    double start = milliseconds_now();
    pid_t pid = fork();

    if (pid == 0) {
        pause_ms(50);
        _exit(record_write(dir, "jobs", "port", "7") != 0);
    }
    ck_assert_int_eq(record_wait(dir, "jobs", "port", text), 0);
    start = milliseconds_now() - start;
    ck_assert_str_eq(text, "7");
    reap(pid, 0);
    record_remove(dir, "jobs", "port");
    return start;
}

/* It wakes by the change and not by looking again. On a busy machine some tries
 * are late, but not all. */
START_TEST(test_wait)
{
    int next = dup(0), tries = TRIES;
    double waited;

    (void)close(next);
    make_test_dir(dir);
    do {
        waited = wait_for_record();
        ck_assert_double_ge(waited, 40);
    } while (waited >= WATCH_RESCAN_MS - 100 && --tries > 0);
    ck_assert_int_gt(tries, 0);
    interrupt_every(3000);
    (void)wait_for_record();
    ck_assert_int_eq(dup(0), next); /* none is left open */
    remove_dir();
}
END_TEST

START_TEST(test_wait_for_one_that_is_there)
{
    char text[RECORD_TEXT_MAX];
    int tries = TRIES;
    double start;

    make_test_dir(dir);
    ck_assert_int_eq(record_write(dir, "jobs", "port", "1"), 0);
    do {
        start = milliseconds_now();
        ck_assert_int_eq(record_wait(dir, "jobs", "port", text), 0);
    } while (milliseconds_now() - start >= WATCH_RESCAN_MS && --tries > 0);
    ck_assert_int_gt(tries, 0);
    record_remove(dir, "jobs", "port");
    remove_dir();
}
END_TEST

/* ---------------------------------------------------------------- watches */

/* Whether a wait would end at once. */
static bool has_changed(int watch)
{
    struct pollfd polled = { .fd = watch, .events = POLLIN };

    return poll(&polled, 1, 0) == 1;
}

/* Made, renamed, removed: changes. Written to: none. Merged ones wake once. */
START_TEST(test_watch)
{
    int watch = 0, fd;

    make_test_dir(dir);
    ck_assert_int_eq(watch_open(dir, &watch), 0);
    fd = open(in_dir("a"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert(has_changed(watch));
    ck_assert_int_eq(watch_wait(watch), 0);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    ck_assert(!has_changed(watch));
    ck_assert_int_eq(watch_wait(watch), 0); /* it looks all the same */
    ck_assert_int_eq(rename(in_dir("a"), strdupa(in_dir("a"))), 0);
    ck_assert_int_eq(unlink(in_dir("a")), 0);
    ck_assert(has_changed(watch));
    ck_assert_int_eq(watch_wait(watch), 0);
    ck_assert(!has_changed(watch));
    fd_close(&fd);
    fd_close(&watch);
    remove_dir();
}
END_TEST

static bool write_text(const char *path, const char *text)
{
    int out = open(path, O_WRONLY | O_CLOEXEC);
    bool good = out > 0 && write(out, text, strlen(text)) > 0;

    fd_close(&out);
    return good;
}

/* In a user namespace of its own a process may have no inotify instance. */
static bool use_up_watches(void)
{
    char map[32];

    (void)snprintf(map, sizeof(map), "0 %d 1", (int)geteuid());
    if (unshare(CLONE_NEWUSER) == 0 && write_text("/proc/self/uid_map", map) &&
        write_text("/proc/sys/user/max_inotify_instances", "0"))
        return true;
    (void)printf("not tested, no user namespace may be made here: watches that "
                 "are used up\n");
    return false;
}

/* Then it looks, more often. */
START_TEST(test_no_watch)
{
    char text[RECORD_TEXT_MAX];
    int watch = 77;
    pid_t pid;

    make_test_dir(dir);
    if (use_up_watches()) {
        ck_assert_int_eq(watch_open(dir, &watch), 0);
        ck_assert_int_eq(watch, 0);
        ck_assert_int_eq(watch_wait(watch), 0);
        ck_assert_int_eq(watch_open("/no/such/place", &watch), -ENOENT);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            pause_ms(50);
            _exit(record_write(dir, "jobs", "port", "7") < 0);
        }
        ck_assert_int_eq(record_wait(dir, "jobs", "port", text), 0);
        ck_assert_str_eq(text, "7");
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
        record_remove(dir, "jobs", "port");
    }
    remove_dir();
}
END_TEST

START_TEST(test_watch_interrupted)
{
    int watch = 0, tries = TRIES;
    double start;

    make_test_dir(dir);
    ck_assert_int_eq(watch_open(dir, &watch), 0);
    interrupt_every(20000);
    do {
        start = milliseconds_now();
        ck_assert_int_eq(watch_wait(watch), 0);
    } while (milliseconds_now() - start >= WATCH_RESCAN_MS / 2 && --tries > 0);
    ck_assert_int_gt(tries, 0);
    fd_close(&watch);
    remove_dir();
}
END_TEST

START_TEST(test_watch_nothing)
{
    int watch = 77, fd;

    make_test_dir(dir);
    ck_assert_int_eq(watch_open("/nowhere", &watch), -ENOENT);
    fd = open(in_dir("a"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(watch_open(in_dir("a"), &watch), -ENOTDIR);
    ck_assert_int_eq(watch, 77);
    ck_assert_int_eq(dup(0), fd + 1); /* a failure leaves none open */
    fd_close(&fd);
    (void)unlink(in_dir("a"));
    remove_dir();
}
END_TEST

Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *descriptors = add_case(suite, "descriptors", 0);
    TCase *records = add_case(suite, "records", 0);

    tcase_add_loop_test(descriptors, test_reserve_standard, 0, 8);
    tcase_add_test(descriptors, test_close);
    tcase_add_test(descriptors, test_write_all);
    tcase_add_test(descriptors, test_write_all_fails);
    tcase_add_test(descriptors, test_open_file);
    tcase_add_test(descriptors, test_remove_while_filled);
    tcase_add_test(descriptors, test_lock_excludes);
    tcase_add_test(descriptors, test_lock_freed_by_sigkill);
    tcase_add_test(descriptors, test_lock_blocks);
    tcase_add_test(records, test_there_and_back);
    tcase_add_test(records, test_published_port);
    tcase_add_test(records, test_never_replaced);
    tcase_add_test(records, test_long_text);
    tcase_add_test(records, test_paths);
    tcase_add_test(records, test_planted_link);
    tcase_add_test(records, test_mode);
    tcase_add_test(records, test_whole);
    tcase_add_test(records, test_wait);
    tcase_add_test(records, test_wait_for_one_that_is_there);
    tcase_add_test(records, test_watch);
    tcase_add_test(records, test_no_watch);
    tcase_add_test(records, test_watch_interrupted);
    tcase_add_test(records, test_watch_nothing);
    return suite;
}
