/* SPDX-License-Identifier: MIT */
/*
 * Whole exchanges over every mechanism, good ones and ended ones.
 * Each mechanism is a test case of its own name: CK_RUN_CASE=fifo.
 */
#include "ipc/exchange/rundir.h"
#include "ipc/job/image.h"
#include "ipc/job/store.h"
#include "ipc/mechanisms.h"
#include "shared/base/units.h"
#include "tests/helpers.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Runs it as it is, and expects it good. */
static void run_good(struct run *r)
{
    run_here(r);
    run_expect_good(r);
    run_close(r);
}

/* A mechanism whose messages are a machine word gets less to do. */
static bool is_slow(const struct run *r)
{
    return r->plan.ops && r->plan.ops->message_max == sizeof(uint64_t);
}

/* -------------------------------------------------- patterns, work, sizes */

static const enum exchange_pattern patterns[] = {
    PATTERN_EXCHANGE,
    PATTERN_PING_PONG,
    PATTERN_STREAM,
};

static const enum job_work works[] = { JOB_WORK_HEADER, JOB_WORK_VERIFY,
                                       JOB_WORK_CARRY };

/* Each pattern with each work, for so many jobs of that size. */
static void run_each(int index, uint64_t jobs, size_t size)
{
    struct run r;

    for (size_t i = 0; i < COUNT(patterns) * COUNT(works); i++) {
        if (!run_open(&r, index))
            return;
        r.plan.pattern = patterns[i / COUNT(works)];
        r.plan.work = works[i % COUNT(works)];
        r.plan.jobs = jobs;
        r.plan.size = size;
        run_good(&r);
    }
}

START_TEST(test_no_job)
{
    run_each(_i, 0, 64);
}
END_TEST

START_TEST(test_one_job)
{
    run_each(_i, 1, 64);
}
END_TEST

START_TEST(test_many_jobs)
{
    run_each(_i, 200, 64);
}
END_TEST

START_TEST(test_empty_payload)
{
    run_each(_i, 50, 0);
}
END_TEST

START_TEST(test_thousands)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    r.plan.jobs = test_is_long() ? 5000 : 2000;
    r.plan.size = 64;
    run_good(&r);
}
END_TEST

START_TEST(test_depth_and_window)
{
    static const struct {
        size_t depth;
        unsigned window;
    } tried[] = { { 1, 1 }, { 1, 64 }, { 8, 1 }, { 64, 64 }, { 3, 5 } };
    struct run r;

    for (size_t i = 0; i < COUNT(tried) * COUNT(patterns); i++) {
        if (!run_open(&r, _i))
            return;
        r.plan.pattern = patterns[i % COUNT(patterns)];
        r.plan.depth = tried[i / COUNT(patterns)].depth;
        r.plan.window = tried[i / COUNT(patterns)].window;
        r.plan.size = 1500;
        run_good(&r);
    }
}
END_TEST

START_TEST(test_large_payload)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    r.plan.size = is_slow(&r) ? (size_t)256 << 10 : (size_t)8 << 20;
    r.plan.jobs = 3;
    r.plan.depth = 2;
    run_good(&r);
}
END_TEST

/* The payload is as large as the frame allows; and one byte larger. */
START_TEST(test_largest_payload)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    r.plan.max = r.plan.size = 10000;
    run_good(&r);
    (void)run_open(&r, _i);
    r.plan.max = 10000;
    r.plan.size = 10001;
    run_here(&r);
    run_expect_failure(&r, "producer: reserve a job: Message too long");
    run_close(&r);
}
END_TEST

START_TEST(test_pinned)
{
    static const enum placement placements[] = { PLACE_SAME, PLACE_SPLIT };
    struct run r;

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return;
    for (size_t i = 0; i < COUNT(placements); i++) {
        if (!run_open(&r, _i))
            return;
        r.plan.placement = placements[i];
        run_good(&r);
    }
}
END_TEST

/* When the time is up, what was begun is brought to its end. */
START_TEST(test_budget)
{
    struct run r;

    for (size_t i = 0; i < COUNT(patterns); i++) {
        if (!run_open(&r, _i))
            return;
        r.plan.pattern = patterns[i];
        r.plan.jobs = RUN_ENDLESS;
        r.plan.budget_ns = 30000000;
        run_here(&r);
        run_expect_good(&r);
        run_expect(&r, r.outcome->elapsed_ns >= r.plan.budget_ns,
                   "ended after %lu ns", r.outcome->elapsed_ns);
        run_close(&r);
    }
}
END_TEST

