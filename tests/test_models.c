/* SPDX-License-Identifier: MIT */
/* Every model does the same for the same pictures, whoever does it when; and
 * none leaves anything, however it ends. */
#include "ipc/exchange/leftovers.h"
#include "ipc/faults/census.h"
#include "ipc/job/work.h"
#include "ipc/lab/models/critical_path.h"
#include "ipc/mechanisms.h"
#include "ipc/models/job_queue.h"
#include "ipc/models/model.h"
#include "ipc/upload/upload_server.h"
#include "shared/base/thread.h"
#include "shared/base/write.h"
#include "shared/dir/tree.h"
#include "shared/net/unix_socket.h"
#include "tests/helpers.h"
#include "tests/image_files.h"
#include "tests/suites.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ThreadSanitizer does not see how the threads of a library agree. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_WATCHED true
#endif
#elif defined(__SANITIZE_THREAD__)
#define THREADS_WATCHED true
#endif
#ifndef THREADS_WATCHED
#define THREADS_WATCHED false
#endif

enum {
    MS_NS = 1000000,
    BOX = 60,
    JOBS = 30,
    LIMIT_S = 30, /* for hangs, times the patience */
    RAW_MAX = 1 << 20,
    ROUNDS = 20,
};

/* What is put in. */
enum picture { PHOTO, STRIPES, CUT, BROKEN, TEXT, EMPTY, INPUTS };

static const char *const input_names[INPUTS] = {
    [PHOTO] = "photo.jpg",   [STRIPES] = "stripes.png", [CUT] = "cut.jpg",
    [BROKEN] = "broken.jpg", [TEXT] = "text.txt",       [EMPTY] = "empty.jpg",
};

static char dir[TEST_DIR_MAX];
static char store_dir[PATH_MAX];
static char channels_dir[PATH_MAX];
static struct census before;
static struct upload_server_options options;
static struct upload_server server;
static struct upload_target target;
static struct file files[INPUTS];
static struct inputs inputs;
static struct job_result expected[INPUTS]; /* by work_image */

static const char *in_dir(const char *name)
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

/* ----------------------------------------------------------------- pictures */

static struct file draw_stripes(void)
{
    const struct png kind = {
        .header = { .width = 200, .height = 100, .bit_depth = 8 },
    };
    unsigned char grey[200 * 100];

    for (size_t i = 0; i < sizeof(grey); i++)
        grey[i] = (unsigned char)(i % 200 * 16);
    return file_png(&kind, grey, sizeof(grey));
}

static void make_files(void)
{
    static const char text[] = "no picture at all";
    static const char start[] = "\xff\xd8\xff\xe0 and then no more of it";
    unsigned char *bytes;
    size_t size;

    ck_assert_int_eq(image_render(300, 200, 0, &bytes, &size), 0);
    files[PHOTO] = file_copy(bytes, size);
    files[CUT] = file_copy(bytes, size / 2);
    free(bytes);
    files[STRIPES] = draw_stripes();
    files[BROKEN] = file_copy(start, sizeof(start));
    files[TEXT] = file_copy(text, sizeof(text));
    files[EMPTY] = file_copy("", 0);
}

static void write_files(void)
{
    int fd;

    for (int i = 0; i < INPUTS; i++) {
        fd = open(in_dir(input_names[i]), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write_all(fd, files[i].bytes, files[i].size), 0);
        (void)close(fd);
        ck_assert_int_eq(inputs_add_path(&inputs, in_dir(input_names[i])), 0);
    }
}

/* What one process does with each, without uploads: that is what to expect. */
static void find_expected(void)
{
    struct store store;

    ck_assert_int_eq(store_open(in_dir("expected"), false, &store), 0);
    for (int i = 0; i < INPUTS; i++)
        ck_assert_int_eq(work_image(&store, files[i].bytes, files[i].size, BOX,
                                    BOX, &expected[i]),
                         0);
    store_close(&store);
    ck_assert_int_eq(expected[PHOTO].status, JOB_DONE);
    ck_assert_int_eq(expected[STRIPES].status, JOB_DONE);
    ck_assert_ptr_nonnull(strstr(expected[CUT].remark, "damaged"));
    ck_assert_int_eq(expected[BROKEN].status, JOB_REJECTED);
    ck_assert_int_eq(expected[TEXT].status, JOB_REJECTED);
    ck_assert_int_eq(expected[EMPTY].status, JOB_REJECTED);
}

static void start_server(void)
{
    ck_assert_int_eq(upload_server_start(dir, &options, &server), 0);
    target.socket = server.socket;
}

static void *do_nothing(void *arg)
{
    return arg;
}

