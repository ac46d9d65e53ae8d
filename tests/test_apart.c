/* SPDX-License-Identifier: MIT */
/*
 * Two programs, of which one dies and is started again: the other one waits for
 * it (--wait), and a producer goes on by its journal (--resume). Every picture
 * is uploaded, whoever dies meanwhile.
 */
#include "ipc/job/store.h"
#include "ipc/mechanisms.h"
#include "ipc/worker/ledger.h"
#include "shared/base/fd.h"
#include "shared/base/units.h"
#include "shared/base/write.h"
#include "tests/helpers.h"
#include "tests/network.h"
#include "tests/program.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PICTURES = 10,
    PICTURES_MANY = 2000,
    FILE_MAX = 1 << 20,
    LIMIT_S = 120,
    LIMIT_LONG_S = 1200,
    KILL_EVERY_MS = 1000,
    LOOK_MS = 5,
    ENDINGS = LEDGER_ATTEMPTS + 1,
};

/* A picture takes two uploads, and so its time, wherever it runs. */
#define SLOWLY "--wait 60 --model serial --upload-latency 60ms"

/* The same, of a consumer that nobody comes to again; its first producer, which
 * is there before it, has as long to find it. */
#define BRIEFLY "--wait 3 --model serial --upload-latency 60ms"

static struct program consumer, producer;

/* Who meets in a directory, each in another manner. */
static const char *const names[] = { "unix-seqpacket", "ring", "posix-mq",
                                     "spool", "sqlite" };

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static bool takes_part(const char *name)
{
    const struct mechanism *m = mechanism_find(name);

    return m && !mechanism_skipped(m);
}

/* ------------------------------------------------- pictures and uploads */

static size_t read_file(const char *path, unsigned char *bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    ck_assert_msg(fd > 0, "%s: %s", path, strerror(errno));
    n = read(fd, bytes, FILE_MAX);
    fd_close(&fd);
    ck_assert_int_gt(n, 0);
    return (size_t)n;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, bytes, size), 0);
    fd_close(&fd);
}

/* The same picture, and behind its end a number: so each is another file. */
static void make_pictures(unsigned count)
{
    static unsigned char bytes[FILE_MAX];
    char path[PATH_MAX];
    size_t size = read_file(place_add_picture("one.jpg"), bytes);

    ck_assert_int_eq(mkdir(in_place("pictures"), 0700), 0);
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), "%s/%04u.jpg", in_place("pictures"),
                       i);
        memcpy(bytes + size, &i, sizeof(i));
        write_file(path, bytes, size + sizeof(i));
    }
}

static size_t count_files(const char *path)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    size_t count = 0;

    while (stream && (entry = readdir(stream)))
        count += entry->d_name[0] != '.';
    if (stream)
        (void)closedir(stream);
    return count;
}

static void expect_upload(unsigned number)
{
    static unsigned char bytes[FILE_MAX], uploaded[FILE_MAX];
    char path[PATH_MAX], name[STORE_NAME_MAX];
    uint8_t sha256[STORE_SHA256_SIZE];
    size_t size;

    (void)snprintf(path, sizeof(path), "%s/%04u.jpg", in_place("pictures"),
                   number);
    size = read_file(path, bytes);
    store_sha256(bytes, size, sha256);
    store_name(sha256, "jpg", name);
    (void)snprintf(path, sizeof(path), "%s/%s", in_place("store"), name);
    ck_assert_uint_eq(read_file(path, uploaded), size);
    ck_assert_mem_eq(uploaded, bytes, size);
}

/* Each original byte for byte, the thumbnail of them all, and nothing else. */
static void expect_uploads(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        expect_upload(i);
    ck_assert_uint_eq(count_files(in_place("store")), count + 1);
}

