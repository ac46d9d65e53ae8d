/* SPDX-License-Identifier: MIT */
/*
 * choose.h -- the command `choose`: which mechanism to take, and why
 *
 * What a mechanism can do is what its traits say; how fast it is, what a bench
 * on this machine found.
 */
#ifndef IPC_COMMANDS_CHOOSE_H
#define IPC_COMMANDS_CHOOSE_H

#include "ipc/options/rules.h"

extern const struct command choose_command;

#endif
