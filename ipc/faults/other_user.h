/* SPDX-License-Identifier: MIT */
/*
 * other_user.h -- F11: another user tries what it can reach
 */
#ifndef IPC_FAULTS_OTHER_USER_H
#define IPC_FAULTS_OTHER_USER_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case other_user_faults[]; /* the last one has no id */

#endif
