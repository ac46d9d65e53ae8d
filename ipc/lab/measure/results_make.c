/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/results_make.h"

#include "ipc/lab/measure/bound.h"
#include "ipc/lab/measure/statistics.h"
#include "ipc/options/rules.h"
#include "ipc/screen/outcome_row.h"
#include "ipc/worker/place.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* The figures of each run of a cell, one array for each. */
struct samples {
    double jobs_per_second[GRID_ROUNDS_MAX];
    double cpu_ns[WORKER_ROLES][GRID_ROUNDS_MAX];
    double broker_ns[GRID_ROUNDS_MAX];
    double voluntary[GRID_ROUNDS_MAX];
    double involuntary[GRID_ROUNDS_MAX];
    double memory[GRID_ROUNDS_MAX];
    size_t count;
};

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count_or_null(uint64_t value)
{
    return value ? json_integer((json_int_t)value) : json_null();
}

static json_t *median(const double *values, size_t count)
{
    return number(count > 0 ? statistics_median(values, count) : NAN);
}

static void collect(const struct cell *cell, struct samples *s)
{
    const bool all = cell_counts_all(cell);

    *s = (struct samples){ 0 };
    for (unsigned i = 0; i < cell->rounds; i++) {
        const struct round *round = &cell->round[i];
        const struct cost *producer = &round->cost[WORKER_PRODUCER];
        const struct cost *consumer = &round->cost[WORKER_CONSUMER];

        if (round->disturbed && !all)
            continue;
        s->jobs_per_second[s->count] = round->jobs_per_second;
        s->cpu_ns[WORKER_PRODUCER][s->count] = producer->cpu_ns;
        s->cpu_ns[WORKER_CONSUMER][s->count] = consumer->cpu_ns;
        s->broker_ns[s->count] = round->broker_cpu_ns;
        s->voluntary[s->count] =
            producer->voluntary_switches + consumer->voluntary_switches;
        s->involuntary[s->count] =
            producer->involuntary_switches + consumer->involuntary_switches;
        s->memory[s->count] =
            (double)(producer->memory_bytes + consumer->memory_bytes);
        s->count++;
    }
}

/* CPU time of a job, of all who work for it; 0: unknown. */
static double cpu_of(const struct cell *cell)
{
    struct samples s;

    collect(cell, &s);
    return statistics_median(s.cpu_ns[WORKER_PRODUCER], s.count) +
           statistics_median(s.cpu_ns[WORKER_CONSUMER], s.count) +
           statistics_median(s.broker_ns, s.count);
}

/* A limit is what was ever reached. */
static double least_cpu_of(const struct cell *none)
{
    double least = 0;

    for (unsigned i = 0; i < none->rounds; i++) {
        const double ns = none->round[i].cost[WORKER_CONSUMER].cpu_ns;

        if (ns > 0 && (least <= 0 || ns < least))
            least = ns;
    }
    return least;
}

static double payload_bytes(const struct cell *cell)
{
    const struct exchange_outcome *outcome = &cell->outcome;

    if (cell->plan.work != JOB_WORK_IMAGE)
        return (double)cell->plan.size;
    return outcome->verdict.completed
               ? (double)outcome->bytes / (double)outcome->verdict.completed
               : 0;
}

static json_t *rate_of(const struct samples *s, double factor)
{
    const struct estimate e = statistics_estimate(s->jobs_per_second, s->count);

    if (s->count == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:f}", "median",
                     number(factor * e.median), "low", number(factor * e.low),
                     "high", number(factor * e.high), "level", e.level);
}

/* The histogram in steps, eight for each power of two: from where, to where,
 * and how many are in it. */
static json_t *steps_of(const struct histogram *h)
{
    enum { STEP = 1 << (HISTOGRAM_SPLIT_BITS - 3) };
    json_t *array = json_array();
    uint64_t count;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i += STEP) {
        count = 0;
        for (unsigned j = i; j < i + STEP; j++)
            count += h->bucket[j];
        if (count > 0)
            (void)json_array_append_new(
                array, json_pack("[I, I, I]", (json_int_t)histogram_end(i),
                                 (json_int_t)histogram_end(i + STEP),
                                 (json_int_t)count));
    }
    return array;
}

/* The latencies of the rounds that count, as their rates do. The caller frees
 * them; NULL: no memory. */
static struct histogram *take_latencies(const struct cell *cell)
{
    struct histogram *all = calloc(1, sizeof(*all));

    if (!all)
        return NULL;
    histogram_add(all, cell->latency);
    if (cell->disturbed_latency && cell_counts_all(cell))
        histogram_add(all, cell->disturbed_latency);
    return all;
}

static json_t *latency_object(const struct histogram *h)
{
    const struct latency l = h ? latency_of(h) : (struct latency){ 0 };

    if (l.samples == 0)
        return json_null();
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "samples",
                     (json_int_t)l.samples, "p50", count_or_null(l.p50_ns),
                     "p90", count_or_null(l.p90_ns), "p99",
                     count_or_null(l.p99_ns), "p99_9", count_or_null(l.p999_ns),
                     "max", count_or_null(l.max_ns), "steps", steps_of(h));
}

