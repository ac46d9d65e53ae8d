/* SPDX-License-Identifier: MIT */
/*
 * compare_runs.h -- the command `compare-runs`: did anything become slower?
 *
 * Two cells are compared by the rates of their rounds (by the rounds' median
 * latencies where the rate was given). A difference counts when it is one of
 * those of which 1 in 100 at most is chance's, and when it is large enough to
 * matter: what a program does elsewhere in memory is good for a few percent.
 */
#ifndef IPC_COMMANDS_COMPARE_RUNS_H
#define IPC_COMMANDS_COMPARE_RUNS_H

#include "ipc/options/rules.h"

extern const struct command compare_runs_command;

#endif
