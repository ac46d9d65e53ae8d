/* SPDX-License-Identifier: MIT */
/*
 * program.c -- main() of every program: build/bin/ipc with all mechanisms,
 * and one for each alone
 */
#include "ipc/commands/commands.h"

#include "ipc/apart/side.h"
#include "ipc/screen/screen.h"
#include "shared/base/fd.h"

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

/* Of the directory that is named. */
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

static int clean_command(const struct options *options)
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

/* What the libraries want comes on top of our own, and a stack that is used up
 * ends a process without a word. */
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

    fd_reserve_standard();
    fd_block(STDOUT_FILENO);
    fd_block(STDERR_FILENO);
    /* Ignored, as some shells hand it on, it hides how a child ended. */
    (void)signal(SIGCHLD, SIG_DFL);
    if (!has_stack())
        return EXIT_FAILURE;
    status =
        options_read(argc, argv, &options) < 0 ? EXIT_USAGE : run(&options);
    options_free(&options);
    return finish_output(status);
}
