/* SPDX-License-Identifier: MIT */
#include "ipc/worker/plan.h"

#include "ipc/job/batch.h"

const char *pattern_name(enum exchange_pattern pattern)
{
    static const char *const names[] = { "exchange", "ping-pong", "stream" };

    return names[pattern];
}

const char *work_name(enum job_work work)
{
    static const char *const names[] = { "header", "verify", "image", "carry" };

    return names[work];
}

size_t plan_payload_max(const struct exchange_plan *plan)
{
    size_t largest = plan->size;

    if (plan->work == JOB_WORK_IMAGE)
        largest = plan->inputs->largest;
    else if (plan->batch > 1)
        return plan->batch * batch_record(plan->size);
    return largest < plan->max ? largest : plan->max;
}

uint64_t plan_job_count(const struct exchange_plan *plan, unsigned producer)
{
    return plan->jobs / plan->producers +
           (producer < plan->jobs % plan->producers);
}
