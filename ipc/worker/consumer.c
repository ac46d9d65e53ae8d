/* SPDX-License-Identifier: MIT */
#include "ipc/worker/consumer.h"

#include "ipc/job/batch.h"
#include "ipc/job/pattern.h"
#include "ipc/job/work.h"
#include "ipc/worker/carry.h"
#include "ipc/worker/desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct consumer {
    struct worker *w;
    struct tally *tally; /* on the page */
    uint64_t session;
    bool began;              /* something has arrived */
    uint64_t arrived;        /* jobs, readable or not */
    struct job_result image; /* of the last job of image work */
};

/* Work that takes time, but no processor's. */
static void pause_over_job(const struct worker *w)
{
    const uint64_t ns =
        w->index == 0 ? w->plan->slow_pause_ns : w->plan->pause_ns;
    const struct timespec pause = {
        .tv_sec = (time_t)(ns / 1000000000),
        .tv_nsec = (long)(ns % 1000000000),
    };

    if (ns > 0)
        (void)nanosleep(&pause, NULL);
}

static bool is_intact(const struct consumer *c, const struct job_header *header,
                      const void *payload)
{
    const size_t size = header->payload_size;

    if (header->hashed && job_hash(payload, size) != header->payload_hash)
        return false;
    return header->work != JOB_WORK_VERIFY ||
           pattern_check(
               payload, size,
               worker_job_number(c->w, header->producer, header->id)) == size;
}

static int do_image(struct consumer *c, const struct job_header *header,
                    const unsigned char *payload)
{
    int r;

    r = work_image(&c->w->store, payload, header->payload_size,
                   header->box_width, header->box_height, &c->image);
    if (r < 0)
        worker_note_store(c->w, r);
    else if (header->id == 0 && c->w->plan->narrate_tasks)
        c->w->plan->narrate_tasks(&c->image);
    return r;
}

/* Does a job's work; its result stays until the next one's. Negative errno: the
 * work cannot be done at all. */
static int do_work(struct consumer *c, const struct job_header *header,
                   const unsigned char *payload,
                   const struct job_result **ret_result)
{
    bool intact;

    worker_phase(c->w, PHASE_WORK);
    intact = is_intact(c, header, payload);
    pause_over_job(c->w);
    *ret_result = intact ? &job_done : &job_damaged;
    if (header->work != JOB_WORK_IMAGE || !intact)
        return 0;
    *ret_result = &c->image;
    return do_image(c, header, payload);
}

/* The page does not tell of a producer in another program. */
static void count_bytes(struct consumer *c, uint64_t bytes)
{
    if (c->w->alone)
        c->w->self->bytes += bytes;
}

static void count_arrivals(struct consumer *c, uint64_t count)
{
    c->arrived += count;
    atomic_store_explicit(&c->w->self->jobs, c->arrived, memory_order_relaxed);
    if (!c->w->warm)
        (void)worker_look(c->w, c->arrived);
}

/* In a stream with a rate. */
static void note_latencies(struct consumer *c, const struct job_header *header,
                           uint64_t count)
{
    const uint64_t now_ns = clock_ns();

    for (uint64_t id = header->id; id < header->id + count; id++)
        histogram_record(&c->w->self->latency,
                         now_ns - worker_due_ns(c->w, header->producer, id));
}

/* Takes the arrival of `count` jobs with ids from header->id on, all with the
 * same result, into the tally: a damaged one is not a received one. */
static void judge(struct consumer *c, const struct job_header *header,
                  uint64_t count, const struct job_result *result)
{
    struct worker *w = c->w;
    uint64_t counts = count;

    if (result->status == JOB_DAMAGED)
        c->tally->corrupted += count;
    else
        counts =
            seen_note(w->seen[header->producer], c->tally, header->id, count);
    if (!header->answer || w->alone)
        worker_note_result(w,
                           worker_job_number(w, header->producer, header->id),
                           counts, result);
    if (!header->answer && w->plan->rate > 0 && w->warm)
        note_latencies(c, header, count);
    count_arrivals(c, count);
}

static int answer(struct consumer *c, const struct job_header *header,
                  const void *payload, size_t size)
{
    const struct lanes *lanes = &c->w->lanes;
    /* The way back to the producer, or the only one. */
    struct channel *results =
        lanes->results[header->producer % lanes->results_count];
    struct job_header reply = *header;
    void *block;
    int r;

    worker_phase(c->w, PHASE_RESERVE_RESULT);
    r = channel_reserve(results, JOB_HEADER_SIZE + size, &block);
    if (r < 0)
        return r;
    reply.type = JOB_RESULT;
    reply.answer = false;
    reply.payload_size = size;
    reply.hashed = size > 0;
    reply.payload_hash = size > 0 ? job_hash(payload, size) : 0;
    job_encode(&reply, block);
    if (size > 0)
        memcpy((unsigned char *)block + JOB_HEADER_SIZE, payload, size);
    worker_phase(c->w, PHASE_COMMIT_RESULT);
    return channel_commit(results, JOB_HEADER_SIZE + size);
}

