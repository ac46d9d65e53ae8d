/* SPDX-License-Identifier: MIT */
/* Two programs that meet: `consume` and `produce` with a directory between
 * them, as in two terminals, or with a shell's pipe. */
#include "ipc/job/work.h"
#include "ipc/mechanisms.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

/* Jobs for minutes. */
#define ENDLESS "--work verify --size 4KiB --jobs 100000000"

static struct program consumer, producer, other;

static bool meets_by_name(const struct mechanism *m)
{
    return !mechanism_skipped(m) && !(m->ops->traits & CHANNEL_INHERITED_ONLY);
}

static void start_consumer(const char *mechanism, const char *dir)
{
    program_zero(&consumer);
    program_start(&consumer, "%s consume --at %s --store %s", mechanism, dir,
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
}

static void start_producer(const char *mechanism, const char *dir,
                           const char *what)
{
    program_zero(&producer);
    program_start(&producer, "%s produce --at %s %s", mechanism, dir, what);
}

static void await_both(void)
{
    program_wait(&producer);
    program_wait(&consumer);
}

static void expect_good(void)
{
    program_expect(&producer, 0, "thumbnail ", "good: 1 job");
    program_expect(&consumer, 0, NULL, "good: 1 job");
}

/* ------------------------------------------------------------- the uploads */

static size_t read_file(const char *path, unsigned char *bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    ck_assert_msg(fd > 0, "%s: %s", path, strerror(errno));
    n = read(fd, bytes, FILE_MAX);
    ck_assert_int_gt(n, 0);
    fd_close(&fd);
    return (size_t)n;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, bytes, size), 0);
    fd_close(&fd);
}

static size_t count_files(const char *path)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    size_t count = 0;

    ck_assert_ptr_nonnull(stream);
    while ((entry = readdir(stream)))
        count +=
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(stream);
    return count;
}

/* Expects bytes under the name that their hash gives them. */
static void expect_upload(const char *store,
                          const uint8_t sha256[static STORE_SHA256_SIZE],
                          const char *other_store)
{
    static unsigned char bytes[FILE_MAX], expected[FILE_MAX];
    char name[STORE_NAME_MAX], path[PATH_MAX];
    size_t size;

    store_name(sha256, "jpg", name);
    (void)snprintf(path, sizeof(path), "%s/%s", other_store, name);
    size = read_file(path, expected);
    (void)snprintf(path, sizeof(path), "%s/%s", store, name);
    ck_assert_uint_eq(read_file(path, bytes), size);
    ck_assert_mem_eq(bytes, expected, size);
}

/* Expects a line that tells how both uploads' names begin. */
static void expect_told(const struct program *teller, const char *picture,
                        const struct job_result *result)
{
    char name[STORE_NAME_MAX], thumbnail[STORE_NAME_MAX], line[PATH_MAX + 100];

    store_name(result->original, "jpg", name);
    store_name(result->thumbnail, "jpg", thumbnail);
    (void)snprintf(line, sizeof(line), "%s: %.12s*, thumbnail %.12s*.jpg\n",
                   picture, name, thumbnail);
    program_expect(teller, 0, line, "");
}

/*
 * The store holds the original under its SHA-256 and the thumbnail that the
 * four tasks make of it without any exchange, and nothing else; and whoever
 * knows the picture's name tells of both.
 */
static void expect_uploads(const struct program *teller, const char *picture)
{
    static unsigned char bytes[FILE_MAX];
    uint8_t sha256[STORE_SHA256_SIZE];
    struct job_result result;
    struct store reference;
    size_t size = read_file(picture, bytes);
    char name[PATH_MAX]; /* in_place() has room for a few */

    (void)snprintf(name, sizeof(name), "%s", picture);
    ck_assert_int_eq(store_open(in_place("reference"), false, &reference), 0);
    ck_assert_int_eq(work_image(&reference, bytes, size, 1000, 1000, &result),
                     0);
    store_close(&reference);
    store_sha256(bytes, size, sha256);
    ck_assert_mem_eq(sha256, result.original, sizeof(sha256));
    expect_upload(in_place("store"), sha256, in_place("reference"));
    expect_upload(in_place("store"), result.thumbnail, in_place("reference"));
    ck_assert_uint_eq(count_files(in_place("store")), 2);
    expect_told(teller, name, &result);
}

/* ------------------------------------------------------ every mechanism */

START_TEST(test_consumer_first)
{
    const struct mechanism *m = &mechanisms[_i];
    const char *picture = place_add_picture("photo.jpg");

    if (!meets_by_name(m))
        return;
    start_consumer(m->name, "x");
    start_producer(m->name, "x", picture);
    await_both();
    expect_good();
    program_expect(&consumer, 0, NULL, "uploads in ../made/store\n");
    expect_uploads(&producer, picture);
}
END_TEST

