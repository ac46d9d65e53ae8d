/* SPDX-License-Identifier: MIT */
/*
 * bench.h -- the command `bench`: measures a grid of cells
 */
#ifndef IPC_COMMANDS_BENCH_H
#define IPC_COMMANDS_BENCH_H

#include "ipc/options/rules.h"

extern const struct command bench_command;

#endif
