/* SPDX-License-Identifier: MIT */
/*
 * network.h -- two machines of a test's own: network namespaces, and between
 * them a cable that can be cut, or a long one
 *
 * Both have a loopback. The near one has the address NETWORK_NEAR, the far one
 * NETWORK_FAR; over the long cable NETWORK_NEAR_LONG and NETWORK_FAR_LONG.
 */
#ifndef TESTS_NETWORK_H
#define TESTS_NETWORK_H

#include <stdint.h>

#define NETWORK_NEAR      "10.77.0.1"
#define NETWORK_FAR       "10.77.0.2"
#define NETWORK_NEAR_LONG "10.78.0.1"
#define NETWORK_FAR_LONG  "10.78.0.2"

/* network_open makes the two and the cable, a veth pair. NULL, or why it
 * cannot: no right to, no ip(8). Pair with network_close. */
const char *network_open(void);
void network_close(void);

/* For struct program's prepare: it runs on that machine. */
void network_near(void);
void network_far(void);

/* network_cut takes the cable out, network_mend puts it back. */
void network_cut(void);
void network_mend(void);

/* network_carried returns how many bytes the far machine has sent by the
 * cable. */
uint64_t network_carried(void);

/*
 * network_open_long lays a second cable, on which a packet needs that long each
 * way: tc(8) netem where the kernel has it, else two tun devices and a thread
 * that passes packets on in time. NULL, or why it cannot. ret_how says which.
 */
const char *network_open_long(unsigned one_way_ms, const char **ret_how);
void network_close_long(void);

/* network_free_port returns a TCP port that nobody has at an address of this
 * machine, nor the two behind it. Two who test at once get two. */
unsigned network_free_port(const char *host);

#endif