START_TEST(test_producer_first)
{
    const struct mechanism *m = &mechanisms[_i];
    const char *picture = place_add_picture("photo.jpg");

    if (!meets_by_name(m))
        return;
    start_producer(m->name, "x", picture);
    program_await(&producer, "waiting for a consumer: ");
    start_consumer(m->name, "x");
    await_both();
    expect_good();
    expect_uploads(&producer, picture);
}
END_TEST

/* The same for an ordinary user; `ipc produce` learns the mechanism. */
START_TEST(test_meet_as_nobody)
{
    const struct mechanism *m = &mechanisms[_i];
    const char *picture = place_add_picture("photo.jpg");

    if (!meets_by_name(m))
        return;
    program_zero(&consumer);
    program_zero(&producer);
    if (geteuid() == 0) {
        place_give_away("photo.jpg");
        consumer.prepare = producer.prepare = become_nobody;
    }
    program_start(&producer, "ipc produce --at x %s", picture);
    program_start(&consumer, "ipc consume %s --at x --store %s", m->name,
                  in_place("store"));
    await_both();
    expect_good();
    expect_uploads(&producer, picture);
}
END_TEST

/* Everything that can be chosen on either side reaches the other. */
START_TEST(test_patterns)
{
    static const char *const lines[] = {
        "--work verify --jobs 20 --size 100 --pattern stream",
        "--work verify --jobs 20 --size 100 --pattern ping-pong",
        "--work header --jobs 20 --size 5000 --window 2",
        "--jobs 20 --size 5000",
        "--work verify --jobs 300 --size 0 --window 60000",
        "--work verify --jobs 0",
    };
    static const char *const said[] = { "good: 20",  "good: 20",
                                        "good: 20",  "undamaged; 100 kB ",
                                        "good: 300", "no job was sent" };
    const struct mechanism *m = &mechanisms[_i];

    if (!meets_by_name(m))
        return;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        program_zero(&consumer);
        program_start(&consumer, "%s consume --at x --depth 3 --max 1MiB",
                      m->name);
        start_producer(m->name, "x", lines[i]);
        await_both();
        program_expect(&producer, 0, NULL, said[i]);
        program_expect(&consumer, 0, NULL, said[i]);
    }
    ck_assert_int_eq(rmdir("ipc-store"), 0);
}
END_TEST

enum victim { CONSUME, ITS_WORKER, PRODUCE, THAT_WORKER, VICTIMS };

static pid_t only_child(const struct program *p)
{
    pid_t children[PROGRAM_CHILDREN_MAX];

    program_await_children(p, 1, children);
    return children[0];
}

/* Each side names who it was, as far as it can know. */
static void expect_death(enum victim victim, pid_t pid)
{
    char killed[100];

    (void)snprintf(killed, sizeof(killed), "the %s (pid %d) was killed by SIG",
                   victim == ITS_WORKER ? "consumer" : "producer", pid);
    if (victim == CONSUME)
        program_expect(&consumer, 128 + SIGKILL, NULL, "");
    else
        program_expect(&consumer, 1, NULL,
                       victim == ITS_WORKER ? killed
                                            : "the producer died or gave up");
    if (victim != CONSUME)
        program_expect(&consumer, 1, NULL, " jobs were done before\n");
    if (victim == PRODUCE)
        program_expect(&producer, 128 + SIGKILL, NULL, "");
    else
        program_expect(&producer, 1, NULL,
                       victim == THAT_WORKER ? killed : "the consumer (pid ");
    if (victim != PRODUCE)
        program_expect(&producer, 1, NULL,
                       " of 100000000 jobs were sent before, ");
}

static void kill_one(const struct mechanism *m, enum victim victim)
{
    pid_t pid[VICTIMS];

    start_consumer(m->name, "x");
    start_producer(m->name, "x", ENDLESS);
    pid[CONSUME] = consumer.pid;
    pid[PRODUCE] = producer.pid;
    pid[ITS_WORKER] = only_child(&consumer);
    pid[THAT_WORKER] = only_child(&producer);
    pause_ms(50);
    ck_assert_int_eq(kill(pid[victim], SIGKILL), 0);
    await_both();
    expect_death(victim, pid[victim]);
}

