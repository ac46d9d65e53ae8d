/* SPDX-License-Identifier: MIT */
/*
 * Every error path: of all that a channel calls, from create to detach, one
 * call after the other fails. Then the error is that of the call, nothing hangs
 * or crashes, and who saw it holds what it held before. Or the call could be
 * done without, and the message arrives.
 */
#include "ipc/apart/ready.h"
#include "ipc/job/pattern.h"
#include "ipc/mechanisms.h"
#include "shared/base/fd.h"
#include "shared/base/json_memory.h"
#include "shared/net/unix_socket.h"
#include "shared/process/child.h"
#include "tests/allocations.h"
#include "tests/calls.h"
#include "tests/peers.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_MAX = 20000, WORDS_MAX = 100, DEPTH = 3 };

/* How calls are made to fail. The last is for those that libraries make among
 * themselves. */
enum way { CALLS, ALLOCATIONS, DESCRIPTORS };

static const char *const way_name[] = {
    [CALLS] = "call",
    [ALLOCATIONS] = "allocation",
    [DESCRIPTORS] = "descriptor",
};

/* Which call fails, and what came of it. */
struct failure {
    enum way way;
    unsigned number;               /* from 1; 0: none shall */
    const struct channel_end *end; /* whose calls; NULL: the creator's */
    const char *call; /* the one that failed; NULL: it did not come to that */
    int error;
    int result;             /* of the end, or of create */
    const char *passing_on; /* the call that gave a descriptor to exec */
    char left[CENSUS_TEXT_MAX];
};

static struct failure *failure; /* shared with the ends */

/* What the calls of the channel between enter and leave added to what this
 * process holds, besides what is in a census. */
static long blocks;
static int mappings;

/* ---------------------------------------------------------- making it fail */

static struct rlimit old_limit;

/* So many may be opened besides those that are open. */
static void limit_descriptors(unsigned more)
{
    const int first = dup(STDIN_FILENO);
    struct rlimit low = old_limit;

    (void)close(first);
    low.rlim_cur = (rlim_t)first + more;
    if (setrlimit(RLIMIT_NOFILE, &low) < 0)
        abort();
}

static void begin_failing(void)
{
    calls_fail(failure->way == CALLS ? failure->number : 0);
    allocations_fail(failure->way == ALLOCATIONS ? failure->number : 0);
    if (failure->way == DESCRIPTORS)
        limit_descriptors(failure->number - 1);
}

static void end_failing(void)
{
    failure->call = calls_failed(&failure->error);
    failure->passing_on = calls_passing_on();
    if (allocations_failed()) {
        failure->call = way_name[ALLOCATIONS];
        failure->error = ENOMEM;
    }
    if (failure->way == DESCRIPTORS)
        failure->error = EMFILE;
    (void)setrlimit(RLIMIT_NOFILE, &old_limit);
}

/* ---------------------------------------------------------------- the ends */

static int send_one(struct channel *c)
{
    const size_t size = c->config.frame_max;
    void *block;
    int r;

    r = channel_reserve(c, size, &block);
    if (r < 0)
        return r;
    pattern_fill(block, size, c->config.seed);
    return channel_commit(c, size);
}

static int take_one(struct channel *c)
{
    const size_t wanted = c->config.frame_max;
    const void *block;
    size_t size;
    int r;

    r = channel_acquire(c, &block, &size);
    if (r < 0)
        return r;
    if (size < wanted || pattern_check(block, wanted, c->config.seed) != wanted)
        return -EBADMSG;
    return channel_release(c);
}

static int live(struct channel *c, const struct channel_end *end)
{
    int r;

    r = channel_attach(c, end);
    if (r == 0)
        r = end->role == CHANNEL_SENDER ? send_one(c) : take_one(c);
    channel_detach(c);
    return r;
}

/* Both ends of one process, one after the other. */
static int live_alone(struct channel *c)
{
    static const struct channel_end sender = { .role = CHANNEL_SENDER };
    static const struct channel_end receiver = { .role = CHANNEL_RECEIVER };
    int r;

    r = live(c, &sender);
    return r < 0 ? r : live(c, &receiver);
}

static void enter(void)
{
    blocks -= allocations_live();
    mappings -= calls_mapped();
}

