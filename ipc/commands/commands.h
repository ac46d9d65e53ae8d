/* SPDX-License-Identifier: MIT */
/*
 * commands.h -- the commands of every program: a file each, and this table
 *
 * In this room: main(), and a file for each command.
 */
#ifndef IPC_COMMANDS_COMMANDS_H
#define IPC_COMMANDS_COMMANDS_H

#include "ipc/options/rules.h"

/* In the order in which help tells them; NULL ends the table. */
extern const struct command *const commands[];

#endif
