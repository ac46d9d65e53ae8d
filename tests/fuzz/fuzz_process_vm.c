/* SPDX-License-Identifier: MIT */
/*
 * fuzz_process_vm.c -- process-vm is told of messages in a sender's memory
 *
 * Bytes        words for the page and, behind it, the sender's memory, which is
 *              at a place that is always the same where the system allows it
 *              (tests/fuzz/hostile.h); the late ones are written when the
 *              receiver has attached
 * Must hold    attach and acquire give -EPROTO, or what is lent is a copy of
 *              the size and from the place that the page says, where it lies
 *              between its tags; of no more messages than there are slots
 */
#include "files/process_vm_page.h"
#include "files/process_vm_slots.h"
#include "shared/process/process.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAME_MAX = 200, DEPTH = 4, SENT = 3, SLOT = 512, MEMORY = 4096 };

static const uintptr_t place = (uintptr_t)1 << 45;

struct sender {
    struct vm_page *page;
    unsigned char *memory;
};

/* Of its messages the last is one byte too large. Behind its memory lies some
 * that nobody may read. */
static void make_sender(struct sender *s, const struct far_end *f)
{
    char path[PATH_MAX];
    unsigned char *slot;

    fuzz_require(process_announce(f->dir, "jobs", "sender-pid") == 0);
    fuzz_require(vm_page_open(far_end_path(f, "jobs.page", path), &s->page) ==
                 0);
    s->memory = mmap((void *)place, 2 * MEMORY, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fuzz_require(s->memory != MAP_FAILED);
    fuzz_require(mprotect(s->memory + MEMORY, MEMORY, PROT_NONE) == 0);
    for (unsigned i = 0; i < SENT; i++) {
        const size_t size = FRAME_MAX + (i == SENT - 1);

        slot = s->memory + i * SLOT;
        vm_slot_tag(slot, size, f->config.seed + i);
        s->page->entry[i].address = (uintptr_t)slot;
        s->page->entry[i].size = size;
    }
    s->page->sender = (uint32_t)getpid();
    s->page->tally.sent.at = SENT;
}

static void write_words(const struct sender *s, struct hostile h, bool late)
{
    const struct hostile_words page = { (_Atomic uint64_t *)(void *)s->page,
                                        sizeof(*s->page) / sizeof(uint64_t) };
    const struct hostile_words memory = { (_Atomic uint64_t *)(void *)s->memory,
                                          MEMORY / sizeof(uint64_t) };

    hostile_write(h, late, page, memory);
}

/* It is what lies there, between two tags. */
static void check_copy(const struct vm_entry *entry, uint64_t tag,
                       const void *block, size_t size)
{
    const uintptr_t address = entry->address + VM_SLOT_FRAME;

    fuzz_require(size == entry->size);
    fuzz_require(memcmp(block, (void *)address, size) == 0);
    fuzz_require(memcmp((void *)(address - VM_SLOT_TAG), &tag, VM_SLOT_TAG) ==
                 0);
    fuzz_require(memcmp((void *)(address + size), &tag, VM_SLOT_TAG) == 0);
}

/* As a receiver looks that knows of no message more. */
static void look(const struct sender *s, uint64_t freed, uint64_t *seen)
{
    if (*seen == freed)
        *seen = s->page->tally.sent.at;
    fuzz_require(*seen - freed <= DEPTH);
}

/* Up to where acquire would wait. */
static void receive(struct far_end *f, const struct sender *s, struct hostile h)
{
    uint64_t freed = s->page->tally.freed.at, seen = freed;
    const void *block;
    size_t size;
    int r = far_end_attach(f, false);

    fuzz_require(r == 0 || r == -EPROTO);
    if (r < 0)
        return;
    look(s, freed, &seen);
    write_words(s, h, true);
    for (int i = 0; i < 2 * DEPTH; i++, freed++) {
        if (seen == freed && s->page->tally.sent.at == freed)
            return;
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO);
        if (r < 0)
            return;
        look(s, freed, &seen);
        check_copy(&s->page->entry[freed % DEPTH], f->config.seed + freed,
                   block, size);
        fuzz_require(far_end_release(f) == 0);
        fuzz_require(s->page->tally.freed.at == freed + 1);
    }
}

int fuzz_process_vm(const uint8_t *data, size_t size)
{
    const struct hostile h = { data, size };
    struct sender sender;
    struct far_end f;

    if (!far_end_create(&f, "process-vm", FRAME_MAX, DEPTH, NULL))
        return 0;
    make_sender(&sender, &f);
    write_words(&sender, h, false);
    receive(&f, &sender, h);
    (void)munmap(sender.memory, 2 * MEMORY);
    vm_page_close(sender.page);
    far_end_close(&f);
    return 0;
}