/* Whoever is killed: both sides end, and the next run works there. */
START_TEST(test_kill)
{
    const struct mechanism *m = &mechanisms[_i];
    const char *picture = place_add_picture("photo.jpg");

    if (!meets_by_name(m))
        return;
    for (enum victim victim = 0; victim < VICTIMS; victim++) {
        kill_one(m, victim);
        ck_assert_int_eq(access("x", F_OK), victim == CONSUME ? 0 : -1);
        if (victim != CONSUME)
            continue;
        start_producer(m->name, "x", picture);
        program_await(&producer, "waiting for a consumer: ");
        start_consumer(m->name, "x");
        await_both();
        expect_good();
    }
}
END_TEST

/* A consumer is killed and started again at once, as a service manager does it:
 * its producer ends all the same, and the new run has nothing of the old. */
START_TEST(test_restart)
{
    const struct mechanism *m = &mechanisms[_i];

    if (!meets_by_name(m))
        return;
    start_consumer(m->name, "x");
    start_producer(m->name, "x", ENDLESS);
    (void)only_child(&producer);
    pause_ms(50);
    program_signal(&consumer, SIGKILL);
    program_wait(&consumer);
    program_zero(&other);
    program_start(&other, "%s consume --at x --store %s", m->name,
                  in_place("store"));
    program_wait(&producer);
    program_expect_line(&producer, 1, "100000000 jobs were sent before",
                        m->name);
    program_await(&other, "waiting for a producer: ");
    start_producer(m->name, "x", place_add_picture("photo.jpg"));
    program_wait(&producer);
    program_wait(&other);
    program_expect(&producer, 0, "thumbnail ", "good: 1 job");
    program_expect(&other, 0, NULL, "good: 1 job");
}
END_TEST

/* A producer that is stopped cannot leave a dead run: the next one waits, and
 * can be told not to. */
START_TEST(test_claim_waits)
{
    start_consumer("ring", "x");
    start_producer("ring", "x", ENDLESS);
    (void)only_child(&producer);
    program_signal(&producer, SIGSTOP);
    program_signal(&consumer, SIGKILL);
    program_wait(&consumer);
    for (int i = 0; i < 2; i++) {
        program_zero(&other);
        program_start(&other, "ring consume --at x --store %s",
                      in_place("store"));
        program_await(&other, "waiting for the producer of the last run");
        if (i == 1)
            break;
        program_signal(&other, SIGTERM);
        program_wait(&other);
        program_expect(&other, 128 + SIGTERM, NULL, "");
    }
    program_signal(&producer, SIGCONT);
    program_wait(&producer);
    program_expect_line(&producer, 1, "the consumer (pid ", "died");
    program_await(&other, "waiting for a producer: ");
    start_producer("ring", "x", place_add_picture("photo.jpg"));
    program_wait(&producer);
    program_wait(&other);
    program_expect(&other, 0, NULL, "good: 1 job");
}
END_TEST

/* Why the producer ended; it may not have attached by then. */
static bool says_why(bool consumer_stopped)
{
    const char *text = producer.err_text;

    return consumer_stopped ? strstr(text, "the consumer (pid ") ||
                                  strstr(text, "the other end is not here")
                            : strstr(text, "SIGINT") != NULL;
}

/* Ctrl-C on one side ends the other as well. */
START_TEST(test_stop)
{
    const struct mechanism *m = &mechanisms[_i];

    if (!meets_by_name(m))
        return;
    for (int i = 0; i < 2; i++) {
        start_consumer(m->name, "x");
        start_producer(m->name, "x", ENDLESS);
        (void)only_child(&producer);
        pause_ms(20);
        program_signal(i == 0 ? &consumer : &producer, SIGINT);
        await_both();
        program_expect(&consumer, i == 0 ? 130 : 1, NULL,
                       i == 0 ? "stopped by SIGINT"
                              : "the producer died or gave up");
        program_expect_line(&producer, i == 0 ? 1 : 130, "", "");
        if (!says_why(i == 0))
            program_fail(&producer, "does not say why");
    }
}
END_TEST

/* -------------------------------------------------------------- alone */

START_TEST(test_consumer_alone)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

    for (size_t i = 0; i < 3; i++) {
        start_consumer("fifo", "x");
        program_signal(&consumer, numbers[i]);
        program_wait(&consumer);
        program_expect(&consumer, 128 + numbers[i], NULL, "stopped by SIG");
    }
}
END_TEST

START_TEST(test_producer_alone)
{
    static const int numbers[] = { SIGINT, SIGTERM };

    for (size_t i = 0; i < 2; i++) {
        start_producer("fifo", "x", place_add_picture(i ? "1.jpg" : "0.jpg"));
        program_await(&producer, "waiting for a consumer: ");
        program_signal(&producer, numbers[i]);
        program_wait(&producer);
        program_expect(&producer, 128 + numbers[i], NULL, "");
    }
}
END_TEST

static void ignore_hangup(void)
{
    (void)signal(SIGHUP, SIG_IGN);
}