/* ThreadSanitizer has a thread of its own, from when the first one is made. */
static void start_watcher(void)
{
    pthread_t thread;

    ck_assert_int_eq(thread_start(&thread, do_nothing, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void set_up(void)
{
    make_test_dir(dir);
    (void)strcpy(store_dir, in_dir("store"));
    (void)strcpy(channels_dir, in_dir("channels"));
    (void)signal(SIGXFSZ, SIG_IGN);
    if (test_is_sanitized())
        start_watcher();
    census_take(&before, "ipc-showcase-", dir);
    ck_assert_int_eq(mkdir(channels_dir, 0700), 0);
    make_files();
    write_files();
    find_expected();
    options = (struct upload_server_options){
        .store = store_dir,
        .max = RAW_MAX,
    };
    target = upload_target_default();
    target.url = "http://localhost";
    target.digest = true;
    target.back_off_ns = MS_NS;
    target.timeout_ns *= 6 * (unsigned)test_patience();
}

static void tear_down(void)
{
    const char *difference;

    upload_server_stop(&server);
    inputs_free(&inputs);
    for (int i = 0; i < INPUTS; i++) {
        free(files[i].bytes);
        ck_assert_int_eq(unlink(in_dir(input_names[i])), 0);
    }
    ck_assert_int_eq(tree_remove(in_dir("expected")), 0);
    ck_assert_int_eq(tree_remove(store_dir), 0);
    ck_assert_msg(rmdir(channels_dir) == 0, "left in %s: %s", channels_dir,
                  strerror(errno));
    difference = census_compare(&before, CENSUS_ALL);
    ck_assert_msg(!difference, "%s", difference);
    ck_assert_int_eq(rmdir(dir), 0);
}

/* -------------------------------------------------------- what is expected */

static void expect_result(const struct job_result *result, uint64_t number)
{
    const struct job_result *other = &expected[number % INPUTS];

    ck_assert_int_eq(result->status, other->status);
    ck_assert_str_eq(result->remark, other->remark);
    ck_assert_mem_eq(result->original, other->original, JOB_SHA256_SIZE);
    ck_assert_mem_eq(result->thumbnail, other->thumbnail, JOB_SHA256_SIZE);
    ck_assert_uint_eq(result->thumbnail_size, other->thumbnail_size);
    ck_assert_uint_eq(result->thumbnail_width, other->thumbnail_width);
    ck_assert_uint_eq(result->thumbnail_height, other->thumbnail_height);
}

/* No picture is not uploaded, and only one that is done has a thumbnail. */
static bool has_task(uint64_t number, enum work_task task)
{
    const struct file *file = &files[number % INPUTS];

    return task == WORK_UPLOAD_ORIGINAL
               ? image_extension(file->bytes, file->size) != NULL
           : task == WORK_UPLOAD_RESIZED
               ? expected[number % INPUTS].status == JOB_DONE
               : true;
}

static void expect_spans(const struct task_span *span, uint64_t number)
{
    for (int i = 0; i < JOB_TASKS; i++) {
        ck_assert_int_eq(span[i].error, 0);
        ck_assert_msg((span[i].end_ns > 0) ==
                          has_task(number, (enum work_task)i),
                      "%s of %s: %s", work_task_name((enum work_task)i),
                      input_names[number % INPUTS],
                      span[i].end_ns > 0 ? "ran" : "did not run");
        ck_assert_uint_le(span[i].begin_ns, span[i].end_ns);
    }
    if (has_task(number, WORK_UPLOAD_RESIZED))
        ck_assert_uint_ge(span[WORK_UPLOAD_RESIZED].begin_ns,
                          span[WORK_RESIZE].end_ns);
    ck_assert_int_ge(span[WORK_RESIZE].cpu, 0);
    ck_assert_int_ge(span[WORK_CHECKSUM].cpu, 0);
}

static size_t count_files(const char *path)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    size_t count = 0;

    ck_assert_ptr_nonnull(stream);
    while ((entry = readdir(stream)))
        count += entry->d_name[0] != '.';
    (void)closedir(stream);
    return count;
}

static void expect_file(const uint8_t sha256[static STORE_SHA256_SIZE],
                        const char *extension)
{
    char name[STORE_NAME_MAX], path[2 * PATH_MAX];

    store_name(sha256, extension, name);
    (void)snprintf(path, sizeof(path), "%s/%s", store_dir, name);
    ck_assert_msg(access(path, R_OK) == 0, "%s: %s", path, strerror(errno));
}

/* The originals that have the beginning of a picture, and the thumbnails; one
 * file for each, however often it was uploaded. */
static void expect_store(void)
{
    size_t count = 0;

    for (uint64_t i = 0; i < INPUTS; i++) {
        if (has_task(i, WORK_UPLOAD_ORIGINAL))
            expect_file(expected[i].original,
                        image_extension(files[i].bytes, files[i].size));
        if (has_task(i, WORK_UPLOAD_RESIZED))
            expect_file(expected[i].thumbnail, "jpg");
        count += has_task(i, WORK_UPLOAD_ORIGINAL);
        count += has_task(i, WORK_UPLOAD_RESIZED);
    }
    ck_assert_uint_eq(count_files(store_dir), count);
}

/* ----------------------------------------------------------- by the driver */

static struct model_config config_of(const char *mechanism)
{
    struct model_config config = {
        .target = &target,
        .workers = 3,
        .ops = mechanism_find(mechanism)->ops,
        .dir = channels_dir,
        .seed = (uint64_t)getpid(),
        .image_max = inputs.largest,
    };

    mechanism_defaults(config.ops, config.options);
    return config;
}

static struct drive_plan plan_of(const struct model *model, uint64_t jobs,
                                 unsigned window)
{
    return (struct drive_plan){
        .model = model,
        .config = config_of("unix-stream"),
        .inputs = &inputs,
        .jobs = jobs,
        .window = window,
        .box_width = BOX,
        .box_height = BOX,
        .stall_ns =
            UINT64_C(1000) * MS_NS * LIMIT_S * (unsigned)test_patience(),
    };
}

static void expect_outcome(const struct drive_outcome *outcome, uint64_t jobs)
{
    uint64_t rejected = 0;

    ck_assert_msg(!outcome->failure[0], "%s", outcome->failure);
    ck_assert_int_eq(outcome->signal, 0);
    ck_assert_uint_eq(outcome->done, jobs);
    ck_assert_uint_gt(outcome->elapsed_ns, 0);
    ck_assert_uint_gt(outcome->cpu_ns, 0);
    for (uint64_t i = 0; i < jobs; i++) {
        const struct drive_record *record = &outcome->records[i];

        expect_result(&record->result, i);
        expect_spans(record->span, i);
        ck_assert_uint_le(record_end_ns(record), outcome->elapsed_ns);
        for (int task = 0; task < JOB_TASKS; task++)
            ck_assert_uint_eq(record->result.task_ns[task],
                              record->span[task].end_ns -
                                  record->span[task].begin_ns);
        rejected += record->result.status == JOB_REJECTED;
    }
    ck_assert_uint_eq(outcome->rejected, rejected);
}

static void note_done(void *arg, uint64_t done)
{
    uint64_t *most = arg;

    ck_assert_uint_ge(done, *most);
    *most = done;
}

START_TEST(test_drive)
{
    struct drive_outcome outcome;
    struct drive_plan plan;
    uint64_t most = 0;

    set_up();
    start_server();
    plan = plan_of(&models[_i], JOBS, 4);
    drive_run(&plan, note_done, &most, &outcome);
    expect_outcome(&outcome, JOBS);
    ck_assert_uint_eq(outcome.window, 4);
    ck_assert_uint_le(most, JOBS);
    expect_store();
    drive_free(&outcome);
    drive_free(&outcome);
    tear_down();
}
END_TEST

/* -------------------------------------------------------- without a driver */

static struct model_job jobs[JOBS];
static void *state;
static unsigned window;

/* Starts a model here, with the window that it is told. */
static int start_model(const struct model_ops *ops,
                       const struct model_config *config, unsigned wanted)
{
    int r;

    window = wanted;
    state = calloc(1, ops->state_size);
    ck_assert_ptr_nonnull(state);
    r = ops->start(state, config, &window);
    ck_assert_uint_ge(window, 1);
    ck_assert_uint_le(window, wanted);
    return r;
}

static void stop_model(const struct model_ops *ops)
{
    ops->stop(state);
    free(state);
    state = NULL;
}

static int submit(const struct model_ops *ops, uint64_t number)
{
    struct model_job *job = &jobs[number];

    *job = (struct model_job){
        .number = number,
        .image = files[number % INPUTS].bytes,
        .size = files[number % INPUTS].size,
        .box_width = BOX,
        .box_height = BOX,
    };
    tasks_begin(job);
    return ops->submit(state, job);
}

/* A job that nobody collected before. */
static void collect(const struct model_ops *ops)
{
    struct model_job *job = NULL;

    ck_assert_int_eq(ops->collect(state, &job), 0);
    ck_assert_ptr_nonnull(job);
    ck_assert_ptr_eq(job, &jobs[job->number]);
    ck_assert_ptr_null(job->owner);
    job->owner = &jobs;
    tasks_settle(job);
    ck_assert_msg(job->error == 0, "%s", job->text);
    expect_result(&job->result, job->number);
    expect_spans(job->span, job->number);
    tasks_free(job);
}

/* Of this process's memory. A thread that nobody waited for keeps two, its
 * stack and the guard before it. */
static size_t count_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    size_t count = 0;
    int c;

    ck_assert_ptr_nonnull(file);
    while ((c = getc(file)) != EOF)
        count += c == '\n';
    (void)fclose(file);
    return count;
}

/* Few jobs under way, and as many as there are. */
START_TEST(test_direct)
{
    static const unsigned windows[] = { 1, 2, 4, 16 };
    const struct model_ops *ops = models[_i].ops;
    struct model_config config;
    size_t mappings;

    set_up();
    options.latency_ns = MS_NS;
    start_server();
    config = config_of("unix-stream");
    mappings = count_mappings();
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        uint64_t submitted = 0, collected = 0;

        ck_assert_int_eq(start_model(ops, &config, windows[i]), 0);
        while (collected < JOBS)
            if (submitted < JOBS && submitted - collected < window) {
                ck_assert_int_eq(submit(ops, submitted++), 0);
            } else {
                collect(ops);
                collected++;
            }
        stop_model(ops);
        config.seed++;
    }
    if (!test_is_sanitized())
        ck_assert_uint_lt(count_mappings(), mappings + 4 * JOBS);
    expect_store();
    tear_down();
}
END_TEST

