/* SPDX-License-Identifier: MIT */
#include "ipc/commands/trace.h"

#include "ipc/commands/trace_wake.h"
#include "ipc/exchange/exchange.h"
#include "ipc/exchange/rundir.h"
#include "ipc/exchange/supervisor.h"
#include "ipc/lab/trace/mark.h"
#include "ipc/lab/trace/strace.h"
#include "ipc/lab/trace/trace_parse.h"
#include "ipc/options/rules.h"
#include "ipc/options/setup.h"
#include "ipc/screen/screen.h"
#include "shared/base/units.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    JOBS = 6,
    SHOWN = 3,
    SIZE = 64,  /* bytes of payload */
    CALLS = 12, /* of an operation that are shown, the others are counted */
    AT_WIDTH = 7,
    TOOK_WIDTH = 7,
    GAP = 1,
    FULL = 30, /* narrower columns have shorter texts */
    COLUMN_MAX = 80,
};

/* Tells the program that strace runs it: it is the one to be traced. */
static const char traced_variable[] = "IPC_SHOWCASE_TRACED";

/* The events of one side that belong to the job, and what is going on. */
struct side {
    const char *name;
    bool producer;
    double from_s, until_s; /* of the job, on this side */
    unsigned calls;
    unsigned calls_here; /* of the operation that is being shown */
    double unshown_s;    /* what those beyond CALLS took */
};

/* Small, unless asked for: what is to be seen are the calls. */
static unsigned size_of(const struct options *o)
{
    return o->axes[AXIS_SIZE].count ? options_value(o, AXIS_SIZE) : SIZE;
}

/* -------------------------------------------------------- under strace */

static int run_traced(const struct options *o, const struct mechanism *m)
{
    struct exchange_plan plan = setup_plan(o, m->ops);
    struct exchange_outcome outcome;
    struct channel_ops decorator;

    mark_wrap(m->ops, &decorator);
    plan.decorator = &decorator;
    plan.pattern = PATTERN_PING_PONG;
    plan.work = JOB_WORK_VERIFY;
    plan.jobs = JOBS;
    plan.size = size_of(o);
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
    char size[UNITS_TEXT_MAX], wait[UNITS_TEXT_MAX];
    char *const arguments[] = {
        (char[]){ "trace" }, (char *)(uintptr_t)m->name, size, wait, NULL,
    };
    int r;

    (void)snprintf(size, sizeof(size), "--size=%u", size_of(o));
    (void)snprintf(wait, sizeof(wait), "--wait=%s",
                   wait_name(options_value(o, AXIS_WAIT)));
    if (setenv(traced_variable, "1", 1) < 0)
        return -errno;
    r = strace_run(path, arguments);
    (void)unsetenv(traced_variable);
    return r;
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
    const int width = (screen->columns - AT_WIDTH - 2 * GAP) / 2;

    return width < COLUMN_MAX ? width : COLUMN_MAX;
}

/* Where the result of a call begins, " = 0"; its end when there is none. */
static const char *result_of(const char *call)
{
    const char *result = NULL;

    for (const char *at = call; (at = strstr(at, " = ")); at++)
        result = at;
    return result ? result : call + strlen(call);
}

/* A word may be cut, a number may not. */
static bool may_end(char c)
{
    return isalpha((unsigned char)c) || strchr("_,(", c);
}

/* Prints a call in `room` columns: whole; or else without what its result
 * means, and then without the last of its arguments. Never is a number cut. */
static void print_call(const char *call, int room)
{
    const char *result = result_of(call);
    const char *meaning = strstr(result, " (");
    const int length = (int)strlen(call), name = (int)strcspn(call, "(");
    const int tail =
        (int)(meaning ? meaning - result : (ptrdiff_t)strlen(result));
    int head = (int)(result - call);

    if (length <= room)
        printf("%-*s", room, call);
    else if (head + tail <= room)
        printf("%-*.*s", room, head + tail, call);
    else {
        head = room - tail - (int)strlen("..)");
        while (head > 0 && !may_end(call[head - 1]))
            head--;
        if (head > 0)
            printf("%.*s..)%-*.*s", head, call, room - head - 3, tail, result);
        else /* the name must do */
            printf("%-*.*s", room, name < room ? name : room, call);
    }
}

