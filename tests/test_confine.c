/* SPDX-License-Identifier: MIT */
/*
 * A consumer that is confined does all jobs, and what it has no business with
 * fails: a decorator tries it in the consumer's process, in between.
 */
#include "ipc/decorator.h"
#include "ipc/job/image.h"
#include "ipc/mechanisms.h"
#include "ipc/worker/confine.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/runs.h"
#include "tests/suites.h"

#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { JOBS = 3, UPLOADS = 2, UNTRIED = 1000 };

/* --------------------------------------------------------------- attempts */

/* What the attempts take; made before the processes part. */
static struct {
    char outside[PATH_MAX];
    int listener;
    int loose; /* a socket that is not connected */
    struct sockaddr_in address;
} planted;

/* An attempt returns 0, or why it failed. */

static int error_of(int result)
{
    const int error = result < 0 ? errno : 0;

    if (result > 0)
        (void)close(result);
    return error;
}

static int try_to_read(void)
{
    return error_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int try_to_list(void)
{
    return error_of(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int try_to_make(void)
{
    return error_of(
        open(planted.outside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int try_to_open_socket(void)
{
    return error_of(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int try_to_connect(void)
{
    return connect(planted.loose, (struct sockaddr *)&planted.address,
                   sizeof(planted.address)) < 0
               ? errno
               : 0;
}

/* It returns only when it fails; else the process ends without a word. */
static int try_to_execute(void)
{
    char *const words[] = { (char[]){ "true" }, NULL };

    (void)execv("/bin/true", words);
    return errno;
}

static int try_to_fork(void)
{
    const pid_t pid = fork();

    if (pid == 0)
        _exit(EXIT_SUCCESS);
    return pid < 0 ? errno : 0;
}

static int try_to_trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int try_to_map_code(void)
{
    void *memory = mmap(NULL, 1, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? errno : 0;
}

static int try_to_signal(void)
{
    return kill(getppid(), 0) < 0 ? errno : 0;
}

/* The flag itself: what it forbids takes a program to be executed. */
static int try_to_gain_privileges(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    int flag = 0;

    while (status && fgets(line, sizeof(line), status))
        (void)sscanf(line, "NoNewPrivs: %d", &flag);
    if (status)
        (void)fclose(status);
    return flag ? EPERM : 0;
}

static const struct attempt {
    const char *what;
    int (*try)(void);
    int error;
    unsigned allowed; /* to mechanisms with this trait */
} attempts[] = {
    { "read /etc/passwd", try_to_read, EACCES, 0 },
    { "list /", try_to_list, EACCES, 0 },
    { "make a file outside the store", try_to_make, EACCES, 0 },
    { "open a socket", try_to_open_socket, EPERM, 0 },
    { "connect", try_to_connect, EPERM, 0 },
    { "execute a program", try_to_execute, EPERM, 0 },
    { "fork", try_to_fork, EPERM, 0 },
    { "trace", try_to_trace, EPERM, 0 },
    { "map code", try_to_map_code, EPERM, 0 },
    { "signal another process", try_to_signal, EPERM, CHANNEL_SIGNALS },
    { "gain privileges", try_to_gain_privileges, EPERM, 0 },
};

enum { ATTEMPTS = sizeof(attempts) / sizeof(attempts[0]) };

/* Shared with the consumer: what came of each, and of a connection before the
 * system calls are filtered. */
static int *errors;

enum { EARLY = ATTEMPTS, ERRORS };

static void try_all(void)
{
    for (size_t i = 0; i < ATTEMPTS; i++)
        errors[i] = attempts[i].try();
}

/* ------------------------------------------------------------- the planter */

/* Stands before the jobs at the consumer. */
struct planter {
    struct decorator base;
    bool consumes;
    bool threaded; /* a thread tries, that was started while it attached */
    bool tried;
    pthread_t thread;
    pthread_mutex_t gate; /* what the thread waits for */
};

_Static_assert(sizeof(struct planter) <= DECORATOR_STATE, "must fit before it");

static void *try_behind_gate(void *arg)
{
    struct planter *p = arg;

    (void)pthread_mutex_lock(&p->gate);
    try_all();
    return NULL;
}

static int attach_planter(void *state, const struct channel_config *config,
                          const struct channel_end *end)
{
    struct planter *p = state;
    const bool *threaded = p->base.decoration;

    p->consumes =
        strcmp(config->name, "jobs") == 0 && end->role == CHANNEL_RECEIVER;
    p->threaded = p->consumes && *threaded;
    if (p->threaded) {
        errors[EARLY] = try_to_connect();
        (void)pthread_mutex_init(&p->gate, NULL);
        (void)pthread_mutex_lock(&p->gate);
        if (pthread_create(&p->thread, NULL, try_behind_gate, p) != 0)
            return -EAGAIN;
    }
    return decorator_attach(state, config, end);
}

static int release_planter(void *state)
{
    struct planter *p = state;

    if (p->consumes && !p->tried) {
        p->tried = true;
        if (p->threaded) {
            (void)pthread_mutex_unlock(&p->gate);
            (void)pthread_join(p->thread, NULL);
        } else
            try_all();
    }
    return p->base.inner->release(decorator_inner(p));
}

/* ------------------------------------------------------------------- a run */

struct trial_run {
    struct run run;
    struct inputs inputs;
    struct channel_ops planter;
    bool threaded;
};

static void plant(void)
{
    socklen_t size = sizeof(planted.address);

    (void)snprintf(planted.outside, sizeof(planted.outside), "%s",
                   runs_path("outside"));
    planted.address = (struct sockaddr_in){ .sin_family = AF_INET };
    planted.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    planted.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    planted.loose = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(
        bind(planted.listener, (struct sockaddr *)&planted.address, size), 0);
    ck_assert_int_eq(listen(planted.listener, 1), 0);
    ck_assert_int_eq(getsockname(planted.listener,
                                 (struct sockaddr *)&planted.address, &size),
                     0);
    errors = mmap(NULL, sizeof(*errors) * ERRORS, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(errors, MAP_FAILED);
    for (size_t i = 0; i < ERRORS; i++)
        errors[i] = UNTRIED;
}

static void clear_planted(void)
{
    fd_close(&planted.listener);
    fd_close(&planted.loose);
    (void)munmap(errors, sizeof(*errors) * ERRORS);
    (void)unlink(planted.outside);
}

static bool may_confine(void)
{
    const char *missing = confine_missing();

    if (missing)
        printf("skipped: a confined consumer: %s\n", missing);
    return !missing;
}

static bool open_trial(struct trial_run *t, int index)
{
    *t = (struct trial_run){ .threaded = false };
    if (!may_confine() || !run_open(&t->run, index))
        return false;
    plant();
    decorator_wrap(t->run.plan.ops, &t->planter);
    t->planter.attach = attach_planter;
    t->planter.release = release_planter;
    ck_assert_int_eq(inputs_add_drawing(&t->inputs, 60, 40), 0);
    t->run.plan.decorator = &t->planter;
    t->run.plan.decoration = &t->threaded;
    t->run.plan.work = JOB_WORK_IMAGE;
    t->run.plan.jobs = JOBS;
    t->run.plan.inputs = &t->inputs;
    t->run.plan.store = runs_path("store");
    t->run.plan.confine = true;
    return true;
}

static void close_trial(struct trial_run *t)
{
    clear_planted();
    inputs_free(&t->inputs);
    run_close(&t->run);
}

static unsigned count_uploads(const struct run *r)
{
    DIR *stream = opendir(r->plan.store);
    const struct dirent *entry;
    unsigned count = 0;

    while (stream && (entry = readdir(stream)))
        count += entry->d_name[0] != '.';
    if (stream)
        (void)closedir(stream);
    return count;
}

static void expect_confined(const struct trial_run *t)
{
    run_expect_good(&t->run);
    run_expect(&t->run, count_uploads(&t->run) == UPLOADS, "%u uploads",
               count_uploads(&t->run));
    for (size_t i = 0; i < ATTEMPTS; i++) {
        const struct attempt *a = &attempts[i];
        const bool allowed = t->run.plan.ops->traits & a->allowed;

        run_expect(&t->run, errors[i] == (allowed ? 0 : a->error),
                   "to %s: errno %d", a->what, errors[i]);
    }
}

START_TEST(test_attempts)
{
    struct trial_run t;

    if (!open_trial(&t, _i))
        return;
    run_here(&t.run);
    if (t.run.plan.ops->traits & (CHANNEL_THREADS | CHANNEL_READS_PEER))
        run_expect_failure(&t.run, "it cannot be confined");
    else
        expect_confined(&t);
    close_trial(&t);
}
END_TEST

/* Whether this kernel fences ports in: from the fourth version on. */
static bool knows_ports(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION) >= 4;
}

/* A thread that was started while a channel was attached is fenced in as well,
 * or there is no run. */
START_TEST(test_threads)
{
    struct trial_run t;

    if (!open_trial(&t, _i))
        return;
    t.threaded = true;
    run_here(&t.run);
    if (t.run.plan.ops->traits & CHANNEL_OWN_THREADS) {
        expect_confined(&t);
        ck_assert_int_eq(errors[EARLY], knows_ports() ? EACCES : 0);
    } else
        run_expect_failure(&t.run, "it cannot be confined");
    close_trial(&t);
}
END_TEST

/* Else it would not be known that they fail because of it. */
START_TEST(test_unconfined)
{
    struct trial_run t;

    if (!open_trial(&t, index_of("fifo")))
        return;
    t.run.plan.confine = false;
    run_here(&t.run);
    for (size_t i = 0; i < ATTEMPTS; i++)
        if (attempts[i].try == try_to_execute)
            break; /* the consumer is another program from there on */
        else
            ck_assert_msg(errors[i] == 0, "%s: errno %d", attempts[i].what,
                          errors[i]);
    close_trial(&t);
}
END_TEST

/* The row `none` decodes as well, and reads its pictures itself. */
START_TEST(test_none)
{
    struct inputs inputs = { 0 };
    unsigned char *bytes;
    size_t size;
    struct run r;
    int fd;

    if (!may_confine() || !run_open(&r, RUN_NONE))
        return;
    ck_assert_int_eq(image_render(60, 40, 0, &bytes, &size), 0);
    fd = open(runs_path("a.jpg"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(write_all(fd, bytes, size), 0);
    fd_close(&fd);
    free(bytes);
    ck_assert_int_eq(inputs_add_path(&inputs, runs_path("a.jpg")), 0);
    r.plan.work = JOB_WORK_IMAGE;
    r.plan.jobs = JOBS;
    r.plan.inputs = &inputs;
    r.plan.store = runs_path("store");
    r.plan.confine = true;
    run_here(&r);
    run_expect_good(&r);
    run_expect(&r, count_uploads(&r) == UPLOADS, "%u uploads",
               count_uploads(&r));
    inputs_free(&inputs);
    run_close(&r);
}
END_TEST

/* ---------------------------------------------------------------- programs */

static struct program consumer, producer;

static const char *const places[][2] = {
    { "fifo", "x" },
    { "tcp", "tcp://127.0.0.1:7400" },
    { "zeromq", "tcp://127.0.0.1:7400" },
};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

/* In two terminals, or on two machines: there it takes an address. */
START_TEST(test_consume)
{
    const char *const name = places[_i][0], *const at = places[_i][1];
    const struct mechanism *m = mechanism_find(name);

    if (!may_confine() || !m || mechanism_skipped(m))
        return;
    program_zero(&consumer);
    program_start(&consumer, "%s consume --confine --at %s --store %s", name,
                  at, in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    program_run(&producer, "%s produce --at %s %s", name, at,
                place_add_picture("a.jpg"));
    program_wait(&consumer);
    program_expect(&producer, 0, "thumbnail ", "good: 1 job");
    program_expect(&consumer, 0, NULL, "good: 1 job");
}
END_TEST

/* As on a system whose kernel was built without it. */
static void deny_fences(void)
{
    deny_call(SYS_landlock_create_ruleset, ENOSYS);
}

START_TEST(test_refused)
{
    static const char *const lines[] = { "fifo demo", "fifo bench",
                                         "fifo consume --at x" };

    if (!may_deny_calls("a system that cannot confine"))
        return;
    program_zero(&consumer);
    consumer.prepare = deny_fences;
    program_start(&consumer, "%s --confine", lines[_i]);
    program_wait(&consumer);
    program_expect_line(&consumer, 1, "--confine", "landlock");
    program_expect(&consumer, 1, NULL, "");
}
END_TEST

Suite *confine_suite(void)
{
    const TTest *const of_mechanisms[] = { test_attempts };
    Suite *suite = suite_create("confine");
    TCase *tc;

    runs_cases(suite, of_mechanisms, 1);
    tc = add_case(suite, "plain", 0);
    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    tcase_add_test(tc, test_unconfined);
    tcase_add_test(tc, test_none);
    tc = add_case_with_place(suite, "programs", 0);
    tcase_add_loop_test(tc, test_consume, 0, PLACES);
    tcase_add_loop_test(tc, test_refused, 0, 3);
    tc = add_case(suite, "threads", 0);
    tcase_add_checked_fixture(tc, runs_begin, runs_end);
    tcase_add_loop_test(tc, test_threads, index_of("fifo"),
                        index_of("fifo") + 1);
    tcase_add_loop_test(tc, test_threads, index_of("udp"), index_of("udp") + 1);
    return suite;
}
