/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/fresh_start.h"

#include "shared/base/fd.h"
#include "shared/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The descriptor of the sheet, for the program that is started. */
static const char sheet_variable[] = "IPC_BENCH_SHEET";
static const char this_program[] = "/proc/self/exe";

static const uint64_t patience_ns = UINT64_C(10) * 1000000000;

struct sheet_cell {
    size_t place; /* in the grid, of the cell that is n-th in the order */
    uint64_t budget_ns;
    uint64_t warmup_ns;
    bool failed;
    unsigned rounds; /* that were run: 1, or none */
    unsigned repeats;
    struct round round;
    struct histogram latency; /* without samples: there are none */
    struct exchange_outcome outcome;
};

/* What a round begins with, and what came of it. */
struct sheet {
    uint64_t layout;
    size_t cells;
    struct course course; /* but for its pointers */
    bool done;
    struct sheet_cell cell[];
};

/* Of another build that is laid out in another way nothing can be read. */
static const uint64_t layout = sizeof(struct sheet) << 48 |
                               sizeof(struct round) << 32 |
                               sizeof(struct exchange_outcome);

static size_t sheet_size(size_t cells)
{
    return sizeof(struct sheet) + cells * sizeof(struct sheet_cell);
}

static int map_sheet(int fd, size_t size, struct sheet **ret_sheet)
{
    void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (start == MAP_FAILED)
        return -errno;
    *ret_sheet = start;
    return 0;
}

bool fresh_start_is_possible(void)
{
    return access(this_program, X_OK) == 0;
}

int fresh_start_open(struct fresh_start *f, const char *program,
                     char *const *words, size_t cells)
{
    f->program = program ? program : this_program;
    f->words = words;
    f->size = sheet_size(cells);
    f->fd = memfd_create("ipc-bench-sheet", MFD_CLOEXEC);
    if (f->fd < 0) {
        f->fd = 0;
        return -errno;
    }
    if (ftruncate(f->fd, (off_t)f->size) < 0)
        return -errno;
    return map_sheet(f->fd, f->size, &f->sheet);
}

void fresh_start_close(struct fresh_start *f)
{
    if (f->sheet)
        (void)munmap(f->sheet, f->size);
    f->sheet = NULL;
    fd_close(&f->fd);
}

/* ---------------------------------------------------------- in the bench */

static void write_sheet(struct sheet *sheet, const struct course *c,
                        const size_t *list)
{
    *sheet = (struct sheet){
        .layout = layout,
        .cells = c->grid->count,
        .course = *c,
    };
    sheet->course.grid = NULL;
    sheet->course.screen = NULL;
    sheet->course.cell = NULL;
    for (size_t i = 0; i < sheet->cells; i++) {
        const struct cell *cell = &c->grid->cell[i];
        struct sheet_cell *to = &sheet->cell[i];

        if (to->latency.samples > 0)
            to->latency = (struct histogram){ 0 };
        to->place = list[i];
        to->budget_ns = cell->plan.budget_ns;
        to->warmup_ns = cell->plan.warmup_ns;
        to->failed = cell->failed;
        to->rounds = to->repeats = 0;
    }
}

/* In the child. What it says goes where ours goes; it says nothing but
 * errors. */
static _Noreturn void become(const struct fresh_start *f, pid_t parent)
{
    char text[16];

    child_dies_with(parent, SIGTERM);
    (void)snprintf(text, sizeof(text), "%d", f->fd);
    if (fcntl(f->fd, F_SETFD, 0) == 0 && setenv(sheet_variable, text, 1) == 0)
        (void)execv(f->program, f->words);
    _exit(127);
}

/* Until it has ended, which a signal that asks us to stop makes soon. */
static void await(pid_t pid)
{
    int status, r;

    r = child_await(pid, UINT64_MAX, round_stop_signal, &status);
    if (r == -EINTR) {
        (void)kill(pid, round_stop_signal());
        r = child_await(pid, patience_ns, NULL, &status);
    }
    if (r < 0)
        child_end(pid);
}

static void take_cell(struct cell *cell, const struct sheet_cell *from)
{
    struct histogram *latency = NULL;

    if (cell->failed)
        return;
    cell->plan.budget_ns = from->budget_ns;
    cell->plan.warmup_ns = from->warmup_ns;
    cell->failed = from->failed;
    cell->repeats += from->repeats;
    if (from->failed || from->rounds > 0)
        cell->outcome = from->outcome;
    if (from->rounds == 0)
        return;
    if (from->latency.samples > 0)
        latency = malloc(sizeof(*latency));
    if (latency)
        *latency = from->latency;
    round_keep_latency(cell, latency, from->round.disturbed);
    cell->round[cell->rounds++] = from->round;
}