/* One thread submits while another collects. */
struct submitter {
    const struct model_ops *ops;
    sem_t room;
    sem_t under_way;
    int error;
};

static void *submit_all(void *arg)
{
    struct submitter *s = arg;

    for (uint64_t i = 0; s->error == 0 && i < JOBS; i++) {
        while (sem_wait(&s->room) < 0)
            continue;
        s->error = submit(s->ops, i);
        (void)sem_post(&s->under_way);
    }
    return NULL;
}

START_TEST(test_two_threads)
{
    struct submitter s = { .ops = models[_i].ops };
    struct model_config config;
    pthread_t thread;

    set_up();
    start_server();
    config = config_of("unix-stream");
    ck_assert_int_eq(start_model(s.ops, &config, 4), 0);
    ck_assert_int_eq(sem_init(&s.room, 0, window), 0);
    ck_assert_int_eq(sem_init(&s.under_way, 0, 0), 0);
    ck_assert_int_eq(thread_start(&thread, submit_all, &s), 0);
    for (int i = 0; i < JOBS; i++) {
        while (sem_wait(&s.under_way) < 0)
            continue;
        collect(s.ops);
        (void)sem_post(&s.room);
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(s.error, 0);
    stop_model(s.ops);
    expect_store();
    tear_down();
}
END_TEST

/* What is under way is given up: hardly begun, or in the middle. */
START_TEST(test_stop)
{
    const struct model_ops *ops = models[_i].ops;
    struct model_config config;

    set_up();
    options.latency_ns = UINT64_C(20) * MS_NS;
    start_server();
    config = config_of("unix-stream");
    for (unsigned round = 0; round < 4; round++) {
        ck_assert_int_eq(start_model(ops, &config, 6), 0);
        for (unsigned i = 0; round > 0 && i < window; i++)
            ck_assert_int_eq(submit(ops, i), 0);
        if (round > 1)
            collect(ops);
        if (round > 2)
            pause_ms(10);
        stop_model(ops);
        for (unsigned i = 0; round > 0 && i < window; i++)
            tasks_free(&jobs[i]);
        config.seed++;
    }
    tear_down();
}
END_TEST

/* ----------------------------------------------------------- who does what */

static bool overlap(const struct task_span *a, const struct task_span *b)
{
    return a->end_ns > 0 && b->end_ns > 0 && a->begin_ns < b->end_ns &&
           b->begin_ns < a->end_ns;
}

/* How many pairs of two jobs' spans of these tasks overlap. */
static unsigned count_overlaps(const struct drive_outcome *outcome,
                               enum work_task one, enum work_task other)
{
    const struct drive_record *records = outcome->records;
    unsigned count = 0;

    for (uint64_t i = 0; i < outcome->done; i++)
        for (uint64_t j = 0; j < outcome->done; j++)
            count += i != j &&
                     overlap(&records[i].span[one], &records[j].span[other]);
    return count;
}

/* And of one and the same job's. */
static unsigned count_within(const struct drive_outcome *outcome,
                             enum work_task one, enum work_task other)
{
    unsigned count = 0;

    for (uint64_t i = 0; i < outcome->done; i++)
        count += overlap(&outcome->records[i].span[one],
                         &outcome->records[i].span[other]);
    return count;
}

static unsigned count_computing(const struct drive_outcome *outcome)
{
    return count_within(outcome, WORK_CHECKSUM, WORK_RESIZE) +
           count_overlaps(outcome, WORK_CHECKSUM, WORK_CHECKSUM) +
           count_overlaps(outcome, WORK_CHECKSUM, WORK_RESIZE) +
           count_overlaps(outcome, WORK_RESIZE, WORK_RESIZE);
}

/* What never may run at once does not. */
static void expect_apart(const char *name, const struct drive_outcome *outcome)
{
    const bool one_thread =
        strcmp(name, "serial") == 0 || strcmp(name, "concurrent") == 0;
    const bool by_task =
        strcmp(name, "parallel") == 0 || strcmp(name, "processes") == 0;

    if (one_thread)
        ck_assert_uint_eq(count_computing(outcome), 0);
    for (enum work_task i = WORK_UPLOAD_ORIGINAL; i <= WORK_UPLOAD_RESIZED;
         i++) {
        if (by_task || strcmp(name, "serial") == 0)
            ck_assert_uint_eq(count_overlaps(outcome, i, i), 0);
        for (enum work_task j = WORK_UPLOAD_ORIGINAL; j < i; j++) {
            if (strcmp(name, "serial") == 0)
                ck_assert_uint_eq(count_overlaps(outcome, i, j), 0);
            if (!by_task && strcmp(name, "concurrent") != 0)
                ck_assert_uint_eq(count_within(outcome, i, j), 0);
        }
    }
}

/* Whether what should run at once did: where the machine was quick enough. */
static bool is_together(const char *name, const struct drive_outcome *outcome)
{
    const enum work_task original = WORK_UPLOAD_ORIGINAL;

    if (strcmp(name, "serial") == 0)
        return true;
    if (strcmp(name, "parallel") == 0 || strcmp(name, "processes") == 0)
        return count_within(outcome, original, WORK_RESIZE) > 0 &&
               count_within(outcome, original, WORK_CHECKSUM) > 0 &&
               count_overlaps(outcome, original, WORK_UPLOAD_RESIZED) > 0;
    if (strcmp(name, "concurrent") == 0)
        return count_overlaps(outcome, original, original) > 0 &&
               count_within(outcome, original, WORK_RESIZE) > 0 &&
               count_within(outcome, original, WORK_UPLOAD_RESIZED) > 0;
    return count_overlaps(outcome, original, original) > 0 &&
           count_overlaps(outcome, original, WORK_RESIZE) > 0;
}

START_TEST(test_overlaps)
{
    const struct model *model = &models[_i];
    struct drive_outcome outcome;
    struct drive_plan plan;
    bool together = false;

    set_up();
    options.latency_ns = UINT64_C(5) * MS_NS;
    start_server();
    for (unsigned round = 0; round < ROUNDS && !together; round++) {
        options.latency_ns *= 2;
        plan = plan_of(model, 2 * INPUTS, 4);
        plan.config.seed += round;
        drive_run(&plan, NULL, NULL, &outcome);
        expect_outcome(&outcome, 2 * INPUTS);
        expect_apart(model->name, &outcome);
        together = is_together(model->name, &outcome);
        drive_free(&outcome);
    }
    ck_assert(together);
    tear_down();
}
END_TEST

/* --------------------------------------------------------- what goes wrong */

/* What a model forked is this process's to wait for, when the model is gone. */
static void adopt(void)
{
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

/* The child of that place among those of a process; 0: it has fewer. */
static pid_t find_child(pid_t of, int place)
{
    char path[64];
    pid_t pid = 0;
    FILE *list;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", of, of);
    list = fopen(path, "re");
    if (!list)
        return 0;
    for (int i = 0; i <= place; i++)
        if (fscanf(list, "%d", &pid) != 1)
            pid = 0;
    (void)fclose(list);
    return pid;
}

/* While there is a server to wait for: or all would end for want of it. */
static void expect_no_process(void)
{
    const double deadline = seconds_now() + LIMIT_S * test_patience();

    ck_assert_int_eq(find_child(getpid(), 0), server.pid);
    while (find_child(getpid(), 1) > 0) {
        ck_assert_msg(seconds_now() < deadline, "a process is left");
        if (waitpid(-1, NULL, WNOHANG) == 0)
            pause_ms(1);
    }
    ck_assert_int_eq(kill(server.pid, 0), 0);
}

/* What a run leaves whose process was killed its directory's owner removes. */
static void sweep(void)
{
    struct leftover left;
    int r = leftovers_sweep(channels_dir, true, &left);

    ck_assert_msg(r == 0, "%s: %s", left.name, strerror(-r));
}

/* An upload that fails for good is the end of the run, which names it. */
START_TEST(test_upload_fails)
{
    struct drive_outcome outcome;
    struct drive_plan plan;

    set_up();
    adopt();
    options.fail_every = 1;
    start_server();
    target.attempts = 3;
    plan = plan_of(&models[_i], JOBS, 4);
    drive_run(&plan, NULL, NULL, &outcome);
    ck_assert_msg(strstr(outcome.failure, "-original."), "%s", outcome.failure);
    ck_assert_ptr_nonnull(strstr(outcome.failure, "503, 3 times"));
    ck_assert_int_eq(outcome.signal, 0);
    ck_assert_uint_lt(outcome.done, JOBS);
    drive_free(&outcome);
    expect_no_process();
    tear_down();
}
END_TEST

/* One failure among many is not: it is tried again. */
START_TEST(test_upload_again)
{
    struct drive_outcome outcome;
    struct drive_plan plan;

    set_up();
    options.fail_every = 3;
    options.drop_every = 5;
    start_server();
    target.attempts = 30;
    plan = plan_of(&models[_i], JOBS, 4);
    drive_run(&plan, NULL, NULL, &outcome);
    expect_outcome(&outcome, JOBS);
    expect_store();
    drive_free(&outcome);
    tear_down();
}
END_TEST

/* Reads a request to its end, which is told by its length. */
static void read_request(int fd)
{
    static char request[RAW_MAX];
    const char *length = NULL, *end = NULL;
    size_t size = 0, whole = RAW_MAX;
    ssize_t n = 1;

    while (n > 0 && size < whole && size < RAW_MAX - 1) {
        n = recv(fd, request + size, RAW_MAX - 1 - size, 0);
        size += n > 0 ? (size_t)n : 0;
        request[size] = '\0';
        end = strstr(request, "\r\n\r\n");
        length = end ? strstr(request, "Content-Length: ") : NULL;
        if (length)
            whole = (size_t)(end + 4 - request) +
                    strtoul(length + strlen("Content-Length: "), NULL, 10);
    }
}

/* A server that always says that something else arrived. */
static void lie(int listener)
{
    static const char answer[] =
        "HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n"
        "Repr-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
        "\r\n\r\n";
    int fd;

    for (;;) {
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        read_request(fd);
        (void)send(fd, answer, strlen(answer), MSG_NOSIGNAL);
        (void)close(fd);
    }
}

static void start_liar(void)
{
    const pid_t parent = getpid();
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)strcpy(server.socket, in_dir("upload.sock"));
    target.socket = server.socket;
    ck_assert_int_eq(unix_address(server.socket, &address), 0);
    ck_assert_int_eq(
        bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 20), 0);
    server.pid = fork();
    if (server.pid == 0) {
        child_dies_with(parent, SIGKILL);
        lie(fd);
    }
    (void)close(fd);
}

