/* SPDX-License-Identifier: MIT */
#include "ipc/screen/outcome_summary.h"

#include "shared/base/units.h"

#include <inttypes.h>
#include <stdio.h>

enum { INDENT = 2, SHARES_TEXT_MAX = 256, LATENCY_TEXT_MAX = 120 };

static void tell_verdict(const struct screen *screen,
                         const struct outcome_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;
    const bool good = outcome_good(outcome);
    const bool unknown = outcome->failure[0] && !outcome->verdict.submitted;
    char text[VERDICT_TEXT_MAX];
    int printed;

    putchar('\n');
    printed = printf("%*s%-11s ", INDENT, "", "Verdict");
    printf("%s", screen_style(screen, good ? STYLE_GOOD : STYLE_BAD));
    screen_wrap(screen,
                unknown ? "failed: there are no jobs to judge"
                        : verdict_text(&outcome->verdict, text),
                printed);
    printf("%s", screen_style(screen, STYLE_END));
}

/* With few jobs only the slowest says something. */
static const char *latency_text(const struct latency *latency,
                                char text[static LATENCY_TEXT_MAX])
{
    char p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];

    (void)time_text((double)latency->p50_ns, p50);
    (void)time_text((double)latency->p99_ns, p99);
    (void)time_text((double)latency->max_ns, max);
    if (latency->p50_ns == 0)
        (void)snprintf(text, LATENCY_TEXT_MAX, "at most %s", max);
    else
        (void)snprintf(text, LATENCY_TEXT_MAX, "p50 %s%s%s, at most %s", p50,
                       latency->p99_ns ? ", p99 " : "",
                       latency->p99_ns ? p99 : "", max);
    return text;
}

static void tell_rates(const struct screen *screen,
                       const struct outcome_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;
    char text[LATENCY_TEXT_MAX], jobs[UNITS_TEXT_MAX], bytes[UNITS_TEXT_MAX];

    screen_item(screen, INDENT, "Throughput", "%s jobs/s, %s/s",
                count_text(outcome->jobs_per_second, jobs),
                bytes_text(row_bytes_per_second(row), bytes));
    if (outcome->latency.samples > 0)
        screen_item(screen, INDENT, "Latency",
                    "%s, with up to %u job%s under way",
                    latency_text(&outcome->latency, text), outcome->window,
                    outcome->window == 1 ? "" : "s");
}

static void tell_share(const struct screen *screen,
                       const struct outcome_row *row)
{
    char job[UNITS_TEXT_MAX], work[UNITS_TEXT_MAX], ipc[UNITS_TEXT_MAX];
    double cpu_ns = row_cpu_ns(row), share = row_ipc_share(row);

    if (share < 0)
        return;
    screen_item(
        screen, INDENT, "A job", "%s of CPU time: work %s, IPC %s (%.0f %%)",
        time_text(cpu_ns, job), time_text((1 - share) * cpu_ns, work),
        share > 0 ? time_text(share * cpu_ns, ipc) : "too little to see",
        100 * share);
}

/* "34 %, 33 %, 33 %"; of very many the first ones. */
static const char *shares_text(const struct outcome_row *row,
                               char text[static SHARES_TEXT_MAX])
{
    const struct exchange_outcome *outcome = &row->outcome;
    uint64_t all = 0;
    size_t used = 0;

    for (unsigned i = 0; i < row->plan.consumers; i++)
        all += outcome->jobs_of_consumer[i];
    text[0] = '\0';
    for (unsigned i = 0; i < row->plan.consumers && used < SHARES_TEXT_MAX; i++)
        used += (size_t)snprintf(
            text + used, SHARES_TEXT_MAX - used, "%s%.0f %%", i ? ", " : "",
            all ? 100 * (double)outcome->jobs_of_consumer[i] / (double)all : 0);
    return text;
}

static void tell_workers(const struct screen *screen,
                         const struct outcome_row *row)
{
    const struct exchange_plan *plan = &row->plan;
    char shares[SHARES_TEXT_MAX];

    if (plan->producers + plan->consumers <= 2 || row->outcome.failure[0])
        return;
    screen_item(screen, INDENT, "Workers", "%u producer%s, %u consumer%s: %s",
                plan->producers, plan->producers == 1 ? "" : "s",
                plan->consumers, plan->consumers == 1 ? "" : "s",
                row->outcome.competing
                    ? "they compete for one channel of jobs"
                    : "each consumer has channels of its own, and jobs "
                      "are dealt in turn");
    screen_item(screen, INDENT, "Shares", "%s of the jobs",
                shares_text(row, shares));
    screen_item(screen, INDENT, "Order", "%s",
                row->outcome.competing
                    ? "each consumer got each producer's jobs in order; "
                      "answers may overtake"
                    : "each consumer got its producer's jobs in order, and "
                      "the answers came in order");
}

/* Tells what was not done as planned. */
static void tell_limits(const struct screen *screen,
                        const struct outcome_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;
    const struct exchange_plan *plan = &row->plan;

    if (outcome->verdict.submitted < plan->jobs && !outcome->failure[0])
        screen_item(screen, INDENT, "Jobs",
                    "%" PRIu64 " of %" PRIu64
                    " in %.1f s; --jobs N does N, however long it takes",
                    outcome->verdict.submitted, plan->jobs,
                    (double)plan->budget_ns / 1e9);
    if (outcome->window > 0 && outcome->window < plan->window &&
        plan->pattern != PATTERN_PING_PONG)
        screen_item(screen, INDENT, "Window",
                    "%u instead of %u: the channel of results holds no more",
                    outcome->window, plan->window);
}

/* A name is as long as a hash: what it begins with finds the file as well. */
static void tell_thumbnails(const struct screen *screen,
                            const struct outcome_row *row)
{
    const struct results *results = row->outcome.results;
    const uint8_t *hash;

    for (size_t i = 0; i < WORKER_ROLES; i++) {
        hash = results[i].first.thumbnail;
        if (results[i].completed > 0)
            screen_item(screen, INDENT, "Thumbnails",
                        "in %s; the first is %02x%02x%02x%02x*.jpg",
                        row->plan.store, hash[0], hash[1], hash[2], hash[3]);
    }
}

void summary_tell(const struct screen *screen, const struct outcome_row *row)
{
    const struct exchange_outcome *outcome = &row->outcome;

    tell_verdict(screen, row);
    if (outcome->elapsed_ns && outcome->verdict.completed)
        tell_rates(screen, row);
    tell_share(screen, row);
    tell_workers(screen, row);
    tell_limits(screen, row);
    tell_thumbnails(screen, row);
    putchar('\n');
}
