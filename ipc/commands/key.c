/* SPDX-License-Identifier: MIT */
#include "ipc/commands/key.h"

#include "ipc/screen/screen.h"
#include "shared/net/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(const struct options *options)
{
    const char *path = options->arguments[0];
    int r;

    if (options->argument_count != 1) {
        complain(NULL, "key takes one argument: the file to make");
        return EXIT_USAGE;
    }
    r = secret_make(path);
    if (r == -EEXIST)
        complain(NULL,
                 "%s is there already and stays as it is: name another file, "
                 "or remove it first",
                 path);
    else if (r < 0)
        complain(NULL, "%s: %s", path, strerror(-r));
    else
        printf("%s: a new secret; give both sides a copy: --secret %s\n", path,
               path);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command key_command = {
    .name = "key",
    .bit = COMMAND_KEY,
    .run = run,
    .arguments = "FILE",
    .alone = "FILE",
    .summary = "make a secret for two machines",
    .more =
        "It writes 256 random bits of the kernel's, as one line of digits, to\n"
        "a new file that only you can read (mode 0600). Whoever has a copy\n"
        "takes part, and nobody else: carry it to the other machine by a way\n"
        "that you trust, and make a new one when it may have been seen:\n"
        "  ipc key shared.key\n"
        "  scp -p shared.key host-b:\n"
        "  tcp consume --at tcp+tls://0.0.0.0:7400 --secret shared.key\n"
        "A secret proves who connects. tcp+tls:// and zeromq also encrypt "
        "with\n"
        "it; tcp:// does not.",
};
