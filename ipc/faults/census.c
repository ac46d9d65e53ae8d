/* SPDX-License-Identifier: MIT */
#include "ipc/faults/census.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MQUEUE_MAGIC = 0x19800202,
    LOOK_MS = 10, /* between two looks of census_compare */
    LOOKS = 100,
};

__attribute__((format(printf, 3, 4))) static void add(struct census *c,
                                                      enum census_part part,
                                                      const char *format, ...)
{
    struct census_line *line = &c->line[c->count];
    va_list arguments;

    if (c->count == CENSUS_LINES)
        abort();
    line->part = part;
    va_start(arguments, format);
    (void)vsnprintf(line->text, sizeof(line->text), format, arguments);
    va_end(arguments);
    c->count++;
}

/*
 * The file system of POSIX message queues is often not mounted; who may mount
 * can look into it without giving it a place. Not anew for each census, since
 * it takes long to go. 0 where it is mounted, or for anybody else.
 */
static int mqueues;

static int is_mounted(void)
{
    struct statfs fs;

    return statfs("/dev/mqueue", &fs) == 0 && fs.f_type == MQUEUE_MAGIC;
}

static void mount_mqueues(void)
{
    static ino_t mounted_in;
    struct stat space = { 0 };
    int context, mount;

    (void)stat("/proc/self/ns/ipc", &space);
    if (is_mounted() || mounted_in == space.st_ino)
        return;
    mounted_in = space.st_ino;
    if (mqueues)
        (void)close(mqueues);
    mqueues = 0;
    context = (int)syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC);
    if (context < 0)
        return;
    (void)syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
    if (mount > 0)
        mqueues = mount;
    (void)close(context);
}

