/* SPDX-License-Identifier: MIT */
/*
 * rules.h -- the table of options and commands behind ipc/options/options
 */
#ifndef IPC_OPTIONS_RULES_H
#define IPC_OPTIONS_RULES_H

#include "ipc/options/options.h"

/* The commands; an option says by these bits which of them take it. */
enum command {
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
};

/* One option: what reads it, who takes it, what tells about it. */
struct option_rule {
    const char *name;
    const char *argument; /* NULL: takes none */
    int (*read)(struct options *o, const char *text);
    unsigned commands;
    const char *expected; /* said when the argument is anything else */
    const char *help;     /* the default in brackets */
};

enum { OPTION_RULES = 38 };

extern const struct option_rule option_rules[OPTION_RULES];

/* command_bit returns a command's bit by its name, 0 when there is none. */
unsigned command_bit(const char *name);

#endif
