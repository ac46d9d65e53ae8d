/* SPDX-License-Identifier: MIT */
/*
 * fuzz_spool.c -- spool finds in its directory what somebody else put there
 *
 * Bytes        up to four entries: u8, what it is (a file, an empty one, a
 *              directory, a link, a pipe); u8, how it is called: 0 by the
 *              number that follows, u64, and the sender 0; else by that many of
 *              the next bytes; then, of a file, u8 and as many bytes in it
 * Must hold    what no sender calls a message is passed over: there are no
 *              more messages than such names; what is called so and is no
 *              message is refused with -EPROTO; a healthy sender beside them is
 *              heard, or told that its numbers have run out
 */
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FRAME_MAX = 64, DEPTH = 8, ENTRIES = 4, NAME_MAX_HERE = 40 };
enum { VALUE = 0x55, NUMBER = 16 };
enum { A_FILE, EMPTY_FILE, A_DIRECTORY, A_LINK, A_PIPE, KINDS };

static void read_name(struct hostile *h, char name[static NAME_MAX_HERE])
{
    size_t size = hostile_u8(h);
    const uint8_t *bytes;

    if (size == 0) {
        (void)snprintf(name, NAME_MAX_HERE, "%016" PRIx64 "-0000",
                       hostile_u64(h));
        return;
    }
    if (size >= NAME_MAX_HERE)
        size = NAME_MAX_HERE - 1;
    bytes = hostile_some(h, &size);
    memcpy(name, bytes, size);
    name[size] = '\0';
    for (char *at = name; *at; at++)
        if (*at == '/')
            *at = '_';
}

static void write_file(int dir, const char *name, struct hostile *h)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t size = hostile_u8(h);
    const uint8_t *bytes = hostile_some(h, &size);

    if (fd < 0)
        return;
    fuzz_require(write(fd, bytes, size) == (ssize_t)size);
    (void)close(fd);
}

/* As the one sender names them, and the one receiver what it holds. */
static bool is_of_a_message(const char *name)
{
    return strcmp(name, "claimed-0") == 0 ||
           (strlen(name) == NUMBER + strlen("-0000") &&
            strspn(name, "0123456789abcdef") == NUMBER &&
            strcmp(name + NUMBER, "-0000") == 0);
}

/* Returns whether it may be received. */
static bool put_entry(int dir, struct hostile *h)
{
    unsigned kind = hostile_u8(h) % KINDS;
    struct hostile empty = { h->at, 0 };
    char name[NAME_MAX_HERE];

    read_name(h, name);
    if (kind == A_FILE)
        write_file(dir, name, h);
    else if (kind == EMPTY_FILE)
        write_file(dir, name, &empty);
    else if (kind == A_DIRECTORY)
        (void)!mkdirat(dir, name, 0700);
    else if (kind == A_LINK)
        (void)!symlinkat("/proc/self/exe", dir, name);
    else
        (void)!mkfifoat(dir, name, 0600);
    return is_of_a_message(name);
}

/* Receives until the healthy message, behind what lay there before it. */
static void receive_all(struct far_end *f, int before)
{
    const void *block;
    size_t size;
    int r;

    for (int i = 0; i <= before; i++) {
        r = far_end_acquire(f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO || r == -ELOOP);
        if (r < 0)
            return;
        if (size == FRAME_MAX && ((const uint8_t *)block)[0] == VALUE)
            return;
        fuzz_require(far_end_release(f) == 0);
    }
    fuzz_fail("the healthy message comes", __FILE__, __LINE__);
}

int fuzz_spool(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    char path[PATH_MAX];
    struct far_end f;
    int dir, r, before = 0;

    if (!far_end_create(&f, "spool", FRAME_MAX, DEPTH, NULL))
        return 0;
    dir = open(far_end_path(&f, "jobs.spool", path), O_RDONLY | O_DIRECTORY);
    fuzz_require(dir >= 0);
    for (int i = 0; i < ENTRIES && h.left > 0; i++)
        before += put_entry(dir, &h);
    (void)close(dir);
    r = far_end_send(&f, VALUE, FRAME_MAX);
    if (r == 0) {
        r = far_end_attach(&f, false);
        fuzz_require(r == 0);
        receive_all(&f, before);
    } else {
        fuzz_require(r == -EPROTO);
    }
    far_end_close(&f);
    return 0;
}