static json_t *rounds_array(const struct cell *cell)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < cell->rounds; i++) {
        const struct round *round = &cell->round[i];

        (void)json_array_append_new(
            array,
            json_pack("{s:f, s:o, s:f, s:f, s:b, s:i, s:f, s:o, s:s?}",
                      "jobs_per_second", round->jobs_per_second,
                      "latency_p50_ns", count_or_null(round->latency_p50_ns),
                      "foreign_load", round->load.foreign, "steal",
                      round->load.steal, "disturbed", round->disturbed,
                      "process", (int)round->process, "waits_per_job",
                      round->cost[WORKER_PRODUCER].voluntary_switches +
                          round->cost[WORKER_CONSUMER].voluntary_switches,
                      "cache_line_ns", number_or_null(round->line_ns), "shared",
                      place_between(round->cpu[WORKER_PRODUCER],
                                    round->cpu[WORKER_CONSUMER])));
    }
    return array;
}

/* The mechanism's own options as given, and as they really were. */
static void add_settings(json_t *object, const struct cell *cell)
{
    const struct channel_ops *ops = cell->plan.ops;
    const struct exchange_outcome *o = &cell->outcome;
    json_t *asked = json_object(), *real;

    real = json_pack("{s:I, s:I, s:I, s:I}", "window", (json_int_t)o->window,
                     "depth", (json_int_t)o->jobs_config.depth, "result_depth",
                     (json_int_t)o->results_config.depth, "frame_max",
                     (json_int_t)o->jobs_config.frame_max);
    for (size_t i = 0; ops && ops->options && ops->options[i].name; i++) {
        (void)json_object_set_new(
            asked, ops->options[i].name,
            json_integer((json_int_t)cell->plan.options[i]));
        (void)json_object_set_new(
            real, ops->options[i].name,
            json_pack("{s:I, s:I}", "jobs",
                      (json_int_t)o->jobs_config.options[i], "results",
                      (json_int_t)o->results_config.options[i]));
    }
    (void)json_object_set_new(asked, "depth",
                              cell->plan.depth > 0
                                  ? json_integer((json_int_t)cell->plan.depth)
                                  : json_string("auto"));
    (void)json_object_set_new(object, "settings", asked);
    (void)json_object_set_new(object, "effective", real);
}

static json_t *identity(const struct cell *cell)
{
    const struct mechanism *m = cell->mechanism;
    const struct exchange_plan *p = &cell->plan;

    return json_pack(
        "{s:s, s:f, s:s, s:s, s:s, s:s, s:I, s:f, s:i, s:i, s:b, s:s, s:s, "
        "s:s, s:f, s:i, s:i}",
        "type", "cell", "seconds", (double)p->budget_ns / 1e9, "mechanism",
        m ? m->name : "none", "family", m ? m->family : "", "pattern",
        pattern_name(p->pattern), "work", work_name(p->work), "size",
        (json_int_t)p->size, "payload_bytes", payload_bytes(cell), "window",
        (int)p->window, "batch", p->batch > 1 ? (int)p->batch : 1, "auto_batch",
        cell->auto_batch, "pin", placement_name(p->placement), "wait",
        p->ops && p->ops->traits & CHANNEL_CAN_SPIN ? wait_name(p->wait) : "",
        "model", p->model ? p->model->name : "", "rate", p->rate, "producers",
        (int)p->producers, "consumers", (int)p->consumers);
}

static json_t *verdict_object(const struct cell *cell)
{
    const struct exchange_outcome *o = &cell->outcome;
    const struct verdict *v = &o->verdict;

    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:s}", "good",
                     !cell->failed, "lost", (json_int_t)v->lost, "duplicated",
                     (json_int_t)v->duplicated, "reordered",
                     (json_int_t)v->reordered, "corrupted",
                     (json_int_t)v->corrupted, "rejected",
                     (json_int_t)v->rejected, "failure", o->failure);
}

static json_t *copies_of(const struct mechanism *m)
{
    return m ? json_integer((json_int_t)mechanism_copies(m)) : json_null();
}

static void add_costs(json_t *object, const struct cell *cell,
                      const struct samples *s)
{
    const double *producer = s->cpu_ns[WORKER_PRODUCER];
    const double *consumer = s->cpu_ns[WORKER_CONSUMER];
    const bool known = cell->calls_known;

    (void)json_object_set_new(object, "cpu_ns_per_job",
                              json_pack("{s:o, s:o, s:o}", "producer",
                                        median(producer, s->count), "consumer",
                                        median(consumer, s->count), "broker",
                                        median(s->broker_ns, s->count)));
    (void)json_object_set_new(
        object, "switches_per_job",
        json_pack("{s:o, s:o}", "voluntary", median(s->voluntary, s->count),
                  "involuntary", median(s->involuntary, s->count)));
    (void)json_object_set_new(
        object, "system_calls_per_job",
        known
            ? json_pack("{s:f, s:f}", "producer", cell->calls[WORKER_PRODUCER],
                        "consumer", cell->calls[WORKER_CONSUMER])
            : json_null());
    (void)json_object_set_new(object, "copies", copies_of(cell->mechanism));
    (void)json_object_set_new(object, "memory_bytes",
                              median(s->memory, s->count));
}