/* As nohup(1) starts it. */
START_TEST(test_nohup)
{
    program_zero(&consumer);
    consumer.prepare = ignore_hangup;
    program_start(&consumer, "fifo consume --at x --store %s",
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    program_signal(&consumer, SIGHUP);
    start_producer("fifo", "x", place_add_picture("photo.jpg"));
    await_both();
    expect_good();
}
END_TEST

/* -------------------------------------------------------- the directory */

/* Both commands refuse a place, each in one line that names it. */
static void expect_refusal(const char *place, const char *reason)
{
    program_run(&consumer, "fifo consume --at %s", place);
    program_expect_line(&consumer, 1, place, reason);
    program_run(&producer, "fifo produce --at %s --work verify", place);
    program_expect_line(&producer, 1, place, reason);
}

START_TEST(test_directory)
{
    const char *open_to_all = in_place("open"), *file = in_place("file");

    ck_assert_int_eq(mkdir(open_to_all, 0755), 0);
    ck_assert_int_eq(chmod(open_to_all, 0755), 0);
    expect_refusal(open_to_all, "mode 0700");
    write_file(file, "text", 4);
    expect_refusal(file, "Not a directory");
    expect_refusal(in_place("missing/x"), "No such file");
    ck_assert_uint_eq(count_files(open_to_all), 0);
}
END_TEST

START_TEST(test_directory_of_another)
{
    const char *path = in_place("theirs");

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chown(path, 1, 1), 0);
    expect_refusal(path, "not a directory of yours");
}
END_TEST

START_TEST(test_foreign_file)
{
    const char *path = in_place("full"), *file = in_place("full/notes.txt");

    ck_assert_int_eq(mkdir(path, 0700), 0);
    write_file(file, "text", 4);
    program_run(&consumer, "fifo consume --at %s", path);
    program_expect_line(&consumer, 1, path, "holds other files");
    /* Nor when a dead run's lock lies beside it. */
    write_file(in_place("full/consumer.lock"), "", 0);
    program_run(&consumer, "fifo consume --at %s", path);
    program_expect_line(&consumer, 1, path, "holds other files");
    ck_assert_uint_eq(count_files(path), 2);
}
END_TEST

/* Somebody removes what the two meet by: who waits there is told. */
START_TEST(test_removed_while_waiting)
{
    static const char *const names[] = { "x/consumer.lock", "x/ready.json" };

    for (size_t i = 0; i < 2; i++) {
        start_consumer("ring", "x");
        ck_assert_int_eq(unlink(names[i]), 0);
        program_wait(&consumer);
        program_expect(&consumer, 1, NULL, names[i]);
        program_expect(&consumer, 1, NULL, "was removed");
        ck_assert_int_eq(access("x", F_OK), -1);
    }
}
END_TEST

/* `clean` finds what a killed consumer left, wherever that is. */
START_TEST(test_clean_claimed)
{
    static const char *const lines[] = { "ipc clean", "ipc clean --at x" };
    static const char *const said[] = { "1 removed", "x: nothing is left" };

    for (size_t i = 0; i < 2; i++) {
        start_consumer("ring", "x");
        program_run(&other, "ipc clean --at x");
        program_expect_line(&other, 1, "x: ", "a run is going on there");
        program_run(&other, "ipc clean");
        program_expect(&other, 0, "nothing was left behind", NULL);
        program_signal(&consumer, SIGKILL);
        program_wait(&consumer);
        do /* until its worker is gone as well */
            program_run(&other, "%s", lines[i]);
        while (access("x", F_OK) == 0);
        program_expect(&other, 0, said[i], NULL);
    }
    program_run(&other, "ipc clean --at tcp://localhost:1");
    program_expect_line(&other, 2, "--at tcp://localhost:1", "a directory");
}
END_TEST

/* An empty directory that somebody made for it stays. */
START_TEST(test_own_directory)
{
    ck_assert_int_eq(mkdir(in_place("x"), 0700), 0);
    start_consumer("ring", in_place("x"));
    start_producer("ring", in_place("x"), place_add_picture("photo.jpg"));
    await_both();
    expect_good();
    ck_assert_uint_eq(count_files(in_place("x")), 0);
}
END_TEST

START_TEST(test_long_path)
{
    static const char *const names[] = { "unix-stream", "zeromq" };
    char path[160];

    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    for (size_t i = 0; i < 2; i++) {
        if (!mechanism_find(names[i]) || !mechanism_find(names[i])->ops)
            continue;
        program_run(&consumer, "%s consume --at %s", names[i], path);
        program_expect_line(&consumer, 1, "shorter --at", "");
    }
}
END_TEST

