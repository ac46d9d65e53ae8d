/* SPDX-License-Identifier: MIT */
#include "sockets/udp_round_trip.h"

/* The RFC's least is a second; this is for short ways. */
static const uint64_t unknown_ns = 20000000;
static const uint64_t least_ns = 5000000;
static const uint64_t most_ns = 500000000;

void round_trip_note(struct round_trip *r, uint64_t took_ns)
{
    uint64_t off_ns;

    if (r->smooth_ns == 0) {
        r->smooth_ns = took_ns;
        r->deviation_ns = took_ns / 2;
        return;
    }
    off_ns = took_ns > r->smooth_ns ? took_ns - r->smooth_ns
                                    : r->smooth_ns - took_ns;
    r->deviation_ns = (3 * r->deviation_ns + off_ns) / 4;
    r->smooth_ns = (7 * r->smooth_ns + took_ns) / 8;
}

uint64_t round_trip_timeout(const struct round_trip *r, unsigned times)
{
    uint64_t ns = r->smooth_ns + 4 * r->deviation_ns;

    if (r->smooth_ns == 0)
        ns = unknown_ns;
    if (ns < least_ns)
        ns = least_ns;
    while (times-- > 0 && ns < most_ns)
        ns *= 2;
    return ns < most_ns ? ns : most_ns;
}
