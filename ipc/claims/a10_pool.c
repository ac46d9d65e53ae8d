/* SPDX-License-Identifier: MIT */
/*
 * a10_pool.c -- a thread for every request, or a pool of threads
 *
 * Claim       A new thread for each request is slow; threads that live long and
 *             are used again are faster.
 * Section     Threads
 * Experiment  requests that take no time, and such that compute for 1 ms: a
 *             thread made and ended for each, against one thread that does them
 *             all, in turns
 * Rule        CONFIRMED if new threads take at least 1.2 times as long with
 *             both; DEPENDS if only with requests that take no time; REFUTED if
 *             with neither
 * Twin        all requests compute for 1 ms
 * Take away   A thread costs about as much as it takes to create one, once. A
 *             pool is for short requests, and to bound how many run at once.
 * Manual      pthread_create(3)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>

static const uint64_t request_ns = 1000000;

static const struct claim_plot plot = {
    .title = "a thread for each job, or a pool of one thread",
    .x = "how long a job computes",
    .x_unit = UNIT_NS,
    .y = "time of a job",
    .caption = "All on one processor. Between the curves is what it costs to "
               "make a thread and to end it; a longer job hides it. The pool's "
               "thread has the next job at hand: it shows no queue.",
};

/* Requests, and how long each computes. */
struct load {
    unsigned requests;
    uint64_t steps;
    volatile uint64_t sink;
};

static void *serve(void *arg)
{
    struct load *load = arg;

    load->sink = tool_compute(load->steps);
    return NULL;
}

static void serve_all(void *arg, unsigned index)
{
    struct load *load = arg;

    (void)index;
    for (unsigned i = 0; i < load->requests; i++)
        (void)serve(load);
}

static uint64_t serve_by_threads(struct load *load)
{
    const uint64_t start = clock_ns();
    pthread_t thread;

    for (unsigned i = 0; i < load->requests; i++) {
        if (pthread_create(&thread, NULL, serve, load) != 0)
            return 0;
        (void)pthread_join(thread, NULL);
    }
    return clock_ns() - start;
}

static int note_load(struct claim_run *run, struct load *load, double x,
                     const char *by_threads, const char *by_one)
{
    const uint64_t each = serve_by_threads(load);
    const uint64_t all = tool_threads(1, serve_all, load);

    claim_note_at(run, by_threads, UNIT_NS, x, (double)each / load->requests);
    claim_note_at(run, by_one, UNIT_NS, x, (double)all / load->requests);
    return each == 0 || all == 0 ? -EAGAIN : 0;
}

/* steps take 1 ms. */
static int draw_round(struct claim_run *run, uint64_t steps)
{
    static const struct {
        uint64_t ns;
        unsigned requests;
    } points[] = {
        { 1000, 200 }, { 10000, 200 }, { 100000, 50 }, { request_ns, 10 }
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof(points) / sizeof(points[0]); i++) {
        struct load load = { .requests = points[i].requests,
                             .steps = steps * points[i].ns / request_ns };

        r = note_load(run, &load, (double)points[i].ns, "a thread for each",
                      "a pool of one");
    }
    return r;
}

static int measure(struct claim_run *run)
{
    const uint64_t steps = tool_compute_of(request_ns);
    struct load empty = { .requests = 500 };
    struct load long_ones = { .requests = 20, .steps = steps };
    int r = 0;

    if (run->twin)
        empty = long_ones;
    (void)tool_pin(0); /* waking another processor is another story */
    for (unsigned i = 0; r == 0 && i < tool_rounds(run); i++) {
        r = note_load(run, &empty, NAN, "short request, a thread for each",
                      "short request, one thread");
        if (r == 0)
            r = note_load(run, &long_ones, NAN, "of 1 ms, a thread for each",
                          "of 1 ms, one thread");
    }
    for (unsigned i = 0; r == 0 && i < tool_curve_rounds(run); i++)
        r = draw_round(run, steps);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const struct times brief = claim_times(
        run, "short request, a thread for each", "short request, one thread");
    const struct times lasting =
        claim_times(run, "of 1 ms, a thread for each", "of 1 ms, one thread");
    char each[FIGURE_TEXT_MAX];

    claim_say(run,
              "A request that takes no time takes %s with a thread of its own, "
              "and one of 1 ms takes %.2f times as long as without (%.2f to "
              "%.2f).",
              claim_value_text(run, "short request, a thread for each", each),
              lasting.median, lasting.low, lasting.high);
    if (brief.low < 1.2)
        return CLAIM_REFUTED;
    return lasting.low >= 1.2 ? CLAIM_CONFIRMED : CLAIM_DEPENDS;
}

const struct claim_ops a10_pool_claim = {
    .id = "A10",
    .timed = true,
    .measure = measure,
    .judge = judge,
    .plot = &plot,
};
