/* SPDX-License-Identifier: MIT */
/* Two programs that meet in a directory where something else lies under a name
 * that one of them opens: nobody waits for it, nobody follows it. */
#include "ipc/mechanisms.h"
#include "shared/fd.h"
#include "shared/tree.h"
#include "shared/unix_socket.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <check.h>
#include <dirent.h>
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

static void plant_fifo(const char *path)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void plant_socket(const char *path)
{
    int fd;

    ck_assert_int_eq(unix_bind(path, SOCK_STREAM, &fd), 0);
    fd_close(&fd);
}

static void plant_directory(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void plant_link(const char *path)
{
    ck_assert_int_eq(symlink("/dev/zero", path), 0);
}

static const struct plant {
    const char *what;
    mode_t type;
    void (*put)(const char *path);
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

static void run_with(const struct mechanism *m, const char *path,
                     const struct plant *plant)
{
    double began;

    start_consumer(m);
    ck_assert_int_eq(tree_remove(path), 0);
    plant->put(path);
    began = seconds_now();
    program_run(&producer,
                "ipc produce --at x --work verify --jobs 20 --stall %d",
                2 * ENDS_S * test_patience());
    expect_end(m->name, path, plant, began);
    stop_consumer();
    ck_assert_int_ne(access("x", F_OK), 0);
}

START_TEST(test_planted)
{
    const struct mechanism *m = &mechanisms[_i / PLANTS];
    const struct plant *plant = &plants[_i % PLANTS];
    struct names names = { .count = 0 };

    if (!meets_by_name(m))
        return;
    start_consumer(m);
    list_names("x", &names);
    stop_consumer();
    for (size_t i = 0; i < names.count; i++)
        if (names.type[i] != plant->type)
            run_with(m, names.path[i], plant);
}
END_TEST

/* -------------------------------------------------------------------- suite */

Suite *planted_suite(void)
{
    Suite *suite = suite_create("planted");
    TCase *tc;

    for (int i = 0; mechanisms[i].name; i++) {
        tc = tcase_create(mechanisms[i].name);
        tcase_set_timeout(tc, TEST_LIMIT_S);
        tcase_add_checked_fixture(tc, place_open, place_close);
        tcase_add_loop_test(tc, test_planted, i * PLANTS, (i + 1) * PLANTS);
        suite_add_tcase(suite, tc);
    }
    return suite;
}
