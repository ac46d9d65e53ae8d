/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ring.c -- ring maps memory that somebody else has written to
 *
 * Bytes        words for the header and, behind it, the marks
 *              (tests/fuzz/hostile.h); the late ones are written when the
 *              receiver has attached
 * Must hold    attach and acquire give -EPROTO, or what is lent is a message of
 *              at most the largest that lies in the mapping; a mark that is
 *              right is received wherever the receiver stands
 */
#include "ipc/channel_config.h"
#include "queues/ring_memory.h"
#include "shared/base/round_up.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAME_MAX = 200, RING_BYTES = 65536, MESSAGES = 8, HEADER_WORDS = 64 };

static void write_words(const struct ring_memory *m, struct hostile h,
                        bool late)
{
    const struct hostile_words header = { (_Atomic uint64_t *)(void *)m->header,
                                          HEADER_WORDS };
    const struct hostile_words marks = { m->marks, m->capacity / RING_LINE };

    hostile_write(h, late, header, marks);
}

/* Receives one; where there is none, puts one there first. 0, or a refusal. */
static int receive_one(struct far_end *f, const struct ring_memory *m,
                       uint64_t *position)
{
    _Atomic uint64_t *mark = &m->marks[*position % m->capacity / RING_LINE];
    const void *block;
    size_t size;
    bool good = *mark <= *position;
    int r;

    if (good)
        *mark = *position + FRAME_MAX;
    r = far_end_acquire(f, &block, &size);
    fuzz_require(r == 0 || (r == -EPROTO && !good));
    if (r < 0)
        return r;
    fuzz_require(!good || size == FRAME_MAX);
    fuzz_require(far_end_release(f) == 0);
    *position += round_up(size, RING_LINE);
    return 0;
}

static void receive(struct far_end *f, const struct ring_memory *m,
                    struct hostile h)
{
    uint64_t position;
    int r;

    write_words(m, h, false);
    position = m->header->freed.at;
    r = far_end_attach(f, false);
    fuzz_require(r == 0 || r == -EPROTO);
    if (r < 0)
        return;
    write_words(m, h, true);
    for (int i = 0; r == 0 && i < MESSAGES; i++)
        r = receive_one(f, m, &position);
}

int fuzz_ring(const uint8_t *data, size_t size)
{
    static const size_t options[CHANNEL_OPTIONS_MAX] = { RING_BYTES };
    const struct hostile h = { data, size };
    struct ring_memory memory;
    char name[CHANNEL_NAME_MAX];
    struct far_end f;
    int fd;

    if (!far_end_create(&f, "ring", FRAME_MAX, 0, options))
        return 0;
    channel_global_name(&f.config, name);
    fd = shm_open(name, O_RDWR, 0);
    fuzz_require(fd >= 0);
    fuzz_require(ring_map(&memory, fd, f.config.options[0]) == 0);
    (void)close(fd);
    fuzz_require(far_end_send(&f, 1, FRAME_MAX) == 0);
    fuzz_require(far_end_send(&f, 2, 1) == 0);
    receive(&f, &memory, h);
    ring_unmap(&memory);
    far_end_close(&f);
    return 0;
}