/* ----------------------------------------------------------------- images */

enum { PICTURES = 3, SHA256_HEX = 64 };

struct picture {
    const char *file;
    unsigned width, height, variant;
    unsigned char *bytes;
    size_t size;
};

static struct picture pictures[PICTURES] = {
    { .file = "a.jpg", .width = 160, .height = 120, .variant = 1 },
    { .file = "b.jpg", .width = 60, .height = 200, .variant = 2 },
    { .file = "c.jpg", .width = 90, .height = 50, .variant = 3 },
};

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *stream = fopen(path, "we");

    ck_assert_msg(stream, "%s: %s", path, strerror(errno));
    ck_assert_uint_eq(fwrite(bytes, 1, size, stream), size);
    ck_assert_int_eq(fclose(stream), 0);
}

/* Once for all tests, which are forked later. */
static void draw_pictures(void)
{
    int r;

    for (size_t i = 0; i < PICTURES; i++) {
        struct picture *p = &pictures[i];

        r = image_render(p->width, p->height, p->variant, &p->bytes, &p->size);
        if (r < 0)
            abort();
    }
}

/* Adds a file of these bytes, as one more job. */
static void add_input(struct run *r, struct inputs *inputs, const char *file,
                      const void *bytes, size_t size)
{
    write_file(runs_path(file), bytes, size);
    ck_assert_int_eq(inputs_add_path(inputs, runs_path(file)), 0);
    r->plan.jobs++;
}

/* Opens a run of image work: one job for each picture. */
static bool open_images(struct run *r, int index, struct inputs *inputs)
{
    static char store[PATH_MAX];

    if (!run_open(r, index))
        return false;
    *inputs = (struct inputs){ 0 };
    r->plan.jobs = 0;
    for (size_t i = 0; i < PICTURES; i++)
        add_input(r, inputs, pictures[i].file, pictures[i].bytes,
                  pictures[i].size);
    (void)snprintf(store, sizeof(store), "%s", runs_path("store"));
    r->plan.work = JOB_WORK_IMAGE;
    r->plan.inputs = inputs;
    r->plan.store = store;
    return true;
}

static void close_images(struct run *r, struct inputs *inputs)
{
    inputs_free(inputs);
    run_close(r);
}

static size_t count_files(const char *dir)
{
    DIR *stream = opendir(dir);
    size_t count = 0;

    while (stream && readdir(stream))
        count++;
    if (stream)
        (void)closedir(stream);
    return count > 0 ? count - 2 : 0; /* without . and .. */
}

/* Whether the store has a file of that name and of just these bytes. */
static void expect_stored(const struct run *r, const char *name,
                          const void *bytes, size_t size)
{
    unsigned char *back = malloc(size + 1);
    char path[PATH_MAX];
    FILE *stream;

    (void)snprintf(path, sizeof(path), "%s/%s", r->plan.store, name);
    stream = fopen(path, "re");
    run_expect(r, stream, "%s is not in the store", name);
    run_expect(r,
               fread(back, 1, size + 1, stream) == size &&
                   memcmp(back, bytes, size) == 0,
               "%s is of other bytes", name);
    (void)fclose(stream);
    free(back);
}

/* What sha256sum(1) says of a file. */
static void sha256sum(const char *path, char hex[static SHA256_HEX + 1])
{
    char command[PATH_MAX + 20];
    FILE *stream;

    (void)snprintf(command, sizeof(command), "sha256sum < '%s'", path);
    stream = popen(command, "re");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fread(hex, 1, SHA256_HEX, stream), SHA256_HEX);
    hex[SHA256_HEX] = '\0';
    (void)pclose(stream);
}

/* The thumbnail is what image_thumbnail_make makes here, without IPC: so the
 * same over every mechanism. */
static void expect_thumbnail(const struct run *r, const struct picture *p)
{
    char remark[IMAGE_REMARK_MAX], name[STORE_NAME_MAX];
    uint8_t sha256[STORE_SHA256_SIZE];
    struct image_thumbnail thumbnail;

    ck_assert_int_eq(image_thumbnail_make(p->bytes, p->size, r->plan.box_width,
                                          r->plan.box_height, &thumbnail,
                                          remark),
                     0);
    store_sha256(thumbnail.bytes, thumbnail.size, sha256);
    store_name(sha256, "jpg", name);
    expect_stored(r, name, thumbnail.bytes, thumbnail.size);
    image_thumbnail_free(&thumbnail);
}

