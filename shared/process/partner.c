/* SPDX-License-Identifier: MIT */
#include "shared/process/partner.h"

#include "shared/base/fd.h"
#include "shared/dir/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static const char *kind_of(bool sends)
{
    return sends ? "sender-pid" : "receiver-pid";
}

int partner_introduce(struct partner *partner, const char *dir,
                      const char *name, bool sends)
{
    partner->dir = dir;
    partner->name = name;
    partner->sends = sends;
    return process_announce(dir, name, kind_of(sends));
}

int partner_look(struct partner *partner)
{
    int r;

    fd_close(&partner->pidfd);
    r = process_read(partner->dir, partner->name, kind_of(!partner->sends),
                     &partner->process);
    return r < 0 ? r : process_open(&partner->process, &partner->pidfd);
}

int partner_await(struct partner *partner)
{
    char text[RECORD_TEXT_MAX];
    int r;

    r = record_wait(partner->dir, partner->name, kind_of(!partner->sends),
                    text);
    return r < 0 ? r : partner_look(partner);
}

void partner_close(struct partner *partner)
{
    fd_close(&partner->pidfd);
}

void partner_forget(const char *dir, const char *name)
{
    record_remove(dir, name, kind_of(true));
    record_remove(dir, name, kind_of(false));
}

int partner_explain(const char *dir, const char *name, int error,
                    char *ret_text, size_t room)
{
    struct process self, other = { 0 };
    bool found = false;

    if (error != -EREMOTE || process_self(&self) < 0)
        return -ENOENT;
    for (int sends = 0; !found && sends < 2; sends++)
        found = process_read(dir, name, kind_of(sends), &other) == 0 &&
                other.space != self.space;
    if (!found)
        return -ENOENT;
    (void)snprintf(ret_text, room,
                   "the two ends are in different PID namespaces (%" PRIu64
                   " here, %" PRIu64 " there), where a pid is not the same "
                   "process: run both in one (docker run --pid container:NAME, "
                   "or --pid host), or take another mechanism",
                   self.space, other.space);
    return 0;
}
