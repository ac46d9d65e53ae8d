/* SPDX-License-Identifier: MIT */
#include "tests/allocations.h"

#include <stdlib.h>

static _Atomic uint64_t *calls; /* NULL while nobody counts */
static unsigned left;           /* calls until one fails; 0: none does */
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void allocations_count(_Atomic uint64_t *counter)
{
    calls = counter;
}

void allocations_fail(unsigned number)
{
    left = number;
    failed = false;
}

bool allocations_failed(void)
{
    left = 0;
    return failed;
}

/* fails counts a call and returns whether it is the one to fail. Who lets one
 * fail has a single thread: the others only look. */
static bool fails(void)
{
    if (calls)
        atomic_fetch_add(calls, 1);
    if (left == 0 || --left > 0)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}