/* Until some pictures are done, which takes a slow consumer a while. */
static void await_uploads(size_t count)
{
    const double deadline = seconds_now() + TEST_HANG_S * test_patience();

    while (count_files(in_place("store")) < count) {
        if (seconds_now() > deadline || process_is_gone(consumer.pid)) {
            program_wait(&consumer);
            program_fail(&consumer, "uploads nothing");
        }
        pause_ms(LOOK_MS);
    }
}

/* ------------------------------------------------------------ two programs */

static void start_consumer(const char *name, const char *at,
                           const char *options, void (*prepare)(void))
{
    program_zero(&consumer);
    consumer.prepare = prepare;
    program_start(&consumer, "ipc consume %s --at %s %s --store %s", name, at,
                  options, in_place("store"));
}

static void start_producer(const char *at, const char *options,
                           void (*prepare)(void))
{
    program_zero(&producer);
    producer.prepare = prepare;
    program_start(&producer, "ipc produce --at %s %s %s", at, options,
                  in_place("pictures"));
}

static void kill_program(struct program *p)
{
    program_signal(p, SIGKILL);
    program_wait(p);
    ck_assert_int_eq(p->status, 128 + SIGKILL);
}

/* A consumer with a model that was killed leaves a server's directory. */
static void remove_leftovers(void)
{
    static struct program clean;

    program_run(&clean, "ipc clean");
    ck_assert_int_eq(clean.status, 0);
}

#define KEEPING "--wait 60 --resume journal"

/* What a producer keeps is its user's to remove. */
static void remove_journal(void)
{
    remove_leftovers();
    ck_assert_int_eq(unlink("journal/journal"), 0);
    ck_assert_int_eq(unlink("journal/consumer.lock"), 0);
    ck_assert_int_eq(rmdir("journal"), 0);
}

static void expect_all(const char *said)
{
    program_wait(&producer);
    program_wait(&consumer);
    program_expect(&producer, 0, "0009.jpg: ", said);
    program_expect(&producer, 0, "thumbnail ",
                   "good: 10 jobs, each took effect once, undamaged");
    program_expect(&consumer, 0, NULL, "good: ");
    expect_uploads(PICTURES);
}

/* In the midst of the pictures, and another one is there at once. */
static void restart_consumer(const char *name, const char *at,
                             const char *options, void (*prepare)(void))
{
    await_uploads(2);
    kill_program(&consumer);
    start_consumer(name, at, options, prepare);
}

static void restart_producer(const char *at, void (*prepare)(void))
{
    await_uploads(2);
    kill_program(&producer);
    start_producer(at, KEEPING, prepare);
}

START_TEST(test_consumer_killed)
{
    if (!takes_part(names[_i]))
        return;
    make_pictures(PICTURES);
    start_consumer(names[_i], "x", SLOWLY, NULL);
    start_producer("x", "--wait 60", NULL);
    restart_consumer(names[_i], "x", "--wait 60", NULL);
    expect_all("; waiting for another consumer, 60 s at most\n");
    program_expect(&producer, 0, "thumbnail ", "the consumer (pid ");
    program_expect(&producer, 0, "thumbnail ", " of 10 jobs are settled; ");
    program_expect(&producer, 0, "thumbnail ", "; 1 restart; ");
    remove_leftovers();
}
END_TEST

START_TEST(test_producer_killed)
{
    if (!takes_part(names[_i]))
        return;
    make_pictures(PICTURES);
    start_consumer(names[_i], "x", SLOWLY, NULL);
    start_producer("x", KEEPING, NULL);
    restart_producer("x", NULL);
    expect_all("; 1 restart; ");
    program_expect(&consumer, 0, NULL,
                   " jobs were done before; waiting for another producer, 60 s "
                   "at most\n");
    remove_journal();
}
END_TEST