static int answer_job(struct consumer *c, const struct job_header *header,
                      const struct job_result *result)
{
    unsigned char payload[JOB_RESULT_MAX];
    size_t size = 0;

    /* Header and verify work answer with an empty payload: done. */
    if (header->work == JOB_WORK_IMAGE || result->status != JOB_DONE)
        size = job_result_encode(result, payload);
    return answer(c, header, payload, size);
}

static int answer_end(struct consumer *c, const struct job_header *header)
{
    unsigned char payload[TALLY_SIZE];

    tally_encode(c->tally, payload);
    return answer(c, header, payload, sizeof(payload));
}

static enum job_error check_job(struct consumer *c, const void *block,
                                size_t size, struct job_header *ret_header)
{
    enum job_error error;

    error = job_decode(block, size, ret_header);
    if (error != JOB_OK)
        return error;
    if (ret_header->type == JOB_RESULT ||
        (ret_header->type == JOB_NAME && c->w->lanes.results_count > 0))
        return JOB_BAD_TYPE;
    if (ret_header->producer >= c->w->plan->producers)
        return JOB_BAD_FIELD;
    if (ret_header->answer && c->w->lanes.results_count == 0)
        return JOB_BAD_FLAGS;
    if (ret_header->work == JOB_WORK_IMAGE && !c->w->plan->store)
        return JOB_BAD_FLAGS;
    if (ret_header->batch && (ret_header->answer || ret_header->hashed ||
                              ret_header->work == JOB_WORK_IMAGE))
        return JOB_BAD_FLAGS;
    if (c->session == 0)
        c->session = ret_header->session;
    return ret_header->session == c->session ? JOB_OK : JOB_BAD_SESSION;
}

/* In the desk's thread: a job's turn has come. */
static int answer_paper(void *arg, const struct job_header *header,
                        const char *name, const struct job_result *result)
{
    struct consumer *c = arg;

    memcpy(c->w->job_name, name, JOB_NAME_MAX);
    if (header->id == 0 && c->w->plan->narrate_tasks)
        c->w->plan->narrate_tasks(result);
    count_bytes(c, header->payload_size);
    judge(c, header, 1, result);
    return header->answer ? answer_job(c, header, result) : 0;
}

/* In the desk's thread: the other one may wait for a message that never comes,
 * so the process ends here. */
static void fail_paper(void *arg, int error, const char *text)
{
    struct consumer *c = arg;

    if (error == -ENOSPC)
        worker_note_store(c->w, error);
    else
        worker_note_detail(c->w, text);
    c->w->self->error = error;
    _exit(EXIT_FAILURE);
}

/* The model does it, and its answer is given when its turn has come. */
static int hand_over(struct consumer *c, const struct job_header *header,
                     const unsigned char *payload)
{
    struct worker *w = c->w;
    int r;

    worker_phase(w, PHASE_WORK);
    r = desk_put(w->desk, header,
                 worker_job_number(w, header->producer, header->id), payload,
                 w->job_name, !is_intact(c, header, payload));
    if (r < 0) {
        worker_note_detail(w, model_error_text(r));
        return r;
    }
    worker_phase(w, PHASE_RELEASE_JOB);
    return channel_release(w->lanes.jobs[0]);
}

/* For whoever asks which job a consumer died with. */
static void note_in_hand(const struct consumer *c,
                         const struct job_header *header)
{
    const uint64_t number =
        worker_job_number(c->w, header->producer, header->id);

    atomic_store_explicit(&c->w->self->in_hand, number + 1,
                          memory_order_relaxed);
}

static void note_put_down(const struct consumer *c)
{
    atomic_store_explicit(&c->w->self->in_hand, 0, memory_order_relaxed);
}

/* A job is released before it is answered: with the answer the producer may
 * send the next one, and it finds the memory free. */
static int serve(struct consumer *c, const struct job_header *header,
                 const void *block)
{
    const unsigned char *payload = block;
    const struct job_result *result;
    int r;

    if (c->w->desk && header->work == JOB_WORK_IMAGE)
        return hand_over(c, header, payload + JOB_HEADER_SIZE);
    note_in_hand(c, header);
    r = do_work(c, header, payload + JOB_HEADER_SIZE, &result);
    if (r < 0)
        return r;
    count_bytes(c, header->payload_size);
    judge(c, header, 1, result);
    worker_phase(c->w, PHASE_RELEASE_JOB);
    r = channel_release(c->w->lanes.jobs[0]);
    if (r == 0 && header->answer)
        r = answer_job(c, header, result);
    note_put_down(c);
    return r;
}

