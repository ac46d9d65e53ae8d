/* SPDX-License-Identifier: MIT */
/* The real programs, one at a time: what they take, print, return and leave. */
#include "ipc/mechanisms.h"
#include "ipc/worker/place.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/helpers.h"
#include "tests/objects.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCREEN_WIDTH = 80 };

static struct program p, other;

/* ---------------------------------------------------------- what is wrong */

/* A mistake is one line that names it, and status 2. */
static const struct {
    const char *line;
    const char *part;
    const char *other_part;
} mistakes[] = {
    { "ipc", "a command is needed", "--help" },
    { "ipc frobnicate", "frobnicate: no such command", "--help" },
    { "ipc help frobnicate", "frobnicate: no such command", "--help" },
    { "ipc demo --frobnicate", "--frobnicate", "option" },
    { "ipc demo nosuch", "nosuch: no such mechanism or family", "list" },
    { "ipc demo pipes nosuch", "nosuch: no such mechanism or family", "list" },
    { "ipc list nosuch", "nosuch: no such mechanism or family", "list" },
    { "fifo demo pipe", "pipe: no such mechanism or family", "fifo" },
    { "ipc consume nosuch --at x", "consume", "which mechanism" },
    { "ipc consume --at x", "consume", "which mechanism" },
    { "ipc bench --size 4Q", "--size 4Q", "4KiB" },
    { "ipc bench --size 4,", "--size 4,", "4KiB" },
    { "ipc bench --size 2GiB", "--size 2GiB", "up to 1GiB" },
    { "ipc bench --size 64MiB", "--size 64 MiB", "--max" },
    { "ipc demo --box 10", "--box 10", "1000x750" },
    { "ipc demo --box 0x10", "--box 0x10", "1000x750" },
    { "ipc demo --jobs -1", "--jobs -1", "a number" },
    { "ipc demo --jobs", "--jobs needs a value", "a number" },
    { "ipc report -o", "-o needs a value", "" },
    { "ipc list --json=3", "--json takes no value", "" },
    { "ipc list -x", "-x: no such option", "--help" },
    /* What was meant. */
    { "ipc dmeo", "dmeo: no such command", "; did you mean demo? (" },
    { "ipc help benhc", "benhc: no such command", "; did you mean bench? (" },
    { "ipc demo pip", "pip: no such", "; did you mean pipe? (" },
    { "ipc demo unix_stream", "unix_stream: no", "did you mean unix-stream?" },
    { "ipc demo socket", "socket: no such", "; did you mean sockets? (" },
    { "ipc demo shm", "shm: no such", "; did you mean ring? (" },
    { "ipc demo zmq", "zmq: no such", "; did you mean zeromq? (" },
    { "ipc bench --sise 4", "--sise: no such option",
      "did you mean --size? (" },
    { "ipc bench --sise=4", "--sise: no such option",
      "did you mean --size? (" },
    { "ipc bench --pattern streem", "or stream", "; did you mean stream?" },
    { "ipc bench --pin splt", "--pin splt: ", "; did you mean split?" },
    { "ipc demo --set pipesize=4", "--set pipesize", "did you mean pipe-size" },
    { "ipc bench --reference pip", "--reference pip", "did you mean pipe?" },
    { "ipc demo --window 0", "--window 0", "from 1 to 65536" },
    { "ipc demo --depth 0", "--depth 0", "from 1 to 65536" },
    { "ipc demo --max 0", "--max 0", "from 1 to 1GiB" },
    { "ipc demo --pattern x", "--pattern x", "ping-pong" },
    { "ipc bench --work x", "--work x", "verify" },
    { "ipc demo --pin x", "--pin x", "split" },
    { "ipc demo --stall 0", "--stall 0", "seconds" },
    { "ipc demo --seconds 1e9", "--seconds 1e9", "86400" },
    { "ipc demo --set nonsense=1", "--set nonsense", "no mechanism" },
    { "ring demo --set pipe-size=1MiB", "--set pipe-size", "no mechanism" },
    { "ipc consume fifo --at x --set nonsense=1", "--set nonsense",
      "no mechanism" },
    { "ipc consume udp --at x --set sent=9", "udp: --set sent=9", "10 to 100" },
    { "ipc bench udp --set sent=101", "udp: --set sent=101", "10 to 100" },
    { "ipc bench sockets --set sent=90 --set sent=9", "udp: --set sent=9",
      "10 to 100" },
    { "ipc demo --set word-window=0", "--set word-window=0", "1 or more" },
    { "ipc demo --set pipe-size", "--set pipe-size", "NAME=SIZE" },
    { "ipc demo --set pipe-size=x", "--set pipe-size=x", "NAME=SIZE" },
    { "ipc demo --size 4", "demo takes no --size", "help demo" },
    { "ipc demo --json", "demo takes no --json", "help demo" },
    { "ipc list --jobs 3", "list takes no --jobs", "help list" },
    { "ipc clean --json", "clean takes no --json", "help clean" },
    { "ipc clean everything", "everything", "no arguments" },
    { "ipc produce --set pipe-size=1", "produce takes no --set", "help" },
    { "ipc bench --work image --size 64", "--size", "size of its own" },
    { "ipc bench --image a.jpg --size 64", "--size", "size of its own" },
    { "ipc bench --size 64 --box 10x10", "--box", "no picture is sent" },
    { "ipc bench --pattern stream --store x", "--store", "no picture" },
    { "ipc bench --work verify --image x", "--image", "no picture" },
    { "pipe produce --size 64 a.jpg", "--size", "size of its own" },
    { "pipe produce --work image --size 9", "--size", "size of its own" },
    { "pipe produce --work verify a.jpg", "a.jpg", "no picture is sent" },
    { "pipe produce --size 64 --image a.jpg", "--size", "size of its own" },
    { "ipc demo thread-queue --confine", "--confine", "a thread" },
    { "ipc demo process-vm --confine", "--confine", "memory" },
    { "fifo demo --confine --model pool", "--confine", "--model" },
    { "fifo consume", "--at DIR", "consume" },
    { "fifo produce", "--at DIR", "produce" },
};

