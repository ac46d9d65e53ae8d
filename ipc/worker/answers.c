/* SPDX-License-Identifier: MIT */
#include "ipc/worker/answers.h"

#include "ipc/worker/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool answers_are_wanted(const struct worker *w)
{
    return w->plan->pattern != PATTERN_STREAM && w->lanes.results_count > 0;
}

int answers_open(struct answers *a, struct worker *w)
{
    *a = (struct answers){
        .w = w,
        .wanted = answers_are_wanted(w),
        .in_order = !w->channels->competing || w->plan->consumers == 1,
    };
    a->one_by_one = a->wanted && w->window == 1 && w->plan->rate == 0;
    a->slots = w->window * (uint64_t)(a->in_order ? 1 : ANSWERS_LEAD);
    a->slot = calloc(a->slots, sizeof(*a->slot));
    return a->slot ? 0 : -ENOMEM;
}

void answers_close(struct answers *a)
{
    free(a->slot);
    a->slot = NULL;
}

bool answers_must_wait(const struct answers *a, uint64_t id)
{
    return a->under_way >= a->w->window || a->slot[id % a->slots].since_ns != 0;
}

void answers_expect(struct answers *a, uint64_t id, uint16_t attempt,
                    uint64_t since_ns)
{
    a->slot[id % a->slots] = (struct under_way){ id, since_ns, attempt };
    a->under_way++;
}

void answers_gone(struct answers *a)
{
    const uint64_t before_ns = a->gone_ns;

    if (!a->one_by_one)
        return;
    a->gone_ns = clock_ns();
    if (before_ns > 0 && a->w->warm)
        histogram_record(&a->w->self->latency, a->gone_ns - before_ns);
}

/* A damaged one is not settled: it may arrive intact the next time. */
static void settle(struct answers *a, uint64_t id, enum job_status status)
{
    struct worker *w = a->w;

    if (w->ledger && status != JOB_DAMAGED &&
        !ledger_settle(w->ledger, w->index, id, status == JOB_REJECTED))
        w->self->doubled_effects++;
}

/* Takes the answer to a job into the counts. */
static void note(struct answers *a, const struct job_header *header,
                 const unsigned char *payload)
{
    struct worker_page *self = a->w->self;
    struct under_way *slot = &a->slot[header->id % a->slots];
    const struct job_result *result = &job_done;
    struct job_result told;

    if (slot->since_ns == 0 || slot->id != header->id) {
        self->duplicate_answers++;
        return;
    }
    if (slot->attempt != header->attempt) /* it changes nothing */
        return;
    if (header->id >= a->next)
        a->next = header->id + 1;
    else if (a->in_order)
        self->reordered_answers++;
    if (a->w->warm && !a->one_by_one)
        histogram_record(&self->latency, clock_ns() - slot->since_ns);
    slot->since_ns = 0;
    a->under_way--;
    a->turn = (a->turn + 1) % a->w->lanes.results_count;
    if (header->payload_size > 0) {
        if (job_result_decode(payload, header->payload_size, &told) != JOB_OK) {
            self->bad_answers++;
            return;
        }
        result = &told;
    }
    worker_note_result(a->w, worker_job_number(a->w, a->w->index, header->id),
                       1, result);
    settle(a, header->id, result->status);
}

/* Checks a message of the results channel and copies its payload, which the
 * peer may still be able to write. */
static enum job_error check_result(const struct worker *w, const void *block,
                                   size_t size, struct job_header *ret_header,
                                   unsigned char payload[JOB_RESULT_MAX])
{
    enum job_error error;

    error = job_decode(block, size, ret_header);
    if (error != JOB_OK)
        return error;
    if (ret_header->type != JOB_RESULT)
        return JOB_BAD_TYPE;
    if (ret_header->session != w->session)
        return JOB_BAD_SESSION;
    if (ret_header->producer != w->index)
        return JOB_BAD_FIELD;
    if (ret_header->payload_size > JOB_RESULT_MAX)
        return JOB_BAD_LENGTH;
    memcpy(payload, (const unsigned char *)block + JOB_HEADER_SIZE,
           ret_header->payload_size);
    if (ret_header->hashed &&
        job_hash(payload, ret_header->payload_size) != ret_header->payload_hash)
        return JOB_BAD_PAYLOAD;
    return JOB_OK;
}

/* Acquires one message of the results channel. *ret_error says whether it is
 * an answer. */
static int receive(struct worker *w, unsigned lane,
                   struct job_header *ret_header,
                   unsigned char payload[JOB_RESULT_MAX],
                   enum job_error *ret_error)
{
    struct channel *results = w->lanes.results[lane];
    const void *block;
    size_t size;
    int r;

    worker_phase(w, PHASE_ACQUIRE_RESULT);
    r = channel_acquire(results, &block, &size);
    if (r < 0)
        return r;
    *ret_error = check_result(w, block, size, ret_header, payload);
    worker_phase(w, PHASE_RELEASE_RESULT);
    return channel_release(results);
}

int answers_take(struct answers *a)
{
    unsigned char payload[JOB_RESULT_MAX];
    struct job_header header;
    enum job_error error;
    int r;

    r = receive(a->w, a->turn, &header, payload, &error);
    if (r < 0)
        return r;
    if (error == JOB_OK)
        note(a, &header, payload);
    else
        a->w->self->bad_answers++;
    return 0;
}

int answers_take_tally(struct answers *a, unsigned lane,
                       struct tally *ret_tally)
{
    unsigned char payload[JOB_RESULT_MAX];
    struct job_header header;
    enum job_error error;
    int r;

    for (;;) {
        r = receive(a->w, lane, &header, payload, &error);
        if (r < 0)
            return r;
        if (error != JOB_OK)
            a->w->self->bad_answers++;
        else if (tally_decode(payload, header.payload_size, ret_tally))
            return 0;
        else
            a->w->self->duplicate_answers++;
    }
}
