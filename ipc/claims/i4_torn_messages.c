/* SPDX-License-Identifier: MIT */
/*
 * i4_torn_messages.c -- messages of several writers in one pipe
 *
 * Claim       A pipe that several processes use at once may get corrupted.
 * Section     Interprocess communication: 3. Pipes
 * Experiment  four processes write messages of one letter each, of 64 bytes to
 *             128 KiB; the reader counts those that hold two letters
 * Rule        DEPENDS if none of up to PIPE_BUF bytes is torn, and some longer
 *             ones are; CONFIRMED if short ones are torn, too; REFUTED if none
 * Twin        only messages of up to PIPE_BUF bytes
 * Take away   A write of at most PIPE_BUF bytes (4096 on Linux) stays whole.
 *             For longer ones take a lock, or a socket that keeps messages
 *             whole.
 * Manual      pipe(7), "PIPE_BUF"
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/letters.h"
#include "ipc/claims/tools.h"

#include <limits.h>
#include <stdio.h>

enum { WRITERS = 4, SIZES = 5, SHORT_SIZES = 2, BYTES = 16 << 20, BRIEF = 4 };
enum { CURVE_WRITERS = 8, POINTS = 9, CURVE_BYTES = 1 << 20 };

static const size_t sizes[SIZES] = { 64, PIPE_BUF, PIPE_BUF + 1,
                                     3 * PIPE_BUF / 2, LETTERS_LONGEST };
static const size_t points[POINTS] = {
    64,      1024,     PIPE_BUF, PIPE_BUF + 1,   6144,
    8 << 10, 16 << 10, 64 << 10, LETTERS_LONGEST
};

static const struct claim_plot plot = {
    .title = "torn messages in a pipe that several write to",
    .x = "size of a message",
    .x_unit = UNIT_BYTES,
    .y = "messages torn",
    .caption = "The share of messages that hold bytes of several writers. Up "
               "to 4096 bytes, PIPE_BUF, the kernel keeps each whole; a longer "
               "one may find the pipe full when it is half written.",
};

static int note_shares(struct claim_run *run)
{
    const unsigned count = run->twin ? SHORT_SIZES : SIZES;
    const size_t bytes = run->brief ? BYTES / BRIEF : BYTES;
    const struct letters letters = { sizes, count, WRITERS, bytes };
    double shares[LETTERS_SIZES_MAX];
    char name[CLAIM_NAME_MAX];
    const int r = letters_torn(&letters, shares);

    for (unsigned i = 0; r == 0 && i < count; i++) {
        (void)snprintf(name, sizeof(name), "torn of %zu bytes", sizes[i]);
        claim_note(run, name, UNIT_SHARE, shares[i]);
        claim_note(run, i < SHORT_SIZES ? "torn, short" : "torn, long",
                   UNIT_SHARE, shares[i]);
    }
    return r;
}

static int draw(struct claim_run *run, unsigned writers)
{
    const size_t bytes = run->brief ? CURVE_BYTES / BRIEF : CURVE_BYTES;
    const struct letters letters = { points, POINTS, writers, bytes };
    double shares[LETTERS_SIZES_MAX];
    char curve[CLAIM_NAME_MAX];
    const int r = letters_torn(&letters, shares);

    (void)snprintf(curve, sizeof(curve), "%u writer%s", writers,
                   writers > 1 ? "s" : "");
    for (unsigned i = 0; r == 0 && i < POINTS; i++)
        claim_note_at(run, curve, UNIT_SHARE, (double)points[i], shares[i]);
    return r;
}

static int measure(struct claim_run *run)
{
    int r = note_shares(run);

    for (unsigned i = 0; i < tool_curve_rounds(run); i++)
        for (unsigned n = 1; r == 0 && n <= CURVE_WRITERS; n *= 2)
            r = draw(run, n);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    char text[FIGURE_TEXT_MAX];

    if (claim_most(run, "torn, short") > 0) {
        claim_say(run, "Even messages of at most PIPE_BUF bytes are torn: %s.",
                  claim_value_text(run, "torn, short", text));
        return CLAIM_CONFIRMED;
    }
    if (claim_most(run, "torn, long") > 0) {
        claim_say(run,
                  "Of messages of up to PIPE_BUF (4096) bytes none is torn, "
                  "of those with one byte more %s are.",
                  claim_value_text(run, "torn of 4097 bytes", text));
        return CLAIM_DEPENDS;
    }
    claim_say(run, "No message is torn.");
    return CLAIM_REFUTED;
}

const struct claim_ops i4_torn_messages_claim = {
    .id = "I4",
    .measure = measure,
    .judge = judge,
    .plot = &plot,
};
