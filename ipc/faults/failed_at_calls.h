/* SPDX-License-Identifier: MIT */
/*
 * failed_at_calls.h -- F13 and F14 at each system call: one that is
 * interrupted, or short, or that fails
 */
#ifndef IPC_FAULTS_FAILED_AT_CALLS_H
#define IPC_FAULTS_FAILED_AT_CALLS_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case failed_at_calls_faults[];

#endif