START_TEST(test_wrong_arrival)
{
    struct drive_outcome outcome;
    struct drive_plan plan;

    set_up();
    start_liar();
    plan = plan_of(&models[_i], JOBS, 4);
    drive_run(&plan, NULL, NULL, &outcome);
    ck_assert_msg(strstr(outcome.failure, "not what was sent"), "%s",
                  outcome.failure);
    ck_assert_ptr_nonnull(strstr(outcome.failure, "-original."));
    drive_free(&outcome);
    tear_down();
}
END_TEST

/* Nothing moves: the run ends all the same, and none of its processes stays. */
START_TEST(test_stall)
{
    struct drive_outcome outcome;
    struct drive_plan plan;
    double start;

    set_up();
    adopt();
    options.latency_ns = UINT64_C(3600000) * MS_NS;
    start_server();
    plan = plan_of(&models[_i], JOBS, 4);
    plan.stall_ns = UINT64_C(100) * MS_NS;
    start = seconds_now();
    drive_run(&plan, NULL, NULL, &outcome);
    ck_assert_double_ge(seconds_now() - start, 0.1);
    ck_assert_msg(strstr(outcome.failure, "no job was done"), "%s",
                  outcome.failure);
    ck_assert_uint_eq(outcome.done, 0);
    drive_free(&outcome);
    expect_no_process();
    sweep();
    tear_down();
}
END_TEST

