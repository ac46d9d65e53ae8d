/* SPDX-License-Identifier: MIT */
/*
 * outcome_row.h -- what came of an exchange, as a row of a table
 */
#ifndef IPC_SCREEN_OUTCOME_ROW_H
#define IPC_SCREEN_OUTCOME_ROW_H

#include "ipc/exchange/exchange.h"
#include "ipc/mechanisms.h"
#include "ipc/screen/screen.h"

/* One measured cell. */
struct outcome_row {
    const struct mechanism *mechanism; /* NULL: the row `none` */
    struct exchange_plan plan;
    struct exchange_outcome outcome;
    double none_cpu_ns; /* CPU time of such a job without IPC; 0: unknown */
    double ipc_ns; /* CPU time of a job within the channels, and of a server
                           between them; negative: unknown */
    double calls;  /* system calls of a job, both sides; negative: unknown,
                      infinite: too many to be counted */
};

/* Payload bytes of a job, on average. */
uint64_t row_payload(const struct outcome_row *row);

/* CPU time of a job, both sides; 0 when no job was completed. */
double row_cpu_ns(const struct outcome_row *row);
double row_bytes_per_second(const struct outcome_row *row);

/* Whether a rate of bytes means something: where only a header crosses and
 * the payload stays where it is, it would count what never moved. */
bool row_payload_moves(const struct outcome_row *row);

/* The share of a job's CPU time that is IPC, 0 to 1; -1: unknown. */
double row_ipc_share(const struct outcome_row *row);

/* row_title prints the table's first line, row_line one cell, row_skipped a
 * mechanism that this build lacks, row_legend what the columns mean, and what
 * the work takes beside IPC in `count` rows. */
void row_title(const struct screen *screen);
void row_line(const struct screen *screen, const struct outcome_row *row);
void row_skipped(const struct screen *screen, const struct mechanism *mechanism,
                 const char *reason);
void row_legend(const struct screen *screen, const struct outcome_row *none,
                const struct outcome_row *rows, size_t count);

/* row_verdict returns "good", "no jobs", or what is wrong, as short as a
 * column. */
const char *row_verdict(const struct outcome_row *row);

/* row_problems says on stderr why a run failed and which inputs were
 * rejected or need a remark; row_remarks the latter alone, of a mechanism or,
 * with NULL, of none in particular. */
void row_remarks(const struct outcome_row *row, const char *mechanism);
void row_problems(const struct outcome_row *row);

#endif
