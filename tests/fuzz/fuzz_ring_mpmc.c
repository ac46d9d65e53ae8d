/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ring_mpmc.c -- ring-mpmc maps memory that somebody else has written to
 *
 * Bytes        words for the header and, behind it, the slots
 *              (tests/fuzz/hostile.h); the late ones are written when the
 *              receiver has attached
 * Must hold    attach and acquire give -EPROTO, or what is lent is a message of
 *              at most the largest that lies in the mapping
 */
#include "ipc/channel_config.h"
#include "queues/ring_mpmc_memory.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAME_MAX = 200, DEPTH = 4, MESSAGES = 8 };

static void write_words(const struct mpmc_memory *m, struct hostile h,
                        bool late)
{
    const struct hostile_words header = {
        (_Atomic uint64_t *)(void *)m->header,
        sizeof(*m->header) / sizeof(uint64_t),
    };
    const struct hostile_words slots = {
        (_Atomic uint64_t *)(void *)m->slots,
        m->depth * m->slot_size / sizeof(uint64_t),
    };

    hostile_write(h, late, header, slots);
}

/* As the receiver will see it: its slot stands at a turn that may yet become
 * its own. */
static bool would_wait(const struct mpmc_memory *m)
{
    const uint64_t ticket = m->header->receivers.tickets;
    const struct mpmc_slot *slot =
        (const void *)(m->slots + ticket % m->depth * m->slot_size);
    const uint64_t late = 2 * ticket + 1 - slot->turn;

    return late != 0 && late <= 2 * m->depth;
}

static void receive(struct far_end *f, const struct mpmc_memory *m,
                    struct hostile h)
{
    const void *block;
    size_t size;
    int r;

    write_words(m, h, false);
    r = far_end_attach(f, false);
    fuzz_require(r == 0 || r == -EPROTO);
    if (r < 0)
        return;
    write_words(m, h, true);
    for (int i = 0; i < MESSAGES && !would_wait(m); i++) {
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO);
        if (r < 0)
            return;
        fuzz_require(far_end_release(f) == 0);
    }
}

int fuzz_ring_mpmc(const uint8_t *data, size_t size)
{
    const struct hostile h = { data, size };
    struct mpmc_memory memory;
    char name[CHANNEL_NAME_MAX];
    struct far_end f;
    int fd;

    if (!far_end_create(&f, "ring-mpmc", FRAME_MAX, DEPTH, NULL))
        return 0;
    channel_global_name(&f.config, name);
    fd = shm_open(name, O_RDWR, 0);
    fuzz_require(fd >= 0);
    fuzz_require(mpmc_map(&memory, fd, FRAME_MAX, f.config.depth) == 0);
    (void)close(fd);
    fuzz_require(far_end_send(&f, 1, FRAME_MAX) == 0);
    fuzz_require(far_end_send(&f, 2, 1) == 0);
    receive(&f, &memory, h);
    mpmc_unmap(&memory);
    far_end_close(&f);
    return 0;
}
