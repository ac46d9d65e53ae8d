/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/trace_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVENTS_MAX = 1 << 20,
    TASKS_MAX = 256,
    LINE_BYTES = 4096,
    OTHERS_MIN = 2, /* one other may end during any call: strace stops both */
};

static const char unfinished[] = " <unfinished ...>";
static const char resumed[] = " resumed>";

/* The state of a task, as far as it is known. */
struct task {
    pid_t id;
    pid_t process;
    size_t pending;         /* one more than the index of its open call */
    size_t ended_before;    /* of all calls, when that one began */
    char begun[LINE_BYTES]; /* what of that call was seen */
};

struct parser {
    struct trace *trace;
    struct task *task;
    size_t tasks;
    size_t room;
    size_t ended; /* calls of all tasks */
};

static struct task *task_of(struct parser *p, pid_t id)
{
    for (size_t i = 0; i < p->tasks; i++)
        if (p->task[i].id == id)
            return &p->task[i];
    if (p->tasks == TASKS_MAX)
        return NULL;
    p->task[p->tasks] = (struct task){ .id = id, .process = id };
    return &p->task[p->tasks++];
}

static struct trace_event *add_event(struct parser *p)
{
    struct trace *trace = p->trace;
    struct trace_event *event;

    if (trace->count == p->room) {
        size_t room = p->room ? 2 * p->room : 1024;

        event = room > EVENTS_MAX
                    ? NULL
                    : reallocarray(trace->event, room, sizeof(*event));
        if (!event)
            return NULL;
        trace->event = event;
        p->room = room;
    }
    event = &trace->event[trace->count++];
    *event = (struct trace_event){ .took_s = -1 };
    return event;
}

/* Skips a string, from its quote to what is behind its end (and the dots of
 * one that strace cut). */
static const char *skip_string(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    at += *at == '"';
    return at + (strncmp(at, "...", 3) == 0 ? 3 : 0);
}

/* The end of an address, or `at`: 0 and 0x10 are numbers, no address is so
 * short. */
static const char *skip_address(const char *at)
{
    size_t digits;

    if (strncmp(at, "0x", 2) != 0)
        return at;
    digits = strspn(at + 2, "0123456789abcdef");
    return digits > 6 ? at + 2 + digits : at;
}

/* Skips what is between brackets, up to the one that closes. */
static const char *skip_inside(const char *at)
{
    int depth = 1;

    while (*at && depth > 0) {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        if (depth > 0)
            at++;
    }
    return at;
}

static void append(char text[static TRACE_TEXT_MAX], const char *more,
                   size_t size)
{
    size_t used = strlen(text);

    if (size > TRACE_TEXT_MAX - 1 - used)
        size = TRACE_TEXT_MAX - 1 - used;
    memcpy(text + used, more, size);
    text[used + size] = '\0';
}

/* Copies a call, but for what is long and says little: strings are .., what a
 * structure holds as well, an address is &. */
static void shorten(const char *call, char ret_text[static TRACE_TEXT_MAX])
{
    const char *at = call;

    ret_text[0] = '\0';
    while (*at) {
        const char *behind = skip_address(at);

        if (behind > at)
            append(ret_text, "&", 1);
        else if (*at == '"') {
            append(ret_text, "..", 2);
            behind = skip_string(at);
        } else if (*at == '{' || *at == '[') {
            append(ret_text, at, 1);
            append(ret_text, "..", 2);
            behind = skip_inside(at + 1);
        } else {
            behind = at + 1;
            if (at[0] != ' ' || at[1] != ' ') /* strace aligns its results */
                append(ret_text, at, 1);
        }
        at = behind;
    }
}

/* Takes " <0.000012>" off the end of a call: how long it took; -1: nothing. */
static double take_duration(char *call)
{
    char *open = strrchr(call, '<'), *end;
    double took;

    if (!open)
        return -1;
    took = strtod(open + 1, &end);
    if (end == open + 1 || *end != '>')
        return -1;
    while (open > call && open[-1] == ' ')
        open--;
    *open = '\0';
    return took >= 0 ? took : -1;
}

