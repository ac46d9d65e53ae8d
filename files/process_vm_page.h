/* SPDX-License-Identifier: MIT */
/*
 * process_vm_page.h -- what a sender tells of messages in its memory
 *
 * A page in a file that both ends map. It carries no message: only whose the
 * memory is, where each message lies in it, and two cursors to wait on. The
 * peer can write all of it: every field is read once and checked.
 */
#ifndef FILES_PROCESS_VM_PAGE_H
#define FILES_PROCESS_VM_PAGE_H

#include "shared/memory/cursor.h"

#include <stdbool.h>
#include <stddef.h>

enum { VM_PAGE_SLOTS = 64 };

/* Written by the sender before it moves `sent`. */
struct vm_entry {
    _Atomic uint64_t address; /* of the slot in the sender's memory */
    _Atomic uint64_t size;    /* of the frame in it */
};

struct vm_page {
    uint64_t magic;
    _Atomic uint32_t sender;              /* its pid, 0 until it is there */
    struct cursor sent;                   /* messages: the sender moves it */
    struct cursor received;               /* the receiver moves it */
    struct vm_entry entry[VM_PAGE_SLOTS]; /* message n in n mod slots */
};

/*
 * A slot of the sender's memory holds a frame between two tags, so that the
 * receiver sees whether it read the right one, and whole.
 */
enum {
    VM_SLOT_FRAME = 64, /* where the frame begins */
    VM_SLOT_TAG = 8,
    VM_SLOT_TAGGED = VM_SLOT_FRAME - VM_SLOT_TAG,
};

size_t vm_slot_size(size_t frame_max);
void vm_slot_tag(unsigned char *slot, size_t size, uint64_t tag);
bool vm_slot_has(const unsigned char *slot, size_t size, uint64_t tag);

/* vm_unavailable says in one line why no process can read another's memory
 * here, or returns NULL. */
const char *vm_unavailable(void);

/* vm_page_create makes the file: -EEXIST, -ENOSPC, and then none is left. */
int vm_page_create(const char *path);

/* vm_page_open maps it: -EPROTO when it is no such file. vm_page_close does
 * nothing for NULL. */
int vm_page_open(const char *path, struct vm_page **ret_page);
void vm_page_close(struct vm_page *page);

#endif