static int stop_now(void)
{
    return SIGINT;
}

START_TEST(test_signal)
{
    struct drive_outcome outcome;
    struct drive_plan plan;

    set_up();
    adopt();
    options.latency_ns = UINT64_C(3600000) * MS_NS;
    start_server();
    plan = plan_of(&models[_i], JOBS, 4);
    plan.stop = stop_now;
    drive_run(&plan, NULL, NULL, &outcome);
    ck_assert_int_eq(outcome.signal, SIGINT);
    ck_assert_str_eq(outcome.failure, "");
    drive_free(&outcome);
    expect_no_process();
    sweep();
    tear_down();
}
END_TEST

/* An input that is gone by now is named. */
START_TEST(test_no_input)
{
    struct drive_outcome outcome;
    struct drive_plan plan;

    set_up();
    start_server();
    ck_assert_int_eq(unlink(in_dir(input_names[TEXT])), 0);
    plan = plan_of(&models[0], JOBS, 4);
    drive_run(&plan, NULL, NULL, &outcome);
    ck_assert_msg(strstr(outcome.failure, input_names[TEXT]), "%s",
                  outcome.failure);
    ck_assert_uint_eq(outcome.done, 0);
    drive_free(&outcome);
    write_files();
    tear_down();
}
END_TEST

