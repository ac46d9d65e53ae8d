/* SPDX-License-Identifier: MIT */
/*
 * soak.h -- one long exchange, and every few seconds another fault
 *
 * What single faults do not show: that they come one upon another, for hours.
 */
#ifndef IPC_FAULTS_SOAK_H
#define IPC_FAULTS_SOAK_H

#include "ipc/faults/fault_cell.h"

/* Its cell has a soak_ns. */
extern const struct fault_case soak_fault;

#endif
