/* SPDX-License-Identifier: MIT */
#include "queues/spool_directory.h"

#include "shared/base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int spool_open(struct spool *s, int dir_fd, unsigned senders, size_t capacity)
{
    *s = (struct spool){
        .dir_fd = dir_fd,
        .senders = senders,
        .capacity = capacity,
        .limit = calloc(senders, sizeof(*s->limit)),
        .list = calloc(capacity, sizeof(*s->list)),
    };
    if (s->limit && s->list)
        return 0;
    spool_close(s);
    return -ENOMEM;
}

void spool_close(struct spool *s)
{
    free(s->limit);
    free(s->list);
    *s = (struct spool){ 0 };
}

const char *spool_name(const struct spool_entry *entry,
                       char name[static SPOOL_NAME_MAX])
{
    (void)snprintf(name, SPOOL_NAME_MAX, "%016" PRIx64 "-%04x", entry->number,
                   entry->sender);
    return name;
}

/* Whether it is the name of a message; as written, so that no two names are of
 * the same one. */
static bool parse(const struct spool *s, const char *name,
                  struct spool_entry *ret_entry)
{
    struct spool_entry entry;
    char canonical[SPOOL_NAME_MAX];

    if (sscanf(name, "%16" SCNx64 "-%4x", &entry.number, &entry.sender) != 2 ||
        entry.sender >= s->senders || entry.number == UINT64_MAX ||
        strcmp(spool_name(&entry, canonical), name) != 0)
        return false;
    *ret_entry = entry;
    return true;
}

typedef void visit_fn(struct spool *s, const struct spool_entry *entry,
                      size_t *count);

static int each_entry(struct spool *s, visit_fn *visit, size_t *count)
{
    const struct dirent *entry;
    struct spool_entry found;
    DIR *stream;
    int fd, r;

    /* Not a copy of the descriptor: two would share their place in it. */
    fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    stream = fdopendir(fd);
    if (!stream) {
        (void)close(fd);
        return -ENOMEM;
    }
    for (errno = 0; (entry = readdir(stream)); errno = 0)
        if (parse(s, entry->d_name, &found))
            visit(s, &found, count);
    r = -errno;
    (void)closedir(stream);
    return r;
}

static void count_it(struct spool *s, const struct spool_entry *entry,
                     size_t *count)
{
    (void)s;
    (void)entry;
    (*count)++;
}

static void raise_limit(struct spool *s, const struct spool_entry *entry,
                        size_t *count)
{
    (void)count;
    if (entry->number >= s->limit[entry->sender])
        s->limit[entry->sender] = entry->number + 1;
}

static void collect(struct spool *s, const struct spool_entry *entry,
                    size_t *count)
{
    if (entry->number >= s->limit[entry->sender])
        return;
    if (*count < s->capacity)
        s->list[*count] = *entry;
    (*count)++;
}

int spool_count(struct spool *s, size_t *ret_count)
{
    size_t count = 0;
    int r;

    r = each_entry(s, count_it, &count);
    if (r == 0)
        *ret_count = count;
    return r;
}

static int compare(const void *a, const void *b)
{
    const struct spool_entry *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->sender < y->sender ? -1 : x->sender > y->sender;
}

static int find_limits(struct spool *s)
{
    size_t count = 0;

    memset(s->limit, 0, s->senders * sizeof(*s->limit));
    return each_entry(s, raise_limit, &count);
}

int spool_next(struct spool *s, unsigned sender, uint64_t *ret_number)
{
    int r;

    r = find_limits(s);
    if (r == 0)
        *ret_number = s->limit[sender];
    return r;
}

int spool_read(struct spool *s)
{
    size_t count = 0;
    int r;

    s->count = s->next = 0;
    r = find_limits(s);
    if (r == 0)
        r = each_entry(s, collect, &count);
    if (r < 0)
        return r;
    /* Those that found room are not the oldest: order would be lost. */
    if (count > s->capacity)
        return -EPROTO;
    qsort(s->list, count, sizeof(*s->list), compare);
    s->count = count;
    return 0;
}

static int read_whole(int fd, void *buffer, size_t size)
{
    ssize_t n;

    for (size_t done = 0; done < size;) {
        n = read(fd, (char *)buffer + done, size - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return -EPROTO; /* it has shrunk meanwhile */
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

int spool_load(const struct spool *s, const char *name, void *buffer,
               size_t size_max, size_t *ret_size)
{
    struct stat status;
    int fd, r = 0;

    fd =
        openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0)
        r = -errno;
    else if (!S_ISREG(status.st_mode) || status.st_size <= 0 ||
             (uintmax_t)status.st_size > size_max)
        r = -EPROTO;
    if (r == 0)
        r = read_whole(fd, buffer, (size_t)status.st_size);
    fd_close(&fd);
    if (r == 0)
        *ret_size = (size_t)status.st_size;
    return r;
}

void spool_remove(const char *path)
{
    const struct dirent *entry;
    DIR *stream;

    stream = opendir(path);
    while (stream && (entry = readdir(stream)))
        (void)unlinkat(dirfd(stream), entry->d_name, 0);
    if (stream)
        (void)closedir(stream);
    (void)rmdir(path);
}
