/* SPDX-License-Identifier: MIT */
/*
 * Every option of every mechanism: what it changes is seen, from outside; and
 * what it does not take is refused in one line. An option that nobody looks at
 * fails here, so that none is added without.
 */
#include "ipc/explain.h"
#include "ipc/mechanisms.h"
#include "shared/base/bytes.h"
#include "shared/base/fd.h"
#include "shared/dir/record.h"
#include "shared/frame/stream.h"
#include "shared/net/token.h"
#include "sockets/udp_wire.h"
#include "tests/helpers.h"
#include "tests/network.h"
#include "tests/peers.h"
#include "tests/redis_ask.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SMALL = 1000,    /* bytes, more than any datagram here */
    LARGE = 1 << 16, /* whole pages, however large they are */
    DESCRIPTORS_MAX = 256,
};

enum { ALL_SENT = 1, LOOKED = 1 }; /* stages of a trial */

#define VALUE_MAX 1000000000000000 /* that --set can be given */

/* Either looks when the channels are made, or is what a peer does. */
struct effect {
    const char *mechanism;
    const char *option;
    size_t value;
    size_t frame_max;
    size_t depth;
    size_t seen; /* a number that the option makes, where one counts */
    bool (*is_possible)(void); /* on this system; NULL: on all */
    void (*look)(struct trial *t);
    peer_script *produce;
    peer_script *consume;
    unsigned long messages;
};

static const struct effect *now; /* the one that is looked at */

/* ---------------------------------------------------- what a process holds */

static int pipe_size(int fd)
{
    return fcntl(fd, F_GETPIPE_SZ);
}

static int socket_size(int fd, int which)
{
    int size = 0;
    socklen_t length = sizeof(size);

    return getsockopt(fd, SOL_SOCKET, which, &size, &length) == 0 ? size : 0;
}

static int send_buffer(int fd)
{
    return socket_size(fd, SO_SNDBUF);
}

static int receive_buffer(int fd)
{
    return socket_size(fd, SO_RCVBUF);
}

/* That one of this process's descriptors has the size that was asked for. */
static void expect_size(struct trial *t, int (*size_of)(int fd))
{
    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        if (size_of(fd) == (int)now->value)
            return;
    peer_fail(t, "no descriptor has %s=%zu", now->option, now->value);
}

static void produce_in_pipe(struct trial *t)
{
    peer_produce(t);
    expect_size(t, pipe_size);
}

static void produce_in_buffer(struct trial *t)
{
    peer_produce(t);
    expect_size(t, send_buffer);
}

/* libzmq closes a connection whose other end has left. */
static void produce_and_let_go(struct trial *t)
{
    produce_in_buffer(t);
    peer_raise(t, LOOKED);
}

static void consume_and_stay(struct trial *t)
{
    peer_consume(t);
    peer_await(t, LOOKED);
}

static void produce_and_receive(struct trial *t)
{
    peer_produce(t);
    expect_size(t, receive_buffer);
}

static void consume_in_buffer(struct trial *t)
{
    peer_consume(t);
    expect_size(t, receive_buffer);
}

/* ------------------------------------------------- how a frame is written */

/* A frame of whole pages, with its prefix. */
static void produce_in_pages(struct trial *t)
{
    const size_t part = now->value * (size_t)sysconf(_SC_PAGESIZE);
    const size_t expected = part ? now->frame_max / part : 1;
    const unsigned long before = count_writes(getpid());
    unsigned long writes;

    peer_send_job(t, 0);
    writes = count_writes(getpid()) - before;
    if (writes != expected && writes > 0)
        peer_fail(t, "%lu writes instead of %zu", writes, expected);
    if (writes == 0)
        (void)printf("not tested, nobody counts what is written here: %s\n",
                     now->option);
    peer_take_answer(t, 0);
}

/* ------------------------------------------------------ what is mapped */

