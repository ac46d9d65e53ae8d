/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/blame.h"

#include "ipc/exchange/outcome.h"

#include <stdio.h>
#include <sys/wait.h>

static bool was_killed(const struct supervised *worker)
{
    return worker->ended && WIFSIGNALED(worker->status);
}

bool blame_is_death(const struct roster *roster)
{
    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++)
        if (was_killed(&roster->worker[i]) && !roster->worker[i].stopped)
            return true;
    return false;
}

/* Of the jobs that a model had, the first is as good as any: next time it goes
 * alone, and then it is known. */
static bool find_in_hand(const struct roster *roster, size_t worker,
                         const struct exchange_plan *plan,
                         const struct ledger *ledger, unsigned *ret_producer,
                         uint64_t *ret_id)
{
    const uint64_t number = atomic_load(&roster->page->worker[worker].in_hand);
    const unsigned producer = roster->worker[worker].index % plan->producers;
    const struct account *account = &ledger->account[producer];

    if (number > 0) {
        *ret_producer = (unsigned)((number - 1) % plan->producers);
        *ret_id = (number - 1) / plan->producers;
        return true;
    }
    if (!plan->model || account->open_count == 0)
        return false;
    *ret_producer = producer;
    *ret_id = account->open[0].id;
    return true;
}

const char *blame_text(char text[static JOB_REMARK_MAX])
{
    (void)snprintf(text, JOB_REMARK_MAX,
                   "set aside: %d consumers died with it in hand",
                   LEDGER_ATTEMPTS);
    return text;
}

static void set_aside(struct results *results, uint64_t number)
{
    char text[JOB_REMARK_MAX];

    results_reject(results, number, blame_text(text));
}

bool blame_oldest(const struct roster *roster, struct ledger *ledger,
                  struct results *results, uint64_t *ret_id)
{
    const struct account *account = &ledger->account[0];

    if (account->open_count == 0 || roster->page->worker[0].sent == 0)
        return false;
    *ret_id = account->open[0].id;
    if (!ledger_blame(ledger, 0, *ret_id))
        return false;
    set_aside(results, *ret_id);
    return true;
}

void blame_deaths(const struct roster *roster, const struct exchange_plan *plan,
                  bool stalled, struct ledger *ledger, struct results *results)
{
    unsigned producer;
    uint64_t id;

    for (size_t i = 0; i < PAGE_WORKERS_MAX; i++) {
        const struct supervised *worker = &roster->worker[i];

        if (worker->role == WORKER_CONSUMER && was_killed(worker) &&
            (stalled || !worker->stopped) &&
            find_in_hand(roster, i, plan, ledger, &producer, &id) &&
            ledger_blame(ledger, producer, id))
            set_aside(results, id * plan->producers + producer);
    }
}