/* ---------------------------------------------------------------- processes */

struct killer {
    struct drive_plan *plan;
    int place;         /* of the stage among its model's */
    uint64_t stall_ns; /* from then on; 0: as it was */
    pid_t victim;
};

/* As jobs are done it kills a stage: the server was the first child here, and
 * the model is the second. */
static void kill_stage(void *arg, uint64_t done)
{
    struct killer *killer = arg;
    const pid_t model = find_child(getpid(), 1);

    if (done == 0 || killer->victim || model == 0)
        return;
    killer->victim = find_child(model, killer->place);
    ck_assert_int_gt(killer->victim, 0);
    ck_assert_int_eq(kill(killer->victim, SIGKILL), 0);
    if (killer->stall_ns > 0)
        killer->plan->stall_ns = killer->stall_ns;
}

static const struct model *processes(void)
{
    return model_find("processes");
}

/* After set_up. */
static void expect_death(struct killer *killer, const char *words)
{
    struct drive_outcome outcome;

    adopt();
    options.latency_ns = MS_NS;
    start_server();
    drive_run(killer->plan, kill_stage, killer, &outcome);
    ck_assert_int_gt(killer->victim, 0);
    ck_assert_msg(strstr(outcome.failure, words), "%s", outcome.failure);
    ck_assert_uint_ge(outcome.done, 1);
    ck_assert_uint_lt(outcome.done, killer->plan->jobs);
    drive_free(&outcome);
    expect_no_process();
    sweep();
    tear_down();
}

/* Whether the ends meet by a name or are inherited by all. */
START_TEST(test_stage_dies)
{
    struct drive_plan plan;
    struct killer killer = { .plan = &plan, .place = _i % JOB_TASKS };

    set_up();
    plan = plan_of(processes(), 1000000, 4);
    plan.config = config_of(_i < JOB_TASKS ? "unix-stream" : "pipe");
    expect_death(&killer, "a process of the model has died");
}
END_TEST

/* Where nothing tells of a death nothing moves any more. */
START_TEST(test_stage_dies_unnoticed)
{
    struct drive_plan plan;
    struct killer killer = {
        .plan = &plan,
        .place = WORK_RESIZE,
        .stall_ns = UINT64_C(200) * MS_NS,
    };

    set_up();
    plan = plan_of(processes(), 1000000, 4);
    plan.config = config_of("ring");
    expect_death(&killer, "no job was done");
}
END_TEST

/* The processes of a model end with the one that runs it, at whatever end. */
START_TEST(test_runner_dies)
{
    struct drive_outcome outcome;
    struct drive_plan plan;
    pid_t runner, model;

    set_up();
    adopt();
    options.latency_ns = UINT64_C(3600000) * MS_NS;
    start_server();
    plan = plan_of(processes(), JOBS, 4);
    runner = fork_with_defaults();
    if (runner == 0) {
        drive_run(&plan, NULL, NULL, &outcome);
        _exit(EXIT_FAILURE);
    }
    do
        model = find_child(runner, 0);
    while (model == 0 || find_child(model, JOB_TASKS - 1) == 0);
    ck_assert_int_eq(kill(runner, SIGKILL), 0);
    expect_no_process();
    sweep();
    tear_down();
}
END_TEST

/* Nothing is collected before all that may be under way is submitted: there
 * must be room for their reports. */
static void fill_window(struct model_config *config)
{
    const struct model_ops *ops = processes()->ops;

    config->seed++;
    ck_assert_int_eq(start_model(ops, config, JOBS), 0);
    for (unsigned i = 0; i < window; i++)
        ck_assert_int_eq(submit(ops, i), 0);
    for (unsigned i = 0; i < window; i++)
        collect(ops);
    stop_model(ops);
}

