/* SPDX-License-Identifier: MIT */
#include "shared/base/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static _Thread_local bool is_short;

static void *allocate(size_t size)
{
    void *memory = malloc(size);

    is_short |= !memory;
    return memory;
}

void json_memory_watch(void)
{
    is_short = false;
    json_set_alloc_funcs(allocate, free);
}

bool json_memory_short(void)
{
    return is_short;
}
