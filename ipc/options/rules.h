/* SPDX-License-Identifier: MIT */
/*
 * rules.h -- what an option is, and what a command is; the table of options
 *
 * In this room: what a person types, from the words to struct options.
 */
#ifndef IPC_OPTIONS_RULES_H
#define IPC_OPTIONS_RULES_H

#include "ipc/options/options.h"

/* An option says by these bits which commands take it. */
enum command_bit {
    COMMAND_DEMO = 1,
    COMMAND_BENCH = 2,
    COMMAND_PRODUCE = 4,
    COMMAND_CONSUME = 8,
    COMMAND_LIST = 16,
    COMMAND_CLEAN = 32,
    COMMAND_WORKERS = 64,
    COMMAND_COMPARE_RUNS = 128,
    COMMAND_REPORT = 256,
    COMMAND_CHOOSE = 512,
    COMMAND_TRACE = 1024,
    COMMAND_MODELS = 2048,
    COMMAND_CLAIMS = 4096,
    COMMAND_FAULTS = 8192,
    COMMAND_KEY = 16384,
};

/* One option: what reads it, who takes it, what tells about it. */
struct option_rule {
    const char *name;
    const char *argument;                             /* NULL: takes none */
    int (*read)(struct options *o, const char *text); /* NULL: a need */
    unsigned commands;
    const char *expected; /* said when the argument is anything else */
    const char *help;     /* the default in brackets */
};

enum { OPTION_RULES = 72 };

extern const struct option_rule option_rules[OPTION_RULES];

/* need_find returns what the flag of that name asks for; 0: none is. */
unsigned need_find(const char *name);

/* These return the words that people ask with: "durable", "split". */
const char *need_name(enum need need);
const char *placement_name(enum placement placement);
const char *wait_name(enum channel_wait wait);

/*
 * One command. run returns the exit status: 0 good, 1 the run failed or its
 * verdict is bad, EXIT_USAGE, 128 + signal. It prints, on stdout what was asked
 * for and on stderr what went wrong.
 */
struct command {
    const char *name;
    enum command_bit bit;
    int (*run)(const struct options *options);
    const char *arguments;
    const char *alone; /* the same in a program with one mechanism */
    const char *summary;
    const char *more; /* or NULL */
};

/* command_find returns the one of that name (NULL: none was given) in a table
 * that NULL ends, or NULL. */
const struct command *command_find(const struct command *const *commands,
                                   const char *name);

#endif
