/* SPDX-License-Identifier: MIT */
#include "shared/batch.h"

#include "shared/bytes.h"

#include <string.h>

enum { PREFIX = 4, ALIGN = 8 };

size_t batch_record(size_t size)
{
    return (PREFIX + size + ALIGN - 1) / ALIGN * ALIGN;
}

void *batch_put(void *at, size_t size)
{
    unsigned char *record = at;

    /* The padding first: what is not padding is written over. */
    memset(record + batch_record(size) - ALIGN, 0, ALIGN);
    put_u32(record, (uint32_t)size);
    return record + PREFIX;
}

/* Whether what is behind the bytes of a record is zero. */
static bool is_padded(const unsigned char *record, size_t size)
{
    const size_t end = batch_record(size), padding = end - PREFIX - size;

    return padding == 0 ||
           get_u64(record + end - ALIGN) >> 8 * (ALIGN - padding) == 0;
}

bool batch_next(struct batch *batch, const void **ret_bytes, size_t *ret_size)
{
    size_t size;

    if (batch->left < PREFIX)
        return false;
    size = get_u32(batch->at);
    if (size > batch->left || batch_record(size) > batch->left ||
        !is_padded(batch->at, size))
        return false;
    *ret_bytes = batch->at + PREFIX;
    *ret_size = size;
    batch->at += batch_record(size);
    batch->left -= batch_record(size);
    return true;
}
