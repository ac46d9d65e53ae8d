/* SPDX-License-Identifier: MIT */
/*
 * guests.h -- find at a listening socket the one who knows a word
 *
 * Strangers say something else or nothing, or come and go. All are served side
 * by side, GUESTS_MAX at a time and each for GUEST_MS, and where there is no
 * more room the oldest leaves: so none holds up the one who is waited for. Nor
 * does one that has gone before accept4(2): the listener does not block.
 */
#ifndef SHARED_NET_GUESTS_H
#define SHARED_NET_GUESTS_H

#include <stddef.h>
#include <stdint.h>

enum { GUESTS_MAX = 32, GUEST_WORD_MAX = 96, GUEST_MS = 2000 };

/* The caller sets the word. What it has told a guest may begin what that one
 * said; who was found, or turned away, stays to be seen at guest[count]. */
struct guests {
    const void *word; /* the caller's; NULL: it judges what was said itself */
    size_t word_size; /* GUEST_WORD_MAX at most */
    struct guest {
        int fd;
        uint64_t until_ns;
        unsigned char said[GUEST_WORD_MAX];
        size_t said_size;
    } guest[GUESTS_MAX]; /* owned; the oldest comes first */
    unsigned count;
    int turned_away; /* owned: the last who was, until the next call */
};

enum { GUESTS_FOUND = 1, GUESTS_KNOCK = 2 };

/*
 * guests_await waits so long at most, -1: for ever, and may return earlier.
 * GUESTS_FOUND: *ret_fd has said the word, and is the caller's. GUESTS_KNOCK:
 * somebody is to be let in. 0: nothing yet. -EPROTO: one has said something
 * else or nothing, and is turned away. Errors of poll(2) and recv(2), as far as
 * the next guest would meet them too.
 */
int guests_await(struct guests *g, int listener, int limit_ms, int *ret_fd);

/* guests_add takes over what accept4(2) returned. Of its errors it returns, as
 * above, those that last. */
int guests_add(struct guests *g, int fd);

/* guests_close sends all away. Safe on zeroed memory. */
void guests_close(struct guests *g);

#endif