/* "write(-1, "ipc producer begin commit jobs 3", 32) = ..." */
static bool read_mark(const char *call, struct trace_event *event)
{
    static const char start[] = "write(-1, \"ipc ";
    char role[TRACE_WORD_MAX], edge[TRACE_WORD_MAX];

    if (strncmp(call, start, strlen(start)) != 0 ||
        sscanf(call + strlen(start), "%15s %15s %15s %15s %u", role, edge,
               event->operation, event->channel, &event->number) != 5)
        return false;
    event->producer = strcmp(role, "producer") == 0;
    event->kind = strcmp(edge, "begin") == 0 ? TRACE_BEGIN : TRACE_END;
    return true;
}

/* A thread belongs to the process that started it. */
static void note_thread(struct parser *p, const struct task *parent,
                        const char *call)
{
    const char *result = strrchr(call, '=');
    struct task *child;

    if (strncmp(call, "clone", 5) != 0 || !strstr(call, "CLONE_THREAD") ||
        !result || atoi(result + 1) <= 0)
        return;
    child = task_of(p, atoi(result + 1));
    if (child)
        child->process = parent->process;
}

static void finish_call(struct parser *p, struct task *task,
                        struct trace_event *event, char *call)
{
    event->took_s = take_duration(call);
    p->ended++;
    if (read_mark(call, event))
        return;
    note_thread(p, task, call);
    shorten(call, event->text);
}

static int begin_call(struct parser *p, struct task *task, double at_s,
                      char *call)
{
    char *open = strstr(call, unfinished);
    struct trace_event *event = add_event(p);

    if (!event)
        return p->room ? -E2BIG : -ENOMEM;
    event->task = task->id;
    event->at_s = at_s;
    if (!open) {
        finish_call(p, task, event, call);
        return 0;
    }
    *open = '\0';
    (void)snprintf(task->begun, sizeof(task->begun), "%s", call);
    shorten(call, event->text);
    task->pending = p->trace->count;
    task->ended_before = p->ended;
    return 0;
}

static void resume_call(struct parser *p, struct task *task, const char *rest)
{
    const char *more = strstr(rest, resumed);
    struct trace_event *event;
    char call[2 * LINE_BYTES];

    if (!more || task->pending == 0)
        return;
    (void)snprintf(call, sizeof(call), "%s%s", task->begun,
                   more + strlen(resumed));
    event = &p->trace->event[task->pending - 1];
    event->waited = p->ended - task->ended_before >= OTHERS_MIN;
    finish_call(p, task, event, call);
    task->pending = 0;
}

static int parse_line(struct parser *p, char *line)
{
    struct task *task;
    double at_s;
    char *at;
    long id;

    line[strcspn(line, "\n")] = '\0';
    id = strtol(line, &at, 10);
    if (at == line || id <= 0 || id > INT32_MAX)
        return 0;
    line = at;
    at_s = strtod(line, &at);
    if (at == line || *at != ' ')
        return 0;
    at += strspn(at, " ");
    task = task_of(p, (pid_t)id);
    if (!task)
        return 0;
    if (strncmp(at, "<... ", 5) == 0)
        resume_call(p, task, at);
    else if (islower((unsigned char)*at) && strchr(at, '('))
        return begin_call(p, task, at_s, at);
    return 0; /* a signal, or an end */
}

/* A line that is too long is cut: what is behind is not a line of its own. */
static bool read_line(FILE *file, char line[static LINE_BYTES])
{
    int c;

    if (!fgets(line, LINE_BYTES, file))
        return false;
    if (!strchr(line, '\n'))
        while ((c = getc(file)) != EOF && c != '\n')
            continue;
    return true;
}

int trace_parse(FILE *file, struct trace *ret_trace)
{
    struct parser p = { .trace = ret_trace };
    char line[LINE_BYTES];
    int r = 0;

    *ret_trace = (struct trace){ 0 };
    p.task = calloc(TASKS_MAX, sizeof(*p.task));
    if (!p.task)
        return -ENOMEM;
    while (r == 0 && read_line(file, line))
        r = parse_line(&p, line);
    for (size_t i = 0; i < ret_trace->count; i++)
        ret_trace->event[i].process =
            task_of(&p, ret_trace->event[i].task)->process;
    free(p.task);
    return r;
}

void trace_free(struct trace *trace)
{
    free(trace->event);
    *trace = (struct trace){ 0 };
}
