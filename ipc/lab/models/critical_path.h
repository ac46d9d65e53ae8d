/* SPDX-License-Identifier: MIT */
/*
 * critical_path.h -- how soon jobs can be done, by how long their tasks took
 *
 * No order of the tasks is faster than these bounds, on so many processors:
 *
 *   one job    the longest of   upload original,
 *                               resize, and upload resized behind it,
 *                               checksum and resize, shared by the processors
 *   a stream   the longer of    what all jobs compute, shared by the
 *                               processors,
 *                               what all jobs take by themselves, shared by as
 *                               many as may be under way (Little's law); and
 *                               no shorter than one job
 */
#ifndef IPC_LAB_MODELS_CRITICAL_PATH_H
#define IPC_LAB_MODELS_CRITICAL_PATH_H

#include "ipc/lab/models/drive.h"

uint64_t critical_path_ns(const struct drive_record *record,
                          unsigned processors);

/* critical_path_text names the tasks on it: "resize, upload resized". */
const char *critical_path_text(const struct drive_record *record,
                               unsigned processors);

/* stream_bound_ns: of `jobs` jobs like this one, of which at most `window` are
 * under way. */
uint64_t stream_bound_ns(const struct drive_record *record, uint64_t jobs,
                         unsigned window, unsigned processors);

/* record_end_ns returns when the last task of a job ended; record_begin_ns,
 * when the first began. */
uint64_t record_end_ns(const struct drive_record *record);
uint64_t record_begin_ns(const struct drive_record *record);

#endif
