/* SPDX-License-Identifier: MIT */
#include "ipc/faults/victim.h"

#include "ipc/faults/census.h"
#include "shared/process/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PAYLOAD = 64,
    WINDOW = 8,
    RESTARTS = 100,
    STALL_S = 20,
    LOOK_NS = 500000,
    REAP_LOOKS = 2000,
};

/* Each generation's processes pass by in the first; the second is as all. */
enum { FIRST_COUNTED = 2 };

int victim_open(struct victim *v, struct fault_cell *cell)
{
    *v = (struct victim){
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
    mechanism_defaults(v->plan.ops, v->plan.options);
    v->page = mmap(NULL, sizeof(*v->page), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (v->page == MAP_FAILED)
        v->page = NULL;
    if (v->page)
        return 0;
    cell_fail(cell, "no memory for an exchange");
    return -ENOMEM;
}

void victim_close(struct victim *v)
{
    if (v->pid > 0) {
        (void)kill(v->pid, SIGKILL);
        victim_await(v);
    }
    if (v->page)
        (void)munmap(v->page, sizeof(*v->page));
    v->page = NULL;
}

/* ---------------------------------------------- in the supervisor's process */

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
    struct victim_page *page = arg;

    (void)total;
    atomic_store(&page->settled, done);
}

static void note_restart(void *arg, const struct restart *restart)
{
    struct victim_page *page = arg;

    atomic_store(&page->restarts, restart->number);
    page->last_bytes = resident_bytes();
    if (restart->number == FIRST_COUNTED)
        page->first_bytes = page->last_bytes;
}

static void note_place(void *arg, const char *dir)
{
    struct victim_page *page = arg;

    (void)snprintf(page->place, sizeof(page->place), "%s", dir);
}

static int supervise(struct victim *v)
{
    struct victim_page *page = v->page;
    static struct census before;
    struct rlimit files;
    const char *left;
    int r;

    v->plan.progress = note_progress;
    v->plan.tell_restart = note_restart;
    v->plan.tell_place = note_place;
    v->plan.progress_arg = page;
    v->plan.kills.recovery = &page->recovery;
    census_take(&before, "", NULL);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (v->prepare)
        v->prepare();
    r = exchange_run(&v->plan, &page->outcome);
    atomic_store(&page->returned, true);
    (void)setrlimit(RLIMIT_NOFILE, &files); /* to count, one opens some */
    left = census_compare(&before, CENSUS_PROCESS | CENSUS_CHILDREN);
    (void)snprintf(page->left, sizeof(page->left), "%s", left ? left : "");
    page->memory_bytes = memory_most();
    atomic_store(&page->over, true);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* -------------------------------------------------------- in the cell's one */

int victim_start(struct victim *v)
{
    const pid_t cell = getpid();

    *v->page = (struct victim_page){ 0 };
    v->limit_ns = clock_ns() + VICTIM_LIMIT_S * UINT64_C(1000000000);
    (void)fflush(NULL);
    v->pid = fork();
    if (v->pid < 0) {
        cell_fail(v->cell, "fork: %s", strerror(errno));
        v->pid = 0;
        return -EAGAIN;
    }
    if (v->pid == 0) {
        child_dies_with(cell, SIGKILL);
        _exit(supervise(v));
    }
    return 0;
}

/* Workers whose supervisor was killed become this process's, and die. */
bool victim_ended(struct victim *v)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == v->pid) {
            v->status = status;
            v->pid = 0;
        }
    return v->pid == 0;
}

void victim_await(struct victim *v)
{
    const struct timespec pause = { .tv_nsec = LOOK_NS };

    while (!victim_ended(v)) {
        (void)nanosleep(&pause, NULL);
        if (clock_ns() < v->limit_ns)
            continue;
        cell_fail(v->cell, "it hangs: no end within %d s", VICTIM_LIMIT_S);
        (void)kill(v->pid, SIGKILL);
        v->limit_ns = UINT64_MAX;
    }
}

/* A supervisor that is to kill looks often; this one never gets to it. */
void victim_look_often(struct victim *v)
{
    v->plan.kills.after_ns = UINT64_MAX / 4;
}

bool victim_await_progress(struct victim *v)
{
    const struct timespec pause = { .tv_nsec = LOOK_NS };

    while (!victim_ended(v) && atomic_load(&v->page->settled) == 0)
        (void)nanosleep(&pause, NULL);
    return v->pid > 0;
}

void victim_reap_orphans(void)
{
    const struct timespec pause = { .tv_nsec = LOOK_NS };

    for (int looks = 0; looks < REAP_LOOKS; looks++) {
        if (waitpid(-1, NULL, WNOHANG) < 0)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

static void note_growth(struct victim *v)
{
    const struct victim_page *page = v->page;
    struct fault_cell *cell = v->cell;

    if (page->memory_bytes > cell->memory_bytes)
        cell->memory_bytes = page->memory_bytes;
    if (page->first_bytes > 0 &&
        page->last_bytes > page->first_bytes + cell->growth_bytes)
        cell->growth_bytes = page->last_bytes - page->first_bytes;
}

/* What was not answered before an error was told is not lost. */
static void add_up(struct victim *v, bool told)
{
    const struct verdict *verdict = &v->page->outcome.verdict;
    struct fault_cell *cell = v->cell;

    cell->jobs += verdict->submitted;
    cell->executions += verdict->completed + verdict->redundant;
    cell->lost += told ? 0 : verdict->lost;
    cell->doubled += verdict->doubled + verdict->duplicated;
    cell->wrong += verdict->corrupted + verdict->reordered;
    cell->rejected += verdict->rejected;
    histogram_add(&cell->recovery, &v->page->recovery);
}

static void judge_verdict(struct victim *v, bool told)
{
    const struct verdict *verdict = &v->page->outcome.verdict;
    char text[VERDICT_TEXT_MAX];

    if (verdict->doubled + verdict->duplicated + verdict->corrupted +
                verdict->reordered >
            0 ||
        (!told && !verdict_good(verdict)))
        cell_fail(v->cell, "%s", verdict_text(verdict, text));
    else if (!told &&
             verdict->completed + verdict->rejected != verdict->submitted)
        cell_fail(v->cell, "%lu of %lu jobs have no end",
                  (unsigned long)(verdict->submitted - verdict->completed -
                                  verdict->rejected),
                  (unsigned long)verdict->submitted);
}

void victim_judge(struct victim *v, enum demand demand)
{
    const struct victim_page *page = v->page;
    const bool told = page->outcome.failure[0] != '\0';

    v->cell->runs++;
    v->cell->refused += told;
    note_growth(v);
    add_up(v, told);
    if (!atomic_load(&page->over))
        cell_fail(v->cell, "the supervisor ended before its time (status %#x)",
                  (unsigned)v->status);
    else if (told && demand == DEMAND_GOOD)
        cell_fail(v->cell, "%s", page->outcome.failure);
    else if (page->left[0])
        cell_fail(v->cell, "%s", page->left);
    else if (page->place[0] && access(page->place, F_OK) == 0)
        cell_fail(v->cell, "left behind: %.200s: %.200s", page->place,
                  page->outcome.failure);
    else
        judge_verdict(v, told);
}

void victim_run(struct victim *v, enum demand demand)
{
    if (victim_start(v) < 0)
        return;
    victim_await(v);
    victim_judge(v, demand);
}
