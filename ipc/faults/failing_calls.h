/* SPDX-License-Identifier: MIT */
/*
 * failing_calls.h -- F13 and F14 at each call: an interrupted or short one, and
 * one that fails
 */
#ifndef IPC_FAULTS_FAILING_CALLS_H
#define IPC_FAULTS_FAILING_CALLS_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case failing_calls_faults[];

#endif
