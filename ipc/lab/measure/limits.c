/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/limits.h"

#include "ipc/worker/measure.h"
#include "ipc/worker/place.h"
#include "shared/base/fd.h"
#include "shared/memory/futex.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    CALLS = 20000,
    TURNS = 100,           /* there and back, of sleepers */
    LINE_TURNS = 5000,     /* of spinners */
    LINE_TURNS_FEW = 1000, /* of them, where it has to be quick */
    SPIN_POLLS = 4096,     /* then others get the processor for once */
    GAME_NS = 500000000,   /* for one game, or it is given up */
    COPY_NS = 2000000,     /* for one size, about */
    COPY_TOGETHER = 65536, /* bytes, between two looks at the clock */
};

/* Two processes play ping-pong with it. */
struct table {
    _Alignas(128) _Atomic uint32_t there;
    _Alignas(128) _Atomic uint32_t back;
    int pipe_there[2];
    int pipe_back[2];
    double turn_ns;      /* the result; the first player writes it */
    child_stop_fn *stop; /* whether to give all of it up */
};

/* One turn of a side, the first or the second. */
typedef void turn_fn(struct table *t, uint32_t turn, bool first);

/* A limit is what was ever reached: the least that is known. */
static void keep_fastest(double *limit, double ns)
{
    if (ns > 0 && (*limit <= 0 || ns < *limit))
        *limit = ns;
}

static double time_clock(void)
{
    uint64_t start = clock_ns();

    for (int i = 0; i < CALLS; i++)
        (void)clock_ns();
    return (double)(clock_ns() - start) / (double)CALLS;
}

static double time_syscall(void)
{
    uint64_t start = clock_ns();

    for (int i = 0; i < CALLS; i++)
        (void)getppid();
    return (double)(clock_ns() - start) / (double)CALLS;
}

/* Whoever waits for long keeps a processor from the one it waits for. */
static void spin_turn(struct table *t, uint32_t turn, bool first)
{
    unsigned polls = 0;

    if (first)
        atomic_store_explicit(&t->there, turn, memory_order_release);
    while (atomic_load_explicit(first ? &t->back : &t->there,
                                memory_order_acquire) != turn)
        if (++polls % SPIN_POLLS == 0)
            (void)sched_yield();
    if (!first)
        atomic_store_explicit(&t->back, turn, memory_order_release);
}

static void await_word(_Atomic uint32_t *word, uint32_t turn)
{
    uint32_t seen;

    while ((seen = atomic_load(word)) != turn)
        (void)futex_wait(word, seen, 0);
}

static void set_word(_Atomic uint32_t *word, uint32_t turn)
{
    atomic_store(word, turn);
    futex_wake(word, 1);
}

static void futex_turn(struct table *t, uint32_t turn, bool first)
{
    if (first)
        set_word(&t->there, turn);
    await_word(first ? &t->back : &t->there, turn);
    if (!first)
        set_word(&t->back, turn);
}

static void pipe_turn(struct table *t, uint32_t turn, bool first)
{
    char byte = 0;

    (void)turn;
    if (first)
        (void)!write(t->pipe_there[1], &byte, 1);
    (void)!read(first ? t->pipe_back[0] : t->pipe_there[0], &byte, 1);
    if (!first)
        (void)!write(t->pipe_back[1], &byte, 1);
}

/* One side's part, in a process of its own: as many turns to warm up, then
 * those that the first side times. */
static void play(struct table *t, turn_fn *turn, uint32_t turns,
                 enum placement placement, bool first)
{
    uint64_t start = 0;

    if (place_self(placement, first ? 0 : 1) < 0)
        _exit(EXIT_FAILURE);
    for (uint32_t i = 1; i <= 2 * turns; i++) {
        if (i == turns + 1)
            start = clock_ns();
        turn(t, i, first);
    }
    if (first)
        t->turn_ns = (double)(clock_ns() - start) / turns;
    _exit(EXIT_SUCCESS);
}

/* When one side dies the other would wait for it for ever: and so it would on
 * a machine that is too busy for such games. */
static bool await_players(const pid_t player[static 2], child_stop_fn *stop)
{
    bool good = true;

    for (int i = 0; i < 2; i++) {
        int status = -1;

        if (player[i] > 0 &&
            (!good || child_await(player[i], GAME_NS, stop, &status) < 0))
            child_end(player[i]);
        good = good && status == 0;
    }
    return good;
}

