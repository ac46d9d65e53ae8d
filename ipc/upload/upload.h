/* SPDX-License-Identifier: MIT */
/*
 * upload.h -- files sent to a server by HTTP PUT (RFC 9110), by libcurl
 *
 * In this room: uploads, and the server that the suite starts for itself.
 *
 * Many uploads can be under way in one thread: uploads_turn moves what can be
 * moved, and says when nothing can. What fails for a reason that may pass (no
 * connection, no answer in time, 408, 429, 5xx) is tried again after a pause
 * that doubles each time. That is harmless, since a PUT that is repeated has
 * the effect of one.
 */
#ifndef IPC_UPLOAD_UPLOAD_H
#define IPC_UPLOAD_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UPLOAD_SHA256_SIZE = 32,
    UPLOAD_NAME_MAX = 64,  /* of a file, with its NUL */
    UPLOAD_URL_MAX = 4096, /* with its NUL */
    UPLOAD_TEXT_MAX = 200,
};

/* Where uploads go, and how patiently. Its strings are the caller's and stay
 * valid until uploads_close. */
struct upload_target {
    const char *url;     /* "{name}" in it is the file's; else "/" and the
                             name are put behind it */
    const char *socket;  /* path of the Unix socket that leads there; or NULL */
    const char *token;   /* for "Authorization: Bearer", or NULL */
    bool digest;         /* the answer must say the SHA-256 of what arrived */
    uint64_t timeout_ns; /* of one attempt */
    unsigned attempts;   /* at most so many, at least 1 */
    uint64_t back_off_ns; /* the first pause */
};

/* upload_target_default returns one with 10 s, 5 attempts and 50 ms. */
struct upload_target upload_target_default(void);

/* One file: the caller's, and it stays where it is until it is taken. */
struct upload {
    char name[UPLOAD_NAME_MAX]; /* letters, digits, '-' and '.' */
    const void *bytes;
    size_t size;
    void *owner; /* for the caller */

    /* What became of it, once it is taken. */
    int error;                  /* 0, or a negative errno */
    char text[UPLOAD_TEXT_MAX]; /* why, in one line, or "" */
    uint8_t
        sha256[UPLOAD_SHA256_SIZE]; /* of what arrived, as the server says */
    bool has_sha256;
    unsigned attempts;

    /* While it is under way. */
    struct attempt *attempt; /* NULL: it waits */
    uint64_t due_ns;         /* until then */
    struct upload *next;
};

/* Uploads of one thread. */
struct uploads {
    const struct upload_target *target;
    struct transfers *transfers; /* libcurl's, behind this header */
    struct upload *active;       /* under way, or waiting to be tried again */
    struct upload *done;         /* not taken yet */
};

/* uploads_open: -ENOMEM; -ELIBACC: libcurl cannot be loaded. Pair with
 * uploads_close, which gives up what is under way. */
int uploads_open(struct uploads *u, const struct upload_target *target);
void uploads_close(struct uploads *u);

/* uploads_begin begins one. It sends nothing: uploads_turn does. -ENOMEM;
 * -ENAMETOOLONG: the URL. */
int uploads_begin(struct uploads *u, struct upload *upload);

/*
 * uploads_turn moves what can be moved. When nothing can, it waits for
 * limit_ns at most, until something can, or another thread calls uploads_wake.
 * Returns whether something moved or can move now: if not, it is the time for
 * other work.
 */
bool uploads_turn(struct uploads *u, uint64_t limit_ns);
void uploads_wake(struct uploads *u);

/* uploads_sending: whether any has bytes that are not sent yet. The others wait
 * for an answer. */
bool uploads_sending(const struct uploads *u);

/* uploads_take returns one that has ended, or NULL. */
struct upload *uploads_take(struct uploads *u);

/* uploads_await waits until one has ended, and takes it. NULL: none is under
 * way. */
struct upload *uploads_await(struct uploads *u);

#endif
