/* SPDX-License-Identifier: MIT */
/*
 * models.h -- the command `models`: four tasks, done in six ways
 */
#ifndef IPC_COMMANDS_MODELS_H
#define IPC_COMMANDS_MODELS_H

#include "ipc/options/rules.h"

extern const struct command models_command;

#endif
