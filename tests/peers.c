/* SPDX-License-Identifier: MIT */
#include "tests/peers.h"

#include "ipc/job/pattern.h"
#include "ipc/mechanisms.h"
#include "shared/base/fd.h"
#include "tests/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static const char *const peer_name[PEERS] = { "producer", "consumer" };

/* ------------------------------------------------------- the test's own */

const char *trial_text(const struct trial *t, const char *format, ...)
{
    static char text[600];
    va_list arguments;
    int n;

    n = snprintf(text, sizeof(text), "%s: ", t->ops->name);
    va_start(arguments, format);
    (void)vsnprintf(text + n, sizeof(text) - (size_t)n, format, arguments);
    va_end(arguments);
    return text;
}

static void map_board(struct trial *t)
{
    t->board = mmap(NULL, sizeof(*t->board), PROT_READ | PROT_WRITE, MAP_SHARED,
                    t->board_fd, 0);
    if (t->board == MAP_FAILED)
        abort();
}

/* Both configurations. The strings lie in the trial itself. */
static void configure(struct trial *t, uint64_t seed, size_t frame_max,
                      size_t depth)
{
    struct channel_config config = {
        .dir = t->dir,
        .name = "jobs",
        .seed = seed,
        .frame_max = frame_max,
        .depth = depth,
        .senders = 1,
        .receivers = 1,
    };

    mechanism_defaults(t->ops, config.options);
    t->jobs.config = config;
    config.name = "results";
    config.number = 1;
    config.frame_max = TRIAL_RESULT_MAX;
    t->results.config = config;
}

static void open_channels(struct trial *t)
{
    struct channel_config jobs = t->jobs.config, results = t->results.config;

    if (channel_open(&t->jobs, t->ops, &jobs) < 0 ||
        channel_open(&t->results, t->ops, &results) < 0)
        abort();
}

