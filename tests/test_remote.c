/* SPDX-License-Identifier: MIT */
/* Two programs that meet at a URL: on one machine, and on two of the test's
 * own, with a network between them that is cut. */
#include "ipc/job/job.h"
#include "ipc/mechanisms.h"
#include "queues/redis_stream_server.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/net/meeting.h"
#include "tests/helpers.h"
#include "tests/network.h"
#include "tests/program.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_LIMIT_S = 120, JOBS = 2000 };

#define MANY    "--work verify --size 20KB --jobs 2000"
#define ENDLESS "--work verify --size 4KiB --jobs 100000000"

static struct program consumer, producer;
static pid_t server;
static unsigned port; /* a test's own, free here when it begins */

/* --------------------------------------------------------- who takes part */

static const char *const names[] = { "tcp", "zeromq", "redis-stream" };

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static bool takes_part(const char *name)
{
    const struct mechanism *m = mechanism_find(name);

    return m && !mechanism_skipped(m);
}

static bool is_redis(const char *name)
{
    return strcmp(name, "redis-stream") == 0;
}

static bool answers(const struct address *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool is_up = socket_connect(fd, at) == 0;

    fd_close(&fd);
    return is_up;
}

/* Looks from the machine that the server is on, until it answers. */
static void await_server(const struct url *url, void (*prepare)(void))
{
    const double deadline = seconds_now() + TEST_HANG_S * test_patience();
    struct address at;
    int status;
    pid_t pid;

    ck_assert_int_eq(address_find(url, url->port, &at), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (prepare)
            prepare();
        while (!answers(&at) && seconds_now() < deadline)
            pause_ms(10);
        _exit(seconds_now() < deadline ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

/* A server as a user has one, on the machine that `prepare` enters. */
static void start_server(const char *address, void (*prepare)(void))
{
    const char *program = redis_server_is_installed();
    struct url url = { .port = port };
    char text[16];

    (void)snprintf(text, sizeof(text), "%u", port);
    (void)snprintf(url.host, sizeof(url.host), "%s", address);
    server = fork();
    ck_assert_int_ge(server, 0);
    if (server == 0) {
        if (prepare)
            prepare();
        (void)execl(program, program, "--port", text, "--bind", address,
                    "--protected-mode", "no", "--save", "", "--logfile",
                    in_place("redis.log"), (char *)NULL);
        _exit(127);
    }
    await_server(&url, prepare);
}

/* Whether a mechanism takes part; if so, it has what it meets at. */
static bool open_url(const char *name)
{
    if (takes_part(name) && is_redis(name))
        start_server("127.0.0.1", NULL);
    return takes_part(name);
}

static void stop_server(void)
{
    if (server > 0) {
        (void)kill(server, SIGTERM);
        (void)waitpid(server, NULL, 0);
    }
    server = 0;
}

static const char *url_of(const char *name, const char *host)
{
    static char text[100];

    (void)snprintf(text, sizeof(text), "%s://%s:%u",
                   is_redis(name) ? "redis" : "tcp", host, port);
    return text;
}

static void start_consumer_with(const char *name, const char *url,
                                const char *options, void (*prepare)(void))
{
    program_zero(&consumer);
    consumer.prepare = prepare;
    program_start(&consumer, "%s consume --at %s --store %s%s", name, url,
                  in_place("store"), options);
    program_await(&consumer, "waiting for a producer: ");
}

static void start_consumer(const char *name, const char *url,
                           void (*prepare)(void))
{
    start_consumer_with(name, url, "", prepare);
}

static void start_producer(const char *url, const char *what,
                           void (*prepare)(void))
{
    program_zero(&producer);
    producer.prepare = prepare;
    program_start(&producer, "ipc produce --at %s %s", url, what);
}

static void await_both(void)
{
    program_wait(&producer);
    program_wait(&consumer);
}

static void expect_good(const char *jobs)
{
    program_expect(&producer, 0, "", jobs);
    program_expect(&consumer, 0, NULL, jobs);
}

/* ------------------------------------------------------- at a URL, alone */

START_TEST(test_meet)
{
    const char *url = url_of(names[_i], "127.0.0.1");

    if (!open_url(names[_i]))
        return;
    start_consumer(names[_i], url, NULL);
    start_producer(url, MANY, NULL);
    await_both();
    expect_good("good: 2000 jobs");
    /* And again, at the same place, with a picture. */
    start_producer(url, place_add_picture("photo.jpg"), NULL);
    program_await(&producer, "waiting for a consumer: ");
    start_consumer(names[_i], url, NULL);
    await_both();
    expect_good("good: 1 job");
    stop_server();
}
END_TEST

/* By a name, and with both versions of the protocol. */
START_TEST(test_addresses)
{
    static const char *const hosts[] = { "localhost", "::1" };
    static const char *const in_url[] = { "localhost", "[::1]" };
    const char *url;

    for (size_t i = 0; i < 2; i++) {
        port = network_free_port(hosts[i]);
        url = url_of("tcp", in_url[i]);
        start_consumer("tcp", url, NULL);
        start_producer(url, MANY, NULL);
        await_both();
        expect_good("good: 2000 jobs");
    }
}
END_TEST

START_TEST(test_whole_exchange)
{
    if (!open_url(names[_i]))
        return;
    program_run(&consumer,
                "ipc bench %s --at %s --size 20KB --jobs 500 "
                "--rounds 1",
                names[_i], url_of(names[_i], "127.0.0.1"));
    program_expect(&consumer, 0, "good", NULL);
    stop_server();
}
END_TEST

/* Who dies is named, by the other, within two seconds. */
START_TEST(test_kill)
{
    const char *url = url_of(names[_i / 2], "127.0.0.1");
    struct program *dies = _i % 2 ? &producer : &consumer;
    struct program *stays = _i % 2 ? &consumer : &producer;
    double start;

    if (!open_url(names[_i / 2]))
        return;
    start_consumer(names[_i / 2], url, NULL);
    start_producer(url, ENDLESS, NULL);
    (void)program_await_worker(&producer, "producer");
    (void)program_await_worker(&consumer, "consumer");
    pause_ms(200); /* in the midst of it, most likely */
    program_signal(dies, SIGTERM);
    start = seconds_now();
    program_wait(stays);
    ck_assert(seconds_now() - start <
              MEETING_SILENCE_MS / 1e3 * test_patience());
    program_expect(stays, 1, NULL, "died or gave up");
    program_wait(dies);
    program_expect(dies, 128 + SIGTERM, NULL, "stopped by SIGTERM");
    stop_server();
}
END_TEST

/* What ps(1) shows of a program. */
static void expect_hidden(const struct program *p, const char *secret)
{
    char path[40], bytes[4096];
    size_t size;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", p->pid);
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    size = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    ck_assert_ptr_nonnull(memmem(bytes, size, "--at", 4));
    ck_assert_ptr_null(memmem(bytes, size, secret, strlen(secret)));
}

/* A password shows neither in the process list nor in a message. */
START_TEST(test_password)
{
    const char *in_file = in_place("url");
    FILE *file = fopen(in_file, "wxe");

    (void)fprintf(file, "redis://me:geheim@127.0.0.1:%u\n", port);
    (void)fclose(file);
    for (int i = 0; i < 2; i++) {
        program_zero(&producer);
        if (i == 0)
            program_start(&producer,
                          "ipc produce --at redis://me:geheim@127.0.0.1:%u "
                          "--work verify",
                          port);
        else
            program_start(&producer, "ipc produce --at-file %s --work verify",
                          in_file);
        program_await(&producer, "waiting for a consumer: ");
        expect_hidden(&producer, "geheim");
        program_signal(&producer, SIGTERM);
        program_wait(&producer);
        ck_assert_ptr_null(strstr(producer.err_text, "geheim"));
    }
    program_run(&producer, "ipc produce --at redis://me:geheim@x:0 "
                           "--work verify");
    program_expect(&producer, 2, NULL, "--at redis://*********@x:0: expected");
    program_run(&producer, "ipc produce --at ftp://me:geheim@x:1 "
                           "--work verify");
    program_expect(&producer, 2, NULL, "--at ftp://*********@x:1: no mechan");
    program_run(&producer, "ipc produce --at-file /dev/null --work verify");
    program_expect(&producer, 2, NULL, "--at-file /dev/null: expected a file");
    program_run(&producer, "ipc produce --at-file missing --work verify");
    program_expect(&producer, 2, NULL, "--at-file missing: No such file");
}
END_TEST

START_TEST(test_mistakes)
{
    static const struct {
        const char *line;
        int status;
        const char *says;
    } mistakes[] = {
        { "ipc produce --at tcp://no.such.host.invalid:7999 " MANY, 1,
          "tcp://no.such.host.invalid:7999: " },
        { "tcp consume --at tcp://192.0.2.1:7999", 1,
          "not an address of this machine" },
        { "tcp consume --at tcp://127.0.0.1", 2, "the port is missing" },
        { "tcp consume --at tcp://127.0.0.1:0", 2, "--at" },
        { "tcp consume --at tcp://127.0.0.1:65536", 2, "--at" },
        { "tcp consume --at redis://127.0.0.1", 2, "it takes tcp://" },
        { "fifo consume --at tcp://127.0.0.1:7999", 2,
          "it works only within one machine" },
        { "ipc produce --at ftp://127.0.0.1:21 " MANY, 2,
          "no mechanism here takes ftp://" },
        { "ipc demo tcp --at here", 2, "takes a URL" },
        { "ipc demo pipe --at tcp://127.0.0.1:7999", 2,
          "it works only within one machine" },
    };

    program_run(&producer, "ipc produce --at %s --stall 0.5 " MANY,
                url_of("tcp", "127.0.0.1"));
    program_expect(&producer, 1, NULL, "nobody listens there");
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        program_run(&producer, "%s", mistakes[i].line);
        program_expect(&producer, mistakes[i].status, NULL, mistakes[i].says);
    }
}
END_TEST

/* A server that runs elsewhere need not be installed here. */
START_TEST(test_no_server_here)
{
    if (!mechanism_find("redis-stream")->ops)
        return;
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
    program_run(&consumer, "redis-stream bench --jobs 1 --size 64 --rounds 1");
    program_expect(&consumer, 0, "skipped: redis-server", NULL);
    program_run(&consumer, "redis-stream bench --jobs 1 --size 64 --rounds 1 "
                           "--at redis:///nonexistent/redis.sock");
    program_expect(&consumer, 1, "create jobs, at the", "No such file");
}
END_TEST

START_TEST(test_second_consumer)
{
    const char *url = url_of(names[_i], "127.0.0.1");
    static struct program second;

    if (!open_url(names[_i]))
        return;
    start_consumer(names[_i], url, NULL);
    program_run(&second, "%s consume --at %s", names[_i], url);
    program_expect(&second, 1, NULL, "another consumer");
    start_producer(url, MANY, NULL);
    await_both();
    expect_good("good: 2000 jobs");
    stop_server();
}
END_TEST

/* A killed consumer's own directory stays. */
static void remove_leftovers(void)
{
    program_run(&consumer, "ipc clean");
    program_expect(&consumer, 0, "ipc-showcase-", NULL);
}

/* A consumer is killed and started again at once, as a service manager does:
 * the old producer ends by itself, and nothing of its run comes into the
 * new. */
START_TEST(test_restart)
{
    const char *url = url_of(names[_i], "127.0.0.1");
    static struct program second;

    if (!open_url(names[_i]))
        return;
    start_consumer(names[_i], url, NULL);
    start_producer(url, ENDLESS, NULL);
    (void)program_await_worker(&producer, "producer");
    pause_ms(200);
    program_signal(&consumer, SIGKILL);
    program_wait(&consumer);
    program_zero(&second);
    program_start(&second, "%s consume --at %s --store %s", names[_i], url,
                  in_place("store"));
    program_await(&second, "waiting for a producer: ");
    program_wait(&producer);
    program_expect_line(&producer, 1, "100000000 jobs were sent before", "");
    start_producer(url, place_add_picture("photo.jpg"), NULL);
    program_wait(&producer);
    program_wait(&second);
    program_expect(&producer, 0, "thumbnail ", "good: 1 job");
    program_expect(&second, 0, NULL, "good: 1 job");
    remove_leftovers();
    stop_server();
}
END_TEST

/* The same, and the new run is under way while the old producer, which was
 * stopped, still has a connection to make. */
START_TEST(test_old_producer_returns)
{
    const char *url = url_of(names[_i], "127.0.0.1");
    static struct program old, second;
    pid_t worker;

    if (!open_url(names[_i]))
        return;
    start_consumer(names[_i], url, NULL);
    program_zero(&old);
    program_start(&old, "ipc produce --at %s " ENDLESS, url);
    worker = program_await_worker(&old, "producer");
    pause_ms(200);
    program_signal(&old, SIGSTOP); /* its worker goes on */
    program_signal(&consumer, SIGKILL);
    program_wait(&consumer);
    program_zero(&second);
    program_start(&second, "%s consume --at %s --store %s", names[_i], url,
                  in_place("store"));
    program_await(&second, "waiting for a producer: ");
    start_producer(url, MANY, NULL);
    program_wait(&producer);
    program_wait(&second);
    program_expect(&producer, 0, NULL, "good: 2000 jobs");
    program_expect(&second, 0, NULL, "good: 2000 jobs");
    program_signal(&old, SIGCONT);
    program_wait(&old);
    ck_assert_int_eq(old.status, 1);
    ck_assert(process_is_gone(worker));
    remove_leftovers();
    stop_server();
}
END_TEST

/* Sends one of its commands to the server, and returns what it answers. */
static const char *ask_server(const char *command)
{
    const struct url here = { .host = "127.0.0.1" };
    struct address at;
    static char answer[100];
    ssize_t n;
    int fd;

    ck_assert_int_eq(address_find(&here, port, &at), 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(socket_connect(fd, &at), 0);
    ck_assert_int_eq(write_all(fd, command, strlen(command)), 0);
    n = read(fd, answer, sizeof(answer) - 1);
    ck_assert_int_gt(n, 0);
    answer[n] = '\0';
    fd_close(&fd);
    return answer;
}

/* A consumer that was stopped until its keys expired ends, and the run that
 * came after it keeps its own. */
START_TEST(test_expired_consumer_leaves)
{
    const struct url at = { .host = "127.0.0.1", .port = port };
    struct meeting old = { .at = &at, .owner = true, .text = "old" };

    if (!takes_part("redis-stream"))
        return;
    old.ops = mechanism_find("redis-stream")->ops->meeting;
    start_server("127.0.0.1", NULL);
    ck_assert_int_eq(old.ops->open(&old), 0);
    ck_assert_int_eq(old.ops->await(&old, 0), 0);
    ck_assert_str_eq(ask_server("GET ipc-showcase-consumer\r\n"),
                     "$3\r\nold\r\n");
    (void)ask_server("SET ipc-showcase-consumer new\r\n");
    (void)ask_server("SET ipc-showcase-text new\r\n");
    old.ops->close(&old);
    ck_assert_str_eq(ask_server("GET ipc-showcase-consumer\r\n"),
                     "$3\r\nnew\r\n");
    ck_assert_str_eq(ask_server("GET ipc-showcase-text\r\n"), "$3\r\nnew\r\n");
    stop_server();
}
END_TEST

/* One that has its keys takes them along. */
START_TEST(test_consumer_leaves)
{
    const struct url at = { .host = "127.0.0.1", .port = port };
    struct meeting m = { .at = &at, .owner = true, .text = "text" };

    if (!takes_part("redis-stream"))
        return;
    m.ops = mechanism_find("redis-stream")->ops->meeting;
    start_server("127.0.0.1", NULL);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(m.ops->open(&m), 0);
        if (i == 1)
            ck_assert_int_eq(m.ops->await(&m, 0), 0);
        m.ops->close(&m);
        ck_assert_str_eq(ask_server("DBSIZE\r\n"), ":0\r\n");
    }
    stop_server();
}
END_TEST

/* A peer that talks without end does not keep the other from its work: what is
 * left is heard at the next beat. */
START_TEST(test_endless_talk)
{
    static const char talk[1 << 16];
    struct meeting m = { .ops = mechanism_find("tcp")->ops->meeting };
    int fds[2], left = 0;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    ck_assert_int_eq(write_all(fds[1], talk, sizeof(talk)), 0);
    m.fd = fds[0];
    ck_assert_int_eq(m.ops->beat(&m), 0);
    ck_assert_int_eq(ioctl(fds[0], FIONREAD, &left), 0);
    ck_assert_int_gt(left, 0);
    m.ops->close(&m);
    fd_close(&fds[1]);
}
END_TEST

/* ----------------------------------------------- what speaks something else */

static int listen_as_stranger(void)
{
    const struct url here = { .host = "127.0.0.1" };
    int fd;

    ck_assert_int_eq(socket_bind(&here, port, SOCK_STREAM, &fd), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

/* A producer that reaches another service says so, and ends. */
static void expect_refusal(const char *answer, const char *says)
{
    const char *url = url_of("tcp", "127.0.0.1");
    int listener = listen_as_stranger(), fd;

    start_producer(url, MANY, NULL);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_gt(fd, 0);
    if (answer[0])
        (void)write_all(fd, answer, strlen(answer));
    program_wait(&producer);
    program_expect(&producer, 1, NULL, says);
    fd_close(&fd);
    fd_close(&listener);
}

START_TEST(test_other_service)
{
    static char endless[6000];

    expect_refusal("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "not of this project");
    expect_refusal("", "no answer");
    expect_refusal("{\"project\":\"ipc-showcase\",\"version\":99}\n",
                   "speaks version 99");
    expect_refusal(
        "{\"project\":\"ipc-showcase\",\"version\":1,\"window\":-1}\n",
        JOB_VERSION == 1 ? "damaged" : "speaks version 1");
    expect_refusal("[[[[[[\n", "not of this project");
    memset(endless, 'x', sizeof(endless) - 1);
    expect_refusal(endless, "speaks something else");
}
END_TEST

/* A consumer turns away what is no producer, and goes on waiting. */
static void call_as_stranger(const char *text, bool leave)
{
    const struct url here = { .host = "127.0.0.1" };
    struct address at;
    char bytes[6000];
    int fd;

    ck_assert_int_eq(address_find(&here, port, &at), 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(socket_connect(fd, &at), 0);
    (void)write_all(fd, text, strlen(text));
    while (!leave && read(fd, bytes, sizeof(bytes)) > 0)
        continue;
    fd_close(&fd);
}

START_TEST(test_strangers)
{
    const char *url = url_of("tcp", "127.0.0.1");

    (void)signal(SIGPIPE, SIG_IGN);
    start_consumer("tcp", url, NULL);
    call_as_stranger("GET / HTTP/1.0\r\n\r\n", false);
    call_as_stranger("", false); /* silent, until it is turned away */
    call_as_stranger("jo", true);
    call_as_stranger("", true);
    start_producer(url, MANY, NULL);
    await_both();
    program_expect(&producer, 0, NULL, "good: 2000 jobs");
    program_expect(&consumer, 0, NULL, "turned away 127.0.0.1");
    program_expect(&consumer, 0, NULL, "good: 2000 jobs");
}
END_TEST

/* -------------------------------------------- a name server that is silent */

/* For who looks names up in a mount namespace of its own. */
static void ask_here(void)
{
    const char *mine = in_place("resolv.conf");

    if (unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(mine, "/etc/resolv.conf", NULL, MS_BIND, NULL) < 0) {
        perror("a name server of its own");
        _exit(126);
    }
}

static bool open_name_server(int *ret_fd)
{
    const struct url here = { .host = "127.0.0.1" };
    const char text[] = "nameserver 127.0.0.1\n";
    int fd;

    if (geteuid() != 0 || access("/etc/resolv.conf", F_OK) < 0 ||
        socket_bind(&here, 53, SOCK_DGRAM, ret_fd) < 0)
        return false;
    fd = open(in_place("resolv.conf"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, text, strlen(text)), 0);
    fd_close(&fd);
    return true;
}

static const char *const lookers[] = {
    "tcp consume --at tcp://nobody.example:7400",
    "redis-stream consume --at redis://nobody.example",
    "tcp produce --work verify --jobs 1 --at tcp://nobody.example:7400",
};

/* Who waits for it hears a signal, and leaves nothing. */
START_TEST(test_silent_name_server)
{
    char question[600];
    int fd;

    if (!takes_part(_i == 1 ? "redis-stream" : "tcp"))
        return;
    if (!open_name_server(&fd)) {
        printf("skipped: a silent name server: it takes root, and port 53\n");
        return;
    }
    program_zero(&consumer);
    consumer.prepare = ask_here;
    program_start(&consumer, "%s", lookers[_i]);
    ck_assert_int_gt(recv(fd, question, sizeof(question), 0), 0);
    program_signal(&consumer, SIGTERM);
    program_wait(&consumer);
    program_expect(&consumer, 128 + SIGTERM, NULL, _i < 2 ? "warning: " : NULL);
    fd_close(&fd);
}
END_TEST

/* -------------------------------------------------------- on two machines */

/* False, with the reason said, where the system does not let it be. */
static bool open_network(const char *name)
{
    const char *reason = takes_part(name) ? network_open() : "not built";

    if (reason) {
        printf("skipped: two machines over %s: %s\n", name, reason);
        network_close();
    }
    if (!reason && is_redis(name))
        start_server(NETWORK_NEAR, network_near);
    return !reason;
}

static void close_network(void)
{
    stop_server();
    network_close();
}

static void start_far(const char *name, const char *what)
{
    const char *url = url_of(name, NETWORK_NEAR);

    start_consumer(name, url, network_near);
    start_producer(url, what, network_far);
}

START_TEST(test_two_machines)
{
    if (!open_network(names[_i]))
        return;
    start_far(names[_i], MANY);
    await_both();
    expect_good("good: 2000 jobs");
    start_far(names[_i], place_add_picture("photo.jpg"));
    await_both();
    expect_good("good: 1 job");
    close_network();
}
END_TEST

/* Until more has gone by the cable than it takes to meet. */
static void await_jobs(void)
{
    while (network_carried() < 1000000) {
        ck_assert(!process_is_gone(producer.pid));
        pause_ms(1);
    }
}

/* A second without a network is ridden out. */
START_TEST(test_cut_for_a_second)
{
    /* It is not done with these before the cut. */
    const int jobs = strcmp(names[_i], "tcp") == 0 ? 60000 : 15000;
    char text[64];

    if (!open_network(names[_i]))
        return;
    (void)snprintf(text, sizeof(text), "--work verify --size 20KB --jobs %d",
                   jobs);
    start_far(names[_i], text);
    await_jobs();
    network_cut();
    ck_assert(!process_is_gone(producer.pid));
    pause_ms(1000);
    network_mend();
    await_both();
    (void)snprintf(text, sizeof(text), "good: %d jobs", jobs);
    expect_good(text);
    close_network();
}
END_TEST

/* For good: both sides end, and say why. */
START_TEST(test_cut_for_good)
{
    if (!open_network(names[_i]))
        return;
    start_far(names[_i], ENDLESS);
    await_jobs();
    network_cut();
    await_both();
    program_expect(&producer, 1, NULL,
                   is_redis(names[_i]) ? "consumer" : "no sign of life");
    program_expect(&consumer, 1, NULL,
                   is_redis(names[_i]) ? "producer" : "no sign of life");
    close_network();
}
END_TEST

/* Nobody answers at all: no such machine there. */
START_TEST(test_no_machine)
{
    if (!open_network("tcp"))
        return;
    start_producer("tcp://10.77.0.9:7400", MANY, network_far);
    program_wait(&producer);
    program_expect(&producer, 1, NULL, "tcp://10.77.0.9:7400: ");
    close_network();
}
END_TEST

/* ----------------------------------------------------------- a long way */

/* Seconds, from "good: 100 jobs, ...; 409 kB in 1.23 s". */
static double took_s(const struct program *p)
{
    const char *text = strstr(p->err_text, " in ");
    const char *last = NULL;
    char unit[8] = "";
    double value = 0;

    for (; text; text = strstr(text + 1, " in "))
        last = text;
    ck_assert_ptr_nonnull(last);
    ck_assert_int_eq(sscanf(last, " in %lf %7s", &value, unit), 2);
    return strcmp(unit, "s") == 0    ? value
           : strcmp(unit, "ms") == 0 ? value / 1e3
                                     : value / 1e6;
}

enum { ONE_WAY_MS = 10 };

/* What lets so many be on their way at all. */
static const char *options_of(const char *name)
{
    if (is_redis(name))
        return " --depth 128 --set pipeline=128 --set batch=128";
    return strcmp(name, "zeromq") == 0 ? " --depth 128" : "";
}

/* As many jobs as the window holds are answered in each round trip: so the
 * window makes the throughput, until something else does. */
static double measure(const char *name, unsigned window)
{
    const char *url = url_of(name, NETWORK_NEAR_LONG);
    char what[100];
    unsigned jobs = 20 * window + 20;

    (void)snprintf(what, sizeof(what),
                   "--work verify --size 4KiB --jobs %u --window %u", jobs,
                   window);
    start_consumer_with(name, url, options_of(name), network_near);
    start_producer(url, what, network_far);
    await_both();
    program_expect(&producer, 0, NULL, "good");
    return jobs / took_s(&producer);
}

START_TEST(test_long_way)
{
    static const unsigned windows[] = { 1, 4, 16, 64 };
    enum { WINDOWS = sizeof(windows) / sizeof(windows[0]) };
    const char *reason, *how;
    double rate, most;

    if (!open_network(names[_i]))
        return;
    reason = network_open_long(ONE_WAY_MS, &how);
    if (!reason && is_redis(names[_i])) {
        stop_server();
        start_server(NETWORK_NEAR_LONG, network_near);
    }
    if (!reason)
        printf("%s, jobs of 4 KiB, round trip %d ms (%s)\n", names[_i],
               2 * ONE_WAY_MS, how);
    for (size_t i = 0; !reason && i < WINDOWS; i++) {
        most = windows[i] * 1000.0 / (2 * ONE_WAY_MS);
        rate = measure(names[_i], windows[i]);
        printf("  window %2u: %5.0f jobs/s; window / round trip: %4.0f\n",
               windows[i], rate, most);
        ck_assert(rate <= 1.05 * most); /* light is not overtaken */
    }
    if (reason)
        printf("skipped: a long way over %s: %s\n", names[_i], reason);
    network_close_long();
    close_network();
}
END_TEST

/* -------------------------------------------------------------------- suite */

static void open_place(void)
{
    place_open();
    port = network_free_port("127.0.0.1");
}

static TCase *add_case_with_port(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name, TEST_LIMIT_S);

    tcase_add_checked_fixture(tc, open_place, place_close);
    return tc;
}

Suite *remote_suite(void)
{
    Suite *suite = suite_create("remote");
    TCase *tc;

    tc = add_case_with_port(suite, "url");
    tcase_add_loop_test(tc, test_meet, 0, NAMES);
    tcase_add_loop_test(tc, test_whole_exchange, 0, NAMES);
    tcase_add_loop_test(tc, test_second_consumer, 0, NAMES);
    tcase_add_loop_test(tc, test_restart, 0, NAMES);
    tcase_add_loop_test(tc, test_old_producer_returns, 0, NAMES);
    tcase_add_test(tc, test_expired_consumer_leaves);
    tcase_add_test(tc, test_consumer_leaves);
    tcase_add_test(tc, test_endless_talk);
    tcase_add_loop_test(tc, test_kill, 0, 2 * NAMES);
    tcase_add_test(tc, test_addresses);
    tcase_add_test(tc, test_password);
    tcase_add_test(tc, test_mistakes);
    tcase_add_test(tc, test_no_server_here);
    tcase_add_test(tc, test_other_service);
    tcase_add_test(tc, test_strangers);
    tcase_add_loop_test(tc, test_silent_name_server, 0,
                        sizeof(lookers) / sizeof(lookers[0]));
    tc = add_case_with_port(suite, "machines");
    tcase_add_loop_test(tc, test_two_machines, 0, NAMES);
    tcase_add_loop_test(tc, test_cut_for_a_second, 0, NAMES);
    tcase_add_loop_test(tc, test_cut_for_good, 0, NAMES);
    tcase_add_test(tc, test_no_machine);
    tcase_add_loop_test(tc, test_long_way, 0, NAMES);
    return suite;
}
