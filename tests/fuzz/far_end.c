/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/far_end.h"

#include "ipc/mechanisms.h"
#include "shared/dir/tree.h"
#include "shared/net/unix_socket.h"
#include "tests/fuzz/hostile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ERRNO_MAX = 4095 };

static size_t count_open(void)
{
    DIR *stream = opendir("/proc/self/fd");
    size_t count = 0;

    fuzz_require(stream);
    while (readdir(stream))
        count++;
    (void)closedir(stream);
    return count;
}

/* 0, or a negative errno. */
static int check(int r)
{
    fuzz_require(r <= 0 && r >= -ERRNO_MAX);
    return r;
}

static void configure(struct far_end *f, size_t frame_max, size_t depth)
{
    f->config = (struct channel_config){
        .dir = f->dir,
        .name = "jobs",
        .seed = UINT64_C(0x6675000000000000) + (uint64_t)getpid(),
        .frame_max = frame_max,
        .depth = depth,
        .senders = 1,
        .receivers = 1,
        .wait = CHANNEL_WAIT_BLOCK,
    };
    mechanism_defaults(f->ops, f->config.options);
}

bool far_end_prepare(struct far_end *f, const char *mechanism, size_t frame_max,
                     size_t depth, const size_t *options)
{
    const struct mechanism *found = mechanism_find(mechanism);

    fuzz_require(found);
    if (mechanism_skipped(found))
        return false;
    *f = (struct far_end){
        .ops = found->ops,
        .align = CHANNEL_ALIGN,
        .open_before = count_open(),
    };
    hostile_dir(f->dir);
    configure(f, frame_max, depth);
    for (size_t i = 0; options && i < CHANNEL_OPTIONS_MAX; i++)
        if (options[i] > 0)
            f->config.options[i] = options[i];
    f->creator = calloc(1, f->ops->state_size);
    fuzz_require(f->creator);
    return true;
}

void far_end_make(struct far_end *f)
{
    struct channel_effective effective = { 0 };

    fuzz_require(f->ops->create(f->creator, &f->config, &effective) == 0);
    f->config.depth = effective.depth;
    memcpy(f->config.options, effective.options, sizeof(effective.options));
}

bool far_end_create(struct far_end *f, const char *mechanism, size_t frame_max,
                    size_t depth, const size_t *options)
{
    if (!far_end_prepare(f, mechanism, frame_max, depth, options))
        return false;
    far_end_make(f);
    return true;
}

const char *far_end_path(const struct far_end *f, const char *name,
                         char ret_path[static PATH_MAX])
{
    (void)snprintf(ret_path, PATH_MAX, "%s/%s", f->dir, name);
    return ret_path;
}

int far_end_attach(struct far_end *f, bool owner)
{
    const struct channel_end end = { .role = CHANNEL_RECEIVER, .owner = owner };

    far_end_detach(f);
    f->receiver = calloc(1, f->ops->state_size);
    fuzz_require(f->receiver);
    if (owner)
        memcpy(f->receiver, f->creator, f->ops->state_size);
    return check(f->ops->attach(f->receiver, &f->config, &end));
}

static void *attach_run(void *arg)
{
    struct far_end *f = arg;

    f->attached = far_end_attach(f, true);
    return NULL;
}

void far_end_start(struct far_end *f)
{
    fuzz_require(pthread_create(&f->thread, NULL, attach_run, f) == 0);
}

int far_end_join(struct far_end *f)
{
    fuzz_require(pthread_join(f->thread, NULL) == 0);
    return f->attached;
}

void far_end_detach(struct far_end *f)
{
    if (f->receiver)
        f->ops->detach(f->receiver);
    free(f->receiver);
    f->receiver = NULL;
}

int far_end_acquire(struct far_end *f, const void **ret_block, size_t *ret_size)
{
    const void *const untouched = f;
    const void *block = untouched;
    const volatile unsigned char *byte;
    size_t size = 0;
    int r;

    errno = 0;
    r = check(f->ops->acquire(f->receiver, &block, &size));
    if (r < 0) {
        fuzz_require(block == untouched);
        return r;
    }
    fuzz_require(size > 0 && size <= f->config.frame_max);
    fuzz_require((uintptr_t)block % f->align == 0);
    byte = block;
    for (size_t i = 0; i < size; i++)
        (void)byte[i];
    *ret_block = block;
    *ret_size = size;
    return 0;
}

int far_end_release(struct far_end *f)
{
    return check(f->ops->release(f->receiver));
}

int far_end_send(struct far_end *f, int value, size_t size)
{
    const struct channel_end end = { .role = CHANNEL_SENDER };
    void *block;
    int r;

    f->sender = calloc(1, f->ops->state_size);
    fuzz_require(f->sender);
    r = check(f->ops->attach(f->sender, &f->config, &end));
    if (r == 0)
        r = check(f->ops->reserve(f->sender, size, &block));
    if (r == 0) {
        memset(block, value, size);
        r = check(f->ops->commit(f->sender, size));
    }
    f->ops->detach(f->sender);
    free(f->sender);
    f->sender = NULL;
    return r;
}

void far_end_expect(struct far_end *f, int value, size_t size)
{
    const unsigned char *bytes;
    const void *block;
    size_t got;

    fuzz_require(far_end_acquire(f, &block, &got) == 0);
    fuzz_require(got == size);
    bytes = block;
    for (size_t i = 0; i < size; i++)
        fuzz_require(bytes[i] == (unsigned char)value);
    fuzz_require(far_end_release(f) == 0);
}

int far_end_connect(const struct far_end *f, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    struct sockaddr_un address;
    char path[PATH_MAX];

    fuzz_require(fd >= 0);
    fuzz_require(unix_address(far_end_path(f, "jobs.sock", path), &address) ==
                 0);
    fuzz_require(connect(fd, (struct sockaddr *)&address, sizeof(address)) ==
                 0);
    if (type != SOCK_DGRAM)
        fuzz_require(send(fd, &f->config.seed, sizeof(f->config.seed), 0) > 0);
    return fd;
}

/* What hostile hands put there goes too. */
void far_end_close(struct far_end *f)
{
    far_end_detach(f);
    f->ops->detach(f->creator);
    f->ops->destroy(f->creator);
    free(f->creator);
    (void)tree_remove(f->dir);
    fuzz_require(access(f->dir, F_OK) < 0);
    fuzz_require(count_open() == f->open_before);
}