/* The mechanism may be another one then: the journal is of the jobs. */
START_TEST(test_both_killed)
{
    make_pictures(PICTURES);
    start_consumer("unix-seqpacket", "x", SLOWLY, NULL);
    start_producer("x", KEEPING, NULL);
    await_uploads(2);
    kill_program(&producer);
    restart_consumer("fifo", "x", "--wait 60", NULL);
    start_producer("x", KEEPING, NULL);
    expect_all("; 1 restart; ");
    /* And once more, when nothing is left to be done. */
    start_producer("x", KEEPING, NULL);
    program_wait(&producer);
    program_expect(&producer, 0, "",
                   "nothing to send: 10 of 10 jobs are settled");
    ck_assert_ptr_null(strstr(producer.err_text, "waiting"));
    remove_journal();
}
END_TEST

/* In a stream nothing is settled: all of it is sent again. */
START_TEST(test_stream)
{
    make_pictures(PICTURES);
    start_consumer("unix-seqpacket", "x", SLOWLY, NULL);
    start_producer("x", "--wait 60 --pattern stream", NULL);
    restart_consumer("unix-seqpacket", "x", "--wait 60", NULL);
    program_wait(&producer);
    program_wait(&consumer);
    program_expect(&producer, 0, "", "; a stream is sent again as a whole; ");
    program_expect(&producer, 0, "", "good: 10 jobs, each took effect once");
    program_expect(&consumer, 0, NULL, "good: 10 jobs");
    expect_uploads(PICTURES);
    remove_leftovers();
}
END_TEST

/* One that is stopped is left, and goes on with who comes then: which may be
 * the same again. */
START_TEST(test_consumer_stopped)
{
    pid_t worker;

    make_pictures(PICTURES);
    start_consumer("unix-seqpacket", "x", SLOWLY, NULL);
    start_producer("x", "--wait 60 --stall 1", NULL);
    await_uploads(2);
    worker = program_await_worker(&consumer, "consumer");
    program_signal(&consumer, SIGSTOP);
    ck_assert_int_eq(kill(worker, SIGSTOP), 0);
    program_await(&producer, "waiting for another consumer");
    ck_assert_int_eq(kill(worker, SIGCONT), 0);
    program_signal(&consumer, SIGCONT);
    expect_all("no progress for 1 s; ");
}
END_TEST

/* The producer sends all, and gives up while its consumer is stopped: which
 * then does everything, answers nobody's END, and is done when nobody comes. */
START_TEST(test_producer_leaves_at_end)
{
    pid_t worker;

    make_pictures(PICTURES);
    start_producer("x", "--pattern stream --stall 1", NULL);
    start_consumer("unix-seqpacket", "x", BRIEFLY, NULL);
    await_uploads(1);
    worker = program_await_worker(&consumer, "consumer");
    program_signal(&consumer, SIGSTOP);
    ck_assert_int_eq(kill(worker, SIGSTOP), 0);
    program_wait(&producer);
    program_expect(&producer, 1, "", "; 10 of 10 jobs were sent before, ");
    ck_assert_int_eq(kill(worker, SIGCONT), 0);
    while (!process_is_gone(worker))
        pause_ms(LOOK_MS);
    program_signal(&consumer, SIGCONT);
    program_wait(&consumer);
    program_expect(&consumer, 0, NULL, "; 10 jobs were done before; waiting ");
    program_expect(&consumer, 0, NULL,
                   ": good: no other producer came within 3 s, "
                   "and all jobs of the last one are done\n");
    expect_uploads(PICTURES);
}
END_TEST

/* ------------------------------------------------------- a wait that ends */

START_TEST(test_nobody_comes)
{
    static const char *const places[] = { "x", "tcp://127.0.0.1:7999" };
    char told[100];

    for (size_t i = 0; i < 2; i++) {
        program_run(&producer, "ipc produce --at %s --work verify --wait 0.2",
                    places[i]);
        (void)snprintf(told, sizeof(told),
                       "%s: no consumer came within 0.2 s; 0 of 1000 jobs are "
                       "settled\n",
                       places[i]);
        program_expect(&producer, 1, "", told);
        program_run(&consumer, "tcp consume --at %s --wait 0.2", places[i]);
        program_expect(&consumer, 1, "",
                       "tcp: no producer came within 0.2 s\n");
    }
    ck_assert_int_eq(rmdir("ipc-store"), 0);
}
END_TEST

