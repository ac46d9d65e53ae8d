/* SPDX-License-Identifier: MIT */
#include "ipc/lab/models/drive.h"

#include "ipc/exchange/supervisor.h"
#include "ipc/worker/measure.h"
#include "shared/process/child.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 20, MMAP_THRESHOLD_MAX = 32 << 20, MS_NS = 1000000 };

/* Written by the model's process, read by the one that waits for it. */
struct shared {
    _Atomic uint64_t done;
    uint64_t rejected;
    uint64_t elapsed_ns;
    uint64_t cpu_ns;
    unsigned window;
    char failure[UPLOAD_TEXT_MAX];
    struct drive_record records[];
};

/* In the model's process. */
struct drive {
    const struct drive_plan *plan;
    struct shared *shared;
    void *state;
    unsigned char **images; /* of each input */
    size_t *sizes;
    struct model_job *jobs;
    struct model_job **idle; /* those of them that are free */
    unsigned idle_count;
    unsigned window;
    uint64_t started_ns;
};

__attribute__((format(printf, 2, 3))) static void fail(struct drive *d,
                                                       const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(d->shared->failure, sizeof(d->shared->failure), format,
                    args);
    va_end(args);
}

/* The pictures lie in memory before the clock starts. */
static int load_images(struct drive *d)
{
    const struct inputs *inputs = d->plan->inputs;
    struct input_reader reader;
    int r;

    d->images = calloc(inputs->count, sizeof(*d->images));
    d->sizes = calloc(inputs->count, sizeof(*d->sizes));
    if (!d->images || !d->sizes)
        return -ENOMEM;
    for (size_t i = 0; i < inputs->count; i++) {
        r = inputs_open(inputs, i, &reader);
        if (r < 0) {
            fail(d, "%s: %s", inputs_name(inputs, i), inputs_error_text(r));
            return r;
        }
        d->images[i] = malloc(reader.size > 0 ? reader.size : 1);
        if (!d->images[i]) {
            input_close(&reader);
            return -ENOMEM;
        }
        d->sizes[i] = input_read(&reader, d->images[i]);
    }
    return 0;
}

static int make_jobs(struct drive *d)
{
    d->jobs = calloc(d->window, sizeof(*d->jobs));
    d->idle = calloc(d->window, sizeof(struct model_job *));
    if (!d->jobs || !d->idle)
        return -ENOMEM;
    while (d->idle_count < d->window) {
        d->idle[d->idle_count] = &d->jobs[d->idle_count];
        d->idle_count++;
    }
    return 0;
}

static int submit(struct drive *d, uint64_t number)
{
    struct model_job *job = d->idle[--d->idle_count];
    const size_t input = number % d->plan->inputs->count;

    *job = (struct model_job){
        .number = number,
        .image = d->images[input],
        .size = d->sizes[input],
        .box_width = d->plan->box_width,
        .box_height = d->plan->box_height,
    };
    tasks_begin(job);
    return d->plan->model->ops->submit(d->state, job);
}

static void note_job(struct drive *d, struct model_job *job)
{
    struct drive_record *record = &d->shared->records[job->number];

    record->result = job->result;
    memcpy(record->span, job->span, sizeof(record->span));
    for (int i = 0; i < JOB_TASKS; i++)
        if (record->span[i].begin_ns > 0) {
            record->span[i].begin_ns -= d->started_ns;
            record->span[i].end_ns -= d->started_ns;
        }
    d->shared->rejected += job->result.status == JOB_REJECTED;
    atomic_fetch_add(&d->shared->done, 1);
}

static int collect(struct drive *d)
{
    struct model_job *job;
    int r;

    r = d->plan->model->ops->collect(d->state, &job);
    if (r < 0)
        return r;
    tasks_settle(job);
    r = job->error;
    if (r < 0 && job->text[0])
        fail(d, "%s", job->text);
    note_job(d, job);
    tasks_free(job);
    d->idle[d->idle_count++] = job;
    return r;
}

static int run_jobs(struct drive *d)
{
    const uint64_t jobs = d->plan->jobs;
    uint64_t submitted = 0, collected = 0;
    int r = 0;

    while (r == 0 && collected < jobs)
        if (submitted < jobs && d->idle_count > 0)
            r = submit(d, submitted++);
        else {
            r = collect(d);
            collected++;
        }
    return r;
}

