/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/supervisor.h"

#include "ipc/worker/ledger.h"
#include "ipc/worker/run.h"
#include "shared/process/child.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 100,        /* progress, stalls and the peer are looked at */
    LEAVE_S = 60,         /* for workers that only take leave */
    CAUSE_WAIT_MS = 1000, /* for the death that broke a worker's channel */
    PAUSED_NS =
        1000000000, /* between two looks: ten ticks, so it was stopped */
};

/* One that is ignored, as nohup(1) and shells do it, stays so. */
static void add_unless_ignored(sigset_t *set, int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        (void)sigaddset(set, number);
}

void supervisor_signals(sigset_t *ret_set)
{
    (void)sigemptyset(ret_set);
    (void)sigaddset(ret_set, SIGCHLD);
    add_unless_ignored(ret_set, SIGINT);
    add_unless_ignored(ret_set, SIGTERM);
    add_unless_ignored(ret_set, SIGHUP);
}

void supervisor_channel_signals(sigset_t *ret_set)
{
    (void)sigemptyset(ret_set);
    (void)sigaddset(ret_set, SIGUSR1);
    (void)sigaddset(ret_set, SIGUSR2);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        (void)sigaddset(ret_set, number);
}

int supervisor_open(struct supervisor *s)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    const struct sigaction normal = { .sa_handler = SIG_DFL };
    sigset_t own, channels;

    *s = (struct supervisor){ 0 };
    supervisor_signals(&own);
    supervisor_channel_signals(&channels);
    (void)sigprocmask(SIG_BLOCK, &own, &s->saved_mask);
    (void)sigprocmask(SIG_BLOCK, &channels, NULL);
    (void)sigaction(SIGPIPE, &ignore, &s->saved_pipe);
    (void)sigaction(SIGXFSZ, &ignore, &s->saved_file_size);
    /* With SIGCHLD ignored, as some shells hand it on, none could be reaped. */
    (void)sigaction(SIGCHLD, &normal, &s->saved_child);
    s->blocked = true;
    s->roster.page = page_map();
    return s->roster.page ? 0 : -ENOMEM;
}

int supervisor_renew(struct supervisor *s)
{
    page_unmap(s->roster.page);
    s->roster = (struct roster){ .page = page_map() };
    s->stalled = false;
    kills_begin(&s->kills);
    return s->roster.page ? 0 : -ENOMEM;
}

/* In the child: what differs from the supervisor. */
static void become_worker(pid_t supervisor, const char *name)
{
    sigset_t open;

    (void)prctl(PR_SET_NAME, name); /* as ps(1) shows it */
    child_dies_with(supervisor, SIGKILL);
    /* Ctrl-C reaches the whole terminal; the supervisor alone acts on it. */
    (void)sigemptyset(&open);
    (void)sigaddset(&open, SIGTERM);
    (void)sigaddset(&open, SIGHUP);
    (void)sigaddset(&open, SIGCHLD);
    (void)sigprocmask(SIG_UNBLOCK, &open, NULL);
}

static void enlist(struct supervisor *s, struct worker *w)
{
    w->page = s->roster.page;
    w->self = &s->roster.page->worker[worker_slot(w)];
    (void)fflush(NULL); /* or both processes would write what is buffered */
}

static void note_start(struct supervisor *s, const struct worker *w, pid_t pid)
{
    s->roster.worker[worker_slot(w)] = (struct supervised){
        .pid = pid,
        .role = w->role,
        .index = w->index,
    };
    s->roster.count[w->role]++;
}

int supervisor_fork(struct supervisor *s, struct worker *w)
{
    const pid_t supervisor = getpid();
    pid_t pid;

    enlist(s, w);
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        become_worker(supervisor, worker_role_name(w->role));
        _exit(worker_run(w));
    }
    note_start(s, w, pid);
    return 0;
}

