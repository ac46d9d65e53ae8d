/* SPDX-License-Identifier: MIT */
#include "shared/dir/record.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"
#include "shared/dir/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int record_path(char ret_path[static PATH_MAX], const char *dir,
                       const char *name, const char *kind, const char *suffix)
{
    int n;

    n = snprintf(ret_path, PATH_MAX, "%s/%s.%s%s", dir, name, kind, suffix);
    return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Makes the file anew: what a killed process left may be a link to a record. */
static int write_file(const char *path, const char *text)
{
    int fd, r;

    (void)unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = write_all(fd, text, strlen(text));
    fd_close(&fd);
    return r;
}

int record_write(const char *dir, const char *name, const char *kind,
                 const char *text)
{
    char path[PATH_MAX], draft[PATH_MAX];
    int r;

    r = record_path(path, dir, name, kind, "");
    if (r < 0)
        return r;
    r = record_path(draft, dir, name, kind, ".draft");
    if (r < 0)
        return r;
    r = write_file(draft, text);
    if (r == 0 && link(draft, path) < 0)
        r = -errno;
    (void)unlink(draft);
    return r;
}

int record_read(const char *dir, const char *name, const char *kind,
                char ret_text[static RECORD_TEXT_MAX])
{
    char path[PATH_MAX], text[RECORD_TEXT_MAX];
    ssize_t n;
    int fd, r;

    r = record_path(path, dir, name, kind, "");
    if (r < 0)
        return r;
    r = file_open(path, O_RDONLY, &fd);
    if (r < 0)
        return r;
    n = read(fd, text, sizeof(text));
    r = n < 0 ? -errno : n == sizeof(text) ? -EPROTO : 0;
    fd_close(&fd);
    if (r < 0)
        return r;
    memcpy(ret_text, text, (size_t)n);
    ret_text[n] = '\0';
    return 0;
}

int record_wait(const char *dir, const char *name, const char *kind,
                char ret_text[static RECORD_TEXT_MAX])
{
    int watch, r;

    r = watch_open(dir, &watch);
    if (r < 0)
        return r;
    do
        r = record_read(dir, name, kind, ret_text);
    while (r == -ENOENT && (r = watch_wait(watch)) >= 0);
    fd_close(&watch);
    return r;
}

void record_remove(const char *dir, const char *name, const char *kind)
{
    char path[PATH_MAX];

    if (record_path(path, dir, name, kind, "") == 0)
        (void)unlink(path);
    /* One who was killed while writing it leaves a draft. */
    if (record_path(path, dir, name, kind, ".draft") == 0)
        (void)unlink(path);
}
