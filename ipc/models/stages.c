/* SPDX-License-Identifier: MIT */
#include "ipc/models/stages.h"

#include "shared/process/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What goes to a stage; an image or a thumbnail follows. */
struct order {
    uint64_t number;
    uint64_t size; /* 0: an empty image, or no thumbnail */
    uint32_t box_width;
    uint32_t box_height;
};

/* What comes back from it. */
struct report {
    struct task_span span;
    struct job_result result; /* the part that the task fills in */
    uint8_t arrived[UPLOAD_SHA256_SIZE];
    bool has_arrived;
    bool uploaded;
    char name[UPLOAD_NAME_MAX];
    char text[UPLOAD_TEXT_MAX];
};

static struct upload *upload_of(struct model_job *job, enum work_task task)
{
    switch (task) {
    case WORK_UPLOAD_ORIGINAL:
        return &job->original;
    case WORK_UPLOAD_RESIZED:
        return &job->resized;
    default:
        return NULL;
    }
}

static int send_order(struct channel *c, const struct order *order,
                      const void *bytes)
{
    void *block;
    int r;

    r = channel_reserve(c, sizeof(*order) + order->size, &block);
    if (r < 0)
        return r;
    memcpy(block, order, sizeof(*order));
    if (order->size > 0)
        memcpy((unsigned char *)block + sizeof(*order), bytes, order->size);
    return channel_commit(c, sizeof(*order) + order->size);
}

static int send_thumbnail(struct stages *s, const struct model_job *job)
{
    const struct order order = {
        .number = job->number,
        .size = job->thumbnail.size,
        .box_width = job->thumbnail.width,
        .box_height = job->thumbnail.height,
    };

    return send_order(&s->in[WORK_UPLOAD_RESIZED], &order,
                      job->thumbnail.bytes);
}

static int send_report(struct stages *s, struct model_job *job,
                       enum work_task task)
{
    const struct upload *upload = upload_of(job, task);
    struct report report = { .span = job->span[task], .result = job->result };
    void *block;
    int r;

    if (upload) {
        report.uploaded = upload->bytes != NULL;
        report.has_arrived = upload->has_sha256;
        memcpy(report.arrived, upload->sha256, sizeof(report.arrived));
        memcpy(report.name, upload->name, sizeof(report.name));
        memcpy(report.text, upload->text, sizeof(report.text));
    }
    r = channel_reserve(&s->reports[task], sizeof(report), &block);
    if (r < 0)
        return r;
    memcpy(block, &report, sizeof(report));
    return channel_commit(&s->reports[task], sizeof(report));
}

static void do_task(struct model_job *job, enum work_task task,
                    struct uploads *uploads)
{
    switch (task) {
    case WORK_UPLOAD_ORIGINAL:
        task_upload_original(job, uploads);
        break;
    case WORK_CHECKSUM:
        task_checksum(job);
        break;
    case WORK_RESIZE:
        task_resize(job);
        break;
    case WORK_UPLOAD_RESIZED:
        task_upload_resized(job, uploads);
        break;
    }
}

/* The image, or the thumbnail, as the message lends it. */
static void begin_job(struct model_job *job, const struct order *order,
                      enum work_task task, const void *bytes)
{
    *job = (struct model_job){
        .number = order->number,
        .image = bytes,
        .size = order->size,
        .box_width = order->box_width,
        .box_height = order->box_height,
    };
    tasks_begin(job);
    if (task == WORK_UPLOAD_RESIZED)
        job->thumbnail = (struct image_thumbnail){
            .bytes = (unsigned char *)bytes,
            .size = order->size,
            .width = order->box_width,
            .height = order->box_height,
        };
}

static int serve_one(struct stages *s, enum work_task task,
                     struct uploads *uploads)
{
    struct model_job job;
    struct order order;
    const void *block;
    size_t size;
    int r;

