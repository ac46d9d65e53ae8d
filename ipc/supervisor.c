/* SPDX-License-Identifier: MIT */
#include "ipc/supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 100,        /* progress, stalls and the peer are looked at */
    CAUSE_WAIT_MS = 1000, /* for the death that broke a worker's channel */
};

const char *worker_role_name(enum worker_role role)
{
    return role == WORKER_PRODUCER ? "producer" : "consumer";
}

/* One that is ignored, as nohup(1) and shells do it, stays so. */
static void add_unless_ignored(sigset_t *set, int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        (void)sigaddset(set, number);
}

static void signals_to_take(sigset_t *ret_set)
{
    (void)sigemptyset(ret_set);
    (void)sigaddset(ret_set, SIGCHLD);
    add_unless_ignored(ret_set, SIGINT);
    add_unless_ignored(ret_set, SIGTERM);
    add_unless_ignored(ret_set, SIGHUP);
}

int supervisor_open(struct supervisor *s)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    const struct sigaction normal = { .sa_handler = SIG_DFL };
    sigset_t block;

    *s = (struct supervisor){ 0 };
    signals_to_take(&block);
    /* Mechanisms talk by these: none may kill before its taker is ready. */
    (void)sigaddset(&block, SIGUSR1);
    (void)sigaddset(&block, SIGUSR2);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        (void)sigaddset(&block, number);
    (void)sigprocmask(SIG_BLOCK, &block, &s->saved_mask);
    (void)sigaction(SIGPIPE, &ignore, &s->saved_pipe);
    (void)sigaction(SIGXFSZ, &ignore, &s->saved_file_size);
    /* With SIGCHLD ignored, as some shells hand it on, none could be reaped. */
    (void)sigaction(SIGCHLD, &normal, &s->saved_child);
    s->blocked = true;
    s->page = page_map();
    return s->page ? 0 : -ENOMEM;
}

/* In the child: what differs from the supervisor. */
static void become_worker(pid_t supervisor, enum worker_role role)
{
    sigset_t open;

    (void)prctl(PR_SET_NAME, worker_role_name(role)); /* as ps(1) shows it */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) /* it died before the call above */
        _exit(EXIT_FAILURE);
    /* Ctrl-C reaches the whole terminal; the supervisor alone acts on it. */
    (void)sigemptyset(&open);
    (void)sigaddset(&open, SIGTERM);
    (void)sigaddset(&open, SIGHUP);
    (void)sigaddset(&open, SIGCHLD);
    (void)sigprocmask(SIG_UNBLOCK, &open, NULL);
}

int supervisor_fork(struct supervisor *s, struct worker *w)
{
    const pid_t supervisor = getpid();
    pid_t pid;

    w->page = s->page;
    w->self = &s->page->worker[w->role];
    (void)fflush(NULL); /* or both processes would write what is buffered */
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        become_worker(supervisor, w->role);
        _exit(worker_run(w));
    }
    s->worker[w->role] = (struct supervised){ .pid = pid };
    return 0;
}

static bool is_running(const struct supervised *worker)
{
    return worker->pid && !worker->ended;
}

static bool any_running(const struct supervisor *s)
{
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (is_running(&s->worker[i]))
            return true;
    return false;
}

static void reap(struct supervisor *s, int options)
{
    for (size_t i = 0; i < WORKER_ROLES; i++) {
        struct supervised *worker = &s->worker[i];

        if (is_running(worker) &&
            waitpid(worker->pid, &worker->status, options) == worker->pid)
            worker->ended = true;
    }
}

static bool has_failed(const struct supervised *worker)
{
    return worker->ended && worker->status != 0;
}

static bool was_killed(const struct supervised *worker)
{
    return worker->ended && WIFSIGNALED(worker->status);
}

/* A worker that fails because its channel broke is not the cause. */
static bool is_consequence(const struct supervisor *s, size_t i)
{
    return has_failed(&s->worker[i]) && !was_killed(&s->worker[i]) &&
           s->page->worker[i].error == -EPIPE;
}

/* A worker that failed by itself: one that says more than the error's name, or
 * has nobody else to blame. */
static bool is_cause(const struct supervisor *s, size_t i, bool has_peer)
{
    return has_failed(&s->worker[i]) && !is_consequence(s, i) &&
           (!has_peer || s->page->worker[i].detail[0]);
}

/* Whether what is known is enough. */
static bool cause_is_known(const struct supervisor *s, bool has_peer)
{
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (was_killed(&s->worker[i]) || is_cause(s, i, has_peer))
            return true;
    return false;
}

/* When a worker's channel broke, the death on its other side is about to show:
 * of the other worker, or of another program. */
static void await_cause(struct supervisor *s, peer_gone_fn *peer_gone,
                        void *peer_arg, char text[static EXCHANGE_FAILURE_MAX])
{
    const struct timespec pause = { .tv_nsec = 10 * 1000000 };

    for (int ms = 0; ms < CAUSE_WAIT_MS; ms += 10) {
        if (cause_is_known(s, peer_gone) || (!peer_gone && !any_running(s)) ||
            (peer_gone && peer_gone(peer_arg, text)))
            return;
        (void)nanosleep(&pause, NULL);
        reap(s, WNOHANG);
    }
}

static bool any_failed(const struct supervisor *s)
{
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (has_failed(&s->worker[i]))
            return true;
    return false;
}

