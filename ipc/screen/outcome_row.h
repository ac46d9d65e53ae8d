/* SPDX-License-Identifier: MIT */
/*
 * outcome_row.h -- an exchange's outcome for people and for machines
 */
#ifndef IPC_SCREEN_OUTCOME_ROW_H
#define IPC_SCREEN_OUTCOME_ROW_H

#include "ipc/exchange/exchange.h"
#include "ipc/mechanisms.h"
#include "ipc/screen/screen.h"

/* One measured cell. */
struct report_row {
    const struct mechanism *mechanism; /* NULL: the row `none` */
    struct exchange_plan plan;
    struct exchange_outcome outcome;
    double none_cpu_ns; /* CPU time of such a job without IPC; 0: unknown */
};

/* CPU time of a job, both sides; 0 when no job was completed. */
double report_cpu_ns(const struct report_row *row);
double report_bytes_per_second(const struct report_row *row);

/* Whether a rate of bytes means something: where only a header crosses and
 * the payload stays where it is, it would count what never moved. */
bool report_payload_moves(const struct report_row *row);

/* The share of a job's CPU time that is IPC, 0 to 1; -1: unknown. */
double report_ipc_share(const struct report_row *row);

/* report_summary tells in words what came of a demo's run. */
void report_summary(const struct screen *screen, const struct report_row *row);

/* report_workers tells who worked with whom, and how the jobs were shared;
 * nothing when there was one of each. */
void report_workers(const struct screen *screen, const struct report_row *row);

/* report_title prints the table's first line, report_line one cell,
 * report_skipped a mechanism that this build lacks, report_legend what the
 * columns mean. */
void report_title(const struct screen *screen);
void report_line(const struct screen *screen, const struct report_row *row);
void report_skipped(const struct screen *screen,
                    const struct mechanism *mechanism, const char *reason);
void report_legend(const struct screen *screen);

/* report_problems says on stderr why a run failed and which inputs were
 * rejected or need a remark. */
void report_problems(const struct report_row *row);

/* report_exit_status: 0 good, 1 not, 128 + signal when one ended it. */
int report_exit_status(const struct exchange_outcome *outcome);

#endif