START_TEST(test_mechanism)
{
    const struct mechanism *m = &mechanisms[_i];
    struct drive_outcome outcome;
    struct drive_plan plan;

    if (mechanism_skipped(m) || m->ops->traits & CHANNEL_THREADS ||
        (THREADS_WATCHED && m->ops->libraries))
        return;
    set_up();
    start_server();
    plan = plan_of(processes(), INPUTS, 4);
    plan.config = config_of(m->name);
    drive_run(&plan, NULL, NULL, &outcome);
    expect_outcome(&outcome, INPUTS);
    ck_assert_uint_ge(outcome.window, 1);
    ck_assert_uint_le(outcome.window, 4);
    expect_store();
    drive_free(&outcome);
    fill_window(&plan.config);
    tear_down();
}
END_TEST

START_TEST(test_threads_refused)
{
    const struct model *model = processes();
    struct drive_outcome outcome;
    struct model_config config;
    struct drive_plan plan;

    set_up();
    start_server();
    config = config_of("thread-queue");
    ck_assert_int_eq(start_model(model->ops, &config, 4), -EINVAL);
    stop_model(model->ops);
    plan = plan_of(model, JOBS, 4);
    plan.config = config;
    drive_run(&plan, NULL, NULL, &outcome);
    ck_assert_str_eq(outcome.failure, strerror(EINVAL));
    drive_free(&outcome);
    tear_down();
}
END_TEST

/* A start that fails leaves nothing. */
START_TEST(test_no_channels)
{
    const struct model_ops *ops = processes()->ops;
    struct model_config config;

    set_up();
    start_server();
    config = config_of("fifo");
    config.dir = in_dir("nowhere");
    ck_assert_int_eq(start_model(ops, &config, 4), -ENOENT);
    stop_model(ops);
    tear_down();
}
END_TEST

/* ------------------------------------------------------------------ figures */

static void set_span(struct task_span *span, uint64_t begin, uint64_t end,
                     uint64_t cpu)
{
    *span = (struct task_span){
        .begin_ns = begin,
        .end_ns = end,
        .cpu_ns = cpu,
    };
}

/* Uploads of 100 and 30; checksum 20, resize 50. */
static struct drive_record make_record(void)
{
    struct drive_record record = { 0 };

    set_span(&record.span[WORK_UPLOAD_ORIGINAL], 1000, 1100, 0);
    set_span(&record.span[WORK_CHECKSUM], 1100, 1120, 20);
    set_span(&record.span[WORK_RESIZE], 1120, 1170, 50);
    set_span(&record.span[WORK_UPLOAD_RESIZED], 1170, 1200, 0);
    return record;
}

START_TEST(test_critical_path)
{
    struct drive_record record = make_record();

    ck_assert_uint_eq(record_begin_ns(&record), 1000);
    ck_assert_uint_eq(record_end_ns(&record), 1200);
    ck_assert_uint_eq(critical_path_ns(&record, 1), 100);
    ck_assert_str_eq(critical_path_text(&record, 1), "upload original");
    /* Resize and what comes behind it. */
    record.span[WORK_UPLOAD_RESIZED].end_ns += 40;
    ck_assert_uint_eq(record_end_ns(&record), 1240);
    ck_assert_uint_eq(critical_path_ns(&record, 4), 120);
    ck_assert_str_eq(critical_path_text(&record, 4), "resize, upload resized");
    /* What computes, on one processor or on more. */
    record.span[WORK_CHECKSUM].cpu_ns = 110;
    ck_assert_uint_eq(critical_path_ns(&record, 1), 160);
    ck_assert_str_eq(critical_path_text(&record, 1), "checksum, resize");
    ck_assert_uint_eq(critical_path_ns(&record, 2), 120);
    record.span[WORK_CHECKSUM].cpu_ns = 250;
    ck_assert_uint_eq(critical_path_ns(&record, 1), 300);
    ck_assert_uint_eq(critical_path_ns(&record, 2), 150);
    ck_assert_uint_eq(critical_path_ns(&record, 64), 150);
}
END_TEST

START_TEST(test_stream_bound)
{
    struct drive_record record = make_record();

    /* One under way: the paths, one behind the other. */
    ck_assert_uint_eq(stream_bound_ns(&record, 10, 1, 1), 1000);
    ck_assert_uint_eq(stream_bound_ns(&record, 10, 1, 8), 1000);
    ck_assert_uint_eq(stream_bound_ns(&record, 10, 2, 8), 500);
    /* Many under way: 70 of computing each, on the processors there are. */
    ck_assert_uint_eq(stream_bound_ns(&record, 10, 4, 1), 700);
    ck_assert_uint_eq(stream_bound_ns(&record, 10, 100, 1), 700);
    ck_assert_uint_eq(stream_bound_ns(&record, 10, 100, 2), 350);
    ck_assert_uint_eq(stream_bound_ns(&record, 1, 1, 1), 100);
    ck_assert_uint_eq(stream_bound_ns(&record, 0, 1, 1), 0);
}
END_TEST

