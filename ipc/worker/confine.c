/* SPDX-License-Identifier: MIT */
#include "ipc/worker/confine.h"

#include "ipc/job/image.h"
#include "ipc/worker/call_filter.h"
#include "ipc/worker/file_fence.h"
#include "shared/net/url.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

enum { DRAWN = 16 }; /* pixels a side */

/* What libraries open once only is opened before it is too late. */
static int warm_libraries(void)
{
    struct image_thumbnail thumbnail = { 0 };
    char remark[IMAGE_REMARK_MAX];
    uint8_t sha256[STORE_SHA256_SIZE];
    unsigned char *drawn;
    size_t size;
    int r;

    r = image_render(DRAWN, DRAWN, 0, &drawn, &size);
    if (r < 0)
        return r;
    r = image_thumbnail_make(drawn, size, DRAWN / 2, DRAWN / 2, &thumbnail,
                             remark);
    if (r == 0)
        r = store_sha256(thumbnail.bytes, thumbnail.size, sha256);
    image_thumbnail_free(&thumbnail);
    free(drawn);
    return r;
}

static int allow_inputs(const struct fence *fence, const struct inputs *inputs)
{
    int r = 0;

    for (size_t i = 0; r == 0 && inputs && i < inputs->count; i++)
        if (inputs->list[i].path)
            r = fence_allow(fence, inputs->list[i].path, FENCE_READ);
    return r;
}

/* For as long as it lives: where uploads go, where some mechanisms have their
 * files, and how much memory it took. `none` reads the pictures itself. */
static int allow_work(const struct fence *fence, const struct worker *w)
{
    int r = 0;

    if (w->plan->store)
        r = fence_allow(fence, w->plan->store, FENCE_KEEP);
    if (r == 0)
        r = fence_allow(fence, "/proc/self/status", FENCE_READ);
    if (r == 0 && !w->plan->ops)
        r = allow_inputs(fence, w->plan->inputs);
    else if (r == 0 && w->channels->jobs[0].config.dir)
        r = fence_allow(fence, w->channels->jobs[0].config.dir, FENCE_KEEP);
    return r;
}

/* While it attaches: what libzmq looks at, and a host's address. */
static int allow_attaching(const struct fence *fence, const struct worker *w)
{
    int r;

    r = fence_allow(fence, "/dev/null", FENCE_READ);
    if (r == 0 && w->plan->at)
        r = fence_allow(fence, "/etc", FENCE_READ);
    if (r == 0 && w->plan->at)
        r = fence_allow_port(fence, w->plan->at->port);
    return r;
}

/* Also those that encrypt for what meets at a URL. */
static bool starts_threads(const struct worker *w)
{
    return w->plan->at ||
           (w->plan->ops && w->plan->ops->traits & CHANNEL_OWN_THREADS);
}

/* Whether the process has no other thread: each is a directory. */
static bool is_alone(void)
{
    struct stat tasks;

    return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink == 3;
}

static bool is_wanted(const struct worker *w)
{
    return w->plan->confine && w->role == WORKER_CONSUMER;
}

/* Other threads would write into its memory; and landlock lets nobody look into
 * a process that is not fenced in. */
static bool cannot_be(const struct worker *w)
{
    return w->is_thread ||
           (w->plan->ops && w->plan->ops->traits & CHANNEL_READS_PEER);
}

const char *confine_missing(void)
{
    const char *missing = fence_missing();

    return missing ? missing : call_filter_missing();
}

int confine_begin(const struct worker *w)
{
    struct fence fence;
    int r;

    if (!is_wanted(w))
        return 0;
    if (cannot_be(w))
        return -ENOTSUP;
    r = warm_libraries();
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    if (r < 0 || !starts_threads(w))
        return r;
    r = fence_open(&fence);
    if (r < 0)
        return r;
    r = allow_work(&fence, w);
    if (r == 0)
        r = allow_attaching(&fence, w);
    return fence_close(&fence, r);
}

int confine_finish(const struct worker *w)
{
    struct fence fence;
    int r;

    if (!is_wanted(w))
        return 0;
    if (!starts_threads(w) && !is_alone()) /* which would not be fenced in */
        return -EBUSY;
    r = fence_open(&fence);
    if (r < 0)
        return r;
    r = fence_close(&fence, allow_work(&fence, w));
    if (r < 0)
        return r;
    return call_filter_install(w->plan->ops &&
                               w->plan->ops->traits & CHANNEL_SIGNALS);
}