START_TEST(test_mistake)
{
    program_run(&p, "%s", mistakes[_i].line);
    program_expect_line(&p, 2, mistakes[_i].part, mistakes[_i].other_part);
    program_expect(&p, 2, NULL, "");
}
END_TEST

/* ------------------------------------------------------------------ help */

static const char *const commands[] = { "demo",    "bench", "produce",
                                        "consume", "list",  "clean" };

START_TEST(test_help)
{
    static const char *const names[] = { "ipc", "fifo", "pipe" };
    char usage[64];

    for (size_t i = 0; i < 3; i++) {
        program_run(&p, "%s --help", names[i]);
        program_expect(&p, 0, "The exit status", NULL);
        program_expect_width(&p, SCREEN_WIDTH);
        for (size_t j = 0; j < sizeof(commands) / sizeof(commands[0]); j++) {
            program_expect(&p, 0, commands[j], NULL);
            (void)snprintf(usage, sizeof(usage), "Usage: %s %s", names[i],
                           commands[j]);
            program_run(&other, "%s help %s", names[i], commands[j]);
            program_expect(&other, 0, usage, NULL);
            program_run(&other, "%s %s --help", names[i], commands[j]);
            program_expect(&other, 0, usage, NULL);
        }
    }
    program_run(&p, "ipc help choose");
    if (strstr(p.out_text, "?."))
        program_fail(&p, "a question ends once");
    program_run(&p, "ipc help pipe");
    program_expect(&p, 0, "  Rendezvous ", NULL);
    program_run(&p, "ipc --version");
    program_expect(&p, 0, "ipc ", NULL);
}
END_TEST

/* ------------------------------------------------------------------ JSON */

START_TEST(test_list_json)
{
    const char *at = p.out_text;
    const struct mechanism *m;
    json_t *object;

    program_run(&p, "ipc list --json");
    program_expect(&p, 0, "", NULL);
    for (m = mechanisms; m->name; m++) {
        object = object_next(&p, &at);
        ck_assert_ptr_nonnull(object);
        ck_assert_str_eq(object_text(&p, object, "name"), m->name);
        ck_assert_str_eq(object_text(&p, object, "family"), m->family);
        ck_assert_str_eq(object_text(&p, object, "summary"), m->title);
        ck_assert_str_eq(object_text(&p, object, "copies"),
                         m->sheet[SHEET_COPIES]);
        ck_assert(json_is_array(object_member(&p, object, "traits")));
        ck_assert_int_eq(json_is_true(object_member(&p, object, "available")),
                         !mechanism_skipped(m));
        ck_assert_int_eq(json_is_null(object_member(&p, object, "reason")),
                         !mechanism_skipped(m));
        if (m->ops && m->ops->message_max)
            object_expect_integer(&p, object, "message_max",
                                  (json_int_t)m->ops->message_max);
        else
            ck_assert(json_is_null(object_member(&p, object, "message_max")));
        json_decref(object);
    }
    ck_assert_ptr_null(object_next(&p, &at));
}
END_TEST

START_TEST(test_list)
{
    program_run(&p, "ipc list");
    program_expect_width(&p, SCREEN_WIDTH);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        program_expect(&p, 0, m->source, NULL);
    program_run(&p, "ipc list pipes");
    program_expect(&p, 0, "pipes/fifo.c", NULL);
    if (strstr(p.out_text, "ring"))
        program_fail(&p, "only the pipes were asked for");
}
END_TEST

/* ------------------------------------------------------------------ demo */

static void run_demo(const char *more)
{
    const char *picture = in_place("photo.jpg");

    if (access(picture, F_OK) < 0)
        (void)place_add_picture("photo.jpg");
    program_run(&p, "ipc demo fifo pipes --jobs 3 --image %s --store %s%s",
                picture, in_place("store"), more);
}

START_TEST(test_demo)
{
    static const char *const parts[] = {
        "fifo: a named pipe\n",
        "pipe: an anonymous pipe\n",
        "Rendezvous",
        "Copies",
        "pipes/fifo.c",
        "attach jobs",
        "attach results",
        "producer  reserve ",
        "producer  commit ",
        "consumer  acquire ",
        "consumer  upload original ",
        "consumer  checksum ",
        "consumer  resize ",
        "consumer  upload resized ",
        "consumer  release ",
        "consumer  commit answer ",
        "producer  acquire answer ",
        "Verdict     good: 3 jobs",
        "Throughput",
        "Latency     at most ",
        "of CPU time: work",
        "Thumbnails  in ",
        "\nmechanism ",
        "\nnone  ",
    };
    char supervisor[64];

    run_demo(" --steps");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        program_expect(&p, 0, parts[i], NULL);
    (void)snprintf(supervisor, sizeof(supervisor),
                   "Supervisor  process %d:", p.pid);
    program_expect(&p, 0, supervisor, NULL);
    program_expect_width(&p, SCREEN_WIDTH);
    if (strchr(p.out_text, '\033') || strchr(p.out_text, '\r'))
        program_fail(&p, "this is not a terminal");
}
END_TEST