static int run_model(struct drive *d)
{
    const struct model_ops *ops = d->plan->model->ops;
    int r;

    d->window = d->plan->window;
    d->state = calloc(1, ops->state_size);
    r = d->state ? load_images(d) : -ENOMEM;
    if (r == 0)
        r = ops->start(d->state, &d->plan->config, &d->window);
    if (r == 0)
        r = make_jobs(d);
    if (r == 0) {
        struct usage before = usage_now(USAGE_OF_PROCESS), after;

        d->started_ns = clock_ns();
        r = run_jobs(d);
        d->shared->elapsed_ns = clock_ns() - d->started_ns;
        after = usage_now(USAGE_OF_PROCESS);
        d->shared->cpu_ns = usage_between(&before, &after).cpu_ns;
        d->shared->window = d->window;
    }
    if (d->state)
        ops->stop(d->state);
    d->shared->cpu_ns += usage_now(USAGE_OF_CHILDREN).cpu_ns;
    return r;
}

/* What was given back to the system would come again page by page. */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, -1);
}

/* Those that mechanisms talk by; and Ctrl-C is the parent's. */
static void block_signals(void)
{
    sigset_t block;

    supervisor_channel_signals(&block);
    (void)sigaddset(&block, SIGINT);
    (void)sigaddset(&block, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &block, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
}

static void run_process(const struct drive_plan *plan, struct shared *shared,
                        pid_t parent)
{
    struct drive d = { .plan = plan, .shared = shared };
    int r;

    child_dies_with(parent, SIGKILL);
    (void)prctl(PR_SET_NAME, plan->model->name);
    block_signals();
    keep_memory();
    r = run_model(&d);
    if (r < 0 && !shared->failure[0])
        fail(&d, "%s", model_error_text(r));
    _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

struct watch {
    const struct drive_plan *plan;
    struct shared *shared;
    drive_progress_fn *progress;
    void *arg;
    pid_t pid;
};

static void describe_end(struct drive_outcome *outcome, int status)
{
    if (outcome->failure[0] || status == 0)
        return;
    if (WIFSIGNALED(status))
        (void)snprintf(outcome->failure, sizeof(outcome->failure),
                       "its process was ended by SIG%s",
                       sigabbrev_np(WTERMSIG(status)));
    else
        (void)snprintf(outcome->failure, sizeof(outcome->failure),
                       "its process failed");
}

/* Waits for the end of the process, or ends it: where nothing moves, or a
 * signal asks for it. */
static void watch(struct watch *w, struct drive_outcome *outcome)
{
    uint64_t moved_ns = clock_ns(), done = 0;
    int status = 0, r = -ETIMEDOUT;

    while (r == -ETIMEDOUT) {
        r = child_await(w->pid, TICK_MS * MS_NS, NULL, &status);
        if (atomic_load(&w->shared->done) != done) {
            done = atomic_load(&w->shared->done);
            moved_ns = clock_ns();
        }
        if (w->progress)
            w->progress(w->arg, done);
        outcome->signal = w->plan->stop ? w->plan->stop() : 0;
        if (outcome->signal || clock_ns() - moved_ns > w->plan->stall_ns)
            break;
    }
    if (r == -ETIMEDOUT) {
        child_end(w->pid);
        if (!outcome->signal)
            (void)snprintf(outcome->failure, sizeof(outcome->failure),
                           "no job was done for %.1f s",
                           (double)w->plan->stall_ns / 1e9);
    }
    describe_end(outcome, r == 0 ? status : 0);
}

static void take_over(const struct shared *shared,
                      struct drive_outcome *outcome)
{
    outcome->done = atomic_load(&shared->done);
    outcome->rejected = shared->rejected;
    outcome->elapsed_ns = shared->elapsed_ns;
    outcome->cpu_ns = shared->cpu_ns;
    outcome->window = shared->window;
    if (shared->failure[0])
        memcpy(outcome->failure, shared->failure, sizeof(outcome->failure));
}

void drive_run(const struct drive_plan *plan, drive_progress_fn *progress,
               void *arg, struct drive_outcome *ret_outcome)
{
    const size_t size =
        sizeof(struct shared) + plan->jobs * sizeof(struct drive_record);
    const pid_t parent = getpid();
    struct watch w = { .plan = plan, .progress = progress, .arg = arg };

    *ret_outcome = (struct drive_outcome){ .mapped = size };
    w.shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (w.shared == MAP_FAILED) {
        (void)snprintf(ret_outcome->failure, sizeof(ret_outcome->failure), "%s",
                       strerror(errno));
        return;
    }
    ret_outcome->records = w.shared->records;
    (void)fflush(NULL); /* or both processes would write what is buffered */
    w.pid = fork();
    if (w.pid == 0)
        run_process(plan, w.shared, parent);
    if (w.pid < 0)
        (void)snprintf(ret_outcome->failure, sizeof(ret_outcome->failure),
                       "fork: %s", strerror(errno));
    else
        watch(&w, ret_outcome);
    take_over(w.shared, ret_outcome);
}

void drive_free(struct drive_outcome *outcome)
{
    if (outcome->records)
        (void)munmap((char *)outcome->records - sizeof(struct shared),
                     outcome->mapped);
    *outcome = (struct drive_outcome){ 0 };
}
