/* SPDX-License-Identifier: MIT */
/*
 * clean.h -- the command `clean`: removes what killed runs left behind
 */
#ifndef IPC_COMMANDS_CLEAN_H
#define IPC_COMMANDS_CLEAN_H

#include "ipc/options/rules.h"

extern const struct command clean_command;

#endif
