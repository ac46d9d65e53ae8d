/* SPDX-License-Identifier: MIT */
#include "ipc/worker/none.h"

#include "ipc/job/pattern.h"
#include "ipc/job/work.h"
#include "shared/base/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int do_image(struct worker *w, uint64_t id, unsigned char *payload)
{
    struct input_reader reader;
    struct job_result result;
    size_t size;
    int r;

    if (!worker_open_input(w, id, &reader))
        return 0;
    size = input_read(&reader, payload);
    w->self->bytes += size;
    worker_phase(w, PHASE_WORK);
    r = work_image(&w->store, payload, size, w->plan->box_width,
                   w->plan->box_height, &result);
    if (r == 0)
        worker_note_result(w, id, 1, &result);
    else
        worker_note_store(w, r);
    return r;
}

static int do_nothing(struct worker *w, uint64_t id, unsigned char *frame)
{
    put_u64(frame, id);
    w->self->bytes += w->plan->size;
    worker_note_result(w, id, 1, &job_done);
    return 0;
}

/* One job: filled as the producer does, checked as the consumer does. */
static int do_job(struct worker *w, uint64_t id, unsigned char *frame)
{
    struct job_header header = {
        .type = JOB_JOB,
        .work = w->plan->work,
        .id = id,
        .payload_size = w->plan->size,
        .attempt = 1,
        .count = 1,
    };
    unsigned char *payload = frame + JOB_HEADER_SIZE;

    if (w->plan->work == JOB_WORK_IMAGE)
        return do_image(w, id, payload);
    if (w->plan->work == JOB_WORK_CARRY)
        return do_nothing(w, id, frame);
    if (w->plan->work == JOB_WORK_VERIFY)
        pattern_fill(payload, w->plan->size, id);
    job_encode(&header, frame);
    if (job_decode(frame, JOB_HEADER_SIZE + w->plan->size, &header) != JOB_OK)
        return -EPROTO;
    if (w->plan->work == JOB_WORK_VERIFY &&
        pattern_check(payload, w->plan->size, id) != w->plan->size)
        return -EPROTO;
    w->self->bytes += w->plan->size;
    worker_note_result(w, id, 1, &job_done);
    return 0;
}

int none_run(struct worker *w)
{
    struct worker_page *self = w->self;
    const size_t frame = w->frame_max;
    void *memory;
    uint64_t id;
    int r = 0;

    if (posix_memalign(&memory, CHANNEL_ALIGN, frame) != 0)
        return -ENOMEM;
    memset(memory, 0, frame);
    for (id = 0; r == 0 && id < w->plan->jobs && !worker_look(w, id); id++) {
        self->submitted = id + 1;
        r = do_job(w, id, memory);
        atomic_store_explicit(&self->jobs, id + 1, memory_order_relaxed);
    }
    self->finished_ns = clock_ns();
    self->sent = self->tally.received = self->submitted;
    free(memory);
    return r;
}
