/* SPDX-License-Identifier: MIT */
#include "ipc/commands/clean.h"

#include "ipc/apart/side.h"
#include "ipc/exchange/rundir.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell_leftover(void *arg, const char *path,
                          const struct leftover *left)
{
    unsigned *failed = arg;

    if (!left) {
        printf("%s\n", path);
        return;
    }
    complain(NULL, "%s: cannot be removed: %s", left->error ? left->name : path,
             strerror(-left->error));
    (*failed)++;
}

/* Cleans the directory that is named. */
static int clean_at(const char *path)
{
    struct leftover left;
    int r;

    r = rundir_clean_at(path, &left);
    if (r == 0)
        printf("%s: nothing is left behind\n", path);
    else if (left.name[0])
        complain(NULL, "%s: cannot be removed: %s", left.name, strerror(-r));
    else if (r == -EBUSY)
        complain(NULL, "%s: a run is going on there", path);
    else
        side_complain_directory(WORKER_CONSUMER, path, r);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(const struct options *options)
{
    unsigned found, failed = 0;

    if (options->argument_count > 0) {
        complain(NULL, "%s: clean takes no arguments", options->arguments[0]);
        return EXIT_USAGE;
    }
    if (options->at_is_url) {
        complain(NULL, "clean --at %s: a directory is needed", options->at);
        return EXIT_USAGE;
    }
    if (options->at)
        return clean_at(options->at);
    found = rundir_clean(true, tell_leftover, &failed);
    if (found == 0)
        printf("nothing was left behind\n");
    else if (found > failed)
        printf("%u removed\n", found - failed);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command clean_command = {
    .name = "clean",
    .bit = COMMAND_CLEAN,
    .run = run,
    .arguments = "",
    .alone = "",
    .summary = "remove what killed runs left behind",
    .more = "It lists each directory of a dead run, then removes it and the "
            "queues and\n"
            "shared memory that it recorded, and nothing else. It finds those "
            "in $TMPDIR or\n"
            "/tmp, and those of `consume --at DIR`, which are noted in\n"
            "~/.local/state/ipc-showcase; --at DIR names one directory.",
};
