/* SPDX-License-Identifier: MIT */
/*
 * producer.c -- sends the jobs, takes the results, ends with END
 */
#include "ipc/worker.h"

#include "shared/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct producer {
    struct worker *w;
    const struct exchange_plan *plan;
    struct exchange_page *page;
    uint64_t *sent_ns;  /* when, by id mod window; 0: not under way */
    uint64_t under_way; /* unanswered jobs */
    uint64_t next_answer;
};

static bool wants_answers(const struct producer *p)
{
    return p->plan->pattern != PATTERN_STREAM && p->w->results.ops;
}

/* Takes the answer to a job into the counts. */
static void note_answer(struct producer *p, const struct job_header *header,
                        const unsigned char *payload)
{
    struct exchange_page *page = p->page;
    uint64_t *sent_ns = &p->sent_ns[header->id % p->w->window];
    struct job_result result;

    if (header->id >= page->submitted || *sent_ns == 0 ||
        header->id + p->w->window < page->submitted) {
        page->duplicate_answers++;
        return;
    }
    if (header->id < p->next_answer)
        page->reordered_answers++;
    else
        p->next_answer = header->id + 1;
    histogram_record(&page->latency, clock_ns() - *sent_ns);
    *sent_ns = 0;
    p->under_way--;
    if (job_result_decode(payload, header->payload_size, &result) != JOB_OK)
        page->bad_answers++;
    else
        worker_note_result(p->w, header->id, &result);
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
static int receive_result(struct worker *w, struct job_header *ret_header,
                          unsigned char payload[JOB_RESULT_MAX],
                          enum job_error *ret_error)
{
    const void *block;
    size_t size;
    int r;

    worker_phase(w, PHASE_ACQUIRE_RESULT);
    r = channel_acquire(&w->results, &block, &size);
    if (r < 0)
        return r;
    *ret_error = check_result(w, block, size, ret_header, payload);
    worker_phase(w, PHASE_RELEASE_RESULT);
    return channel_release(&w->results);
}

static int take_answer(struct producer *p)
{
    unsigned char payload[JOB_RESULT_MAX];
    struct job_header header;
    enum job_error error;
    int r;

    r = receive_result(p->w, &header, payload, &error);
    if (r < 0)
        return r;
    if (error == JOB_OK)
        note_answer(p, &header, payload);
    else
        p->page->bad_answers++;
    return 0;
}

static void fill_header(const struct producer *p, struct job_header *ret_header,
                        uint64_t id, size_t size)
{
    *ret_header = (struct job_header){
        .type = JOB_JOB,
        .work = p->plan->work,
        .answer = wants_answers(p),
        .session = p->w->session,
        .id = id,
        .payload_size = size,
        .attempt = 1,
        .box_width = (uint16_t)p->plan->box_width,
        .box_height = (uint16_t)p->plan->box_height,
        .count = 1,
    };
}

static int commit_job(struct producer *p, void *block,
                      const struct job_header *header)
{
    job_encode(header, block);
    worker_phase(p->w, PHASE_COMMIT_JOB);
    p->page->sent++;
    p->page->bytes += header->payload_size;
    return channel_commit(&p->w->jobs, JOB_HEADER_SIZE + header->payload_size);
}

/* Notes when a job goes off, before its memory is asked for. */
static void note_departure(struct producer *p, uint64_t id)
{
    if (!wants_answers(p))
        return;
    p->sent_ns[id % p->w->window] = clock_ns();
    p->under_way++;
}

/* A job of header or verify work. */
static int send_pattern(struct producer *p, uint64_t id)
{
    const size_t size = p->plan->size;
    struct job_header header;
    unsigned char *payload;
    void *block;
    int r;

    note_departure(p, id);
    worker_phase(p->w, PHASE_RESERVE_JOB);
    r = channel_reserve(&p->w->jobs, JOB_HEADER_SIZE + size, &block);
    if (r < 0)
        return r;
    payload = (unsigned char *)block + JOB_HEADER_SIZE;
    if (p->plan->work == JOB_WORK_VERIFY)
        pattern_fill(payload, size, id);
    else if (id == 0)
        memset(payload, 0xa5, size); /* warm it once, then never touch it */
    fill_header(p, &header, id, size);
    return commit_job(p, block, &header);
}

/* A job of image work: the file is read straight into the loan. */
static int send_image(struct producer *p, uint64_t id)
{
    struct input_reader reader;
    struct job_header header;
    unsigned char *payload;
    void *block;
    size_t size;
    int r;

    if (!worker_open_input(p->w, id, &reader))
        return 0;
    note_departure(p, id);
    worker_phase(p->w, PHASE_RESERVE_JOB);
    r = channel_reserve(&p->w->jobs, JOB_HEADER_SIZE + reader.size, &block);
    if (r < 0) {
        input_close(&reader);
        return r;
    }
    worker_phase(p->w, PHASE_READ_INPUT);
    payload = (unsigned char *)block + JOB_HEADER_SIZE;
    size = input_read(&reader, payload);
    fill_header(p, &header, id, size);
    header.hashed = true;
    header.payload_hash = job_hash(payload, size);
    return commit_job(p, block, &header);
}

static int send_jobs(struct producer *p)
{
    uint64_t id;
    int r;

    for (id = 0; id < p->plan->jobs && !worker_out_of_time(p->w, id); id++) {
        while (p->sent_ns[id % p->w->window] != 0) {
            r = take_answer(p);
            if (r < 0)
                return r;
        }
        p->page->submitted = id + 1;
        r = p->plan->work == JOB_WORK_IMAGE ? send_image(p, id)
                                            : send_pattern(p, id);
        if (r < 0)
            return r;
        atomic_store_explicit(&p->w->self->jobs, id + 1, memory_order_relaxed);
    }
    while (p->under_way > 0) {
        r = take_answer(p);
        if (r < 0)
            return r;
    }
    return 0;
}

static int send_end(struct producer *p)
{
    struct job_header header;
    void *block;
    int r;

    worker_phase(p->w, PHASE_RESERVE_JOB);
    r = channel_reserve(&p->w->jobs, JOB_HEADER_SIZE, &block);
    if (r < 0)
        return r;
    fill_header(p, &header, p->page->sent, 0);
    header.type = JOB_END;
    header.answer = p->w->results.ops != NULL;
    job_encode(&header, block);
    worker_phase(p->w, PHASE_COMMIT_JOB);
    return channel_commit(&p->w->jobs, JOB_HEADER_SIZE);
}

/* The answer to END is the consumer's tally. What comes before it answers
 * jobs a second time. */
static int take_tally(struct producer *p)
{
    unsigned char payload[JOB_RESULT_MAX];
    struct job_header header;
    enum job_error error;
    int r;

    for (;;) {
        r = receive_result(p->w, &header, payload, &error);
        if (r < 0)
            return r;
        if (error != JOB_OK)
            p->page->bad_answers++;
        else if (tally_decode(payload, header.payload_size, &p->page->tally))
            return 0;
        else
            p->page->duplicate_answers++;
    }
}

static int exchange_jobs(struct producer *p)
{
    int r;

    r = send_jobs(p);
    if (r < 0)
        return r;
    p->page->finished_ns = clock_ns();
    r = send_end(p);
    if (!p->w->results.ops) {
        /* There is no way back: what arrived is for the consumer to say. */
        p->page->tally.received = p->page->sent;
        p->w->self->results.completed = p->page->sent;
        return r;
    }
    if (r < 0)
        return r;
    r = take_tally(p);
    if (r < 0 || p->plan->pattern != PATTERN_STREAM)
        return r;
    p->page->finished_ns = clock_ns();
    /* Of a consumer in another program the tally is all that is known. */
    if (p->w->workers == 1)
        p->w->self->results.completed = p->page->tally.received;
    return 0;
}

int producer_run(struct worker *w)
{
    struct producer p = { .w = w, .plan = w->plan, .page = w->page };
    int r;

    p.sent_ns = calloc(w->window, sizeof(*p.sent_ns));
    if (!p.sent_ns)
        return -ENOMEM;
    r = exchange_jobs(&p);
    free(p.sent_ns);
    return r;
}