/* It tells of the bytes that it has sent itself. */
static void expect_bytes(void)
{
    char path[PATH_MAX], bytes[UNITS_TEXT_MAX], told[UNITS_TEXT_MAX + 10];
    const char *line = producer.out_text;
    struct stat status;
    unsigned count = 0;

    while ((line = strstr(line, "thumbnail "))) {
        line++;
        count++;
    }
    ck_assert_uint_lt(count, PICTURES);
    (void)snprintf(path, sizeof(path), "%s/0009.jpg", in_place("pictures"));
    ck_assert_int_eq(stat(path, &status), 0);
    (void)snprintf(told, sizeof(told), "; %s in ",
                   bytes_text((double)status.st_size * count, bytes));
    program_expect(&producer, 0, "", told);
}

/* It counts for each wait, and what is settled by then is kept. */
START_TEST(test_nobody_comes_again)
{
    make_pictures(PICTURES);
    start_consumer("unix-seqpacket", "x", SLOWLY, NULL);
    start_producer("x", "--wait 0.3 --resume journal", NULL);
    await_uploads(4);
    kill_program(&consumer);
    program_wait(&producer);
    program_expect(&producer, 1, "", "; waiting for another consumer, 0.3 s");
    program_expect(&producer, 1, "", "x: no consumer came within 0.3 s; ");
    program_expect(&producer, 1, "", " of 10 jobs are settled; the same ");
    start_producer("x", KEEPING, NULL);
    start_consumer("unix-seqpacket", "x", "--wait 60", NULL);
    expect_all("; 2 restarts; ");
    expect_bytes();
    remove_journal();
}
END_TEST

/* A consumer that was in the midst of jobs has not done what it was there
 * for. */
START_TEST(test_no_producer_again)
{
    make_pictures(PICTURES);
    start_producer("x", "--wait 60", NULL);
    start_consumer("unix-seqpacket", "x", BRIEFLY, NULL);
    await_uploads(2);
    kill_program(&producer);
    program_wait(&consumer);
    program_expect(&consumer, 1, NULL, "; waiting for another producer, 3 s");
    program_expect(&consumer, 1, NULL,
                   "unix-seqpacket: no producer came within 3 s\n");
}
END_TEST

/* Ctrl-C ends it at once, on either side. */
START_TEST(test_stop_while_waiting)
{
    static const int numbers[] = { SIGINT, SIGTERM };

    make_pictures(PICTURES);
    for (size_t i = 0; i < 2; i++) {
        start_consumer("unix-seqpacket", "x", SLOWLY, NULL);
        start_producer("x", KEEPING, NULL);
        await_uploads(2 + i);
        kill_program(&consumer);
        program_await(&producer, "waiting for another consumer");
        program_signal(&producer, numbers[i]);
        program_wait(&producer);
        ck_assert_int_eq(producer.status, 128 + numbers[i]);
    }
    start_consumer("unix-seqpacket", "x", SLOWLY, NULL);
    start_producer("x", KEEPING, NULL);
    await_uploads(4);
    kill_program(&producer);
    program_await(&consumer, "waiting for another producer");
    program_signal(&consumer, SIGINT);
    program_wait(&consumer);
    ck_assert_int_eq(consumer.status, 128 + SIGINT);
    remove_journal();
}
END_TEST

static void have_no_disk(void)
{
    deny_call(SYS_fsync, EIO);
}

/* A consumer that is asked to waits for the disk: no picture counts as done
 * that is not there. */