/* Of a rejected one only what ran counts. */
START_TEST(test_critical_path_rejected)
{
    struct drive_record record = make_record();

    set_span(&record.span[WORK_UPLOAD_ORIGINAL], 0, 0, 0);
    set_span(&record.span[WORK_UPLOAD_RESIZED], 0, 0, 0);
    ck_assert_uint_eq(record_begin_ns(&record), 1100);
    ck_assert_uint_eq(record_end_ns(&record), 1170);
    ck_assert_uint_eq(critical_path_ns(&record, 2), 50);
    record = (struct drive_record){ 0 };
    ck_assert_uint_eq(record_begin_ns(&record), 0);
    ck_assert_uint_eq(record_end_ns(&record), 0);
    ck_assert_uint_eq(critical_path_ns(&record, 1), 0);
}
END_TEST

static void *take_one(void *queue)
{
    return job_queue_take(queue);
}

START_TEST(test_job_queue)
{
    struct job_queue queue = { 0 };
    struct model_job some[3];
    pthread_t threads[2];
    void *taken;

    job_queue_close(&queue);
    job_queue_free(&queue);
    ck_assert_int_eq(job_queue_open(&queue, 2), 0);
    ck_assert_ptr_null(job_queue_try(&queue));
    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(job_queue_put(&queue, &some[0]), 0);
        ck_assert_int_eq(job_queue_put(&queue, &some[1]), 0);
        ck_assert_int_eq(job_queue_put(&queue, &some[2]), -ENOBUFS);
        ck_assert_ptr_eq(job_queue_take(&queue), &some[0]);
        ck_assert_int_eq(job_queue_put(&queue, &some[2]), 0);
        ck_assert_ptr_eq(job_queue_try(&queue), &some[1]);
        ck_assert_ptr_eq(job_queue_take(&queue), &some[2]);
    }
    /* Each put lets one go that waits; a close, all. */
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(thread_start(&threads[i], take_one, &queue), 0);
    ck_assert_int_eq(job_queue_put(&queue, &some[0]), 0);
    ck_assert_int_eq(job_queue_put(&queue, &some[1]), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &taken), 0);
        ck_assert(taken == &some[0] || taken == &some[1]);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(thread_start(&threads[i], take_one, &queue), 0);
    job_queue_close(&queue);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &taken), 0);
        ck_assert_ptr_null(taken);
    }
    ck_assert_int_eq(job_queue_put(&queue, &some[0]), 0);
    ck_assert_ptr_null(job_queue_take(&queue)); /* it is given up */
    ck_assert_ptr_null(job_queue_try(&queue));
    job_queue_free(&queue);
}
END_TEST

START_TEST(test_table)
{
    static const char *const names[] = {
        "serial", "parallel", "concurrent", "processes", "pool", "per-job",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct model *model = model_find(names[i]);

        ck_assert_ptr_eq(model, &models[i]);
        ck_assert_str_eq(model->name, names[i]);
        ck_assert_ptr_nonnull(model->title);
        for (int heading = 0; heading < MODEL_HEADINGS; heading++)
            ck_assert_uint_gt(strlen(model->sheet[heading]), 0);
        if (model->ops)
            ck_assert_str_eq(model->ops->name, model->name);
        else
            printf("skipped: model %s: %s\n", model->name, model->skipped);
    }
    ck_assert_ptr_null(models[sizeof(names) / sizeof(names[0])].name);
    ck_assert_ptr_null(model_find("seria"));
    ck_assert_ptr_null(model_find(""));
}
END_TEST

static void add_model_tests(Suite *suite, int count)
{
    TCase *tc = add_case(suite, "models", 0);

    tcase_add_loop_test(tc, test_drive, 0, count);
    tcase_add_loop_test(tc, test_direct, 0, count);
    tcase_add_loop_test(tc, test_two_threads, 0, count);
    tcase_add_loop_test(tc, test_stop, 0, count);
    tcase_add_loop_test(tc, test_overlaps, 0, count);
    tcase_add_loop_test(tc, test_upload_fails, 0, count);
    tcase_add_loop_test(tc, test_upload_again, 0, count);
    tcase_add_loop_test(tc, test_wrong_arrival, 0, count);
    tcase_add_loop_test(tc, test_stall, 0, count);
    tcase_add_loop_test(tc, test_signal, 0, count);
    tcase_add_test(tc, test_no_input);
}

static void add_process_tests(Suite *suite)
{
    TCase *tc = add_case(suite, "model-processes", 0);
    int count = 0;

    while (mechanisms[count].name)
        count++;
    tcase_add_loop_test(tc, test_stage_dies, 0, 2 * JOB_TASKS);
    tcase_add_test(tc, test_stage_dies_unnoticed);
    tcase_add_test(tc, test_runner_dies);
    tcase_add_loop_test(tc, test_mechanism, 0, count);
    tcase_add_test(tc, test_threads_refused);
    tcase_add_test(tc, test_no_channels);
}

/* Without the libraries of uploads there are no models, but the rest. */
Suite *models_suite(void)
{
    Suite *suite = suite_create("models");
    TCase *tc = add_case(suite, "model-figures", 0);
    int count = 0;

    tcase_add_test(tc, test_critical_path);
    tcase_add_test(tc, test_critical_path_rejected);
    tcase_add_test(tc, test_stream_bound);
    tcase_add_test(tc, test_job_queue);
    tcase_add_test(tc, test_table);
    while (models[count].name)
        count++;
    if (!models[0].ops)
        return suite;
    add_model_tests(suite, count);
    add_process_tests(suite);
    return suite;
}
