/* SPDX-License-Identifier: MIT */
#include "ipc/worker/inputs.h"

#include "ipc/job/image.h"
#include "shared/base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes over path, also on failure. */
static int add(struct inputs *inputs, char *path, size_t size)
{
    struct input *list = inputs->list;
    size_t capacity = inputs->capacity;

    if (inputs->count == capacity) {
        capacity = capacity ? 2 * capacity : 16;
        list = reallocarray(list, capacity, sizeof(*list));
        if (!list) {
            free(path);
            return -ENOMEM;
        }
        inputs->list = list;
        inputs->capacity = capacity;
    }
    list[inputs->count++] = (struct input){ path, size };
    if (size > inputs->largest)
        inputs->largest = size;
    return 0;
}

static bool is_picture_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && dot != name &&
           (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0 ||
            strcasecmp(dot, ".png") == 0);
}

static int add_file(struct inputs *inputs, const char *path)
{
    struct stat status;
    size_t size = 0;
    char *copy;

    if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
        size = (size_t)status.st_size;
    copy = strdup(path);
    return copy ? add(inputs, copy, size) : -ENOMEM;
}

static int add_directory(struct inputs *inputs, const char *path)
{
    struct dirent **entries;
    int count, r = 0;
    char *full;

    count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (r == 0 && is_picture_name(name)) {
            r = asprintf(&full, "%s/%s", path, name) < 0 ? -ENOMEM : 0;
            if (r == 0) {
                r = add_file(inputs, full);
                free(full);
            }
        } else if (name[0] != '.')
            inputs->passed_over++;
        free(entries[i]);
    }
    free(entries);
    return r;
}

int inputs_add_path(struct inputs *inputs, const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return add_directory(inputs, path);
    return add_file(inputs, path);
}

int inputs_add_drawing(struct inputs *inputs, unsigned width, unsigned height)
{
    int r;

    r = image_render(width, height, 0, &inputs->drawing, &inputs->drawing_size);
    if (r < 0)
        return r;
    return add(inputs, NULL, inputs->drawing_size);
}

const char *inputs_name(const struct inputs *inputs, size_t index)
{
    const char *path = inputs->list[index].path;

    return path ? path : "test picture";
}

const char *inputs_name_of(const struct inputs *inputs, uint64_t number,
                           const char *otherwise)
{
    return inputs && inputs->count ? inputs_name(inputs, number % inputs->count)
                                   : otherwise;
}

/* 0: it is a plain file; or an error that tells what else it is. */
static int check_kind(int fd, struct stat *ret_status)
{
    if (fstat(fd, ret_status) < 0)
        return -errno;
    if (S_ISDIR(ret_status->st_mode))
        return -EISDIR;
    if (S_ISFIFO(ret_status->st_mode))
        return -ESPIPE;
    return S_ISREG(ret_status->st_mode) ? 0 : -ENODEV;
}

const char *inputs_error_text(int error)
{
    switch (error) {
    case -EISDIR:
        return "a directory, not a file";
    case -ESPIPE:
        return "a FIFO, not a file";
    case -ENXIO:
        return "a socket, not a file";
    case -ENODEV:
        return "a device, not a file";
    default:
        return strerror(-error);
    }
}

int inputs_open(const struct inputs *inputs, size_t index,
                struct input_reader *ret_reader)
{
    const char *path = inputs->list[index].path;
    struct stat status;
    int fd, r;

    if (!path) {
        *ret_reader = (struct input_reader){
            .bytes = inputs->drawing,
            .size = inputs->drawing_size,
        };
        return 0;
    }
    /* Not to hang on a FIFO that somebody put there. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    r = check_kind(fd, &status);
    if (r < 0) {
        fd_close(&fd);
        return r;
    }
    *ret_reader = (struct input_reader){
        .fd = fd,
        .size = (size_t)status.st_size,
    };
    return 0;
}

size_t input_read(struct input_reader *reader, void *memory)
{
    unsigned char *at = memory;
    size_t done = 0;
    ssize_t n;

    if (!reader->fd) {
        memcpy(memory, reader->bytes, reader->size);
        return reader->size;
    }
    do {
        n = read(reader->fd, at + done, reader->size - done);
        done += n > 0 ? (size_t)n : 0;
    } while (n > 0 || (n < 0 && errno == EINTR));
    input_close(reader);
    return done;
}

void input_close(struct input_reader *reader)
{
    fd_close(&reader->fd);
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->list[i].path);
    free(inputs->list);
    free(inputs->drawing);
    *inputs = (struct inputs){ 0 };
}
