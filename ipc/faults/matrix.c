/* SPDX-License-Identifier: MIT */
#include "ipc/faults/matrix.h"

#include "shared/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_WIDTH = 16, INDENT = 4, RECOVERIES_MIN = 2 };

int matrix_open(struct matrix *m)
{
    m->totals = calloc(MATRIX_FAULTS_MAX, sizeof(*m->totals));
    return m->totals ? 0 : -ENOMEM;
}

void matrix_close(struct matrix *m)
{
    for (unsigned i = 0; i < m->mechanisms; i++)
        for (unsigned j = 0; j < m->faults; j++)
            free(m->why[i][j]);
    free(m->totals);
}

static uint64_t count_leaks(const struct fault_cell *cell)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < LEAKS; i++)
        sum += cell->leaked[i];
    return sum;
}

void matrix_add(struct matrix *m, unsigned mechanism, unsigned fault,
                const struct fault_cell *cell)
{
    struct fault_totals *t = &m->totals[fault];

    m->done[mechanism][fault] = true;
    m->verdict[mechanism][fault] = cell->verdict;
    if (cell->why[0] && !m->why[mechanism][fault])
        m->why[mechanism][fault] = strdup(cell->why);
    t->cells[cell->verdict]++;
    if (m->fault[fault]->alone) {
        m->alone[mechanism] = (struct alone){
            .sent = cell->jobs,
            .arrived = cell->executions - cell->doubled,
            .again = cell->doubled,
            .lost = cell->lost,
        };
        return;
    }
    t->injections += cell->injections;
    t->jobs += cell->jobs;
    t->executions += cell->executions;
    t->lost += cell->lost;
    t->doubled += cell->doubled;
    t->wrong += cell->wrong;
    t->leaked += count_leaks(cell);
    if (cell->memory_bytes > t->memory_bytes)
        t->memory_bytes = cell->memory_bytes;
    histogram_add(&t->recovery, &cell->recovery);
}

unsigned matrix_count(const struct matrix *m, enum cell_verdict verdict)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < m->faults; i++)
        sum += m->totals[i].cells[verdict];
    return sum;
}

/* --------------------------------------------------------------- the marks */

/* The worst of all levels of a kind is shown. */
static int severity(enum cell_verdict verdict)
{
    static const int severities[CELL_VERDICTS] = {
        [CELL_NOT_FOR] = 0,
        [CELL_PASS] = 1,
        [CELL_SKIP] = 2,
        [CELL_FAIL] = 3,
    };

    return severities[verdict];
}

static const char *mark_of(enum cell_verdict verdict)
{
    static const char *const marks[CELL_VERDICTS] = {
        [CELL_PASS] = "ok",
        [CELL_FAIL] = "BAD",
        [CELL_SKIP] = "?",
        [CELL_NOT_FOR] = "-",
    };

    return marks[verdict];
}

static bool is_same_kind(const struct fault_case *a, const struct fault_case *b)
{
    return strcmp(a->id, b->id) == 0;
}

static void print_mark(const struct matrix *m, const struct screen *screen,
                       unsigned mechanism, unsigned fault)
{
    enum cell_verdict worst = CELL_NOT_FOR;
    bool done = false;

    for (unsigned i = 0; i < m->faults; i++) {
        if (!is_same_kind(m->fault[i], m->fault[fault]) ||
            !m->done[mechanism][i])
            continue;
        done = true;
        if (severity(m->verdict[mechanism][i]) > severity(worst))
            worst = m->verdict[mechanism][i];
    }
    printf("%s%4s%s",
           screen_style(screen, worst == CELL_FAIL   ? STYLE_BAD
                                : worst == CELL_PASS ? STYLE_GOOD
                                                     : STYLE_DIM),
           done ? mark_of(worst) : "", screen_style(screen, STYLE_END));
}

static bool is_first_of_kind(const struct matrix *m, unsigned fault)
{
    for (unsigned i = 0; i < fault; i++)
        if (is_same_kind(m->fault[i], m->fault[fault]))
            return false;
    return true;
}

