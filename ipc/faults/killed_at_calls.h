/* SPDX-License-Identifier: MIT */
/*
 * killed_at_calls.h -- F1 and F2: killed at the beginning of a system call
 */
#ifndef IPC_FAULTS_KILLED_AT_CALLS_H
#define IPC_FAULTS_KILLED_AT_CALLS_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case killed_at_calls_faults[];

#endif