static void expect_pictures(const struct run *r)
{
    char name[SHA256_HEX + 8];

    for (size_t i = 0; i < PICTURES; i++) {
        sha256sum(runs_path(pictures[i].file), name);
        (void)strcat(name, ".jpg");
        expect_stored(r, name, pictures[i].bytes, pictures[i].size);
        expect_thumbnail(r, &pictures[i]);
    }
    run_expect(r, count_files(r->plan.store) == 2 * PICTURES,
               "%zu files in the store", count_files(r->plan.store));
}

START_TEST(test_images)
{
    struct inputs inputs;
    struct run r;

    for (size_t i = 0; i < COUNT(patterns); i++) {
        if (!open_images(&r, _i, &inputs))
            return;
        r.plan.pattern = patterns[i];
        run_here(&r);
        run_expect_good(&r);
        expect_pictures(&r);
        run_expect(&r,
                   r.outcome->results[WORKER_PRODUCER].work_ns > 0 ||
                       r.outcome->results[WORKER_CONSUMER].work_ns > 0,
                   "the work took no time");
        close_images(&r, &inputs);
    }
}
END_TEST

/* The same pictures again and again: as many effects as there are pictures. */
START_TEST(test_images_again)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    r.plan.jobs = 4 * PICTURES;
    run_here(&r);
    run_expect_good(&r);
    run_here(&r);
    run_expect_good(&r);
    expect_pictures(&r);
    close_images(&r, &inputs);
}
END_TEST

/* Bad input: its job is rejected, with the reason, the others are done. */
static void expect_one_rejected(const struct run *r, const char *reason)
{
    const struct verdict *v = &r->outcome->verdict;
    const struct remark *remark = NULL;

    run_expect(r, r->status != 0 && !outcome_good(r->outcome), "good");
    run_expect(r, verdict_good(v), "the verdict is not good");
    run_expect(r, v->rejected == 1 && v->completed == PICTURES,
               "counted wrong");
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (r->outcome->results[i].rejected > 0)
            remark = &r->outcome->results[i].rejection[0];
    run_expect(r, remark && remark->number == PICTURES, "another job is named");
    run_expect(r, remark && strstr(remark->text, reason),
               "the reason is \"%s\"", remark ? remark->text : "");
    expect_pictures(r);
}

START_TEST(test_no_image)
{
    static const char text[] = "This is not an image.";
    struct inputs inputs;
    struct run r;

    for (size_t i = 0; i < COUNT(patterns); i++) {
        if (!open_images(&r, _i, &inputs))
            return;
        r.plan.pattern = patterns[i];
        add_input(&r, &inputs, "d.jpg", text, sizeof(text));
        run_here(&r);
        expect_one_rejected(&r, "neither JPEG nor PNG");
        close_images(&r, &inputs);
    }
}
END_TEST

START_TEST(test_empty_file)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    add_input(&r, &inputs, "d.jpg", "", 0);
    run_here(&r);
    expect_one_rejected(&r, "");
    close_images(&r, &inputs);
}
END_TEST

/* Just as large as --max allows, and larger by one byte. */
START_TEST(test_file_above_max)
{
    struct inputs inputs;
    struct run r;
    char *bytes;

    if (!open_images(&r, _i, &inputs))
        return;
    r.plan.max = inputs.largest;
    run_here(&r);
    run_expect_good(&r);
    bytes = calloc(1, r.plan.max + 1);
    add_input(&r, &inputs, "d.jpg", bytes, r.plan.max + 1);
    free(bytes);
    run_here(&r);
    expect_one_rejected(&r, "--max");
    close_images(&r, &inputs);
}
END_TEST

/* It was there when the run was planned. */
START_TEST(test_file_gone)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    add_input(&r, &inputs, "d.jpg", "text", 4);
    ck_assert_int_eq(unlink(runs_path("d.jpg")), 0);
    run_here(&r);
    expect_one_rejected(&r, "No such file");
    close_images(&r, &inputs);
}
END_TEST

/* The frames have no room for what it has become. */
START_TEST(test_file_grown)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    add_input(&r, &inputs, "d.jpg", "text", 4);
    ck_assert_int_eq(truncate(runs_path("d.jpg"), 10000000), 0);
    run_here(&r);
    expect_one_rejected(&r, "10000000 bytes");
    close_images(&r, &inputs);
}
END_TEST

