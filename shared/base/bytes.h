/* SPDX-License-Identifier: MIT */
/*
 * bytes.h -- little-endian numbers in bytes, the same on every machine
 *
 * Written so that a compiler turns each into one load or store where the
 * machine allows it. No alignment is needed.
 */
#ifndef SHARED_BASE_BYTES_H
#define SHARED_BASE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void put_u16(void *at, uint16_t value)
{
    value = htole16(value);
    memcpy(at, &value, sizeof(value));
}

static inline void put_u32(void *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static inline void put_u64(void *at, uint64_t value)
{
    value = htole64(value);
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

static inline uint64_t get_u64(const void *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

#endif