START_TEST(test_two_consumers)
{
    start_consumer("fifo", "x");
    program_run(&other, "ring consume --at x");
    program_expect(&other, 1, NULL, "waiting for the consumer at x to end");
    program_expect(&other, 1, NULL, "x: another consumer is at work there\n");
    start_producer("fifo", "x", place_add_picture("photo.jpg"));
    await_both();
    expect_good();
}
END_TEST

START_TEST(test_two_producers)
{
    start_consumer("fifo", "x");
    start_producer("fifo", "x", ENDLESS);
    (void)only_child(&producer);
    program_run(&other, "fifo produce --at x --work verify");
    program_expect_line(&other, 1, "x: ", "another producer is at work there");
    program_signal(&producer, SIGINT);
    await_both();
    program_expect(&consumer, 1, NULL, "the producer died or gave up");
}
END_TEST

/* The consumer removes nothing that a producer may still read, unless it is
 * told to. */
START_TEST(test_late_producer)
{
    for (int i = 0; i < 2; i++) {
        start_consumer("fifo", "x");
        start_producer("fifo", "x", "--work header --jobs 50000");
        (void)only_child(&producer);
        program_signal(&producer, SIGSTOP);
        program_await(&consumer, "good: 50000 jobs");
        pause_ms(100);
        ck_assert_int_eq(access("x/jobs.fifo", F_OK), 0);
        if (i == 1)
            program_signal(&consumer, SIGINT);
        else
            program_signal(&producer, SIGCONT);
        program_wait(&consumer);
        program_signal(&producer, SIGCONT);
        program_wait(&producer);
        program_expect(&consumer, i == 0 ? 0 : 130, NULL, "good");
        program_expect(&producer, 0, NULL, "good");
    }
}
END_TEST

/* A run has one producer. Who comes when that one was killed waits for the
 * next run, and does not go on in the middle of this one. */
START_TEST(test_next_producer)
{
    const struct mechanism *m = &mechanisms[_i];

    if (!meets_by_name(m))
        return;
    start_consumer(m->name, "x");
    start_producer(m->name, "x", ENDLESS);
    (void)only_child(&producer);
    pause_ms(20);
    program_signal(&producer, SIGKILL);
    program_wait(&producer);
    start_producer(m->name, "x", place_add_picture("photo.jpg"));
    program_wait(&consumer);
    program_expect(&consumer, 1, NULL, "the producer died or gave up");
    start_consumer(m->name, "x");
    await_both();
    expect_good();
}
END_TEST

START_TEST(test_relatives_only)
{
    program_run(&other, "pipe consume --at x");
    program_expect(&other, 2, NULL, "only relatives can share it");
    program_expect(&other, 2, NULL, "pipe demo");
    program_run(&other, "ipc consume pipe --at x");
    program_expect(&other, 2, NULL, "only relatives can share it");
    program_run(&other, "pipe produce --at x --work verify");
    program_expect(&other, 2, NULL, "only relatives can share it");
}
END_TEST

/* ------------------------------------------------------------- ready.json */

static json_t *read_ready(void)
{
    json_t *ready = json_load_file("x/ready.json", 0, NULL);

    ck_assert_ptr_nonnull(ready);
    return ready;
}

static void expect_ready_refused(const char *reason)
{
    program_run(&other, "fifo produce --at x --work verify");
    program_expect_line(&other, 1, "x: ", reason);
}

static void change_ready(const char *key, json_t *value, const char *reason)
{
    json_t *ready = read_ready(), *changed = json_deep_copy(ready);

    ck_assert_int_eq(json_object_set_new(changed, key, value), 0);
    ck_assert_int_eq(json_dump_file(changed, "x/ready.json", 0), 0);
    expect_ready_refused(reason);
    ck_assert_int_eq(json_dump_file(ready, "x/ready.json", 0), 0);
    json_decref(changed);
    json_decref(ready);
}

START_TEST(test_ready)
{
    start_consumer("fifo", "x");
    change_ready("version", json_integer(0), "version 0");
    change_ready("version", json_integer(99), "version 99");
    change_ready("project", json_string("x"), "not of this project");
    change_ready("mechanism", json_string("carrier-pigeon"), "carrier-pigeon");
    change_ready("mechanism", json_integer(1), "damaged");
    change_ready("payload_max", json_integer(-1), "damaged");
    change_ready("window", json_integer(0), "damaged");
    change_ready("jobs", json_array(), "damaged");
    change_ready("pid", json_integer(0), "damaged");
    program_run(&other, "ring produce --at x --work verify");
    program_expect_line(&other, 1, "uses fifo", "not in this program");
    program_run(&other, "fifo produce --at x --work verify --size 1GiB "
                        "--max 1GiB");
    program_expect_line(&other, 1, "--size", "32 MiB");
    start_producer("fifo", "x", place_add_picture("photo.jpg"));
    await_both();
    expect_good();
}
END_TEST

