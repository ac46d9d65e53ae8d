/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/sched_events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

enum {
    LINE_BYTES = 1024,
    OFFSET_MOST = 4096,
    SLEEPING = 0xff, /* bits of a state; above is one that only gives way */
};

/* What of a record comes before the tracepoint's own. */
struct sample {
    struct perf_event_header header;
    uint32_t process;
    uint32_t thread;
    uint64_t at_ns;
    uint32_t raw_size;
} __attribute__((packed));

const char *sched_point_name(enum sched_point point)
{
    static const char *const names[] = { "sched_waking", "sched_switch" };

    return names[point];
}

/* ------------------------------------------------------------- the formats */

static bool is_usual(const struct sched_field *field)
{
    return field->offset <= OFFSET_MOST &&
           (field->size == 1 || field->size == 2 || field->size == 4 ||
            field->size == 8);
}

/* "	field:pid_t pid;	offset:24;	size:4;	signed:1;" */
static void read_field(const char *line, const char *name,
                       struct sched_field *field)
{
    const char *end = strchr(line, ';'), *start = end;
    struct sched_field found = { 0 };

    while (start && start > line && start[-1] != ' ')
        start--;
    if (!start || (size_t)(end - start) != strlen(name) ||
        strncmp(start, name, strlen(name)) != 0)
        return;
    if (sscanf(end, "; offset:%6u; size:%6u;", &found.offset, &found.size) ==
            2 &&
        is_usual(&found))
        *field = found;
}

int sched_format_read(FILE *file, enum sched_point point,
                      struct sched_format *ret_format)
{
    const bool switches = point == SCHED_SWITCH;
    struct sched_format f = { 0 };
    char line[LINE_BYTES];

    while (fgets(line, sizeof(line), file)) {
        (void)sscanf(line, "ID: %9u", &f.id);
        if (strncmp(line, "\tfield:", 7) != 0)
            continue;
        read_field(line, "common_pid", &f.task);
        read_field(line, switches ? "next_pid" : "pid", &f.other);
        if (switches)
            read_field(line, "prev_state", &f.state);
    }
    if (f.id == 0 || f.task.size == 0 || f.other.size == 0 ||
        (switches && f.state.size == 0))
        return -EPROTO;
    *ret_format = f;
    return 0;
}

/* ------------------------------------------------------------- the records */

/* A number of a tracepoint's; `size` bytes are there. */
static bool take(const unsigned char *raw, size_t size,
                 const struct sched_field *field, int64_t *ret_number)
{
    int32_t narrow = 0;

    if (field->offset > size || field->size > size - field->offset)
        return false;
    *ret_number = 0;
    if (field->size == sizeof(narrow)) {
        memcpy(&narrow, raw + field->offset, sizeof(narrow));
        *ret_number = narrow;
    } else
        memcpy(ret_number, raw + field->offset, field->size);
    return true;
}

/* The tracepoint that a record begins with. */
static bool find_point(const struct sched_format format[SCHED_POINTS],
                       const unsigned char *raw, size_t size,
                       enum sched_point *ret_point)
{
    uint16_t type;

    if (size < sizeof(type))
        return false;
    memcpy(&type, raw, sizeof(type));
    for (unsigned point = 0; point < SCHED_POINTS; point++)
        if (format[point].id == type) {
            *ret_point = point;
            return true;
        }
    return false;
}

/* One record, of that size; false: it is none of these. */
static bool decode(const struct sched_format format[SCHED_POINTS],
                   const unsigned char *record, size_t size,
                   struct sched_event *event)
{
    const unsigned char *raw = record + sizeof(struct sample);
    const struct sched_format *f;
    struct sample sample;
    int64_t state = 0;

    if (size < sizeof(sample))
        return false;
    memcpy(&sample, record, sizeof(sample));
    if (sample.header.type != PERF_RECORD_SAMPLE ||
        sample.raw_size > size - sizeof(sample) ||
        !find_point(format, raw, sample.raw_size, &event->point))
        return false;
    f = &format[event->point];
    if (!take(raw, sample.raw_size, &f->task, &event->task) ||
        !take(raw, sample.raw_size, &f->other, &event->other) ||
        (event->point == SCHED_SWITCH &&
         !take(raw, sample.raw_size, &f->state, &state)))
        return false;
    event->at_ns = sample.at_ns;
    event->process = (pid_t)sample.process;
    event->sleeps = (state & SLEEPING) != 0;
    return true;
}

size_t sched_events_decode(const struct sched_format format[SCHED_POINTS],
                           const void *records, size_t size,
                           struct sched_event *ret_event, size_t room)
{
    const unsigned char *at = records;
    struct perf_event_header header;
    size_t count = 0;

    while (count < room && size >= sizeof(header)) {
        memcpy(&header, at, sizeof(header));
        if (header.size < sizeof(header) || header.size > size)
            break;
        count += decode(format, at, header.size, &ret_event[count]);
        at += header.size;
        size -= header.size;
    }
    return count;
}