static unsigned long inode_at(const void *address)
{
    FILE *file = fopen("/proc/self/maps", "re");
    unsigned long first, behind, inode, found = 0;

    while (file && fscanf(file, "%lx-%lx %*s %*s %*s %lu%*[^\n]", &first,
                          &behind, &inode) == 3)
        if ((unsigned long)address >= first && (unsigned long)address < behind)
            found = inode;
    if (file)
        (void)fclose(file);
    return found;
}

/* There is memory for one job, or new one for each. */
static void consume_from_memfds(struct trial *t)
{
    unsigned long inode[2];
    const void *block;
    size_t size;

    for (int i = 0; i < 2; i++) {
        peer_check(t, channel_acquire(&t->jobs, &block, &size), "acquire");
        inode[i] = inode_at(block);
        peer_check(t, channel_release(&t->jobs), "release");
        peer_send_answer(t, (unsigned long)i);
    }
    if (inode[0] == 0 || (inode[0] != inode[1]) != (now->value == 1))
        peer_fail(t, "memory %lu, then %lu", inode[0], inode[1]);
}

static void look_at_shared_memory(struct trial *t)
{
    char name[CHANNEL_NAME_MAX];
    struct stat status;
    int fd;

    channel_global_name(&t->jobs.config, name);
    fd = shm_open(name, O_RDONLY, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &status), 0);
    fd_close(&fd);
    ck_assert_int_ge(status.st_size, (off_t)now->value);
    ck_assert_int_lt(status.st_size, 4 * (off_t)now->value);
}

/* ------------------------------------------- how much there is room for */

/* As much is sent as there should be room for, while nobody receives. */
static void produce_all_first(struct trial *t)
{
    for (unsigned long i = 0; i < t->messages; i++)
        peer_send_job(t, i);
    peer_raise(t, ALL_SENT);
    for (unsigned long i = 0; i < t->messages; i++)
        peer_take_answer(t, i);
}

static void consume_when_sent(struct trial *t)
{
    peer_await(t, ALL_SENT);
    peer_consume(t);
}

/* An eighth of what a user may queue is a channel's: as signal_words.c has it.
 * A frame of 8 bytes takes two words; an eighth of the window may be read and
 * not yet given back. */
enum { SHARE = 8, WORDS = 1024, WORDS_SURE = WORDS - WORDS / 8 + 1 };

static bool may_queue(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_SIGPENDING, &limit) == 0 &&
           limit.rlim_cur / SHARE >= WORDS;
}

static void look_at_depth(struct trial *t)
{
    ck_assert_uint_eq(t->jobs.config.depth, now->seen);
    ck_assert_uint_eq(t->jobs.frames_held, now->seen);
}

/* ------------------------------------------------------- message queues */

