/* SPDX-License-Identifier: MIT */
#include "ipc/worker/producer.h"

#include "ipc/channel_config.h"
#include "ipc/job/batch.h"
#include "ipc/job/pattern.h"
#include "ipc/worker/answers.h"
#include "ipc/worker/carry.h"
#include "ipc/worker/ledger.h"
#include "shared/memory/spin.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum {
    WAIT_PARTS = 8,
    PAUSE_NS = 2000000,  /* between two looks, at most */
    AGAIN_NS = 10000000, /* until another END goes out, then doubled */
};

struct producer {
    struct worker *w;
    const struct exchange_plan *plan;
    struct worker_page *self;
    struct answers answers;
    unsigned turn;     /* the lane of the next job */
    uint64_t old;      /* ids below it earlier generations had to do with */
    uint16_t attempt;  /* of what goes off now, */
    uint16_t first;    /* and of jobs from `old` on */
    bool suspect_goes; /* what went off last goes alone */
    uint64_t due_ns;   /* with a rate: when the next job is to go off */
};

/* What earlier generations make of a job that goes off now. Only of an old one
 * they know something, and most are new. */
static void look_back(struct producer *p, uint64_t id)
{
    const struct ledger *ledger = p->w->ledger;
    const bool is_old = id < p->old;

    p->attempt = is_old ? ledger_attempt(ledger, p->w->index, id) : p->first;
    p->suspect_goes = is_old && ledger_is_suspect(ledger, p->w->index, id);
}

static void fill_header(const struct producer *p, struct job_header *ret_header,
                        uint64_t id, size_t size)
{
    *ret_header = (struct job_header){
        .type = JOB_JOB,
        .work = p->plan->work,
        .answer = p->answers.wanted,
        .session = p->w->session,
        .id = id,
        .payload_size = size,
        .attempt = p->attempt,
        .producer = (uint16_t)p->w->index,
        .box_width = (uint16_t)p->plan->box_width,
        .box_height = (uint16_t)p->plan->box_height,
        .count = 1,
    };
}

/* Since when a job waits that goes off now. */
static uint64_t since_ns(const struct producer *p)
{
    if (p->plan->rate > 0)
        return p->due_ns;
    return p->answers.gone_ns > 0 ? p->answers.gone_ns : clock_ns();
}

/* Notes that a job goes off, and asks for its memory. */
static int reserve_job(struct producer *p, uint64_t id, size_t size,
                       void **ret_block)
{
    if (p->answers.wanted)
        answers_expect(&p->answers, id, p->attempt, since_ns(p));
    worker_phase(p->w, PHASE_RESERVE_JOB);
    return channel_reserve(p->w->lanes.jobs[p->turn], JOB_HEADER_SIZE + size,
                           ret_block);
}

static int commit(struct producer *p, void *block,
                  const struct job_header *header)
{
    struct channel *jobs = p->w->lanes.jobs[p->turn];

    job_encode(header, block);
    worker_phase(p->w, PHASE_COMMIT_JOB);
    worker_count_frame(p->w);
    p->turn = (p->turn + 1) % p->w->lanes.jobs_count;
    return channel_commit(jobs, JOB_HEADER_SIZE + header->payload_size);
}

static int commit_job(struct producer *p, void *block,
                      const struct job_header *header)
{
    int r;

    p->self->sent += header->count;
    p->self->bytes +=
        header->batch ? header->count * p->plan->size : header->payload_size;
    r = commit(p, block, header);
    if (r == 0)
        answers_gone(&p->answers);
    return r;
}

static uint64_t batch_of(const struct exchange_plan *plan)
{
    return plan->batch > 1 ? plan->batch : 1;
}

/* In header work the memory is warmed once, then never touched again. */
static bool is_cold(const struct producer *p)
{
    return p->self->sent < p->w->lanes.jobs_count * batch_of(p->plan);
}

static void fill_payload(const struct producer *p, uint64_t id, void *payload)
{
    const size_t size = p->plan->size;

    if (p->plan->work == JOB_WORK_VERIFY)
        pattern_fill(payload, size, worker_job_number(p->w, p->w->index, id));
    else if (is_cold(p))
        memset(payload, 0xa5, size);
}

