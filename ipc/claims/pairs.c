/* SPDX-License-Identifier: MIT */
#include "ipc/claims/pairs.h"

#include "ipc/claims/tools.h"
#include "ipc/lab/measure/statistics.h"
#include "shared/base/write.h"
#include "shared/memory/futex.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WARM_UP = 8 }; /* one part in so many is sent first, not timed */
enum { BATCH = 10, LEAST_ROUNDS = 3 };

static const uint64_t limit_ns = 8000000; /* of a trial, on a busy machine */
static const uint64_t rounds_ns = 8000000000;

/* A message in memory, and how many have been there. */
struct box {
    _Alignas(128) _Atomic uint32_t number;
    char bytes[PAIR_MEMORY_MAX];
};

/* What both processes see. */
struct memory {
    struct box boxes[2]; /* there, and back */
    _Atomic bool timed;  /* the warm-up is over */
    _Atomic bool over;   /* the next message is none */
    double peer_cpu_ns;
};

/* One process's end. */
struct end {
    int in, out;
    struct box *from, *to;
    uint32_t number; /* of the message that comes next */
};

struct pair {
    const struct pair_trial *trial;
    struct memory *memory;
    struct end here, there;
};

static char message[PAIR_SIZE_MAX];

/* ------------------------------------------------------------ how they meet */

static int meet_by_pipes(struct pair *pair, bool wide)
{
    int there[2], back[2];

    if (pipe2(there, O_CLOEXEC) < 0 || pipe2(back, O_CLOEXEC) < 0)
        return -errno;
    if (wide && (fcntl(there[1], F_SETPIPE_SZ, PAIR_SIZE_MAX) < 0 ||
                 fcntl(back[1], F_SETPIPE_SZ, PAIR_SIZE_MAX) < 0))
        return -errno;
    pair->here = (struct end){ .in = back[0], .out = there[1] };
    pair->there = (struct end){ .in = there[0], .out = back[1] };
    return 0;
}

static int meet_by_unix(struct pair *pair)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    pair->here = (struct end){ .in = ends[0], .out = ends[0] };
    pair->there = (struct end){ .in = ends[1], .out = ends[1] };
    return 0;
}

