/* SPDX-License-Identifier: MIT */
/*
 * guests.h -- find at a listening socket the one who knows a word
 *
 * Anybody may connect: strangers that say something else, say nothing, or come
 * and go. All are served side by side, GUESTS_MAX at a time and each for
 * GUEST_MS, and where there is no more room the oldest leaves: so none of them
 * holds up the one who is waited for.
 */
#ifndef SHARED_NET_GUESTS_H
#define SHARED_NET_GUESTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { GUESTS_MAX = 32, GUEST_WORD_MAX = 32, GUEST_MS = 2000 };

struct guest {
    int fd;
    struct sockaddr_storage address;
    socklen_t address_size;
    uint64_t until_ns;
    unsigned char said[GUEST_WORD_MAX];
    size_t said_size;
};

/* What a guest is told, or asked, when it comes; below 0: it may not stay. */
typedef int guests_greet_fn(void *arg, int fd);

/* The caller sets what is above the line. */
struct guests {
    const void *word; /* the caller's */
    size_t word_size; /* GUEST_WORD_MAX at most */
    guests_greet_fn *greet;
    void *greet_arg;
    /* ---- */
    struct guest guest[GUESTS_MAX]; /* owned; the oldest comes first */
    unsigned count;
};

/* guests_listen is listen(2) at a bound socket, which does not block then. */
int guests_listen(int fd);

/*
 * guests_await waits so long at most, -1: for ever, and may return earlier. 1:
 * *ret_guest has said the word, its descriptor is the caller's. 0: none yet.
 * -EPROTO: *ret_guest was turned away. Errors of poll(2), accept(2), recv(2)
 * and of greet, as far as the next guest would meet them too.
 */
int guests_await(struct guests *g, int listener, int limit_ms,
                 struct guest *ret_guest);

/* guests_find blocks until one has said the word, and turns the others away. */
int guests_find(struct guests *g, int listener, int *ret_fd);

/* guests_close sends all away. Safe on zeroed memory. */
void guests_close(struct guests *g);

#endif
