/* SPDX-License-Identifier: MIT */
/*
 * fuzz_mmap_file.c -- mmap-file maps a file that somebody else has written to
 *
 * Bytes        u8: how many of the file's bytes are cut off, or put on behind,
 *              before it is mapped; then words to write into it, each its
 *              place, u16, counted in words, and its value, u64; those with the
 *              highest bit of the place set are written when it is mapped
 * Must hold    attach and acquire give -EPROTO, or what is lent is a message
 *              that lies in the mapping; of any other length it is not mapped
 */
#include "shared/memory/slots.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAME_MAX = 200, DEPTH = 4, SENT = 2, WORDS = 64, LATE = 0x8000 };

struct file {
    _Atomic uint64_t *words; /* our own mapping */
    size_t bytes;
};

static void write_words(const struct file *file, struct hostile h, bool late)
{
    unsigned place;
    uint64_t value;

    for (int i = 0; i < WORDS && h.left > 0; i++) {
        place = hostile_u16(&h);
        value = hostile_u64(&h);
        if (late == ((place & LATE) != 0))
            file->words[(place & ~(unsigned)LATE) %
                        (file->bytes / sizeof(uint64_t))] = value;
    }
}

/* Whether there is a message: else acquire would wait for one. */
static bool would_wait(const struct file *file, uint64_t freed)
{
    const struct slots_header *header = (const void *)file->words;

    return header->tally.sent.at == freed;
}

static void receive(struct far_end *f, const struct file *file,
                    struct hostile late)
{
    const struct slots_header *header = (const void *)file->words;
    uint64_t freed = header->tally.freed.at;
    const void *block;
    size_t size;
    int r = far_end_attach(f, false);

    fuzz_require(r == 0 || r == -EPROTO);
    if (r < 0)
        return;
    write_words(file, late, true);
    for (int i = 0; i < 2 * DEPTH && !would_wait(file, freed); i++, freed++) {
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO);
        if (r < 0)
            return;
        fuzz_require(far_end_release(f) == 0);
        fuzz_require(header->tally.freed.at == freed + 1);
    }
}

int fuzz_mmap_file(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    const unsigned cut = hostile_u8(&h);
    char path[PATH_MAX];
    struct file file;
    struct far_end f;
    int fd;

    if (!far_end_create(&f, "mmap-file", FRAME_MAX, DEPTH, 0))
        return 0;
    for (int i = 0; i < SENT; i++)
        fuzz_require(far_end_send(&f, i, FRAME_MAX) == 0);
    fuzz_require(slots_bytes(FRAME_MAX, DEPTH, &file.bytes) == 0);
    fd = open(far_end_path(&f, "jobs.map", path), O_RDWR | O_CLOEXEC);
    fuzz_require(fd >= 0);
    file.words =
        mmap(NULL, file.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    fuzz_require(file.words != MAP_FAILED);
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
    (void)munmap((void *)(uintptr_t)file.words, file.bytes);
    (void)close(fd);
    far_end_close(&f);
    return 0;
}
