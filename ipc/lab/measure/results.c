/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/results.h"

#include "ipc/lab/measure/draft.h"
#include "ipc/lab/measure/statistics.h"
#include "shared/base/units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MOST = 1 << 30 };

/* The keys that make a group of cells; those with a bit first, in its order. */
static const char *const group_keys[] = {
    "size",  "pin",  "pattern",   "work",      "window",
    "batch", "rate", "producers", "consumers", "model",
};

/* Those in which cells of one mechanism may differ within a group. */
static const char *const own_keys[] = { "wait", "settings" };

/* Told only where answers are many, or where it is another one. */
static const double usual_window = 8;

enum {
    GROUP_KEYS = sizeof(group_keys) / sizeof(group_keys[0]),
    OWN_KEYS = sizeof(own_keys) / sizeof(own_keys[0]),
};

void results_free(struct results_set *results)
{
    json_decref(results->run);
    json_decref(results->cells);
    *results = (struct results_set){ 0 };
}

int results_write(const struct results_set *results, FILE *stream)
{
    const json_t *cell;
    size_t i;
    int r;

    r = json_line_write(results->run, stream);
    json_array_foreach(results->cells, i, cell) if (r == 0) r =
        json_line_write(cell, stream);
    return r;
}

int results_save(const struct results_set *results, const char *path)
{
    struct draft draft;
    int r;

    r = draft_open(&draft, path);
    return r < 0 ? r : draft_finish(&draft, results_write(results, draft.file));
}

/* Takes one line's object over. */
static int take_object(void *arg, json_t *object)
{
    struct results_set *results = arg;
    const char *type = results_text(object, "type");

    if (strcmp(type, "run") == 0 && !results->run) {
        results->run = object;
        return 0;
    }
    if (strcmp(type, "cell") == 0 && results->run &&
        results_text(object, "mechanism")[0])
        return json_array_append_new(results->cells, object) < 0 ? -ENOMEM : 0;
    json_decref(object);
    return -EPROTO;
}

int results_load(const char *path, struct results_set *ret_results,
                 char ret_text[static RESULTS_TEXT_MAX])
{
    struct results_set results = { .cells = json_array() };
    int r;

    r = json_lines_read(path, take_object, &results, ret_text);
    if (r == 0 && !results.run) {
        (void)snprintf(ret_text, RESULTS_TEXT_MAX, "it holds no results");
        r = -EPROTO;
    }
    if (r < 0)
        results_free(&results);
    else
        *ret_results = results;
    return r;
}

/* The value at a path of keys with dots between; NULL. */
static const json_t *find(const json_t *object, const char *path)
{
    char key[64];
    size_t length;

    while (object) {
        length = strcspn(path, ".");
        if (length >= sizeof(key))
            return NULL;
        memcpy(key, path, length);
        key[length] = '\0';
        object = json_object_get(object, key);
        if (path[length] == '\0')
            return object;
        path += length + 1;
    }
    return NULL;
}

