/* SPDX-License-Identifier: MIT */
/*
 * stepped.h -- F1 and F2: killed between two instructions of an operation
 *
 * Shared memory is written without system calls: there a process is stopped by
 * a breakpoint at a channel's operation and led through it, one instruction
 * after the other. So every moment of a commit or release can be the last.
 */
#ifndef IPC_FAULTS_STEPPED_H
#define IPC_FAULTS_STEPPED_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case stepped_faults[]; /* the last one has no id */

#endif
