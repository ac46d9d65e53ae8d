/* SPDX-License-Identifier: MIT */
/*
 * inputs.h -- the pictures of a run: files, or one drawn in memory
 */
#ifndef IPC_WORKER_INPUTS_H
#define IPC_WORKER_INPUTS_H

#include <stddef.h>
#include <stdint.h>

struct input {
    char *path;  /* NULL: the drawn picture */
    size_t size; /* bytes, as it was when listed; 0 when not known */
};

struct inputs {
    struct input *list; /* owned */
    size_t count;
    size_t capacity;
    size_t largest;         /* bytes, of those in the list */
    size_t passed_over;     /* files in directories that are no pictures */
    unsigned char *drawing; /* owned; the drawn picture's bytes */
    size_t drawing_size;
};

/*
 * inputs_add_path adds a file, or of a directory (not below it) every file
 * named .jpg, .jpeg or .png, by name. A file that cannot be read is added all
 * the same: its job is rejected. -ENOENT when there is nothing at path; other
 * errors of opendir(3); -ENOMEM.
 */
int inputs_add_path(struct inputs *inputs, const char *path);

/* inputs_add_drawing adds a picture drawn by image_render. -ENOMEM. */
int inputs_add_drawing(struct inputs *inputs, unsigned width, unsigned height);

/* inputs_name returns what to call an input: its path, or "test picture". */
const char *inputs_name(const struct inputs *inputs, size_t index);

/* inputs_name_of is the same for a job, which has input `number` mod count;
 * `otherwise` where there are no inputs, or inputs is NULL. */
const char *inputs_name_of(const struct inputs *inputs, uint64_t number,
                           const char *otherwise);

/* An input that is being read. */
struct input_reader {
    int fd;                     /* 0: the drawn picture */
    const unsigned char *bytes; /* of the drawn picture */
    size_t size;
};

/* inputs_open opens an input and tells its size now. Errors of open(2) and
 * fstat(2); -EISDIR, -ESPIPE (a FIFO), -ENXIO (a socket), -ENODEV (a device):
 * it is no file. inputs_error_text says any of them in words. */
int inputs_open(const struct inputs *inputs, size_t index,
                struct input_reader *ret_reader);

const char *inputs_error_text(int error);

/* input_read copies up to reader->size bytes and returns how many there were:
 * fewer when the file has shrunk or could not be read on. It closes. */
size_t input_read(struct input_reader *reader, void *memory);
void input_close(struct input_reader *reader);

void inputs_free(struct inputs *inputs);

#endif
