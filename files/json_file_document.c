/* SPDX-License-Identifier: MIT */
#include "files/json_file_document.h"

#include "shared/base/fd.h"
#include "shared/base/json_memory.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ALIGN = 64,
    FORMAT = 1,
    AROUND = 128, /* bytes: of a message without its base64, more than enough;
                     and of a document without its messages */
};

struct entry {
    json_int_t number;
    size_t size;
    const char *base64; /* in the document */
};

static size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static size_t depth_that_fits(size_t entry_max, size_t depth)
{
    size_t fit = (DOCUMENT_TEXT_MAX - AROUND) / entry_max;

    if (fit == 0)
        return 1;
    return depth < fit ? depth : fit;
}

int document_open(struct document *d, size_t frame_max, size_t depth)
{
    const size_t entry_max = AROUND + base64_size(frame_max);
    const size_t room = base64_size(frame_max) / 4 * 3;

    if (frame_max > DOCUMENT_FRAME_MAX)
        return -EMSGSIZE;
    *d = (struct document){ .frame_max = frame_max };
    d->depth = depth_that_fits(entry_max, depth);
    d->text_max = AROUND + d->depth * entry_max;
    d->text = malloc(d->text_max);
    d->messages = json_array();
    d->root = json_pack("{s:i, s:i, s:o}", "format", FORMAT, "next", 0,
                        "messages", d->messages);
    if (posix_memalign(&d->block, ALIGN, room) != 0)
        return -ENOMEM;
    return d->text && d->root ? 0 : -ENOMEM;
}

static int json_failure(void)
{
    return json_memory_short() ? -ENOMEM : -EPROTO;
}

static int entry_at(const struct document *d, size_t index,
                    struct entry *ret_entry)
{
    json_int_t number, size;
    const char *base64;
    size_t length;

    json_memory_watch();
    if (json_unpack_ex(json_array_get(d->messages, index), NULL, JSON_STRICT,
                       "{s:I, s:I, s:s%}", "number", &number, "size", &size,
                       "base64", &base64, &length) < 0)
        return json_failure();
    if (size <= 0 || (uint64_t)size > d->frame_max ||
        length != base64_size((size_t)size))
        return -EPROTO;
    *ret_entry = (struct entry){ number, (size_t)size, base64 };
    return 0;
}

static int check_messages(const struct document *d)
{
    json_int_t number = d->next - (json_int_t)document_count(d);
    struct entry entry;
    int r;

    if (number < 0)
        return -EPROTO;
    for (size_t i = 0; i < document_count(d); i++) {
        r = entry_at(d, i, &entry);
        if (r < 0)
            return r;
        if (entry.number != number++)
            return -EPROTO;
    }
    return 0;
}

static int check(struct document *d)
{
    json_int_t format, next;

    json_memory_watch();
    if (json_unpack_ex(d->root, NULL, JSON_STRICT, "{s:I, s:I, s:o}", "format",
                       &format, "next", &next, "messages", &d->messages) < 0)
        return json_failure();
    if (format != FORMAT || next < 0 || next == INT64_MAX)
        return -EPROTO;
    d->next = next;
    if (!json_is_array(d->messages) || document_count(d) > d->depth)
        return -EPROTO;
    return check_messages(d);
}

