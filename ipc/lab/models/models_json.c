/* SPDX-License-Identifier: MIT */
#include "ipc/lab/models/models_json.h"

#include "ipc/lab/models/critical_path.h"

enum { TASKS_MAX = 4000 }; /* of a stream, so that its line is read again */

static void put(json_t *object, const char *key, uint64_t number)
{
    (void)json_object_set_new(object, key, json_integer((json_int_t)number));
}

json_t *models_json_all(const struct model_runs *runs)
{
    const struct upload_server_options *served = runs->served;
    json_t *object = json_pack("{s:s}", "type", "models");

    put(object, "processors", runs->processors);
    put(object, "latency_ns", served ? served->latency_ns : 0);
    put(object, "bytes_per_second", served ? served->bytes_per_second : 0);
    (void)json_object_set_new(object, "own_server", json_boolean(served));
    put(object, "alone", RUNS_ALONE);
    if (runs->yardstick.alone.records) {
        const struct drive_record *record = run_middle(&runs->yardstick);

        put(object, "path_ns", runs_path_ns(runs));
        (void)json_object_set_new(
            object, "path",
            json_string(critical_path_text(record, runs->processors)));
    }
    if (runs->count > 0)
        put(object, "shown_ns", runs_shown_ns(runs));
    return object;
}

static const char *heading_name(enum model_heading heading)
{
    static const char *const names[MODEL_HEADINGS] = {
        [MODEL_WORKERS] = "Workers", [MODEL_WAITING] = "Waiting",
        [MODEL_GAINS] = "Gains",     [MODEL_COSTS] = "Costs",
        [MODEL_USE] = "Use",         [MODEL_MANUAL] = "Manual",
    };

    return names[heading];
}

static json_t *describe(const struct model *model)
{
    json_t *sheet = json_object();

    for (unsigned i = 0; i < MODEL_HEADINGS; i++)
        (void)json_object_set_new(sheet, heading_name(i),
                                  json_string(model->sheet[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "type", "model", "name",
                     model->name, "title", model->title, "source",
                     model->source, "sheet", sheet);
}

json_t *models_json_skipped(const struct model *model)
{
    json_t *object = describe(model);

    (void)json_object_set_new(object, "skipped", json_string(model->skipped));
    return object;
}

static json_t *task_object(uint64_t job, enum work_task task,
                           const struct task_span *span, uint64_t origin_ns)
{
    return json_pack("{s:I, s:s, s:I, s:I, s:I, s:i}", "job", (json_int_t)job,
                     "task", work_task_name(task), "begin_ns",
                     (json_int_t)(span->begin_ns - origin_ns), "end_ns",
                     (json_int_t)(span->end_ns - origin_ns), "cpu_ns",
                     (json_int_t)span->cpu_ns, "cpu", span->cpu);
}

/* Adds those of a job's tasks that ran, and began before a moment. */
static void add_tasks(json_t *tasks, uint64_t job,
                      const struct drive_record *record, uint64_t origin_ns,
                      uint64_t before_ns)
{
    for (int i = 0; i < JOB_TASKS; i++) {
        const struct task_span *span = &record->span[i];

        if (span->end_ns > 0 && span->begin_ns < before_ns &&
            json_array_size(tasks) < TASKS_MAX)
            (void)json_array_append_new(
                tasks, task_object(job, (enum work_task)i, span, origin_ns));
    }
}

static json_t *alone_object(const struct model_run *run)
{
    const struct drive_record *middle = run_middle(run);
    json_t *took = json_array(), *tasks = json_array();

    for (size_t i = 0; i < RUNS_ALONE; i++)
        (void)json_array_append_new(
            took, json_integer((json_int_t)run_took_ns(run, i)));
    add_tasks(tasks, run->middle, middle, record_begin_ns(middle), UINT64_MAX);
    return json_pack("{s:o, s:I, s:o}", "took_ns", took, "cpu_ns",
                     (json_int_t)(run->alone.cpu_ns / RUNS_ALONE), "tasks",
                     tasks);
}

static json_t *stream_object(const struct model_runs *runs,
                             const struct model_run *run)
{
    const struct drive_outcome *stream = &run->stream;
    const uint64_t shown_ns = runs_shown_ns(runs);
    json_t *object = json_object(), *tasks = json_array();

    put(object, "jobs", stream->done);
    put(object, "window", stream->window);
    put(object, "elapsed_ns", stream->elapsed_ns);
    put(object, "cpu_ns", stream->cpu_ns);
    if (runs->yardstick.alone.records)
        put(object, "bound_ns", runs_bound_ns(runs, run));
    for (uint64_t i = 0; i < stream->done; i++)
        add_tasks(tasks, i, &stream->records[i], 0, shown_ns);
    (void)json_object_set_new(object, "tasks", tasks);
    return object;
}

json_t *models_json_run(const struct model_runs *runs,
                        const struct model_run *run)
{
    json_t *object = describe(run->model);

    (void)json_object_set_new(object, "alone", alone_object(run));
    if (run->stream.done > 0)
        (void)json_object_set_new(object, "stream", stream_object(runs, run));
    return object;
}