    r = channel_acquire(&s->in[task], &block, &size);
    if (r < 0)
        return r;
    if (size < sizeof(order))
        return -EPROTO;
    memcpy(&order, block, sizeof(order));
    if (order.size > size - sizeof(order))
        return -EPROTO;
    begin_job(&job, &order, task, (const unsigned char *)block + sizeof(order));
    if (order.size > 0 || task != WORK_UPLOAD_RESIZED)
        do_task(&job, task, uploads);
    r = channel_release(&s->in[task]);
    if (r == 0 && task == WORK_RESIZE)
        r = send_thumbnail(s, &job);
    if (r == 0)
        r = send_report(s, &job, task);
    if (task == WORK_RESIZE)
        tasks_free(&job);
    return r;
}

/* An end that a process keeps without using it would hide a death. */
static void drop_others(struct stages *s, enum work_task task)
{
    for (int i = 0; i < JOB_TASKS; i++) {
        if (i != (int)task &&
            !(task == WORK_RESIZE && i == WORK_UPLOAD_RESIZED))
            channel_detach(&s->in[i]);
        if (i != (int)task)
            channel_detach(&s->reports[i]);
    }
}

static int attach_stage(struct stages *s, enum work_task task)
{
    const struct channel_end in = { .role = CHANNEL_RECEIVER, .owner = true };
    const struct channel_end out = { .role = CHANNEL_SENDER };
    const struct channel_end report = { .role = CHANNEL_SENDER, .owner = true };
    int r;

    drop_others(s, task);
    r = channel_attach(&s->in[task], &in);
    if (r == 0 && task == WORK_RESIZE)
        r = channel_attach(&s->in[WORK_UPLOAD_RESIZED], &out);
    if (r == 0)
        r = channel_attach(&s->reports[task], &report);
    return r;
}

/* Until it is killed, or a channel fails. */
static void run_stage(struct stages *s, enum work_task task)
{
    struct uploads uploads;
    int r;

    r = uploads_open(&uploads, s->config->target);
    if (r == 0)
        r = attach_stage(s, task);
    while (r == 0)
        r = serve_one(s, task, &uploads);
    _exit(EXIT_FAILURE);
}

static int fork_stage(struct stages *s, enum work_task task)
{
    const pid_t parent = getpid();
    pid_t pid;

    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        child_dies_with(parent, SIGKILL);
        if (s->config->forked)
            s->config->forked(s->config->forked_arg);
        run_stage(s, task);
    }
    s->pid[task] = pid;
    return 0;
}

static int make_channel(struct stages *s, struct channel *c, const char *kind,
                        int task, size_t frame_max)
{
    char *name = s->name[s->opened];
    struct channel_config config = {
        .dir = s->config->dir,
        .name = name,
        .seed = s->config->seed,
        .number = s->opened,
        .frame_max = frame_max,
        .senders = 1,
        .receivers = 1,
    };
    int r;

    (void)snprintf(name, STAGE_NAME_MAX, "%s-%d", kind, task);
    memcpy(config.options, s->config->options, sizeof(config.options));
    r = channel_open(c, s->config->ops, &config);
    if (r < 0)
        return r;
    s->opened++;
    return channel_create(c);
}

static int make_channels(struct stages *s)
{
    const size_t most = sizeof(struct order) + s->config->image_max;
    int r = 0;

    for (int i = 0; r == 0 && i < JOB_TASKS; i++) {
        r = make_channel(s, &s->in[i], "stage", i, most);
        if (r == 0)
            r = make_channel(s, &s->reports[i], "reports", i,
                             sizeof(struct report));
    }
    return r;
}

/* The caller's ends, in the order in which the stages take theirs. */
static int attach_caller(struct stages *s)
{
    const struct channel_end image = { .role = CHANNEL_SENDER };
    const struct channel_end report = { .role = CHANNEL_RECEIVER };
    int r = 0;

    channel_detach(&s->in[WORK_UPLOAD_RESIZED]);
    for (int i = 0; r == 0 && i < WORK_UPLOAD_RESIZED; i++)
        r = channel_attach(&s->in[i], &image);
    for (int i = 0; r == 0 && i < JOB_TASKS; i++)
        r = channel_attach(&s->reports[i], &report);
    return r;
}