/* To open one for reading would wait for a writer. */
START_TEST(test_file_is_fifo)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    ck_assert_int_eq(mkfifo(runs_path("d.jpg"), 0600), 0);
    ck_assert_int_eq(inputs_add_path(&inputs, runs_path("d.jpg")), 0);
    r.plan.jobs++;
    run_here(&r);
    expect_one_rejected(&r, "");
    close_images(&r, &inputs);
}
END_TEST

START_TEST(test_file_unreadable)
{
    struct inputs inputs;
    struct run r;

    if (geteuid() == 0 || !open_images(&r, _i, &inputs))
        return;
    add_input(&r, &inputs, "d.jpg", "text", 4);
    ck_assert_int_eq(chmod(runs_path("d.jpg"), 0), 0);
    run_here(&r);
    expect_one_rejected(&r, "Permission denied");
    close_images(&r, &inputs);
}
END_TEST

/* ------------------------------------------------------------- no room */

START_TEST(test_no_store)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    r.plan.store = "/proc/store";
    run_here(&r);
    run_expect_failure(&r, "store /proc/store: No such file or directory");
    close_images(&r, &inputs);
}
END_TEST

/* From the first job on, in the consumer alone: files end at a size that the
 * second picture is above. */
static void allow_small_files(const struct job_result *result)
{
    const struct rlimit limit = { pictures[1].size - 1, RLIM_INFINITY };

    (void)result;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

START_TEST(test_store_limited)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    if (strcmp(r.name, "sqlite") == 0) { /* its log alone is longer */
        close_images(&r, &inputs);
        return;
    }
    r.plan.narrate_tasks = allow_small_files;
    r.plan.window = 1; /* where jobs lie in files, these are small then */
    run_here(&r);
    run_expect_failure(&r, "consumer: work: ");
    run_expect_failure(&r, ": File too large");
    run_expect(&r, count_files(r.plan.store) == 2, "%zu files in the store",
               count_files(r.plan.store));
    close_images(&r, &inputs);
}
END_TEST

static const char *page_free(void)
{
    static char text[2 * UNITS_TEXT_MAX + 10];
    char page[UNITS_TEXT_MAX];

    (void)size_text((size_t)sysconf(_SC_PAGESIZE), page);
    (void)snprintf(text, sizeof(text), "%s free of %s", page, page);
    return text;
}

/* A disk of one page. */
START_TEST(test_store_full)
{
    struct inputs inputs;
    struct run r;

    if (!open_images(&r, _i, &inputs))
        return;
    ck_assert_int_eq(mkdir(r.plan.store, 0700), 0);
    if (mount("tmpfs", r.plan.store, "tmpfs", 0, "size=1") == 0) {
        run_here(&r);
        run_expect_failure(&r, "consumer: work: ");
        run_expect_failure(&r, page_free());
        run_expect(&r, count_files(r.plan.store) == 0,
                   "something is in the store");
        ck_assert_int_eq(umount(r.plan.store), 0);
    }
    close_images(&r, &inputs);
}
END_TEST

START_TEST(test_no_directory)
{
    struct run r;

    if (!run_open(&r, _i))
        return;
    ck_assert_int_eq(setenv("TMPDIR", runs_path("missing"), 1), 0);
    run_here(&r);
    run_expect_failure(&r, "/missing (TMPDIR): No such file or directory");
    ck_assert_int_eq(setenv("TMPDIR", runs_path("tmp"), 1), 0);
    run_close(&r);
}
END_TEST

/* --------------------------------------------------- who else is there */

START_TEST(test_two_at_once)
{
    struct run one, two;

    if (!run_open(&one, _i) || !run_open(&two, _i))
        return;
    one.plan.jobs = two.plan.jobs = 300;
    run_start(&one);
    run_start(&two);
    run_wait(&one);
    run_wait(&two);
    run_expect_good(&one);
    run_expect_good(&two);
    run_close(&one);
    run_close(&two);
}
END_TEST

/* Root tries it as somebody who is not. */
START_TEST(test_ordinary_user)
{
    enum { NOBODY = 65534 };
    char dir[] = "/tmp/ipc-test-XXXXXX";
    struct run r;

    if (geteuid() != 0 || !run_open(&r, _i))
        return;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chown(dir, NOBODY, NOBODY), 0);
    ck_assert_int_eq(setenv("TMPDIR", dir, 1), 0);
    r.user = NOBODY;
    run_start(&r);
    run_wait(&r);
    ck_assert_int_eq(setenv("TMPDIR", runs_path("tmp"), 1), 0);
    run_expect(&r, rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
    run_expect_good(&r);
    run_close(&r);
}
END_TEST

