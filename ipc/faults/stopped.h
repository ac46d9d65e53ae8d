/* SPDX-License-Identifier: MIT */
/*
 * stopped.h -- F6 and F13: a process is stopped, and goes on
 */
#ifndef IPC_FAULTS_STOPPED_H
#define IPC_FAULTS_STOPPED_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case stopped_faults[]; /* the last one has no id */

#endif
