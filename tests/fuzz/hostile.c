/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/hostile.h"

#include "shared/base/bytes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 64, BEHIND = 0x4000, LATE = 0x8000, HANG_MS = 15000 };

void fuzz_fail(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

void hostile_dir(char ret_dir[static HOSTILE_DIR_MAX])
{
    const char *place = getenv("TMPDIR");

    (void)snprintf(ret_dir, HOSTILE_DIR_MAX, "%s/fuzz-XXXXXX",
                   place ? place : "/tmp");
    fuzz_require(mkdtemp(ret_dir));
}

/* libFuzzer looks at the time by a signal. */
void fuzz_await(int fd)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    int n;

    do
        n = poll(&polled, 1, HANG_MS);
    while (n < 0 && errno == EINTR);
    fuzz_require(n == 1);
}

unsigned hostile_u8(struct hostile *h)
{
    size_t size = 1;
    const uint8_t *at = hostile_some(h, &size);

    return size == 1 ? *at : 0;
}

unsigned hostile_u16(struct hostile *h)
{
    const unsigned low = hostile_u8(h);

    return low | hostile_u8(h) << 8;
}

uint64_t hostile_u64(struct hostile *h)
{
    uint8_t bytes[sizeof(uint64_t)] = { 0 };
    size_t size = sizeof(bytes);
    const uint8_t *at = hostile_some(h, &size);

    memcpy(bytes, at, size);
    return get_u64(bytes);
}

uint8_t hostile_change(struct hostile *h)
{
    const unsigned by = hostile_u8(h);

    return by ? (uint8_t)by : 1;
}

const uint8_t *hostile_some(struct hostile *h, size_t *size)
{
    const uint8_t *at = h->at;

    if (*size > h->left)
        *size = h->left;
    h->at += *size;
    h->left -= *size;
    return at;
}

char *hostile_text(struct hostile *h)
{
    char *text = malloc(h->left + 1);

    fuzz_require(text);
    memcpy(text, h->at, h->left);
    text[h->left] = '\0';
    *h = (struct hostile){ h->at + h->left, 0 };
    return text;
}

void hostile_write(struct hostile h, bool late, struct hostile_words front,
                   struct hostile_words behind)
{
    unsigned place;
    uint64_t value;

    for (int i = 0; i < WORDS && h.left > 0; i++) {
        place = hostile_u16(&h);
        value = hostile_u64(&h);
        if (late != ((place & LATE) != 0))
            continue;
        if (place & BEHIND)
            behind.at[place % BEHIND % behind.count] = value;
        else
            front.at[place % BEHIND % front.count] = value;
    }
}
