/* SPDX-License-Identifier: MIT */
/*
 * narrow_bytes.h -- as shared/base/bytes, for the smaller fields of a job
 */
#ifndef IPC_JOB_NARROW_BYTES_H
#define IPC_JOB_NARROW_BYTES_H

#include "shared/base/bytes.h"

static inline void put_u32(void *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static inline uint16_t get_u16(const void *at)
{
    uint16_t value;

    memcpy(&value, at, sizeof(value));
    return le16toh(value);
}

static inline uint32_t get_u32(const void *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

#endif
