/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/run_delay.h"

#include "ipc/decorator.h"

#include <inttypes.h>
#include <string.h>

struct state {
    struct decorator base;
    bool counting;
    uint64_t waited_ns, times; /* when it began */
};

_Static_assert(sizeof(struct state) <= DECORATOR_STATE, "must fit before it");

bool run_delay_read(FILE *file, uint64_t *ret_waited_ns, uint64_t *ret_times)
{
    uint64_t ran_ns, waited_ns, times;

    if (fscanf(file, "%19" SCNu64 " %19" SCNu64 " %19" SCNu64, &ran_ns,
               &waited_ns, &times) != 3 ||
        times == 0)
        return false;
    *ret_waited_ns = waited_ns;
    *ret_times = times;
    return true;
}

static bool look(uint64_t *ret_waited_ns, uint64_t *ret_times)
{
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    bool counts = file && run_delay_read(file, ret_waited_ns, ret_times);

    if (file)
        (void)fclose(file);
    return counts;
}

static int attach(void *state, const struct channel_config *config,
                  const struct channel_end *end)
{
    struct state *s = state;

    s->counting =
        strncmp(config->name, "jobs", 4) == 0 && look(&s->waited_ns, &s->times);
    return decorator_attach(s, config, end);
}

static void detach(void *state)
{
    struct state *s = state;
    const struct run_delay *shared = s->base.decoration;
    struct run_delay *delay = (struct run_delay *)(uintptr_t)shared;
    uint64_t waited_ns, times;

    if (s->counting && look(&waited_ns, &times)) {
        atomic_fetch_add(&delay->waited_ns, waited_ns - s->waited_ns);
        atomic_fetch_add(&delay->times, times - s->times);
    }
    s->counting = false;
    decorator_detach(s);
}

void run_delay_wrap(const struct channel_ops *inner,
                    struct channel_ops *ret_ops)
{
    decorator_wrap(inner, ret_ops);
    ret_ops->attach = attach;
    ret_ops->detach = detach;
}