START_TEST(test_ready_no_json)
{
    start_consumer("fifo", "x");
    write_file("x/ready.json", "{\"project\": \"ipc-showc", 20);
    expect_ready_refused("not of this project");
    write_file("x/ready.json", "", 0);
    expect_ready_refused("not of this project");
    program_signal(&consumer, SIGTERM);
    program_wait(&consumer);
    program_expect(&consumer, 143, NULL, "stopped by SIGTERM");
}
END_TEST

/* What cannot be sent is told before anybody is waited for. */
START_TEST(test_producer_input)
{
    const char *bad = in_place("bad.jpg");

    program_run(&other, "fifo produce --at x %s", in_place("missing.jpg"));
    program_expect_line(&other, 1, "missing.jpg", "No such file");
    write_file(bad, "no picture", 10);
    start_consumer("fifo", "x");
    program_zero(&producer);
    program_start(&producer, "fifo produce --at x %s %s", bad,
                  place_add_picture("photo.jpg"));
    await_both();
    program_expect(&producer, 1, "thumbnail ", "bad.jpg: neither JPEG nor PNG");
    program_expect(&producer, 1, "thumbnail ",
                   "of 2 jobs 1 completed, 1 rejected");
    program_expect(&consumer, 1, NULL, "of 2 jobs 1 completed, 1 rejected");
}
END_TEST

/* A picture that is too large for the consumer: whose limit it is. And all that
 * were rejected are listed, not only those that are told. */
START_TEST(test_rejected)
{
    enum { MANY = 40 };
    const char *list = in_place("list"), *folder = in_place("folder");
    char name[PATH_MAX];
    static unsigned char bytes[FILE_MAX];
    size_t lines = 0, size;

    ck_assert_int_eq(mkdir(folder, 0700), 0);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "%s/\033%d.jpg", folder, i);
        write_file(name, "no picture", 10);
    }
    program_zero(&consumer);
    program_start(&consumer, "fifo consume --at x --max 1KiB --store %s",
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    start_producer("fifo", "x", place_add_picture("photo.jpg"));
    await_both();
    program_expect(&producer, 1, NULL,
                   "more than the consumer's --max allows (1024)");
    start_consumer("fifo", "x");
    program_zero(&producer);
    program_start(&producer, "fifo produce --at x --rejected %s %s", list,
                  folder);
    await_both();
    program_expect(&producer, 1, NULL, "40 rejected");
    program_expect(&producer, 1, NULL, "/\\x1b0.jpg: neither JPEG nor PNG");
    size = read_file(list, bytes);
    for (size_t i = 0; i < size; i++) {
        lines += bytes[i] == '\n';
        ck_assert(bytes[i] != '\033');
    }
    ck_assert_uint_eq(lines, MANY);
    program_run(&other, "fifo produce --at x --rejected %s/missing %s", list,
                folder);
    program_expect_line(&other, 1, "--rejected", "Not a directory");
}
END_TEST

/* -------------------------------------------------------------- pipelines */

START_TEST(test_pipeline)
{
    const char *picture = place_add_picture("photo.jpg");
    int fds[2];

    program_zero(&producer);
    program_zero(&consumer);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    consumer.in = fds[0];
    producer.out = fds[1];
    program_start(&producer, "pipe produce %s", picture);
    program_start(&consumer, "ipc consume pipe --store %s", in_place("store"));
    fd_close(&fds[0]);
    fd_close(&fds[1]);
    await_both();
    program_expect(&producer, 0, NULL, NULL);
    program_expect(&consumer, 0, "thumbnail ", "good: 1 job");
    expect_uploads(&consumer, picture);
}
END_TEST

/* The shell made the pipe, and the consumer makes it as large as it is told;
 * then its writer leaves without a word. */
START_TEST(test_pipeline_size)
{
    static const char *const names[] = { "pipe", "splice" };
    int fds[2];

    program_zero(&consumer);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    consumer.in = fds[0];
    program_start(&consumer, "%s consume --set pipe-size=128KiB --store %s",
                  names[_i], in_place("store"));
    fd_close(&fds[0]);
    while (fcntl(fds[1], F_GETPIPE_SZ) != 128 << 10) /* or its limit ends it */
        pause_ms(1);
    fd_close(&fds[1]);
    program_wait(&consumer);
    program_expect_line(&consumer, 1, names[_i], "producer");
}
END_TEST

/* A producer in a pipeline writes as any other does, two pages at a time:
 * several until a pipe that nobody reads is full. */
