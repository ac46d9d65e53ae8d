/* SPDX-License-Identifier: MIT */
/*
 * limited.h -- F14: as few descriptors, bytes and messages as may be
 */
#ifndef IPC_FAULTS_LIMITED_H
#define IPC_FAULTS_LIMITED_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case limited_faults[]; /* the last one has no id */

#endif
