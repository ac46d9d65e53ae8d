/* SPDX-License-Identifier: MIT */
/*
 * claims.h -- the command `claims`: what the article says, tried here
 */
#ifndef IPC_COMMANDS_CLAIMS_H
#define IPC_COMMANDS_CLAIMS_H

#include "ipc/options/rules.h"

extern const struct command claims_command;

#endif
