/* SPDX-License-Identifier: MIT */
#include "tests/program.h"

#include "ipc/faults/census.h"
#include "ipc/job/image.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "tests/helpers.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DEADLINE_S = 60, /* of one program, times test_patience */
    WORDS_MAX = 32,
    PATHS = 8,
    DESCRIPTORS = 8, /* open at once to remove a tree */
    PICTURE_WIDTH = 640,
    PICTURE_HEIGHT = 480,
    NOBODY = 65534,
};

static char top[TEST_DIR_MAX];   /* holds the three folders */
static char here[PATH_MAX];      /* the working directory */
static char programs[PATH_MAX];  /* where they are */
static char temporary[PATH_MAX]; /* $TMPDIR */
static struct census before;

/* ----------------------------------------------------------------- place */

static void make_folder(const char *name, char ret_path[static PATH_MAX])
{
    (void)snprintf(ret_path, PATH_MAX, "%s/%s", top, name);
    ck_assert_int_eq(mkdir(ret_path, 0700), 0);
}

const char *place_programs(void)
{
    return programs;
}

void place_open(void)
{
    const char *given = getenv("IPC_BIN");
    char path[PATH_MAX];

    ck_assert_msg(realpath(given ? given : "build/bin", programs),
                  "there are no programs in $IPC_BIN");
    make_test_dir(top);
    make_folder("here", here);
    make_folder("temporary", temporary);
    make_folder("made", path);
    ck_assert_int_eq(setenv("TMPDIR", temporary, 1), 0);
    make_folder("state", path);
    ck_assert_int_eq(setenv("XDG_STATE_HOME", path, 1), 0);
    ck_assert_int_eq(unsetenv("COLUMNS"), 0);
    ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
    ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
    ck_assert_int_eq(chdir(here), 0);
    census_take(&before, "ipc-showcase-", here);
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void place_close(void)
{
    const char *difference = census_compare(&before, CENSUS_ALL);

    ck_assert_msg(!difference, "%s", difference);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(nftw(top, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS),
                     0);
}

TCase *add_case_with_place(Suite *suite, const char *name, unsigned limit_s)
{
    TCase *tc = add_case(suite, name, limit_s);

    tcase_add_checked_fixture(tc, place_open, place_close);
    return tc;
}

const char *in_place(const char *name)
{
    static char paths[PATHS][PATH_MAX];
    static unsigned calls;
    char *path = paths[calls++ % PATHS];

    (void)snprintf(path, PATH_MAX, "../made/%s", name);
    return path;
}

const char *place_add_picture(const char *name)
{
    const char *path = in_place(name);
    unsigned char *bytes;
    size_t size;
    int fd;

    ck_assert_int_eq(
        image_render(PICTURE_WIDTH, PICTURE_HEIGHT, 0, &bytes, &size), 0);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, bytes, size), 0);
    fd_close(&fd);
    free(bytes);
    return path;
}

void place_give_away(const char *name)
{
    const char *const paths[] = { top, here, temporary, in_place(""),
                                  in_place(name) };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        ck_assert_int_eq(chown(paths[i], NOBODY, NOBODY), 0);
}

/* The way to root's temporary files is closed. */
void become_nobody(void)
{
    if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0 ||
        setenv("TMPDIR", "/proc/self/cwd/../temporary", 1) < 0)
        _exit(126);
}

/* --------------------------------------------------------------- program */

void program_zero(struct program *p)
{
    memset(p, 0, sizeof(*p));
}

