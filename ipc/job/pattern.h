/* SPDX-License-Identifier: MIT */
/*
 * pattern.h -- payloads whose every byte can be checked
 *
 * The 64-bit word at index i of job id's payload is mix(id) + i * STEP, so
 * every byte depends on the job and on its place: a lost page, a swapped one,
 * a stale one of another job, or one flipped bit all show. Comparing is
 * stronger than a hash, and runs at about the speed of memory, so that the
 * transport shows.
 */
#ifndef IPC_JOB_PATTERN_H
#define IPC_JOB_PATTERN_H

#include <stddef.h>
#include <stdint.h>

void pattern_fill(void *payload, size_t size, uint64_t id);

/* pattern_check returns the offset of the first wrong byte, or size. */
size_t pattern_check(const void *payload, size_t size, uint64_t id);

#endif
