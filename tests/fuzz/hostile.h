/* SPDX-License-Identifier: MIT */
/* hostile.h -- hostile bytes as a target takes them, and what must hold */
#ifndef TESTS_FUZZ_HOSTILE_H
#define TESTS_FUZZ_HOSTILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* fuzz_require ends the process, and says what does not hold. */
#define fuzz_require(holds)                                                    \
    ((holds) ? (void)0 : fuzz_fail(#holds, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* hostile_dir makes a directory for what a target puts there, to be removed by
 * tree_remove. */
enum { HOSTILE_DIR_MAX = 64 };
void hostile_dir(char ret_dir[static HOSTILE_DIR_MAX]);

/* fuzz_await waits until there is something to read, or the end; it fails where
 * neither comes. */
void fuzz_await(int fd);

/* The bytes that are left. */
struct hostile {
    const uint8_t *at;
    size_t left;
};

/* These take the next number, 0 where nothing is left. */
unsigned hostile_u8(struct hostile *h);
unsigned hostile_u16(struct hostile *h);
uint64_t hostile_u64(struct hostile *h);

/* hostile_change takes what a byte is changed by: the next u8, or 1 for 0. */
uint8_t hostile_change(struct hostile *h);

/* hostile_some takes so many bytes, or as many as are left: *size. */
const uint8_t *hostile_some(struct hostile *h, size_t *size);

/* hostile_text returns what is left as a text, to be freed. */
char *hostile_text(struct hostile *h);

/* Words that others have mapped, too. */
struct hostile_words {
    _Atomic uint64_t *at;
    size_t count;
};

/*
 * hostile_write writes words, each of them its place, u16, and its value, u64:
 * into the front or, with 0x4000 in the place, into what is behind it; modulo
 * their number. Those with 0x8000 in the place are late: it writes either these
 * or all the others.
 */
void hostile_write(struct hostile h, bool late, struct hostile_words front,
                   struct hostile_words behind);

#endif
