/* SPDX-License-Identifier: MIT */
/*
 * key.h -- `ipc key FILE`: makes the secret that two machines share
 */
#ifndef IPC_COMMANDS_KEY_H
#define IPC_COMMANDS_KEY_H

#include "ipc/options/rules.h"

extern const struct command key_command;

#endif
