/* SPDX-License-Identifier: MIT */
#include "ipc/lab/models/model_runs.h"

#include "ipc/lab/measure/statistics.h"
#include "ipc/lab/models/critical_path.h"

#include <string.h>

enum { SHOWN = 4 }; /* pictures of the slowest that a stream's timeline shows */

_Static_assert(RUNS_ALONE % 2 == 1, "one of them is in the middle");

void runs_free(struct model_runs *runs)
{
    drive_free(&runs->yardstick.alone);
    for (size_t i = 0; i < RUNS_MAX; i++) {
        drive_free(&runs->run[i].alone);
        drive_free(&runs->run[i].stream);
    }
    *runs = (struct model_runs){ 0 };
}

uint64_t run_took_ns(const struct model_run *run, size_t i)
{
    return record_end_ns(&run->alone.records[i]) -
           record_begin_ns(&run->alone.records[i]);
}

size_t run_find_middle(const struct model_run *run)
{
    double took[RUNS_ALONE], median;
    size_t i = 0;

    for (size_t j = 0; j < RUNS_ALONE; j++)
        took[j] = (double)run_took_ns(run, j);
    median = statistics_median(took, RUNS_ALONE);
    while (took[i] < median || took[i] > median)
        i++;
    return i;
}

const struct drive_record *run_middle(const struct model_run *run)
{
    return &run->alone.records[run->middle];
}

const struct model_run *runs_find(const struct model_runs *runs,
                                  const char *name)
{
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->run[i].model->name, name) == 0)
            return &runs->run[i];
    return NULL;
}

uint64_t runs_longest_ns(const struct model_runs *runs)
{
    uint64_t longest = 0;

    for (size_t i = 0; i < runs->count; i++) {
        const struct model_run *run = &runs->run[i];
        const uint64_t took = run_took_ns(run, run->middle);

        longest = took > longest ? took : longest;
    }
    return longest;
}

uint64_t runs_shown_ns(const struct model_runs *runs)
{
    return SHOWN * runs_longest_ns(runs);
}

uint64_t runs_path_ns(const struct model_runs *runs)
{
    return critical_path_ns(run_middle(&runs->yardstick), runs->processors);
}

uint64_t runs_bound_ns(const struct model_runs *runs,
                       const struct model_run *run)
{
    return stream_bound_ns(run_middle(&runs->yardstick), run->stream.done,
                           run->stream.window, runs->processors);
}
