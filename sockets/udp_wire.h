/* SPDX-License-Identifier: MIT */
/*
 * udp_wire.h -- what the datagrams of sockets/udp_reliable look like, and how
 * two ends find out that each knows the token
 *
 *      bytes 0-7    tag: who does not know it is not of the connection
 *      bytes 8-15   kind
 *      bytes 16-23  sequence number
 *      after that   HELLO        half of the token: the caller's or the answer
 *                   DATA         1 to packet_size bytes of payload
 *                   END          nothing: no more packets come
 *                   ACKNOWLEDGE  the end of the receiver's room; and which of
 *                                the packets behind the next one it holds, a
 *                                bit for each
 *                   ALIVE        nothing
 *                   GONE         nothing: the receiver takes no more
 *
 * All numbers are little-endian u64.
 */
#ifndef SOCKETS_UDP_WIRE_H
#define SOCKETS_UDP_WIRE_H

#include "shared/net/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reliable_kind {
    RELIABLE_HELLO = 1,
    RELIABLE_DATA,
    RELIABLE_END,
    RELIABLE_ACKNOWLEDGE,
    RELIABLE_ALIVE,
    RELIABLE_GONE
};

enum {
    RELIABLE_HALF = TOKEN_SIZE / 2,
    RELIABLE_HEADER = 24,
    RELIABLE_HELLO_SIZE = RELIABLE_HEADER + RELIABLE_HALF,
    RELIABLE_ACKNOWLEDGE_SIZE = RELIABLE_HEADER + 16,
};

uint64_t reliable_tag(const char *token);

void reliable_put_header(unsigned char *datagram, uint64_t tag,
                         enum reliable_kind kind, uint64_t sequence);

/* reliable_say_hello sends the caller's half of the token or the answer's. */
int reliable_say_hello(int fd, const char *token, bool answer);

/*
 * reliable_answer waits on a bound socket for one who knows the token, and
 * connects the socket to that address. reliable_call asks on a connected one
 * until it is answered. Both block; -EPIPE when nobody has the port.
 */
int reliable_answer(int fd, const char *token);
int reliable_call(int fd, const char *token);

#endif