/* The kinds in the order of their numbers. Returns how many. */
static unsigned list_kinds(const struct matrix *m,
                           unsigned ret_faults[MATRIX_FAULTS_MAX])
{
    unsigned count = 0, place;

    for (unsigned j = 0; j < m->faults; j++) {
        if (!is_first_of_kind(m, j) || m->fault[j]->alone)
            continue;
        for (place = count++;
             place > 0 && atoi(m->fault[ret_faults[place - 1]]->id + 1) >
                              atoi(m->fault[j]->id + 1);
             place--)
            ret_faults[place] = ret_faults[place - 1];
        ret_faults[place] = j;
    }
    return count;
}

static void print_marks(const struct matrix *m, const struct screen *screen)
{
    unsigned kinds[MATRIX_FAULTS_MAX];
    const unsigned count = list_kinds(m, kinds);

    printf("%s%-*s", screen_style(screen, STYLE_TITLE), NAME_WIDTH,
           "mechanism");
    for (unsigned j = 0; j < count; j++)
        printf("%4s", m->fault[kinds[j]]->id);
    printf("%s\n", screen_style(screen, STYLE_END));
    for (unsigned i = 0; i < m->mechanisms; i++) {
        printf("%-*s", NAME_WIDTH, m->mechanism[i]->name);
        for (unsigned j = 0; j < count; j++)
            print_mark(m, screen, i, kinds[j]);
        putchar('\n');
    }
}

/* -------------------------------------------------------------- the figures */

static const char *recovery_text(const struct histogram *h, double percent,
                                 char text[static UNITS_TEXT_MAX])
{
    if (h->samples < RECOVERIES_MIN)
        return "-";
    return time_text(percent < 100 ? (double)histogram_percentile(h, percent)
                                   : (double)h->max_ns,
                     text);
}

static double share_again(const struct fault_totals *t)
{
    return t->executions > t->jobs && t->jobs > 0
               ? 100.0 * (double)(t->executions - t->jobs) / (double)t->jobs
               : 0;
}

