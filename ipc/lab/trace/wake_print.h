/* SPDX-License-Identifier: MIT */
/*
 * wake_print.h -- shows what wake.h found: an answer, a picture, what it means
 */
#ifndef IPC_LAB_TRACE_WAKE_PRINT_H
#define IPC_LAB_TRACE_WAKE_PRINT_H

#include "ipc/lab/trace/wake.h"
#include "ipc/screen/screen.h"

/* Where the two sides ran. */
enum wake_place {
    WAKE_ONE, /* processor, both */
    WAKE_TWO,
    WAKE_PLACES,
};

/* What there is to show. The runs are the caller's; NULL: there is none. */
struct wake_findings {
    const char *mechanism;
    size_t size;      /* of a job's payload */
    const char *wait; /* --wait */
    const struct wake_run *run[WAKE_PLACES];
};

/* wake_print_record shows runs of wake_record, wake_print_count of wake_count.
 */
void wake_print_record(const struct screen *screen,
                       const struct wake_findings *found);
void wake_print_count(const struct screen *screen,
                      const struct wake_findings *found);

/*
 * wake_row returns in which row of the picture a time stands, below WAKE_ROWS;
 * wake_row_ns where a row begins: 0, 100, 150, 200, 300, 500, 700, 1000 ns. So
 * each is about half as wide again as the one before.
 */
enum { WAKE_ROWS = 44 };

unsigned wake_row(uint64_t ns);
uint64_t wake_row_ns(unsigned row);

#endif
