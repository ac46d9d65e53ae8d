/* SPDX-License-Identifier: MIT */
#include "ipc/worker/verdict.h"

#include "shared/base/bytes.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

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

static size_t seen_size(uint64_t ids)
{
    return sizeof(struct seen) + (ids / 64 + 1) * sizeof(uint64_t);
}

struct seen *seen_open(uint64_t ids)
{
    struct seen *seen;

    seen = mmap(NULL, seen_size(ids), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (seen == MAP_FAILED)
        return NULL;
    seen->ids = ids;
    return seen;
}

void seen_close(struct seen *seen)
{
    if (seen)
        (void)munmap(seen, seen_size(seen->ids));
}

static uint64_t count_bits(uint64_t bits)
{
    return (uint64_t)__builtin_popcountll(bits);
}

/* The bits of ids from `first` to before `end`, in the word that begins with
 * the id `base`. */
static uint64_t bits_between(uint64_t base, uint64_t first, uint64_t end)
{
    const uint64_t below_end =
        end - base < 64 ? ((uint64_t)1 << (end - base)) - 1 : UINT64_MAX;

    return below_end & UINT64_MAX << (first - base);
}

/* Returns which ids of a word were seen, a bit each. */
static uint64_t bits_of(const struct seen *seen, uint64_t word)
{
    const uint64_t base = word * 64;

    return base < seen->whole
               ? seen->bits[word] | bits_between(base, base, seen->whole)
               : seen->bits[word];
}

uint64_t seen_again(struct seen *const seen[], size_t count)
{
    uint64_t again = 0, next = 0;

    for (size_t i = 0; i < count; i++)
        if (seen[i]->next > next)
            next = seen[i]->next;
    for (uint64_t word = 0; word * 64 < next; word++) {
        uint64_t before = 0;

        for (size_t i = 0; i < count; i++) {
            const uint64_t bits = bits_of(seen[i], word);

            again += count_bits(before & bits);
            before |= bits;
        }
    }
    return again;
}

/* seen_note for ids that lie in one word, none of them below seen->whole. */
static uint64_t note_in_word(struct seen *seen, struct tally *tally,
                             uint64_t id, uint64_t end)
{
    const uint64_t base = id - id % 64, arrived = bits_between(base, id, end);
    uint64_t *word = &seen->bits[id / 64], fresh = arrived & ~*word;

    tally->duplicated += count_bits(arrived & ~fresh);
    if (id < seen->next)
        tally->reordered +=
            count_bits(fresh & bits_between(base, id, seen->next));
    if (end > seen->next)
        seen->next = end;
    /* Last: a bit beyond it would be there, and not be found. */
    atomic_signal_fence(memory_order_seq_cst);
    *word |= arrived;
    return count_bits(fresh);
}

/* seen_note for ids that are possible. */
static uint64_t note_ids(struct seen *seen, struct tally *tally, uint64_t id,
                         uint64_t end)
{
    uint64_t fresh = 0, word_end;

    if (id == seen->whole && id == seen->next) {
        seen->whole = seen->next = end;
        return end - id;
    }
    for (; id < end && id < seen->whole; id++)
        tally->duplicated++;
    for (; id < end; id = word_end) {
        word_end = id - id % 64 + 64;
        if (word_end > end)
            word_end = end;
        fresh += note_in_word(seen, tally, id, word_end);
    }
    return fresh;
}

uint64_t seen_note(struct seen *seen, struct tally *tally, uint64_t id,
                   uint64_t count)
{
    const uint64_t room = id < seen->ids ? seen->ids - id : 0;
    const uint64_t possible = count < room ? count : room;
    uint64_t fresh;

    fresh = note_ids(seen, tally, id, id + possible);
    tally->received += fresh;
    tally->corrupted += count - possible;
    return fresh;
}

bool seen_add(struct seen *seen, uint64_t id)
{
    struct tally tally = { 0 };

    if (id != seen->whole || id != seen->next || id >= seen->ids)
        return seen_note(seen, &tally, id, 1) == 1;
    seen->whole = seen->next = id + 1; /* as they come, one by one */
    return true;
}

/* Who notes may be killed between two stores: one may be behind the other. */
uint64_t seen_end(const struct seen *seen)
{
    return seen->next > seen->whole ? seen->next : seen->whole;
}

bool seen_has(const struct seen *seen, uint64_t id)
{
    return id < seen->whole ||
           (id < seen->next && seen->bits[id / 64] >> (id % 64) & 1);
}

uint64_t seen_next(const struct seen *seen, uint64_t id)
{
    if (id < seen->whole)
        id = seen->whole;
    while (id < seen->ids && seen_has(seen, id))
        id++;
    return id;
}

uint64_t seen_count(const struct seen *seen)
{
    uint64_t count = 0;

    /* Most often all words are whole. */
    if (seen->whole == seen->next)
        return seen->whole;
    for (uint64_t word = 0; word * 64 < seen_end(seen); word++)
        count += count_bits(bits_of(seen, word));
    return count;
}

void seen_forget(struct seen *seen)
{
    memset(seen->bits, 0, seen_size(seen_end(seen)) - sizeof(*seen));
    seen->whole = seen->next = 0;
}

uint64_t seen_join(struct seen *all, const struct seen *more)
{
    uint64_t again = 0;

    for (uint64_t word = 0; word * 64 < seen_end(more); word++) {
        again += count_bits(bits_of(all, word) & bits_of(more, word));
        all->bits[word] |= bits_of(more, word);
    }
    if (seen_end(more) > all->next)
        all->next = seen_end(more);
    return again;
}

bool verdict_good(const struct verdict *v)
{
    return v->finished && v->lost == 0 && v->duplicated == 0 &&
           v->doubled == 0 && v->reordered == 0 && v->corrupted == 0 &&
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

/* What happened on the way to it. */
static void append_restarts(const struct verdict *v, char *text, size_t used)
{
    int n;

    if (v->restarts == 0)
        return;
    n = snprintf(text + used, VERDICT_TEXT_MAX - used, "; %" PRIu64 " %s",
                 v->restarts, v->restarts == 1 ? "restart" : "restarts");
    used += (size_t)n;
    (void)append_count(text, used, v->redundant,
                       v->redundant == 1 ? "job done again"
                                         : "jobs done again");
}

static size_t append_counts(const struct verdict *v, char *text, size_t used)
{
    used = append_count(text, used, v->rejected, "rejected");
    used = append_count(text, used, v->lost, "lost");
    used = append_count(text, used, v->duplicated, "duplicated");
    used = append_count(text, used, v->doubled,
                        v->doubled == 1 ? "doubled effect" : "doubled effects");
    used = append_count(text, used, v->reordered, "reordered");
    return append_count(text, used, v->corrupted, "corrupted");
}

const char *verdict_text(const struct verdict *v,
                         char text[static VERDICT_TEXT_MAX])
{
    const bool one = v->submitted == 1;
    int n;

    if (verdict_good(v) && v->submitted == 0)
        n = snprintf(text, VERDICT_TEXT_MAX,
                     "no job was sent, so there is nothing to judge");
    else if (verdict_good(v) && v->rejected == 0)
        n = snprintf(text, VERDICT_TEXT_MAX, "good: %" PRIu64 " %s, %s%s",
                     v->submitted, one ? "job" : "jobs", one ? "" : "each ",
                     v->restarts == 0 ? "arrived once, in order, undamaged"
                                      : "took effect once, undamaged");
    else {
        n = snprintf(text, VERDICT_TEXT_MAX,
                     "%s: of %" PRIu64 " %s %" PRIu64 " completed",
                     verdict_good(v) ? "good" : "bad", v->submitted,
                     one ? "job" : "jobs", v->completed);
        n = (int)append_counts(v, text, (size_t)n);
    }
    append_restarts(v, text, (size_t)n);
    return text;
}
