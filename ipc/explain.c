/* SPDX-License-Identifier: MIT */
#include "ipc/explain.h"

#include "ipc/channel_config.h"
#include "shared/dir/space.h"
#include "shared/net/tls_reason.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* In the run's directory lie files of all messages at once, or of one. */
static int explain_space(const struct channel_config *config, char *ret_text,
                         size_t room)
{
    size_t wanted;

    if (__builtin_mul_overflow(channel_depth(config), config->frame_max,
                               &wanted))
        wanted = SIZE_MAX;
    return space_explain(
        config->dir, wanted,
        "give a smaller --max or --depth, or another directory (--at, TMPDIR)",
        ret_text, room);
}

static int explain_descriptors(char *ret_text, size_t room)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -ENOENT;
    (void)snprintf(ret_text, room,
                   "this process may have %llu descriptors (RLIMIT_NOFILE), "
                   "and wants more: ulimit -n %llu",
                   (unsigned long long)limit.rlim_cur,
                   2 * (unsigned long long)limit.rlim_cur + 64);
    return 0;
}

/* What the other end has made lies in a namespace of its own. */
static int explain_apart(const struct channel *c, char *ret_text, size_t room)
{
    if (c->ops->traits & (CHANNEL_BY_DIRECTORY | CHANNEL_INHERITED_ONLY) ||
        c->config.at || access(c->config.dir, F_OK) < 0)
        return -ENOENT;
    (void)snprintf(ret_text, room,
                   "the other end is not here: it has ended, or it runs in "
                   "another container, and %s needs more in common than a "
                   "directory (docker run --ipc container:NAME, or --network "
                   "container:NAME)",
                   c->ops->name);
    return 0;
}

/* What TLS did not accept, on either side. */
static int explain_refusal(char *ret_text, size_t room)
{
    char text[TLS_TEXT_MAX];

    if (!tls_reason(text))
        return -ENOENT;
    (void)snprintf(ret_text, room, "%s", text);
    return 0;
}

int channel_explain(const struct channel *c, int error, char *ret_text,
                    size_t room)
{
    int r = -ENOENT;

    if (error == -EINVAL &&
        channel_check_options(c->ops, c->config.options, ret_text, room) < 0)
        return 0;
    if (c->ops->explain)
        r = c->ops->explain(&c->config, error, ret_text, room);
    if (r == -ENOENT && error == -EKEYREJECTED)
        r = explain_refusal(ret_text, room);
    if (r == -ENOENT && error == -ENOSPC)
        r = explain_space(&c->config, ret_text, room);
    if (r == -ENOENT && error == -EMFILE)
        r = explain_descriptors(ret_text, room);
    if (r == -ENOENT &&
        (error == -ENOENT || error == -ENETUNREACH || error == -ECONNREFUSED))
        r = explain_apart(c, ret_text, room);
    return r;
}
