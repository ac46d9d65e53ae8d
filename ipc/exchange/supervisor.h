/* SPDX-License-Identifier: MIT */
/*
 * supervisor.h -- forks workers, watches them, and always ends them
 *
 * Single-threaded. Between open and close SIGINT, SIGTERM, SIGHUP and SIGCHLD
 * are blocked and taken in turn, so that nothing is ever half done when one
 * arrives; the signals that mechanisms use are blocked as well, for the
 * workers to inherit. A worker dies with its supervisor (PR_SET_PDEATHSIG).
 */
#ifndef IPC_EXCHANGE_SUPERVISOR_H
#define IPC_EXCHANGE_SUPERVISOR_H

#include "ipc/exchange/cause.h"
#include "ipc/exchange/kills.h"
#include "ipc/worker/worker.h"

#include <signal.h>

struct supervisor {
    struct roster roster;        /* owns its page */
    struct kills kills;          /* on purpose */
    const struct ledger *ledger; /* tells of progress as well; or NULL */
    void (*tick)(void *arg);     /* called some ten times a second; or NULL */
    void *tick_arg;
    bool stalled; /* nothing moved, so all were stopped */
    int signal;   /* that ended it, or 0 */
    bool blocked;
    sigset_t saved_mask;
    struct sigaction saved_pipe;
    struct sigaction saved_file_size;
    struct sigaction saved_child;
};

/* Whether another program, the peer of the only worker, is gone; if so, the
 * text says how it is known. */
typedef bool peer_gone_fn(void *arg, char text[static CAUSE_TEXT_MAX]);

/* supervisor_open: -ENOMEM. Pair with supervisor_close, also on failure. */
int supervisor_open(struct supervisor *s);

/* supervisor_fork starts worker_run(w) in a process of its own. */
int supervisor_fork(struct supervisor *s, struct worker *w);

/* supervisor_fork_threads starts one process with a thread for each of the
 * workers. */
int supervisor_fork_threads(struct supervisor *s, struct worker *workers,
                            unsigned count);

/*
 * supervisor_watch returns when every worker has ended, by itself or, when one
 * fails, nothing moves for plan->stall_ns (at least a minute, when all that is
 * left to do is to detach), the peer is gone or a signal asks for it, by
 * SIGKILL. ret_failure gets one line that says why, or "".
 */
void supervisor_watch(struct supervisor *s, const struct exchange_plan *plan,
                      peer_gone_fn *peer_gone, void *peer_arg,
                      char ret_failure[static CAUSE_TEXT_MAX]);

/* supervisor_renew forgets the workers, which have ended, for others to take
 * their places: -ENOMEM. */
int supervisor_renew(struct supervisor *s);

/* supervisor_pause waits that long, or until a signal asks to stop. */
void supervisor_pause(struct supervisor *s, unsigned ms);

/* supervisor_stop ends every worker that still runs, by SIGKILL. */
void supervisor_stop(struct supervisor *s);

void supervisor_close(struct supervisor *s);

/* supervisor_channel_signals lists those that mechanisms talk by. They are
 * blocked before a channel is attached: none may kill before its taker is
 * ready. */
void supervisor_channel_signals(sigset_t *ret_set);

/* supervisor_signals lists those it takes: SIGCHLD and, unless they are ignored
 * (as nohup(1) and shells do it), SIGINT, SIGTERM and SIGHUP. */
void supervisor_signals(sigset_t *ret_set);

#endif
