/* SPDX-License-Identifier: MIT */
#include "ipc/report.h"

#include "ipc/options.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

/* A number, or null where there is none to give. */
static json_t *number_or_null(bool given, double number)
{
    return given ? json_real(number) : json_null();
}

static json_t *count_or_null(bool given, uint64_t count)
{
    return given ? json_integer((json_int_t)count) : json_null();
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
    (void)json_object_set_new(object, key, json_integer((json_int_t)count));
}

static void add_measures(json_t *object, const struct report_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;
    double seconds = (double)outcome->elapsed_ns / 1e9;
    bool moved = report_payload_moves(row);
    bool latency = outcome->latency_p50_ns > 0;

    set_count(object, "elapsed_ns", outcome->elapsed_ns);
    (void)json_object_set_new(
        object, "jobs_per_second",
        number_or_null(seconds > 0, report_jobs_per_second(row)));
    (void)json_object_set_new(
        object, "bytes_per_second",
        number_or_null(moved && seconds > 0, (double)outcome->bytes / seconds));
    (void)json_object_set_new(object, "latency_p50_ns",
                              count_or_null(latency, outcome->latency_p50_ns));
    (void)json_object_set_new(object, "latency_p99_ns",
                              count_or_null(latency, outcome->latency_p99_ns));
    (void)json_object_set_new(object, "cpu_ns_per_job",
                              json_real(report_cpu_ns(row)));
}

/* How many jobs each consumer took. */
static json_t *jobs_of_consumers(const struct report_row *row)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < row->plan.consumers; i++)
        (void)json_array_append_new(
            array, json_integer((json_int_t)row->outcome.jobs_of_consumer[i]));
    return array;
}

static void add_verdict(json_t *object, const struct report_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;
    const struct verdict *verdict = &outcome->verdict;

    set_count(object, "submitted", verdict->submitted);
    set_count(object, "completed", verdict->completed);
    set_count(object, "lost", verdict->lost);
    set_count(object, "duplicated", verdict->duplicated);
    set_count(object, "reordered", verdict->reordered);
    set_count(object, "corrupted", verdict->corrupted);
    set_count(object, "rejected", verdict->rejected);
    (void)json_object_set_new(
        object, "verdict",
        json_string(verdict_good(verdict) && !outcome->failure[0] ? "good"
                                                                  : "bad"));
    if (outcome->failure[0])
        (void)json_object_set_new(object, "failure",
                                  json_string(outcome->failure));
}

/* What was really in force, the mechanism's own options for each channel. */
static json_t *effective_options(const struct report_row *row)
{
    const struct exchange_plan *plan = &row->plan;
    const struct exchange_outcome *outcome = &row->outcome;
    json_t *object;

    object = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:s, s:i, s:i, s:f, s:f}", "window",
        (json_int_t)outcome->window, "depth",
        (json_int_t)outcome->jobs_config.depth, "result_depth",
        (json_int_t)outcome->results_config.depth, "frame_max",
        (json_int_t)outcome->jobs_config.frame_max, "max",
        (json_int_t)plan->max, "pin", placement_name(plan->placement),
        "box_width", (int)plan->box_width, "box_height", (int)plan->box_height,
        "seconds", (double)plan->budget_ns / 1e9, "stall",
        (double)plan->stall_ns / 1e9);
    if (plan->store)
        (void)json_object_set_new(object, "store", json_string(plan->store));
    for (size_t i = 0;
         plan->ops && plan->ops->options && plan->ops->options[i].name; i++)
        (void)json_object_set_new(
            object, plan->ops->options[i].name,
            json_pack("{s:I, s:I}", "jobs",
                      (json_int_t)outcome->jobs_config.options[i], "results",
                      (json_int_t)outcome->results_config.options[i]));
    return object;
}

int report_print_line(json_t *object)
{
    int r;

    r = json_dumpf(object, stdout, JSON_COMPACT);
    json_decref(object);
    (void)putchar('\n');
    return r < 0 ? -ENOMEM : 0;
}

int report_json(const struct report_row *row)
{
    const struct exchange_plan *plan = &row->plan;
    uint64_t jobs = row->outcome.verdict.submitted;
    uint64_t size = plan->size;
    json_t *object;

    if (plan->work == JOB_WORK_IMAGE)
        size = jobs ? row->outcome.bytes / jobs : 0;
    object = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I}", "mechanism",
                       row->mechanism ? row->mechanism->name : "none", "family",
                       row->mechanism ? row->mechanism->family : "", "pattern",
                       pattern_name(plan->pattern), "work",
                       work_name(plan->work), "producers", (int)plan->producers,
                       "consumers", (int)plan->consumers, "size",
                       (json_int_t)size, "jobs", (json_int_t)jobs);
    if (!object)
        return -ENOMEM;
    add_measures(object, row);
    add_verdict(object, row);
    (void)json_object_set_new(object, "jobs_of_consumers",
                              jobs_of_consumers(row));
    (void)json_object_set_new(object, "options", effective_options(row));
    return report_print_line(object);
}
