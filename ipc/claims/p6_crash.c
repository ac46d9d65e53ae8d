/* SPDX-License-Identifier: MIT */
/*
 * p6_crash.c -- a crash among threads, and among processes
 *
 * Claim       Processes are kept apart: what goes wrong in one leaves the
 *             others alone. A thread takes all of its process with it.
 * Section     Processes
 * Experiment  one of four threads writes where it may not, and so does one of
 *             four processes; how many of the other three then go on
 * Rule        CONFIRMED if none of the other threads and all of the other
 *             processes go on; REFUTED if the other threads go on, too;
 *             otherwise DEPENDS
 * Twin        who crashes has a handler of SIGSEGV, which jumps out of the
 *             access
 * Take away   What may crash belongs in a process of its own, and its parent
 *             waits for it and starts another.
 * Manual      signal(7), sigaction(2), wait(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ALL = 4, OTHERS = ALL - 1 };

/* Memory of tool_share. Of all the first crashes; the others wait until the
 * pipe is closed, and go on. */
struct scene {
    volatile char *wall; /* nobody may write here */
    bool caught;
    int go[2];
    _Atomic unsigned went_on;
};

static _Thread_local sigjmp_buf way_out;

static void jump_out(int number)
{
    (void)number;
    siglongjmp(way_out, 1);
}

static void live(void *arg, unsigned index)
{
    struct scene *scene = arg;
    char byte;

    if (index == 0) {
        if (!scene->caught || sigsetjmp(way_out, 1) == 0)
            *scene->wall = 1;
        (void)close(scene->go[1]);
        return;
    }
    (void)!read(scene->go[0], &byte, 1);
    (void)atomic_fetch_add(&scene->went_on, 1);
}

/* A process of four threads. */
static int live_together(void *arg)
{
    struct scene *scene = arg;

    if (pipe(scene->go) < 0)
        return EXIT_FAILURE;
    return tool_threads(ALL, live, scene) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* One of four processes. */
struct part {
    struct scene *scene;
    unsigned index;
};

static int live_alone(void *arg)
{
    const struct part *part = arg;

    if (part->index != 0)
        (void)close(part->scene->go[1]);
    live(part->scene, part->index);
    return EXIT_SUCCESS;
}

static int measure_threads(struct claim_run *run, struct scene *scene)
{
    const pid_t pid = tool_fork(live_together, scene);
    int status = pid > 0 ? tool_wait(pid) : -1;

    if (status < 0 || (WIFEXITED(status) && WEXITSTATUS(status) != 0))
        return -EAGAIN;
    claim_note(run, "other threads that go on", UNIT_COUNT, scene->went_on);
    claim_note(run, "a SIGSEGV ends their whole process", UNIT_YES_NO,
               WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    return 0;
}

static int measure_processes(struct claim_run *run, struct scene *scene)
{
    pid_t pids[ALL];

    scene->went_on = 0;
    if (pipe(scene->go) < 0)
        return -errno;
    for (unsigned i = 0; i < ALL; i++) {
        struct part part = { scene, i };

        pids[i] = tool_fork(live_alone, &part);
        if (pids[i] < 0)
            return (int)pids[i];
    }
    (void)tool_wait(pids[0]); /* which crashes */
    (void)close(scene->go[1]);
    for (int i = 1; i < ALL; i++)
        (void)tool_wait(pids[i]);
    claim_note(run, "other processes that go on", UNIT_COUNT, scene->went_on);
    return 0;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));
    void *wall = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ret;

    if (!scene || wall == MAP_FAILED)
        return -ENOMEM;
    scene->wall = wall;
    scene->caught = run->twin;
    (void)signal(SIGSEGV, run->twin ? jump_out : SIG_DFL);
    ret = measure_threads(run, scene);
    return ret < 0 ? ret : measure_processes(run, scene);
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double threads = claim_median(run, "other threads that go on");
    const double processes = claim_median(run, "other processes that go on");

    claim_say(run,
              "When one of four threads crashes, %.0f of the other %d go on; "
              "when one of four processes does, %.0f of %d.",
              threads, OTHERS, processes, OTHERS);
    if (threads >= OTHERS)
        return CLAIM_REFUTED;
    return threads < 1 && processes >= OTHERS ? CLAIM_CONFIRMED : CLAIM_DEPENDS;
}

const struct claim_ops p6_crash_claim = {
    .id = "P6",
    .measure = measure,
    .judge = judge,
};
