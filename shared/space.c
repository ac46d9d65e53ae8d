/* SPDX-License-Identifier: MIT */
#include "shared/space.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/statvfs.h>

enum { SIZE_TEXT_MAX = 32, KIB = 1024, WHOLE = 10 };

/* "63.9 MiB", of the largest unit that leaves it above 1. */
static const char *size_text(uint64_t size, char text[static SIZE_TEXT_MAX])
{
    static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
    double value = (double)size;
    int unit = 0;

    while (value >= KIB && unit < 4) {
        value /= KIB;
        unit++;
    }
    (void)snprintf(text, SIZE_TEXT_MAX, "%.*f %s", unit && value < WHOLE, value,
                   units[unit]);
    return text;
}

int space_explain(const char *path, size_t wanted, const char *cure,
                  char *ret_text, size_t room)
{
    char want[SIZE_TEXT_MAX], available[SIZE_TEXT_MAX], all[SIZE_TEXT_MAX];
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
                       path, size_text(available_bytes, available),
                       size_text((uint64_t)fs.f_blocks * fs.f_frsize, all),
                       size_text(wanted, want), cure);
    else
        return -ENOENT;
    return 0;
}
