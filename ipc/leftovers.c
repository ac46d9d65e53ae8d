/* SPDX-License-Identifier: MIT */
#include "ipc/leftovers.h"

#include "ipc/channel.h"
#include "shared/record.h"
#include "shared/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <unistd.h>

enum { SWEEP_TRIES = 100 };

/* Whether it is a name that a run makes there: "jobs.sock", "jobs-2.mq". */
static bool is_run_name(const char *name)
{
    static const char *const stems[] = { "jobs",     "results",  "ready",
                                         "consumer", "producer", "redis",
                                         "store",    "report",   "trace" };
    const char *rest;

    for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
        if (strncmp(name, stems[i], strlen(stems[i])) != 0)
            continue;
        rest = name + strlen(stems[i]);
        if (rest[0] == '-' && isdigit((unsigned char)rest[1]))
            rest += 1 + strspn(rest + 1, "0123456789");
        if (rest[0] == '.' || rest[0] == '\0')
            return true;
    }
    return false;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Calls visit for each entry until it returns other than 0. */
static int each_entry(const char *path,
                      int (*visit)(const char *path, const char *name))
{
    struct dirent *entry;
    DIR *dir;
    int r = 0;

    dir = opendir(path);
    if (!dir)
        return -errno;
    while (r == 0 && (entry = readdir(dir)))
        if (!is_dot(entry->d_name))
            r = visit(path, entry->d_name);
    (void)closedir(dir);
    return r;
}

static int refuse_foreign(const char *path, const char *name)
{
    (void)path;
    return is_run_name(name) ? 0 : -ENOTEMPTY;
}

/* Without a run's lock nothing is a run's, whatever its name: but for the lock
 * of a producer that came when its consumer had just gone. */
static int refuse_any(const char *path, const char *name)
{
    (void)path;
    return strcmp(name, "producer.lock") == 0 ? 0 : -ENOTEMPTY;
}

/* Things outside the directory, by what a record says of them. The text is
 * from a file: only what a run could have made is removed. */

static bool is_global_name(const char *text)
{
    static const char prefix[] = "/" CHANNEL_PREFIX;

    return strncmp(text, prefix, strlen(prefix)) == 0 && !strchr(text + 1, '/');
}

static void remove_queue(const char *text)
{
    if (is_global_name(text))
        (void)mq_unlink(text);
}

static void remove_memory(const char *text)
{
    if (is_global_name(text))
        (void)shm_unlink(text);
}

/* A key says nothing of whose queue it is: but the mode of ours and its maker
 * do. */
static void remove_sysv_queue(const char *text)
{
    struct msqid_ds about;
    char *end;
    long key = strtol(text, &end, 10);
    int queue;

    if (end == text || *end || key <= 0 || key > INT_MAX)
        return;
    queue = msgget((key_t)key, 0);
    if (queue >= 0 && msgctl(queue, IPC_STAT, &about) == 0 &&
        about.msg_perm.cuid == geteuid() &&
        (about.msg_perm.mode & 0777) == 0600)
        (void)msgctl(queue, IPC_RMID, NULL);
}

static const struct {
    const char *kind;
    void (*remove)(const char *text);
} removers[] = {
    { "mq", remove_queue },
    { "shm", remove_memory },
    { "sysv-mq", remove_sysv_queue },
};

/* Removes the thing that a record names. Other files are not opened: one may
 * be a FIFO, and wait. */
static void remove_recorded(const char *dir, const char *name)
{
    char stem[NAME_MAX + 1], text[RECORD_TEXT_MAX], *dot;

    (void)snprintf(stem, sizeof(stem), "%s", name);
    dot = strrchr(stem, '.');
    if (!dot)
        return;
    *dot = '\0';
    for (size_t i = 0; i < sizeof(removers) / sizeof(removers[0]); i++)
        if (strcmp(removers[i].kind, dot + 1) == 0 &&
            record_read(dir, stem, dot + 1, text) == 0)
            removers[i].remove(text);
}

/* What a run makes, but its lock. */
static bool is_swept(const char *name)
{
    return is_run_name(name) && strcmp(name, RUN_LOCK) != 0;
}

static int remove_entry(const char *path, const char *name)
{
    char full[PATH_MAX];

    if (!is_swept(name) ||
        snprintf(full, sizeof(full), "%s/%s", path, name) >= PATH_MAX)
        return 0;
    remove_recorded(path, name);
    tree_remove(full);
    return 0;
}

int leftovers_check(const char *path, bool had_lock)
{
    return each_entry(path, had_lock ? refuse_foreign : refuse_any);
}

static int refuse_left(const char *path, const char *name)
{
    (void)path;
    return is_swept(name) ? -ENOTEMPTY : 0;
}

/* A producer that does not know yet may put a message into what is being
 * removed: then once more. */
int leftovers_sweep(const char *path)
{
    int r, tries = 0;

    do {
        (void)each_entry(path, remove_entry);
        r = each_entry(path, refuse_left);
    } while (r == -ENOTEMPTY && ++tries < SWEEP_TRIES);
    return r;
}

void leftovers_remove_lock(const char *path)
{
    char full[PATH_MAX];

    if (snprintf(full, sizeof(full), "%s/" RUN_LOCK, path) < PATH_MAX)
        (void)unlink(full);
}