static void leave(void)
{
    blocks += allocations_live();
    mappings += calls_mapped();
}

/* "": nothing. */
static const char *surplus(void)
{
    static char text[80];

    text[0] = '\0';
    if (blocks != 0 || mappings != 0)
        (void)snprintf(text, sizeof(text),
                       "left behind: %ld blocks, %d mappings", blocks,
                       mappings);
    return text;
}

/* As before create: descriptors that this process got by being forked, the end
 * has closed too. */
static void live_failing(struct trial *t, const struct channel_end *end)
{
    const char *difference;

    blocks = mappings = 0;
    enter();
    begin_failing();
    failure->result = t->ops->traits & CHANNEL_THREADS ? live_alone(&t->jobs)
                                                       : live(&t->jobs, end);
    end_failing();
    leave();
    difference = census_compare(&t->before, CENSUS_PROCESS | CENSUS_SIGNALS);
    (void)snprintf(failure->left, sizeof(failure->left), "%s",
                   difference ? difference : surplus());
}

/* One whose peer has gone before they met tries again, as another program
 * would. */
static void live_as_partner(struct trial *t, const struct channel_end *end)
{
    const bool again =
        !end->owner && !(t->ops->traits & CHANNEL_INHERITED_ONLY);
    int r;

    while ((r = live(&t->jobs, end)) < 0 && again) {
        memset(t->jobs.state, 0, t->ops->state_size);
        pause_ms(1);
    }
    _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

typedef void end_life(struct trial *t, const struct channel_end *end);

/* The caller reaps it. */
static pid_t start(struct trial *t, const struct channel_end *end,
                   end_life *life)
{
    const pid_t parent = getpid(), pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    child_dies_with(parent, SIGKILL);
    life(t, end);
    if (t->ops->traits & CHANNEL_THREADS) /* the memory is this process's own */
        channel_destroy(&t->jobs);
    channel_close(&t->jobs);
    channel_close(&t->results);
    exit(EXIT_SUCCESS);
}

/* -------------------------------------------------------------- an attempt */

static const char *who(void)
{
    static const char *const names[][2] = {
        [CHANNEL_SENDER] = { "sender", "owner's sender" },
        [CHANNEL_RECEIVER] = { "receiver", "owner's receiver" },
    };

    return failure->end ? names[failure->end->role][failure->end->owner]
                        : "creator";
}

/* What failed, and what came of it. */
static const char *describe(void)
{
    static char text[200];
    const char *call = failure->call ? failure->call : way_name[failure->way];

    (void)snprintf(text, sizeof(text), "%s, %s %u: %s fails (%s), result: %s",
                   who(), way_name[failure->way], failure->number, call,
                   strerror(failure->error), strerror(-failure->result));
    return text;
}

/* What has no seals is no memfd: there the receiver's error is the peer's. */
static bool has_no_seals(const char *mechanism)
{
    return failure->result == -EPROTO && failure->call &&
           strcmp(failure->call, "fcntl") == 0 &&
           strcmp(mechanism, "unix-fd") == 0;
}

static void expect_sense(const struct trial *t)
{
    const bool makes_sense = failure->result == 0 ||
                             failure->result == -failure->error ||
                             has_no_seals(t->ops->name);

    trial_expect(t, makes_sense, "%s", describe());
    trial_expect(t, !failure->passing_on, "%s: open across exec, by %s", who(),
                 failure->passing_on);
    trial_expect(t, !failure->left[0], "%s: %s", describe(), failure->left);
}

/* If it ends badly, so does the other. */
static void await(const struct trial *t, pid_t pid, pid_t other,
                  const char *name)
{
    const uint64_t limit_ns =
        UINT64_C(1000000000) * TRIAL_DEADLINE_S * (unsigned)test_patience();
    int status = 0, r;

    r = child_await(pid, limit_ns, NULL, &status);
    if (r < 0)
        child_end(pid);
    if (other && (r < 0 || status != 0 || failure->result < 0))
        child_end(other);
    trial_expect(t, r == 0, "%s: %s hangs", describe(), name);
    trial_expect(t, status == 0, "%s: %s ends with %#x", describe(), name,
                 (unsigned)status);
}

/* A stray end here would hide the death of a peer. */
static void run_ends(struct trial *t, const struct channel_end *end)
{
    const struct channel_end other = {
        .role = end->role == CHANNEL_SENDER ? CHANNEL_RECEIVER : CHANNEL_SENDER,
        .owner = !end->owner,
    };
    pid_t pid, partner = 0;

    failure->end = end;
    (void)fflush(NULL);
    if (!(t->ops->traits & CHANNEL_THREADS))
        partner = start(t, &other, live_as_partner);
    pid = start(t, end, live_failing);
    channel_detach(&t->jobs);
    await(t, pid, partner, "it");
    if (partner && failure->result == 0)
        await(t, partner, 0, "its partner");
}

static int create(struct trial *t)
{
    int r;

    enter();
    r = channel_create(&t->jobs);
    leave();
    return r;
}

static void prepare(struct trial *t, int index, enum way way, unsigned number)
{
    const size_t message_max = mechanisms[index].ops->message_max;
    const bool words = message_max == sizeof(uint64_t);
    const struct channel_option *option;

    blocks = mappings = 0;
    (void)trial_prepare(t, index, words ? WORDS_MAX : FRAME_MAX, DEPTH);
    *failure = (struct failure){ .way = way, .number = number };
    /* Several take turns for a frame of many messages. */
    if (message_max > 0 && t->ops->traits & CHANNEL_MANY_SENDERS)
        t->jobs.config.senders = t->jobs.config.receivers = 2;
    option = t->ops->options;
    for (size_t i = 0; option && option[i].name; i++)
        if (strcmp(option[i].name, "sync") == 0)
            t->jobs.config.options[i] = 1;
}

static void finish(struct trial *t)
{
    enter();
    channel_detach(&t->jobs);
    channel_destroy(&t->jobs);
    leave();
    trial_close(t);
    trial_expect(t, !surplus()[0], "%s: after destroy: %s", describe(),
                 surplus());
}

static const struct channel_end ends[] = {
    { .role = CHANNEL_SENDER },
    { .role = CHANNEL_RECEIVER },
    { .role = CHANNEL_SENDER, .owner = true },
    { .role = CHANNEL_RECEIVER, .owner = true },
};

enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

/* Returns whether anything failed; so does try_end. */
static bool try_create(int index, enum way way, unsigned number)
{
    struct trial t;
    bool failed;

    prepare(&t, index, way, number);
    begin_failing();
    failure->result = create(&t);
    end_failing();
    expect_sense(&t);
    failed = failure->call || failure->result < 0;
    if (failure->result == 0) {
        failure->number = 0;
        run_ends(&t, &ends[0]);
        expect_sense(&t);
    }
    finish(&t);
    return failed;
}

static bool try_end(int index, enum way way, unsigned number,
                    const struct channel_end *end)
{
    struct trial t;

    prepare(&t, index, way, number);
    trial_expect(&t, create(&t) == 0, "create");
    run_ends(&t, end);
    expect_sense(&t);
    finish(&t);
    return failure->call || failure->result < 0;
}

/* -------------------------------------------------------------- the suite */

START_TEST(test_create)
{
    for (enum way way = CALLS; way < DESCRIPTORS; way++)
        for (unsigned n = 1; try_create(_i, way, n); n++)
            continue;
}
END_TEST

START_TEST(test_calls)
{
    for (int i = 0; i < ENDS; i++)
        for (unsigned n = 1; try_end(_i, CALLS, n, &ends[i]); n++)
            continue;
}
END_TEST

/* Whose ends they are matters little: in short, of either role one. */
START_TEST(test_allocations)
{
    const int step = test_is_long() ? 1 : ENDS - 1;

    for (int i = 0; i < ENDS; i += step)
        for (unsigned n = 1; try_end(_i, ALLOCATIONS, n, &ends[i]); n++)
            continue;
}
END_TEST

/* One that can be done without ends nothing: there may be others behind it. */
START_TEST(test_few_descriptors)
{
    const unsigned least = test_is_long() ? 12 : 4;

    for (int i = 0; i < ENDS; i++)
        for (unsigned n = 1; try_end(_i, DESCRIPTORS, n, &ends[i]) || n < least;
             n++)
            continue;
}
END_TEST

static int await_guest(int listener, uint64_t session, int *ret_fd)
{
    struct guests guests = { .word = &session, .word_size = sizeof(session) };
    int r;

    do {
        r = guests_await(&guests, listener, -1, ret_fd);
        if (r == GUESTS_KNOCK)
            r = unix_add(&guests, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    } while (r == 0 || r == -EPROTO);
    guests_close(&guests);
    return r < 0 ? r : 0;
}

/* Who cannot hear a guest says so, and does not wait for the next. */
START_TEST(test_guests)
{
    char dir[TEST_DIR_MAX], path[TEST_DIR_MAX + 10];
    int listener, guest[2], fd = 0, error, r;
    const char *failed = "";

    make_test_dir(dir);
    (void)snprintf(path, sizeof(path), "%s/sock", dir);
    for (unsigned n = 1; failed; n++) {
        ck_assert_int_eq(
            unix_bind(path, SOCK_STREAM | SOCK_NONBLOCK, &listener), 0);
        ck_assert_int_eq(listen(listener, SOMAXCONN), 0);
        for (int i = 0; i < 2; i++)
            ck_assert_int_eq(unix_call(path, SOCK_STREAM, 1, &guest[i]), 0);
        calls_fail(n);
        r = await_guest(listener, 1, &fd);
        failed = calls_failed(&error);
        ck_assert_msg(r == (failed ? -error : 0), "%s: %s", failed,
                      strerror(-r));
        fd_close(&fd);
        fd_close(&listener);
        fd_close(&guest[0]);
        fd_close(&guest[1]);
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* What a consumer tells a producer is told and read whole, or not at all. */
START_TEST(test_ready)
{
    const struct ready told = {
        .mechanism = &mechanisms[0],
        .session = UINT64_MAX,
        .payload_max = 100,
        .window = 1,
        .pid = 1,
        .jobs = { .frame_max = 1000, .depth = 1 },
        .results = { .frame_max = 1000, .depth = 1 },
        .jobs_port = "a port, and a token that is longer than few bytes",
    };
    char text[READY_TEXT_MAX], *line = NULL, *again;
    struct ready read;
    bool failed;
    int r;

    for (unsigned n = 1; !line; n++) {
        allocations_fail(n);
        line = ready_pack(&told);
        failed = allocations_failed();
        ck_assert_msg(failed == !line, "%u: %s", n, line);
    }
    for (unsigned n = 1;; n++) {
        allocations_fail(n);
        r = ready_unpack(line, &read, text);
        failed = allocations_failed();
        ck_assert_msg(r == (failed ? -ENOMEM : 0), "%u: %s: %s", n,
                      strerror(-r), text);
        if (!failed)
            break;
        ck_assert_str_eq(text, strerror(ENOMEM));
    }
    again = ready_pack(&read);
    ck_assert_str_eq(line, again);
    free(line);
    free(again);
}
END_TEST

/* Some mechanisms block signals for good (signals/): they are blocked before.
 * The JSON library's allocations fail as ours do. */
static void set_up(void)
{
    sigset_t set;

    failure = mmap(NULL, sizeof(*failure), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(failure, MAP_FAILED);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        (void)sigaddset(&set, number);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    json_memory_watch();
}

static void tear_down(void)
{
    (void)munmap(failure, sizeof(*failure));
}

Suite *failures_suite(void)
{
    Suite *suite = suite_create("failures");
    TCase *tc;

    for (int i = 0; mechanisms[i].name; i++) {
        if (mechanism_skipped(&mechanisms[i]))
            continue;
        tc = tcase_create(mechanisms[i].name);
        tcase_add_checked_fixture(tc, set_up, tear_down);
        tcase_add_loop_test(tc, test_create, i, i + 1);
        tcase_add_loop_test(tc, test_calls, i, i + 1);
        tcase_add_loop_test(tc, test_allocations, i, i + 1);
        tcase_add_loop_test(tc, test_few_descriptors, i, i + 1);
        suite_add_tcase(suite, tc);
    }
    tc = tcase_create("meeting");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_guests);
    tcase_add_test(tc, test_ready);
    suite_add_tcase(suite, tc);
    return suite;
}
