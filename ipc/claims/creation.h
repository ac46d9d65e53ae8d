/* SPDX-License-Identifier: MIT */
/*
 * creation.h -- how long it takes to create a thread or a process
 *
 * From its creation until it was waited for; UINT64_MAX: it could not be made.
 */
#ifndef IPC_CLAIMS_CREATION_H
#define IPC_CLAIMS_CREATION_H

#include <stdint.h>

/* creation_of_thread returns the least of several: one is too short to time. */
uint64_t creation_of_thread(void);

/* creation_by_fork: a process that ends at once. creation_by_spawn: one that
 * becomes the program true(1). */
uint64_t creation_by_fork(void);
uint64_t creation_by_spawn(void);

#endif