static DIR *open_mqueues(void)
{
    DIR *stream;
    int root;

    if (is_mounted())
        return opendir("/dev/mqueue");
    if (!mqueues)
        return NULL;
    root = openat(mqueues, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    stream = root < 0 ? NULL : fdopendir(root);
    if (root >= 0 && !stream)
        (void)close(root);
    return stream;
}

/* Ends the listing and the stream; both are fine as NULL. */
static void add_names(struct census *c, const char *kind, DIR *stream,
                      const char *mark)
{
    const struct dirent *entry;

    while (stream && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0 &&
            strncmp(entry->d_name, mark, strlen(mark)) == 0)
            add(c, CENSUS_SYSTEM, "%s %s", kind, entry->d_name);
    if (stream)
        (void)closedir(stream);
}

static void add_descriptors(struct census *c)
{
    DIR *stream = opendir("/proc/self/fd");
    const struct dirent *entry;
    char target[PATH_MAX];
    ssize_t n;

    while (stream && (entry = readdir(stream))) {
        n = readlinkat(dirfd(stream), entry->d_name, target,
                       sizeof(target) - 1);
        if (n < 0 || atoi(entry->d_name) == dirfd(stream) ||
            atoi(entry->d_name) == mqueues)
            continue;
        target[n] = '\0';
        add(c, CENSUS_PROCESS, "descriptor %s -> %.150s", entry->d_name,
            target);
    }
    if (stream)
        (void)closedir(stream);
}

/* By number, since the threads of a forked copy have other names. */
static void add_threads(struct census *c)
{
    DIR *stream = opendir("/proc/self/task");
    const struct dirent *entry;
    int number = 0;

    while (stream && (entry = readdir(stream)))
        if (entry->d_name[0] != '.')
            add(c, CENSUS_PROCESS, "thread number %d", ++number);
    if (stream)
        (void)closedir(stream);
}

/* Whether two processes could share what is mapped under this path. */
static int is_shared_memory(const struct census *c, const char *path)
{
    return strncmp(path, "/dev/shm/", 9) == 0 ||
           strncmp(path, "/memfd:", 7) == 0 || strncmp(path, "/SYSV", 5) == 0 ||
           (c->dir && strncmp(path, c->dir, strlen(c->dir)) == 0);
}

static void add_mappings(struct census *c)
{
    FILE *stream = fopen("/proc/self/maps", "re");
    char line[PATH_MAX + 100];
    const char *path;

    while (stream && fgets(line, sizeof(line), stream)) {
        line[strcspn(line, "\n")] = '\0';
        path = strchr(line, '/');
        if (path && is_shared_memory(c, path))
            add(c, CENSUS_PROCESS, "mapping of %.150s", path);
    }
    if (stream)
        (void)fclose(stream);
}

static void add_children(struct census *c)
{
    siginfo_t info = { 0 };

    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        add(c, CENSUS_CHILDREN, "a child process");
}

/* Which are blocked, ignored and caught. The C library catches its own two
 * when a first thread starts. */
static void add_signals(struct census *c)
{
    const unsigned long own = 3ul << 31;
    FILE *stream = fopen("/proc/self/status", "re");
    char line[200], what[4];
    unsigned long set;

    while (stream && fgets(line, sizeof(line), stream))
        if (sscanf(line, "Sig%3[BlkIgnCt]: %lx", what, &set) == 2)
            add(c, CENSUS_SIGNALS, "signals %s %lx", what, set & ~own);
    if (stream)
        (void)fclose(stream);
}

/* The key and the id: the first two columns of each line. */
static void add_sysv(struct census *c, const char *path)
{
    FILE *stream = fopen(path, "re");
    char line[500], key[32], id[32];

    while (stream && fgets(line, sizeof(line), stream))
        if (sscanf(line, "%31s %31s", key, id) == 2)
            add(c, CENSUS_SYSTEM, "%s %s %s", path, key, id);
    if (stream)
        (void)fclose(stream);
}

static int by_text(const void *a, const void *b)
{
    const struct census_line *left = a, *right = b;

    return strcmp(left->text, right->text);
}

void census_take(struct census *c, const char *mark, const char *dir)
{
    const char *temporary = getenv("TMPDIR");

    c->mark = mark;
    c->dir = dir;
    c->count = 0;
    mount_mqueues();
    add_descriptors(c);
    add_threads(c);
    add_mappings(c);
    add_signals(c);
    add_children(c);
    add_names(c, "shared memory", opendir("/dev/shm"), mark);
    add_names(c, "message queue", open_mqueues(), mark);
    if (temporary)
        add_names(c, "temporary", opendir(temporary), "");
    if (dir)
        add_names(c, "in the directory", opendir(dir), "");
    add_sysv(c, "/proc/sysvipc/msg");
    add_sysv(c, "/proc/sysvipc/sem");
    add_sysv(c, "/proc/sysvipc/shm");
    qsort(c->line, c->count, sizeof(c->line[0]), by_text);
}

/* How far two of them, which are sorted, were compared. */
struct comparison {
    const struct census *before, *now;
    unsigned parts;
    size_t i, j;
};

/* The next line that only one of them has; NULL at the end. An order above 0:
 * it is new. */
static const struct census_line *next_difference(struct comparison *c,
                                                 int *ret_order)
{
    const struct census_line *old, *new;

    while (c->i < c->before->count || c->j < c->now->count) {
        old = c->i < c->before->count ? &c->before->line[c->i] : NULL;
        new = c->j < c->now->count ? &c->now->line[c->j] : NULL;
        *ret_order = !old ? 1 : !new ? -1 : by_text(old, new);
        c->i += *ret_order <= 0;
        c->j += *ret_order >= 0;
        if (*ret_order < 0 && old->part & c->parts)
            return old;
        if (*ret_order > 0 && new->part & c->parts)
            return new;
    }
    return NULL;
}

static struct census now;

/* Looks until there is no difference, or no patience: whether there is one. */
static bool differs(const struct census *before, unsigned parts)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };
    struct comparison c;
    int order;

    for (int look = 0; look < LOOKS; look++) {
        census_take(&now, before->mark, before->dir);
        c = (struct comparison){ before, &now, parts, 0, 0 };
        if (!next_difference(&c, &order))
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

const char *census_compare(const struct census *before, unsigned parts)
{
    static char text[CENSUS_TEXT_MAX + 20];
    struct comparison c = { before, &now, parts, 0, 0 };
    const struct census_line *line;
    int order;

    if (!differs(before, parts))
        return NULL;
    line = next_difference(&c, &order);
    (void)snprintf(text, sizeof(text), "%s: %s",
                   order > 0 ? "left behind" : "gone", line->text);
    return text;
}

void census_each_new(const struct census *before, unsigned parts,
                     census_line_fn *tell, void *arg)
{
    struct comparison c = { before, &now, parts, 0, 0 };
    const struct census_line *line;
    int order;

    if (!differs(before, parts))
        return;
    while ((line = next_difference(&c, &order)))
        if (order > 0)
            tell(arg, line->text);
}
