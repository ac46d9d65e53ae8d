/* SPDX-License-Identifier: MIT */
/*
 * lying.h -- F8 and F15: a peer whose frames are not what they should be
 */
#ifndef IPC_FAULTS_LYING_H
#define IPC_FAULTS_LYING_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case lying_faults[]; /* the last one has no id */

#endif
