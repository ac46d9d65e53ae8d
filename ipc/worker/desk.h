/* SPDX-License-Identifier: MIT */
/*
 * desk.h -- stands between a channel and a model: jobs in, answers out
 *
 *      channel --> desk_put --> the model's threads --> answer --> channel
 *                  (caller)       or processes          (the desk's thread)
 *
 * The caller goes on to its next message while jobs are done. Answers are given
 * in the order in which the jobs came, whatever order the model ends them in.
 */
#ifndef IPC_WORKER_DESK_H
#define IPC_WORKER_DESK_H

#include "ipc/models/model.h"

struct desk;

/* Given in the desk's thread: what became of a job, by its header. `name` is
 * what desk_put was given. A negative errno ends the desk. */
typedef int desk_answer_fn(void *arg, const struct job_header *header,
                           const char *name, const struct job_result *result);

/* Called in the desk's thread, when it can do no more, and said why: the
 * process is to end. */
typedef void desk_fail_fn(void *arg, int error, const char *text);

/* desk_open starts the model, for up to `window` jobs at once, and takes none
 * yet: what the model forks does not have what this process opens later. config
 * stays the caller's until desk_close. -ENOMEM; errors of model_ops.start.
 * desk_start makes the thread. Pair with desk_close, also after a failure. */
int desk_open(const struct model *model, const struct model_config *config,
              unsigned window, struct desk **ret_desk);
int desk_start(struct desk *desk, desk_answer_fn *answer, desk_fail_fn *fail,
               void *arg);

/* desk_put takes a copy of a job, and waits while the desk is full. `number`
 * tells it from all others. A job that is damaged gets its answer in its turn,
 * and is not done. -ENOMEM; errors of model_ops.submit. */
int desk_put(struct desk *desk, const struct job_header *header,
             uint64_t number, const void *payload, const char *name,
             bool damaged);

/* desk_finish waits until every job has been answered. */
void desk_finish(struct desk *desk);

/* desk_close ends the model, and frees the desk. Safe on NULL. */
void desk_close(struct desk *desk);

#endif