/* One that fails ends the process: another may wait for it forever. */
static void *run_thread(void *arg)
{
    struct worker *w = arg;

    (void)prctl(PR_SET_NAME, worker_role_name(w->role));
    if (worker_run(w) != 0)
        _exit(EXIT_FAILURE);
    return NULL;
}

/* Each thread has a copy of the channels' states, as each process has. */
static int run_threads(struct worker *workers, unsigned count)
{
    struct channels *copies = calloc(count, sizeof(*copies));
    pthread_t thread[PAGE_WORKERS_MAX];

    if (!copies)
        return EXIT_FAILURE;
    for (unsigned i = 0; i < count; i++) {
        if (channels_copy(&copies[i], workers[i].channels) < 0)
            return EXIT_FAILURE;
        workers[i].channels = &copies[i];
        workers[i].is_thread = true;
    }
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&thread[i], NULL, run_thread, &workers[i]) != 0)
            return EXIT_FAILURE;
    for (unsigned i = 0; i < count; i++)
        (void)pthread_join(thread[i], NULL);
    return EXIT_SUCCESS;
}

int supervisor_fork_threads(struct supervisor *s, struct worker *workers,
                            unsigned count)
{
    const pid_t supervisor = getpid();
    pid_t pid;

    for (unsigned i = 0; i < count; i++)
        enlist(s, &workers[i]);
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        become_worker(supervisor, "threads");
        _exit(run_threads(workers, count));
    }
    for (unsigned i = 0; i < count; i++)
        note_start(s, &workers[i], pid);
    return 0;
}

static bool any_running(const struct supervisor *s)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (supervised_runs(&s->roster.worker[i]))
            return true;
    return false;
}

/* A process may hold several workers. */
static void note_end(struct supervisor *s, pid_t pid, int status)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++) {
        if (s->roster.worker[i].pid != pid)
            continue;
        s->roster.worker[i].ended = true;
        s->roster.worker[i].status = status;
    }
}

static void reap(struct supervisor *s, int options)
{
    int status;

    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++) {
        struct supervised *worker = &s->roster.worker[i];

        if (supervised_runs(worker) &&
            waitpid(worker->pid, &status, options) == worker->pid)
            note_end(s, worker->pid, status);
    }
}

/* When a worker's channel broke, the death on its other side is about to show:
 * of the other worker, or of another program. */
static void await_cause(struct supervisor *s, peer_gone_fn *peer_gone,
                        void *peer_arg, char text[static CAUSE_TEXT_MAX])
{
    const struct timespec pause = { .tv_nsec = 10 * 1000000 };

    for (int ms = 0; ms < CAUSE_WAIT_MS; ms += 10) {
        if (cause_is_known(&s->roster, peer_gone != NULL) ||
            (!peer_gone && !any_running(s)) ||
            (peer_gone && peer_gone(peer_arg, text)))
            return;
        (void)nanosleep(&pause, NULL);
        reap(s, WNOHANG);
    }
}

void supervisor_stop(struct supervisor *s)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (supervised_runs(&s->roster.worker[i])) {
            s->roster.worker[i].stopped = true;
            (void)kill(s->roster.worker[i].pid, SIGKILL);
        }
    reap(s, 0);
}

static uint64_t count_jobs(const struct supervisor *s, enum worker_role role)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (s->roster.worker[i].pid && s->roster.worker[i].role == role)
            sum += atomic_load_explicit(&s->roster.page->worker[i].jobs,
                                        memory_order_relaxed);
    return sum;
}

static uint64_t jobs_so_far(const struct supervisor *s)
{
    return count_jobs(s, WORKER_PRODUCER) + count_jobs(s, WORKER_CONSUMER);
}

/* Where nobody answers, what has arrived. */
static uint64_t count_settled(const struct supervisor *s)
{
    return s->ledger && s->ledger->answered
               ? ledger_settled(s->ledger)
               : count_jobs(s, roster_last(&s->roster));
}

