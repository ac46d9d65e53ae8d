/* SPDX-License-Identifier: MIT */
/*
 * leftovers_of_dead.h -- F9: what a killed run has left is removed
 */
#ifndef IPC_FAULTS_LEFTOVERS_OF_DEAD_H
#define IPC_FAULTS_LEFTOVERS_OF_DEAD_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case
    leftovers_of_dead_faults[]; /* the last one has no id */

#endif