START_TEST(test_pipeline_pages)
{
    int fds[2];
    pid_t pid;

    if (access("/proc/self/io", R_OK) < 0) {
        (void)printf("not tested, nobody counts writes here: write-pages\n");
        return;
    }
    program_zero(&producer);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    producer.out = fds[1];
    program_start(&producer, "pipe produce --work header --size 1MiB");
    pid = program_await_worker(&producer, "producer");
    while (count_writes(pid) < 3) /* or the test's limit ends it */
        pause_ms(1);
    program_signal(&producer, SIGTERM);
    program_wait(&producer);
    fd_close(&fds[0]);
    fd_close(&fds[1]);
}
END_TEST

/* Another program of the pipeline has left its pipe non-blocking: all arrives,
 * and nobody else finds the pipe changed. */
START_TEST(test_pipeline_non_blocking)
{
    static const char *const names[] = { "pipe", "splice" };
    int fds[2];

    for (int i = 0; i < 4; i++) {
        const int flag = i / 2 ? O_NONBLOCK : 0;

        program_zero(&producer);
        program_zero(&consumer);
        ck_assert_int_eq(pipe2(fds, O_CLOEXEC | flag), 0);
        consumer.in = fds[0];
        producer.out = fds[1];
        program_start(&producer,
                      "%s produce --work verify --size 1MB --jobs 99",
                      names[i % 2]);
        pause_ms(50);
        program_start(&consumer, "%s consume --store %s", names[i % 2],
                      in_place("store"));
        await_both();
        program_expect(&producer, 0, NULL, NULL);
        program_expect(&consumer, 0, NULL, "good: 99 jobs");
        ck_assert_int_eq(fcntl(fds[0], F_GETFL) & O_NONBLOCK, flag);
        ck_assert_int_eq(fcntl(fds[1], F_GETFL) & O_NONBLOCK, flag);
        fd_close(&fds[0]);
        fd_close(&fds[1]);
    }
}
END_TEST

static void expect_file(const char *path, const char *text)
{
    static unsigned char bytes[FILE_MAX + 1];

    bytes[read_file(path, bytes)] = '\0';
    ck_assert_str_eq((char *)bytes, text);
}

/* The consumer alone can tell which file it was that it could not do: so the
 * producer tells it the names. */
START_TEST(test_pipeline_names)
{
    const char *picture = place_add_picture("photo.jpg"), *bad = in_place("1");
    const char *list = in_place("list"), *fifo = in_place("fifo");
    int fds[2];

    program_zero(&producer);
    program_zero(&consumer);
    write_file(bad, "no picture", 10);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    consumer.in = fds[0];
    producer.out = fds[1];
    program_start(&producer, "pipe produce %s %s %s", fifo, bad, picture);
    program_start(&consumer, "pipe consume --store %s --rejected %s",
                  in_place("store"), list);
    fd_close(&fds[0]);
    fd_close(&fds[1]);
    await_both();
    program_expect_line(&producer, 1, "job 0 rejected: ../made/fifo: a FIFO",
                        "not a file");
    program_expect(&consumer, 1, "thumbnail ",
                   "job 1 rejected: ../made/1: neither");
    expect_file(list, "1\t../made/1\tneither JPEG nor PNG\n");
}
END_TEST

static void consume_file(const char *path)
{
    program_zero(&consumer);
    consumer.in = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_gt(consumer.in, 0);
    program_start(&consumer, "pipe consume --store %s", in_place("store"));
    program_wait(&consumer);
    fd_close(&consumer.in);
}

/* Frames in a file serve as well, unless they end too early. */
START_TEST(test_cut_off)
{
    static unsigned char bytes[FILE_MAX];
    const char *file = in_place("frames");
    size_t size;

    program_zero(&producer);
    producer.out = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    program_start(&producer, "pipe produce %s", place_add_picture("photo.jpg"));
    program_wait(&producer);
    fd_close(&producer.out);
    program_expect(&producer, 0, NULL, NULL);
    consume_file(file);
    program_expect(&consumer, 0, "thumbnail ", "good: 1 job");
    size = read_file(file, bytes);
    for (int i = 0; i < 3; i++) {
        write_file(file, bytes, i == 0 ? 5 : i == 1 ? size / 2 : size - 1);
        consume_file(file);
        program_expect_line(&consumer, 1, "pipe: the pipe ended before", "END");
    }
    bytes[200] ^= 1;
    write_file(file, bytes, size);
    consume_file(file);
    program_expect(&consumer, 1, NULL, "1 corrupted");
}
END_TEST

