/* SPDX-License-Identifier: MIT */
/*
 * json_file_document.h -- a queue of messages as JSON that a person can read
 *
 *      {
 *        "format": 1,
 *        "next": 17,
 *        "messages": [
 *          { "number": 16, "size": 5, "base64": "aGVsbG8=" }
 *        ]
 *      }
 *
 * Messages are numbered as they are put in, the oldest stands first, and next
 * is the number that comes next. The queue is worked on in memory: what is
 * known is what the last document_look found there, and changes since.
 */
#ifndef FILES_JSON_FILE_DOCUMENT_H
#define FILES_JSON_FILE_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DOCUMENT_FRAME_MAX = 1 << 30, /* bytes; libcrypto counts in int */
    DOCUMENT_TEXT_MAX = 1 << 18,  /* bytes: all of it is read and written for
                                     each change, so a long one is slow */
};

struct document {
    size_t frame_max;
    size_t depth;     /* messages at a time */
    void *block;      /* owned; the message to put in, or taken out */
    char *text;       /* owned; the file on its way in or out */
    size_t text_max;  /* every text is shorter */
    json_t *root;     /* owned; NULL when nothing is known */
    json_t *messages; /* in root */
    int64_t next;
    int known_fd; /* owned; the file that this was read from or written to */
};

/*
 * document_open makes an empty document for messages of up to frame_max
 * bytes. It takes depth of them at a time, or fewer that fit into
 * DOCUMENT_TEXT_MAX, but always one. -EMSGSIZE above DOCUMENT_FRAME_MAX,
 * -ENOMEM.
 */
int document_open(struct document *d, size_t frame_max, size_t depth);

/*
 * document_look takes in the file at path, unless it is the one that is known
 * already. It is hostile: its length is checked before it is parsed, then every
 * type, number and length in it, and base64 when it is decoded. -EPROTO,
 * -ENOMEM, errors of open(2) and read(2), and then nothing is known.
 */
int document_look(struct document *d, const char *path);

/*
 * document_replace puts a new file with what is known in the place of the one
 * at path, in one step: whoever dies when, the others see a whole document. It
 * is written at draft first. -ENOMEM, errors of open(2), write(2), rename(2).
 */
int document_replace(struct document *d, const char *path, const char *draft);

/* document_forget: nothing is known any more. */
void document_forget(struct document *d);

size_t document_count(const struct document *d);

/* document_loan returns memory for the next message: frame_max bytes aligned
 * to 64, valid until document_append or document_oldest. */
void *document_loan(struct document *d);

/* document_append puts in the first size bytes of the loan, as the youngest.
 * There is room for it. -ENOMEM, and then the document must be forgotten. */
int document_append(struct document *d, size_t size);

/* document_oldest lends a copy of the oldest message of at least one, valid as
 * a loan is. -EPROTO. */
int document_oldest(struct document *d, int64_t *ret_number,
                    const void **ret_block, size_t *ret_size);

/* document_remove takes out the oldest message. -EPROTO when its number is
 * another. */
int document_remove(struct document *d, int64_t number);

/* document_close frees everything; safe on a zeroed document. */
void document_close(struct document *d);

#endif
