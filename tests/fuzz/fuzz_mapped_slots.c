/* SPDX-License-Identifier: MIT */
/*
 * fuzz_mapped_slots.c -- mmap-file and signal-doorbell map a file that somebody
 * else has written to
 *
 * Bytes        u8: how many of the file's bytes are cut off, or put on behind,
 *              before it is mapped; then words for its header and, behind it,
 *              the slots (tests/fuzz/hostile.h); the late ones are written when
 *              it is mapped
 * Must hold    attach and acquire give -EPROTO, or what is lent is a message
 *              that lies in the mapping, of no more than there are slots; of
 *              any other length it is not mapped; release may find that nobody
 *              can be rung, and the slot is free all the same
 */
#include "shared/memory/slots.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAME_MAX = 200, DEPTH = 4, SENT = 2, PAGE = 4096 };

struct file {
    struct slots_header *header; /* our own mapping */
    size_t bytes;
};

static void write_words(const struct file *file, struct hostile h, bool late)
{
    unsigned char *start = (unsigned char *)file->header;
    const struct hostile_words header = {
        (_Atomic uint64_t *)(void *)start,
        sizeof(*file->header) / sizeof(uint64_t),
    };
    const struct hostile_words slots = {
        (_Atomic uint64_t *)(void *)(start + PAGE),
        (file->bytes - PAGE) / sizeof(uint64_t),
    };

    hostile_write(h, late, header, slots);
}

/* As a receiver looks that knows of no message more: no more are there than
 * slots. */
static void look(const struct slots_header *header, uint64_t freed,
                 uint64_t *seen)
{
    if (*seen == freed)
        *seen = header->tally.sent.at;
    fuzz_require(*seen - freed <= DEPTH);
}

/* Up to where acquire would wait. */
static void receive(struct far_end *f, const struct file *file,
                    struct hostile h)
{
    const struct slots_header *header = file->header;
    uint64_t freed = header->tally.freed.at, seen = freed;
    const void *block;
    size_t size;
    int r = far_end_attach(f, false);

    fuzz_require(r == 0 || r == -EPROTO);
    if (r < 0)
        return;
    look(header, freed, &seen);
    write_words(file, h, true);
    for (int i = 0; i < 2 * DEPTH; i++, freed++) {
        if (seen == freed && header->tally.sent.at == freed)
            return;
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO);
        if (r < 0)
            return;
        look(header, freed, &seen);
        r = far_end_release(f);
        fuzz_require(r == 0 || r == -EPROTO);
        fuzz_require(header->tally.freed.at == freed + 1);
    }
}

static struct file map(int fd)
{
    struct file file;

    fuzz_require(slots_bytes(FRAME_MAX, DEPTH, &file.bytes) == 0);
    file.header =
        mmap(NULL, file.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    fuzz_require(file.header != MAP_FAILED);
    return file;
}

static int try_mechanism(const char *mechanism, struct hostile h)
{
    const unsigned cut = hostile_u8(&h);
    char path[PATH_MAX];
    struct file file;
    struct far_end f;
    int fd;

    if (!far_end_create(&f, mechanism, FRAME_MAX, DEPTH, NULL))
        return 0;
    for (int i = 0; i < SENT; i++)
        fuzz_require(far_end_send(&f, i, FRAME_MAX) == 0);
    fd = open(far_end_path(&f, "jobs.map", path), O_RDWR | O_CLOEXEC);
    fuzz_require(fd >= 0);
    file = map(fd);
    write_words(&file, h, false);
    if (cut > 0) {
        fuzz_require(ftruncate(fd, (off_t)file.bytes + 16 * ((int)cut - 192)) ==
                         0 ||
                     errno == EINVAL);
        if (cut != 192)
            fuzz_require(far_end_attach(&f, false) == -EPROTO);
    } else {
        receive(&f, &file, h);
    }
    (void)munmap(file.header, file.bytes);
    (void)close(fd);
    far_end_close(&f);
    return 0;
}

int fuzz_mmap_file(const uint8_t *data, size_t size)
{
    return try_mechanism("mmap-file", (struct hostile){ data, size });
}

int fuzz_signal_doorbell(const uint8_t *data, size_t size)
{
    return try_mechanism("signal-doorbell", (struct hostile){ data, size });
}