/* What IPC takes is a range where there are several. */
START_TEST(test_demo_one)
{
    const char *takes, *to;

    program_run(&p, "fifo demo --jobs 2 --image %s --store %s",
                place_add_picture("photo.jpg"), in_place("store"));
    program_expect(&p, 0, "\nWork  ", NULL);
    takes = strstr(p.out_text, "IPC takes ");
    if (!takes)
        program_fail(&p, "what IPC takes");
    to = strstr(takes, " to ");
    if (to && to < strchr(takes, '\n'))
        program_fail(&p, "of one mechanism there is one figure");
}
END_TEST

/* The supervisor and two workers for each of two mechanisms. */
START_TEST(test_demo_pids)
{
    pid_t pids[8];
    size_t count = 0;
    char *at;

    run_demo(" --steps");
    for (at = p.out_text; (at = strstr(at, "as process ")); at++) {
        pid_t pid = atoi(at + strlen("as process "));
        bool known = pid == p.pid;

        for (size_t i = 0; i < count; i++)
            known = known || pids[i] == pid;
        if (!known && count < 8)
            pids[count++] = pid;
    }
    ck_assert_uint_eq(count, 6); /* of pipe, fifo and splice */
}
END_TEST

START_TEST(test_demo_narrow)
{
    ck_assert_int_eq(setenv("COLUMNS", "60", 1), 0);
    run_demo(" --steps");
    program_expect(&p, 0, "Verdict     good", NULL);
    program_expect(&p, 0, "IPC/job: CPU", NULL);
    program_expect_width(&p, 60);
    if (strstr(p.out_text, "copies:") || strstr(p.out_text, "calls:"))
        program_fail(&p, "only what is shown is explained");
    program_run(&p, "ipc list");
    program_expect_width(&p, 60);
    program_run(&p, "ipc bench --size 64 --jobs 5 --rounds 1");
    program_expect_width(&p, 60);
}
END_TEST

/* The system calls of a job, in the row before the verdict. */
static double calls_in_row(const char *name)
{
    char row[32];
    const char *at, *end;

    (void)snprintf(row, sizeof(row), "\n%-15s ", name);
    at = strstr(p.out_text, row);
    end = at ? strstr(at, " good\n") : NULL;
    if (!end)
        program_fail(&p, row);
    while (end[-1] != ' ')
        end--;
    return atof(end);
}

/* Whoever this is, an ordinary user is to start it, and has that file. */
static void zero_for_ordinary_user(struct program *program, const char *file)
{
    program_zero(program);
    if (geteuid() == 0) {
        place_give_away(file);
        program->prepare = become_nobody;
    }
}

/* Every mechanism, and the one table of them all; another user, who has the
 * same shown meanwhile, is in nobody's way. */
START_TEST(test_demo_all)
{
    static const char line[] = "ipc demo --jobs 2 --image %s --store %s";
    unsigned lines = 0;

    (void)place_add_picture("photo.jpg");
    zero_for_ordinary_user(&other, "photo.jpg");
    program_start(&other, line, in_place("photo.jpg"), in_place("theirs"));
    program_run(&p, line, in_place("photo.jpg"), in_place("store"));
    program_wait(&other);
    program_expect(&other, 0, "\nnone  ", NULL);
    program_expect(&p, 0, "\nnone  ", NULL);
    program_expect(&p, 0, "\nStep by step: `ipc demo ", NULL);
    program_expect_width(&p, SCREEN_WIDTH);
    if (strstr(p.out_text, "acquire"))
        program_fail(&p, "several have a line each");
    for (const char *at = p.out_text; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_uint_le(lines, 70);
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        char row[32];

        (void)snprintf(row, sizeof(row), "\n%-15s ", m->name);
        program_expect(&p, 0, row, NULL);
    }
    if (!strstr(p.err_text, "does not allow tracing")) {
        ck_assert_double_lt(calls_in_row("ring"), 1);
        ck_assert_double_ge(calls_in_row("pipe"), 2);
    }
}
END_TEST

/* ------------------------------------------------------------- a terminal */

static int terminal, terminal_side;

static void open_terminal(unsigned short columns)
{
    struct winsize size = { .ws_row = 50, .ws_col = columns };

    ck_assert_int_eq(openpty(&terminal, &terminal_side, NULL, NULL, &size), 0);
}

static void close_terminal(void)
{
    fd_close(&terminal_side);
    fd_close(&terminal);
}

static void run_demo_on_terminal(void)
{
    const char *picture = in_place("photo.jpg");

    if (access(picture, F_OK) < 0)
        (void)place_add_picture("photo.jpg");
    program_zero(&p);
    open_terminal(SCREEN_WIDTH);
    p.out = terminal_side;
    p.terminal = terminal;
    program_start(&p, "ipc demo fifo --jobs 200 --image %s --store %s", picture,
                  in_place("store"));
    fd_close(&terminal_side);
    program_wait(&p);
    close_terminal();
}

