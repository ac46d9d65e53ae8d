/* SPDX-License-Identifier: MIT */
/*
 * help.h -- what the commands are, told to a person
 */
#ifndef IPC_OPTIONS_HELP_H
#define IPC_OPTIONS_HELP_H

#include "ipc/options/rules.h"

/* help_print prints what the command of that name does and takes; NULL: all of
 * them. False when there is no such command. */
bool help_print(const char *program, const struct command *const *commands,
                const char *name);

#endif
