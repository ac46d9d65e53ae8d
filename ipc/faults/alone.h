/* SPDX-License-Identifier: MIT */
/*
 * alone.h -- F0: what a mechanism loses by itself when its receiver is killed
 *
 * Without the protocol that all exchanges have (ipc/worker/ledger): a sender
 * sends, a receiver dies with a message in hand, and another one takes its
 * place. What that does not get is lost. No verdict hangs on it.
 */
#ifndef IPC_FAULTS_ALONE_H
#define IPC_FAULTS_ALONE_H

#include "ipc/faults/fault_cell.h"

extern const struct fault_case alone_faults[]; /* the last one has no id */

#endif
