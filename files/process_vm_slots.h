/* SPDX-License-Identifier: MIT */
/*
 * process_vm_slots.h -- slots in a sender's own memory, which a receiver reads
 *
 * A slot holds one frame between two tags, numbers that no other message has.
 * The receiver compares them in its copy: so it sees whether it read the right
 * frame, and whole, although the sender could write there at any time.
 */
#ifndef FILES_PROCESS_VM_SLOTS_H
#define FILES_PROCESS_VM_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VM_SLOT_FRAME = 64,                           /* where the frame begins */
    VM_SLOT_TAG = 8,                              /* bytes of a tag */
    VM_SLOT_TAGGED = VM_SLOT_FRAME - VM_SLOT_TAG, /* where the first one is */
};

/* Private memory of one process; zeroed, there is none. */
struct vm_slots {
    unsigned char *memory;
    size_t count;
    size_t slot_size;
};

/* vm_slots_map: errors of mmap(2). vm_slots_unmap is safe on a zeroed one. */
int vm_slots_map(struct vm_slots *slots, size_t frame_max, size_t count);
void vm_slots_unmap(struct vm_slots *slots);

unsigned char *vm_slot(const struct vm_slots *slots, size_t index);

/* vm_slot_tag puts a tag on either side of a frame of that size; vm_slot_has
 * tells whether it is there. */
void vm_slot_tag(unsigned char *slot, size_t size, uint64_t tag);
bool vm_slot_has(const unsigned char *slot, size_t size, uint64_t tag);

#endif