/* Whatever the caller does with signals, it works, and all is as before: also
 * what check(3) itself relies on. */
START_TEST(test_signals_restored)
{
    static const int numbers[] = { SIGCHLD, SIGPIPE, SIGXFSZ };
    struct sigaction action;
    sigset_t before, after;
    struct run r;

    if (!run_open(&r, _i))
        return;
    (void)sigemptyset(&before);
    (void)sigaddset(&before, SIGUSR1);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)signal(SIGCHLD, SIG_IGN);
    (void)signal(SIGPIPE, SIG_DFL);
    run_here(&r);
    run_expect_good(&r);
    (void)sigprocmask(SIG_BLOCK, NULL, &after);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        (void)sigaction(numbers[i], NULL, &action);
        run_expect(&r,
                   action.sa_handler ==
                       (numbers[i] == SIGCHLD ? SIG_IGN : SIG_DFL),
                   "SIG%s", sigabbrev_np(numbers[i]));
    }
    for (int number = 1; number < NSIG; number++)
        run_expect(&r, sigismember(&after, number) == (number == SIGUSR1),
                   "signal %d", number);
    run_close(&r);
}
END_TEST

/* --------------------------------------------------------- ended by others */

/* A run that goes on till it is ended. */
static bool start_endless(struct run *r, int index)
{
    if (!run_open(r, index))
        return false;
    r->plan.jobs = RUN_ENDLESS;
    run_start(r);
    return true;
}

static void pause_at_random(unsigned below_ms)
{
    pause_ms((unsigned)lrand48() % below_ms);
}

START_TEST(test_signals)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
    char failure[30];
    struct run r;

    for (size_t i = 0; i < COUNT(numbers); i++) {
        if (!start_endless(&r, _i))
            return;
        (void)run_worker(&r, WORKER_PRODUCER);
        pause_at_random(20);
        ck_assert_int_eq(kill(r.pid, numbers[i]), 0);
        run_wait(&r);
        (void)snprintf(failure, sizeof(failure), "stopped by SIG%s",
                       sigabbrev_np(numbers[i]));
        run_expect_failure(&r, failure);
        run_expect(&r, r.outcome->signal == numbers[i], "signal %d",
                   r.outcome->signal);
        run_close(&r);
    }
}
END_TEST

/* Whoever is killed, the message says so, and how. */
static void kill_worker(int index, enum worker_role role)
{
    const char *name = role == WORKER_PRODUCER ? "producer" : "consumer";
    char failure[80];
    struct run r;
    pid_t pid;

    if (!start_endless(&r, index))
        return;
    pid = run_worker(&r, role);
    run_expect(&r, pid > 0, "no %s", name);
    pause_at_random(20);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    run_wait(&r);
    (void)snprintf(failure, sizeof(failure),
                   "the %s (pid %d) was killed by SIGKILL",
                   run_is_threads(&r) ? "process of all threads" : name, pid);
    run_expect_failure(&r, failure);
    run_close(&r);
}

START_TEST(test_worker_killed)
{
    enum { TIMES = 4 };

    srand48(getpid());
    for (int i = 0; i < TIMES; i++) {
        kill_worker(_i, WORKER_PRODUCER);
        kill_worker(_i, WORKER_CONSUMER);
    }
}
END_TEST

static void say_nothing(void *arg, const char *path,
                        const struct leftover *left)
{
    (void)arg;
    (void)path;
    (void)left;
}

/* Its children become the test's, which sees them end. */
static void expect_orphans_end(const struct run *r)
{
    const double start = seconds_now();
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
        run_expect(r, seconds_now() - start < TEST_HANG_S * test_patience(),
                   "a worker outlives the supervisor");
        if (pid == 0)
            pause_ms(1);
    }
}

/* Killed while it starts, or while its workers work: they die too, and what
 * has names is found and removed. */
START_TEST(test_supervisor_killed)
{
    enum { TIMES = 6 };
    struct run r;

    srand48(getpid());
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (int i = 0; i < TIMES; i++) {
        if (!start_endless(&r, _i))
            return;
        if (i % 2)
            (void)run_worker(&r, WORKER_PRODUCER);
        pause_at_random(10);
        ck_assert_int_eq(kill(r.pid, SIGKILL), 0);
        expect_orphans_end(&r);
        run_expect(&r, rundir_clean(true, say_nothing, NULL) <= 1,
                   "too much cleaned");
        run_expect(&r, count_files(runs_path("tmp")) == 0, "not all cleaned");
        run_close(&r);
    }
}
END_TEST

