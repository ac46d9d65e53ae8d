/* SPDX-License-Identifier: MIT */
/*
 * main.c -- main() of every program: build/bin/ipc with all mechanisms,
 * and one for each alone
 */
#include "ipc/commands/commands.h"

#include "ipc/commands/standard_streams.h"
#include "ipc/options/command_line.h"
#include "ipc/options/credentials.h"
#include "ipc/options/help.h"
#include "ipc/options/near.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define VERSION "0.1"

/* Bytes: twice what any command was seen to take. */
enum { STACK_MIN = 256 << 10 };

static int no_such_command(const char *name)
{
    struct near near = near_begin(name);
    char meant[NEAR_TEXT_MAX];

    for (size_t i = 0; commands[i]; i++)
        near_offer(&near, commands[i]->name);
    near_offer(&near, "help");
    complain(NULL, "%s: no such command%s (try: %s --help)", name,
             near_text(&near, meant), program_invocation_short_name);
    return EXIT_USAGE;
}

static int tell_help(const char *command)
{
    if (!help_print(program_invocation_short_name, commands, command))
        return no_such_command(command);
    return EXIT_SUCCESS;
}

/* Help on one is its sheet. */
static bool is_mechanism(const char *name)
{
    return name && (mechanism_find(name) || mechanism_family_exists(name));
}

static int run_command(const struct command *command, struct options *options)
{
    int status;

    status = credentials_open(options);
    if (status == 0)
        status = command->run(options);
    credentials_close(options);
    return status;
}

static int run(struct options *options)
{
    const char *program = program_invocation_short_name;
    const struct command *command;

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
    if (strcmp(options->command, "help") == 0)
        return is_mechanism(options->arguments[0])
                   ? command_find(commands, "list")->run(options)
                   : tell_help(options->arguments[0]);
    command = command_find(commands, options->command);
    return command ? run_command(command, options)
                   : no_such_command(options->command);
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

/* The libraries want a stack on top of our own, and one that is used up ends a
 * process without a word. */
static bool has_stack(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= STACK_MIN)
        return true;
    complain(NULL,
             "the stack may have %ju KiB here, and %d are needed (ulimit -s "
             "%d)",
             (uintmax_t)limit.rlim_cur / 1024, STACK_MIN / 1024,
             STACK_MIN / 1024);
    return false;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;

    standard_streams_open();
    standard_stream_block(STDOUT_FILENO);
    standard_stream_block(STDERR_FILENO);
    /* Ignored, as some shells hand it on, it hides how a child ended. */
    (void)signal(SIGCHLD, SIG_DFL);
    if (!has_stack())
        return EXIT_FAILURE;
    status = command_line_read(argc, argv, commands, &options) < 0
                 ? EXIT_USAGE
                 : run(&options);
    options_free(&options);
    return finish_output(status);
}