START_TEST(test_disk)
{
    if (!may_deny_calls("a disk that fails"))
        return;
    make_pictures(1);
    for (int synced = 0; synced < 2; synced++) {
        start_consumer("fifo", "x", synced ? "--sync" : "--max 1MiB",
                       have_no_disk);
        program_await(&consumer, "waiting for a producer");
        start_producer("x", "--stall 30", NULL);
        program_wait(&producer);
        program_wait(&consumer);
        ck_assert_int_eq(producer.status, synced);
    }
    program_expect(&consumer, 1, "", "store: Input/output error");
}
END_TEST

/* -------------------------------------------------------------- a journal */

START_TEST(test_other_jobs)
{
    make_pictures(PICTURES);
    start_producer("x", "--wait 0.1 --resume journal", NULL);
    program_wait(&producer);
    program_run(&producer, "ipc produce --at x --resume journal %s/0001.jpg",
                in_place("pictures"));
    program_expect_line(&producer, 1, "--resume journal: ",
                        "one of other jobs, or other pictures");
    start_producer("x", KEEPING, NULL);
    program_await(&producer, "waiting for a consumer: ");
    program_run(&consumer, "ipc produce --at y --resume journal --work verify");
    program_expect_line(&consumer, 1, "--resume journal: ",
                        "another run keeps its journal there");
    start_consumer("ring", "x", "--wait 60", NULL);
    program_wait(&producer);
    program_wait(&consumer);
    program_expect(&producer, 0, "thumbnail ", "good: 10 jobs");
    remove_journal();
}
END_TEST

/* What is torn is cut off, and done again. */
START_TEST(test_torn_journal)
{
    struct stat status;

    make_pictures(PICTURES);
    start_producer("x", KEEPING, NULL);
    start_consumer("ring", "x", "--wait 60", NULL);
    program_wait(&producer);
    program_wait(&consumer);
    ck_assert_int_eq(stat("journal/journal", &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(truncate("journal/journal", status.st_size - 1), 0);
    start_producer("x", KEEPING, NULL);
    start_consumer("ring", "x", "--wait 60", NULL);
    expect_all("1 restart");
    remove_journal();
}
END_TEST

START_TEST(test_mistakes)
{
    static const struct {
        const char *line, *says;
    } mistakes[] = {
        { "pipe produce --work verify --wait 3", "nobody to --wait for" },
        { "pipe consume --wait 3", "nobody to --wait for" },
        { "pipe produce --work verify --resume j", "nothing can be resumed" },
        { "ipc produce --at x --work verify --pattern stream --resume j",
          "nothing can be resumed" },
        { "ipc produce --at x --work verify --resume x",
          "the journal needs a directory of its own" },
        { "ipc produce --at x --work verify --resume ./x",
          "the journal needs a directory of its own" },
        { "ipc produce --at x --work verify --sync", "there is no journal" },
        { "ipc produce --at x --work carry", "it is for bench alone" },
        { "ipc produce --at x --work verify --wait 1d", "seconds" },
        { "ipc produce --at x --work verify --wait -1", "seconds" },
        { "ipc demo ring --wait 3", "seconds are for produce and consume" },
        { "ipc consume ring --at x --resume j", "consume takes no --resume" },
    };

    ck_assert_int_eq(mkdir("x", 0700), 0);
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        program_run(&producer, "%s", mistakes[i].line);
        program_expect(&producer, 2, "", mistakes[i].says);
    }
    ck_assert_int_eq(rmdir("x"), 0);
}
END_TEST

/* ------------------------------------------------------------ a poison job */

/* Consumers upload to the test's own server, which never answers: so the test
 * knows when one has a job in hand. */
static int open_server(char options[static 100])
{
    const struct url here = { .host = "127.0.0.1" };
    struct sockaddr_in name;
    socklen_t length = sizeof(name);
    int fd;

    ck_assert_int_eq(socket_bind(&here, 0, SOCK_STREAM, &fd), 0);
    ck_assert_int_eq(listen(fd, SOMAXCONN), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &length), 0);
    (void)snprintf(options, 100,
                   "--model serial --upload-url http://127.0.0.1:%u/{name}",
                   ntohs(name.sin_port));
    return fd;
}

