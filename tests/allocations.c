/* SPDX-License-Identifier: MIT */
#include "tests/allocations.h"

#include <errno.h>
#include <stdlib.h>

static _Atomic uint64_t *calls; /* NULL while nobody counts */
static unsigned left;           /* calls until one fails; 0: none does */
static bool failed;
static atomic_long live; /* blocks */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_posix_memalign(void **ret_memory, size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __wrap_posix_memalign(void **ret_memory, size_t alignment, size_t size);
void __wrap_free(void *memory);

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

long allocations_live(void)
{
    return live;
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
    errno = ENOMEM;
    return true;
}

static void *note(void *memory)
{
    if (memory)
        atomic_fetch_add(&live, 1);
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : note(__real_calloc(count, size));
}

/* Of what it makes larger there is still one. */
void *__wrap_realloc(void *memory, size_t size)
{
    if (fails())
        return NULL;
    return memory ? __real_realloc(memory, size)
                  : note(__real_realloc(NULL, size));
}

int __wrap_posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
    int error;

    if (fails())
        return ENOMEM;
    error = __real_posix_memalign(ret_memory, alignment, size);
    if (error == 0)
        (void)note(*ret_memory);
    return error;
}

void __wrap_free(void *memory)
{
    if (memory)
        atomic_fetch_sub(&live, 1);
    __real_free(memory);
}