static void tell_progress(const struct supervisor *s,
                          const struct exchange_plan *plan)
{
    if (plan->progress)
        plan->progress(plan->progress_arg, count_settled(s),
                       plan->budget_ns ? 0 : plan->jobs);
}

/* Whether all that still run have done their part, and only detach. */
static bool all_leave(const struct supervisor *s)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (supervised_runs(&s->roster.worker[i]) &&
            atomic_load(&s->roster.page->worker[i].phase) < PHASE_DETACH)
            return false;
    return true;
}

/* An end that waits for the other's last word makes no progress, and is no
 * failure: whether that came does not change what was done. */
static uint64_t patience_ns(const struct supervisor *s,
                            const struct exchange_plan *plan)
{
    const uint64_t leave_ns = LEAVE_S * UINT64_C(1000000000);

    return all_leave(s) && plan->stall_ns < leave_ns ? leave_ns
                                                     : plan->stall_ns;
}

void supervisor_pause(struct supervisor *s, unsigned ms)
{
    const struct timespec pause = {
        .tv_sec = ms / 1000,
        .tv_nsec = (long)(ms % 1000) * 1000000,
    };
    sigset_t set;
    int number;

    supervisor_signals(&set);
    number = sigtimedwait(&set, NULL, &pause);
    if (number > 0 && number != SIGCHLD)
        s->signal = number;
}

/* Sleeps until a child ends, a signal asks to stop, or a tick has passed.
 * Returns whether to go on. */
static bool wait_for_news(struct supervisor *s)
{
    supervisor_pause(s, s->kills.plan.after_ns > 0 ? KILLS_LOOK_MS : TICK_MS);
    reap(s, WNOHANG);
    return s->signal == 0 && !cause_exists(&s->roster) && any_running(s);
}

void supervisor_watch(struct supervisor *s, const struct exchange_plan *plan,
                      peer_gone_fn *peer_gone, void *peer_arg,
                      char ret_failure[static CAUSE_TEXT_MAX])
{
    const uint64_t settled = count_settled(s);
    uint64_t moved_ns = clock_ns(), looked_ns = moved_ns, jobs = 0;

    ret_failure[0] = '\0';
    while (wait_for_news(s)) {
        kills_look(&s->kills, &s->roster, count_settled(s) > settled);
        tell_progress(s, plan);
        if (s->tick)
            s->tick(s->tick_arg);
        if (peer_gone && peer_gone(peer_arg, ret_failure))
            break;
        /* A supervisor that was stopped (Ctrl-Z) has not looked meanwhile. */
        if (jobs_so_far(s) != jobs || clock_ns() - looked_ns > PAUSED_NS) {
            jobs = jobs_so_far(s);
            moved_ns = clock_ns();
        }
        looked_ns = clock_ns();
        if (clock_ns() - moved_ns > patience_ns(s, plan)) {
            cause_describe_stall(&s->roster, patience_ns(s, plan), ret_failure);
            s->stalled = true;
            break;
        }
    }
    if (s->signal)
        (void)snprintf(ret_failure, CAUSE_TEXT_MAX, "stopped by SIG%s",
                       sigabbrev_np(s->signal));
    else if (!ret_failure[0] && cause_exists(&s->roster)) {
        await_cause(s, peer_gone, peer_arg, ret_failure);
        if (!ret_failure[0])
            cause_describe(&s->roster, ret_failure);
    }
    supervisor_stop(s);
}

void supervisor_close(struct supervisor *s)
{
    supervisor_stop(s);
    page_unmap(s->roster.page);
    s->roster.page = NULL;
    if (!s->blocked)
        return;
    (void)sigaction(SIGPIPE, &s->saved_pipe, NULL);
    (void)sigaction(SIGXFSZ, &s->saved_file_size, NULL);
    (void)sigaction(SIGCHLD, &s->saved_child, NULL);
    (void)sigprocmask(SIG_SETMASK, &s->saved_mask, NULL);
    s->blocked = false;
}
