/* SPDX-License-Identifier: MIT */
/*
 * i8_stream_or_datagram.c -- what tells a stream from datagrams
 *
 * Claim       Unix sockets come in two types, streams like TCP and datagrams
 *             like UDP.
 * Section     Interprocess communication: 4. Sockets
 * Experiment  three messages are sent over each type, and then received: in how
 *             many parts? What is the longest message that is taken? Of more
 *             than a receiver has room for, how many get lost?
 * Rule        CONFIRMED if the stream joins messages, and datagrams stay apart
 *             and in order; REFUTED if both keep them apart; else DEPENDS
 * Twin        SOCK_SEQPACKET in the place of the stream
 * Take away   Over a stream say where a message ends. Unix datagrams are unlike
 *             UDP: none gets lost, the sender waits. SOCK_SEQPACKET is the
 *             third type: connected as streams are, and messages stay whole.
 * Manual      unix(7), udp(7), socket(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { PARTS = 3, FLOOD = 2000, LONGEST = 1 << 20 };

static const char *const texts[PARTS] = { "one", "three", "nineteen" };
static char buffer[LONGEST];

/* Two UDP sockets that know each other's address. */
static int udp_pair(int ends[static 2])
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(at);

    ends[0] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ends[1] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (ends[0] < 0 || ends[1] < 0 ||
        bind(ends[1], (struct sockaddr *)&at, size) < 0 ||
        getsockname(ends[1], (struct sockaddr *)&at, &size) < 0 ||
        connect(ends[0], (struct sockaddr *)&at, size) < 0)
        return -errno;
    return 0;
}

static int open_pair(int type, int ends[static 2])
{
    if (type == 0)
        return udp_pair(ends);
    return socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, ends) < 0 ? -errno : 0;
}

/* In how many parts the three arrive; 0 unless they do, in order. */
static unsigned count_parts(const int ends[static 2])
{
    char sent[64] = "", received[64] = "";
    unsigned parts = 0;
    size_t length = 0;
    ssize_t n;

    for (int i = 0; i < PARTS; i++) {
        (void)send(ends[0], texts[i], strlen(texts[i]), 0);
        (void)strcat(sent, texts[i]);
    }
    for (; (n = recv(ends[1], received + length, 40, 0)) > 0; parts++)
        length += (size_t)n;
    return strcmp(sent, received) == 0 ? parts : 0;
}

/* The longest that is taken as one, by halving what is between. */
static size_t longest(const int ends[static 2])
{
    size_t fits = 0, too_long = LONGEST + 1;

    while (too_long - fits > 1) {
        const size_t size = (fits + too_long) / 2;

        if (send(ends[0], buffer, size, 0) == (ssize_t)size)
            fits = size;
        else
            too_long = size;
        while (recv(ends[1], buffer, sizeof(buffer), 0) > 0)
            continue;
    }
    return fits;
}

/* The share of what was sent that a receiver misses who comes late. */
static double lost_share(const int ends[static 2])
{
    unsigned sent = 0, received = 0;

    while (sent < FLOOD && send(ends[0], buffer, 1000, 0) == 1000)
        sent++;
    while (recv(ends[1], buffer, 1000, 0) > 0)
        received++;
    return (double)(sent - received) / sent;
}

static int try_type(struct claim_run *run, const char *what, int type)
{
    char name[CLAIM_NAME_MAX];
    int ends[2];
    const int r = open_pair(type, ends);

    if (r < 0)
        return r;
    (void)snprintf(name, sizeof(name), "%s, parts of 3 messages", what);
    claim_note(run, name, UNIT_COUNT, count_parts(ends));
    if (type == SOCK_STREAM)
        return 0; /* which takes any length, and loses nothing */
    (void)snprintf(name, sizeof(name), "%s, longest message", what);
    claim_note(run, name, UNIT_BYTES, (double)longest(ends));
    (void)snprintf(name, sizeof(name), "%s, lost by a late reader", what);
    claim_note(run, name, UNIT_SHARE, lost_share(ends));
    return 0;
}

static int measure(struct claim_run *run)
{
    int r = try_type(run, "stream", run->twin ? SOCK_SEQPACKET : SOCK_STREAM);

    if (r == 0)
        r = try_type(run, "datagrams", SOCK_DGRAM);
    return r == 0 ? try_type(run, "UDP", 0) : r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double stream = claim_median(run, "stream, parts of 3 messages");
    const double apart = claim_median(run, "datagrams, parts of 3 messages");
    char lost[2][FIGURE_TEXT_MAX];

    claim_say(
        run,
        "Three messages over a connection arrive in %.0f part%s, as "
        "datagrams in %.0f. Of "
        "Unix datagrams %s are lost if the reader is late, of UDP %s.",
        stream, stream == 1 ? "" : "s", apart,
        claim_value_text(run, "datagrams, lost by a late reader", lost[0]),
        claim_value_text(run, "UDP, lost by a late reader", lost[1]));
    if (apart != PARTS || stream == 0)
        return CLAIM_DEPENDS;
    return stream < PARTS ? CLAIM_CONFIRMED : CLAIM_REFUTED;
}

const struct claim_ops i8_stream_or_datagram_claim = {
    .id = "I8",
    .measure = measure,
    .judge = judge,
};
