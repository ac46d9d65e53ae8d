/* SPDX-License-Identifier: MIT */
/*
 * report.h -- the command `report`: the results of a bench as a page
 */
#ifndef IPC_COMMANDS_REPORT_H
#define IPC_COMMANDS_REPORT_H

#include "ipc/options/rules.h"

extern const struct command report_command;

#endif
