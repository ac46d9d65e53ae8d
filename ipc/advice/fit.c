/* SPDX-License-Identifier: MIT */
#include "ipc/advice/fit.h"

/* Who meets at a URL needs nothing else in common. */
static bool lacks_place(unsigned needs, const struct channel_ops *ops)
{
    if (needs & NEED_MACHINES)
        return !ops->meeting;
    return needs & NEED_CONTAINERS && !(ops->traits & CHANNEL_BY_DIRECTORY);
}

/* Directories, names and ports of this machine are one user's. A descriptor
 * that is inherited asks nobody, and neither does a URL. */
static bool keeps_users_out(unsigned needs, const struct channel_ops *ops)
{
    return needs & NEED_USERS && !ops->meeting &&
           !(ops->traits & CHANNEL_INHERITED_ONLY);
}

static const char *find_place_fault(unsigned needs,
                                    const struct channel_ops *ops)
{
    const unsigned apart = NEED_STRANGERS | NEED_MACHINES | NEED_CONTAINERS;

    if (ops->traits & CHANNEL_THREADS &&
        (!(needs & NEED_THREADS) || needs & (apart | NEED_USERS)))
        return "it joins threads of one process only";
    if (ops->traits & CHANNEL_INHERITED_ONLY && needs & apart)
        return "no name to meet at, only relatives inherit it";
    if (keeps_users_out(needs, ops))
        return "only the same user is let in";
    if (!lacks_place(needs, ops))
        return NULL;
    return needs & NEED_MACHINES ? "only within one machine"
                                 : "a directory in common is not enough";
}

/* A trait that an answer asks for, and what it is not to have it. */
static const struct demand {
    enum need need;
    enum channel_trait trait;
    const char *fault;
} demands[] = {
    { NEED_LANGUAGES, CHANNEL_OTHER_LANGUAGES,
      "other languages cannot speak it: C's own variables, or a protocol of "
      "its own" },
    { NEED_DURABLE, CHANNEL_SURVIVES_PROCESSES,
      "what is under way is lost with its processes" },
    { NEED_DEATH, CHANNEL_SEES_DEATH, "a peer's death goes unnoticed" },
    { NEED_POLL, CHANNEL_POLLABLE,
      "no descriptor that poll(2) could wait for" },
    { NEED_HOSTILE, CHANNEL_GUARDED,
      "a hostile peer could kill the process, or read its memory" },
};

const char *fit_fault(const struct question *q, const struct mechanism *m)
{
    const struct channel_ops *ops = m->ops;
    const char *fault = mechanism_skipped(m);

    if (!fault && !question_allows(q, ops))
        fault = "a library that is not allowed";
    if (!fault)
        fault = find_place_fault(q->needs, ops);
    for (size_t i = 0; !fault && i < sizeof(demands) / sizeof(demands[0]); i++)
        if (q->needs & demands[i].need && !(ops->traits & demands[i].trait))
            fault = demands[i].fault;
    if (!fault && q->needs & NEED_WORKERS && q->needs & NEED_ORDER)
        fault = "consumers that share the work overtake each other";
    if (!fault && q->needs & NEED_WORKERS && !channels_can_compete(ops))
        fault = "one receiver only: jobs would be dealt in turn";
    return fault;
}

const char *fit_counterpart(const struct question *q, enum need need)
{
    switch (need) {
    case NEED_DEATH:
        return q->needs & NEED_MACHINES
                   ? "exchange signs of life yourself"
                   : "watch the peer yourself, by pidfd_open(2)";
    case NEED_POLL:
        return "let a thread wait, and tell an eventfd(2)";
    case NEED_ORDER:
        return "number the jobs, and put them in order behind";
    case NEED_DURABLE:
        return "keep each message until it is answered, and send it again";
    default:
        return NULL;
    }
}
