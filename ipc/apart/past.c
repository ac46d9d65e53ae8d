/* SPDX-License-Identifier: MIT */
#include "ipc/apart/past.h"

#include "ipc/exchange/blame.h"
#include "ipc/options/options.h"
#include "ipc/screen/outcome_row.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *directory_error(int error)
{
    switch (error) {
    case -EPERM:
        return "not a directory of yours alone (mode 0700)";
    case -ENOTEMPTY:
        return "holds other files: choose a new directory";
    case -EBUSY:
        return "another run keeps its journal there, or meets there";
    default:
        return strerror(-error);
    }
}

int past_open(struct past *past, const struct exchange_plan *plan)
{
    const char *dir = plan->resume;
    bool goes_on;
    int r = 0;

    *past = (struct past){ 0 };
    if (dir && plan->pattern == PATTERN_STREAM) {
        complain(NULL, "--resume %s: %s", dir, history_error(-ENOTSUP));
        return EXIT_USAGE;
    }
    if (dir)
        r = rundir_keep(&past->rundir, dir);
    if (r < 0) {
        complain(NULL, "--resume %s: %s", dir, directory_error(r));
        return EXIT_FAILURE;
    }
    goes_on = dir && rundir_has(&past->rundir, JOURNAL_FILE);
    r = history_open(&past->history, plan, dir, goes_on);
    if (r == 0 && !goes_on && plan->rejected_fd > 0)
        (void)!ftruncate(plan->rejected_fd, 0); /* another run's */
    if (r < 0)
        complain(NULL, "%s%s: %s", dir ? "--resume " : "", dir ? dir : "start",
                 history_error(r));
    return r < 0 ? EXIT_FAILURE : 0;
}

void past_close(struct past *past)
{
    history_close(&past->history);
    rundir_leave(&past->rundir);
}

bool past_has_all(const struct past *past, const struct exchange_plan *plan)
{
    return history_done(&past->history, plan);
}

int past_tell_all(const struct past *past, const struct exchange_plan *plan)
{
    struct outcome_row row = { .plan = *plan };
    char text[PAST_TEXT_MAX];

    history_conclude(&past->history, &row.outcome);
    row_remarks(&row, NULL);
    (void)fprintf(stderr, "nothing to send: %s, by the journal in %s\n",
                  past_text(past, plan, text), past->rundir.path);
    return outcome_exit_status(&row.outcome);
}

static void set_aside(struct past *past, const struct worker *worker)
{
    struct history *h = &past->history;
    char text[JOB_REMARK_MAX];
    uint64_t id;

    if (blame_oldest(h->roster, &h->ledger,
                     &h->so_far->results[WORKER_PRODUCER], &id))
        worker_list_rejection(worker, id, blame_text(text));
}

int past_add(struct past *past, const struct worker *worker,
             const struct exchange_outcome *outcome, bool died)
{
    int r;

    r = history_keep(&past->history, outcome);
    if (r < 0)
        return r;
    if (died)
        set_aside(past, worker);
    history_next(&past->history);
    return 0;
}

const char *past_text(const struct past *past, const struct exchange_plan *plan,
                      char text[static PAST_TEXT_MAX])
{
    const struct history *h = &past->history;

    if (h->ledger.answered)
        (void)snprintf(text, PAST_TEXT_MAX,
                       "%" PRIu64 " of %" PRIu64 " jobs are settled",
                       ledger_settled(&h->ledger), plan->jobs);
    else
        (void)snprintf(text, PAST_TEXT_MAX,
                       "a stream is sent again as a whole");
    return text;
}

void past_tell_late(const struct past *past, const struct exchange_plan *plan,
                    const char *place)
{
    char text[PAST_TEXT_MAX];

    complain(NULL, "%s: no consumer came within %.4g s; %s%s", place,
             (double)plan->peer_wait_ns / 1e9, past_text(past, plan, text),
             plan->resume ? "; the same command line goes on from there" : "");
}
