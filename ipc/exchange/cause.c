/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/cause.h"

#include "shared/process/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { NAME_MAX_SIZE = 32 };

/* "consumer", or where there are several "consumer 2". */
static const char *name_of(const struct roster *roster, size_t i,
                           char text[static NAME_MAX_SIZE])
{
    const struct supervised *worker = &roster->worker[i];
    const char *role = worker_role_name(worker->role);

    if (roster->count[worker->role] == 1)
        (void)snprintf(text, NAME_MAX_SIZE, "%s", role);
    else
        (void)snprintf(text, NAME_MAX_SIZE, "%s %u", role, worker->index);
    return text;
}

static bool was_killed(const struct supervised *worker)
{
    return worker->ended && WIFSIGNALED(worker->status);
}

/* Threads end together; those that did nothing wrong have no error. */
static bool has_failed(const struct roster *roster, size_t i)
{
    const struct supervised *worker = &roster->worker[i];

    if (!worker->ended || worker->status == 0)
        return false;
    if (was_killed(worker) || roster->page->worker[i].error)
        return true;
    for (size_t j = 0; j < PAGE_WORKERS_MAX; j++)
        if (roster->worker[j].pid == worker->pid &&
            roster->page->worker[j].error)
            return false;
    return true;
}

bool cause_exists(const struct roster *roster)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (has_failed(roster, i))
            return true;
    return false;
}

/* One that failed because its channel broke: that ends, or where several share
 * a queue goes on in the middle of a frame, when one of them dies. */
static bool is_consequence(const struct roster *roster, size_t i)
{
    const int error = roster->page->worker[i].error;

    return has_failed(roster, i) && !was_killed(&roster->worker[i]) &&
           (error == -EPIPE || error == -EPROTO);
}

static bool is_cause(const struct roster *roster, size_t i, bool has_peer)
{
    return has_failed(roster, i) && !is_consequence(roster, i) &&
           (was_killed(&roster->worker[i]) || !has_peer ||
            roster->page->worker[i].detail[0]);
}

bool cause_is_known(const struct roster *roster, bool has_peer)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (is_cause(roster, i, has_peer))
            return true;
    return false;
}

/* Whether others share this worker's process. */
static bool is_thread(const struct roster *roster, size_t i)
{
    for (size_t j = 0; j < PAGE_WORKERS_MAX; j++)
        if (j != i && roster->worker[j].pid == roster->worker[i].pid)
            return true;
    return false;
}

/* -EPROTO before the first message is of what lies in the place to meet. */
static const char *error_text(int error, enum phase phase)
{
    if (error == -EPROTO && phase <= PHASE_ATTACH_RESULTS)
        return "something else lies where this run's should";
    return strerror(error ? -error : EIO);
}

static void describe_end(const struct roster *roster, size_t i,
                         char ret_text[static CAUSE_TEXT_MAX])
{
    const struct supervised *worker = &roster->worker[i];
    const struct worker_page *page = &roster->page->worker[i];
    const enum phase reached = atomic_load(&page->phase);
    const char *phase = phase_text(reached);
    char name[NAME_MAX_SIZE];

    if (was_killed(worker) && is_thread(roster, i))
        (void)snprintf(ret_text, CAUSE_TEXT_MAX,
                       "the process of all threads (pid %d) was killed by "
                       "SIG%s",
                       worker->pid, sigabbrev_np(WTERMSIG(worker->status)));
    else if (was_killed(worker))
        (void)snprintf(ret_text, CAUSE_TEXT_MAX,
                       "the %s (pid %d) was killed by SIG%s, in phase: %s",
                       name_of(roster, i, name), worker->pid,
                       sigabbrev_np(WTERMSIG(worker->status)), phase);
    else
        (void)snprintf(ret_text, CAUSE_TEXT_MAX, "%s: %s: %s%s%s",
                       name_of(roster, i, name), phase, page->detail,
                       page->detail[0] && !page->explained ? ": " : "",
                       page->explained ? "" : error_text(page->error, reached));
}

/* The last that holds: failed with the channel, failed by itself, killed. */
void cause_describe(const struct roster *roster,
                    char ret_text[static CAUSE_TEXT_MAX])
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (is_consequence(roster, i))
            describe_end(roster, i, ret_text);
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (has_failed(roster, i) && !is_consequence(roster, i))
            describe_end(roster, i, ret_text);
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (was_killed(&roster->worker[i]))
            describe_end(roster, i, ret_text);
}

/* As many as there is room for. */
void cause_describe_stall(const struct roster *roster, uint64_t stall_ns,
                          char ret_text[static CAUSE_TEXT_MAX])
{
    char name[NAME_MAX_SIZE];
    size_t used;

    used = (size_t)snprintf(ret_text, CAUSE_TEXT_MAX, "no progress for %.3g s",
                            (double)stall_ns / 1e9);
    for (size_t i = 0; i < PAGE_WORKERS_MAX && used < CAUSE_TEXT_MAX; i++)
        if (supervised_runs(&roster->worker[i]))
            used += (size_t)snprintf(
                ret_text + used, CAUSE_TEXT_MAX - used,
                "; the %s (pid %d) is %sin phase: %s", name_of(roster, i, name),
                roster->worker[i].pid,
                process_is_stopped(roster->worker[i].pid)
                    ? "stopped (SIGCONT goes on), "
                    : "",
                phase_text(atomic_load(&roster->page->worker[i].phase)));
}