static void look_at_posix_queue(struct trial *t)
{
    char name[CHANNEL_NAME_MAX];
    struct mq_attr attr;
    mqd_t queue;

    channel_global_name(&t->jobs.config, name);
    queue = mq_open(name, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(queue, 0);
    ck_assert_int_eq(mq_getattr(queue, &attr), 0);
    (void)mq_close(queue);
    ck_assert_int_eq(strcmp(now->option, "mq-size") == 0 ? attr.mq_msgsize
                                                         : attr.mq_maxmsg,
                     (long)now->value);
}

static struct msqid_ds system_v_queue(const struct trial *t)
{
    char text[RECORD_TEXT_MAX];
    struct msqid_ds about;

    ck_assert_int_eq(record_read(t->dir, "jobs", "sysv-mq", text), 0);
    ck_assert_int_eq(
        msgctl(msgget((key_t)strtol(text, NULL, 10), 0), IPC_STAT, &about), 0);
    return about;
}

static void look_at_system_v_queue(struct trial *t)
{
    ck_assert_uint_eq(system_v_queue(t).msg_qbytes, now->value);
}

/* A frame and the eight bytes before it, in so many messages. */
static void produce_in_messages(struct trial *t)
{
    peer_send_job(t, 0);
    if (system_v_queue(t).msg_qnum != now->seen)
        peer_fail(t, "%lu messages instead of %zu",
                  (unsigned long)system_v_queue(t).msg_qnum, now->seen);
    peer_raise(t, ALL_SENT);
    peer_take_answer(t, 0);
}

/* ------------------------------------------------------ what is on the disk */

/* In place of the library's, for SQLite and the spool as well. */
static unsigned syncs;

int fdatasync(int fd)
{
    syncs++;
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    syncs++;
    return (int)syscall(SYS_fsync, fd);
}

/* Without a peer. */
static void send_here(struct trial *t)
{
    void *block;

    ck_assert_int_eq(channel_reserve(&t->jobs, t->size[0], &block), 0);
    memset(block, 'x', t->size[0]);
    ck_assert_int_eq(channel_commit(&t->jobs, t->size[0]), 0);
}

/* How many syncs three messages take that are not the first, and then the end
 * of their sender. */
static void count_syncs(struct trial *t, unsigned *ret_commits,
                        unsigned *ret_all)
{
    const struct channel_end end = { .role = CHANNEL_SENDER };

    ck_assert_int_eq(channel_attach(&t->jobs, &end), 0);
    send_here(t);
    syncs = 0;
    for (int i = 0; i < 3; i++)
        send_here(t);
    *ret_commits = syncs;
    channel_detach(&t->jobs);
    *ret_all = syncs;
}

static void look_at_no_syncs(struct trial *t)
{
    unsigned commits, all;

    count_syncs(t, &commits, &all);
    ck_assert_uint_eq(all, 0);
}

static void look_at_syncs(struct trial *t)
{
    unsigned commits, all;

    count_syncs(t, &commits, &all);
    ck_assert_uint_ge(commits, now->seen);
}

/* Only when the log is put back. */
static void look_at_late_syncs(struct trial *t)
{
    unsigned commits, all;

    count_syncs(t, &commits, &all);
    ck_assert_uint_eq(commits, 0);
    ck_assert_uint_gt(all, 0);
}

/* ----------------------------------------------------------------- Redis */

static void look_at_policy(struct trial *t)
{
    static const char *const policies[] = { "no", "everysec", "always" };
    const char *answer = redis_ask(t->dir, NULL, "CONFIG GET appendfsync\r\n");

    trial_expect(t, strstr(answer, policies[now->value]), "%s", answer);
}

/* What is sent is on its way to the server for a while. */
static void await_entries(struct trial *t, const char *name)
{
    char wanted[20];

    (void)snprintf(wanted, sizeof(wanted), ":%lu\r\n", t->messages);
    while (strncmp(redis_ask(t->dir, NULL, "XLEN %s\r\n", name), wanted,
                   strlen(wanted)) != 0)
        pause_ms(1);
}

/* Of all that were sent, so many are the receiver's when it holds the first. */
static void consume_in_batches(struct trial *t)
{
    char name[CHANNEL_NAME_MAX], pending[40];
    const char *answer;
    const void *block;
    size_t size;

    peer_await(t, ALL_SENT);
    channel_global_name(&t->jobs.config, name);
    await_entries(t, name);
    peer_check(t, channel_acquire(&t->jobs, &block, &size), "acquire");
    answer = redis_ask(t->dir, NULL, "XPENDING %s receivers\r\n", name);
    (void)snprintf(pending, sizeof(pending), "*4\r\n:%zu\r\n", now->value);
    if (strncmp(answer, pending, strlen(pending)) != 0)
        peer_fail(t, "a batch of %zu: %s", now->value, answer);
    peer_check(t, channel_release(&t->jobs), "release");
    peer_send_answer(t, 0);
    for (unsigned long i = 1; i < t->messages; i++) {
        peer_take_job(t, i);
        peer_send_answer(t, i);
    }
}

/* ------------------------------------------------------------------- UDP */

__attribute__((noreturn)) static void send_to_nobody(struct trial *t)
{
    const struct channel_end end = { .role = CHANNEL_SENDER, .owner = true };

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    ck_assert_int_eq(channel_attach(&t->jobs, &end), 0);
    for (;;)
        send_here(t);
}

static int call_sender(const struct trial *t)
{
    char token[TOKEN_SIZE + 1];
    struct address address;
    int fd;

    ck_assert_int_eq(token_find(t->dir, "jobs", NULL, &address, token), 0);
    ck_assert_int_eq(socket_bind(NULL, 0, SOCK_DGRAM, &fd), 0);
    ck_assert_int_eq(socket_connect(fd, &address), 0);
    ck_assert_int_eq(reliable_call(fd, token), 0);
    return fd;
}

/* Whether one of the first packets came before one that was sent earlier:
 * that one was not sent, for the loopback loses nothing. */
static bool sees_gap(int fd, uint64_t packets)
{
    unsigned char datagram[SMALL];
    uint64_t expected = 0, number;

    while (expected < packets) {
        ck_assert_int_gt(recv(fd, datagram, sizeof(datagram), 0), 0);
        if (get_u64(datagram + 8) != RELIABLE_DATA)
            continue;
        number = get_u64(datagram + 16);
        if (number > expected)
            return true;
        expected += number == expected;
    }
    return false;
}

static void look_for_gaps(struct trial *t)
{
    const pid_t pid = fork();
    int fd;

    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        send_to_nobody(t);
    fd = call_sender(t);
    ck_assert_int_eq(sees_gap(fd, now->seen), now->value < 100);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    fd_close(&fd);
}

/* --------------------------------------------------------------- the table */

static const struct effect effects[] = {
    { "pipe", "pipe-size", 2 * LARGE, 100, 8, .produce = produce_in_pipe },
    { "fifo", "pipe-size", 2 * LARGE, 100, 8, .produce = produce_in_pipe },
    { "splice", "pipe-size", 2 * LARGE, 100, 8, .produce = produce_in_pipe },
    { "pipe", "write-pages", 1, LARGE, 8, .produce = produce_in_pages },
    { "pipe", "write-pages", 0, LARGE, 8, .produce = produce_in_pages },
    { "fifo", "write-pages", 1, LARGE, 8, .produce = produce_in_pages },
    { "fifo", "write-pages", 0, LARGE, 8, .produce = produce_in_pages },
    { "unix-stream", "send-buffer", 40000, 100, 8,
      .produce = produce_in_buffer },
    { "unix-seqpacket", "send-buffer", 40000, 100, 8,
      .produce = produce_in_buffer },
    { "unix-dgram", "send-buffer", 40000, 100, 8,
      .produce = produce_in_buffer },
    { "unix-fd", "fresh-memfd", 1, 100, 1, .consume = consume_from_memfds,
      .messages = 2 },
    { "unix-fd", "fresh-memfd", 0, 100, 1, .consume = consume_from_memfds,
      .messages = 2 },
    { "tcp", "send-buffer", 40000, 100, 8, .produce = produce_in_buffer },
    { "tcp", "receive-buffer", 40000, 100, 8, .produce = produce_and_receive,
      .consume = consume_in_buffer },
    { "udp", "receive-buffer", 40000, 100, 8, .produce = produce_and_receive,
      .consume = consume_in_buffer },
    { "udp", "sent", 10, 100, 8, .seen = 5, .look = look_for_gaps },
    { "udp", "sent", 100, 100, 8, .seen = 5, .look = look_for_gaps },
    { "signal-words", "word-window", WORDS, 8, 8, .is_possible = may_queue,
      .produce = produce_all_first, .consume = consume_when_sent,
      .messages = WORDS_SURE / 2 },
    { "posix-mq", "mq-messages", 3, 100, 8, .look = look_at_posix_queue },
    { "posix-mq", "mq-size", 64, 100, 8, .look = look_at_posix_queue },
    { "sysv-mq", "queue-size", 4096, 100, 8, .look = look_at_system_v_queue },
    { "sysv-mq", "message-size", 104, 500, 8, .seen = 5,
      .produce = produce_in_messages, .consume = consume_when_sent },
    { "ring", "ring-size", 64 << 10, 100, 8, .look = look_at_shared_memory },
    { "spool", "sync", 0, 100, 8, .look = look_at_no_syncs },
    /* The file and its name. */
    { "spool", "sync", 1, 100, 8, .seen = 6, .look = look_at_syncs },
    { "sqlite", "sync", 0, 100, 8, .look = look_at_no_syncs },
    { "sqlite", "sync", 1, 100, 8, .look = look_at_late_syncs },
    { "sqlite", "sync", 2, 100, 8, .seen = 3, .look = look_at_syncs },
    { "zeromq", "queue-size", 50000, 1000, 0, .seen = 50,
      .look = look_at_depth },
    { "zeromq", "send-buffer", 40000, 100, 8, .produce = produce_and_let_go,
      .consume = consume_and_stay },
    { "redis-stream", "sync", 0, 100, 8, .look = look_at_policy },
    { "redis-stream", "sync", 2, 100, 8, .look = look_at_policy },
    { "redis-stream", "pipeline", 20, 100, 1, .produce = produce_all_first,
      .consume = consume_when_sent, .messages = 21 },
    { "redis-stream", "batch", 3, 100, 8, .produce = produce_all_first,
      .consume = consume_in_batches, .messages = 5 },
};

enum { EFFECTS = sizeof(effects) / sizeof(effects[0]) };

/* Of the jobs; the results' stays as it is. */
static size_t *option_of(struct trial *t, const char *name)
{
    const struct channel_option *option = t->ops->options;

    for (size_t i = 0; option && option[i].name; i++)
        if (strcmp(option[i].name, name) == 0)
            return &t->jobs.config.options[i];
    ck_abort_msg("%s has no option %s", t->ops->name, name);
}

START_TEST(test_effect)
{
    const struct effect *e = now = &effects[_i];
    struct trial t;

    if (e->is_possible && !e->is_possible()) {
        (void)printf("not tested, this system does not let it: %s\n",
                     e->option);
        return;
    }
    if (!trial_prepare(&t, index_of(e->mechanism), e->frame_max, e->depth))
        return;
    *option_of(&t, e->option) = e->value;
    ck_assert_int_eq(trial_create(&t), 0);
    if (e->messages > 0)
        t.messages = e->messages;
    if (e->frame_max > 100)
        t.size[0] = e->frame_max - STREAM_PREFIX;
    if (e->look)
        e->look(&t);
    else
        trial_run(&t, e->produce ? e->produce : peer_produce,
                  e->consume ? e->consume : peer_consume);
    trial_close(&t);
}
END_TEST

static bool is_looked_at(const char *mechanism, const char *option)
{
    for (size_t i = 0; i < EFFECTS; i++)
        if (strcmp(effects[i].mechanism, mechanism) == 0 &&
            strcmp(effects[i].option, option) == 0)
            return true;
    return false;
}

START_TEST(test_all_are_looked_at)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        for (size_t i = 0; m->ops && m->ops->options && m->ops->options[i].name;
             i++)
            ck_assert_msg(is_looked_at(m->name, m->ops->options[i].name),
                          "%s: nobody looks at what %s does", m->name,
                          m->ops->options[i].name);
}
END_TEST