/* Each has the first job in hand when it ends by this signal. */
static void end_consumers(int number)
{
    char options[100];
    int server = open_server(options), fd;
    struct pollfd polled = { .fd = server, .events = POLLIN };

    for (unsigned i = 0; i < ENDINGS - 1; i++) {
        start_consumer("unix-seqpacket", "x", options, NULL);
        ck_assert_int_eq(poll(&polled, 1, TEST_HANG_S * 1000 * test_patience()),
                         1);
        fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
        ck_assert_int_gt(fd, 0);
        program_signal(&consumer, number);
        program_wait(&consumer);
        fd_close(&fd);
    }
    fd_close(&server);
}

/* All others are done, and one line says which it was. */
START_TEST(test_poison)
{
    static const char why[] = "set aside: 5 consumers died with it in hand";
    char bytes[PATH_MAX];
    size_t size;

    make_pictures(PICTURES);
    (void)snprintf(bytes, sizeof(bytes), KEEPING " --rejected %s",
                   in_place("rejected"));
    start_producer("x", bytes, NULL);
    end_consumers(SIGKILL);
    start_consumer("unix-seqpacket", "x", "--wait 60", NULL);
    program_wait(&producer);
    program_wait(&consumer);
    program_expect(&producer, 1, "", "job 0 rejected: ");
    program_expect(&producer, 1, "", why);
    program_expect(&producer, 1, "",
                   "good: of 10 jobs 9 completed, 1 rejected; 5 restarts");
    program_expect(&consumer, 0, NULL, "good: 9 jobs");
    size = read_file(in_place("rejected"), (unsigned char *)bytes);
    ck_assert_ptr_nonnull(memmem(bytes, size, why, strlen(why)));
    /* It stays so. */
    start_producer("x", KEEPING, NULL);
    program_wait(&producer);
    program_expect(&producer, 1, "", why);
    remove_journal();
}
END_TEST

/* Who ends of its own accord, or is told to, has not died of a job. */
START_TEST(test_no_poison)
{
    make_pictures(PICTURES);
    start_producer("x", KEEPING, NULL);
    end_consumers(SIGTERM);
    start_consumer("unix-seqpacket", "x", "--wait 60", NULL);
    expect_all("; 5 restarts; ");
    remove_journal();
}
END_TEST

/* -------------------------------------------------------- on two machines */

/* False, with the reason said, where the system does not let it be. */
static bool open_network(const char *name)
{
    const char *reason = takes_part(name) ? network_open() : "not built";

    if (reason) {
        printf("skipped: two machines that wait, over %s: %s\n", name, reason);
        network_close();
    }
    return !reason;
}

#define FAR_PLACE "tcp://" NETWORK_NEAR ":7999"

static const char *const far_names[] = { "tcp", "zeromq" };

enum { FAR_NAMES = sizeof(far_names) / sizeof(far_names[0]) };

START_TEST(test_machines)
{
    if (!open_network(far_names[_i]))
        return;
    make_pictures(PICTURES);
    start_consumer(far_names[_i], FAR_PLACE, SLOWLY, network_near);
    start_producer(FAR_PLACE, KEEPING, network_far);
    restart_consumer(far_names[_i], FAR_PLACE, SLOWLY, network_near);
    await_uploads(4);
    restart_producer(FAR_PLACE, network_far);
    expect_all("; 2 restarts; ");
    program_expect(&consumer, 0, NULL, "; waiting for another producer, 60 s");
    network_close();
    remove_journal();
}
END_TEST

/* ----------------------------------------------------- again and again */

/* Starts it again, as a service manager does, unless it has done its part. */
static bool has_done(struct program *p)
{
    if (p->pid > 0 && !process_is_gone(p->pid))
        return false;
    program_wait(p);
    return p->status == 0;
}

