/* SPDX-License-Identifier: MIT */
#include "ipc/screen/narrate.h"

#include "ipc/decorator.h"
#include "ipc/job/cpu_clock.h"
#include "ipc/job/work.h"
#include "ipc/worker/measure.h"
#include "shared/base/units.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct state {
    struct decorator base;
    bool jobs; /* the channel is `jobs` */
    enum channel_role role;
    bool attached;
    bool told;         /* the first message has gone by */
    uint64_t begun_ns; /* the operation under way */
    uint64_t cpu_ns;   /* of this thread when it began */
    size_t loan;
};

_Static_assert(sizeof(struct state) <= DECORATOR_STATE, "must fit before it");

static _Atomic unsigned sent; /* on the jobs channels, by this process */

/* Prints a line at once; on a narrow screen without its first column. */
static void print_line(const struct screen *screen, const char *at,
                       const char *style, const char *who,
                       const char *style_end, const char *step,
                       const char *what, const char *took)
{
    const char *erase = screen_erase(screen);
    const int fd = fileno(screen->stream);

    if (screen->columns >= SCREEN_FULL)
        (void)dprintf(fd, "%s  %9s  %s%-8s%s  %-15s %-30s %9s\n", erase, at,
                      style, who, style_end, step, what, took);
    else
        (void)dprintf(fd, "%s%s%-8s%s %-15s %-25s %9s\n", erase, style, who,
                      style_end, step, what, took);
}

void narrate_title(const struct narration *narration)
{
    const struct screen *screen = narration->screen;

    (void)fflush(screen->stream);
    (void)dprintf(fileno(screen->stream), "%s",
                  screen_style(screen, STYLE_DIM));
    print_line(screen, "ended at", "", "who", "", "step", "what", "took");
    (void)dprintf(fileno(screen->stream), "%s",
                  screen_style(screen, STYLE_END));
}

/* A line for a step that ended at end_ns. */
static void tell(const struct narration *narration, bool producer,
                 const char *step, const char *what, uint64_t end_ns,
                 uint64_t took_ns)
{
    const struct screen *screen = narration->screen;
    const char *style =
        screen_style(screen, producer ? STYLE_PRODUCER : STYLE_CONSUMER);
    double at_ns = (double)(end_ns - narration->start_ns);
    char at[UNITS_TEXT_MAX], took[UNITS_TEXT_MAX];

    print_line(screen, time_text(at_ns, at), style,
               producer ? "producer" : "consumer",
               screen_style(screen, STYLE_END), step, what,
               time_text((double)took_ns, took));
}

/* The sender of jobs is the producer; so is the receiver of results. */
static bool is_producer(const struct state *s)
{
    return s->jobs == (s->role == CHANNEL_SENDER);
}

static bool is_told(const struct state *s)
{
    const struct narration *narration = s->base.decoration;

    return !s->told && !narration->quiet;
}

static void begin(struct state *s)
{
    const struct narration *narration = s->base.decoration;

    if (is_told(s))
        s->begun_ns = clock_ns();
    if (narration->cpu_ns)
        s->cpu_ns = cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Adds up what an operation on a message took. */
static void add_cpu(const struct state *s)
{
    const struct narration *narration = s->base.decoration;

    if (narration->cpu_ns)
        (void)atomic_fetch_add(narration->cpu_ns,
                               cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID) -
                                   s->cpu_ns);
}

static void end(struct state *s, const char *step, const char *what)
{
    uint64_t now_ns = clock_ns();

    if (is_told(s))
        tell(s->base.decoration, is_producer(s), step, what, now_ns,
             now_ns - s->begun_ns);
}

static const char *loan_text(const struct state *s, char text[static 64])
{
    char size[UNITS_TEXT_MAX];

    (void)snprintf(text, 64, "%s, %s",
                   s->base.inner->traits & CHANNEL_ZERO_COPY
                       ? "shared memory"
                       : "a private buffer",
                   bytes_text((double)s->loan, size));
    return text;
}

/* The first answer may have lain there for long: the window is filled first. */
static const char *sent_text(char text[static 64])
{
    (void)snprintf(text, 64, "after sending %u message%s", sent,
                   sent == 1 ? "" : "s");
    return text;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end_taken)
{
    struct state *s = state;
    char what[64];
    int r;

    s->jobs = config->number % 2 == 0; /* as ipc/worker/channels numbers them */
    s->role = end_taken->role;
    s->attached = true;
    begin(s);
    r = decorator_attach(s, config, end_taken);
    (void)snprintf(what, sizeof(what), "as %s %d",
                   gettid() == getpid() ? "process" : "thread", gettid());
    if (r == 0)
        end(s, s->jobs ? "attach jobs" : "attach results", what);
    return r;
}

