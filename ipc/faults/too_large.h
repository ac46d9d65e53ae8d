/* SPDX-License-Identifier: MIT */
/*
 * too_large.h -- F7: messages larger than was agreed
 */
#ifndef IPC_FAULTS_TOO_LARGE_H
#define IPC_FAULTS_TOO_LARGE_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case too_large_faults[]; /* the last one has no id */

#endif