/* Begins a line: the time, and the way to the side's column. */
static void print_start(const struct screen *screen, double offset_s,
                        const struct side *side)
{
    printf(
        "%*.0f%*s%s%*s", AT_WIDTH, offset_s * 1e6, GAP, "",
        screen_style(screen, side->producer ? STYLE_PRODUCER : STYLE_CONSUMER),
        side->producer ? 0 : column_width(screen) + GAP, "");
}

static void print_took(const struct screen *screen, double took_s, bool waited)
{
    char took[UNITS_TEXT_MAX] = "";

    if (took_s >= 0)
        (void)snprintf(took, sizeof(took), "%s%.0f", waited ? "~" : "",
                       took_s * 1e6);
    printf(" %*s%s\n", TOOK_WIDTH - 1, took, screen_style(screen, STYLE_END));
}

/* Those that were counted only, as soon as the operation is over. */
static void print_unshown(const struct screen *screen, double offset_s,
                          struct side *side)
{
    const int room = column_width(screen) - TOOK_WIDTH;
    char text[64];

    if (side->calls_here > CALLS) {
        (void)snprintf(text, sizeof(text), "  and %u more",
                       side->calls_here - CALLS);
        print_start(screen, offset_s, side);
        printf("%-*s", room, text);
        print_took(screen, side->unshown_s, false);
    }
    side->calls_here = 0;
    side->unshown_s = 0;
}

/* A thread that is not the worker's own has no marks. */
static bool is_of_worker(const struct trace *trace, const struct trace_event *e)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->event[i].kind != TRACE_CALL &&
            trace->event[i].task == e->task)
            return true;
    return false;
}

static void print_one_call(const struct screen *screen,
                           const struct trace *trace,
                           const struct trace_event *e, double offset_s,
                           struct side *side)
{
    side->calls++;
    if (++side->calls_here > CALLS) {
        side->unshown_s += e->took_s > 0 ? e->took_s : 0;
        return;
    }
    print_start(screen, offset_s, side);
    printf("%s", is_of_worker(trace, e) ? "  " : "* ");
    print_call(e->text, column_width(screen) - 2 - TOOK_WIDTH);
    print_took(screen, e->took_s, e->waited);
}

static void print_event(const struct screen *screen, const struct trace *trace,
                        size_t i, double start_s, struct side *side)
{
    const struct trace_event *e = &trace->event[i];
    const double offset_s = e->at_s - start_s;
    char text[64];

    if (e->kind == TRACE_CALL) {
        print_one_call(screen, trace, e, offset_s, side);
        return;
    }
    print_unshown(screen, offset_s, side);
    if (e->kind == TRACE_END)
        return;
    print_start(screen, offset_s, side);
    (void)snprintf(text, sizeof(text), "%s %s%s", e->operation,
                   strncmp(e->channel, "jobs", 4) == 0 ? "job" : "answer",
                   has_calls(trace, i)           ? ""
                   : column_width(screen) < FULL ? ": no call"
                                                 : ": no system call");
    printf("%.*s%s\n", column_width(screen), text,
           screen_style(screen, STYLE_END));
}

static void print_heading(int room, const char *side)
{
    printf("%*s%-*.*s%*s", GAP, "", room, room, side, TOOK_WIDTH, "took");
}

static void print_title(const struct screen *screen)
{
    const int room = column_width(screen) - TOOK_WIDTH;

    printf("%s%*s", screen_style(screen, STYLE_TITLE), AT_WIDTH, "at us");
    print_heading(room, "producer");
    print_heading(room, "consumer");
    printf("%s\n", screen_style(screen, STYLE_END));
}

static void print_trace(const struct screen *screen, const struct trace *trace,
                        struct side *producer, struct side *consumer)
{
    const double start_s = producer->from_s < consumer->from_s
                               ? producer->from_s
                               : consumer->from_s;