static json_t *ipc_share(const struct cell *cell, const struct cell *none)
{
    double here = cpu_of(cell), there = cpu_of(none), share;

    if (!cell->mechanism || here <= 0 || there <= 0)
        return json_null();
    share = 1 - there / here;
    return number(share > 0 ? share : 0);
}

/* How many jobs each consumer took in the last run, and how they were given. */
static void add_workers(json_t *object, const struct cell *cell)
{
    const struct exchange_outcome *o = &cell->outcome;
    json_t *array = json_array();

    for (unsigned i = 0; i < cell->plan.consumers; i++)
        (void)json_array_append_new(
            array, json_integer((json_int_t)o->jobs_of_consumer[i]));
    (void)json_object_set_new(object, "jobs_of_consumers", array);
    (void)json_object_set_new(object, "competing", json_boolean(o->competing));
}

/* The share of the limit that is reached. */
static json_t *limit_object(const struct cell *cell, const struct cell *none,
                            const struct results_run *run,
                            const struct samples *s,
                            const struct histogram *latency)
{
    struct bound bound = bound_of(cell, &run->limits, least_cpu_of(none));
    double here_ns = 1e9 / statistics_median(s->jobs_per_second, s->count);

    if (cell->plan.pattern == PATTERN_PING_PONG)
        here_ns = latency ? (double)latency_of(latency).p50_ns : 0;
    if (!bound.kind || bound.ns <= 0 || here_ns <= 0 || s->count == 0)
        return json_null();
    return json_pack("{s:s, s:f, s:f}", "kind", bound.kind, "ns", bound.ns,
                     "share", bound.ns / here_ns);
}

static json_t *cell_object(const struct cell *cell, const struct cell *none,
                           const struct results_run *run)
{
    const struct outcome_row row = { .mechanism = cell->mechanism,
                                     .plan = cell->plan };
    struct histogram *latency = take_latencies(cell);
    json_t *object = identity(cell);
    struct samples s;

    collect(cell, &s);
    (void)json_object_set_new(object, "jobs_per_second", rate_of(&s, 1));
    (void)json_object_set_new(object, "bytes_per_second",
                              row_payload_moves(&row)
                                  ? rate_of(&s, payload_bytes(cell))
                                  : json_null());
    (void)json_object_set_new(object, "latency_ns", latency_object(latency));
    add_costs(object, cell, &s);
    (void)json_object_set_new(object, "limit",
                              limit_object(cell, none, run, &s, latency));
    (void)json_object_set_new(object, "ipc_share", ipc_share(cell, none));
    (void)json_object_set_new(object, "verdict", verdict_object(cell));
    (void)json_object_set_new(object, "repeats",
                              json_integer((json_int_t)cell->repeats));
    (void)json_object_set_new(object, "rounds", rounds_array(cell));
    add_workers(object, cell);
    add_settings(object, cell);
    free(latency);
    return object;
}

static json_t *copies_array(const struct limits *l)
{
    json_t *array = json_array();

    for (size_t i = 0; i < l->copies; i++)
        (void)json_array_append_new(
            array, json_pack("{s:I, s:f}", "size", (json_int_t)l->copy[i].size,
                             "ns", l->copy[i].ns));
    return array;
}

static json_t *limits_object(const struct limits *l)
{
    return json_pack("{s:o, s:f, s:f, s:f, s:{s:f, s:f}, s:{s:f, s:f}}",
                     "memcpy", copies_array(l), "clock_ns", l->clock_ns,
                     "system_call_ns", l->syscall_ns, "cache_line_ns",
                     l->line_ns, "futex_round_trip_ns", "same", l->futex_ns[0],
                     "split", l->futex_ns[1], "pipe_round_trip_ns", "same",
                     l->pipe_ns[0], "split", l->pipe_ns[1]);
}

static json_t *run_object(const struct results_run *run)
{
    json_t *object;

    object =
        json_pack("{s:s, s:I, s:I, s:I, s:f}", "type", "run", "seed",
                  (json_int_t)run->seed, "rounds", (json_int_t)run->rounds,
                  "turns", (json_int_t)run->turns, "seconds", run->seconds);
    if (!object)
        return NULL;
    (void)json_object_set(object, "machine", run->machine);
    (void)json_object_set_new(object, "limits", limits_object(&run->limits));
    return object;
}

int results_make(const struct grid *grid, const struct results_run *run,
                 struct results_set *ret_results)
{
    struct results_set results = { run_object(run), json_array() };
    const struct cell *none = NULL;

    for (size_t i = 0; i < grid->count; i++) {
        const struct cell *cell = &grid->cell[i];

        if (!cell->mechanism)
            none = cell;
        if (none && (cell->rounds > 0 || cell->failed))
            (void)json_array_append_new(results.cells,
                                        cell_object(cell, none, run));
    }
    if (!results.run || !results.cells) {
        results_free(&results);
        return -ENOMEM;
    }
    *ret_results = results;
    return 0;
}
