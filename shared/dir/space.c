/* SPDX-License-Identifier: MIT */
#include "shared/dir/space.h"

#include "shared/base/round_up.h"
#include "shared/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/statvfs.h>

enum { KIB = 1 << 10, GIB = 1 << 30 };

/* In whole KiB, MiB or GiB, of which there are at least ten. */
static uint64_t unit_of(uint64_t size)
{
    uint64_t unit = 1;

    while (unit < GIB && size / unit >= 10 * KIB)
        unit *= KIB;
    return unit;
}

static const char *at_least(uint64_t size, char text[static UNITS_TEXT_MAX])
{
    const uint64_t unit = unit_of(size);

    return size_text(size / unit * unit, text);
}

static const char *at_most(uint64_t size, char text[static UNITS_TEXT_MAX])
{
    const uint64_t unit = unit_of(size);

    return size_text(round_up(size, unit), text);
}

int space_explain(const char *path, size_t wanted, const char *cure,
                  char *ret_text, size_t room)
{
    char want[UNITS_TEXT_MAX], available[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX];
    struct statvfs fs;
    uint64_t available_bytes;

    if (statvfs(path, &fs) < 0)
        return -ENOENT;
    available_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (fs.f_files > 0 && fs.f_favail == 0)
        (void)snprintf(ret_text, room,
                       "%s: its file system holds %" PRIu64
                       " files (inodes), and has none left: %s",
                       path, (uint64_t)fs.f_files, cure);
    else if (fs.f_blocks > 0 && available_bytes < wanted)
        (void)snprintf(ret_text, room,
                       "%s: its file system has %s free of %s, and %s are "
                       "wanted: %s",
                       path, at_least(available_bytes, available),
                       at_least((uint64_t)fs.f_blocks * fs.f_frsize, all),
                       at_most(wanted, want), cure);
    else
        return -ENOENT;
    return 0;
}