static ssize_t read_text(struct document *d, int fd)
{
    size_t size = 0;
    ssize_t n;

    do {
        n = read(fd, d->text + size, d->text_max - size);
        if (n > 0)
            size += (size_t)n;
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        return -errno;
    return size < d->text_max ? (ssize_t)size : -EPROTO;
}

static int read_document(struct document *d, int fd)
{
    ssize_t n;

    n = read_text(d, fd);
    if (n < 0)
        return (int)n;
    /* It refuses by itself what is nested too deep for the stack. */
    json_memory_watch();
    d->root = json_loadb(d->text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
    return d->root && !json_memory_short() ? check(d) : json_failure();
}

static int write_document(struct document *d, int fd)
{
    size_t size;

    size = json_dumpb(d->root, d->text, d->text_max, JSON_INDENT(2));
    if (size == 0 || size >= d->text_max)
        return -ENOMEM;
    return write_all(fd, d->text, size);
}

/* A file that is held open keeps its inode number to itself, and none is
 * written to once it is there: the same number, the same document. */
static bool is_known(const struct document *d, const char *path)
{
    struct stat known, now;

    return d->known_fd && fstat(d->known_fd, &known) == 0 &&
           stat(path, &now) == 0 && known.st_ino == now.st_ino;
}

int document_look(struct document *d, const char *path)
{
    int r;

    if (is_known(d, path))
        return 0;
    document_forget(d);
    r = file_open(path, O_RDONLY, &d->known_fd);
    if (r < 0)
        return r;
    r = read_document(d, d->known_fd);
    if (r < 0)
        document_forget(d);
    return r;
}

/*
 * The two files change names, because after a plain rename over a file ext4
 * writes the new one to the disk at once. Plain it is where there is no old
 * file, or where a file system cannot do better.
 */
int document_replace(struct document *d, const char *path, const char *draft)
{
    int r;

    fd_close(&d->known_fd);
    (void)unlink(draft);
    r = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (r < 0)
        return -errno;
    d->known_fd = r;
    r = write_document(d, d->known_fd);
    if (r < 0)
        return r;
    if (renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_EXCHANGE) < 0 &&
        rename(draft, path) < 0)
        return -errno;
    return 0;
}

void document_forget(struct document *d)
{
    json_decref(d->root);
    d->root = NULL;
    d->messages = NULL;
    fd_close(&d->known_fd);
}

size_t document_count(const struct document *d)
{
    return json_array_size(d->messages);
}

void *document_loan(struct document *d)
{
    return d->block;
}

int document_append(struct document *d, size_t size)
{
    json_t *base64, *message;
    int length;

    length = EVP_EncodeBlock((unsigned char *)d->text, d->block, (int)size);
    base64 = json_stringn_nocheck(d->text, (size_t)length);
    message = json_pack("{s:I, s:I, s:o}", "number", (json_int_t)d->next,
                        "size", (json_int_t)size, "base64", base64);
    d->next++;
    if (json_array_append_new(d->messages, message) < 0 ||
        json_object_set_new(d->root, "next", json_integer(d->next)) < 0)
        return -ENOMEM;
    return 0;
}

/* libcrypto takes "=" for a zero wherever it stands, and skips blanks at both
 * ends: then it decodes less. */
static bool decode(const struct entry *entry, unsigned char *block)
{
    const size_t length = base64_size(entry->size);
    const size_t padding = length / 4 * 3 - entry->size;
    const size_t digits = length - padding;

    return !memchr(entry->base64, '=', digits) &&
           strcmp(entry->base64 + digits, &"=="[2 - padding]) == 0 &&
           EVP_DecodeBlock(block, (const unsigned char *)entry->base64,
                           (int)length) == (int)(length / 4 * 3);
}

int document_oldest(struct document *d, int64_t *ret_number,
                    const void **ret_block, size_t *ret_size)
{
    struct entry entry;
    int r;

    r = entry_at(d, 0, &entry);
    if (r < 0)
        return r;
    if (!decode(&entry, d->block))
        return -EPROTO;
    *ret_number = entry.number;
    *ret_block = d->block;
    *ret_size = entry.size;
    return 0;
}

int document_remove(struct document *d, int64_t number)
{
    struct entry entry;
    int r;

    r = entry_at(d, 0, &entry);
    if (r < 0)
        return r;
    if (entry.number != number)
        return -EPROTO;
    (void)json_array_remove(d->messages, 0);
    return 0;
}

void document_close(struct document *d)
{
    document_forget(d);
    free(d->text);
    d->text = NULL;
    free(d->block);
    d->block = NULL;
}