bool trial_prepare(struct trial *t, int index, size_t frame_max, size_t depth)
{
    uint64_t seed;

    if (mechanism_skipped(&mechanisms[index]))
        return false;
    *t = (struct trial){ .ops = mechanisms[index].ops, .owner = CONSUMER };
    t->messages = 1;
    t->sizes = 1;
    t->size[0] = frame_max < 100 ? frame_max : 100;
    make_test_dir(t->dir);
    ck_assert_int_eq(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
    (void)snprintf(t->mark, sizeof(t->mark), CHANNEL_PREFIX "%016" PRIx64,
                   seed);
    t->board_fd = memfd_create("board", 0);
    ck_assert_int_eq(ftruncate(t->board_fd, sizeof(*t->board)), 0);
    map_board(t);
    configure(t, seed, frame_max, depth);
    open_channels(t);
    census_take(&t->before, t->mark, t->dir);
    return true;
}

int trial_create(struct trial *t)
{
    int r;

    r = channel_create(&t->jobs);
    if (r < 0)
        return r;
    r = channel_create(&t->results);
    if (r < 0)
        return r;
    t->window = t->results.frames_held < 8 ? t->results.frames_held : 8;
    return 0;
}

bool trial_open(struct trial *t, int index, size_t frame_max, size_t depth)
{
    int r;

    if (!trial_prepare(t, index, frame_max, depth))
        return false;
    r = trial_create(t);
    trial_expect(t, r == 0, "create: %s", strerror(-r));
    trial_expect(t, t->window > 0, "results holds no frame");
    return true;
}

/* Whether a peer's end was another than it should be; says so once. */
static bool ended_badly(struct trial *t, enum peer peer, int status)
{
    char *failure = t->board->peer[peer].failure;
    bool by_signal = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;

    if (t->ends_by_signal[peer] ? by_signal : status == 0)
        return false;
    if (!failure[0])
        (void)snprintf(failure, sizeof(t->board->peer[peer].failure),
                       "ended with wait status %#x", (unsigned)status);
    return true;
}

void trial_kill(const struct trial *t)
{
    static const int numbers[] = { SIGSTOP, SIGKILL };

    for (int i = 0; i < 2; i++)
        for (enum peer peer = 0; peer < PEERS; peer++)
            if (t->pid[peer])
                (void)kill(t->pid[peer], numbers[i]);
}

static void stop(struct trial *t)
{
    trial_kill(t);
    for (enum peer peer = 0; peer < PEERS; peer++)
        if (t->pid[peer])
            (void)waitpid(t->pid[peer], NULL, 0);
    t->pid[PRODUCER] = t->pid[CONSUMER] = 0;
}

/* Reaps who has ended. Returns false when the trial has failed. */
static bool look_at_peers(struct trial *t)
{
    int status;

    for (enum peer peer = 0; peer < PEERS; peer++) {
        if (!t->pid[peer] || waitpid(t->pid[peer], &status, WNOHANG) == 0)
            continue;
        t->pid[peer] = 0;
        if (ended_badly(t, peer, status))
            return false;
    }
    return true;
}

/* One peer's failure is often the consequence of the other's: both are told,
 * and how far they came. */
static const char *failure_text(const struct trial *t, bool late)
{
    static char text[PEERS][300];
    const char *failure;

    for (enum peer peer = 0; peer < PEERS; peer++) {
        failure = t->board->peer[peer].failure;
        (void)snprintf(text[peer], sizeof(text[peer]),
                       "%s sent %lu, received %lu%s%s", peer_name[peer],
                       t->board->peer[peer].sent, t->board->peer[peer].received,
                       failure[0] ? ": " : "", failure);
    }
    return trial_text(t, "%s; %s; %s", late ? "no end in time" : "failed",
                      text[PRODUCER], text[CONSUMER]);
}

/* Until both have ended or one has failed; returns whether none has. */
static bool wait_for_peers(struct trial *t, bool *ret_late)
{
    double deadline = seconds_now() + TRIAL_DEADLINE_S * test_patience();
    bool good = true, late = false;

    while (good && !late && (t->pid[PRODUCER] || t->pid[CONSUMER])) {
        pause_ms(1);
        good = look_at_peers(t);
        late = seconds_now() > deadline;
    }
    stop(t);
    *ret_late = late;
    return good;
}

void trial_wait(struct trial *t)
{
    bool good, late;

    good = wait_for_peers(t, &late);
    ck_assert_msg(good && !late, "%s", failure_text(t, late));
}

const char *trial_wait_failure(struct trial *t)
{
    bool good, late;

    good = wait_for_peers(t, &late);
    ck_assert_msg(!late, "%s", failure_text(t, late));
    trial_expect(t, !good, "all is well, and it should fail");
    return failure_text(t, late);
}

void trial_run(struct trial *t, peer_script *produce, peer_script *consume)
{
    trial_start(t, produce, consume);
    trial_wait(t);
}

static void expect_no_names(const struct trial *t, const struct channel *c)
{
    char name[CHANNEL_NAME_MAX];

    channel_global_name(&c->config, name);
    trial_expect(t, mq_open(name, O_RDONLY) < 0 && errno == ENOENT,
                 "left behind: message queue %s", name);
    trial_expect(t, shm_open(name, O_RDONLY, 0) < 0 && errno == ENOENT,
                 "left behind: shared memory %s", name);
}

void trial_close(struct trial *t)
{
    const char *difference;

    channel_detach(&t->jobs);
    channel_detach(&t->results);
    channel_destroy(&t->jobs);
    channel_destroy(&t->results);
    expect_no_names(t, &t->jobs);
    expect_no_names(t, &t->results);
    channel_close(&t->jobs);
    channel_close(&t->results);
    difference = census_compare(&t->before, CENSUS_ALL);
    trial_expect(t, !difference, "%s", difference);
    trial_expect(t, rmdir(t->dir) == 0, "%s: %s", t->dir, strerror(errno));
    (void)munmap(t->board, sizeof(*t->board));
    fd_close(&t->board_fd);
}

/* ----------------------------------------------------------- the peers' */

void peer_fail(struct trial *t, const char *format, ...)
{
    char *failure = t->board->peer[t->self].failure;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(failure, sizeof(t->board->peer[t->self].failure), format,
                    arguments);
    va_end(arguments);
    _exit(1);
}

void peer_check(struct trial *t, int r, const char *phase)
{
    if (r < 0)
        peer_fail(t, "%s: %s", phase, strerror(-r));
}

void peer_raise(struct trial *t, int stage)
{
    t->board->stage = stage;
}

void peer_await(struct trial *t, int stage)
{
    while (t->board->stage < stage)
        pause_ms(1);
}

/* Every message of every trial has a pattern of its own. */
static uint64_t pattern_id(const struct channel *c, unsigned long number)
{
    return c->config.seed + ((uint64_t)c->config.number << 32) + number;
}

static void send_message(struct trial *t, struct channel *c, size_t size,
                         unsigned long number)
{
    void *block;

    peer_check(t, channel_reserve(c, size + t->slack, &block), "reserve");
    pattern_fill(block, size, pattern_id(c, number));
    peer_check(t, channel_commit(c, size), "commit");
    t->board->peer[t->self].sent++;
}

static void take_message(struct trial *t, struct channel *c, size_t size,
                         unsigned long number)
{
    const void *block;
    size_t got, right;

    peer_check(t, channel_acquire(c, &block, &got), "acquire");
    if (got < size)
        peer_fail(t, "%s %lu: %zu bytes instead of %zu", c->config.name, number,
                  got, size);
    right = pattern_check(block, size, pattern_id(c, number));
    if (right != size)
        peer_fail(t, "%s %lu of %zu bytes: byte %zu is wrong", c->config.name,
                  number, size, right);
    peer_check(t, channel_release(c), "release");
    t->board->peer[t->self].received++;
}

void peer_send_job(struct trial *t, unsigned long number)
{
    send_message(t, &t->jobs, t->size[number % t->sizes], number);
}

void peer_take_job(struct trial *t, unsigned long number)
{
    take_message(t, &t->jobs, t->size[number % t->sizes], number);
}

/* Of every size that a result can have. */
static size_t answer_size(unsigned long number)
{
    return 1 + number % TRIAL_RESULT_MAX;
}

void peer_send_answer(struct trial *t, unsigned long number)
{
    size_t slack = t->slack;

    t->slack = 0;
    send_message(t, &t->results, answer_size(number), number);
    t->slack = slack;
}

void peer_take_answer(struct trial *t, unsigned long number)
{
    take_message(t, &t->results, answer_size(number), number);
}

void peer_produce(struct trial *t)
{
    unsigned long answered = 0;

    for (unsigned long sent = 0; sent < t->messages; sent++) {
        if (sent - answered == t->window)
            peer_take_answer(t, answered++);
        peer_send_job(t, sent);
    }
    while (answered < t->messages)
        peer_take_answer(t, answered++);
}

void peer_consume(struct trial *t)
{
    for (unsigned long number = 0; number < t->messages; number++) {
        peer_take_job(t, number);
        peer_send_answer(t, number);
    }
}

static void attach(struct trial *t)
{
    bool owner = t->self == t->owner;
    struct channel_end jobs = { CHANNEL_SENDER, 0, owner };
    struct channel_end results = { CHANNEL_RECEIVER, 0, owner };

    if (t->self == CONSUMER) {
        jobs.role = CHANNEL_RECEIVER;
        results.role = CHANNEL_SENDER;
    }
    peer_check(t, channel_attach(&t->jobs, &jobs), "attach jobs");
    peer_check(t, channel_attach(&t->results, &results), "attach results");
}

/* The whole life of a peer. It must leave its process as it found it. */
static void live(struct trial *t, peer_script *script)
{
    if (t->interrupt_us)
        interrupt_every(t->interrupt_us);
    pause_ms(t->attach_ms[t->self]);
    attach(t);
    script(t);
    channel_detach(&t->jobs);
    channel_detach(&t->results);
    interrupt_every(0);
}

static void expect_nothing_left(struct trial *t)
{
    const char *difference = census_compare(&t->before, CENSUS_PROCESS);

    if (difference)
        peer_fail(t, "after detach: %s", difference);
}

/* ---------------------------------------------------- starting a peer */

/* What a new program is told about its trial, written and read alike. */
#define NUMBERS                                                                \
    "%d %d %d %u %lu %lu %zu %" PRIx64                                         \
    " %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu"
enum { NUMBERS_COUNT = 19, NUMBERS_TEXT_MAX = 500 };

__attribute__((noreturn)) static void exec_peer(struct trial *t)
{
    const struct channel_config *jobs = &t->jobs.config;
    const struct channel_config *results = &t->results.config;
    char numbers[NUMBERS_TEXT_MAX];

    (void)snprintf(numbers, sizeof(numbers), NUMBERS, (int)t->self,
                   (int)t->owner, t->board_fd, t->attach_ms[t->self],
                   t->messages, t->window, t->size[0], jobs->seed,
                   jobs->frame_max, jobs->depth, results->depth,
                   jobs->options[0], jobs->options[1], jobs->options[2],
                   jobs->options[3], results->options[0], results->options[1],
                   results->options[2], results->options[3]);
    (void)execl("/proc/self/exe", "tests", PEER_ARGUMENT, t->ops->name, t->dir,
                numbers, (char *)NULL);
    peer_fail(t, "exec: %s", strerror(errno));
}

/* Reads what exec_peer wrote. Returns false when it does not fit. */
static bool read_numbers(struct trial *t, const char *numbers)
{
    size_t frame_max, depth[2], option[2][CHANNEL_OPTIONS_MAX];
    uint64_t seed;
    int self, owner;

    if (sscanf(numbers, NUMBERS, &self, &owner, &t->board_fd, &t->attach_ms[0],
               &t->messages, &t->window, &t->size[0], &seed, &frame_max,
               &depth[0], &depth[1], &option[0][0], &option[0][1],
               &option[0][2], &option[0][3], &option[1][0], &option[1][1],
               &option[1][2], &option[1][3]) != NUMBERS_COUNT)
        return false;
    t->self = self == PRODUCER ? PRODUCER : CONSUMER;
    t->owner = owner == PRODUCER ? PRODUCER : CONSUMER;
    t->attach_ms[t->self] = t->attach_ms[0];
    configure(t, seed, frame_max, depth[0]);
    t->results.config.depth = depth[1];
    memcpy(t->jobs.config.options, option[0], sizeof(option[0]));
    memcpy(t->results.config.options, option[1], sizeof(option[1]));
    return true;
}

int peer_main(int argc, char **argv)
{
    static struct trial t = { .sizes = 1 };
    const struct mechanism *m = argc == 3 ? mechanism_find(argv[0]) : NULL;

    if (!m || mechanism_skipped(m) || strlen(argv[1]) >= sizeof(t.dir))
        return EXIT_FAILURE;
    t.ops = m->ops;
    (void)strcpy(t.dir, argv[1]);
    if (!read_numbers(&t, argv[2]))
        return EXIT_FAILURE;
    map_board(&t);
    open_channels(&t);
    census_take(&t.before, CHANNEL_PREFIX, t.dir);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    live(&t, t.self == PRODUCER ? peer_produce : peer_consume);
    expect_nothing_left(&t);
    channel_close(&t.jobs);
    channel_close(&t.results);
    return EXIT_SUCCESS;
}

static pid_t start(struct trial *t, enum peer peer, peer_script *script)
{
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    t->self = peer;
    if (t->other_is_nobody && peer != t->owner &&
        (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
        peer_fail(t, "not nobody: %s", strerror(errno));
    if (t->other_is_apart && peer != t->owner && apart_enter())
        peer_fail(t, "no namespaces: %s", strerror(errno));
    if (t->other_execs && peer != t->owner)
        exec_peer(t);
    live(t, script);
    expect_nothing_left(t);
    channel_close(&t->jobs);
    channel_close(&t->results);
    exit(EXIT_SUCCESS);
}

/* A peer that is a thread: its trial differs in who it is, and in states of
 * its own, copied as fork copies them. */
struct thread_peer {
    struct trial trial;
    peer_script *script;
    pthread_t thread;
};

static void copy_state(struct channel *c, const struct channel_ops *ops)
{
    const void *state = c->state;

    c->state = calloc(1, ops->state_size);
    if (!c->state)
        abort();
    memcpy(c->state, state, ops->state_size);
}

static void *live_as_thread(void *arg)
{
    struct thread_peer *peer = arg;

    live(&peer->trial, peer->script);
    channel_close(&peer->trial.jobs);
    channel_close(&peer->trial.results);
    return NULL;
}

/* Both peers in one process. */
static pid_t start_threads(struct trial *t, peer_script *const scripts[PEERS])
{
    static struct thread_peer peers[PEERS];
    const pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (enum peer i = 0; i < PEERS; i++) {
        peers[i] = (struct thread_peer){ .trial = *t, .script = scripts[i] };
        peers[i].trial.self = i;
        copy_state(&peers[i].trial.jobs, t->ops);
        copy_state(&peers[i].trial.results, t->ops);
        if (pthread_create(&peers[i].thread, NULL, live_as_thread, &peers[i]))
            abort();
    }
    for (enum peer i = 0; i < PEERS; i++)
        (void)pthread_join(peers[i].thread, NULL);
    expect_nothing_left(t);
    _exit(EXIT_SUCCESS);
}

void trial_start(struct trial *t, peer_script *produce, peer_script *consume)
{
    peer_script *const scripts[PEERS] = { produce, consume };

    (void)fflush(NULL);
    if (t->ops->traits & CHANNEL_THREADS)
        t->pid[PRODUCER] = start_threads(t, scripts);
    else
        for (enum peer i = 0; i < PEERS; i++)
            t->pid[i] = start(t, i, scripts[i]);
    if (t->others_follow)
        return; /* they start from these states, too */
    /* A stray end here would hide the death of a peer. */
    channel_detach(&t->jobs);
    channel_detach(&t->results);
}
