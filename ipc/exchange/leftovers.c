/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/leftovers.h"

#include "ipc/channel_config.h"
#include "shared/dir/record.h"
#include "shared/dir/tree.h"

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

enum { SWEEP_TRIES = 100, ERROR_TRIES = 3 };

/* Whether it is a name that a run makes there: "jobs.sock", "jobs-2.mq". */
static bool is_run_name(const char *name)
{
    static const char *const stems[] = { "jobs",     "results",  "ready",
                                         "consumer", "producer", "redis",
                                         "store",    "report",   "trace",
                                         "upload",   "stage",    "reports",
                                         "journal" };
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

/* A file that was removed while somebody has it open stays under such a name on
 * NFS and on FUSE until it is closed: nobody's to remove. */
static bool is_hidden_open_file(const char *name)
{
    return strncmp(name, ".nfs", 4) == 0 ||
           strncmp(name, ".fuse_hidden", 12) == 0;
}

static bool is_passed_over(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           is_hidden_open_file(name);
}

/* The first thing that is in the way is kept. */
static void note(struct leftover *left, const char *dir, const char *name,
                 int error)
{
    if (error == 0 || left->error)
        return;
    (void)snprintf(left->name, sizeof(left->name), "%s%s%s", dir,
                   *dir && *name ? "/" : "", name);
    left->error = error;
}

typedef void visit_fn(const char *dir, const char *name, struct leftover *left);

/* Calls visit for each entry, but for one of the name `kept`, or NULL. Returns
 * the first error, with its name. */
static int each_entry(const char *dir, const char *kept, visit_fn *visit,
                      struct leftover *ret_left)
{
    struct dirent *entry;
    DIR *stream;

    *ret_left = (struct leftover){ 0 };
    stream = opendir(dir);
    if (!stream)
        note(ret_left, dir, "", -errno);
    for (errno = 0; stream && (entry = readdir(stream)); errno = 0)
        if (!is_passed_over(entry->d_name) &&
            (!kept || strcmp(entry->d_name, kept) != 0))
            visit(dir, entry->d_name, ret_left);
    if (stream) {
        note(ret_left, dir, "", -errno);
        (void)closedir(stream);
    }
    return ret_left->error;
}

static void refuse_foreign(const char *dir, const char *name,
                           struct leftover *left)
{
    note(left, dir, name, is_run_name(name) ? 0 : -ENOTEMPTY);
}

static void refuse_any(const char *dir, const char *name, struct leftover *left)
{
    note(left, dir, name, -ENOTEMPTY);
}

int leftovers_check(const char *path, bool had_lock)
{
    struct leftover foreign;

    return each_entry(path, NULL, had_lock ? refuse_foreign : refuse_any,
                      &foreign);
}

/* Things outside the directory, by what a record says of them. The text is
 * from a file: only what a run could have made is removed. */

static bool is_global_name(const char *text)
{
    static const char prefix[] = "/" CHANNEL_PREFIX;

    return strncmp(text, prefix, strlen(prefix)) == 0 && !strchr(text + 1, '/');
}

static int removed(int result)
{
    return result < 0 && errno != ENOENT ? -errno : 0;
}

static int remove_queue(const char *text)
{
    return is_global_name(text) ? removed(mq_unlink(text)) : 0;
}

static int remove_memory(const char *text)
{
    return is_global_name(text) ? removed(shm_unlink(text)) : 0;
}

/* A key says nothing of whose queue it is: but the mode of ours and its maker
 * do. */
static int remove_sysv_queue(const char *text)
{
    struct msqid_ds about;
    char *end;
    long key = strtol(text, &end, 10);
    int queue;

    if (end == text || *end || key <= 0 || key > INT_MAX)
        return 0;
    queue = msgget((key_t)key, 0);
    if (queue < 0 || msgctl(queue, IPC_STAT, &about) < 0 ||
        about.msg_perm.cuid != geteuid() ||
        (about.msg_perm.mode & 0777) != 0600)
        return 0;
    return removed(msgctl(queue, IPC_RMID, NULL));
}

static const struct {
    const char *kind;
    int (*remove)(const char *text);
} removers[] = {
    { "mq", remove_queue },
    { "shm", remove_memory },
    { "sysv-mq", remove_sysv_queue },
};

/* Removes the thing that a record names. Other files are not opened: one may
 * be a FIFO, and wait. */
static int remove_recorded(const char *dir, const char *name,
                           struct leftover *left)
{
    char stem[NAME_MAX + 1], text[RECORD_TEXT_MAX], *dot;
    int r = 0;

    (void)snprintf(stem, sizeof(stem), "%s", name);
    dot = strrchr(stem, '.');
    if (!dot)
        return 0;
    *dot = '\0';
    for (size_t i = 0; r == 0 && i < sizeof(removers) / sizeof(removers[0]);
         i++)
        if (strcmp(removers[i].kind, dot + 1) == 0 &&
            record_read(dir, stem, dot + 1, text) == 0)
            r = removers[i].remove(text);
    note(left, "", text, r);
    return r;
}

/* Whether it is something that a run makes, but its lock. */
static bool is_swept(const char *name)
{
    return is_run_name(name) && strcmp(name, RUN_LOCK) != 0;
}

/* A record goes when what it names has gone: or nobody could find that. */
static void remove_entry(const char *dir, const char *name,
                         struct leftover *left)
{
    char full[PATH_MAX];

    if (!is_swept(name) || remove_recorded(dir, name, left) < 0)
        return;
    if (snprintf(full, sizeof(full), "%s/%s", dir, name) < PATH_MAX)
        note(left, dir, name, tree_remove(full));
    else
        note(left, dir, name, -ENAMETOOLONG);
}

static void refuse_left(const char *dir, const char *name,
                        struct leftover *left)
{
    note(left, dir, name, is_swept(name) ? -ENOTEMPTY : 0);
}

/* What failed once need not fail again: for want of descriptors, or memory. */
static int each_entry_surely(const char *dir, const char *kept, visit_fn *visit,
                             struct leftover *ret_left)
{
    int r, tries = 0;

    do
        r = each_entry(dir, kept, visit, ret_left);
    while (r < 0 && r != -ENOTEMPTY && ++tries < ERROR_TRIES);
    return r;
}

/* A producer that does not know yet may put a message into what is being
 * removed: then once more. */
int leftovers_sweep(const char *path, bool all, struct leftover *ret_left)
{
    const char *kept = all ? NULL : JOURNAL_FILE;
    int r, tries = 0;

    do {
        r = each_entry_surely(path, kept, remove_entry, ret_left);
        if (r < 0)
            return r; /* tree_remove has tried again */
        r = each_entry_surely(path, kept, refuse_left, ret_left);
    } while (r == -ENOTEMPTY && ++tries < SWEEP_TRIES);
    return r;
}