void supervisor_stop(struct supervisor *s)
{
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (is_running(&s->worker[i]))
            (void)kill(s->worker[i].pid, SIGKILL);
    reap(s, 0);
}

static void describe_end(const struct supervisor *s, size_t i,
                         char text[static EXCHANGE_FAILURE_MAX])
{
    const struct supervised *worker = &s->worker[i];
    const struct worker_page *page = &s->page->worker[i];
    const char *name = worker_role_name((enum worker_role)i);
    const char *phase = phase_text(atomic_load(&page->phase));

    if (was_killed(worker))
        (void)snprintf(text, EXCHANGE_FAILURE_MAX,
                       "the %s (pid %d) was killed by SIG%s, in phase: %s",
                       name, worker->pid,
                       sigabbrev_np(WTERMSIG(worker->status)), phase);
    else
        (void)snprintf(text, EXCHANGE_FAILURE_MAX, "%s: %s: %s%s%s", name,
                       phase, page->detail, page->detail[0] ? ": " : "",
                       strerror(page->error ? -page->error : EIO));
}

/* The first that holds: killed, failed by itself, failed with the channel. */
static void describe_failure(const struct supervisor *s,
                             char text[static EXCHANGE_FAILURE_MAX])
{
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (has_failed(&s->worker[i]) && is_consequence(s, i))
            describe_end(s, i, text);
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (has_failed(&s->worker[i]) && !is_consequence(s, i))
            describe_end(s, i, text);
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (was_killed(&s->worker[i]))
            describe_end(s, i, text);
}

static uint64_t jobs_so_far(const struct supervisor *s)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < WORKER_ROLES; i++)
        sum += atomic_load_explicit(&s->page->worker[i].jobs,
                                    memory_order_relaxed);
    return sum;
}

static void describe_stall(const struct supervisor *s, uint64_t stall_ns,
                           char text[static EXCHANGE_FAILURE_MAX])
{
    size_t used;

    used = (size_t)snprintf(text, EXCHANGE_FAILURE_MAX,
                            "no progress for %.3g s", (double)stall_ns / 1e9);
    for (size_t i = 0; i < WORKER_ROLES; i++)
        if (is_running(&s->worker[i]))
            used += (size_t)snprintf(
                text + used, EXCHANGE_FAILURE_MAX - used,
                "; the %s (pid %d) is in phase: %s",
                worker_role_name((enum worker_role)i), s->worker[i].pid,
                phase_text(atomic_load(&s->page->worker[i].phase)));
}

static void tell_progress(const struct supervisor *s,
                          const struct exchange_plan *plan)
{
    const struct worker_page *slowest = &s->page->worker[WORKER_CONSUMER];

    if (!plan->progress)
        return;
    if (!s->worker[WORKER_CONSUMER].pid)
        slowest = &s->page->worker[WORKER_PRODUCER];
    plan->progress(plan->progress_arg,
                   atomic_load_explicit(&slowest->jobs, memory_order_relaxed),
                   plan->budget_ns ? 0 : plan->jobs);
}

/* Sleeps until a child ends, a signal asks to stop, or a tick has passed.
 * Returns whether to go on. */
static bool wait_for_news(struct supervisor *s)
{
    const struct timespec tick = { .tv_nsec = TICK_MS * 1000000 };
    sigset_t set;
    int number;

    signals_to_take(&set);
    number = sigtimedwait(&set, NULL, &tick);
    if (number > 0 && number != SIGCHLD)
        s->signal = number;
    reap(s, WNOHANG);
    return s->signal == 0 && !any_failed(s) && any_running(s);
}

void supervisor_watch(struct supervisor *s, const struct exchange_plan *plan,
                      peer_gone_fn *peer_gone, void *peer_arg,
                      char ret_failure[static EXCHANGE_FAILURE_MAX])
{
    uint64_t moved_ns = clock_ns(), jobs = 0;

    ret_failure[0] = '\0';
    while (wait_for_news(s)) {
        tell_progress(s, plan);
        if (peer_gone && peer_gone(peer_arg, ret_failure))
            break;
        if (jobs_so_far(s) != jobs) {
            jobs = jobs_so_far(s);
            moved_ns = clock_ns();
        }
        if (clock_ns() - moved_ns > plan->stall_ns) {
            describe_stall(s, plan->stall_ns, ret_failure);
            break;
        }
    }
    if (s->signal)
        (void)snprintf(ret_failure, EXCHANGE_FAILURE_MAX, "stopped by SIG%s",
                       sigabbrev_np(s->signal));
    else if (!ret_failure[0] && any_failed(s)) {
        await_cause(s, peer_gone, peer_arg, ret_failure);
        if (!ret_failure[0])
            describe_failure(s, ret_failure);
    }
    supervisor_stop(s);
}

void supervisor_close(struct supervisor *s)
{
    supervisor_stop(s);
    page_unmap(s->page);
    s->page = NULL;
    if (!s->blocked)
        return;
    (void)sigaction(SIGPIPE, &s->saved_pipe, NULL);
    (void)sigaction(SIGXFSZ, &s->saved_file_size, NULL);
    (void)sigaction(SIGCHLD, &s->saved_child, NULL);
    (void)sigprocmask(SIG_SETMASK, &s->saved_mask, NULL);
    s->blocked = false;
}
