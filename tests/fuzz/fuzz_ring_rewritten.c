/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ring_rewritten.c -- ring maps memory that somebody else writes meanwhile
 *
 * Bytes        up to 16 numbers, u16: how far behind its line a mark is. A
 *              thread writes them to the mark of the line at which the receiver
 *              stands, one after the other and then one that cannot be, again
 *              and again, as fast as it can
 * Must hold    acquire gives -EPROTO, or what is lent is a message of at most
 *              the largest that lies in the mapping, whatever becomes of the
 *              mark; and it ends
 */
#include "ipc/channel_config.h"
#include "queues/ring_memory.h"
#include "shared/base/round_up.h"
#include "shared/memory/futex.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAME_MAX = 200, RING_BYTES = 65536, NUMBERS = 16, MESSAGES = 300 };

struct writer {
    struct ring_memory memory;
    uint64_t number[NUMBERS + 1];
    size_t count;
    _Atomic uint64_t position; /* of the receiver */
    atomic_bool is_there, is_done;
};

static _Atomic uint64_t *mark_at(const struct writer *w, uint64_t position)
{
    return &w->memory.marks[position % w->memory.capacity / RING_LINE];
}

static void *write_on(void *arg)
{
    struct writer *w = arg;
    uint64_t position;

    for (size_t i = 0; !w->is_done; i = (i + 1) % w->count) {
        position = w->position;
        *mark_at(w, position) = position + w->number[i];
        if (w->memory.header->receiver_asleep != 0)
            futex_wake(&w->memory.header->receiver_asleep, 1);
        w->is_there = true;
    }
    return NULL;
}

static void receive(struct far_end *f, struct writer *w)
{
    const void *block;
    size_t size;
    int r;

    while (!w->is_there)
        (void)sched_yield();
    for (int i = 0; i < MESSAGES; i++) {
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO);
        if (r < 0)
            continue;
        fuzz_require(far_end_release(f) == 0);
        w->position += round_up(size, RING_LINE);
    }
}

static void open_memory(struct writer *w, const struct far_end *f)
{
    char name[CHANNEL_NAME_MAX];
    int fd;

    channel_global_name(&f->config, name);
    fd = shm_open(name, O_RDWR, 0);
    fuzz_require(fd >= 0);
    fuzz_require(ring_map(&w->memory, fd, f->config.options[0]) == 0);
    (void)close(fd);
}

int fuzz_ring_rewritten(const uint8_t *data, size_t size)
{
    static const size_t options[CHANNEL_OPTIONS_MAX] = { RING_BYTES };
    struct hostile h = { data, size };
    struct writer writer = { .count = 0 };
    struct far_end f;
    pthread_t thread;

    while (writer.count < NUMBERS && h.left > 0)
        writer.number[writer.count++] = hostile_u16(&h);
    writer.number[writer.count++] = UINT64_MAX / 2;
    if (!far_end_create(&f, "ring", FRAME_MAX, 0, options))
        return 0;
    open_memory(&writer, &f);
    fuzz_require(far_end_attach(&f, false) == 0);
    fuzz_require(pthread_create(&thread, NULL, write_on, &writer) == 0);
    receive(&f, &writer);
    writer.is_done = true;
    (void)pthread_join(thread, NULL);
    ring_unmap(&writer.memory);
    far_end_close(&f);
    return 0;
}
