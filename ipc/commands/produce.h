/* SPDX-License-Identifier: MIT */
/*
 * produce.h -- the command `produce`: joins an exchange that another program
 * owns
 */
#ifndef IPC_COMMANDS_PRODUCE_H
#define IPC_COMMANDS_PRODUCE_H

#include "ipc/options/rules.h"

extern const struct command produce_command;

#endif
