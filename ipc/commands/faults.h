/* SPDX-License-Identifier: MIT */
/*
 * faults.h -- ipc faults: what each fault does to each mechanism
 */
#ifndef IPC_COMMANDS_FAULTS_H
#define IPC_COMMANDS_FAULTS_H

#include "ipc/options/rules.h"

extern const struct command faults_command;

#endif