/* -------------------------------------------------------------- the bounds */

/* A value either works or is refused in a line that names the option. */
static void try_value(int index, size_t option, size_t value, bool allowed)
{
    const char *name = mechanisms[index].ops->options[option].name;
    char text[EXPLAIN_TEXT_MAX] = "";
    struct trial t;
    int r;

    if (!trial_prepare(&t, index, 100, 8))
        return;
    t.jobs.config.options[option] = value;
    r = trial_create(&t);
    trial_expect(&t, allowed || r == -EINVAL, "%s=%zu: %s", name, value,
                 strerror(-r));
    if (r == 0)
        trial_run(&t, peer_produce, peer_consume);
    else {
        r = channel_explain(&t.jobs, r, text, sizeof(text));
        trial_expect(&t, r == 0 && strstr(text, name) && !strchr(text, '\n'),
                     "%s=%zu: refused: %s", name, value, text);
    }
    trial_close(&t);
}

START_TEST(test_bounds)
{
    const struct mechanism *m = &mechanisms[_i];
    const struct channel_option *option = m->ops ? m->ops->options : NULL;

    for (size_t i = 0; option && option[i].name; i++) {
        const size_t most = option[i].most;

        if (option[i].least > 0)
            try_value(_i, i, option[i].least - 1, false);
        try_value(_i, i, option[i].least, true);
        try_value(_i, i, option[i].least + 1, true);
        try_value(_i, i, most ? most : VALUE_MAX, true);
        if (most > 0)
            try_value(_i, i, most + 1, false);
    }
}
END_TEST

