/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/table_csv.h"

#include <math.h>

static const char *const csv_words[] = { "mechanism", "family", "pattern",
                                         "work",      "pin",    "wait",
                                         "model" };

static const char *const csv_numbers[] = {
    "size",
    "payload_bytes",
    "window",
    "batch",
    "rate",
    "producers",
    "consumers",
    "jobs_per_second.median",
    "jobs_per_second.low",
    "jobs_per_second.high",
    "bytes_per_second.median",
    "latency_ns.samples",
    "latency_ns.p50",
    "latency_ns.p90",
    "latency_ns.p99",
    "latency_ns.p99_9",
    "latency_ns.max",
    "cpu_ns_per_job.producer",
    "cpu_ns_per_job.consumer",
    "cpu_ns_per_job.broker",
    "system_calls_per_job.producer",
    "system_calls_per_job.consumer",
    "switches_per_job.voluntary",
    "switches_per_job.involuntary",
    "copies",
    "memory_bytes",
    "ipc_share",
    "limit.share",
    "repeats",
};

enum {
    CSV_WORDS = sizeof(csv_words) / sizeof(csv_words[0]),
    CSV_NUMBERS = sizeof(csv_numbers) / sizeof(csv_numbers[0]),
};

/* No word of these holds a comma or a quote. */
void table_csv(const struct results_set *results)
{
    const json_t *cell;
    size_t i;

    for (size_t j = 0; j < CSV_WORDS; j++)
        printf("%s,", csv_words[j]);
    for (size_t j = 0; j < CSV_NUMBERS; j++)
        printf("%s,", csv_numbers[j]);
    puts("verdict");
    json_array_foreach(results->cells, i, cell)
    {
        for (size_t j = 0; j < CSV_WORDS; j++)
            printf("%s,", results_text(cell, csv_words[j]));
        for (size_t j = 0; j < CSV_NUMBERS; j++) {
            double number = results_number(cell, csv_numbers[j]);

            if (isfinite(number))
                printf("%.15g", number == 0 ? 0 : number); /* no -0 */
            putchar(',');
        }
        puts(results_verdict(cell));
    }
}