START_TEST(test_garbage)
{
    static const char text[] = "This is a text.\nIt has no frames at all.\n";
    static unsigned char bytes[FILE_MAX];
    const char *file = in_place("garbage");
    int random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(read(random, bytes, 100000), 100000);
    fd_close(&random);
    write_file(file, bytes, 100000);
    consume_file(file);
    program_expect_line(&consumer, 1, "pipe: ", "not from `pipe produce`");
    write_file(file, text, strlen(text));
    consume_file(file);
    program_expect_line(&consumer, 1, "pipe: ", "not from `pipe produce`");
    /* A size that could be, and then no frame. */
    memset(bytes, 0, 1000);
    bytes[0] = 100;
    write_file(file, bytes, 1000);
    consume_file(file);
    program_expect_line(&consumer, 1, "pipe: ", "");
    consume_file("/dev/null");
    program_expect_line(&consumer, 1, "pipe: the pipe ended before", "END");
}
END_TEST

/* As `| head -c 1000` does it. */
START_TEST(test_reader_leaves)
{
    char bytes[1000];
    int fds[2];

    program_zero(&producer);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    producer.out = fds[1];
    program_start(&producer, "pipe produce " ENDLESS);
    fd_close(&fds[1]);
    ck_assert_int_gt(read(fds[0], bytes, sizeof(bytes)), 0);
    fd_close(&fds[0]);
    program_wait(&producer);
    program_expect_line(&producer, 1, "pipe: ", "the consumer closed the pipe");
}
END_TEST

START_TEST(test_terminal_refused)
{
    int master, slave;

    ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
    program_zero(&producer);
    producer.out = slave;
    program_start(&producer, "pipe produce --work verify");
    program_wait(&producer);
    program_expect(&producer, 2, NULL, "not for a terminal");
    program_zero(&consumer);
    consumer.in = slave;
    program_start(&consumer, "pipe consume");
    program_wait(&consumer);
    program_expect(&consumer, 2, NULL, "not for a terminal");
    fd_close(&slave);
    fd_close(&master);
}
END_TEST

/* ----------------------------------------------------------------- suite */

static void add_meeting(Suite *suite)
{
    TCase *tc = add_case_with_place(suite, "meeting", 0);

    tcase_add_test(tc, test_consumer_alone);
    tcase_add_test(tc, test_producer_alone);
    tcase_add_test(tc, test_nohup);
    tcase_add_test(tc, test_directory);
    tcase_add_test(tc, test_directory_of_another);
    tcase_add_test(tc, test_foreign_file);
    tcase_add_test(tc, test_own_directory);
    tcase_add_test(tc, test_long_path);
    tcase_add_test(tc, test_two_consumers);
    tcase_add_test(tc, test_two_producers);
    tcase_add_test(tc, test_claim_waits);
    tcase_add_test(tc, test_removed_while_waiting);
    tcase_add_test(tc, test_clean_claimed);
    tcase_add_test(tc, test_late_producer);
    tcase_add_test(tc, test_relatives_only);
    tcase_add_test(tc, test_ready);
    tcase_add_test(tc, test_ready_no_json);
    tcase_add_test(tc, test_producer_input);
    tcase_add_test(tc, test_rejected);
}

static void add_pipeline(Suite *suite)
{
    TCase *tc = add_case_with_place(suite, "pipeline", 0);

    tcase_add_test(tc, test_pipeline);
    tcase_add_loop_test(tc, test_pipeline_size, 0, 2);
    tcase_add_test(tc, test_pipeline_pages);
    tcase_add_test(tc, test_pipeline_non_blocking);
    tcase_add_test(tc, test_pipeline_names);
    tcase_add_test(tc, test_cut_off);
    tcase_add_test(tc, test_garbage);
    tcase_add_test(tc, test_reader_leaves);
    tcase_add_test(tc, test_terminal_refused);
}

Suite *terminals_suite(void)
{
    Suite *suite = suite_create("terminals");
    TCase *tc;

    add_meeting(suite);
    add_pipeline(suite);
    for (int i = 0; mechanisms[i].name; i++) {
        tc = add_case_with_place(suite, mechanisms[i].name, 0);
        tcase_add_loop_test(tc, test_consumer_first, i, i + 1);
        tcase_add_loop_test(tc, test_producer_first, i, i + 1);
        tcase_add_loop_test(tc, test_meet_as_nobody, i, i + 1);
        tcase_add_loop_test(tc, test_patterns, i, i + 1);
        tcase_add_loop_test(tc, test_kill, i, i + 1);
        tcase_add_loop_test(tc, test_restart, i, i + 1);
        tcase_add_loop_test(tc, test_stop, i, i + 1);
        tcase_add_loop_test(tc, test_next_producer, i, i + 1);
    }
    return suite;
}
