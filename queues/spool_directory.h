/* SPDX-License-Identifier: MIT */
/*
 * spool_directory.h -- messages in a directory: a file each
 *
 * A file is called <number>-<sender>, in hexadecimal, and each sender counts
 * its own messages. Any other name is passed over.
 *
 * A directory changes while it is read: a listing may hold a message and miss
 * an older one. But it holds all that were there before it began. So the
 * directory is read twice, and of the second reading counts what is no newer
 * than what the same sender had there at the first.
 */
#ifndef QUEUES_SPOOL_DIRECTORY_H
#define QUEUES_SPOOL_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

enum { SPOOL_NAME_MAX = 32 };

struct spool_entry {
    uint64_t number;
    unsigned sender;
};

struct spool {
    int dir_fd;       /* the caller's */
    unsigned senders; /* their numbers are from 0 to senders - 1 */
    uint64_t *limit;  /* of each sender's numbers at the first reading; owned */
    struct spool_entry *list; /* oldest first; owned */
    size_t capacity;
    size_t count;
    size_t next; /* of the list, to be tried */
};

/* spool_open: -ENOMEM. A list has at most `capacity` entries. Pair with
 * spool_close, which is safe on a zeroed one. */
int spool_open(struct spool *s, int dir_fd, unsigned senders, size_t capacity);
void spool_close(struct spool *s);

/* spool_name writes an entry's name; returns name. */
const char *spool_name(const struct spool_entry *entry,
                       char name[static SPOOL_NAME_MAX]);

/* spool_count counts the messages that lie there. Errors of opendir(3). */
int spool_count(struct spool *s, size_t *ret_count);

/* spool_next finds the number of a sender's next message: behind those of its
 * own that lie there, which an earlier holder of that end may have sent. */
int spool_next(struct spool *s, unsigned sender, uint64_t *ret_number);

/* spool_read makes a new list of them, and sets next to its start. -EPROTO
 * when there are more than the list may have. */
int spool_read(struct spool *s);

/* spool_load reads a whole file of the directory, of 1 to size_max bytes.
 * -EPROTO for any other length, and for what is no file. */
int spool_load(const struct spool *s, const char *name, void *buffer,
               size_t size_max, size_t *ret_size);

/* spool_remove removes a directory with all files in it. */
void spool_remove(const char *path);

#endif
