/* SPDX-License-Identifier: MIT */
/*
 * fault_list.h -- all faults, in the order of the matrix
 */
#ifndef IPC_FAULTS_FAULT_LIST_H
#define IPC_FAULTS_FAULT_LIST_H

#include "ipc/faults/fault_cell.h"

/* fault_at returns the index-th of them, or NULL behind the last. */
const struct fault_case *fault_at(unsigned index);

/* fault_is_in: whether a list of words with commas, such as "F1,F2/calls",
 * names a fault: all levels of a kind, or one. NULL names all. */
bool fault_is_in(const struct fault_case *fault, const char *list);

/* fault_list_error returns the first word that names no fault, cut to
 * FAULT_WORD_MAX - 1 bytes, or NULL. */
enum { FAULT_WORD_MAX = 40 };
const char *fault_list_error(const char *list,
                             char ret_word[static FAULT_WORD_MAX]);

#endif