/* ------------------------------------------------------------------- idle */

enum { IDLE_MS = 2000, BUSY_PERCENT = 2, MECHANISMS_MAX = 64 };

static double cpu_of(pid_t pid)
{
    struct timespec time = { 0 };
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0)
        (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

struct idle {
    struct run run;
    pid_t producer, consumer;
    double cpu; /* of supervisor and consumer */
};

static bool start_idle(struct idle *idle, int index)
{
    if (!run_open(&idle->run, index))
        return false;
    idle->run.plan.jobs = RUN_ENDLESS;
    idle->run.plan.budget_ns = 1000000000;
    run_start(&idle->run);
    idle->producer = run_worker(&idle->run, WORKER_PRODUCER);
    idle->consumer = run_worker(&idle->run, WORKER_CONSUMER);
    pause_ms(20);
    ck_assert_int_eq(kill(idle->producer, SIGSTOP), 0);
    return true;
}

/* Till what was under way has arrived. */
static void await_idle(struct idle *idle)
{
    const double start = seconds_now();
    double before;

    do {
        before = cpu_of(idle->run.pid) + cpu_of(idle->consumer);
        pause_ms(20);
        idle->cpu = cpu_of(idle->run.pid) + cpu_of(idle->consumer);
    } while (idle->cpu - before > 0.001 &&
             seconds_now() - start < TEST_HANG_S * test_patience());
}

static void expect_idle(const struct idle *idle)
{
    double used = cpu_of(idle->run.pid) + cpu_of(idle->consumer) - idle->cpu;

    run_expect(&idle->run,
               used < IDLE_MS * BUSY_PERCENT / 1e5 * test_patience(),
               "%.1f ms of CPU in %d ms of waiting", 1000 * used, IDLE_MS);
}

/* Of all mechanisms at once, since they only wait. */
START_TEST(test_idle)
{
    static struct idle all[MECHANISMS_MAX];
    size_t count = 0;

    for (int i = 0; mechanisms[i].name; i++)
        count += start_idle(&all[count], i);
    for (size_t i = 0; i < count; i++)
        await_idle(&all[i]);
    pause_ms(IDLE_MS);
    for (size_t i = 0; i < count; i++)
        expect_idle(&all[i]);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(kill(all[i].producer, SIGCONT), 0);
    for (size_t i = 0; i < count; i++) {
        run_wait(&all[i].run);
        run_expect_good(&all[i].run);
        run_close(&all[i].run);
    }
}
END_TEST

/* One process without IPC does the same work, and is judged alike. */
static void add_case_of_none(Suite *suite)
{
    const TTest *const tests[] = {
        test_no_job,     test_many_jobs, test_empty_payload,  test_budget,
        test_images,     test_no_image,  test_file_above_max, test_file_gone,
        test_file_grown, test_no_store,  test_store_full,
    };
    TCase *tc = add_case(suite, "none", 0);

    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_loop_test(tc, tests[i], RUN_NONE, RUN_NONE + 1);
}

static void add_case_of_idle(Suite *suite)
{
    TCase *tc = add_case(suite, "idle", 0);

    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    tcase_add_test(tc, test_idle);
}

Suite *exchange_suite(void)
{
    const TTest *const tests[] = {
        test_no_job,
        test_one_job,
        test_many_jobs,
        test_empty_payload,
        test_thousands,
        test_depth_and_window,
        test_large_payload,
        test_largest_payload,
        test_pinned,
        test_budget,
        test_images,
        test_images_again,
        test_no_image,
        test_empty_file,
        test_file_above_max,
        test_file_gone,
        test_file_grown,
        test_file_is_fifo,
        test_file_unreadable,
        test_no_store,
        test_store_limited,
        test_store_full,
        test_no_directory,
        test_two_at_once,
        test_ordinary_user,
        test_signals_restored,
        test_signals,
        test_worker_killed,
        test_supervisor_killed,
    };
    Suite *suite = suite_create("exchange");

    draw_pictures();
    add_case_of_none(suite);
    runs_cases(suite, tests, COUNT(tests));
    add_case_of_idle(suite);
    return suite;
}