/* Not to be taken for the death of a peer on another channel. */
static int error_of(int r)
{
    return r == -EPIPE ? -ECHILD : r;
}

int stages_start(struct stages *s, const struct model_config *config,
                 unsigned *window)
{
    int r;

    *s = (struct stages){ .config = config };
    if (!config->ops || config->ops->traits & CHANNEL_THREADS)
        return -EINVAL;
    r = make_channels(s);
    for (int i = 0; r == 0 && i < JOB_TASKS; i++)
        r = fork_stage(s, (enum work_task)i);
    if (r == 0)
        r = attach_caller(s);
    for (int i = 0; r == 0 && i < JOB_TASKS; i++)
        if (s->reports[i].frames_held < *window)
            *window = (unsigned)s->reports[i].frames_held;
    return error_of(r);
}

void stages_stop(struct stages *s)
{
    for (int i = 0; i < JOB_TASKS; i++)
        if (s->pid[i] > 0)
            child_end(s->pid[i]);
    for (unsigned i = s->opened; i-- > 0;) {
        struct channel *c = i % 2 ? &s->reports[i / 2] : &s->in[i / 2];

        channel_detach(c);
        channel_destroy(c);
        channel_close(c);
    }
    *s = (struct stages){ 0 };
}

int stages_send(struct stages *s, const struct model_job *job)
{
    const struct order order = {
        .number = job->number,
        .size = job->size,
        .box_width = job->box_width,
        .box_height = job->box_height,
    };
    int r = 0;

    for (int i = 0; r == 0 && i < WORK_UPLOAD_RESIZED; i++)
        r = send_order(&s->in[i], &order, job->image);
    return error_of(r);
}

static void merge_upload(struct model_job *job, enum work_task task,
                         const struct report *report)
{
    struct upload *upload = upload_of(job, task);

    upload->bytes = report->uploaded ? job->image : NULL;
    upload->has_sha256 = report->has_arrived;
    memcpy(upload->sha256, report->arrived, sizeof(upload->sha256));
    memcpy(upload->name, report->name, sizeof(upload->name));
    memcpy(upload->text, report->text, sizeof(upload->text));
}

static void merge_result(struct job_result *to, enum work_task task,
                         const struct job_result *from)
{
    switch (task) {
    case WORK_UPLOAD_ORIGINAL:
        break;
    case WORK_CHECKSUM:
        memcpy(to->original, from->original, sizeof(to->original));
        break;
    case WORK_RESIZE:
        to->status = from->status;
        memcpy(to->remark, from->remark, sizeof(to->remark));
        break;
    case WORK_UPLOAD_RESIZED:
        memcpy(to->thumbnail, from->thumbnail, sizeof(to->thumbnail));
        to->thumbnail_size = from->thumbnail_size;
        to->thumbnail_width = from->thumbnail_width;
        to->thumbnail_height = from->thumbnail_height;
        break;
    }
}

static int receive_report(struct stages *s, struct model_job *job,
                          enum work_task task)
{
    struct report report;
    const void *block;
    size_t size;
    int r;

    r = channel_acquire(&s->reports[task], &block, &size);
    if (r < 0)
        return r;
    if (size < sizeof(report))
        return -EPROTO;
    memcpy(&report, block, sizeof(report));
    job->span[task] = report.span;
    merge_result(&job->result, task, &report.result);
    if (upload_of(job, task))
        merge_upload(job, task, &report);
    return channel_release(&s->reports[task]);
}

int stages_receive(struct stages *s, struct model_job *job)
{
    int r = 0;

    for (int i = 0; r == 0 && i < JOB_TASKS; i++)
        r = receive_report(s, job, (enum work_task)i);
    return error_of(r);
}