static int reserve(void *state, size_t size, void **ret_block)
{
    struct state *s = state;
    char what[64];
    int r;

    begin(s);
    r = s->base.inner->reserve(decorator_inner(s), size, ret_block);
    add_cpu(s);
    s->loan = size;
    if (r == 0)
        end(s, s->jobs ? "reserve" : "reserve answer", loan_text(s, what));
    return r;
}

static int commit(void *state, size_t size)
{
    struct state *s = state;
    int r;

    begin(s);
    r = s->base.inner->commit(decorator_inner(s), size);
    add_cpu(s);
    sent += s->jobs;
    if (r == 0)
        end(s, s->jobs ? "commit" : "commit answer",
            s->jobs ? "the job is sent" : "acknowledges the job");
    s->told = true;
    return r;
}

static int acquire(void *state, const void **ret_block, size_t *ret_size)
{
    struct state *s = state;
    char what[64];
    int r;

    begin(s);
    r = s->base.inner->acquire(decorator_inner(s), ret_block, ret_size);
    add_cpu(s);
    if (r < 0)
        return r;
    s->loan = *ret_size;
    end(s, s->jobs ? "acquire" : "acquire answer",
        s->jobs ? loan_text(s, what) : sent_text(what));
    return r;
}

static int release(void *state)
{
    struct state *s = state;
    int r;

    begin(s);
    r = s->base.inner->release(decorator_inner(s));
    add_cpu(s);
    if (r == 0)
        end(s, s->jobs ? "release" : "release answer",
            s->jobs ? "gives the memory back" : "the job is complete");
    s->told = true;
    return r;
}

/* Adds up what threads of the mechanism's own took, which are the only others
 * in a worker's process: when one of its channels is left they may have ended,
 * but the process's clock keeps their time. */
static void add_threads(const struct narration *narration)
{
    static uint64_t added;
    const uint64_t took = cpu_clock_ns(CLOCK_PROCESS_CPUTIME_ID) -
                          cpu_clock_ns(CLOCK_THREAD_CPUTIME_ID);

    (void)atomic_fetch_add(narration->cpu_ns, took - added);
    added = took;
}

static void detach(void *state)
{
    const struct state *s = state;
    const struct narration *narration = s->base.decoration;

    decorator_detach(state);
    if (s->attached && narration->cpu_ns &&
        !(s->base.inner->traits & CHANNEL_THREADS))
        add_threads(narration);
}

void narrate_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops)
{
    decorator_wrap(inner, ret_ops);
    ret_ops->attach = attach;
    ret_ops->detach = detach;
    ret_ops->reserve = reserve;
    ret_ops->commit = commit;
    ret_ops->acquire = acquire;
    ret_ops->release = release;
}

static const char *task_text(const struct job_result *result,
                             enum work_task task, char text[static 64])
{
    const uint8_t *hash = result->original;
    char size[UNITS_TEXT_MAX];

    text[0] = '\0';
    if (task == WORK_CHECKSUM)
        (void)snprintf(text, 64, "SHA-256 %02x%02x%02x%02x...", hash[0],
                       hash[1], hash[2], hash[3]);
    else if (task == WORK_RESIZE && result->status == JOB_REJECTED)
        (void)snprintf(text, 64, "not possible: job rejected");
    else if (task == WORK_RESIZE)
        (void)snprintf(text, 64, "to %u x %u pixels", result->thumbnail_width,
                       result->thumbnail_height);
    else if (task == WORK_UPLOAD_RESIZED)
        (void)snprintf(text, 64, "%s",
                       bytes_text((double)result->thumbnail_size, size));
    return text;
}

void narrate_tasks(const struct narration *narration,
                   const struct job_result *result)
{
    /* A picture that cannot be resized is not uploaded either. */
    const unsigned tasks =
        result->status == JOB_DONE ? JOB_TASKS : WORK_UPLOAD_RESIZED;
    uint64_t end_ns = clock_ns();
    char what[64];

    for (unsigned task = 0; task < tasks; task++)
        end_ns -= result->task_ns[task];
    for (unsigned task = 0; task < tasks; task++) {
        end_ns += result->task_ns[task];
        tell(narration, false, work_task_name(task),
             task_text(result, task, what), end_ns, result->task_ns[task]);
    }
}
