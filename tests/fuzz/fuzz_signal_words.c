/* SPDX-License-Identifier: MIT */
/*
 * fuzz_signal_words.c -- signal-words is sent any words
 *
 * Bytes        up to 60 signals, each u8, whether it carries a word, and that
 *              word, u64
 * Must hold    the frames are those that a plain reading of the words gives,
 *              and -EPROTO comes for a size of 0 or above the largest frame;
 *              what carries no word is none
 */
#include "shared/process/process.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

enum { FRAME_MAX = 300, WORD = 8 };
/* Fewer than the receiver gives a credit for. */
enum { WORDS = 60, WINDOW = 512 };

struct words {
    uint64_t word[WORDS];
    size_t count;
};

/* To this thread: it alone has them blocked. */
static void send_all(struct hostile h, struct words *words)
{
    union sigval value = { .sival_ptr = NULL };

    words->count = 0;
    for (int i = 0; i < WORDS && h.left > 0; i++) {
        const unsigned none = hostile_u8(&h) & 1;
        const uint64_t word = hostile_u64(&h);

        if (none) {
            fuzz_require(pthread_kill(pthread_self(), SIGRTMIN) == 0);
            continue;
        }
        memcpy(&value, &word, WORD);
        fuzz_require(pthread_sigqueue(pthread_self(), SIGRTMIN, value) == 0);
        words->word[words->count++] = word;
    }
}

/* Up to where acquire would wait. */
static void receive_all(struct far_end *f, const struct words *words)
{
    const void *block;
    size_t size;
    uint64_t expected;

    for (size_t at = 0; at < words->count;) {
        expected = words->word[at++];
        if (expected == 0 || expected > FRAME_MAX) {
            fuzz_require(far_end_acquire(f, &block, &size) == -EPROTO);
            continue;
        }
        if ((expected + WORD - 1) / WORD > words->count - at)
            return;
        fuzz_require(far_end_acquire(f, &block, &size) == 0);
        fuzz_require(size == expected);
        fuzz_require(memcmp(block, &words->word[at], size) == 0);
        fuzz_require(far_end_release(f) == 0);
        at += (expected + WORD - 1) / WORD;
    }
}

int fuzz_signal_words(const uint8_t *data, size_t size)
{
    struct words words;
    struct far_end f;

    if (!far_end_create(&f, "signal-words", FRAME_MAX, 0, NULL))
        return 0;
    if (f.config.options[0] == WINDOW) {
        fuzz_require(process_announce(f.dir, "jobs", "sender-pid") == 0);
        fuzz_require(far_end_attach(&f, false) == 0);
        send_all((struct hostile){ data, size }, &words);
        receive_all(&f, &words);
    }
    far_end_close(&f);
    return 0;
}
