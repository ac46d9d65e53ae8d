/* SPDX-License-Identifier: MIT */
#include "ipc/verdict.h"

#include "shared/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void tally_encode(const struct tally *tally, void *out)
{
    unsigned char *at = out;

    put_u64(at, tally->received);
    put_u64(at + 8, tally->duplicated);
    put_u64(at + 16, tally->reordered);
    put_u64(at + 24, tally->corrupted);
}

bool tally_decode(const void *payload, size_t size, struct tally *ret_tally)
{
    const unsigned char *at = payload;

    if (size != TALLY_SIZE)
        return false;
    *ret_tally = (struct tally){
        .received = get_u64(at),
        .duplicated = get_u64(at + 8),
        .reordered = get_u64(at + 16),
        .corrupted = get_u64(at + 24),
    };
    return true;
}

int seen_open(struct seen *seen, uint64_t ids)
{
    *seen = (struct seen){ .ids = ids };
    seen->bits = calloc(ids / 64 + 1, sizeof(*seen->bits));
    return seen->bits ? 0 : -ENOMEM;
}

void seen_close(struct seen *seen)
{
    free(seen->bits);
    *seen = (struct seen){ 0 };
}

bool seen_note(struct seen *seen, struct tally *tally, uint64_t id)
{
    uint64_t *word, bit = (uint64_t)1 << (id % 64);

    if (id >= seen->ids) {
        tally->corrupted++;
        return false;
    }
    word = &seen->bits[id / 64];
    if (*word & bit) {
        tally->duplicated++;
        return false;
    }
    *word |= bit;
    tally->received++;
    if (id < seen->next)
        tally->reordered++;
    else
        seen->next = id + 1;
    return true;
}

bool verdict_good(const struct verdict *v)
{
    return v->finished && v->lost == 0 && v->duplicated == 0 &&
           v->reordered == 0 && v->corrupted == 0 &&
           v->completed + v->rejected == v->submitted;
}

/* Appends ", 3 lost" and the like; nothing for 0. */
static size_t append_count(char *text, size_t used, uint64_t count,
                           const char *what)
{
    int n;

    if (count == 0)
        return used;
    n = snprintf(text + used, VERDICT_TEXT_MAX - used, ", %" PRIu64 " %s",
                 count, what);
    return used + (size_t)n;
}

const char *verdict_text(const struct verdict *v,
                         char text[static VERDICT_TEXT_MAX])
{
    const char *jobs = v->submitted == 1 ? "job" : "jobs";
    size_t used;

    if (verdict_good(v) && v->rejected == 0) {
        (void)snprintf(text, VERDICT_TEXT_MAX,
                       "good: %" PRIu64 " %s, %s once, in order, undamaged",
                       v->submitted, jobs,
                       v->submitted == 1 ? "arrived" : "each arrived");
        return text;
    }
    used = (size_t)snprintf(
        text, VERDICT_TEXT_MAX, "%s: of %" PRIu64 " %s %" PRIu64 " completed",
        verdict_good(v) ? "good" : "bad", v->submitted, jobs, v->completed);
    used = append_count(text, used, v->rejected, "rejected");
    used = append_count(text, used, v->lost, "lost");
    used = append_count(text, used, v->duplicated, "duplicated");
    used = append_count(text, used, v->reordered, "reordered");
    (void)append_count(text, used, v->corrupted, "corrupted");
    return text;
}
