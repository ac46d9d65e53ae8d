/* SPDX-License-Identifier: MIT */
/*
 * carry.h -- the transport alone: frames that are counted, and not looked at
 *
 * What other suites measure: reserve, commit, acquire and release, and between
 * them a number. There is no header, no hash and no comparison, nobody notes
 * which number came, and the clock is asked once in about 1000 frames whether
 * the time is over. So what is lost is noticed by its count alone, and what is
 * damaged or in another order is not noticed.
 *
 *       0  u64, little-endian: bit 63 set, which no header of a job has; from
 *          bit 48 on the producer; below it the number, from 0
 *       8  whatever the memory held, up to the size that was asked for
 *
 * An answer is such a frame, as large as the job or JOB_RESULT_MAX. END is a
 * job's (ipc/job/job), and has its answer.
 */
#ifndef IPC_WORKER_CARRY_H
#define IPC_WORKER_CARRY_H

#include "ipc/worker/worker.h"

/* carry_send sends frames until the time is over, or all are sent, and takes
 * the answers to them. Blocks as channels do; errors of a channel's. */
int carry_send(struct worker *w);

/*
 * carry_receive takes frames and, where there is a way back, answers them. It
 * returns with a frame that is not one of these, which is the caller's to
 * release. Blocks as channels do; errors of a channel's.
 */
int carry_receive(struct worker *w, const void **ret_block, size_t *ret_size);

#endif
