/* SPDX-License-Identifier: MIT */
#include "files/process_vm_slots.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

int vm_slots_map(struct vm_slots *slots, size_t frame_max, size_t count)
{
    const size_t slot_size =
        3 * VM_SLOT_FRAME + frame_max / VM_SLOT_FRAME * VM_SLOT_FRAME;
    void *memory;

    memory = mmap(NULL, count * slot_size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    *slots = (struct vm_slots){ memory, count, slot_size };
    return 0;
}

void vm_slots_unmap(struct vm_slots *slots)
{
    if (slots->memory)
        (void)munmap(slots->memory, slots->count * slots->slot_size);
    slots->memory = NULL;
}

unsigned char *vm_slot(const struct vm_slots *slots, size_t index)
{
    return slots->memory + index * slots->slot_size;
}

void vm_slot_tag(unsigned char *slot, size_t size, uint64_t tag)
{
    memcpy(slot + VM_SLOT_TAGGED, &tag, VM_SLOT_TAG);
    memcpy(slot + VM_SLOT_FRAME + size, &tag, VM_SLOT_TAG);
}

bool vm_slot_has(const unsigned char *slot, size_t size, uint64_t tag)
{
    return memcmp(slot + VM_SLOT_TAGGED, &tag, VM_SLOT_TAG) == 0 &&
           memcmp(slot + VM_SLOT_FRAME + size, &tag, VM_SLOT_TAG) == 0;
}