/* In the child: what a shell does between fork and exec. */
static void become(const struct program *p)
{
    char *words[WORDS_MAX + 1] = { NULL };
    char line[PROGRAM_LINE_MAX], path[PROGRAM_LINE_MAX];
    char *rest = line;
    sigset_t none;
    int in = p->in ? p->in : open("/dev/null", O_RDONLY);
    int file;

    (void)snprintf(line, sizeof(line), "%s", p->line);
    for (size_t i = 0; i < WORDS_MAX && rest; i++)
        words[i] = strsep(&rest, " ");
    (void)snprintf(path, sizeof(path), "%s/%s", programs, words[0]);
    words[0] = path;
    (void)dup2(in, STDIN_FILENO);
    (void)dup2(p->out ? p->out : p->out_fd, STDOUT_FILENO);
    (void)dup2(p->err_fd, STDERR_FILENO);
    (void)close_range(STDERR_FILENO + 1, ~0u, 0);
    file = open(path, O_PATH | O_CLOEXEC);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (p->prepare)
        p->prepare();
    (void)fexecve(file, words, environ);
    (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    _exit(127);
}

static void start(struct program *p)
{
    p->out_fd = memfd_create("stdout", MFD_CLOEXEC);
    p->err_fd = memfd_create("stderr", MFD_CLOEXEC);
    /* Of two processes that write at once neither may overwrite the other:
     * unlike a file's, a memfd's position is not locked meanwhile. */
    ck_assert_int_eq(fcntl(p->out_fd, F_SETFL, O_APPEND), 0);
    ck_assert_int_eq(fcntl(p->err_fd, F_SETFL, O_APPEND), 0);
    p->running = true;
    p->pid = fork_with_defaults();
    ck_assert_int_ge(p->pid, 0);
    if (p->pid == 0) {
        become(p);
        _exit(EXIT_FAILURE);
    }
}

void program_start(struct program *p, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(p->line, sizeof(p->line), format, arguments);
    va_end(arguments);
    start(p);
}

static void read_text(int fd, char text[static PROGRAM_TEXT_MAX])
{
    ssize_t n = pread(fd, text, PROGRAM_TEXT_MAX - 1, 0);

    text[n > 0 ? n : 0] = '\0';
}

static void read_texts(struct program *p)
{
    if (p->terminal)
        p->out_text[p->out_size] = '\0';
    else
        read_text(p->out_fd, p->out_text);
    read_text(p->err_fd, p->err_text);
}

/* Takes what lies in the terminal; false when there is no more. */
static bool read_terminal(struct program *p)
{
    size_t room = sizeof(p->out_text) - 1 - p->out_size;
    ssize_t n = read(p->terminal, p->out_text + p->out_size, room);

    p->out_size += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void reap(struct program *p)
{
    int status;

    ck_assert_int_eq(waitpid(p->pid, &status, 0), p->pid);
    p->running = false;
    p->status =
        WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    while (p->terminal && read_terminal(p))
        continue;
    read_texts(p);
    fd_close(&p->out_fd);
    fd_close(&p->err_fd);
}

void program_wait(struct program *p)
{
    const double deadline = seconds_now() + DEADLINE_S * test_patience();
    int pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
    struct pollfd polled[] = { { .fd = pidfd, .events = POLLIN },
                               { .fd = p->terminal ? p->terminal : -1,
                                 .events = POLLIN } };

    ck_assert_int_gt(pidfd, 0);
    while (!(polled[0].revents & POLLIN)) {
        (void)poll(polled, 2, 100);
        if (polled[1].revents & POLLIN)
            (void)read_terminal(p);
        if (seconds_now() > deadline)
            program_fail(p, "has not ended");
    }
    fd_close(&pidfd);
    reap(p);
}

void program_run(struct program *p, const char *format, ...)
{
    va_list arguments;

    program_zero(p);
    va_start(arguments, format);
    (void)vsnprintf(p->line, sizeof(p->line), format, arguments);
    va_end(arguments);
    start(p);
    program_wait(p);
}

bool program_says(struct program *p, const char *text)
{
    read_texts(p);
    return strstr(p->err_text, text) || strstr(p->out_text, text);
}

void program_await(struct program *p, const char *text)
{
    const double deadline = seconds_now() + DEADLINE_S * test_patience();

    while (!program_says(p, text)) {
        if (process_is_gone(p->pid) || seconds_now() > deadline)
            program_fail(p, text);
        pause_ms(2);
    }
}

void program_signal(const struct program *p, int number)
{
    ck_assert_int_eq(kill(p->pid, number), 0);
}

void program_fail(const struct program *p, const char *reason)
{
    static struct program shown;

    shown = *p;
    if (p->running) {
        (void)kill(p->pid, SIGKILL);
        read_texts(&shown);
    }
    ck_abort_msg(
        "%s\n%s\n--- status %d, stdout:\n%.3000s\n--- stderr:\n%.2000s",
        p->line, reason, p->running ? -1 : p->status, shown.out_text,
        shown.err_text);
}

static bool fits(const char *text, const char *part)
{
    return part ? strstr(text, part) != NULL : text[0] == '\0';
}

void program_expect(const struct program *p, int status, const char *out_part,
                    const char *err_part)
{
    char reason[500];

    if (p->status == status && fits(p->out_text, out_part) &&
        fits(p->err_text, err_part))
        return;
    (void)snprintf(reason, sizeof(reason),
                   "expected status %d, stdout \"%s\", stderr \"%s\"", status,
                   out_part ? out_part : "", err_part ? err_part : "");
    program_fail(p, reason);
}

void program_expect_line(const struct program *p, int status, const char *part,
                         const char *other_part)
{
    const char *end = strchr(p->err_text, '\n');

    program_expect(p, status, "", part);
    program_expect(p, status, "", other_part);
    if (!end || end[1])
        program_fail(p, "expected one line on stderr");
}

/* Whether a line is a path, and nothing else: that cannot be broken. */
static bool is_path(const char *line)
{
    line += strspn(line, " ");
    return *line == '/' && line[strcspn(line, " \n")] != ' ';
}

void program_expect_width(const struct program *p, size_t width)
{
    size_t columns = 0;

    for (const char *at = p->out_text; *at; at++) {
        if (columns == 0 && is_path(at))
            at += strcspn(at, "\n");
        if (*at == '\0')
            break;
        columns = *at == '\n' ? 0 : columns + ((*at & 0xc0) != 0x80);
        if (columns > width)
            program_fail(p, "too wide a line");
    }
}

/* ------------------------------------------------------------- processes */

/* The state and the parent of a process, from /proc; false: there is none. */
static bool look_at_process(pid_t pid, char *ret_state, pid_t *ret_parent)
{
    char path[64], text[500];
    const char *end;
    FILE *stream;
    bool found;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    stream = fopen(path, "re");
    if (!stream)
        return false;
    found = fgets(text, sizeof(text), stream) != NULL;
    (void)fclose(stream);
    end = found ? strrchr(text, ')') : NULL; /* of the name */
    return end && sscanf(end, ") %c %d", ret_state, ret_parent) == 2;
}

/* A server that a mechanism starts leaves the program's process group. */
static bool is_server(pid_t pid)
{
    return getpgid(pid) == pid;
}

bool process_is_gone(pid_t pid)
{
    char state;
    pid_t parent;

    return !look_at_process(pid, &state, &parent) || state == 'Z' ||
           state == 'X';
}

/* Lists the children of a process that are servers, or are not: the kernel
 * knows them by thread, and a program forks from its first one. */
static size_t list_children(pid_t of, bool servers,
                            pid_t ret_children[static PROGRAM_CHILDREN_MAX])
{
    char path[64], state;
    size_t count = 0;
    pid_t pid, parent;
    FILE *list;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", of, of);
    list = fopen(path, "re");
    if (!list) {
        ck_assert(process_is_gone(of));
        return 0;
    }
    while (count < PROGRAM_CHILDREN_MAX && fscanf(list, "%d", &pid) == 1)
        if (look_at_process(pid, &state, &parent) && state != 'Z' &&
            is_server(pid) == servers)
            ret_children[count++] = pid;
    (void)fclose(list);
    return count;
}

size_t program_children(const struct program *p,
                        pid_t ret_children[static PROGRAM_CHILDREN_MAX])
{
    return list_children(p->pid, false, ret_children);
}

/* Of a bench it is a child of the program that it started for a round. */
pid_t program_server(const struct program *p)
{
    pid_t servers[PROGRAM_CHILDREN_MAX], children[PROGRAM_CHILDREN_MAX];

    if (list_children(p->pid, true, servers) == 1)
        return servers[0];
    if (list_children(p->pid, false, children) == 1 &&
        list_children(children[0], true, servers) == 1)
        return servers[0];
    return 0;
}

static bool has_name(pid_t pid, const char *name)
{
    char path[64], text[32] = "";
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    file = fopen(path, "re");
    if (file) {
        (void)!fgets(text, sizeof(text), file);
        (void)fclose(file);
    }
    text[strcspn(text, "\n")] = '\0';
    return strcmp(text, name) == 0;
}

/* 0: there is none. A bench has the workers of the program that it started
 * for a round. */
static pid_t find_worker(pid_t of, const char *role, int depth)
{
    pid_t children[PROGRAM_CHILDREN_MAX];
    const size_t count = list_children(of, false, children);
    pid_t found = 0;

    for (size_t i = 0; i < count && !found; i++)
        found = has_name(children[i], role) ? children[i]
                : depth > 1 ? find_worker(children[i], role, depth - 1)
                            : 0;
    return found;
}

pid_t program_await_worker(const struct program *p, const char *role)
{
    const double deadline = seconds_now() + DEADLINE_S * test_patience();
    pid_t found;

    for (;;) {
        found = find_worker(p->pid, role, 2);
        if (found)
            return found;
        if (process_is_gone(p->pid) || seconds_now() > deadline)
            program_fail(p, "has no such worker");
        pause_ms(2);
    }
}

void program_await_children(const struct program *p, size_t count,
                            pid_t ret_children[static PROGRAM_CHILDREN_MAX])
{
    const double deadline = seconds_now() + DEADLINE_S * test_patience();

    while (program_children(p, ret_children) != count) {
        if (process_is_gone(p->pid) || seconds_now() > deadline)
            program_fail(p, "does not have that many children");
        pause_ms(2);
    }
}
