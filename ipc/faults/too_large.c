/* SPDX-License-Identifier: MIT */
#include "ipc/faults/too_large.h"

#include "ipc/checked_channel.h"
#include "shared/process/child.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME_MAX = 4096, VALUE = 0x5a };

/* The receiver's process: one message, of the right size. */
static int receive_one(struct channel *c)
{
    const struct channel_end end = { CHANNEL_RECEIVER, 0, true };
    const void *block;
    size_t size;
    int r;

    r = channel_attach(c, &end);
    if (r == 0)
        r = channel_acquire(c, &block, &size);
    if (r == 0 && (size < FRAME_MAX || *(const unsigned char *)block != VALUE))
        r = -EPROTO;
    if (r == 0)
        r = channel_release(c);
    channel_detach(c);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void try_sizes(struct fault_cell *cell, struct channel *c)
{
    static const size_t sizes[] = { FRAME_MAX + 1, 2 * FRAME_MAX, UINT32_MAX,
                                    SIZE_MAX };
    void *block;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (channel_reserve(c, sizes[i], &block) != -EMSGSIZE)
            cell_fail(cell, "%zu bytes are not refused, where %d is the most",
                      sizes[i], FRAME_MAX);
        cell->injections++;
    }
}

/* The next message, of the largest size, arrives. */
static int send_one(struct fault_cell *cell, struct channel *c)
{
    const struct channel_end end = { CHANNEL_SENDER, 0, false };
    void *block;
    int r;

    r = channel_attach(c, &end);
    if (r < 0)
        return r;
    try_sizes(cell, c);
    r = channel_reserve(c, FRAME_MAX, &block);
    if (r == 0) {
        memset(block, VALUE, FRAME_MAX);
        r = channel_commit(c, FRAME_MAX);
    }
    channel_detach(c);
    return r;
}

static void send_in_turns(struct fault_cell *cell, struct channel *c)
{
    const pid_t self = getpid();
    int status = 0, r;
    pid_t pid;

    pid = fork();
    if (pid == 0) {
        child_dies_with(self, SIGKILL);
        _exit(receive_one(c));
    }
    r = pid < 0 ? -errno : send_one(cell, c);
    if (pid > 0)
        (void)child_await(pid, UINT64_C(10000000000), NULL, &status);
    if (r < 0)
        cell_fail(cell, "the next message is not sent: %s", strerror(-r));
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        cell_fail(cell, "the next message does not arrive");
    if (pid > 0)
        child_end(pid);
}

static void send_too_large(struct fault_cell *cell)
{
    const char *dir = getenv("TMPDIR");
    struct channel_config config = {
        .dir = dir,
        .name = "jobs",
        .seed = cell->seed,
        .frame_max = FRAME_MAX,
        .depth = 2,
        .senders = 1,
        .receivers = 1,
    };
    struct channel c;
    int r;

    mechanism_defaults(cell->mechanism->ops, config.options);
    (void)signal(SIGPIPE, SIG_IGN);
    r = channel_open(&c, cell->mechanism->ops, &config);
    if (r == 0)
        r = channel_create(&c);
    if (r < 0)
        cell_fail(cell, "create: %s", strerror(-r));
    else
        send_in_turns(cell, &c);
    cell->runs++;
    channel_destroy(&c);
    channel_close(&c);
}

const struct fault_case too_large_faults[] = {
    { "F7", "sizes", "messages larger than was agreed",
      "one byte more, twice as many, 4 GiB, SIZE_MAX: each is refused, the "
      "next message arrives",
      false, fault_not_for_threads, send_too_large },
    { .id = NULL },
};
