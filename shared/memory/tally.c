/* SPDX-License-Identifier: MIT */
#include "shared/memory/tally.h"

#include "shared/base/clock.h"
#include "shared/memory/barrier.h"

#include <errno.h>

/* How many slots are filled, if the peer's count is `theirs`. */
static uint64_t filled_slots(const struct tally_end *end, uint64_t theirs)
{
    return end->sends ? end->count - theirs : theirs - end->count;
}

bool tally_may_use(const struct tally_end *end)
{
    const uint64_t filled = filled_slots(end, end->seen);

    return end->sends ? filled < end->depth : filled > 0;
}

static int look_at_peer(struct tally_end *end)
{
    const uint64_t theirs = cursor_read(&end->peer->at);

    if (filled_slots(end, theirs) > end->depth)
        return -EPROTO;
    end->seen = theirs;
    return tally_may_use(end);
}

int tally_open(struct tally_end *end, struct tally *tally, size_t depth,
               bool sends)
{
    int r;

    *end = (struct tally_end){
        .own = sends ? &tally->sent : &tally->freed,
        .peer = sends ? &tally->freed : &tally->sent,
        .depth = depth,
        .sends = sends,
    };
    barrier_prepare();
    end->count = cursor_read(&end->own->at);
    end->slot = end->count % depth;
    /* An earlier holder of this end may have died in its sleep. */
    atomic_store(&end->peer->sleeper, 0);
    r = look_at_peer(end);
    return r < 0 ? r : 0;
}

/* A slot that was seen once stays there: only this end uses it up. */
int tally_look(struct tally_end *end)
{
    return tally_may_use(end) ? 1 : look_at_peer(end);
}

int tally_wait(struct tally_end *end, uint64_t spin_ns)
{
    int r = tally_look(end);

    while (r == 0) {
        r = cursor_wait(end->peer, end->seen, spin_ns);
        if (r == 0)
            r = look_at_peer(end);
    }
    return r < 0 ? r : 0;
}

int tally_wait_freed(struct tally_end *end, uint64_t timeout_ns)
{
    const uint64_t start_ns = clock_ns();
    uint64_t freed, gone_ns;
    int r = 0;

    while (r == 0 && (freed = cursor_read(&end->peer->at)) != end->count) {
        gone_ns = clock_ns() - start_ns;
        r = gone_ns < timeout_ns
                ? cursor_wait_for(end->peer, freed, timeout_ns - gone_ns)
                : -ETIMEDOUT;
    }
    return r;
}

uint64_t tally_count_one(struct tally_end *end)
{
    if (++end->slot == end->depth)
        end->slot = 0;
    return ++end->count;
}
