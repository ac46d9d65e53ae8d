/* SPDX-License-Identifier: MIT */
/*
 * killed.h -- F1 to F5: somebody dies, at random, again and again
 */
#ifndef IPC_FAULTS_KILLED_H
#define IPC_FAULTS_KILLED_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case killed_faults[]; /* the last one has no id */

#endif
