/* SPDX-License-Identifier: MIT */
/*
 * trace.h -- the command `trace`: the system calls of one job, on both sides
 *
 * This program runs itself once more, under strace(1): there the workers'
 * channels mark where each operation begins and ends (mark.h). Of what strace
 * wrote, one job from the middle is shown. Its other face is trace_wake.h.
 */
#ifndef IPC_COMMANDS_TRACE_H
#define IPC_COMMANDS_TRACE_H

#include "ipc/options/rules.h"

extern const struct command trace_command;

#endif
