/* SPDX-License-Identifier: MIT */
/*
 * trace.c -- the command `trace`: the system calls of one job, on both sides
 *
 * This program runs itself once more, under strace(1): there the workers'
 * channels mark where each operation begins and ends (mark.h). Of what strace
 * wrote, one job from the middle is shown.
 */
#include "ipc/commands.h"
#include "ipc/lab/mark.h"
#include "ipc/lab/trace_parse.h"
#include "ipc/rundir.h"
#include "ipc/screen.h"
#include "ipc/units.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS = 6, SHOWN = 3, TIME_WIDTH = 9, GAP = 2 };

/* Tells the program that strace runs it: it is the one to be traced. */
static const char traced_variable[] = "IPC_SHOWCASE_TRACED";

/* The events of one side that belong to the job, and what is going on. */
struct side {
    const char *name;
    bool producer;
    double from_s, until_s; /* of the job, on this side */
    unsigned calls;
};

/* -------------------------------------------------------- under strace */

static int run_traced(const struct options *o, const struct mechanism *m)
{
    struct exchange_plan plan = commands_plan(o, m->ops);
    struct exchange_outcome outcome;
    struct channel_ops decorator;

    mark_wrap(m->ops, &decorator);
    plan.decorator = &decorator;
    plan.pattern = PATTERN_PING_PONG;
    plan.work = JOB_WORK_VERIFY;
    plan.jobs = JOBS;
    plan.size = options_value(o, AXIS_SIZE);
    if (exchange_run(&plan, &outcome) == 0)
        return EXIT_SUCCESS;
    complain(m->name, "%s", outcome.failure);
    return EXIT_FAILURE;
}

/* ------------------------------------------------------------ the tracing */

/* Runs this very command again under strace, which writes to `path`. */
static int run_strace(const struct options *o, const struct mechanism *m,
                      const char *path)
{
    char self[PATH_MAX], size[UNITS_TEXT_MAX], wait[UNITS_TEXT_MAX];
    char *const arguments[] = {
        (char[]){ "strace" },
        (char[]){ "-f" },
        (char[]){ "-ttt" },
        (char[]){ "-T" },
        (char[]){ "-qq" },
        (char[]){ "-s64" },
        (char[]){ "-o" },
        (char *)(uintptr_t)path,
        self,
        (char[]){ "trace" },
        (char *)(uintptr_t)m->name,
        size,
        wait,
        NULL,
    };
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    int status, r;
    pid_t pid;

    if (length < 0)
        return -errno;
    self[length] = '\0';
    (void)snprintf(size, sizeof(size), "--size=%u",
                   options_value(o, AXIS_SIZE));
    (void)snprintf(wait, sizeof(wait), "--wait=%s",
                   wait_name(options_value(o, AXIS_WAIT)));
    if (setenv(traced_variable, "1", 1) < 0)
        return -errno;
    r = posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ);
    (void)unsetenv(traced_variable);
    if (r != 0)
        return -r;
    if (waitpid(pid, &status, 0) != pid)
        return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* ---------------------------------------------------------- what is shown */

static bool is_mark(const struct trace_event *e, bool producer,
                    const char *operation, const char *channel, unsigned number)
{
    return e->kind == TRACE_BEGIN && e->producer == producer &&
           e->number == number && strcmp(e->operation, operation) == 0 &&
           strcmp(e->channel, channel) == 0;
}

/* When a side begins with a job: the producer reserves, the consumer acquires.
 * Negative: it never does. */
static double begin_of(const struct trace *trace, bool producer,
                       unsigned number)
{
    const char *operation = producer ? "reserve" : "acquire";

    for (size_t i = 0; i < trace->count; i++)
        if (is_mark(&trace->event[i], producer, operation, "jobs", number))
            return trace->event[i].at_s;
    return -1;
}

static bool find_side(const struct trace *trace, bool producer,
                      struct side *ret_side)
{
    *ret_side = (struct side){
        .name = producer ? "producer" : "consumer",
        .producer = producer,
        .from_s = begin_of(trace, producer, SHOWN),
        .until_s = begin_of(trace, producer, SHOWN + 1),
    };
    return ret_side->from_s >= 0 && ret_side->until_s >= 0;
}

/* Whose a task is: of the side whose marks it, or its process, writes. A task
 * that never writes one (a thread of the mechanism's own) is its process's. */
static bool is_of(const struct trace *trace, const struct trace_event *e,
                  bool producer)
{
    bool by_process = false;

    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_event *mark = &trace->event[i];

        if (mark->kind == TRACE_CALL)
            continue;
        if (mark->task == e->task)
            return mark->producer == producer;
        by_process = by_process || (mark->process == e->process &&
                                    mark->producer == producer);
    }
    return by_process;
}

static bool belongs(const struct trace *trace, const struct side *side,
                    const struct trace_event *e)
{
    if (e->at_s < side->from_s || e->at_s >= side->until_s)
        return false;
    return e->kind == TRACE_CALL ? is_of(trace, e, side->producer)
                                 : e->producer == side->producer;
}

/* Whether an operation that begins with event i makes any call. */
static bool has_calls(const struct trace *trace, size_t i)
{
    const struct trace_event *begin = &trace->event[i];

    for (i++; i < trace->count; i++) {
        const struct trace_event *e = &trace->event[i];

        if (e->task != begin->task)
            continue;
        return e->kind == TRACE_CALL;
    }
    return false;
}

/* ----------------------------------------------------------------- printing */

static int column_width(const struct screen *screen)
{
    return (screen->columns - TIME_WIDTH - GAP) / 2;
}

