/* SPDX-License-Identifier: MIT */
/* Uploads, against the server of the suite and against one of the test, which
 * answers what it is told to. */
#include "ipc/faults/census.h"
#include "ipc/job/store.h"
#include "ipc/models/model.h"
#include "ipc/upload/upload.h"
#include "ipc/upload/upload_server.h"
#include "shared/base/thread.h"
#include "shared/dir/tree.h"
#include "shared/net/unix_socket.h"
#include "tests/allocations.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MS_NS = 1000000,
    BODY_MAX = 400000, /* more than the server reads at once */
    MANY = 50,
    RAW_MAX = 4096,
    ROUNDS = 5,
};

static const uint64_t never_ns = UINT64_C(3600000) * MS_NS;

static char dir[TEST_DIR_MAX];
static char store_dir[PATH_MAX];
static struct census before;
static struct upload_server_options options;
static struct upload_server server;
static struct upload_target target;
static unsigned char body[BODY_MAX];

static const char *in_dir(const char *name)
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void *do_nothing(void *arg)
{
    return arg;
}

/* ThreadSanitizer has a thread of its own, from when the first one is made. */
static void start_watcher(void)
{
    pthread_t thread;

    ck_assert_int_eq(thread_start(&thread, do_nothing, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* A directory, a quick target, and the options of a server that is not there
 * yet. A test may take them from here, or change them before. */
static void set_up(void)
{
    make_test_dir(dir);
    (void)strcpy(store_dir, in_dir("store"));
    if (test_is_sanitized())
        start_watcher();
    census_take(&before, dir, dir);
    for (size_t i = 0; i < BODY_MAX; i++)
        body[i] = (unsigned char)(i * i >> 7);
    options = (struct upload_server_options){
        .store = store_dir,
        .max = BODY_MAX,
    };
    target = upload_target_default();
    target.url = "http://localhost";
    target.digest = true;
    target.back_off_ns = MS_NS;
    target.timeout_ns = UINT64_C(60000) * MS_NS * (unsigned)test_patience();
}

static void start_server(void)
{
    ck_assert_int_eq(upload_server_start(dir, &options, &server), 0);
    target.socket = server.socket;
}

/* Expects that nothing is left but the directory of the store, without files:
 * take_file has taken them. */
static void tear_down(void)
{
    const char *difference;

    upload_server_stop(&server);
    ck_assert_int_eq(server.pid, 0);
    (void)rmdir(store_dir);
    difference = census_compare(&before, CENSUS_ALL);
    ck_assert_msg(!difference, "%s", difference);
    ck_assert_int_eq(rmdir(dir), 0);
}

/* Expects that the store holds these bytes, and removes them. */
static void take_file(const void *bytes, size_t size, const char *extension)
{
    uint8_t sha256[STORE_SHA256_SIZE];
    char name[STORE_NAME_MAX], path[2 * PATH_MAX];
    unsigned char *content = malloc(size + 1);
    int fd;

    ck_assert_ptr_nonnull(content);
    ck_assert_int_eq(store_sha256(bytes, size, sha256), 0);
    store_name(sha256, extension, name);
    (void)snprintf(path, sizeof(path), "%s/%s", store_dir, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
    ck_assert_int_eq(read(fd, content, size + 1), (ssize_t)size);
    if (size > 0)
        ck_assert_mem_eq(content, bytes, size);
    (void)close(fd);
    free(content);
    ck_assert_int_eq(unlink(path), 0);
}

static void expect_digest(const struct upload *upload)
{
    uint8_t sha256[STORE_SHA256_SIZE];

    ck_assert_int_eq(store_sha256(upload->bytes, upload->size, sha256), 0);
    ck_assert(upload->has_sha256);
    ck_assert_mem_eq(upload->sha256, sha256, sizeof(sha256));
}

static struct upload upload_of(const char *name, const void *bytes, size_t size)
{
    struct upload upload = { .bytes = bytes, .size = size };

    (void)snprintf(upload.name, sizeof(upload.name), "%s", name);
    return upload;
}

/* The one upload that is under way ends. */
static void finish(struct uploads *u, struct upload *upload)
{
    ck_assert_int_eq(uploads_begin(u, upload), 0);
    ck_assert_ptr_eq(uploads_await(u), upload);
    ck_assert_ptr_null(upload->attempt);
    ck_assert_ptr_null(uploads_take(u));
    ck_assert_ptr_null(uploads_await(u));
}

/* One upload, with a connection of its own. */
static struct upload put(const char *name, const void *bytes, size_t size)
{
    struct upload upload = upload_of(name, bytes, size);
    struct uploads u;

    ck_assert_int_eq(uploads_open(&u, &target), 0);
    finish(&u, &upload);
    uploads_close(&u);
    return upload;
}

static void expect_done(const struct upload *upload)
{
    ck_assert_msg(upload->error == 0, "%s", upload->text);
    ck_assert_str_eq(upload->text, "");
    expect_digest(upload);
}

static void expect_failed(const struct upload *upload, int error,
                          unsigned attempts, const char *words)
{
    char times[20];

    ck_assert_int_eq(upload->error, error);
    ck_assert_uint_eq(upload->attempts, attempts);
    ck_assert_msg(strstr(upload->text, words), "\"%s\" does not say \"%s\"",
                  upload->text, words);
    ck_assert_ptr_nonnull(strstr(upload->text, upload->name));
    ck_assert_ptr_null(strchr(upload->text, '\n'));
    (void)snprintf(times, sizeof(times), ", %u times", attempts);
    if (attempts > 1)
        ck_assert_msg(strstr(upload->text, times), "%s", upload->text);
    else
        ck_assert_ptr_null(strstr(upload->text, "times"));
}

/* ------------------------------------------------------- the suite's server */

START_TEST(test_stored)
{
    static const size_t sizes[] = { 0, 1, 1000, BODY_MAX };
    static const char *const extensions[] = { "jpg", "png" };
    struct upload upload;
    char name[20];

    set_up();
    start_server();
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 2; j++) {
            (void)snprintf(name, sizeof(name), "7-a.b.%s", extensions[j]);
            upload = put(name, body, sizes[i]);
            expect_done(&upload);
            ck_assert_uint_eq(upload.attempts, 1);
            take_file(body, sizes[i], extensions[j]);
        }
    tear_down();
}
END_TEST

/* What would fail again is not tried again. */
START_TEST(test_refused)
{
    static const char *const names[] = {
        "a.gif", "a", "jpg", "a.JPG", "a.jpgx", "a.jpg.txt", "a.jpeg",
    };
    struct upload upload;

    set_up();
    options.max = 1000;
    start_server();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        upload = put(names[i], body, 10);
        expect_failed(&upload, -EACCES, 1, "404");
        ck_assert(!upload.has_sha256);
    }
    upload = put("large.jpg", body, 1001);
    expect_failed(&upload, -EACCES, 1, "413");
    upload = put("larger.jpg", body, BODY_MAX);
    expect_failed(&upload, -EACCES, 1, "413");
    upload = put("most.jpg", body, 1000);
    expect_done(&upload);
    take_file(body, 1000, "jpg");
    tear_down(); /* nothing else was stored */
}
END_TEST

static int connect_to(const char *path)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(unix_address(path, &address), 0);
    ck_assert_int_eq(
        connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* The status of the answer to one request, as it is written. */
static int ask(const char *request)
{
    char answer[RAW_MAX] = "";
    size_t size = 0;
    ssize_t n = 1;
    int status, fd = connect_to(server.socket);

    ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL),
                     (ssize_t)strlen(request));
    while (n > 0 && !strchr(answer, '\n')) {
        n = recv(fd, answer + size, sizeof(answer) - 1 - size, 0);
        size += n > 0 ? (size_t)n : 0;
        answer[size] = '\0';
    }
    (void)close(fd);
    ck_assert_int_eq(sscanf(answer, "HTTP/1.1 %d", &status), 1);
    return status;
}

START_TEST(test_requests)
{
    static const struct {
        int status;
        const char *request;
    } requests[] = {
        { 405, "GET /a.jpg HTTP/1.1\r\nHost: x\r\n\r\n" },
        { 405, "HEAD /a.jpg HTTP/1.1\r\nHost: x\r\n\r\n" },
        { 405, "DELETE /a.jpg HTTP/1.1\r\nHost: x\r\n\r\n" },
        { 405, "put /a.jpg HTTP/1.1\r\nHost: x\r\n\r\n" },
        { 405, "POST /a.jpg HTTP/1.1\r\nHost: x\r\n"
               "Content-Length: 3\r\n\r\nabc" },
        { 404, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" },
        { 404, "PUT /a.jpg/b HTTP/1.1\r\nHost: x\r\n"
               "Content-Length: 3\r\n\r\nabc" },
        { 400, "PUT /a.jpg HTTP/1.1\r\nHost: x\r\n"
               "Content-Length: many\r\n\r\n" },
        { 201, "PUT /../../../a.jpg HTTP/1.1\r\nHost: x\r\n"
               "Content-Length: 3\r\n\r\nabc" },
        { 201, "PUT /a.jpg HTTP/1.1\r\nHost: x\r\n"
               "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" },
    };

    set_up();
    start_server();
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        ck_assert_msg(ask(requests[i].request) == requests[i].status,
                      "not %d: %s", requests[i].status, requests[i].request);
    take_file("abc", 3, "jpg"); /* in the store, whatever its name */
    tear_down();
}
END_TEST

/* Every other request fails, or is done without an answer: each upload has
 * the effect of one, and its attempts are counted. */
START_TEST(test_every_other)
{
    struct upload upload;

    set_up();
    options.fail_every = _i == 0 ? 2 : 0;
    options.drop_every = _i == 0 ? 0 : 2;
    start_server();
    for (unsigned i = 0; i < 4; i++) {
        upload = put("a.jpg", body + i, 1000);
        expect_done(&upload);
        ck_assert_uint_eq(upload.attempts, i == 0 ? 1 : 2);
        take_file(body + i, 1000, "jpg");
    }
    tear_down();
}
END_TEST

/* The same over a connection that is kept: libcurl makes a new one where it
 * was closed. */
START_TEST(test_kept_connection)
{
    struct upload upload;
    struct uploads u;

    set_up();
    options.drop_every = 3;
    start_server();
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    for (unsigned i = 0; i < 6; i++) {
        upload = upload_of("a.png", body + i, BODY_MAX - 10);
        finish(&u, &upload);
        expect_done(&upload);
        take_file(body + i, BODY_MAX - 10, "png");
    }
    uploads_close(&u);
    tear_down();
}
END_TEST

/* 20 ms, 40 ms and 80 ms lie between four attempts. */
START_TEST(test_gives_up)
{
    struct upload upload;
    double start;

    set_up();
    options.fail_every = _i == 0 ? 1 : 0;
    options.drop_every = _i == 0 ? 0 : 1;
    start_server();
    target.attempts = 4;
    target.back_off_ns = UINT64_C(20) * MS_NS;
    start = seconds_now();
    upload = put("4-original.jpg", body, 1000);
    ck_assert_double_ge(seconds_now() - start, 0.14);
    expect_failed(&upload, -EIO, 4, _i == 0 ? "503" : "");
    if (_i == 1)
        take_file(body, 1000, "jpg"); /* done four times, and answered never */
    target.attempts = 1;
    upload = put("4-original.jpg", body, 1000);
    expect_failed(&upload, -EIO, 1, _i == 0 ? "503" : "");
    if (_i == 1)
        take_file(body, 1000, "jpg");
    tear_down();
}
END_TEST

START_TEST(test_no_answer)
{
    struct upload upload;
    double start;

    set_up();
    options.latency_ns = never_ns;
    start_server();
    target.attempts = 3;
    target.timeout_ns = UINT64_C(60) * MS_NS;
    start = seconds_now();
    upload = put("a.jpg", body, 1000);
    ck_assert_double_ge(seconds_now() - start, 0.18);
    expect_failed(&upload, -EIO, 3, "timed out");
    take_file(body, 1000, "jpg");
    tear_down();
}
END_TEST

/* No socket at all, or one at which nobody listens. */
START_TEST(test_nobody)
{
    struct sockaddr_un address;
    struct upload upload;
    int fd = -1;

    set_up();
    (void)strcpy(server.socket, in_dir("upload.sock"));
    target.socket = server.socket;
    target.attempts = 3;
    if (_i == 1) {
        ck_assert_int_eq(unix_address(server.socket, &address), 0);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(
            bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    }
    upload = put("a.jpg", body, 1000);
    expect_failed(&upload, -EIO, 3, "connect");
    if (_i == 1) {
        (void)close(fd);
        ck_assert_int_eq(unlink(server.socket), 0);
    }
    tear_down();
}
END_TEST

/* These are not tried again, and the last does not even begin. */
START_TEST(test_wrong_url)
{
    static const char *const urls[] = { "ftp://localhost", "file:///tmp",
                                        "http://local host", "http://[::1" };
    char *url = malloc(UPLOAD_URL_MAX);
    struct upload upload;
    struct uploads u;
    long live;
    int r;

    ck_assert_ptr_nonnull(url);
    set_up();
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        target.url = urls[i];
        upload = put("a.jpg", body, 1000);
        ck_assert_msg(upload.error == -EINVAL, "%s: %s", urls[i], upload.text);
        expect_failed(&upload, -EINVAL, 1, "");
    }
    memset(url, 'x', UPLOAD_URL_MAX - 1);
    url[UPLOAD_URL_MAX - 1] = '\0';
    target.url = url;
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    upload = upload_of("a.jpg", body, 1000);
    live = allocations_live();
    r = uploads_begin(&u, &upload);
    live -= allocations_live();
    ck_assert_int_eq(r, -ENAMETOOLONG);
    ck_assert_int_eq(live, 0);
    ck_assert_ptr_null(uploads_await(&u));
    uploads_close(&u);
    free(url);
    tear_down();
}
END_TEST

/* For as long as that, or until one has ended. */
static void turn_for(struct uploads *u, double seconds)
{
    const double end = seconds_now() + seconds;

    while (seconds_now() < end)
        (void)uploads_turn(u, MS_NS);
}

/* The server is killed while it gets a body, and another one takes its
 * place after some vain attempts. */
START_TEST(test_killed)
{
    struct upload upload;
    struct uploads u;

    set_up();
    options.bytes_per_second = BODY_MAX / 1000;
    start_server();
    target.attempts = 100;
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    upload = upload_of("a.jpg", body, BODY_MAX);
    ck_assert_int_eq(uploads_begin(&u, &upload), 0);
    turn_for(&u, 0.03);
    ck_assert(uploads_sending(&u));
    upload_server_stop(&server);
    turn_for(&u, 0.03);
    ck_assert_ptr_null(uploads_take(&u));
    options.bytes_per_second = 0;
    start_server();
    ck_assert_ptr_eq(uploads_await(&u), &upload);
    uploads_close(&u);
    expect_done(&upload);
    ck_assert_uint_ge(upload.attempts, 2);
    take_file(body, BODY_MAX, "jpg");
    tear_down();
}
END_TEST

/* Each with bytes of its own, and all begun before any can end. Returns how
 * many were. */
static unsigned begin_many(struct uploads *u, struct upload *uploads,
                           size_t size)
{
    unsigned begun = 0;

    for (unsigned i = 0; i < MANY; i++) {
        uploads[i] = upload_of("", body + i, size);
        (void)snprintf(uploads[i].name, sizeof(uploads[i].name), "%u-a.jpg", i);
        uploads[i].owner = &uploads[i];
        begun += uploads_begin(u, &uploads[i]) == 0;
    }
    return begun;
}

START_TEST(test_many)
{
    struct upload uploads[MANY], *upload;
    const size_t size = _i == 0 ? 1000 : BODY_MAX - MANY;
    unsigned count = 0;
    struct uploads u;

    set_up();
    options.latency_ns = UINT64_C(3) * MS_NS;
    options.fail_every = 7;
    start_server();
    target.attempts = 20;
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    ck_assert_uint_eq(begin_many(&u, uploads, size), MANY);
    while ((upload = uploads_await(&u))) {
        ck_assert_ptr_eq(upload->owner, upload);
        expect_done(upload);
        upload->owner = NULL; /* not twice */
        count++;
    }
    ck_assert_uint_eq(count, MANY);
    uploads_close(&u);
    for (unsigned i = 0; i < MANY; i++)
        take_file(body + i, size, "jpg");
    tear_down();
}
END_TEST

/* All are sent, and each is more than a socket holds, while none gets an
 * answer: so they are under way at once, on both sides. And what is under way
 * is given up: sent, or hardly begun. Returns whether it was so; check(3)
 * itself allocates in an assertion. */
static bool give_up_many(bool sent)
{
    struct upload uploads[MANY];
    struct uploads u;
    bool right;

    right = uploads_open(&u, &target) == 0 && !uploads_sending(&u) &&
            begin_many(&u, uploads, BODY_MAX - MANY) == MANY &&
            uploads_sending(&u);
    while (right && sent && uploads_sending(&u))
        (void)uploads_turn(&u, MS_NS);
    right = right && !uploads_take(&u);
    uploads_close(&u);
    uploads_close(&u);
    return right;
}

START_TEST(test_given_up)
{
    long live;
    bool right;

    set_up();
    options.latency_ns = never_ns;
    start_server();
    for (int round = 0; round < ROUNDS; round++) {
        live = allocations_live();
        right = give_up_many(round % 2 == 0);
        live -= allocations_live();
        ck_assert(right);
        ck_assert_int_eq(live, 0);
    }
    upload_server_stop(&server); /* it stored what it had read by then */
    ck_assert_int_eq(tree_remove(store_dir), 0);
    tear_down();
}
END_TEST

/* Far away, or behind a narrow line. */
START_TEST(test_slow)
{
    struct upload upload;
    double start;

    set_up();
    options.bytes_per_second = _i == 0 ? 4 * BODY_MAX : 0;
    options.latency_ns = _i == 0 ? 0 : UINT64_C(250) * MS_NS;
    start_server();
    start = seconds_now();
    upload = put("a.jpg", body, BODY_MAX);
    ck_assert_double_ge(seconds_now() - start, 0.25);
    expect_done(&upload);
    take_file(body, BODY_MAX, "jpg");
    tear_down();
}
END_TEST

/* A full disk, as the server meets it, is told as one. */
START_TEST(test_no_room)
{
    static const unsigned errors[] = { ENOSPC, EDQUOT };
    struct upload upload;

    if (!may_deny_calls("uploads to a full disk"))
        return;
    set_up();
    deny_call(SYS_linkat, errors[_i]); /* which names an upload */
    start_server();
    upload = put("a.jpg", body, 1000);
    expect_failed(&upload, -ENOSPC, 1, "no room");
    tear_down();
}
END_TEST

/* Any other error of the store may pass. */
START_TEST(test_store_error)
{
    const struct rlimit limit = { 10000, 10000 };
    struct upload upload;

    set_up();
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    start_server();
    target.attempts = 2;
    upload = put("a.jpg", body, 10001);
    expect_failed(&upload, -EIO, 2, "500");
    upload = put("a.jpg", body, 10000);
    expect_done(&upload);
    take_file(body, 10000, "jpg");
    tear_down();
}
END_TEST

START_TEST(test_start_and_stop)
{
    struct upload_server other = { .pid = 7 };
    struct upload upload;
    struct stat status;
    char deep[PATH_MAX];

    set_up();
    start_server();
    ck_assert_str_eq(server.socket, in_dir("upload.sock"));
    ck_assert_int_eq(stat(server.socket, &status), 0);
    ck_assert(S_ISSOCK(status.st_mode));
    /* A second one in the same place takes nothing from the first. */
    ck_assert_int_eq(upload_server_start(dir, &options, &other), -EADDRINUSE);
    ck_assert_int_eq(other.pid, 7);
    upload = put("a.jpg", body, 10);
    expect_done(&upload);
    take_file(body, 10, "jpg");
    upload_server_stop(&server);
    ck_assert_int_eq(stat(in_dir("upload.sock"), &status), -1);
    upload_server_stop(&server);
    (void)snprintf(deep, sizeof(deep), "%s/%0100d", dir, 0);
    ck_assert_int_eq(upload_server_start(deep, &options, &other),
                     -ENAMETOOLONG);
    ck_assert_int_eq(upload_server_start(in_dir("none"), &options, &other),
                     -ENOENT);
    options.store = in_dir("no/store");
    ck_assert_int_eq(upload_server_start(dir, &options, &other), -ENOENT);
    ck_assert_int_eq(other.pid, 7);
    tear_down();
}
END_TEST

/* A server does not outlive the process that started it. */
START_TEST(test_parent_dies)
{
    int ends[2], status;
    pid_t parent, pid = 0;

    set_up();
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    parent = fork_with_defaults();
    if (parent == 0) {
        start_server();
        (void)!write(ends[1], &server.pid, sizeof(server.pid));
        (void)raise(SIGKILL);
    }
    ck_assert_int_eq(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
    ck_assert_int_eq(waitpid(parent, &status, 0), parent);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    (void)close(ends[0]);
    (void)close(ends[1]);
    ck_assert_int_eq(unlink(in_dir("upload.sock")), 0);
    tear_down();
}
END_TEST

/* ---------------------------------------------------------------- the turns */

static void *wake_soon(void *u)
{
    pause_ms(10);
    uploads_wake(u);
    return NULL;
}

/* It waits as long as it is told to, unless it is woken: before, or while it
 * waits. */
START_TEST(test_wake)
{
    const double limit = 3000 * test_patience();
    pthread_t thread;
    struct uploads u;
    double start;

    set_up();
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    start = seconds_now();
    ck_assert(!uploads_turn(&u, UINT64_C(30) * MS_NS));
    ck_assert_double_ge(seconds_now() - start, 0.03);
    ck_assert(!uploads_turn(&u, 0));
    uploads_wake(&u);
    (void)uploads_turn(&u, (uint64_t)(limit * 1e9) / 4);
    ck_assert_int_eq(thread_start(&thread, wake_soon, &u), 0);
    (void)uploads_turn(&u, (uint64_t)(limit * 1e9) / 4);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    uploads_close(&u);
    tear_down();
}
END_TEST

/* While a pause lasts a turn waits no longer than to its end, however long it
 * may wait, and nothing else is done for this upload. */
START_TEST(test_turn_in_a_pause)
{
    struct upload upload;
    struct uploads u;
    double start;

    set_up();
    options.fail_every = 1;
    start_server();
    target.attempts = 2;
    target.back_off_ns = UINT64_C(100) * MS_NS;
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    upload = upload_of("a.jpg", body, 1000);
    ck_assert_int_eq(uploads_begin(&u, &upload), 0);
    while (upload.attempt)
        (void)uploads_turn(&u, MS_NS);
    start = seconds_now();
    ck_assert(!uploads_sending(&u));
    while (!upload.attempt && !u.done)
        (void)uploads_turn(&u, never_ns);
    ck_assert_double_ge(seconds_now() - start, 0.05);
    ck_assert_ptr_eq(uploads_await(&u), &upload);
    expect_failed(&upload, -EIO, 2, "503");
    uploads_close(&u);
    tear_down();
}
END_TEST

/* Signals come between, and change nothing. */
START_TEST(test_interrupted)
{
    struct upload upload;

    set_up();
    options.latency_ns = UINT64_C(20) * MS_NS;
    start_server();
    interrupt_every(500);
    for (unsigned i = 0; i < 5; i++) {
        upload = put("a.jpg", body + i, BODY_MAX - 10);
        expect_done(&upload);
        ck_assert_uint_eq(upload.attempts, 1);
    }
    interrupt_every(0);
    for (unsigned i = 0; i < 5; i++)
        take_file(body + i, BODY_MAX - 10, "jpg");
    tear_down();
}
END_TEST

/* ------------------------------------------------------- the test's server */

/* It takes turns with the uploads, and gives one answer to all requests, each
 * of which has "abc" for its body. */
struct raw {
    int listener;
    int peer; /* 0: none */
    const char *answer;
    unsigned answered;
    size_t size;
    char request[RAW_MAX]; /* the last one */
};

static void raw_open(struct raw *raw, const char *answer)
{
    struct sockaddr_un address;

    *raw = (struct raw){ .answer = answer };
    (void)strcpy(server.socket, in_dir("upload.sock"));
    target.socket = server.socket;
    ck_assert_int_eq(unix_address(server.socket, &address), 0);
    raw->listener =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(raw->listener, 0);
    ck_assert_int_eq(
        bind(raw->listener, (const struct sockaddr *)&address, sizeof(address)),
        0);
    ck_assert_int_eq(listen(raw->listener, 10), 0);
}

static void raw_close(struct raw *raw)
{
    if (raw->peer > 0)
        (void)close(raw->peer);
    (void)close(raw->listener);
    ck_assert_int_eq(unlink(server.socket), 0);
}

/* Reads what there is of a request, and answers one that is whole. */
static void raw_turn(struct raw *raw)
{
    static const char end[] = "\r\n\r\nabc";
    ssize_t n;

    if (raw->peer <= 0) {
        raw->peer = accept4(raw->listener, NULL, NULL, SOCK_CLOEXEC);
        raw->size = 0;
    }
    if (raw->peer <= 0)
        return;
    n = recv(raw->peer, raw->request + raw->size, RAW_MAX - 1 - raw->size,
             MSG_DONTWAIT);
    raw->size += n > 0 ? (size_t)n : 0;
    raw->request[raw->size] = '\0';
    if (n != 0 && !strstr(raw->request, end))
        return;
    if (n != 0) {
        raw->answered++;
        (void)send(raw->peer, raw->answer, strlen(raw->answer), MSG_NOSIGNAL);
    }
    (void)close(raw->peer);
    raw->peer = 0;
}

static struct upload put_raw(struct raw *raw, const char *answer)
{
    struct upload upload = upload_of("9-x.jpg", "abc", 3), *ended;
    struct uploads u;

    raw_open(raw, answer);
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    ck_assert_int_eq(uploads_begin(&u, &upload), 0);
    while (!(ended = uploads_take(&u))) {
        (void)uploads_turn(&u, MS_NS);
        raw_turn(raw);
    }
    ck_assert_ptr_eq(ended, &upload);
    uploads_close(&u);
    raw_close(raw);
    return upload;
}

#define ABC_BASE64 "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
#define EMPTY      "Content-Length: 0\r\nConnection: close\r\n\r\n"
#define NO_CONTENT "HTTP/1.1 204 No Content\r\nConnection: close\r\n"

static const char created[] = "HTTP/1.1 201 Created\r\n"
                              "Repr-Digest: sha-256=:" ABC_BASE64 ":\r\n" EMPTY;

START_TEST(test_request)
{
    static const struct {
        const char *url;
        const char *line;
    } urls[] = {
        { "http://localhost", "PUT /9-x.jpg HTTP/1.1\r\n" },
        { "http://localhost/up/there", "PUT /up/there/9-x.jpg HTTP/1.1\r\n" },
        { "http://localhost/{name}", "PUT /9-x.jpg HTTP/1.1\r\n" },
        { "http://localhost/a/{name}?key=b",
          "PUT /a/9-x.jpg?key=b HTTP/1.1\r\n" },
    };
    struct upload upload;
    struct raw raw;

    set_up();
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        target.url = urls[i].url;
        target.token = i % 2 ? "s3cret.token" : NULL;
        upload = put_raw(&raw, created);
        expect_done(&upload);
        ck_assert_uint_eq(upload.attempts, 1);
        ck_assert_msg(
            strncmp(raw.request, urls[i].line, strlen(urls[i].line)) == 0, "%s",
            raw.request);
        ck_assert_ptr_nonnull(strstr(raw.request, "\r\nContent-Length: 3\r\n"));
        ck_assert_ptr_null(strstr(raw.request, "Expect"));
        if (i % 2)
            ck_assert_ptr_nonnull(strstr(
                raw.request, "\r\nAuthorization: Bearer s3cret.token\r\n"));
        else
            ck_assert_ptr_null(strstr(raw.request, "Authorization"));
    }
    tear_down();
}
END_TEST

/* What an answer means: 0, or an error, and whether it is tried again. */
static const struct {
    const char *answer;
    int error;
    unsigned attempts;
    const char *words;
} answers[] = {
    { "HTTP/1.1 200 OK\r\nrepr-digest: sha-512=:AAAA:, "
      "sha-256=:" ABC_BASE64 ":\r\n" EMPTY,
      0, 1, "" },
    { NO_CONTENT "Repr-Digest: sha-256=:" ABC_BASE64 ":\r\n\r\n", 0, 1, "" },
    { "HTTP/1.1 201 Created\r\n" EMPTY, -EPROTO, 1, "what arrived" },
    { NO_CONTENT "Repr-Digest: sha-512=:" ABC_BASE64 ":\r\n\r\n", -EPROTO, 1,
      "what arrived" },
    { NO_CONTENT "Repr-Digest: sha-256=:AAAA:\r\n\r\n", -EPROTO, 1,
      "what arrived" },
    { NO_CONTENT "Repr-Digest: sha-256=:"
                 "!!!Wv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:\r\n\r\n",
      -EPROTO, 1, "what arrived" },
    { NO_CONTENT "Repr-Digest: sha-256=:" ABC_BASE64 "AAAA:\r\n\r\n", -EPROTO,
      1, "what arrived" },
    { "HTTP/1.1 301 Moved\r\nLocation: http://localhost/b\r\n" EMPTY, -EACCES,
      1, "301" },
    { "HTTP/1.1 400 Bad\r\n" EMPTY, -EACCES, 1, "400" },
    { "HTTP/1.1 401 Who\r\n" EMPTY, -EACCES, 1, "401" },
    { "HTTP/1.1 403 No\r\n" EMPTY, -EACCES, 1, "403" },
    { "HTTP/1.1 408 Late\r\n" EMPTY, -EIO, 2, "408" },
    { "HTTP/1.1 429 Many\r\n" EMPTY, -EIO, 2, "429" },
    { "HTTP/1.1 500 Error\r\n" EMPTY, -EIO, 2, "500" },
    { "HTTP/1.1 504 Gateway\r\n" EMPTY, -EIO, 2, "504" },
    { "HTTP/1.1 507 Full\r\n" EMPTY, -ENOSPC, 1, "no room" },
    { "nonsense\r\n\r\n", -EINVAL, 1, "" },
    { "", -EIO, 2, "" },
    { "HTTP/1.1 201 Crea", -EIO, 2, "" },
};

enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

START_TEST(test_answer)
{
    struct upload upload;
    struct raw raw;

    set_up();
    target.attempts = 2;
    upload = put_raw(&raw, answers[_i].answer);
    ck_assert_uint_eq(raw.answered, answers[_i].attempts);
    if (answers[_i].error == 0)
        expect_done(&upload);
    else
        expect_failed(&upload, answers[_i].error, answers[_i].attempts,
                      answers[_i].words);
    tear_down();
}
END_TEST

/* Another's server need not know of digests. */
START_TEST(test_no_digest)
{
    struct upload upload;
    struct raw raw;

    set_up();
    target.digest = false;
    upload = put_raw(&raw, "HTTP/1.1 201 Created\r\n" EMPTY);
    ck_assert_msg(upload.error == 0, "%s", upload.text);
    ck_assert(!upload.has_sha256);
    upload = put_raw(&raw, created);
    expect_done(&upload);
    tear_down();
}
END_TEST

/* It asks for an hour; but no pause is longer than an attempt may be. */
START_TEST(test_retry_after)
{
    struct upload upload;
    double start;
    struct raw raw;

    set_up();
    target.attempts = 2;
    target.timeout_ns = UINT64_C(300) * MS_NS;
    start = seconds_now();
    upload = put_raw(&raw, "HTTP/1.1 429 Many\r\nRetry-After: 3600\r\n" EMPTY);
    ck_assert_double_ge(seconds_now() - start, 0.3);
    ck_assert_int_eq(upload.error, -EIO);
    ck_assert_uint_eq(upload.attempts, 2);
    tear_down();
}
END_TEST

static void add_server_tests(Suite *suite)
{
    TCase *tc = add_case(suite, "upload-server", 0);

    tcase_add_test(tc, test_stored);
    tcase_add_test(tc, test_refused);
    tcase_add_test(tc, test_requests);
    tcase_add_loop_test(tc, test_every_other, 0, 2);
    tcase_add_test(tc, test_kept_connection);
    tcase_add_loop_test(tc, test_gives_up, 0, 2);
    tcase_add_test(tc, test_no_answer);
    tcase_add_loop_test(tc, test_nobody, 0, 2);
    tcase_add_test(tc, test_wrong_url);
    tcase_add_test(tc, test_killed);
    tcase_add_loop_test(tc, test_many, 0, 2);
    tcase_add_test(tc, test_given_up);
    tcase_add_loop_test(tc, test_slow, 0, 2);
    tcase_add_loop_test(tc, test_no_room, 0, 2);
    tcase_add_test(tc, test_store_error);
    tcase_add_test(tc, test_start_and_stop);
    tcase_add_test(tc, test_parent_dies);
}

/* Without their libraries there are no uploads. */
START_TEST(test_absent)
{
    struct upload upload;
    struct uploads u;

    printf("skipped: uploads: %s\n", models[0].skipped);
    set_up();
    ck_assert_int_eq(uploads_open(&u, &target), -ENOSYS);
    upload = upload_of("a.jpg", body, 10);
    ck_assert_int_eq(uploads_begin(&u, &upload), -ENOSYS);
    ck_assert(!uploads_turn(&u, 0));
    ck_assert(!uploads_sending(&u));
    uploads_wake(&u);
    ck_assert_ptr_null(uploads_take(&u));
    ck_assert_ptr_null(uploads_await(&u));
    uploads_close(&u);
    ck_assert_int_eq(upload_server_start(dir, &options, &server), -ENOSYS);
    tear_down();
}
END_TEST

static bool is_loaded(const char *library)
{
    void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);

    return handle && dlclose(handle) == 0;
}

/* A program that uploads nothing does not carry what uploads need. */
START_TEST(test_loaded_late)
{
    struct uploads u;

    ck_assert(!is_loaded("libcurl.so.4"));
    ck_assert(!is_loaded("libmicrohttpd.so.12"));
    ck_assert_int_eq(uploads_open(&u, &target), 0);
    ck_assert(is_loaded("libcurl.so.4"));
    ck_assert(!is_loaded("libmicrohttpd.so.12"));
    uploads_close(&u);
}
END_TEST

Suite *upload_suite(void)
{
    Suite *suite = suite_create("upload");
    TCase *tc;

    if (!models[0].ops) {
        tc = add_case(suite, "upload", 0);
        tcase_add_test(tc, test_absent);
        return suite;
    }
    add_server_tests(suite);
    tc = add_case(suite, "upload", 0);
    tcase_add_test(tc, test_loaded_late);
    tcase_add_test(tc, test_wake);
    tcase_add_test(tc, test_turn_in_a_pause);
    tcase_add_test(tc, test_interrupted);
    tcase_add_test(tc, test_request);
    tcase_add_loop_test(tc, test_answer, 0, ANSWERS);
    tcase_add_test(tc, test_no_digest);
    tcase_add_test(tc, test_retry_after);
    return suite;
}