    print_title(screen);
    for (size_t i = 0; i < trace->count; i++) {
        if (belongs(trace, producer, &trace->event[i]))
            print_event(screen, trace, i, start_s, producer);
        else if (belongs(trace, consumer, &trace->event[i]))
            print_event(screen, trace, i, start_s, consumer);
    }
    print_unshown(screen, producer->until_s - start_s, producer);
    print_unshown(screen, consumer->until_s - start_s, consumer);
}

static void print_legend(const struct screen *screen,
                         const struct side *producer,
                         const struct side *consumer)
{
    char counts[128];

    (void)snprintf(counts, sizeof(counts),
                   "System calls for this job: %u by the producer, %u by the "
                   "consumer.",
                   producer->calls, consumer->calls);
    putchar('\n');
    screen_wrap(screen, counts, 0);
    printf("%s", screen_style(screen, STYLE_DIM));
    screen_wrap(screen,
                "Each line is a call and the microseconds that it took; above "
                "it is the operation of the channel that makes it. ~: the call "
                "waited while others went on. *: a thread of the mechanism's "
                "own makes the call. All times include the cost of tracing, "
                "which is many times that of the calls.",
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

/* As strace_run; -ENODATA: the trace holds no whole job; -ECANCELED: it has
 * been said why. */
static int trace_one(const struct options *o, const struct mechanism *m)
{
    const struct screen screen = screen_of(stdout);
    struct rundir rundir = { 0 };
    char path[PATH_MAX];
    sigset_t held, saved;
    int r;

    /* Or a signal now, or while the trace is shown, would leave the directory:
     * one waits for strace_run, or for the end. */
    supervisor_signals(&held);
    (void)sigprocmask(SIG_BLOCK, &held, &saved);
    r = setup_begin(&rundir) < 0 ? -ECANCELED : 0;
    if (r == 0 &&
        snprintf(path, sizeof(path), "%s/trace", rundir.path) >= PATH_MAX)
        r = -ENAMETOOLONG;
    if (r == 0)
        r = run_strace(o, m, path);
    if (r == 0)
        r = show(&screen, m, path);
    if (setup_release(&rundir, EXIT_SUCCESS) != EXIT_SUCCESS && r == 0)
        r = -ECANCELED;
    (void)sigprocmask(SIG_SETMASK, &saved, NULL);
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

static int run(const struct options *options)
{
    const struct mechanism *m = choose(options);
    int r;

    if (!m)
        return EXIT_USAGE;
    if (mechanism_skipped(m)) {
        complain(m->name, "skipped: %s", mechanism_skipped(m));
        return EXIT_SUCCESS;
    }
    if (options->wake)
        return trace_wake(options, m, size_of(options));
    if (getenv(traced_variable))
        return run_traced(options, m);
    r = trace_one(options, m);
    if (r == -ENOENT) {
        complain(NULL, "trace: skipped: strace is not installed (sh "
                       "setup.sh)");
        return EXIT_SUCCESS;
    }
    if (r < 0 && r != -ECANCELED)
        complain(m->name, "trace: %s",
                 r == -EIO       ? "strace failed; is tracing allowed here?"
                 : r == -ENODATA ? "the trace does not hold a whole job"
                                 : strerror(-r));
    if (r > 0)
        return 128 + r;
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command trace_command = {
    .name = "trace",
    .bit = COMMAND_TRACE,
    .run = run,
    .arguments = "MECHANISM",
    .alone = "",
    .summary = "show the system calls of one job",
    .more = "It runs some jobs under strace and prints one of them, both "
            "sides in two\n"
            "columns.\n\n"
            "With --wake it shows what a blocking mechanism pays: how long it "
            "takes from when\n"
            "the kernel is told to wake a side until that side runs, drawn "
            "with both sides on\n"
            "one processor and on two. Both sleep at once then, unless --wait "
            "says otherwise.\n"
            "This takes the right to trace the scheduler, as root has it; "
            "without it there is\n"
            "a mean only.",
};