/* One line: the time, and a text in one of the columns. */
static void print_line(const struct screen *screen, double offset_s,
                       const struct side *side, const char *text,
                       const char *duration)
{
    const int width = column_width(screen);
    const int room = width - (int)strlen(duration) - (duration[0] != '\0');
    char time[UNITS_TEXT_MAX];

    printf(
        "%*s  %s", TIME_WIDTH - GAP, time_text(offset_s * 1e9, time),
        screen_style(screen, side->producer ? STYLE_PRODUCER : STYLE_CONSUMER));
    if (!side->producer)
        printf("%*s", width + GAP, "");
    if (duration[0])
        printf("%-*.*s %s", room, room, text, duration);
    else
        printf("%.*s", width, text);
    printf("%s\n", screen_style(screen, STYLE_END));
}

static void print_event(const struct screen *screen, const struct trace *trace,
                        size_t i, double start_s, struct side *side)
{
    const struct trace_event *e = &trace->event[i];
    char text[TRACE_TEXT_MAX + 8], duration[UNITS_TEXT_MAX + 2] = "";
    char took[UNITS_TEXT_MAX];

    if (e->kind == TRACE_END)
        return;
    if (e->kind == TRACE_BEGIN)
        (void)snprintf(text, sizeof(text), "%s %s%s", e->operation,
                       strncmp(e->channel, "jobs", 4) == 0 ? "job" : "answer",
                       has_calls(trace, i) ? "" : ": no system call");
    else {
        side->calls++;
        (void)snprintf(text, sizeof(text), "  %s", e->text);
        if (e->took_s >= 0)
            (void)snprintf(duration, sizeof(duration), "%s%s",
                           e->waited ? "~" : "",
                           time_text(e->took_s * 1e9, took));
    }
    print_line(screen, e->at_s - start_s, side, text, duration);
}

static void print_trace(const struct screen *screen, const struct trace *trace,
                        struct side *producer, struct side *consumer)
{
    const int width = column_width(screen);
    const double start_s = producer->from_s < consumer->from_s
                               ? producer->from_s
                               : consumer->from_s;

    printf("%s%*s  %-*s  %s%s\n", screen_style(screen, STYLE_TITLE),
           TIME_WIDTH - GAP, "at", width, "producer", "consumer",
           screen_style(screen, STYLE_END));
    for (size_t i = 0; i < trace->count; i++) {
        if (belongs(trace, producer, &trace->event[i]))
            print_event(screen, trace, i, start_s, producer);
        else if (belongs(trace, consumer, &trace->event[i]))
            print_event(screen, trace, i, start_s, consumer);
    }
}

static void print_legend(const struct screen *screen,
                         const struct side *producer,
                         const struct side *consumer)
{
    printf("\nSystem calls of this job: %u of the producer, %u of the "
           "consumer.\n%s",
           producer->calls, consumer->calls, screen_style(screen, STYLE_DIM));
    screen_wrap(screen,
                "Each line is a call and how long it took; above it is the "
                "operation of the channel that makes it. ~: others ran "
                "meanwhile, it may have waited for them. All of it is many "
                "times slower than without tracing.",
                0);
    printf("%s", screen_style(screen, STYLE_END));
}

static int show(const struct screen *screen, const struct mechanism *m,
                const char *path)
{
    struct side producer, consumer;
    struct trace trace;
    FILE *file = fopen(path, "re");
    int r;

    if (!file)
        return -errno;
    r = trace_parse(file, &trace);
    (void)fclose(file);
    if (r == 0 && (!find_side(&trace, true, &producer) ||
                   !find_side(&trace, false, &consumer)))
        r = -ENODATA;
    if (r == 0) {
        printf("%s%s%s: ", screen_style(screen, STYLE_TITLE), m->name,
               screen_style(screen, STYLE_END));
        screen_wrap(screen, m->title, (int)strlen(m->name) + 2);
        putchar('\n');
        print_trace(screen, &trace, &producer, &consumer);
        print_legend(screen, &producer, &consumer);
    }
    trace_free(&trace);
    return r;
}

/* -ENOENT: strace is not there; all else is told. */
static int trace_one(const struct options *o, const struct mechanism *m)
{
    const struct screen screen = screen_of(stdout);
    struct rundir rundir = { 0 };
    char path[PATH_MAX];
    int r;

    r = rundir_make(&rundir);
    if (r == 0 &&
        snprintf(path, sizeof(path), "%s/trace", rundir.path) >= PATH_MAX)
        r = -ENAMETOOLONG;
    if (r == 0)
        r = run_strace(o, m, path);
    if (r == 0)
        r = show(&screen, m, path);
    rundir_release(&rundir);
    return r;
}

static const struct mechanism *choose(const struct options *o)
{
    const struct mechanism *m = mechanisms;

    if (o->argument_count == 1)
        m = mechanism_find(o->arguments[0]);
    else if (o->argument_count > 1 || mechanisms[1].name)
        m = NULL;
    if (!m)
        complain(NULL, "trace: which mechanism? (`%s list` shows them)",
                 program_invocation_short_name);
    return m;
}

int trace_command(const struct options *options)
{
    const struct mechanism *m = choose(options);
    int r;

    if (!m)
        return EXIT_USAGE;
    if (mechanism_skipped(m)) {
        complain(m->name, "skipped: %s", mechanism_skipped(m));
        return EXIT_SUCCESS;
    }
    if (getenv(traced_variable))
        return run_traced(options, m);
    r = trace_one(options, m);
    if (r == -ENOENT) {
        complain(NULL, "trace: skipped: strace is not installed (sh "
                       "setup.sh)");
        return EXIT_SUCCESS;
    }
    if (r < 0)
        complain(m->name, "trace: %s",
                 r == -EIO       ? "strace failed; is tracing allowed here?"
                 : r == -ENODATA ? "the trace does not hold a whole job"
                                 : strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
