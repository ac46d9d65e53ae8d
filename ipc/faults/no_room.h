/* SPDX-License-Identifier: MIT */
/*
 * no_room.h -- F12: the file system is full, or a file may not grow
 */
#ifndef IPC_FAULTS_NO_ROOM_H
#define IPC_FAULTS_NO_ROOM_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case no_room_faults[]; /* the last one has no id */

#endif
