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

static int no_such_command(const char *name)
{
    complain(NULL, "%s: no such command (try: %s --help)", name,
             program_invocation_short_name);
    return EXIT_USAGE;
}

static int tell_help(const char *command)
{
    if (!options_help(program_invocation_short_name, command))
        return no_such_command(command);
    return EXIT_SUCCESS;
}

static int help_command(const struct options *options)
{
    return tell_help(options->arguments[0]);
}

static void tell_leftover(const char *what)
{
    printf("%s\n", what);
}

static int clean_command(const struct options *options)
{
    unsigned found;

    if (options->argument_count > 0) {
        complain(NULL, "%s: clean takes no arguments", options->arguments[0]);
        return EXIT_USAGE;
    }
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
    { "demo", demo_command },
    { "bench", bench_command },
    { "workers", workers_command },
    { "produce", produce_command },
    { "consume", consume_command },
    { "list", list_command },
    { "compare-runs", compare_runs_command },
    { "report", report_command },
    { "choose", choose_command },
    { "trace", trace_command },
    { "clean", clean_command },
    { "help", help_command },
};

static int run(const struct options *options)
{
    const char *program = program_invocation_short_name;

    if (options->version) {
        printf("%s " VERSION " (frame version %d)\n", program, JOB_VERSION);
        return EXIT_SUCCESS;
    }
    if (options->help)
        return tell_help(options->command);
    if (!options->command) {
        complain(NULL, "a command is needed (try: %s --help)", program);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, options->command) == 0)
            return commands[i].run(options);
    return no_such_command(options->command);
}

/* Whoever asked is told when the answer could not be written. */
static int finish_output(int status)
{
    const char *reason =
        fflush(stdout) == 0 ? "not all could be written" : strerror(errno);

    if (!ferror(stdout))
        return status;
    complain(NULL, "stdout: %s", reason);
    return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;

    fd_reserve_standard();
    status =
        options_read(argc, argv, &options) < 0 ? EXIT_USAGE : run(&options);
    options_free(&options);
    return finish_output(status);
}