struct place {
    const char *name, *at;
    void (*consume)(void), (*produce)(void);
};

static void start_that(const struct place *place, bool is_producer)
{
    if (is_producer)
        start_producer(place->at, KEEPING, place->produce);
    else
        start_consumer(place->name, place->at, "--wait 60", place->consume);
}

/* Either side is killed every second, by turns; returns how often. */
static unsigned kill_often(const struct place *place)
{
    double due = seconds_now() + KILL_EVERY_MS / 1e3;
    unsigned kills = 0;

    start_that(place, false);
    start_that(place, true);
    while (!has_done(&producer)) {
        if (producer.status > 0)
            program_fail(&producer, "ended");
        if (seconds_now() > due) {
            kill_program(kills % 2 ? &producer : &consumer);
            start_that(place, kills++ % 2);
            due = seconds_now() + KILL_EVERY_MS / 1e3;
        }
        pause_ms(LOOK_MS);
    }
    return kills;
}

/* A consumer that was started when all was done waits for more. */
static void end_consumer(void)
{
    if (!process_is_gone(consumer.pid))
        program_signal(&consumer, SIGTERM);
    program_wait(&consumer);
}

static void run_often(const struct place *place)
{
    const double began = seconds_now();
    unsigned kills;

    make_pictures(PICTURES_MANY);
    kills = kill_often(place);
    printf("%s: %d pictures, %u kills, %.1f s\n", place->name, PICTURES_MANY,
           kills, seconds_now() - began);
    program_expect(&producer, 0, "thumbnail ", "good: 2000 jobs, each ");
    end_consumer();
    expect_uploads(PICTURES_MANY);
    remove_journal();
}

static const char *const often[] = { "unix-seqpacket", "ring", "posix-mq",
                                     "sqlite", "redis-stream" };

START_TEST(test_often)
{
    const struct place place = { often[_i], "x", NULL, NULL };

    if (test_is_long() && takes_part(place.name))
        run_often(&place);
}
END_TEST

START_TEST(test_often_far)
{
    static const struct place place = { "tcp", FAR_PLACE, network_near,
                                        network_far };

    if (!test_is_long() || !open_network(place.name))
        return;
    run_often(&place);
    network_close();
}
END_TEST

/* -------------------------------------------------------------------- suite */

Suite *apart_suite(void)
{
    Suite *suite = suite_create("apart");
    TCase *tc;

    tc = add_case_with_place(suite, "killed", LIMIT_S);
    tcase_add_loop_test(tc, test_consumer_killed, 0, NAMES);
    tcase_add_loop_test(tc, test_producer_killed, 0, NAMES);
    tcase_add_test(tc, test_both_killed);
    tcase_add_test(tc, test_stream);
    tcase_add_test(tc, test_consumer_stopped);
    tcase_add_test(tc, test_producer_leaves_at_end);
    tc = add_case_with_place(suite, "waits", LIMIT_S);
    tcase_add_test(tc, test_nobody_comes);
    tcase_add_test(tc, test_nobody_comes_again);
    tcase_add_test(tc, test_no_producer_again);
    tcase_add_test(tc, test_stop_while_waiting);
    tcase_add_test(tc, test_disk);
    tcase_add_test(tc, test_other_jobs);
    tcase_add_test(tc, test_torn_journal);
    tcase_add_test(tc, test_mistakes);
    tc = add_case_with_place(suite, "poison", LIMIT_S);
    tcase_add_test(tc, test_poison);
    tcase_add_test(tc, test_no_poison);
    tc = add_case_with_place(suite, "machines", LIMIT_S);
    tcase_add_loop_test(tc, test_machines, 0, FAR_NAMES);
    tc = add_case_with_place(suite, "often", LIMIT_LONG_S);
    tcase_add_loop_test(tc, test_often, 0, sizeof(often) / sizeof(often[0]));
    tcase_add_test(tc, test_often_far);
    return suite;
}
