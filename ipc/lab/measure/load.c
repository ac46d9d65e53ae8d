/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/load.h"

#include "ipc/worker/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const double foreign_most = 0.2, steal_most = 0.1; /* processors */

/* The first line: user nice system idle iowait irq softirq steal, in ticks. */
static void read_stat(struct load_mark *mark)
{
    const uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t idle = 0, iowait = 0, steal = 0;
    FILE *file = fopen("/proc/stat", "re");

    if (!file)
        return;
    if (fscanf(file, "cpu %*u %*u %*u %" SCNu64 " %" SCNu64 " %*u %*u %" SCNu64,
               &idle, &iowait, &steal) == 3) {
        mark->idle_ns = (idle + iowait) * tick_ns;
        mark->steal_ns = steal * tick_ns;
    }
    (void)fclose(file);
}

struct load_mark load_mark(void)
{
    struct load_mark mark = {
        .at_ns = clock_ns(),
        .own_ns = usage_now(USAGE_OF_PROCESS).cpu_ns +
                  usage_now(USAGE_OF_CHILDREN).cpu_ns,
    };

    read_stat(&mark);
    return mark;
}

struct load load_since(const struct load_mark *mark)
{
    const struct load_mark now = load_mark();
    const double processors = (double)sysconf(_SC_NPROCESSORS_ONLN);
    double elapsed = (double)(now.at_ns - mark->at_ns), foreign;
    double idle = (double)(now.idle_ns - mark->idle_ns);
    double steal = (double)(now.steal_ns - mark->steal_ns);

    if (elapsed <= 0 || now.idle_ns == 0)
        return (struct load){ 0 };
    foreign = processors * elapsed - idle - steal -
              (double)(now.own_ns - mark->own_ns);
    return (struct load){
        .foreign = foreign > 0 ? foreign / elapsed : 0,
        .steal = steal / elapsed,
    };
}

bool load_disturbs(const struct load *load)
{
    return load->foreign > foreign_most || load->steal > steal_most;
}
