/* SPDX-License-Identifier: MIT */
#include "ipc/options/exposure.h"

#include "ipc/screen/screen.h"
#include "shared/net/meeting.h"

#include <string.h>

static bool is_this_machine(const struct url *at)
{
    return !at->host[0] || strcmp(at->host, "localhost") == 0 ||
           strncmp(at->host, "127.", 4) == 0 || strcmp(at->host, "::1") == 0;
}

/* What helps besides a network of one's own. */
static const char *cure(const struct meeting_ops *meeting)
{
    if (meeting->secret_encrypts)
        return "--secret FILE";
    return meeting->encrypted_scheme ? meeting->encrypted_scheme : "a tunnel";
}

void exposure_warn(const struct url *at, const struct mechanism *mechanism)
{
    const struct meeting_ops *meeting = mechanism->ops->meeting;

    if (is_this_machine(at) || meeting_encrypts(meeting, at))
        return;
    if (meeting_has_secret(at) || at->password[0])
        complain(mechanism->name,
                 "warning: whoever sits on the way to %s://%s can read and "
                 "change what is sent: use a network of your own, or %s",
                 at->scheme, at->host, cure(meeting));
    else
        complain(mechanism->name,
                 "warning: %s://%s is not encrypted, and asks nobody for a "
                 "secret: use a network of your own, or %s",
                 at->scheme, at->host, cure(meeting));
}
