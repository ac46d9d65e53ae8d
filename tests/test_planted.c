/* SPDX-License-Identifier: MIT */
/* Two programs that meet in a directory where something else lies under a name
 * that one of them opens: nobody waits for it, nobody follows it. */
#include "ipc/mechanisms.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/record.h"
#include "shared/dir/tree.h"
#include "shared/net/guests.h"
#include "shared/net/tcp_meeting.h"
#include "tests/helpers.h"
#include "tests/network.h"
#include "tests/program.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEST_LIMIT_S = 120, NAMES_MAX = 32, ENDS_S = 10 };

static struct program consumer, producer;

static bool meets_by_name(const struct mechanism *m)
{
    return !mechanism_skipped(m) && !(m->ops->traits & CHANNEL_INHERITED_ONLY);
}

/* ------------------------------------------------------- what can be there */

static int plant_fifo(const char *path)
{
    return mkfifo(path, 0600) < 0 ? -errno : 0;
}

static int plant_socket(const char *path)
{
    int fd, r;

    r = unix_bind(path, SOCK_STREAM, &fd);
    if (r == 0)
        fd_close(&fd);
    return r;
}

static int plant_directory(const char *path)
{
    return mkdir(path, 0700) < 0 ? -errno : 0;
}

static int plant_link(const char *path)
{
    return symlink("/dev/zero", path) < 0 ? -errno : 0;
}

static const struct plant {
    const char *what;
    mode_t type;
    int (*put)(const char *path); /* 0, or a negative errno */
} plants[] = {
    { "a FIFO", S_IFIFO, plant_fifo },
    { "a socket", S_IFSOCK, plant_socket },
    { "a directory", S_IFDIR, plant_directory },
    { "a link", S_IFLNK, plant_link },
};

enum { PLANTS = sizeof(plants) / sizeof(plants[0]) };

/* ----------------------------------------------------------- what is there */

struct names {
    char path[NAMES_MAX][PATH_MAX];
    mode_t type[NAMES_MAX];
    size_t count;
};

/* The locks are the directory's own (tests/test_rundir.c); and where no socket
 * of libzmq's is it tries again, until --stall. */
static bool is_passed_over(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           strcmp(name, "consumer.lock") == 0 ||
           strcmp(name, "producer.lock") == 0 || strstr(name, ".zmq");
}

/* All that a waiting consumer has put there, its directories' entries too. */
static void list_names(const char *dir, struct names *names)
{
    DIR *stream = opendir(dir);
    const struct dirent *entry;
    struct stat status;
    char *path;

    ck_assert_ptr_nonnull(stream);
    while ((entry = readdir(stream))) {
        path = names->path[names->count];
        (void)snprintf(path, PATH_MAX, "%s/%s", dir, entry->d_name);
        if (is_passed_over(entry->d_name) || lstat(path, &status) < 0)
            continue;
        ck_assert_uint_lt(names->count + 1, NAMES_MAX);
        names->type[names->count++] = status.st_mode & S_IFMT;
        if (S_ISDIR(status.st_mode))
            list_names(path, names);
    }
    (void)closedir(stream);
}

