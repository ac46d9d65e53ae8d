/* SPDX-License-Identifier: MIT */
/*
 * consume.h -- the command `consume`: owns an exchange between two programs
 */
#ifndef IPC_COMMANDS_CONSUME_H
#define IPC_COMMANDS_CONSUME_H

#include "ipc/options/rules.h"

extern const struct command consume_command;

#endif
