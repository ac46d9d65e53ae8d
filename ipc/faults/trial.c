/* SPDX-License-Identifier: MIT */
#include "ipc/faults/trial.h"

#include "ipc/faults/census.h"
#include "shared/process/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PAYLOAD = 64,
    WINDOW = 8,
    RESTARTS = 100,
    STALL_S = 20,
    LOOK_NS = 500000,
};

/* Each generation's processes pass by in the first; the second is as all. */
enum { FIRST_COUNTED = 2 };

int trial_open(struct trial *t, struct fault_cell *cell)
{
    *t = (struct trial){
        .cell = cell,
        .plan = {
            .ops = cell->mechanism->ops,
            .pattern = PATTERN_EXCHANGE,
            .work = JOB_WORK_VERIFY,
            .jobs = 100,
            .size = PAYLOAD,
            .max = PAYLOAD,
            .producers = 1,
            .consumers = 1,
            .window = WINDOW,
            .depth = WINDOW,
            .stall_ns = STALL_S * UINT64_C(1000000000),
            .restarts = RESTARTS,
            .kills.seed = cell->seed,
        },
    };
    mechanism_defaults(t->plan.ops, t->plan.options);
    t->page = mmap(NULL, sizeof(*t->page), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t->page == MAP_FAILED)
        t->page = NULL;
    if (t->page)
        return 0;
    cell_fail(cell, "no memory for a trial");
    return -ENOMEM;
}

void trial_close(struct trial *t)
{
    if (t->pid > 0) {
        (void)kill(t->pid, SIGKILL);
        trial_await(t);
    }
    if (t->page)
        (void)munmap(t->page, sizeof(*t->page));
    t->page = NULL;
}

/* ------------------------------------------------ in the supervisor's process */

static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    if (file && fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    if (file)
        (void)fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void note_progress(void *arg, uint64_t done, uint64_t total)
{
    struct trial_page *page = arg;

    (void)total;
    atomic_store(&page->settled, done);
}

static void note_restart(void *arg, const struct restart *restart)
{
    struct trial_page *page = arg;

    atomic_store(&page->restarts, restart->number);
    page->last_bytes = resident_bytes();
    if (restart->number == FIRST_COUNTED)
        page->first_bytes = page->last_bytes;
}

static void note_place(void *arg, const char *dir)
{
    struct trial_page *page = arg;

    (void)snprintf(page->place, sizeof(page->place), "%s", dir);
}

static int supervise(struct trial *t)
{
    struct trial_page *page = t->page;
    static struct census before;
    const char *left;
    int r;

    t->plan.progress = note_progress;
    t->plan.tell_restart = note_restart;
    t->plan.tell_place = note_place;
    t->plan.progress_arg = page;
    t->plan.kills.recovery = &page->recovery;
    census_take(&before, "", NULL);
    if (t->prepare)
        t->prepare();
    r = exchange_run(&t->plan, &page->outcome);
    left = census_compare(&before, CENSUS_PROCESS | CENSUS_CHILDREN);
    (void)snprintf(page->left, sizeof(page->left), "%s", left ? left : "");
    page->memory_bytes = memory_most();
    atomic_store(&page->over, true);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---------------------------------------------------------- in the cell's one */

int trial_start(struct trial *t)
{
    const pid_t cell = getpid();

    *t->page = (struct trial_page){ 0 };
    (void)fflush(NULL);
    t->pid = fork();
    if (t->pid < 0) {
        cell_fail(t->cell, "fork: %s", strerror(errno));
        t->pid = 0;
        return -EAGAIN;
    }
    if (t->pid == 0) {
        child_dies_with(cell, SIGKILL);
        _exit(supervise(t));
    }
    return 0;
}

/* Workers whose supervisor was killed become this process's, and die. */
bool trial_ended(struct trial *t)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == t->pid) {
            t->status = status;
            t->pid = 0;
        }
    return t->pid == 0;
}

void trial_await(struct trial *t)
{
    const struct timespec pause = { .tv_nsec = LOOK_NS };

    while (!trial_ended(t))
        (void)nanosleep(&pause, NULL);
}

static void note_growth(struct trial *t)
{
    const struct trial_page *page = t->page;
    struct fault_cell *cell = t->cell;

    if (page->memory_bytes > cell->memory_bytes)
        cell->memory_bytes = page->memory_bytes;
    if (page->first_bytes > 0 &&
        page->last_bytes > page->first_bytes + cell->growth_bytes)
        cell->growth_bytes = page->last_bytes - page->first_bytes;
}

/* What was not answered before an error was told is not lost. */
static void add_up(struct trial *t, bool told)
{
    const struct verdict *v = &t->page->outcome.verdict;
    struct fault_cell *cell = t->cell;

    cell->jobs += v->submitted;
    cell->executions += v->completed + v->redundant;
    cell->lost += told ? 0 : v->lost;
    cell->doubled += v->doubled + v->duplicated;
    cell->wrong += v->corrupted + v->reordered;
    cell->rejected += v->rejected;
    histogram_add(&cell->recovery, &t->page->recovery);
}

static void judge_verdict(struct trial *t, bool told)
{
    const struct verdict *v = &t->page->outcome.verdict;
    char text[VERDICT_TEXT_MAX];

    if (v->doubled + v->duplicated + v->corrupted + v->reordered > 0 ||
        (!told && !verdict_good(v)))
        cell_fail(t->cell, "%s", verdict_text(v, text));
    else if (!told && v->completed + v->rejected != v->submitted)
        cell_fail(t->cell, "%lu of %lu jobs have no end",
                  (unsigned long)(v->submitted - v->completed - v->rejected),
                  (unsigned long)v->submitted);
}

void trial_judge(struct trial *t, enum demand demand)
{
    const struct trial_page *page = t->page;
    const bool told = page->outcome.failure[0] != '\0';

    t->cell->runs++;
    t->cell->refused += told;
    note_growth(t);
    add_up(t, told);
    if (!atomic_load(&page->over))
        cell_fail(t->cell, "the supervisor ended before its time (status %#x)",
                  (unsigned)t->status);
    else if (told && demand == DEMAND_GOOD)
        cell_fail(t->cell, "%s", page->outcome.failure);
    else if (page->left[0])
        cell_fail(t->cell, "%s", page->left);
    else
        judge_verdict(t, told);
}

void trial_run(struct trial *t, enum demand demand)
{
    if (trial_start(t) < 0)
        return;
    trial_await(t);
    trial_judge(t, demand);
}

/* ------------------------------------------------------------------- workers */

static bool is_called(int pid, const char *name)
{
    char path[64], line[32] = "";
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    if (!fgets(line, sizeof(line), file))
        line[0] = '\0';
    (void)fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return strcmp(line, name) == 0 || strcmp(line, "threads") == 0;
}

pid_t trial_worker(const struct trial *t, enum worker_role role)
{
    char path[64];
    FILE *file;
    int pid;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", t->pid,
                   t->pid);
    file = fopen(path, "re");
    while (file && fscanf(file, "%d", &pid) == 1)
        if (is_called(pid, worker_role_name(role))) {
            (void)fclose(file);
            return pid;
        }
    if (file)
        (void)fclose(file);
    return 0;
}
