/* SPDX-License-Identifier: MIT */
/*
 * workers.h -- the command `workers`: queues share work, pipes do not
 */
#ifndef IPC_COMMANDS_WORKERS_H
#define IPC_COMMANDS_WORKERS_H

#include "ipc/options/rules.h"

extern const struct command workers_command;

#endif
