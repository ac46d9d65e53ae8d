/* SPDX-License-Identifier: MIT */
/*
 * table_note.h -- what a reader must know before the figures
 */
#ifndef IPC_LAB_SHOW_TABLE_NOTE_H
#define IPC_LAB_SHOW_TABLE_NOTE_H

#include "ipc/lab/measure/results.h"
#include "ipc/screen/screen.h"

/* table_note tells of these results how few rounds they are of, which rounds
 * were lengthened, or that they are of two kinds. False: there is nothing to be
 * said. table_notes prints all of it. */
enum { TABLE_NOTES = 3, TABLE_NOTE_MAX = 500 };
bool table_note(const struct results_set *results, unsigned number,
                char text[static TABLE_NOTE_MAX]);
void table_notes(const struct screen *screen,
                 const struct results_set *results);

#endif