int fresh_start_round(struct fresh_start *f, struct course *c, size_t *list)
{
    const struct sheet *sheet = f->sheet;
    const struct course *run = &sheet->course;
    const pid_t parent = getpid();
    pid_t pid;

    write_sheet(f->sheet, c, list);
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        become(f, parent);
    await(pid);
    c->signal = run->signal ? run->signal : round_stop_signal();
    if (!sheet->done)
        return c->signal ? 0 : -ECHILD;
    c->runs = run->runs;
    c->repeat_ns = run->repeat_ns;
    for (size_t i = 0; i < sheet->cells; i++)
        take_cell(&c->grid->cell[i], &sheet->cell[i]);
    return 0;
}

/* ---------------------------------------------- in the program it starts */

bool fresh_start_asked(void)
{
    return getenv(sheet_variable) != NULL;
}

/* Maps the sheet that the environment names, which what we start is not to
 * see. */
static int find_sheet(size_t cells, struct sheet **ret_sheet)
{
    const char *text = getenv(sheet_variable);
    int fd = text ? atoi(text) : 0, r = -EINVAL;
    struct stat status;

    (void)unsetenv(sheet_variable);
    if (fd <= STDERR_FILENO || fstat(fd, &status) < 0 ||
        !S_ISREG(status.st_mode))
        return -EINVAL;
    if (status.st_size == (off_t)sheet_size(cells))
        r = map_sheet(fd, sheet_size(cells), ret_sheet);
    fd_close(&fd);
    if (r == 0 &&
        ((*ret_sheet)->cells != cells || (*ret_sheet)->layout != layout)) {
        (void)munmap(*ret_sheet, sheet_size(cells));
        r = -EINVAL;
    }
    return r;
}

static int read_sheet(const struct sheet *sheet, struct course *c, size_t *list)
{
    for (size_t i = 0; i < sheet->cells; i++) {
        const struct sheet_cell *from = &sheet->cell[i];
        struct cell *cell = &c->grid->cell[i];

        if (from->place >= sheet->cells)
            return -EINVAL;
        list[i] = from->place;
        cell->plan.budget_ns = from->budget_ns;
        cell->plan.warmup_ns = from->warmup_ns;
        cell->failed = from->failed;
    }
    return 0;
}

/* The texts that a channel's configuration points to are this process's. */
static void forget_texts(struct channel_config *config)
{
    config->dir = config->name = NULL;
    config->at = NULL;
}

static void fill_cell(struct sheet_cell *to, const struct cell *cell)
{
    to->budget_ns = cell->plan.budget_ns;
    to->warmup_ns = cell->plan.warmup_ns;
    to->failed = cell->failed;
    to->rounds = cell->rounds;
    to->repeats = cell->repeats;
    to->outcome = cell->outcome;
    forget_texts(&to->outcome.jobs_config);
    forget_texts(&to->outcome.results_config);
    if (cell->rounds == 0)
        return;
    to->round = cell->round[0];
    if (cell->round[0].disturbed && cell->disturbed_latency)
        histogram_add(&to->latency, cell->disturbed_latency);
    else
        histogram_add(&to->latency, cell->latency);
}

static void fill_sheet(struct sheet *sheet, const struct course *c)
{
    for (size_t i = 0; i < sheet->cells; i++)
        fill_cell(&sheet->cell[i], &c->grid->cell[i]);
    sheet->course.runs = c->runs;
    sheet->course.repeat_ns = c->repeat_ns;
    sheet->course.signal = c->signal;
    sheet->done = true;
}

int fresh_start_serve(struct grid *grid, const struct screen *screen)
{
    struct sheet *sheet = NULL;
    struct course c;
    size_t *list;
    int r;

    r = find_sheet(grid->count, &sheet);
    if (r < 0)
        return r;
    list = calloc(grid->count, sizeof(*list));
    c = sheet->course;
    c.grid = grid;
    c.screen = screen;
    r = list ? read_sheet(sheet, &c, list) : -ENOMEM;
    if (r == 0) {
        round_run(&c, list);
        fill_sheet(sheet, &c);
    }
    free(list);
    (void)munmap(sheet, sheet_size(grid->count));
    return r;
}