static int meet_by_tcp(struct pair *pair)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr *const name = (struct sockaddr *)&at;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int here = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(at);
    const int on = 1;
    int there;

    if (listener < 0 || here < 0 || bind(listener, name, sizeof(at)) < 0 ||
        listen(listener, 1) < 0 || getsockname(listener, name, &size) < 0 ||
        connect(here, name, sizeof(at)) < 0)
        return -errno;
    there = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (there < 0 ||
        setsockopt(here, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
        setsockopt(there, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
        return -errno;
    (void)close(listener);
    pair->here = (struct end){ .in = here, .out = here };
    pair->there = (struct end){ .in = there, .out = there };
    return 0;
}

static void meet_in_memory(struct pair *pair)
{
    struct box *const boxes = pair->memory->boxes;

    pair->here = (struct end){ .from = &boxes[1], .to = &boxes[0] };
    pair->there = (struct end){ .from = &boxes[0], .to = &boxes[1] };
}

static int meet(struct pair *pair)
{
    switch (pair->trial->kind) {
    case PAIR_PIPE:
    case PAIR_WIDE_PIPE:
        return meet_by_pipes(pair, pair->trial->kind == PAIR_WIDE_PIPE);
    case PAIR_UNIX:
        return meet_by_unix(pair);
    case PAIR_TCP:
        return meet_by_tcp(pair);
    case PAIR_SPIN:
    case PAIR_FUTEX:
        break;
    }
    meet_in_memory(pair);
    return 0;
}

static void part(const struct end *end)
{
    if (end->from)
        return;
    (void)close(end->in);
    if (end->out != end->in)
        (void)close(end->out);
}

/* ---------------------------------------------------------------- a message */

static int read_bytes(int fd, size_t left)
{
    while (left > 0) {
        const ssize_t n =
            read(fd, message, left < sizeof(message) ? left : sizeof(message));

        if (n <= 0)
            return n < 0 ? -errno : -EPIPE;
        left -= (size_t)n;
    }
    return 0;
}

static void put(const struct end *end, const struct pair_trial *trial)
{
    memcpy(end->to->bytes, message, trial->size);
    atomic_fetch_add(&end->to->number, 1);
    if (trial->kind == PAIR_FUTEX)
        futex_wake(&end->to->number, 1);
}

/* Tells the processor that this is a spin. It is never left to others, as in
 * shared/memory/spin: each of the two has one of its own. */
static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void take(struct end *end, const struct pair_trial *trial)
{
    while (atomic_load(&end->from->number) == end->number)
        if (trial->kind == PAIR_FUTEX)
            (void)futex_wait(&end->from->number, end->number, 0);
        else
            relax();
    end->number++;
    memcpy(message, end->from->bytes, trial->size);
}

static int send_one(const struct end *end, const struct pair_trial *trial)
{
    if (!end->to)
        return write_all(end->out, message, trial->size);
    put(end, trial);
    return 0;
}

static int receive_one(struct end *end, const struct pair_trial *trial)
{
    if (!end->from)
        return read_bytes(end->in, trial->size);
    take(end, trial);
    return 0;
}

/* ----------------------------------------------------------------- the peer */

/* On the processor that is its own, with one end only. */
static void become_peer(struct pair *pair)
{
    part(&pair->here);
    if (pair->trial->apart)
        (void)tool_pin(1);
}

/* The CPU time that it had used when the warm-up was over. */
static void note_start(const struct pair *pair, uint64_t *start_ns)
{
    if (*start_ns == 0 && pair->memory->timed)
        *start_ns = tool_cpu_ns();
}

static void note_end(struct pair *pair, uint64_t start_ns)
{
    pair->memory->peer_cpu_ns = (double)(tool_cpu_ns() - start_ns);
}

static int answer(void *arg)
{
    struct pair *pair = arg;
    uint64_t start_ns = 0;

    become_peer(pair);
    while (receive_one(&pair->there, pair->trial) == 0 && !pair->memory->over) {
        note_start(pair, &start_ns);
        if (send_one(&pair->there, pair->trial) < 0)
            return EXIT_FAILURE;
    }
    note_end(pair, start_ns);
    return EXIT_SUCCESS;
}

/* Reads what comes, in parts as large as they come, and says when it has read
 * the warm-up, and all. */
static int drain(void *arg)
{
    struct pair *pair = arg;
    const struct pair_trial *trial = pair->trial;
    uint64_t start_ns = 0;
    ssize_t n;

    become_peer(pair);
    if (read_bytes(pair->there.in, trial->count / WARM_UP * trial->size) < 0 ||
        write_all(pair->there.out, "", 1) < 0)
        return EXIT_FAILURE;
    do {
        n = read(pair->there.in, message, sizeof(message));
        note_start(pair, &start_ns);
    } while (n > 0);
    note_end(pair, start_ns);
    return n < 0 || write_all(pair->there.out, "", 1) < 0 ? EXIT_FAILURE
                                                          : EXIT_SUCCESS;
}

/* ------------------------------------------------------------ this process */

/* Both return how many messages they sent, or a negative errno, and how long
 * one took. Of round trips that is the median of batches: where another process
 * gets the processor for a while, this is in a few of them only. */
typedef int work_fn(struct pair *pair, unsigned count, double *ret_ns);

static int ask(struct pair *pair, unsigned count, double *ret_ns)
{
    const uint64_t start_ns = clock_ns();
    double batches[STATISTICS_MAX];
    uint64_t last_ns = start_ns;
    unsigned done = 0;

    while (done < count / BATCH && done < STATISTICS_MAX &&
           last_ns - start_ns < limit_ns) {
        const uint64_t batch_ns = last_ns;

        for (int i = 0; i < BATCH; i++)
            if (send_one(&pair->here, pair->trial) < 0 ||
                receive_one(&pair->here, pair->trial) < 0)
                return -EPIPE;
        last_ns = clock_ns();
        batches[done++] = (double)(last_ns - batch_ns) / BATCH;
    }
    *ret_ns = statistics_median(batches, done);
    return (int)done * BATCH;
}

static int pour(struct pair *pair, unsigned count, double *ret_ns)
{
    const uint64_t start_ns = clock_ns();
    const bool timed = pair->memory->timed;
    unsigned i = 0;
    int r = 0;

    while (r == 0 && i < count) {
        r = send_one(&pair->here, pair->trial);
        if (++i % BATCH == 0 && timed && clock_ns() - start_ns > limit_ns)
            break;
    }
    if (timed && shutdown(pair->here.out, SHUT_WR) < 0) { /* it is a pipe */
        (void)close(pair->here.out);
        pair->here.out = pair->here.in;
    }
    if (r == 0)
        r = read_bytes(pair->here.in, 1);
    *ret_ns = (double)(clock_ns() - start_ns) / i;
    return r < 0 ? r : (int)i;
}

/* Times the work, and lets the peer know when it is over. */
static int time_it(struct pair *pair, work_fn *work, struct pair_cost *ret_cost)
{
    const struct pair_trial *trial = pair->trial;
    uint64_t cpu_ns;
    int count = work(pair, trial->count / WARM_UP, &ret_cost->ns);

    pair->memory->timed = true;
    cpu_ns = tool_cpu_ns();
    if (count >= 0)
        count = work(pair, trial->count, &ret_cost->ns);
    ret_cost->cpu_ns = (double)(tool_cpu_ns() - cpu_ns);
    pair->memory->over = true;
    if (pair->here.to)
        put(&pair->here, trial);
    part(&pair->here);
    return count;
}

static int try_pair(const struct pair_trial *trial, work_fn *work,
                    int (*peer)(void *arg), struct pair_cost *ret_cost)
{
    struct pair pair = { .trial = trial,
                         .memory = tool_share(sizeof(*pair.memory)) };
    int r = pair.memory ? tool_pin(0) : -ENOMEM, count;
    pid_t pid;

    memset(message, 'm', sizeof(message));
    if (r == 0)
        r = meet(&pair);
    if (r < 0)
        return r; /* what is open closes with this process */
    pid = tool_fork(peer, &pair);
    part(&pair.there);
    if (pid < 0)
        return pid;
    count = time_it(&pair, work, ret_cost);
    if (tool_wait(pid) != 0 && count >= 0)
        count = -EIO;
    ret_cost->cpu_ns = (ret_cost->cpu_ns + pair.memory->peer_cpu_ns) / count;
    (void)munmap(pair.memory, sizeof(*pair.memory));
    return count < 0 ? count : 0;
}

int pair_round_trips(const struct pair_trial *trial, struct pair_cost *ret_cost)
{
    return try_pair(trial, ask, answer, ret_cost);
}

int pair_stream(const struct pair_trial *trial, struct pair_cost *ret_cost)
{
    return try_pair(trial, pour, drain, ret_cost);
}

bool pair_another_round(unsigned round, uint64_t start_ns)
{
    return round < CLAIM_ROUNDS &&
           (round < LEAST_ROUNDS || clock_ns() - start_ns < rounds_ns);
}