static double time_game(struct table *t, turn_fn *turn, uint32_t turns,
                        enum placement placement)
{
    const pid_t parent = getpid();
    pid_t player[2];

    if (t->stop() != 0)
        return 0;
    atomic_store(&t->there, 0);
    atomic_store(&t->back, 0);
    for (int i = 0; i < 2; i++) {
        player[i] = fork();
        if (player[i] == 0) {
            child_dies_with(parent, SIGKILL);
            play(t, turn, turns, placement, i == 0);
        }
    }
    return await_players(player, t->stop) ? t->turn_ns : 0;
}

static void play_with_pipes(struct table *t, struct limits *limits)
{
    static const enum placement places[] = { PLACE_SAME, PLACE_SPLIT };

    for (int i = 0; i < 2; i++) {
        keep_fastest(&limits->futex_ns[i],
                     time_game(t, futex_turn, TURNS, places[i]));
        keep_fastest(&limits->pipe_ns[i],
                     time_game(t, pipe_turn, TURNS, places[i]));
    }
}

static void play_games(struct table *t, struct limits *limits)
{
    keep_fastest(&limits->line_ns,
                 time_game(t, spin_turn, LINE_TURNS, PLACE_SPLIT) / 2);
    if (pipe2(t->pipe_there, O_CLOEXEC) < 0)
        return;
    if (pipe2(t->pipe_back, O_CLOEXEC) == 0) {
        play_with_pipes(t, limits);
        fd_close(&t->pipe_back[0]);
        fd_close(&t->pipe_back[1]);
    }
    fd_close(&t->pipe_there[0]);
    fd_close(&t->pipe_there[1]);
}

static void play_line(struct table *t, struct limits *limits)
{
    limits->line_ns = time_game(t, spin_turn, LINE_TURNS_FEW, PLACE_SPLIT) / 2;
}

static void at_table(void (*play_all)(struct table *t, struct limits *limits),
                     struct limits *limits, child_stop_fn *stop)
{
    struct table *t;

    t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t == MAP_FAILED)
        return;
    t->stop = stop;
    play_all(t, limits);
    (void)munmap(t, sizeof(*t));
}

double limits_line(child_stop_fn *stop)
{
    struct limits limits = { 0 };

    at_table(play_line, &limits, stop);
    return limits.line_ns > 0 ? limits.line_ns : NAN;
}

static double time_copy(char *to, const char *from, size_t size)
{
    const size_t together = COPY_TOGETHER / (size + 1) + 1;
    const uint64_t start = clock_ns();
    uint64_t now = start, copies = 0;

    while (now - start < COPY_NS) {
        for (size_t i = 0; i < together; i++) {
            memcpy(to, from, size);
            /* Else the compiler may see that nobody reads the copy. */
            __asm__ volatile("" : : "r"(to) : "memory");
        }
        copies += together;
        now = clock_ns();
    }
    return (double)(now - start) / (double)copies;
}

/* At the beginning of a page, both: where the copy begins 1 to 31 bytes further
 * into its page, memcpy takes up to 30 times as long on AMD's Zen 3. */
static void *copy_memory(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *memory;

    return posix_memalign(&memory, page, size) == 0 ? memory : NULL;
}

static double measure_copy(size_t size)
{
    char *from = copy_memory(size), *to = copy_memory(size);
    double ns = 0;

    if (from && to) {
        memset(from, 1, size);
        memset(to, 2, size);
        ns = time_copy(to, from, size);
    }
    free(from);
    free(to);
    return ns;
}

void limits_add_copy(struct limits *limits, size_t size)
{
    for (size_t i = 0; i < limits->copies; i++)
        if (limits->copy[i].size == size)
            return;
    if (limits->copies < LIMITS_COPIES_MAX)
        limits->copy[limits->copies++].size = size;
}

void limits_measure(struct limits *limits, child_stop_fn *stop)
{
    keep_fastest(&limits->clock_ns, time_clock());
    keep_fastest(&limits->syscall_ns, time_syscall());
    at_table(play_games, limits, stop);
    for (size_t i = 0; i < limits->copies && stop() == 0; i++)
        keep_fastest(&limits->copy[i].ns, measure_copy(limits->copy[i].size));
}

double limits_copy_ns(const struct limits *limits, size_t size)
{
    for (size_t i = 0; i < limits->copies; i++)
        if (limits->copy[i].size == size)
            return limits->copy[i].ns;
    return 0;
}
