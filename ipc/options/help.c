/* SPDX-License-Identifier: MIT */
/*
 * help.c -- what the commands are, told to a person
 */
#include "ipc/options/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char at_dir[] = "--at DIR";

static const struct {
    unsigned bit;
    const char *name;
    const char *arguments;
    const char *alone; /* the same in a program with one mechanism */
    const char *summary;
    const char *more;
} commands[] = {
    { COMMAND_DEMO, "demo", "[MECHANISM|FAMILY ...]", "",
      "send images, tell how it is done",
      "Follows the first job step by step, then does the rest, and ends with\n"
      "a table and the row `none`: the same work in one process." },
    { COMMAND_BENCH, "bench", "[MECHANISM|FAMILY ...]", "",
      "measure, every byte checked",
      "Without options it asks the usual question of every mechanism. --work,\n"
      "--pattern, --size, --window, --batch, --rate, --wait, --pin, "
      "--producers\n"
      "and --consumers take lists, with commas, and all combinations that "
      "make\n"
      "sense are measured, interleaved in random order; what others disturb "
      "is\n"
      "done again. docs/measuring.md tells how each figure comes about." },
    { COMMAND_COMPARE_RUNS, "compare-runs", "OLD NEW", "OLD NEW",
      "did anything become slower?",
      "Compares two files that `bench --save` wrote, cell by cell: faster,\n"
      "slower, or no difference shown. Exit status 1 when a cell is slower or\n"
      "its verdict is not good." },
    { COMMAND_REPORT, "report", "RESULTS", "RESULTS",
      "make a page of what bench saved",
      "One HTML file with plots and a table to sort, that opens without a\n"
      "network. gnuplot draws the plots." },
    { COMMAND_CHOOSE, "choose", "", "",
      "which mechanism fits, and is fast here?",
      "Asks a few questions, unless options answer them, and ranks what fits\n"
      "by what a bench on this machine found." },
    { COMMAND_TRACE, "trace", "MECHANISM", "",
      "show the system calls of one job",
      "Both sides in two columns, in the order of time, by strace." },
    { COMMAND_WORKERS, "workers", "[MECHANISM|FAMILY ...]", "",
      "show that queues share work, pipes do not",
      "The same pictures with one consumer and with one for each processor;\n"
      "then small jobs with four consumers of which one is slow. pipe,\n"
      "posix-mq, ring-mpmc, sqlite, redis-stream and zeromq take part." },
    { COMMAND_PRODUCE, "produce", "--at DIR [FILE ...]", "--at DIR [FILE ...]",
      "be the producer, in one of two terminals",
      "Waits for `consume --at DIR` if it is not there yet; its mechanism is\n"
      "the one that is used. A URL, tcp://HOST:PORT or redis://HOST:PORT, is\n"
      "the way to a consumer on another machine. A mechanism without a name "
      "to\n"
      "meet at, such as pipe, takes no --at: it serves a shell's pipeline,\n"
      "  pipe produce FILE ... | pipe consume --store DIR" },
    { COMMAND_CONSUME, "consume", "MECHANISM --at DIR", "--at DIR",
      "be the consumer, in the other",
      "Makes DIR, waits for a producer, does its jobs, and removes DIR again.\n"
      "tcp, zeromq and redis-stream also wait at a URL, tcp://HOST:PORT or\n"
      "redis://HOST:PORT, for a producer on another machine. A mechanism\n"
      "without a name to meet at, such as pipe, takes no --at: it serves a\n"
      "shell's pipeline,\n"
      "  pipe produce FILE ... | pipe consume --store DIR" },
    { COMMAND_LIST, "list", "[MECHANISM|FAMILY ...]", "",
      "show what each mechanism is", NULL },
    { COMMAND_CLEAN, "clean", "", "", "remove what killed runs left behind",
      "Lists each directory of a dead run, then removes it and the queues and\n"
      "shared memory it recorded. Nothing else is touched. It finds those in\n"
      "$TMPDIR or /tmp, and those of `consume --at DIR`, which are written "
      "down in\n"
      "~/.local/state/ipc-showcase; --at DIR names one." },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

unsigned command_bit(const char *name)
{
    for (size_t i = 0; name && i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].bit;
    return 0;
}

/* The only mechanism of this program; NULL: there are several. */
static const struct mechanism *the_mechanism(void)
{
    return mechanisms[0].name && !mechanisms[1].name ? &mechanisms[0] : NULL;
}

static const char *arguments_of(size_t command)
{
    const struct mechanism *m = the_mechanism();
    const char *text =
        m ? commands[command].alone : commands[command].arguments;

    if (m && m->ops && m->ops->traits & CHANNEL_INHERITED_ONLY &&
        strncmp(text, at_dir, strlen(at_dir)) == 0)
        text += strlen(at_dir);
    return text + strspn(text, " ");
}

static void print_rules(unsigned bit)
{
    char left[40];

    for (size_t i = 0; i < OPTION_RULES; i++) {
        if (!(option_rules[i].commands & bit))
            continue;
        (void)snprintf(left, sizeof(left), "--%s%s%s", option_rules[i].name,
                       option_rules[i].argument ? " " : "",
                       option_rules[i].argument ? option_rules[i].argument
                                                : "");
        printf("  %-18s  %s\n", left, option_rules[i].help);
    }
}

static void print_commands(const char *program)
{
    const struct mechanism *m = the_mechanism();

    printf("Image jobs from one process to another, over %s%s%s.\n\n"
           "Usage: %s COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n",
           m ? m->name : "every way that Linux offers", m ? ": " : "",
           m ? m->title : "", program);
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-12s %-22s %s\n", commands[i].name, arguments_of(i),
               commands[i].summary);
    printf("  %-12s %-22s %s\n", "help", "[COMMAND]", "more about a command");
    printf("\nExit status: 0 all good, 1 the run failed or its verdict is bad "
           "or a job\nwas rejected, 2 usage, 130 stopped by Ctrl-C.\n"
           "\nTry:\n  %s demo\n  %s help bench\n",
           program, program);
}

static void print_command(const char *program, size_t command)
{
    const char *arguments = arguments_of(command);

    printf("Usage: %s %s [OPTIONS]%s%s\n\n%c%s.\n", program,
           commands[command].name, arguments[0] ? " " : "", arguments,
           toupper(commands[command].summary[0]),
           commands[command].summary + 1);
    if (commands[command].more)
        printf("%s\n", commands[command].more);
    printf("\nOptions (defaults in brackets):\n");
    print_rules(commands[command].bit);
}

bool options_help(const char *program, const char *command)
{
    for (size_t i = 0; command && i < COMMANDS; i++) {
        if (strcmp(commands[i].name, command) == 0) {
            print_command(program, i);
            return true;
        }
    }
    if (command && strcmp(command, "help") != 0)
        return false;
    print_commands(program);
    return true;
}