double results_number(const json_t *object, const char *path)
{
    const json_t *value = find(object, path);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *results_text(const json_t *object, const char *path)
{
    const char *text = json_string_value(find(object, path));

    return text ? text : "";
}

double results_rate(const json_t *cell)
{
    return results_number(cell, "jobs_per_second.median");
}

/* Files of before it was measured have no broker. */
double results_cpu_ns(const json_t *cell)
{
    const double broker = results_number(cell, "cpu_ns_per_job.broker");

    return results_number(cell, "cpu_ns_per_job.producer") +
           results_number(cell, "cpu_ns_per_job.consumer") +
           (isfinite(broker) ? broker : 0);
}

size_t results_size(const json_t *object, const char *path)
{
    const double size = results_number(object, path);

    return size >= 0 && size <= (double)SIZE_MOST ? (size_t)size : 0;
}

static bool has_jobs(const json_t *cell)
{
    return results_rate(cell) > 0;
}

bool results_good(const json_t *cell)
{
    return has_jobs(cell) && json_is_true(find(cell, "verdict.good"));
}

static bool is_disturbed(const json_t *cell)
{
    const json_t *rounds = json_object_get(cell, "rounds");

    for (size_t i = 0; i < json_array_size(rounds); i++)
        if (json_is_true(
                json_object_get(json_array_get(rounds, i), "disturbed")))
            return true;
    return false;
}

bool results_is_carried(const json_t *cell)
{
    return strcmp(results_text(cell, "work"), "carry") == 0;
}

const char *results_verdict(const json_t *cell)
{
    if (results_good(cell) && results_is_carried(cell))
        return is_disturbed(cell) ? "counted*" : "counted";
    if (results_good(cell))
        return is_disturbed(cell) ? "good*" : "good";
    if (!json_is_boolean(find(cell, "verdict.good")) ||
        json_is_true(find(cell, "verdict.good")))
        return "-";
    return results_text(cell, "verdict.failure")[0] ? "FAILED" : "BAD";
}

bool results_has_interval(const json_t *cell)
{
    return has_jobs(cell) &&
           isfinite(results_number(cell, "jobs_per_second.low")) &&
           isfinite(results_number(cell, "jobs_per_second.high")) &&
           json_array_size(json_object_get(cell, "rounds")) >= STATISTICS_LEAST;
}

const char *results_name(const json_t *cell, char text[static RESULTS_NAME_MAX])
{
    const char *wait = results_text(cell, "wait");
    const bool unusual = wait[0] && strcmp(wait, "adaptive") != 0;

    (void)snprintf(text, RESULTS_NAME_MAX, "%s%s%s",
                   results_text(cell, "mechanism"), unusual ? " " : "",
                   unusual ? wait : "");
    return text;
}

bool results_is_none(const json_t *cell)
{
    return strcmp(results_text(cell, "mechanism"), "none") == 0;
}

static void append(char *text, size_t room, const char *separator,
                   const char *more)
{
    size_t used = strlen(text);

    (void)snprintf(text + used, room - used, "%s%s", used ? separator : "",
                   more);
}

static void append_number(char *text, const json_t *cell, const char *key,
                          const char *before, const char *after)
{
    const double number = results_number(cell, key);
    char part[64];

    if (!(number >= 0 && number < 1e15))
        return;
    (void)snprintf(part, sizeof(part), "%s%.0f%s", before, fabs(number), after);
    append(text, RESULTS_LABEL_MAX, ", ", part);
}

static void append_size(char *text, const json_t *cell)
{
    const bool image = strcmp(results_text(cell, "work"), "image") == 0;
    char size[UNITS_TEXT_MAX];

    if (!image)
        append(text, RESULTS_LABEL_MAX, ", ",
               size_text(results_size(cell, "size"), size));
    else if (results_number(cell, "payload_bytes") > 0)
        append(text, RESULTS_LABEL_MAX, " ",
               bytes_text(results_number(cell, "payload_bytes"), size));
}

static const char *label(const json_t *cell, bool with_size,
                         char text[static RESULTS_LABEL_MAX])
{
    text[0] = '\0';
    append(text, RESULTS_LABEL_MAX, "", results_text(cell, "pattern"));
    append(text, RESULTS_LABEL_MAX, ", ",
           results_is_carried(cell) ? "carry (nobody judges)"
                                    : results_text(cell, "work"));
    if (with_size)
        append_size(text, cell);
    if (results_text(cell, "model")[0]) {
        append(text, RESULTS_LABEL_MAX, ", ", "model ");
        append(text, RESULTS_LABEL_MAX, "", results_text(cell, "model"));
    }
    if (results_number(cell, "batch") > 1)
        append_number(text, cell, "batch", "", " jobs a frame");
    if (strcmp(results_text(cell, "pattern"), "exchange") == 0 ||
        results_number(cell, "window") != usual_window)
        append_number(text, cell, "window", "window ", "");
    if (strcmp(results_text(cell, "pin"), "free") != 0) {
        append(text, RESULTS_LABEL_MAX, ", ", "pinned: ");
        append(text, RESULTS_LABEL_MAX, "", results_text(cell, "pin"));
    }
    if (results_number(cell, "rate") > 0)
        append_number(text, cell, "rate", "", " jobs/s");
    if (results_number(cell, "producers") > 1 ||
        results_number(cell, "consumers") > 1) {
        append_number(text, cell, "producers", "", " producers");
        append_number(text, cell, "consumers", "", " consumers");
    }
    return text;
}

const char *results_label(const json_t *cell,
                          char text[static RESULTS_LABEL_MAX])
{
    return label(cell, true, text);
}

const char *results_label_but_size(const json_t *cell,
                                   char text[static RESULTS_LABEL_MAX])
{
    return label(cell, false, text);
}

/* Older results do not tell of every word: what is missing is "". */
static bool is_empty(const json_t *value)
{
    return !value || (json_is_string(value) && !*json_string_value(value));
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

    return (is_empty(x) && is_empty(y)) || json_equal(x, y) ||
           (json_is_number(x) && json_is_number(y) &&
            json_number_value(x) == json_number_value(y));
}

/* NULL: in none of them. */
static const char *difference_in(const char *const *keys, size_t count,
                                 const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < count; i++)
        if (!same(a, b, keys[i]))
            return keys[i];
    return NULL;
}

bool results_same_group(const json_t *a, const json_t *b)
{
    return results_same_but(a, b, 0);
}

bool results_same_but(const json_t *a, const json_t *b, unsigned bits)
{
    for (size_t i = 0; i < GROUP_KEYS; i++)
        if (!(bits & 1u << i) && !same(a, b, group_keys[i]))
            return false;
    return true;
}

bool results_same_cell(const json_t *a, const json_t *b)
{
    return results_same_group(a, b) && same(a, b, "mechanism") &&
           !difference_in(own_keys, OWN_KEYS, a, b);
}

const char *results_difference(const json_t *a, const json_t *b)
{
    const char *key = difference_in(group_keys, GROUP_KEYS, a, b);

    if (!key)
        key = difference_in(own_keys, OWN_KEYS, a, b);
    return key ? key : "nothing";
}