/* A job of header or verify work. */
static int send_pattern(struct producer *p, uint64_t id)
{
    const size_t size = p->plan->size;
    struct job_header header;
    void *block;
    int r;

    r = reserve_job(p, id, size, &block);
    if (r < 0)
        return r;
    fill_payload(p, id, (unsigned char *)block + JOB_HEADER_SIZE);
    fill_header(p, &header, id, size);
    return commit_job(p, block, &header);
}

/* The same with `count` of them in one frame. */
static int send_batch(struct producer *p, uint64_t id, uint32_t count)
{
    const size_t record = batch_record(p->plan->size);
    struct job_header header;
    unsigned char *at;
    void *block;
    int r;

    r = reserve_job(p, id, count * record, &block);
    if (r < 0)
        return r;
    at = (unsigned char *)block + JOB_HEADER_SIZE;
    for (uint32_t i = 0; i < count; i++, at += record)
        fill_payload(p, id + i, batch_put(at, p->plan->size));
    fill_header(p, &header, id, count * record);
    header.batch = true;
    header.count = count;
    return commit_job(p, block, &header);
}

/* Where nobody answers, the consumer alone can tell of a job that is rejected:
 * so it is told what the job is called. */
static int send_name(struct producer *p, uint64_t id)
{
    const struct inputs *inputs = p->plan->inputs;
    const char *path = inputs_name(
        inputs, worker_job_number(p->w, p->w->index, id) % inputs->count);
    const size_t whole = strlen(path);
    const size_t size = whole < JOB_NAME_MAX ? whole : JOB_NAME_MAX - 1;
    struct job_header header;
    void *block;
    int r;

    if (!p->w->alone || p->w->lanes.results_count > 0)
        return 0;
    worker_phase(p->w, PHASE_RESERVE_JOB);
    r = channel_reserve(p->w->lanes.jobs[p->turn], JOB_HEADER_SIZE + size,
                        &block);
    if (r < 0)
        return r;
    /* The end of a long path says more. */
    memcpy((unsigned char *)block + JOB_HEADER_SIZE, path + whole - size, size);
    fill_header(p, &header, id, size);
    header.type = JOB_NAME;
    return commit(p, block, &header);
}