/* Notes the name of the next job. */
static int note_name(struct consumer *c, const struct job_header *header,
                     const void *block)
{
    char *name = c->w->job_name;

    memcpy(name, (const unsigned char *)block + JOB_HEADER_SIZE,
           header->payload_size);
    name[header->payload_size] = '\0';
    worker_phase(c->w, PHASE_RELEASE_JOB);
    return channel_release(c->w->lanes.jobs[0]);
}

/* A frame that cannot be read has no id to answer to: it is counted. */
static int refuse(struct consumer *c, enum job_error error)
{
    struct worker *w = c->w;

    if (c->tally->corrupted++ == 0)
        (void)snprintf(w->self->detail, PAGE_DETAIL_MAX, "%s",
                       job_error_text(error));
    count_arrivals(c, 1);
    worker_phase(w, PHASE_RELEASE_JOB);
    return channel_release(w->lanes.jobs[0]);
}

/*
 * Many jobs in one frame, each done and compared as if it came alone; those
 * that are intact one behind the other are judged together. With one that
 * cannot be read, what is behind it is lost.
 */
static int serve_batch(struct consumer *c, const struct job_header *header,
                       const void *block)
{
    struct batch batch = {
        .at = (const unsigned char *)block + JOB_HEADER_SIZE,
        .left = header->payload_size,
    };
    struct job_header run = *header, one = *header;
    const void *payload;

    worker_phase(c->w, PHASE_WORK);
    for (; batch_next(&batch, &payload, &one.payload_size); one.id++) {
        note_in_hand(c, &one);
        pause_over_job(c->w);
        count_bytes(c, one.payload_size);
        if (is_intact(c, &one, payload))
            continue;
        judge(c, &run, one.id - run.id, &job_done);
        judge(c, &one, 1, &job_damaged);
        run.id = one.id + 1;
    }
    judge(c, &run, one.id - run.id, &job_done);
    note_put_down(c);
    if (batch.left > 0 || one.id - header->id != header->count)
        return refuse(c, JOB_BAD_LENGTH);
    worker_phase(c->w, PHASE_RELEASE_JOB);
    return channel_release(c->w->lanes.jobs[0]);
}

/* The next frame to look at. */
static int acquire(struct worker *w, const void **ret_block, size_t *ret_size)
{
    worker_phase(w, PHASE_ACQUIRE_JOB);
    if (w->plan->work == JOB_WORK_CARRY)
        return carry_receive(w, ret_block, ret_size);
    return channel_acquire(w->lanes.jobs[0], ret_block, ret_size);
}

static int consume_jobs(struct consumer *c)
{
    struct worker *w = c->w;
    struct job_header header;
    enum job_error error;
    const void *block;
    size_t size;
    int r;

    for (;;) {
        r = acquire(w, &block, &size);
        if (r < 0)
            return r;
        worker_count_frame(w);
        if (!c->began && w->alone)
            w->self->warm.at_ns = w->page->started_ns =
                clock_ns(); /* not the wait for it */
        c->began = true;
        error = check_job(c, block, size, &header);
        if (error == JOB_OK && header.type == JOB_END)
            break;
        if (error != JOB_OK)
            r = refuse(c, error);
        else if (header.type == JOB_NAME)
            r = note_name(c, &header, block);
        else if (header.batch)
            r = serve_batch(c, &header, block);
        else
            r = serve(c, &header, block);
        if (r < 0)
            return r;
    }
    atomic_store(&w->self->last, true);
    if (w->desk)
        desk_finish(w->desk);
    /* With the producer in another program, END says what it sent. */
    if (w->alone) {
        w->self->sent = w->self->submitted = header.id;
        w->self->finished_ns = clock_ns();
    }
    r = channel_release(w->lanes.jobs[0]);
    if (r < 0 || !header.answer)
        return r;
    return answer_end(c, &header);
}

/* The desk's thread judges and answers, with a worker of its own. */
struct answering {
    struct worker w;
    struct consumer c;
};

/* After a failure that thread may still be at work; the process ends soon, and
 * with it what the thread uses. */
static int consume_by_model(struct consumer *c)
{
    struct answering *back = calloc(1, sizeof(*back));
    struct worker *w = c->w;
    int r;

    if (!back)
        return -ENOMEM;
    back->w = *w;
    back->c = *c;
    back->c.w = &back->w;
    r = desk_start(w->desk, answer_paper, fail_paper, &back->c);
    if (r == 0)
        r = consume_jobs(c);
    if (r < 0)
        return r;
    w->warm = back->w.warm; /* it has seen the end of the warm-up */
    free(back);
    return 0;
}

int consumer_run(struct worker *w)
{
    struct consumer c = {
        .w = w,
        .tally = &w->self->tally,
        .session = w->session,
    };

    return w->desk ? consume_by_model(&c) : consume_jobs(&c);
}
