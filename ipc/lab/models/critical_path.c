/* SPDX-License-Identifier: MIT */
#include "ipc/lab/models/critical_path.h"

static uint64_t took(const struct drive_record *record, enum work_task task)
{
    return record->span[task].end_ns - record->span[task].begin_ns;
}

/* The three ways through a job. */
struct ways {
    uint64_t original;
    uint64_t resized;
    uint64_t computing;
};

static struct ways ways_of(const struct drive_record *record,
                           unsigned processors)
{
    return (struct ways){
        .original = took(record, WORK_UPLOAD_ORIGINAL),
        .resized =
            took(record, WORK_RESIZE) + took(record, WORK_UPLOAD_RESIZED),
        .computing =
            (record->span[WORK_CHECKSUM].cpu_ns +
             record->span[WORK_RESIZE].cpu_ns) /
            (processors < 2 ? 1 : 2), /* two tasks: no more are of use */
    };
}

static uint64_t longer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t critical_path_ns(const struct drive_record *record,
                          unsigned processors)
{
    const struct ways ways = ways_of(record, processors);

    return longer(longer(ways.original, ways.resized), ways.computing);
}

const char *critical_path_text(const struct drive_record *record,
                               unsigned processors)
{
    const struct ways ways = ways_of(record, processors);
    const uint64_t most = critical_path_ns(record, processors);

    if (most == ways.resized)
        return "resize, upload resized";
    return most == ways.original ? "upload original" : "checksum, resize";
}

uint64_t stream_bound_ns(const struct drive_record *record, uint64_t jobs,
                         unsigned window, unsigned processors)
{
    const uint64_t computing =
        record->span[WORK_CHECKSUM].cpu_ns + record->span[WORK_RESIZE].cpu_ns;
    const uint64_t path = critical_path_ns(record, processors);

    if (jobs == 0)
        return 0;
    return longer(path,
                  longer(jobs * computing / processors, jobs * path / window));
}

uint64_t record_end_ns(const struct drive_record *record)
{
    uint64_t end = 0;

    for (int i = 0; i < JOB_TASKS; i++)
        end = longer(end, record->span[i].end_ns);
    return end;
}

uint64_t record_begin_ns(const struct drive_record *record)
{
    uint64_t begin = UINT64_MAX;

    for (int i = 0; i < JOB_TASKS; i++)
        if (record->span[i].end_ns > 0 && record->span[i].begin_ns < begin)
            begin = record->span[i].begin_ns;
    return begin == UINT64_MAX ? 0 : begin;
}