/* It is rejected before it goes off. In a stream all is told anew each time. */
static void settle_unsent(struct producer *p, uint64_t id)
{
    struct ledger *ledger = p->w->ledger;

    if (ledger && ledger->answered)
        (void)ledger_settle(ledger, p->w->index, id, true);
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

    if (!worker_open_input(p->w, worker_job_number(p->w, p->w->index, id),
                           &reader)) {
        settle_unsent(p, id);
        return 0;
    }
    r = send_name(p, id);
    if (r == 0)
        r = reserve_job(p, id, reader.size, &block);
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

static void sleep_until(uint64_t ns)
{
    const struct timespec at = {
        .tv_sec = (time_t)(ns / 1000000000),
        .tv_nsec = (long)(ns % 1000000000),
    };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

/* One that a consumer died with goes when nothing else is under way, and until
 * it is answered nothing else goes: so another death is its own. */
static bool must_be_alone(const struct producer *p, uint64_t id)
{
    const struct ledger *ledger = p->w->ledger;

    return p->answers.under_way > 0 && ledger && ledger->generation > 0 &&
           (p->suspect_goes || ledger_is_suspect(ledger, p->w->index, id));
}

/*
 * Waits for the window, and with a rate for the time when the last job of those
 * that go off together is due: a batch has to fill. Until then answers are
 * taken, so that each is seen when it comes. A job that is late goes off at
 * once, and its latency counts from when it was due: a stall delays all that
 * were due meanwhile, and shows in each.
 */
static int await_turn(struct producer *p, uint64_t id, uint64_t last)
{
    const bool timed = p->plan->rate > 0;
    int r;

    if (timed)
        p->due_ns = worker_due_ns(p->w, p->w->index, last);
    while (answers_must_wait(&p->answers, id) || must_be_alone(p, id) ||
           (timed && p->answers.under_way > 0 && clock_ns() < p->due_ns)) {
        r = answers_take(&p->answers);
        if (r < 0)
            return r;
    }
    if (timed)
        sleep_until(p->due_ns);
    return 0;
}

/* Sends jobs that go off together: one, unless there are batches. */
static int send_some(struct producer *p, uint64_t id, uint64_t count)
{
    if (id + count > p->self->submitted)
        p->self->submitted = id + count;
    look_back(p, id);
    if (p->plan->work == JOB_WORK_IMAGE)
        return send_image(p, id);
    return p->plan->batch > 1 ? send_batch(p, id, (uint32_t)count)
                              : send_pattern(p, id);
}

/* The first that is to be sent, from this one on. What an earlier generation
 * has sent is sent again, also when the time for new ones is over. */
static uint64_t next_job(const struct producer *p, uint64_t id)
{
    return id < p->old ? ledger_next(p->w->ledger, p->w->index, id) : id;
}

/* How many there are from this one on that go off together. */
static uint64_t count_together(const struct producer *p, uint64_t id)
{
    const uint64_t count = plan_job_count(p->plan, p->w->index);
    const uint64_t batch = batch_of(p->plan);
    uint64_t some = 1;

    while (some < batch && id + some < count &&
           next_job(p, id + some) == id + some)
        some++;
    return some;
}

static int send_jobs(struct producer *p)
{
    const uint64_t count = plan_job_count(p->plan, p->w->index);
    uint64_t some;
    int r;

    for (uint64_t id = next_job(p, 0); id < count;
         id = next_job(p, id + some)) {
        if (id >= p->old && worker_look(p->w, id))
            break;
        some = count_together(p, id);
        r = await_turn(p, id, id + some - 1);
        if (r == 0)
            r = send_some(p, id, some);
        if (r < 0)
            return r;
        atomic_store_explicit(&p->self->jobs, id + some, memory_order_relaxed);
    }
    while (p->answers.under_way > 0) {
        r = answers_take(&p->answers);
        if (r < 0)
            return r;
    }
    answers_gone(&p->answers);
    return 0;
}

static int send_end(struct producer *p)
{
    struct job_header header;
    void *block;
    int r;

    look_back(p, p->self->sent);
    worker_phase(p->w, PHASE_RESERVE_JOB);
    r = channel_reserve(p->w->lanes.jobs[p->turn], JOB_HEADER_SIZE, &block);
    if (r < 0)
        return r;
    fill_header(p, &header, p->self->sent, 0);
    header.type = JOB_END;
    header.work = JOB_WORK_HEADER;
    header.answer = p->w->lanes.results_count > 0;
    return commit(p, block, &header);
}

/* Whether consumers have acquired all that producers have committed. */
static bool all_arrived(const struct producer *p)
{
    const struct worker_page *worker = p->w->page->worker;
    uint64_t acquired = 0, committed = 0;

    for (unsigned i = 0; i < p->plan->producers; i++)
        committed += atomic_load(&worker[i].frames);
    for (unsigned i = 0; i < p->plan->consumers; i++)
        acquired += atomic_load(&worker[p->plan->producers + i].frames);
    return acquired >= committed;
}

/* A wait that began then. It looks before it sleeps, as a stream's time goes
 * on, and sleeps for a part of the time that it has waited: so it is late by no
 * more than that, and a long wait costs few looks. */
static void wait_on(struct spin *spin, uint64_t began_ns)
{
    const uint64_t now_ns = clock_ns();
    const uint64_t part_ns = (now_ns - began_ns) / WAIT_PARTS;

    if (!spin_on(spin))
        sleep_until(now_ns + (part_ns < PAUSE_NS ? part_ns : PAUSE_NS));
}

/*
 * Where consumers compete, the exchange is ended when all that was sent has
 * arrived: nothing may come behind an END, and who hands out in turn (ZeroMQ)
 * passes over those that are busy, so that one would get two of them. A
 * consumer may be stopped for as long as it likes: what was lost is for the
 * supervisor to find, as then nothing moves.
 */
static void await_arrivals(struct producer *p)
{
    struct spin spin = spin_begin(CHANNEL_SPIN_NS);
    const uint64_t began_ns = clock_ns();

    worker_phase(p->w, PHASE_AWAIT_ARRIVALS);
    while (!all_arrived(p))
        wait_on(&spin, began_ns);
}

static bool all_ended(const struct producer *p)
{
    const struct worker_page *consumer =
        &p->w->page->worker[p->plan->producers];

    for (unsigned i = 0; i < p->plan->consumers; i++)
        if (!atomic_load(&consumer[i].last))
            return false;
    return true;
}

/*
 * An END that goes to one who has had his is another's that never comes. Who
 * hands out in turn does that: libzmq (seen with 4.3.4) hears only once in a
 * millisecond that a receiver has room again, and passes over it until then. So
 * more of them go out, ever more rarely, until each consumer has one; nobody
 * leaves before, and those that are too many nobody reads.
 */
static int await_ends(struct producer *p)
{
    struct spin spin = spin_begin(CHANNEL_SPIN_NS);
    const uint64_t began_ns = clock_ns();
    uint64_t next_ns = AGAIN_NS;
    int r = 0;

    while (r == 0 && !all_ended(p)) {
        worker_phase(p->w, PHASE_AWAIT_ENDS);
        wait_on(&spin, began_ns);
        if (clock_ns() - began_ns < next_ns)
            continue;
        r = send_end(p);
        next_ns *= 2;
    }
    page_end(p->w->page);
    return r;
}

/* How many consumers this producer is to send an END. */
static unsigned count_ends(struct producer *p)
{
    const struct worker *w = p->w;

    if (!w->channels->competing)
        return w->lanes.jobs_count;
    if (atomic_fetch_add(&w->page->producers_done, 1) + 1 < p->plan->producers)
        return 0;
    await_arrivals(p);
    return p->plan->consumers;
}

static int end_jobs(struct producer *p)
{
    const unsigned ends = count_ends(p);
    const unsigned lanes = p->w->lanes.results_count;
    struct tally tally;
    int r;

    for (unsigned i = 0; i < ends; i++) {
        r = send_end(p);
        if (r < 0)
            return r;
    }
    if (ends > 0 && p->w->channels->competing) {
        r = await_ends(p);
        if (r < 0)
            return r;
    }
    for (unsigned i = 0; lanes > 0 && i < ends; i++) {
        r = answers_take_tally(&p->answers, i % lanes, &tally);
        if (r < 0)
            return r;
    }
    /* The page tells of consumers of this program. */
    if (p->w->alone && lanes > 0)
        p->self->tally = tally;
    if (p->plan->pattern == PATTERN_STREAM && lanes > 0)
        p->self->finished_ns = clock_ns();
    return 0;
}

static int exchange_jobs(struct producer *p)
{
    struct worker_page *self = p->self;
    int r;

    r = p->plan->work == JOB_WORK_CARRY ? carry_send(p->w) : send_jobs(p);
    if (r < 0)
        return r;
    self->finished_ns = clock_ns();
    r = end_jobs(p);
    /* There may be no way back: what arrived is for the consumer to say. */
    if (p->w->lanes.results_count == 0)
        self->tally.received = self->sent;
    /* The tally is all that is known of a consumer in another program. */
    if (p->w->alone && p->plan->pattern == PATTERN_STREAM)
        self->results.completed = self->tally.received;
    return r;
}

int producer_run(struct worker *w)
{
    struct producer p = { .w = w, .plan = w->plan, .self = w->self };
    int r;

    p.first = w->ledger ? ledger_attempt(w->ledger, w->index, UINT64_MAX) : 1;
    if (w->ledger)
        p.old = w->self->submitted = w->ledger->account[w->index].submitted;
    /* Timers may be late by 50 us else, to save power. */
    if (w->plan->rate > 0)
        (void)prctl(PR_SET_TIMERSLACK, 1UL);
    r = answers_open(&p.answers, w);
    if (r < 0)
        return r;
    r = exchange_jobs(&p);
    answers_close(&p.answers);
    return r;
}