/* ------------------------------------------------------- the place to meet */

static int connect_to(const char *host, unsigned port)
{
    struct url url = { .port = port };
    struct address address;
    int fd, r;

    (void)strcpy(url.host, host);
    ck_assert_int_eq(address_find(&url, port, &address), 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    r = socket_connect(fd, &address);
    fd_close(&fd);
    return r;
}

/* Listens at that address, at a port behind that one, and nowhere else. */
START_TEST(test_tcp_url)
{
    static const char *const names[] = { "tcp", "zeromq" };
    struct url url = { .scheme = "tcp", .host = "127.0.0.2" };
    struct trial t;

    url.port = network_free_port(url.host);
    if (!trial_prepare(&t, index_of(names[_i]), 100, 8))
        return;
    t.jobs.config.at = t.results.config.at = &url;
    ck_assert_int_eq(trial_create(&t), 0);
    for (unsigned i = 1; i <= 2; i++) {
        ck_assert_int_eq(connect_to("127.0.0.2", url.port + i), 0);
        ck_assert_int_eq(connect_to("127.0.0.1", url.port + i), -EPIPE);
    }
    trial_run(&t, peer_produce, peer_consume);
    trial_close(&t);
}
END_TEST

/* Whose server it is: its host, port, password and database. */
START_TEST(test_redis_url)
{
    static const char *const ask = "AUTH %s\r\nSELECT 3\r\nEXISTS %s\r\n";
    struct url url = {
        .scheme = "redis",
        .host = "127.0.0.2",
        .password = "secret",
        .path = "/3",
    };
    char name[CHANNEL_NAME_MAX];
    struct trial t;
    pid_t server;

    if (mechanism_skipped(&mechanisms[index_of("redis-stream")]))
        return;
    url.port = network_free_port(url.host);
    server = redis_start(&url);
    ck_assert(trial_prepare(&t, index_of("redis-stream"), 100, 8));
    t.jobs.config.at = t.results.config.at = &url;
    ck_assert_int_eq(trial_create(&t), 0);
    channel_global_name(&t.jobs.config, name);
    ck_assert_str_eq(redis_ask(NULL, &url, ask, url.password, name),
                     "+OK\r\n+OK\r\n:1\r\n+OK\r\n");
    trial_run(&t, peer_produce, peer_consume);
    trial_close(&t);
    ck_assert_str_eq(redis_ask(NULL, &url, ask, url.password, name),
                     "+OK\r\n+OK\r\n:0\r\n+OK\r\n");
    redis_stop(server);
}
END_TEST

Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tc = add_case(suite, "effects", 0);
    int count = 0;

    tcase_add_loop_test(tc, test_effect, 0, EFFECTS);
    tcase_add_test(tc, test_all_are_looked_at);
    tc = add_case(suite, "bounds", 0);
    while (mechanisms[count].name)
        count++;
    tcase_add_loop_test(tc, test_bounds, 0, count);
    tc = add_case(suite, "urls", 0);
    tcase_add_loop_test(tc, test_tcp_url, 0, 2);
    tcase_add_test(tc, test_redis_url);
    return suite;
}
