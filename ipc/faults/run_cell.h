/* SPDX-License-Identifier: MIT */
/*
 * run_cell.h -- one cell of the matrix, done
 */
#ifndef IPC_FAULTS_RUN_CELL_H
#define IPC_FAULTS_RUN_CELL_H

#include "ipc/faults/fault_cell.h"
#include "shared/process/child.h"

enum { CELL_LIMIT_S = 60 };

/*
 * cell_open returns a cell in shared memory, or NULL without any; cell_free
 * frees it. Its limit is CELL_LIMIT_S, and a second for each injection.
 */
struct fault_cell *cell_open(const struct fault_case *fault,
                             const struct mechanism *mechanism,
                             unsigned injections, uint64_t seed);
void cell_free(struct fault_cell *cell);

/* cell_soak sets how long a soak is to last, and the limit. */
void cell_soak(struct fault_cell *cell, uint64_t ns);

/*
 * cell_run does it, in a process of its own, and decides. `dir` is a private
 * directory; what the cell leaves in it is counted, and removed. `stop` is
 * asked now and then; other than 0, it ends the cell, and is returned.
 */
int cell_run(struct fault_cell *cell, const char *dir, child_stop_fn *stop);

#endif
