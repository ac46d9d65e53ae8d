/* SPDX-License-Identifier: MIT */
#include "ipc/apart/ready.h"

#include "ipc/job/job.h"
#include "ipc/options/options.h"
#include "shared/base/json_memory.h"
#include "shared/dir/record.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char project[] = "ipc-showcase";

static json_t *pack_channel(const struct channel_config *config)
{
    json_t *options = json_array();

    for (size_t i = 0; i < CHANNEL_OPTIONS_MAX; i++)
        (void)json_array_append_new(
            options, json_integer((json_int_t)config->options[i]));
    return json_pack("{s:I, s:I, s:o}", "frame_max",
                     (json_int_t)config->frame_max, "depth",
                     (json_int_t)config->depth, "options", options);
}

char *ready_pack(const struct ready *ready)
{
    char session[17], *line;
    json_t *object;

    json_memory_watch();
    (void)snprintf(session, sizeof(session), "%016" PRIx64, ready->session);
    object = json_pack(
        "{s:s, s:i, s:s, s:s, s:I, s:i, s:i, s:o, s:o, s:s, s:s}", "project",
        project, "version", JOB_VERSION, "mechanism", ready->mechanism->name,
        "session", session, "payload_max", (json_int_t)ready->payload_max,
        "window", (int)ready->window, "pid", (int)ready->pid, "jobs",
        pack_channel(&ready->jobs), "results", pack_channel(&ready->results),
        "jobs_port", ready->jobs_port, "results_port", ready->results_port);
    line = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!json_memory_short())
        return line;
    free(line);
    return NULL;
}

int ready_write(const char *dir, const struct ready *ready)
{
    char *line = ready_pack(ready);
    int r;

    r = line ? record_write(dir, "ready", "json", line) : -ENOMEM;
    free(line);
    return r;
}

static bool unpack_channel(json_t *object, struct channel_config *ret_config)
{
    json_int_t frame_max, depth;
    json_t *options;

    if (json_unpack(object, "{s:I, s:I, s:o!}", "frame_max", &frame_max,
                    "depth", &depth, "options", &options) < 0 ||
        frame_max <= 0 || frame_max > 2 * (json_int_t)OPTIONS_MAX_MAX ||
        depth <= 0 || depth > 1 << 20 ||
        json_array_size(options) != CHANNEL_OPTIONS_MAX)
        return false;
    ret_config->frame_max = (size_t)frame_max;
    ret_config->depth = (size_t)depth;
    for (size_t i = 0; i < CHANNEL_OPTIONS_MAX; i++)
        ret_config->options[i] =
            (size_t)json_integer_value(json_array_get(options, i));
    return true;
}

/* Project and version come first: the rest may differ in another one. */
static int check_version(json_t *object, char ret_text[static READY_TEXT_MAX])
{
    const char *name = json_string_value(json_object_get(object, "project"));
    json_int_t version = json_integer_value(json_object_get(object, "version"));

    if (!name || strcmp(name, project) != 0) {
        (void)snprintf(ret_text, READY_TEXT_MAX,
                       "what is there is not of this project");
        return -EPROTO;
    }
    if (version != JOB_VERSION) {
        (void)snprintf(ret_text, READY_TEXT_MAX,
                       "the consumer there speaks version %" JSON_INTEGER_FORMAT
                       ", this is version %d: use the same build on both sides",
                       version, JOB_VERSION);
        return -EPROTO;
    }
    return 0;
}

static int unpack(json_t *object, struct ready *ret_ready,
                  char ret_text[static READY_TEXT_MAX])
{
    const char *mechanism, *session, *jobs_port, *results_port;
    json_int_t payload_max;
    json_t *jobs, *results;
    int window, pid;

    (void)snprintf(ret_text, READY_TEXT_MAX,
                   "what the consumer left is damaged");
    if (json_unpack(object, "{s:s, s:s, s:I, s:i, s:i, s:o, s:o, s:s, s:s}",
                    "mechanism", &mechanism, "session", &session, "payload_max",
                    &payload_max, "window", &window, "pid", &pid, "jobs", &jobs,
                    "results", &results, "jobs_port", &jobs_port,
                    "results_port", &results_port) < 0 ||
        !unpack_channel(jobs, &ret_ready->jobs) ||
        !unpack_channel(results, &ret_ready->results) || window < 1 ||
        pid < 1 || payload_max < 0 ||
        (size_t)payload_max + JOB_HEADER_SIZE > ret_ready->jobs.frame_max ||
        strlen(jobs_port) >= READY_PORT_MAX ||
        strlen(results_port) >= READY_PORT_MAX)
        return -EPROTO;
    strcpy(ret_ready->jobs_port, jobs_port);
    strcpy(ret_ready->results_port, results_port);
    ret_ready->window = (unsigned)window;
    ret_ready->pid = pid;
    ret_ready->payload_max = (size_t)payload_max;
    ret_ready->session = strtoull(session, NULL, 16);
    ret_ready->mechanism = mechanism_find(mechanism);
    if (!ret_ready->mechanism) {
        (void)snprintf(ret_text, READY_TEXT_MAX,
                       "the consumer there uses %.40s, which is not in this "
                       "program",
                       mechanism);
        return -EPROTO;
    }
    return 0;
}

int ready_unpack(const char *line, struct ready *ret_ready,
                 char ret_text[static READY_TEXT_MAX])
{
    struct ready ready = { 0 };
    json_t *object;
    int r;

    json_memory_watch();
    object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    r = check_version(object, ret_text);
    if (r == 0)
        r = unpack(object, &ready, ret_text);
    json_decref(object);
    if (json_memory_short()) {
        (void)snprintf(ret_text, READY_TEXT_MAX, "%s", strerror(ENOMEM));
        return -ENOMEM;
    }
    if (r == 0)
        *ret_ready = ready;
    return r;
}

int ready_read(const char *dir, struct ready *ret_ready,
               char ret_text[static READY_TEXT_MAX])
{
    char line[RECORD_TEXT_MAX];
    int r;

    r = record_read(dir, "ready", "json", line);
    if (r < 0) {
        (void)snprintf(ret_text, READY_TEXT_MAX, "ready.json: %s",
                       r == -EPROTO ? "not a plain file that a consumer left"
                                    : strerror(-r));
        return r;
    }
    return ready_unpack(line, ret_ready, ret_text);
}

void ready_remove(const char *dir)
{
    record_remove(dir, "ready", "json");
}
