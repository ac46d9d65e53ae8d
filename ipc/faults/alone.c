/* SPDX-License-Identifier: MIT */
#include "ipc/faults/alone.h"

#include "ipc/checked_channel.h"
#include "shared/process/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    MESSAGES = 500,
    BYTES = 64,
    DONE = 10,      /* by the first receiver; it dies with the next in hand */
    QUIET_MS = 100, /* then nothing more is sent, or comes */
    LIMIT_MS = 10000,
};

/* Shared by all of them. */
struct counts {
    _Atomic uint64_t sent;  /* commit returned 0 */
    _Atomic uint64_t done;  /* released by the first receiver */
    _Atomic uint64_t found; /* by the second, each in its turn; */
    _Atomic uint64_t again; /* of those, what the first had done */
};

static void pause_ms(unsigned ms)
{
    const struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

    (void)nanosleep(&pause, NULL);
}

/* Until a count has not grown for a while, or the end of patience. */
static void await_quiet(const _Atomic uint64_t *count)
{
    uint64_t last = atomic_load(count), now;
    unsigned quiet_ms = 0;

    for (unsigned ms = 0; ms < LIMIT_MS && quiet_ms < QUIET_MS; ms += 10) {
        pause_ms(10);
        now = atomic_load(count);
        quiet_ms = now == last ? quiet_ms + 10 : 0;
        last = now;
    }
}

/* ------------------------------------------------------------ the processes */

static void send_all(struct channel *c, struct counts *counts)
{
    const struct channel_end end = { CHANNEL_SENDER, 0, false };
    void *block;

    if (channel_attach(c, &end) < 0)
        return;
    for (uint64_t i = 0; i < MESSAGES; i++) {
        if (channel_reserve(c, BYTES, &block) < 0)
            break;
        memcpy(block, &i, sizeof(i));
        memset((char *)block + sizeof(i), 1, BYTES - sizeof(i));
        if (channel_commit(c, BYTES) < 0)
            break;
        atomic_fetch_add(&counts->sent, 1);
    }
    /* What it sent may be gone with it. */
    for (;;)
        (void)pause();
}

static void receive_and_die(struct channel *c, struct counts *counts)
{
    const struct channel_end end = { CHANNEL_RECEIVER, 0, true };
    const void *block;
    size_t size;

    if (channel_attach(c, &end) < 0)
        return;
    await_quiet(&counts->sent); /* so that there is much under way */
    for (unsigned i = 0; channel_acquire(c, &block, &size) == 0; i++) {
        if (i == DONE)
            (void)raise(SIGKILL);
        if (channel_release(c) < 0)
            return;
        atomic_fetch_add(&counts->done, 1);
    }
}

/* In order and whole, or it is no find. */
static void receive_the_rest(struct channel *c, struct counts *counts)
{
    const struct channel_end end = { CHANNEL_RECEIVER, 0, true };
    uint64_t number, least = 0;
    const void *block;
    size_t size;

    if (channel_attach(c, &end) < 0)
        return;
    while (channel_acquire(c, &block, &size) == 0) {
        if (size < BYTES)
            return;
        memcpy(&number, block, sizeof(number));
        if (number < least || number >= MESSAGES)
            return;
        least = number + 1;
        atomic_fetch_add(&counts->found, 1);
        if (number < atomic_load(&counts->done))
            atomic_fetch_add(&counts->again, 1);
        if (channel_release(c) < 0)
            return;
    }
}

static pid_t start(struct channel *c, struct counts *counts,
                   void (*work)(struct channel *c, struct counts *counts))
{
    const pid_t self = getpid(), pid = fork();

    if (pid == 0) {
        child_dies_with(self, SIGKILL);
        work(c, counts);
        _exit(EXIT_SUCCESS);
    }
    return pid;
}

/* ----------------------------------------------------------------- the cell */

static void kill_receiver(struct channel *c, struct counts *counts)
{
    const pid_t sender = start(c, counts, send_all);
    const pid_t first = start(c, counts, receive_and_die);
    pid_t second;
    int status;

    (void)child_await(first, LIMIT_MS * UINT64_C(1000000), NULL, &status);
    child_end(first);
    second = start(c, counts, receive_the_rest);
    await_quiet(&counts->found);
    child_end(second);
    child_end(sender);
}

static void count_losses(struct fault_cell *cell, const struct counts *counts)
{
    const uint64_t again = atomic_load(&counts->again);
    const uint64_t arrived =
        atomic_load(&counts->done) + atomic_load(&counts->found) - again;

    cell->runs = 1;
    cell->injections = 1;
    cell->jobs = atomic_load(&counts->sent);
    cell->executions = arrived + again;
    cell->doubled = again;
    cell->lost = cell->jobs > arrived ? cell->jobs - arrived : 0;
}

static void lose(struct fault_cell *cell)
{
    struct channel_config config = {
        .dir = getenv("TMPDIR"),
        .name = "jobs",
        .seed = cell->seed,
        .frame_max = BYTES,
        .depth = MESSAGES,
        .senders = 1,
        .receivers = 1,
    };
    struct counts *counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct channel c;
    int r;

    mechanism_defaults(cell->mechanism->ops, config.options);
    (void)signal(SIGPIPE, SIG_IGN);
    r = counts == MAP_FAILED ? -ENOMEM
                             : channel_open(&c, cell->mechanism->ops, &config);
    if (r == 0)
        r = channel_create(&c);
    if (r < 0)
        cell_skip(cell, "create: %s", strerror(-r));
    else
        kill_receiver(&c, counts);
    if (counts == MAP_FAILED)
        return;
    count_losses(cell, counts);
    channel_detach(&c);
    channel_destroy(&c);
    channel_close(&c);
    (void)munmap(counts, sizeof(*counts));
}

const struct fault_case alone_faults[] = {
    {
        .id = "F0",
        .level = "alone",
        .title = "the receiver is killed, without the protocol",
        .done = "SIGKILL with a message in hand and up to 500 under way; "
                "another one takes its place",
        .alone = true,
        .not_for = fault_not_for_threads,
        .inject = lose,
    },
    { .id = NULL },
};
