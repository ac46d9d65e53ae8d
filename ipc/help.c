/* SPDX-License-Identifier: MIT */
/*
 * help.c -- what the commands are, told to a person
 */
#include "ipc/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    unsigned bit;
    const char *name;
    const char *arguments;
    const char *summary;
    const char *more;
} commands[] = {
    { COMMAND_DEMO, "demo", "[MECHANISM|FAMILY ...]",
      "send images, tell how it is done",
      "Follows the first job step by step, then does the rest, and ends with\n"
      "a table and the row `none`: the same work in one process." },
    { COMMAND_BENCH, "bench", "[MECHANISM|FAMILY ...]",
      "measure, every byte checked",
      "One row for each mechanism and size. The reference is the row `none`:\n"
      "the same work in one process without IPC." },
    { COMMAND_PRODUCE, "produce", "--at DIR [FILE ...]",
      "be the producer, in one of two terminals",
      "Waits for `consume --at DIR` if it is not there yet. Over a pipe there\n"
      "is no DIR: produce FILE ... | consume --store DIR." },
    { COMMAND_CONSUME, "consume", "--at DIR --store DIR",
      "be the consumer, in the other",
      "Makes DIR, waits for a producer, does its jobs, and removes DIR "
      "again." },
    { COMMAND_LIST, "list", "", "show the mechanisms and what they are", NULL },
    { COMMAND_CLEAN, "clean", "", "remove what killed runs left behind",
      "Lists each directory of a dead run, then removes it and the queues and\n"
      "shared memory it recorded. Nothing else is touched." },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

unsigned command_bit(const char *name)
{
    for (size_t i = 0; name && i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].bit;
    return 0;
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
    printf("Image jobs from one process to another, over every way that Linux "
           "offers.\n\nUsage: %s COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n",
           program);
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-8s %-23s %s\n", commands[i].name, commands[i].arguments,
               commands[i].summary);
    printf("  %-8s %-23s %s\n", "help", "[COMMAND]", "more about a command");
    printf("\nExit status: 0 all good, 1 the run failed or its verdict is bad "
           "or a job\nwas rejected, 2 usage, 130 stopped by Ctrl-C.\n"
           "\nTry:\n  %s demo\n  %s help bench\n",
           program, program);
}

void options_help(const char *program, const char *command)
{
    for (size_t i = 0; command && i < COMMANDS; i++) {
        if (strcmp(commands[i].name, command) != 0)
            continue;
        printf("Usage: %s %s [OPTIONS]%s%s\n\n%c%s.\n", program, command,
               commands[i].arguments[0] ? " " : "", commands[i].arguments,
               toupper(commands[i].summary[0]), commands[i].summary + 1);
        if (commands[i].more)
            printf("%s\n", commands[i].more);
        printf("\nOptions (defaults in brackets):\n");
        print_rules(commands[i].bit);
        return;
    }
    print_commands(program);
}
