/* SPDX-License-Identifier: MIT */
/*
 * udp_wire.h -- what the datagrams of sockets/udp_reliable look like, and how
 * two ends prove that each knows the token
 *
 *      bytes 0-7    tag: who does not know it is not of the connection
 *      bytes 8-15   kind
 *      bytes 16-23  sequence number
 *      after that   HELLO        nothing: the caller wants to be asked
 *                   QUESTION     the owner's number, for that caller alone
 *                   PROOF        it again, and the caller's part of a talk
 *                   WELCOME      the owner's proof (shared/net/proof.h)
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
    RELIABLE_GONE,
    RELIABLE_QUESTION,
    RELIABLE_PROOF,
    RELIABLE_WELCOME
};

enum {
    RELIABLE_HEADER = 24,
    RELIABLE_ACKNOWLEDGE_SIZE = RELIABLE_HEADER + 16,
};

uint64_t reliable_tag(const char *token);

void reliable_put_header(unsigned char *datagram, uint64_t tag,
                         enum reliable_kind kind, uint64_t sequence);

/*
 * reliable_answer waits on a bound socket for one who knows the token, and
 * connects the socket to that address. reliable_call asks on a connected one
 * until it is answered. Both block; -EPIPE when nobody has the port.
 * reliable_welcome answers once more, to a PROOF that comes again: the answer
 * to it was lost.
 */
int reliable_welcome(int fd, const char *token, const unsigned char *datagram,
                     size_t size);
int reliable_answer(int fd, const char *token);
int reliable_call(int fd, const char *token);

#endif