/* Sequences that choose a colour or a face end with an m. */
static bool has_colour(void)
{
    const char *at = p.out_text;

    while ((at = strstr(at, "\033["))) {
        at += 2 + strspn(at + 2, "0123456789;");
        if (*at == 'm')
            return true;
    }
    return false;
}

START_TEST(test_terminal)
{
    run_demo_on_terminal();
    program_expect(&p, 0, "Verdict     \033[32mgood", NULL);
    program_expect(&p, 0, " of 200 jobs ...", NULL);
}
END_TEST

START_TEST(test_no_color)
{
    ck_assert_int_eq(setenv("NO_COLOR", "1", 1), 0);
    run_demo_on_terminal();
    program_expect(&p, 0, " of 200 jobs ...", NULL);
    if (has_colour())
        program_fail(&p, "colour in spite of NO_COLOR");
}
END_TEST

START_TEST(test_dumb_terminal)
{
    ck_assert_int_eq(setenv("TERM", "dumb", 1), 0);
    run_demo_on_terminal();
    program_expect(&p, 0, "Verdict     good", NULL);
    if (strchr(p.out_text, '\033'))
        program_fail(&p, "a sequence that this terminal does not know");
}
END_TEST

/* -------------------------------------------------------------- bad input */

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, text, strlen(text)), 0);
    fd_close(&fd);
}

/* It is named, with the reason; the others are done. */
START_TEST(test_no_picture)
{
    const char *bad = in_place("bad.jpg");

    write_file(bad, "no picture at all");
    program_run(&p, "ipc demo pipe --image %s --image %s --store %s", bad,
                place_add_picture("photo.jpg"), in_place("store"));
    program_expect(&p, 1, "of 2 jobs 1 completed, 1 rejected", bad);
    program_expect_line(&p, 1, "rejected", "neither JPEG nor PNG");
}
END_TEST

START_TEST(test_missing_path)
{
    program_run(&p, "ipc demo --image %s", in_place("missing.jpg"));
    program_expect_line(&p, 1, "missing.jpg", "No such file");
    program_expect(&p, 1, NULL, "");
}
END_TEST

START_TEST(test_empty_directory)
{
    ck_assert_int_eq(mkdir(in_place("empty"), 0700), 0);
    program_run(&p, "ipc demo --image %s", in_place("empty"));
    program_expect_line(&p, 1, "no picture found", "");
    write_file(in_place("empty/notes.txt"), "no picture");
    program_run(&p, "ipc demo --image %s", in_place("empty"));
    program_expect_line(&p, 1, "no picture found", "");
}
END_TEST

/* The store is not to be: each is one line, before any mechanism is tried. */
START_TEST(test_store)
{
    const char *picture = place_add_picture("photo.jpg");

    program_run(&p, "ipc demo --image %s --store %s", picture, picture);
    program_expect_line(&p, 1, picture, "Not a directory");
    program_run(&p, "ipc bench --image %s --store %s/x", picture,
                in_place("missing"));
    program_expect_line(&p, 1, "missing/x", "No such file");
}
END_TEST

