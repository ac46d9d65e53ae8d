/* SPDX-License-Identifier: MIT */
/*
 * list.h -- the command `list`: every mechanism and its spec sheet
 */
#ifndef IPC_COMMANDS_LIST_H
#define IPC_COMMANDS_LIST_H

#include "ipc/options/rules.h"

extern const struct command list_command;

#endif
