/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/results_find.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Of a path the part that is not the working directory's. */
static void make_short(char path[static PATH_MAX])
{
    char here[PATH_MAX];
    size_t length;

    if (!getcwd(here, sizeof(here)))
        return;
    length = strlen(here);
    if (strncmp(path, here, length) == 0 && path[length] == '/')
        memmove(path, path + length + 1, strlen(path + length + 1) + 1);
}

/* Cuts the last name off; false where there is none. */
static bool go_up(char path[static PATH_MAX])
{
    char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

static bool make_path(const char *folder, const char *name,
                      char ret_path[static PATH_MAX])
{
    const int n = snprintf(ret_path, PATH_MAX, "%s/%s", folder, name);

    if (n >= PATH_MAX)
        return false;
    make_short(ret_path);
    return true;
}

/* Where this program was built. */
static void find_places(struct results_found *found)
{
    char folder[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

    folder[n > 0 ? n : 0] = '\0';
    if (!go_up(folder) || !go_up(folder) ||
        !make_path(folder, "bench.jsonl", found->path[RESULTS_BENCH]))
        found->path[RESULTS_BENCH][0] = '\0';
    if (!go_up(folder) || !make_path(folder, "docs/reference.jsonl",
                                     found->path[RESULTS_REFERENCE]))
        found->path[RESULTS_REFERENCE][0] = '\0';
}

static int load(const char *path, struct results_set *ret_results,
                char ret_text[static RESULTS_FIND_TEXT_MAX])
{
    char text[RESULTS_TEXT_MAX];
    const int r = results_load(path, ret_results, text);

    if (r < 0)
        (void)snprintf(ret_text, RESULTS_FIND_TEXT_MAX, "%s: %s", path, text);
    return r;
}

int results_find(const char *named, struct results_found *ret_found,
                 struct results_set *ret_results,
                 char ret_text[static RESULTS_FIND_TEXT_MAX])
{
    struct results_found *found = ret_found;
    int r = -ENOENT;

    *found = (struct results_found){ .source = RESULTS_NAMED };
    find_places(found);
    if (named) {
        (void)snprintf(found->path[RESULTS_NAMED], PATH_MAX, "%s", named);
        return load(named, ret_results, ret_text);
    }
    for (found->source = RESULTS_BENCH; found->source < RESULTS_SOURCES;
         found->source++) {
        r = load(found->path[found->source], ret_results, ret_text);
        if (r != -ENOENT)
            return r;
    }
    (void)snprintf(ret_text, RESULTS_FIND_TEXT_MAX,
                   "neither %s, which `make bench` makes, nor %s is there",
                   found->path[RESULTS_BENCH], found->path[RESULTS_REFERENCE]);
    return r;
}
