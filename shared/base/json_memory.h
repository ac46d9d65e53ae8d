/* SPDX-License-Identifier: MIT */
/*
 * json_memory.h -- whether jansson wanted for memory
 *
 * It does not always say so: where a text finds no room to grow, its reader
 * drops a byte and its writer a piece, and both go on.
 */
#ifndef SHARED_BASE_JSON_MEMORY_H
#define SHARED_BASE_JSON_MEMORY_H

#include <stdbool.h>

/* json_memory_watch begins; json_memory_short: whether an allocation of this
 * thread has failed since. What came of it is not to be used then. */
void json_memory_watch(void);
bool json_memory_short(void);

#endif