static void limit_files(void)
{
    const struct rlimit limit = { 12000, 12000 };

    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

static void keep_to_one_cpu(void)
{
    (void)place_self(PLACE_SAME, 0);
}

/* Before anything begins. */
START_TEST(test_one_cpu)
{
    static const char *const lines[] = { "fifo demo", "fifo bench",
                                         "fifo consume --at x",
                                         "fifo produce --at x" };

    program_zero(&p);
    p.prepare = keep_to_one_cpu;
    program_start(&p, "%s --pin split", lines[_i]);
    program_wait(&p);
    program_expect(&p, 1, NULL,
                   "fifo: --pin split: there is only one CPU that we may "
                   "use\n");
}
END_TEST

/* Whatever was begun there is gone. */
static void expect_empty(const char *path)
{
    ck_assert_msg(rmdir(path) == 0, "%s: %s", path, strerror(errno));
}

START_TEST(test_store_limit)
{
    const char *picture = place_add_picture("photo.jpg");

    program_zero(&p);
    p.prepare = limit_files;
    program_start(&p, "ipc demo --image %s --store %s", picture,
                  in_place("store"));
    program_wait(&p);
    program_expect_line(&p, 1, "store ", "File too large");
    expect_empty(in_place("store"));
}
END_TEST

START_TEST(test_store_full)
{
    const char *picture = place_add_picture("photo.jpg");
    const char *full = in_place("full"), *store = in_place("full/store");

    ck_assert_int_eq(mkdir(full, 0700), 0);
    if (mount("tmpfs", full, "tmpfs", 0, "size=16k") < 0)
        return; /* for root alone */
    program_run(&p, "ipc demo --image %s --store %s", picture, store);
    program_expect_line(&p, 1, "full/store", "16 KiB free of 16 KiB");
    program_zero(&p);
    program_start(&p, "fifo consume --at x --store %s", store);
    program_run(&other, "fifo produce --at x %s", picture);
    program_wait(&p);
    program_expect(&p, 1, NULL, "16 KiB free of 16 KiB");
    program_expect(&other, 1, NULL, "consumer");
    expect_empty(store);
    ck_assert_int_eq(umount(full), 0);
}
END_TEST

/* --------------------------------------------------- descriptors and users */

static void close_stdin(void)
{
    (void)close(STDIN_FILENO);
}

static void close_all(void)
{
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
}

START_TEST(test_closed)
{
    const char *picture = place_add_picture("photo.jpg");

    program_zero(&p);
    p.prepare = close_stdin;
    program_start(&p, "ipc demo pipe --jobs 2 --image %s --store %s", picture,
                  in_place("store"));
    program_wait(&p);
    program_expect(&p, 0, "good", NULL);
    program_zero(&p);
    p.prepare = close_all;
    program_start(&p, "ipc demo pipe --jobs 2 --image %s --store %s", picture,
                  in_place("store"));
    program_wait(&p);
    program_expect(&p, 0, NULL, NULL);
}
END_TEST

START_TEST(test_full_stdout)
{
    static const char *const lines[] = {
        "ipc list",
        "ipc list --json",
        "ipc --help",
        "ipc --version",
        "pipe bench --size 64 --jobs 5 --rounds 1 --csv",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        program_zero(&p);
        p.out = open("/dev/full", O_WRONLY | O_CLOEXEC);
        program_start(&p, "%s", lines[i]);
        program_wait(&p);
        fd_close(&p.out);
        program_expect_line(&p, 1, "stdout: ", "");
    }
}
END_TEST

/* Root can read everything, so somebody else looks. */
START_TEST(test_unreadable_directory)
{
    const char *path = in_place("closed");

    ck_assert_int_eq(mkdir(path, geteuid() == 0 ? 0700 : 0), 0);
    zero_for_ordinary_user(&p, "");
    program_start(&p, "ipc demo --image %s", path);
    program_wait(&p);
    program_expect_line(&p, 1, path, "Permission denied");
}
END_TEST

START_TEST(test_ordinary_user)
{
    zero_for_ordinary_user(&p, "");
    program_start(&p, "ipc bench --jobs 20 --rounds 1 --size 64");
    program_wait(&p);
    program_expect(&p, 0, "good", NULL);
    program_expect_width(&p, SCREEN_WIDTH);
    for (const struct mechanism *m = mechanisms; m->name; m++)
        program_expect(&p, 0, m->name, NULL);
}
END_TEST

/* The same work with more consumers, and with one that is slow. */
START_TEST(test_workers)
{
    program_run(&p, "ipc workers pipe posix-mq --jobs 2 --image %s --store %s",
                place_add_picture("photo.jpg"), in_place("store"));
    program_expect(&p, 0, "from a queue", NULL);
    program_expect(&p, 0, "slow did", NULL);
    program_run(&p, "tcp workers");
    program_expect_line(&p, 2, "workers", "takes part");
    program_run(&p, "ipc bench signal-words --consumers 9 --jobs 20 "
                    "--rounds 1 --size 64");
    program_expect_line(&p, 1, "fewer --consumers", "signal-words");
}
END_TEST

/* ------------------------------------------------- signals, each mechanism */

/* Starts a demo that would last for minutes, and lets its first job pass. */
static bool start_long_demo(const struct mechanism *m, const char *restarts,
                            pid_t workers[static 2])
{
    pid_t children[PROGRAM_CHILDREN_MAX];

    if (mechanism_skipped(m))
        return false;
    program_zero(&p);
    program_start(
        &p, "%s demo --jobs 1000000 --image %s --store %s --restarts %s",
        m->name, place_add_picture("photo.jpg"), in_place("store"), restarts);
    program_await(&p, "release answer");
    program_await_children(&p, m->ops->traits & CHANNEL_THREADS ? 1 : 2,
                           children);
    workers[0] = children[0];
    workers[1] = m->ops->traits & CHANNEL_THREADS ? children[0] : children[1];
    return true;
}

static void await_gone(pid_t pid)
{
    const double start = seconds_now();

    while (!process_is_gone(pid)) {
        ck_assert_msg(seconds_now() - start < TEST_HANG_S * test_patience(),
                      "process %d outlives its supervisor", pid);
        pause_ms(5);
    }
}

static void expect_gone(const pid_t workers[static 2])
{
    await_gone(workers[0]);
    await_gone(workers[1]);
}

static void stop_demo(const struct mechanism *m, int number, const char *said)
{
    pid_t workers[2];

    if (!start_long_demo(m, "5", workers))
        return;
    program_signal(&p, number);
    program_wait(&p);
    program_expect_line(&p, 128 + number, said, m->name);
    expect_gone(workers);
}

/* One of the two by turns, where time is short. */
static bool is_turn(int i, int which)
{
    return test_is_long() || i % 2 == which;
}

START_TEST(test_interrupt)
{
    if (is_turn(_i, 0))
        stop_demo(&mechanisms[_i], SIGINT, "stopped by SIGINT");
}
END_TEST

START_TEST(test_terminate)
{
    if (is_turn(_i, 1))
        stop_demo(&mechanisms[_i], SIGTERM, "stopped by SIGTERM");
}
END_TEST

/* Either worker: it is told which one was killed, and how. */
START_TEST(test_kill_worker)
{
    const struct mechanism *m = &mechanisms[_i];
    char killed[64];
    pid_t workers[2];

    for (int i = 0; i < 2; i++) {
        if (!is_turn(_i, i) || !start_long_demo(m, "0", workers))
            continue;
        (void)snprintf(killed, sizeof(killed), "(pid %d) was killed by SIGKILL",
                       workers[i]);
        ck_assert_int_eq(kill(workers[i], SIGKILL), 0);
        program_wait(&p);
        program_expect_line(&p, 1, killed, m->name);
        expect_gone(workers);
        ck_assert_int_eq(unlink(in_place("photo.jpg")), 0);
    }
}
END_TEST

/* Others go on, and it is told who died, and what is left to do. */
START_TEST(test_worker_replaced)
{
    const struct mechanism *m = &mechanisms[_i];
    pid_t workers[2];

    if (!start_long_demo(m, "5", workers))
        return;
    ck_assert_int_eq(kill(workers[1], SIGKILL), 0);
    program_await(&p, "Restart 1");
    program_await(&p, "sent again");
    program_signal(&p, SIGINT);
    program_wait(&p);
    program_expect_line(&p, 128 + SIGINT, "stopped by SIGINT", m->name);
    expect_gone(workers);
}
END_TEST

/* As delivery.md has it typed. */
START_TEST(test_kill_every)
{
    program_run(&p,
                "ipc demo ring --kill-every 5ms --jobs 40 --restarts 100 "
                "--image %s --store %s",
                place_add_picture("picture.jpg"), in_place("store"));
    program_expect(&p, 0, "Restart 1 ", "");
    program_expect(&p, 0, "40 jobs, each took effect once", "");
}
END_TEST

/* The directory that a demo says its journal is in. */
static void find_journal(char ret_dir[static PATH_MAX])
{
    const char *dir;

    program_await(&p, "attach");
    dir = strstr(p.out_text, "DIR is\n");
    ck_assert_ptr_nonnull(dir);
    ck_assert_int_eq(sscanf(dir, "DIR is %4095s", ret_dir), 1);
}

/* Its consumer is stopped first, so that it cannot end in time. */
START_TEST(test_killed_demo_goes_on)
{
    const char *picture = place_add_picture("picture.jpg");
    char dir[PATH_MAX], again[2 * PATH_MAX];

    program_zero(&p);
    program_start(&p, "ipc demo unix-seqpacket --jobs 40 --image %s --store %s",
                  picture, in_place("store"));
    (void)program_await_worker(&p, "producer"); /* `none` has no such */
    ck_assert_int_eq(kill(program_await_worker(&p, "consumer"), SIGSTOP), 0);
    find_journal(dir);
    program_signal(&p, SIGKILL);
    program_wait(&p);
    (void)snprintf(again, sizeof(again),
                   "ipc demo posix-mq --resume %s --jobs 40 --image %s "
                   "--store %s",
                   dir, picture, in_place("store"));
    program_run(&p, "%s", again);
    program_expect(&p, 0, "40 jobs, each took effect once", "");
    program_expect(&p, 0, "1 restart", "");
    program_run(&p, "%s", again);
    program_expect_line(&p, 1, "no run was killed there", dir);
    ck_assert_ptr_nonnull(strstr(p.out_text, "there are no jobs to judge"));
}
END_TEST

static void lose_tmpdir(void)
{
    (void)setenv("TMPDIR", "/missing", 1);
}

static void use_little_stack(void)
{
    const struct rlimit limit = { 64 << 10, 64 << 10 };

    (void)setrlimit(RLIMIT_STACK, &limit);
}

/* What is missing is named, with the way out, before any work is done. */
START_TEST(test_what_is_missing)
{
    static const char *const lines[] = {
        "fifo demo --store ../made/store",
        "ipc bench pipe --work image",
        "ipc trace pipe",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        program_zero(&p);
        p.prepare = lose_tmpdir;
        program_start(&p, "%s", lines[i]);
        program_wait(&p);
        program_expect_line(&p, 1, "below /missing (TMPDIR)", "No such file");
    }
    program_zero(&p);
    p.prepare = use_little_stack;
    program_start(&p, "fifo list");
    program_wait(&p);
    program_expect_line(&p, 1, "64 KiB", "ulimit -s 256");
    program_run(&p, "fifo demo --store /dev/null/x");
    program_expect_line(&p, 1, "store /dev/null/x: ", "--store");
    program_run(&p, "ipc workers --store /dev/null/x");
    program_expect_line(&p, 1, "store /dev/null/x: ", "--store");
}
END_TEST

/* Who is stopped is no riddle. */
START_TEST(test_stopped_worker)
{
    pid_t worker;

    program_zero(&p);
    program_start(&p, "fifo bench --pattern ping-pong --jobs 1000000 "
                      "--size 64 --rounds 1 --stall 0.3");
    (void)program_await_worker(&p, "producer"); /* `none` has no such */
    worker = program_await_worker(&p, "consumer");
    ck_assert_int_eq(kill(worker, SIGSTOP), 0);
    program_wait(&p);
    program_expect(&p, 1, "", "is stopped (SIGCONT goes on), in phase: ");
}
END_TEST

/* Who asks for spins that never end gets them: as long as there is anybody to
 * ask. */
START_TEST(test_spin_ends)
{
    pid_t workers[PROGRAM_CHILDREN_MAX];

    for (int i = 0; i < 2; i++) {
        program_zero(&p);
        program_start(&p, "ring bench --wait spin --size 64 --rounds 1 "
                          "--pattern ping-pong --jobs 20000000");
        workers[0] = program_await_worker(&p, "producer");
        workers[1] = program_await_worker(&p, "consumer");
        program_signal(&p, i == 0 ? SIGTERM : SIGKILL);
        program_wait(&p);
        expect_gone(workers);
    }
    program_run(&p, "ipc clean");
    program_expect(&p, 0, "nothing was left behind", NULL);
}
END_TEST

/* Nothing of what is printed is lost where stdout is non-blocking, and slow. */
START_TEST(test_non_blocking_stdout)
{
    static char text[PROGRAM_TEXT_MAX], expected[PROGRAM_TEXT_MAX];
    size_t size = 0;
    ssize_t n;
    int fds[2];

    program_run(&p, "ipc list --json");
    (void)strcpy(expected, p.out_text);
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    ck_assert_int_ge(fcntl(fds[1], F_SETPIPE_SZ, 4096), 4096);
    ck_assert_int_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
    program_zero(&p);
    p.out = fds[1];
    program_start(&p, "ipc list --json");
    ck_assert_int_eq(fcntl(fds[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    fd_close(&fds[1]);
    do {
        pause_ms(5);
        n = read(fds[0], text + size, 4096);
        size += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    program_wait(&p);
    program_expect(&p, 0, NULL, NULL);
    ck_assert_uint_gt(size, 8192);
    ck_assert_str_eq(text, expected);
    fd_close(&fds[0]);
}
END_TEST

/* Of a FIFO that nobody reads any more: who opened it again would wait for the
 * next one to read it. */
START_TEST(test_non_blocking_fifo)
{
    const char *path = in_place("fifo");
    int reader, writer;

    ck_assert_int_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    ck_assert_int_gt(reader, 0);
    ck_assert_int_gt(writer, 0);
    fd_close(&reader);
    program_zero(&p);
    p.out = writer;
    program_start(&p, "ipc list --json");
    program_wait(&p);
    program_expect(&p, 128 + SIGPIPE, NULL, NULL);
    fd_close(&writer);
}
END_TEST

/* Stops one of the two processes by which a bench first finds out how long a
 * cache line takes from one processor to another. */
static pid_t stop_player(void)
{
    pid_t children[PROGRAM_CHILDREN_MAX];

    program_zero(&p);
    program_start(&p, "ring bench --size 64 --jobs 10 --rounds 1");
    while (program_children(&p, children) == 0)
        continue;
    ck_assert_int_eq(kill(children[0], SIGSTOP), 0);
    return children[0];
}

/* What then waits for it, waits for a bounded time, and ends with a signal and
 * with its parent. */
START_TEST(test_bench_with_stuck_player)
{
    pid_t player;

    (void)stop_player();
    program_wait(&p);
    program_expect(&p, 0, "ring", NULL);
    (void)stop_player();
    program_signal(&p, SIGTERM);
    program_wait(&p);
    program_expect(&p, 128 + SIGTERM, "", "stopped by SIGTERM");
    player = stop_player();
    program_signal(&p, SIGKILL);
    program_wait(&p);
    (void)kill(player, SIGCONT); /* stopped before it could ask to be told */
    await_gone(player);
}
END_TEST

/* `clean` removes what a killed supervisor leaves, and leaves alone what is
 * still at work. */
START_TEST(test_clean)
{
    const struct mechanism *m = &mechanisms[_i];
    pid_t workers[2];

    if (!start_long_demo(m, "5", workers))
        return;
    program_run(&other, "%s clean", m->name);
    program_expect(&other, 0, "nothing was left behind", NULL);
    ck_assert(!process_is_gone(workers[0]));
    program_signal(&p, SIGKILL);
    program_wait(&p);
    program_expect(&p, 128 + SIGKILL, "", NULL);
    expect_gone(workers);
    /* A thread may end a moment after the process it is of seems to. */
    for (int ms = 0; ms < 1000 * TEST_HANG_S * test_patience(); ms += 50) {
        program_run(&other, "%s clean", m->name);
        if (strstr(other.out_text, "/ipc-showcase-"))
            break;
        pause_ms(50);
    }
    program_expect(&other, 0, "/ipc-showcase-", NULL);
    program_run(&other, "%s clean", m->name);
    program_expect(&other, 0, "nothing was left behind", NULL);
}
END_TEST

/* The server of redis-stream, and all it keeps, goes with the run; without it
 * the run ends. */
START_TEST(test_kill_server)
{
    pid_t workers[PROGRAM_CHILDREN_MAX], server;

    if (mechanism_skipped(mechanism_find("redis-stream")))
        return;
    program_zero(&p);
    program_start(&p, "redis-stream bench --size 64 --jobs 1000000 "
                      "--rounds 1");
    workers[0] = program_await_worker(&p, "producer");
    workers[1] = program_await_worker(&p, "consumer");
    server = program_server(&p);
    ck_assert_int_gt(server, 1);
    pause_ms(100);
    ck_assert_int_eq(kill(server, SIGKILL), 0);
    program_wait(&p);
    program_expect_line(&p, 1, "Broken pipe", "redis-stream");
    expect_gone(workers);
    await_gone(server);
}
END_TEST

/* The supervisor, the program of a bench's round, is killed: its server ends by
 * itself. */
START_TEST(test_kill_server_owner)
{
    pid_t workers[PROGRAM_CHILDREN_MAX], supervisor[PROGRAM_CHILDREN_MAX];
    pid_t server;

    if (mechanism_skipped(mechanism_find("redis-stream")))
        return;
    program_zero(&p);
    program_start(&p, "redis-stream bench --size 64 --jobs 1000000 "
                      "--rounds 1");
    workers[0] = program_await_worker(&p, "producer");
    workers[1] = program_await_worker(&p, "consumer");
    server = program_server(&p);
    ck_assert_int_gt(server, 1);
    program_await_children(&p, 1, supervisor);
    ck_assert_int_eq(kill(supervisor[0], SIGKILL), 0);
    program_wait(&p);
    program_expect(&p, 1, "", "a round was not run: its process died");
    expect_gone(workers);
    await_gone(server);
    program_run(&p, "ipc clean");
    program_expect(&p, 0, "/ipc-showcase-", NULL);
}
END_TEST

/* A program of the server's name that never listens. */
static void find_silent_server(void)
{
    char list[PATH_MAX + 100];

    (void)snprintf(list, sizeof(list), "%s:%s", in_place(""), getenv("PATH"));
    (void)setenv("PATH", list, 1);
}

static const char *const starters[] = {
    "redis-stream demo --jobs 1 --store ../made/store",
    "redis-stream bench --size 64 --rounds 1 --jobs 1",
    "redis-stream consume --at run",
};

/* Who waits for it hears a signal. */
START_TEST(test_stop_before_server)
{
    const char script[] = "#!/bin/sh\nexec sleep 60\n";
    int fd;

    if (mechanism_skipped(mechanism_find("redis-stream")))
        return;
    fd = open(in_place("redis-server"), O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, script, strlen(script)), 0);
    fd_close(&fd);
    program_zero(&p);
    p.prepare = find_silent_server;
    program_start(&p, "%s", starters[_i]);
    while (program_server(&p) == 0 && !process_is_gone(p.pid))
        pause_ms(10);
    program_signal(&p, SIGTERM);
    program_wait(&p);
    program_expect(&p, 128 + SIGTERM, "", "");
    ck_assert_ptr_null(strstr(p.err_text, "timed out"));
}
END_TEST

/* ----------------------------------------------------------------- suite */

static void add_output(Suite *suite)
{
    TCase *tc = add_case_with_place(suite, "list", 0);

    tcase_add_test(tc, test_help);
    tcase_add_test(tc, test_list);
    tcase_add_test(tc, test_list_json);
    tc = add_case_with_place(suite, "server", 0);
    tcase_add_test(tc, test_kill_server);
    tcase_add_test(tc, test_kill_server_owner);
    tcase_add_loop_test(tc, test_stop_before_server, 0,
                        sizeof(starters) / sizeof(starters[0]));
    tc = add_case_with_place(suite, "output", 0);
    tcase_add_test(tc, test_demo);
    tcase_add_test(tc, test_demo_pids);
    tcase_add_test(tc, test_demo_one);
    tcase_add_test(tc, test_demo_narrow);
    tcase_add_test(tc, test_demo_all);
    tcase_add_test(tc, test_terminal);
    tcase_add_test(tc, test_no_color);
    tcase_add_test(tc, test_dumb_terminal);
}

/* At whatever moment of its start: the program ends by it, and nobody else. */
START_TEST(test_signal_at_start)
{
    for (int i = 0; i < 30; i++) {
        program_zero(&p);
        program_start(&p, "ipc list");
        program_signal(&p, SIGTERM);
        program_wait(&p);
        ck_assert(p.status == 128 + SIGTERM || p.status == 0);
    }
}
END_TEST

static void add_input(Suite *suite)
{
    TCase *tc = add_case_with_place(suite, "mistakes", 0);

    tcase_add_loop_test(tc, test_mistake, 0,
                        sizeof(mistakes) / sizeof(mistakes[0]));
    tc = add_case_with_place(suite, "pictures", 0);
    tcase_add_test(tc, test_no_picture);
    tcase_add_test(tc, test_missing_path);
    tcase_add_test(tc, test_empty_directory);
    tcase_add_test(tc, test_unreadable_directory);
    tcase_add_test(tc, test_store);
    tcase_add_loop_test(tc, test_one_cpu, 0, 4);
    tcase_add_test(tc, test_store_limit);
    tcase_add_test(tc, test_store_full);
    tc = add_case_with_place(suite, "stuck", 0);
    tcase_add_test(tc, test_bench_with_stuck_player);
    tc = add_case_with_place(suite, "input", 0);
    tcase_add_test(tc, test_what_is_missing);
    tcase_add_test(tc, test_stopped_worker);
    tcase_add_test(tc, test_signal_at_start);
    tcase_add_test(tc, test_non_blocking_stdout);
    tcase_add_test(tc, test_non_blocking_fifo);
    tcase_add_test(tc, test_spin_ends);
    tcase_add_test(tc, test_closed);
    tcase_add_test(tc, test_full_stdout);
    tcase_add_test(tc, test_ordinary_user);
    tcase_add_test(tc, test_workers);
}

Suite *programs_suite(void)
{
    Suite *suite = suite_create("programs");
    TCase *tc;

    add_output(suite);
    add_input(suite);
    tc = add_case_with_place(suite, "restarts", 0);
    tcase_add_test(tc, test_kill_every);
    tcase_add_test(tc, test_killed_demo_goes_on);
    for (int i = 0; mechanisms[i].name; i++) {
        tc = add_case_with_place(suite, mechanisms[i].name, 0);
        tcase_add_loop_test(tc, test_interrupt, i, i + 1);
        tcase_add_loop_test(tc, test_terminate, i, i + 1);
        tcase_add_loop_test(tc, test_kill_worker, i, i + 1);
        tcase_add_loop_test(tc, test_worker_replaced, i, i + 1);
        tcase_add_loop_test(tc, test_clean, i, i + 1);
    }
    return suite;
}
