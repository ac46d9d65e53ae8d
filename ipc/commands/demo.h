/* SPDX-License-Identifier: MIT */
/*
 * demo.h -- the command `demo`: images go from one process to another, and
 * a person is told how
 */
#ifndef IPC_COMMANDS_DEMO_H
#define IPC_COMMANDS_DEMO_H

#include "ipc/options/rules.h"

extern const struct command demo_command;

#endif
