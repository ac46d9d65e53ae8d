/* SPDX-License-Identifier: MIT */
/*
 * process_vm_page.h -- what a sender tells of messages in its memory
 *
 * A page in a file that both ends map. It carries no message: only whose the
 * memory is, where each message lies in it, and how many there are.
 */
#ifndef FILES_PROCESS_VM_PAGE_H
#define FILES_PROCESS_VM_PAGE_H

#include "shared/memory/tally.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

enum { VM_PAGE_SLOTS = 64 };

/* Where the message in a slot is. The sender writes it before it counts the
 * message as sent, and the receiver reads it after it has seen that count. */
struct vm_entry {
    _Atomic uint64_t address; /* of the slot in the sender's memory */
    _Atomic uint64_t size;    /* of the frame in it */
};

/*
 * `magic` is written once, before either end maps the page. The sender writes
 * its pid when it attaches, and the entries; shared/memory/tally.h says who
 * moves its cursors, and why the entry of a message that was seen is complete.
 * A hostile peer can write all of it, and each field is read once. A size is
 * refused when it is 0 or too large. A pid must be the one in the sender's
 * record. An address may be any: the kernel reads there or refuses, and the
 * tags around a frame say whether it is the message.
 */
struct vm_page {
    uint64_t magic;
    _Atomic uint32_t sender; /* its pid, 0 until it is there */
    struct tally tally;
    struct vm_entry entry[VM_PAGE_SLOTS];
};

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
