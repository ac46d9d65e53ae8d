/* SPDX-License-Identifier: MIT */
/*
 * program.c -- main() of every program: build/bin/ipc with all mechanisms,
 * and one for each alone
 */
#include "ipc/commands.h"

#include "ipc/rundir.h"
#include "ipc/screen.h"
#include "shared/fd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "0.1"

static int help_command(const struct options *options)
{
    options_help(program_invocation_short_name, options->arguments[0]);
    return EXIT_SUCCESS;
}

static void tell_leftover(const char *what)
{
    printf("%s\n", what);
}

static int clean_command(const struct options *options)
{
    unsigned found;

    (void)options;
    found = rundir_clean(true, tell_leftover);
    if (found > 0)
        printf("%u removed\n", found);
    else
        printf("nothing was left behind\n");
    return EXIT_SUCCESS;
}

static const struct {
    const char *name;
    int (*run)(const struct options *options);
} commands[] = {
    { "demo", demo_command },       { "bench", bench_command },
    { "produce", produce_command }, { "consume", consume_command },
    { "list", list_command },       { "clean", clean_command },
    { "help", help_command },
};

static int run(const struct options *options)
{
    const char *program = program_invocation_short_name;

    if (options->version) {
        printf("%s " VERSION " (frame version %d)\n", program, JOB_VERSION);
        return EXIT_SUCCESS;
    }
    if (options->help) {
        options_help(program, options->command);
        return EXIT_SUCCESS;
    }
    if (!options->command) {
        complain(NULL, "a command is needed (try: %s --help)", program);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, options->command) == 0)
            return commands[i].run(options);
    complain(NULL, "%s: no such command (try: %s --help)", options->command,
             program);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;

    fd_reserve_standard();
    status =
        options_read(argc, argv, &options) < 0 ? EXIT_USAGE : run(&options);
    options_free(&options);
    if (fflush(stdout) != 0 && status == EXIT_SUCCESS)
        status = EXIT_FAILURE;
    return status;
}