static void start_consumer(const struct mechanism *m)
{
    program_zero(&consumer);
    program_start(&consumer, "%s consume --at x --store %s", m->name,
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
}

static void stop_consumer(void)
{
    program_signal(&consumer, SIGTERM);
    program_wait(&consumer);
}

/* -------------------------------------------------------------------- runs */

/* Either the name is not read any more, or one line says what is wrong. */
static void expect_end(const char *mechanism, const char *path,
                       const struct plant *plant, double began)
{
    const char *line_end;

    ck_assert_msg(seconds_now() - began < ENDS_S * test_patience(),
                  "%s: with %s at %s it took %.1f s", mechanism, plant->what,
                  path, seconds_now() - began);
    if (producer.status == 0)
        return;
    line_end = strchr(producer.err_text, '\n');
    ck_assert_msg(producer.status == 1 && line_end && !line_end[1],
                  "%s: with %s at %s: status %d: %s", mechanism, plant->what,
                  path, producer.status, producer.err_text);
    ck_assert_msg(!strstr(producer.err_text, "no progress"),
                  "%s: with %s at %s it waits: %s", mechanism, plant->what,
                  path, producer.err_text);
}

/* In the place of what is there; or comes there meanwhile, of a consumer that
 * says that it waits while its worker still starts. Such a one may also notice
 * at once what was removed, and end with its directory. */
static void put_there(const struct plant *plant, const char *path)
{
    int r;

    do {
        ck_assert_int_eq(tree_remove(path), 0);
        r = plant->put(path);
    } while (r == -EEXIST || r == -EADDRINUSE);
    ck_assert(r == 0 || r == -ENOENT);
}

/* A consumer whose worker finds it before a producer comes ends. Then a
 * producer waits for another one, in vain: false. */
static bool await_producer(void)
{
    for (; !process_is_gone(producer.pid); pause_ms(2)) {
        if (!process_is_gone(consumer.pid) ||
            !program_says(&producer, "waiting for a consumer"))
            continue;
        program_signal(&producer, SIGTERM);
        return false;
    }
    return true;
}

static void run_with(const struct mechanism *m, const char *path,
                     const struct plant *plant)
{
    double began;
    bool met;

    start_consumer(m);
    put_there(plant, path);
    began = seconds_now();
    program_zero(&producer);
    program_start(&producer,
                  "ipc produce --at x --work verify --jobs 20 --stall %d",
                  2 * ENDS_S * test_patience());
    met = await_producer();
    program_wait(&producer);
    if (met)
        expect_end(m->name, path, plant, began);
    else
        ck_assert(producer.status == 128 + SIGTERM || producer.status == 1);
    stop_consumer();
    ck_assert_int_ne(access("x", F_OK), 0);
}

/* A FIFO, which may hang whoever opens it, everywhere; of the others one for
 * each mechanism, or in the long form all. */
static bool is_tried(int mechanism, int plant)
{
    return test_is_long() || plants[plant].type == S_IFIFO ||
           mechanism % (int)PLANTS == plant;
}

START_TEST(test_planted)
{
    const struct mechanism *m = &mechanisms[_i / PLANTS];
    const struct plant *plant = &plants[_i % PLANTS];
    struct names names = { .count = 0 };

    if (!meets_by_name(m) || !is_tried(_i / (int)PLANTS, _i % (int)PLANTS))
        return;
    start_consumer(m);
    list_names("x", &names);
    stop_consumer();
    for (size_t i = 0; i < names.count; i++)
        if (names.type[i] != plant->type)
            run_with(m, names.path[i], plant);
}
END_TEST

/* ---------------------------------------------------- strangers at a socket */

enum { STRANGERS = 2 * GUESTS_MAX, CHANNELS = 2 };

/* Where the two ends of a mechanism meet, and by which sockets. */
static const struct {
    const char *name;
    const char *suffix; /* of a path; "port": a record that tells a port */
    int type;
} doors[] = {
    { "tcp", "port", SOCK_STREAM },
    { "unix-stream", "sock", SOCK_STREAM },
    { "unix-seqpacket", "sock", SOCK_SEQPACKET },
    { "unix-fd", "sock", SOCK_SEQPACKET },
    { "zeromq", "zmq", SOCK_STREAM },
};

enum { DOORS = sizeof(doors) / sizeof(doors[0]) };

static int connect_to_port(unsigned port)
{
    struct address address;
    int fd, r;

    ck_assert_int_eq(address_find(NULL, port, &address), 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_gt(fd, 0);
    r = socket_connect(fd, &address);
    if (r < 0)
        fd_close(&fd);
    return r < 0 ? r : fd;
}

/* As one does who is not of the run. */
static int knock(size_t door, const char *channel)
{
    char path[PATH_MAX], text[RECORD_TEXT_MAX];
    unsigned port;
    int fd, r;

    if (strcmp(doors[door].suffix, "port") == 0) {
        ck_assert_int_eq(record_read("x", channel, "port", text), 0);
        ck_assert_int_eq(sscanf(text, "%5u", &port), 1);
        return connect_to_port(port);
    }
    (void)snprintf(path, sizeof(path), "x/%s.%s", channel, doors[door].suffix);
    r = unix_connect(path, doors[door].type, &fd);
    return r < 0 ? r : fd;
}

/* libzmq listens a moment later. */
static int knock_until_heard(size_t door, const char *channel)
{
    int fd = -1;

    for (int i = 0; i < 1000 && fd < 0; i++) {
        fd = knock(door, channel);
        if (fd < 0)
            pause_ms(10);
    }
    ck_assert_int_gt(fd, 0);
    return fd;
}

/* Some come and go, some say a wrong word, and more stay and say nothing than
 * there is room for. */
static void be_strange(size_t door, const char *channel,
                       int ret_fd[static STRANGERS])
{
    static const char wrong[GUEST_WORD_MAX] = "is this the way to Amarillo?";
    int fd = knock_until_heard(door, channel);

    fd_close(&fd);
    fd = knock_until_heard(door, channel);
    (void)write_all(fd, wrong, sizeof(wrong));
    fd_close(&fd);
    for (size_t i = 0; i < STRANGERS; i++)
        ret_fd[i] = knock_until_heard(door, channel);
}

static void hang_up(int fd[static STRANGERS])
{
    for (size_t i = 0; i < STRANGERS; i++)
        fd_close(&fd[i]);
}

static void expect_both_good(double began)
{
    program_wait(&producer);
    program_wait(&consumer);
    program_expect(&producer, 0, NULL, "good: 20 jobs");
    program_expect(&consumer, 0, NULL, "good: 20 jobs");
    ck_assert(seconds_now() - began < ENDS_S * test_patience());
}

START_TEST(test_strangers)
{
    const struct mechanism *m = mechanism_find(doors[_i].name);
    int jobs[STRANGERS], results[STRANGERS] = { 0 };
    double began;

    if (!m || mechanism_skipped(m))
        return;
    (void)signal(SIGPIPE, SIG_IGN);
    start_consumer(m);
    be_strange((size_t)_i, "jobs", jobs);
    /* libzmq lingers for a stranger that has just come to one who sends. */
    if (strcmp(m->name, "zeromq") != 0)
        be_strange((size_t)_i, "results", results);
    began = seconds_now();
    program_zero(&producer);
    program_start(&producer, "ipc produce --at x --work verify --jobs 20");
    expect_both_good(began);
    hang_up(jobs);
    hang_up(results);
}
END_TEST

/* The same where the two meet from machine to machine. */
START_TEST(test_strangers_at_url)
{
    const unsigned port = network_free_port("127.0.0.1");
    int fd[STRANGERS];
    double began;

    program_zero(&consumer);
    program_start(&consumer, "tcp consume --at tcp://127.0.0.1:%u --store %s",
                  port, in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    for (size_t i = 0; i < STRANGERS; i++)
        fd[i] = connect_to_port(port);
    began = seconds_now();
    program_zero(&producer);
    program_start(&producer,
                  "ipc produce --at tcp://127.0.0.1:%u --work verify --jobs 20",
                  port);
    expect_both_good(began);
    hang_up(fd);
}
END_TEST

/* One who has read all that a producer is told, and comes too late. */
START_TEST(test_second_producer_at_url)
{
    const unsigned port = network_free_port("127.0.0.1");
    const struct url at = { .host = "127.0.0.1", .port = port };
    struct meeting second = { .ops = &tcp_meeting, .at = &at };

    (void)signal(SIGPIPE, SIG_IGN);
    program_zero(&consumer);
    program_start(&consumer, "tcp consume --at tcp://127.0.0.1:%u --store %s",
                  port, in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    ck_assert_int_eq(tcp_meeting.open(&second), 0);
    ck_assert_int_eq(tcp_meeting.find(&second), 0);
    ck_assert_ptr_nonnull(strstr(second.text, "ipc-showcase"));
    program_zero(&producer);
    program_start(&producer,
                  "ipc produce --at tcp://127.0.0.1:%u --work verify --jobs 20",
                  port);
    program_wait(&producer);
    ck_assert_int_eq(tcp_meeting.join(&second), -EBUSY);
    tcp_meeting.close(&second);
    program_wait(&consumer);
    program_expect(&producer, 0, NULL, "good: 20 jobs");
    program_expect(&consumer, 0, NULL, "good: 20 jobs");
}
END_TEST

/* -------------------------------------------------------------------- suite */

Suite *planted_suite(void)
{
    Suite *suite = suite_create("planted");
    TCase *tc;

    for (int i = 0; mechanisms[i].name; i++) {
        tc = add_case_with_place(suite, mechanisms[i].name, TEST_LIMIT_S);
        tcase_add_loop_test(tc, test_planted, i * PLANTS, (i + 1) * PLANTS);
    }
    tc = add_case_with_place(suite, "strangers", TEST_LIMIT_S);
    tcase_add_loop_test(tc, test_strangers, 0, DOORS);
    tcase_add_test(tc, test_strangers_at_url);
    tcase_add_test(tc, test_second_producer_at_url);
    return suite;
}