static void print_totals(const struct matrix *m, unsigned fault)
{
    const struct fault_totals *t = &m->totals[fault];
    char p50[UNITS_TEXT_MAX], p99[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
    char name[24];

    (void)snprintf(name, sizeof(name), "%s/%s", m->fault[fault]->id,
                   m->fault[fault]->level);
    printf("%-13s%6" PRIu64 "%9" PRIu64 "%5.1f%%%5" PRIu64 "%4" PRIu64
           "%6" PRIu64 "%5" PRIu64 "%9s%8s%8s\n",
           name, t->injections, t->jobs, share_again(t), t->lost, t->doubled,
           t->wrong, t->leaked, recovery_text(&t->recovery, 50, p50),
           recovery_text(&t->recovery, 99, p99),
           recovery_text(&t->recovery, 100, most));
}

static void print_figures(const struct matrix *m, const struct screen *screen)
{
    printf("\n%s%-13s%6s%9s%6s%5s%4s%6s%5s%9s%8s%8s%s\n",
           screen_style(screen, STYLE_TITLE), "fault", "times", "jobs", "again",
           "lost", "dbl", "wrong", "left", "recovery", "p99", "max",
           screen_style(screen, STYLE_END));
    for (unsigned j = 0; j < m->faults; j++)
        if (!m->fault[j]->alone)
            print_totals(m, j);
    printf("\ntimes: injections. again: jobs done again, which is no fault. "
           "lost, dbl: effects\nthat did not come, or came twice. wrong: not "
           "what was sent. left: names, memory,\nprocesses and descriptors "
           "behind it. recovery: from a kill to the next answered\njob, half "
           "of the times, 99 %% of them, and at most.\n");
}

/* ----------------------------------------------- without the protocol */

static void print_alone(const struct matrix *m, const struct screen *screen,
                        unsigned fault)
{
    printf("\n%sWithout the protocol: the receiver is killed with a message in "
           "hand, and\nanother one takes its place%s\n\n"
           "%s%-*s%8s%10s%8s%8s%s\n",
           screen_style(screen, STYLE_TITLE), screen_style(screen, STYLE_END),
           screen_style(screen, STYLE_TITLE), NAME_WIDTH, "mechanism", "sent",
           "arrived", "twice", "lost", screen_style(screen, STYLE_END));
    for (unsigned i = 0; i < m->mechanisms; i++) {
        const struct alone *alone = &m->alone[i];

        if (m->done[i][fault] && m->verdict[i][fault] == CELL_PASS)
            printf("%-*s%8" PRIu64 "%10" PRIu64 "%8" PRIu64 "%8" PRIu64 "\n",
                   NAME_WIDTH, m->mechanism[i]->name, alone->sent,
                   alone->arrived, alone->again, alone->lost);
    }
}

static void print_figures_alone(const struct matrix *m,
                                const struct screen *screen)
{
    for (unsigned j = 0; j < m->faults; j++)
        if (m->fault[j]->alone)
            print_alone(m, screen, j);
}

/* ----------------------------------------------------------------- why not */

/* How one cell is done again. */
static void print_again(const struct matrix *m, unsigned mechanism,
                        unsigned fault)
{
    printf("%*sagain: ipc faults %s ", INDENT, "",
           m->mechanism[mechanism]->name);
    if (m->soak_ns > 0)
        printf("--soak %g", (double)m->soak_ns / m->mechanisms / 1e9);
    else
        printf("--fault %s/%s", m->fault[fault]->id, m->fault[fault]->level);
    printf(" --seed %" PRIu64 "\n", m->seed);
}

static void print_reasons(const struct matrix *m, const struct screen *screen,
                          enum cell_verdict verdict)
{
    for (unsigned i = 0; i < m->mechanisms; i++)
        for (unsigned j = 0; j < m->faults; j++) {
            if (!m->done[i][j] || m->verdict[i][j] != verdict)
                continue;
            printf("%s %s %s/%s: ", cell_verdict_name(verdict),
                   m->mechanism[i]->name, m->fault[j]->id, m->fault[j]->level);
            screen_wrap(screen, m->why[i][j] ? m->why[i][j] : "", INDENT);
            if (verdict == CELL_FAIL)
                print_again(m, i, j);
        }
}

static void print_legend(void)
{
    printf("\nok: passed, on each level. BAD: not. ?: skipped, see below. "
           "-: not for it.\n");
}

void matrix_print(const struct matrix *m, const struct screen *screen)
{
    unsigned kinds[MATRIX_FAULTS_MAX];

    if (list_kinds(m, kinds) > 0) {
        print_marks(m, screen);
        print_legend();
        print_figures(m, screen);
    }
    print_figures_alone(m, screen);
    putchar('\n');
    print_reasons(m, screen, CELL_FAIL);
    print_reasons(m, screen, CELL_SKIP);
    printf("%u passed, %u failed, %u skipped, %u not for that mechanism; "
           "seed %" PRIu64 "\n",
           matrix_count(m, CELL_PASS), matrix_count(m, CELL_FAIL),
           matrix_count(m, CELL_SKIP), matrix_count(m, CELL_NOT_FOR), m->seed);
}

/* --------------------------------------------------------------------- JSON */

static json_t *leaks_object(const struct fault_cell *cell)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < LEAKS; i++)
        (void)json_object_set_new(object, leak_name(i),
                                  json_integer((json_int_t)cell->leaked[i]));
    return object;
}

static json_t *recovery_object(const struct histogram *h)
{
    if (h->samples == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I}", "samples", (json_int_t)h->samples,
                     "p50", (json_int_t)histogram_percentile(h, 50), "p99",
                     (json_int_t)histogram_percentile(h, 99), "max",
                     (json_int_t)h->max_ns);
}

json_t *cell_json(const struct fault_cell *cell)
{
    const uint64_t again =
        cell->executions > cell->jobs ? cell->executions - cell->jobs : 0;

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:f}",
        "type", "fault", "mechanism", cell->mechanism->name, "fault",
        cell->fault->id, "level", cell->fault->level, "title",
        cell->fault->title, "verdict", cell_verdict_name(cell->verdict), "why",
        cell->why, "exchanges", (json_int_t)cell->runs, "injections",
        (json_int_t)cell->injections, "refused", (json_int_t)cell->refused,
        "jobs", (json_int_t)cell->jobs, "executions",
        (json_int_t)cell->executions, "redundant", (json_int_t)again, "lost",
        (json_int_t)cell->lost, "doubled", (json_int_t)cell->doubled, "wrong",
        (json_int_t)cell->wrong, "rejected", (json_int_t)cell->rejected,
        "recovery_ns", recovery_object(&cell->recovery), "left_behind",
        leaks_object(cell), "memory_bytes", (json_int_t)cell->memory_bytes,
        "growth_bytes", (json_int_t)cell->growth_bytes, "seed",
        (json_int_t)cell->seed, "seconds", (double)cell->took_ns / 1e9);
}
