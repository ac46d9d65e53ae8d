/* SPDX-License-Identifier: MIT */
/*
 * p11_limits.c -- what the system refuses to a process
 *
 * Claim       The system limits how many threads a process may have, and how
 *             much memory.
 * Section     Threads
 * Experiment  a process of one thread, whose user has two more processes, may
 *             have two processes and threads (RLIMIT_NPROC), and wants a thread
 *             and a process; another may map 64 MiB more (RLIMIT_AS), and wants
 *             64 threads with stacks of 8 MiB, and 64 times 1 MiB
 * Rule        REFUTED if nothing is refused, and DEPENDS if some is not. If all
 *             is: MOSTLY if the first limit counts other processes, too;
 *             CONFIRMED if it could not be tried, since root has none
 * Twin        no limit is set
 * Take away   Expect EAGAIN from pthread_create(3) and fork(2), and ENOMEM from
 *             malloc(3). A container has limits of its group: cgroups(7).
 * Manual      setrlimit(2), pthread_create(3), fork(2), cgroups(7)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MANY = 64, MAY_HAVE = 2, OTHERS = 2, NOBODY = 65534, STACK = 8 << 20 };

static const size_t object_size = 1 << 20, more = 64 << 20;

/* Memory of tool_share: what each try ended with, 0 or an errno. */
struct tries {
    bool limit;
    bool as_root; /* whom RLIMIT_NPROC may not limit */
    int another_thread, another_process;
    int many_threads, much_memory;
    unsigned threads; /* that there were */
};

static void *stay(void *arg)
{
    (void)pause();
    return arg;
}

static int stay_as_process(void *arg)
{
    (void)arg;
    return pause();
}

static int want_another(void *arg)
{
    const struct rlimit limit = { MAY_HAVE, MAY_HAVE };
    struct tries *tries = arg;
    pthread_t thread;
    pid_t others[OTHERS + 1];

    if (geteuid() == 0)
        tries->as_root = setgid(NOBODY) < 0 || setuid(NOBODY) < 0;
    for (int i = 0; i < OTHERS; i++) {
        others[i] = tool_fork(stay_as_process, arg);
        if (others[i] < 0)
            return EXIT_FAILURE;
    }
    if (tries->limit && setrlimit(RLIMIT_NPROC, &limit) < 0)
        return EXIT_FAILURE;
    others[OTHERS] = tool_fork(stay_as_process, arg);
    tries->another_process = others[OTHERS] < 0 ? -(int)others[OTHERS] : 0;
    tries->another_thread = pthread_create(&thread, NULL, stay, arg);
    for (int i = 0; i <= OTHERS; i++)
        if (others[i] > 0 && kill(others[i], SIGKILL) == 0)
            (void)tool_wait(others[i]);
    return EXIT_SUCCESS;
}

static int want_much(void *arg)
{
    static void *volatile object;
    struct tries *tries = arg;
    pthread_attr_t attributes;
    pthread_t thread;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK);
    if (tries->limit && tool_limit_memory(more) < 0)
        return EXIT_FAILURE;
    while (tries->threads < MANY && tries->many_threads == 0) {
        tries->many_threads = pthread_create(&thread, &attributes, stay, arg);
        tries->threads += tries->many_threads == 0;
    }
    for (int i = 0; i < MANY && tries->much_memory == 0; i++) {
        object = malloc(object_size);
        if (!object)
            tries->much_memory = errno;
    }
    return EXIT_SUCCESS;
}

static int measure(struct claim_run *run)
{
    struct tries *tries = tool_share(sizeof(*tries));
    pid_t pid;

    if (!tries)
        return -ENOMEM;
    if (!tool_heap_is_usual())
        return claim_cannot(run, "A sanitizer has a heap of its own.");
    tries->limit = !run->twin;
    pid = tool_fork(want_another, tries);
    if (pid < 0 || tool_wait(pid) != 0)
        return -EAGAIN;
    pid = tool_fork(want_much, tries);
    if (pid < 0 || tool_wait(pid) != 0)
        return -EAGAIN;
    if (!tries->as_root || tries->another_thread || tries->another_process) {
        claim_note(run, "a second thread: EAGAIN", UNIT_YES_NO,
                   tries->another_thread == EAGAIN);
        claim_note(run, "a fourth process of the user: EAGAIN", UNIT_YES_NO,
                   tries->another_process == EAGAIN);
    }
    claim_note(run, "64 threads of 8 MiB: EAGAIN", UNIT_YES_NO,
               tries->many_threads == EAGAIN);
    claim_note(run, "threads that there were", UNIT_COUNT, tries->threads);
    claim_note(run, "64 times 1 MiB: ENOMEM", UNIT_YES_NO,
               tries->much_memory == ENOMEM);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    unsigned tried = 0, refused = 0;
    const bool by_user = claim_most(run, "a second thread: EAGAIN") > 0;

    for (unsigned i = 0; i < run->figure_count; i++)
        if (run->figures[i].unit == UNIT_YES_NO) {
            tried++;
            refused += run->figures[i].values[0] > 0;
        }
    claim_say(run,
              "Of %u wishes beyond the limits %u are refused, with EAGAIN or "
              "ENOMEM.%s",
              tried, refused,
              by_user ? " A process may have two threads and cannot have a "
                        "second one: the limit counts all processes and "
                        "threads of the user."
                      : "");
    if (refused < tried)
        return refused == 0 ? CLAIM_REFUTED : CLAIM_DEPENDS;
    return by_user ? CLAIM_MOSTLY : CLAIM_CONFIRMED;
}

const struct claim_ops p11_limits_claim = {
    .id = "P11",
    .measure = measure,
    .judge = judge,
};
