/* SPDX-License-Identifier: MIT */
/*
 * udp_round_trip.h -- how long to wait for an answer: RFC 6298
 */
#ifndef SOCKETS_UDP_ROUND_TRIP_H
#define SOCKETS_UDP_ROUND_TRIP_H

#include <stdint.h>

/* Zeroed: nothing is known yet. */
struct round_trip {
    uint64_t smooth_ns;
    uint64_t deviation_ns;
};

/* round_trip_note takes one more measured time. */
void round_trip_note(struct round_trip *r, uint64_t took_ns);

/* round_trip_timeout returns how long to wait when `times` times of waiting
 * were in vain: twice as long each time, up to half a second. */
uint64_t round_trip_timeout(const struct round_trip *r, unsigned times);

#endif
