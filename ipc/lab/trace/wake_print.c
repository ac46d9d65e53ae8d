/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/wake_print.h"

#include "shared/base/units.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    LABEL_WIDTH = 9,
    GAP = 2,
    COUNT_WIDTH = 8,
    PERCENT_WIDTH = 8,
    BAR_LEAST = 8,     /* narrower, the counts are left out */
    BAR_MOST = 40,     /* however wide the screen */
    WOKEN_OF_JOBS = 5, /* one in so many at least, or it is by chance */
    SHOWN_LEAST = 2 * LATENCY_BEYOND, /* then a median is none */
};

/* The histogram of one run, in rows. */
struct column {
    const char *title;
    const struct wake_run *run;
    enum screen_style style;
    uint64_t row[WAKE_ROWS];
    uint64_t most; /* of a row */
};

/* The columns and the rows that are shown. */
struct picture {
    struct column column[WAKE_PLACES];
    unsigned columns;
    unsigned first, last;
    bool folded; /* what is beyond the last is in it */
    int width;   /* of a column */
};

static const char *const titles[] = { "one processor", "two processors" };
static const char *const places[] = { "on one processor", "on two" };

/* ------------------------------------------------------------------- rows */

uint64_t wake_row_ns(unsigned row)
{
    static const unsigned steps[] = { 10, 15, 20, 30, 50, 70 };
    uint64_t ns = 10;

    if (row == 0)
        return 0;
    for (row--; row >= 6; row -= 6)
        ns *= 10;
    return ns * steps[row];
}

unsigned wake_row(uint64_t ns)
{
    unsigned row = 0;

    while (row + 1 < WAKE_ROWS && wake_row_ns(row + 1) <= ns)
        row++;
    return row;
}

static void fill(struct column *c)
{
    const struct histogram *h = &c->run->woken;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (h->bucket[i] > 0)
            c->row[wake_row(histogram_end(i))] += h->bucket[i];
}

/* From the first row that has any to the last that matters: beyond the one that
 * follows the 99th percentile all are in one. */
static void find_rows(struct picture *p)
{
    p->first = WAKE_ROWS - 1;
    p->last = 0;
    for (unsigned i = 0; i < p->columns; i++) {
        const struct column *c = &p->column[i];
        unsigned lowest = 0, highest = WAKE_ROWS - 1, most;

        while (lowest < highest && c->row[lowest] == 0)
            lowest++;
        while (highest > lowest && c->row[highest] == 0)
            highest--;
        most = wake_row(histogram_percentile(&c->run->woken, 99)) + 1;
        if (most > highest)
            most = highest;
        if (lowest < p->first)
            p->first = lowest;
        if (most > p->last)
            p->last = most;
    }
}

static void fold(struct picture *p, struct column *c)
{
    for (unsigned row = p->last + 1; row < WAKE_ROWS; row++) {
        p->folded = p->folded || c->row[row] > 0;
        c->row[p->last] += c->row[row];
    }
    for (unsigned row = 0; row <= p->last; row++)
        if (c->row[row] > c->most)
            c->most = c->row[row];
}

/* ---------------------------------------------------------------- picture */

/* Whether a mechanism sleeps at all, */
static bool is_woken(const struct wake_run *run)
{
    return run &&
           (run->woken.samples + run->unseen) * WOKEN_OF_JOBS >= run->jobs;
}

/* and whether it was seen often enough for a picture. */
static bool is_shown(const struct wake_run *run)
{
    return is_woken(run) && run->woken.samples >= SHOWN_LEAST &&
           run->woken.samples * WOKEN_OF_JOBS >= run->jobs;
}

static void make_picture(const struct screen *screen,
                         const struct wake_findings *found, struct picture *p)
{
    static const enum screen_style styles[] = { STYLE_PRODUCER,
                                                STYLE_CONSUMER };

    *p = (struct picture){ .columns = 0 };
    for (unsigned place = 0; place < WAKE_PLACES; place++) {
        struct column *c = &p->column[p->columns];

        if (!is_shown(found->run[place]))
            continue;
        c->title = titles[place];
        c->run = found->run[place];
        c->style = styles[place];
        fill(c);
        p->columns++;
    }
    if (p->columns == 0)
        return;
    find_rows(p);
    for (unsigned i = 0; i < p->columns; i++)
        fold(p, &p->column[i]);
    p->width = (screen->columns - LABEL_WIDTH) / (int)p->columns - GAP;
}

static void print_label(uint64_t ns, bool open)
{
    static const char *const units[] = { "ns", "us", "ms", "s" };
    double number = (double)ns;
    unsigned unit = 0;
    char text[UNITS_TEXT_MAX];

    while (number >= 1000 && unit < 3) {
        number /= 1000;
        unit++;
    }
    (void)snprintf(text, sizeof(text), "%s%g %s", open ? ">" : "", number,
                   units[unit]);
    printf("%*s", LABEL_WIDTH, text);
}

static int bar_width(const struct picture *p, bool *ret_counts)
{
    int room = p->width - PERCENT_WIDTH - COUNT_WIDTH;

    *ret_counts = room >= BAR_LEAST;
    if (!*ret_counts)
        room += COUNT_WIDTH;
    return room < BAR_MOST ? room : BAR_MOST;
}

/* The largest row of a column has the longest bar; the smallest that is not
 * empty a dot. */
static void print_bar(const struct screen *screen, const struct column *c,
                      uint64_t count, int width)
{
    const int marks =
        (int)((double)count / (double)c->most * (double)width + 0.5);

    printf("%s", screen_style(screen, c->style));
    for (int i = 0; i < width; i++)
        putchar(i < marks ? '#' : i == 0 ? '.' : ' ');
    printf("%s", screen_style(screen, STYLE_END));
}

static void print_numbers(const struct column *c, uint64_t count, bool counts)
{
    if (counts)
        printf("%*" PRIu64, COUNT_WIDTH, count);
    printf("%*.1f %%", PERCENT_WIDTH - 2,
           100 * (double)count / (double)c->run->woken.samples);
}

static void print_heading(const struct screen *screen, const struct picture *p)
{
    static const char counted[] = "wake-ups";
    bool counts;
    const int width = bar_width(p, &counts);

    printf("%s%*s", screen_style(screen, STYLE_TITLE), LABEL_WIDTH, "from");
    for (unsigned i = 0; i < p->columns; i++)
        printf("%*s%-*s%*s", i > 0 && counts ? GAP + PERCENT_WIDTH : GAP, "",
               width + (counts ? 0 : PERCENT_WIDTH), p->column[i].title,
               counts ? COUNT_WIDTH : 0, counts ? counted : "");
    printf("%s\n", screen_style(screen, STYLE_END));
}

static void print_row(const struct screen *screen, const struct picture *p,
                      unsigned row)
{
    bool counts;
    const int width = bar_width(p, &counts);
    int blank = 0;

    print_label(wake_row_ns(row), p->folded && row == p->last);
    for (unsigned i = 0; i < p->columns; i++) {
        const struct column *c = &p->column[i];

        blank += GAP;
        if (c->row[row] == 0) {
            blank += width + (counts ? COUNT_WIDTH : 0) + PERCENT_WIDTH;
            continue;
        }
        printf("%*s", blank, "");
        blank = 0;
        print_bar(screen, c, c->row[row], width);
        print_numbers(c, c->row[row], counts);
    }
    putchar('\n');
}

/* A percentile that too few samples exceed is chance. */
static void print_percentile(const struct picture *p, unsigned percent)
{
    char text[UNITS_TEXT_MAX];
    bool counts;
    const int width =
        bar_width(p, &counts) + PERCENT_WIDTH + (counts ? COUNT_WIDTH : 0);

    printf("%*s%u", LABEL_WIDTH - 2, "p", percent);
    for (unsigned i = 0; i < p->columns; i++) {
        const struct latency of = latency_of(&p->column[i].run->woken);
        const uint64_t ns = percent == 50   ? of.p50_ns
                            : percent == 90 ? of.p90_ns
                                            : of.p99_ns;

        (void)time_text(ns > 0 ? (double)ns : NAN, text);
        printf("%*s%-*s", GAP, "", i + 1 < p->columns ? width : 0, text);
    }
    putchar('\n');
}

static void print_picture(const struct screen *screen, const struct picture *p)
{
    print_heading(screen, p);
    for (unsigned row = p->first; row <= p->last; row++)
        print_row(screen, p, row);
    putchar('\n');
    print_percentile(p, 50);
    print_percentile(p, 90);
    print_percentile(p, 99);
}

/* ------------------------------------------------------------------ words */

/* "a wake-up takes 2.10 us on one processor", or why nothing is said of it. */
static void say_one(const struct wake_run *run, const char *place, bool first,
                    char *text, size_t room)
{
    char median[UNITS_TEXT_MAX];

    if (is_shown(run))
        (void)snprintf(
            text, room, "%s%s %s", first ? "a wake-up takes " : ", ",
            time_text((double)histogram_percentile(&run->woken, 50), median),
            place);
    else if (run)
        (void)snprintf(text, room, "%s%s %s", first ? "" : "; ",
                       is_woken(run) ? "it cannot be told" : "nobody is woken",
                       place);
}

static void print_answer(const struct screen *screen,
                         const struct wake_findings *found)
{
    const struct wake_run *one = found->run[WAKE_ONE],
                          *two = found->run[WAKE_TWO];
    const unsigned shown = is_shown(one) + is_shown(two);
    char text[400] = "";

    if (is_woken(one) || is_woken(two) || !two) {
        say_one(one, places[WAKE_ONE], true, text, sizeof(text));
        say_one(two, places[WAKE_TWO], false, text + strlen(text),
                sizeof(text) - strlen(text));
    } else
        (void)snprintf(text, sizeof(text),
                       "nobody is woken, on one processor or on two");
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                   shown == 2   ? " (medians)"
                   : shown == 1 ? " (median)"
                                : "",
                   two ? "" : "; we may use only one");
    printf("%s%s%s: ", screen_style(screen, STYLE_TITLE), found->mechanism,
           screen_style(screen, STYLE_END));
    screen_wrap(screen, text, (int)strlen(found->mechanism) + 2);
}

/* Those that have no column. */
static void print_sleepless(const struct screen *screen,
                            const struct wake_findings *found)
{
    char text[400] = "";

    for (unsigned place = 0; place < WAKE_PLACES; place++) {
        const struct wake_run *run = found->run[place];
        const size_t used = strlen(text);

        if (run && !is_woken(run))
            (void)snprintf(text + used, sizeof(text) - used,
                           "%s %" PRIu64 " in %" PRIu64 " jobs %s",
                           used > 0 ? "," : "Wake-ups:", run->woken.samples,
                           run->jobs, places[place]);
    }
    if (!text[0])
        return;
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
                   ". Whoever waits there looks again and again, and does not "
                   "sleep.");
    putchar('\n');
    screen_wrap(screen, text, 0);
}

/* The part of a round trip that wake-ups are; "" where it cannot be told. */
static void say_share(const struct wake_run *run, char *text, size_t room)
{
    const double share =
        (double)run->woken_ns / (run->trip_ns * (double)run->jobs);
    char trip[UNITS_TEXT_MAX];

    text[0] = '\0';
    if (run->full || !(share <= 1))
        return;
    (void)snprintf(text, room,
                   "There wake-ups are %s%.0f %% of a round trip of %s. ",
                   run->unseen > 0 ? "at least " : "", 100 * share,
                   time_text(run->trip_ns, trip));
}

static void explain_one(const struct screen *screen, const struct wake_run *run)
{
    const double share =
        (double)run->took_over / (double)run->woken.samples * 100;
    char text[600];

    if (share >= 50)
        (void)snprintf(text, sizeof(text),
                       "On one processor %.0f %% of those who were woken ran "
                       "at once, in place of the one that woke them: so the "
                       "time is little more than that of a switch. The one "
                       "that gave way was not asleep yet, and nobody has to "
                       "wake it.",
                       share);
    else
        (void)snprintf(text, sizeof(text),
                       "On one processor whoever is woken waits until the "
                       "other goes to sleep: what that one still does until "
                       "then is in the time, and so is the switch.");
    putchar('\n');
    screen_wrap(screen, text, 0);
}

static void explain_two(const struct screen *screen, const struct wake_run *run)
{
    char share[200], text[1000];

    say_share(run, share, sizeof(share));
    (void)snprintf(
        text, sizeof(text),
        "On two the sleeper's processor was idle at %.0f %% of the wake-ups. "
        "An idle one must be told, as a rule by an interrupt, and leave its "
        "idle state, and a virtual one must first be run again by its host; "
        "one that is busy must be taken from others. %sA mechanism that blocks "
        "pays this for each message that it waits for; one that spins for so "
        "long before it sleeps (--wait adaptive) does not.",
        100 * (double)run->from_idle / (double)run->woken.samples, share);
    putchar('\n');
    screen_wrap(screen, text, 0);
}

/* What of it is not in the picture. */
static void say_missing(const struct wake_findings *found, char *text,
                        size_t room)
{
    uint64_t unseen = 0;
    bool full = false;

    for (unsigned place = 0; place < WAKE_PLACES; place++) {
        unseen += found->run[place] ? found->run[place]->unseen : 0;
        full = full || (found->run[place] && found->run[place]->full);
    }
    text[0] = '\0';
    if (unseen > 0)
        (void)snprintf(text, room,
                       " Not in the picture are wake-ups of which the kernel "
                       "did not record when who was woken ran: %" PRIu64 ".",
                       unseen);
    if (full)
        (void)snprintf(text + strlen(text), room - strlen(text),
                       " The record was full before the end: what came later "
                       "is not in it.");
}

/* By how much the record slows a round trip down. */
static void say_cost(const struct wake_run *run, char *text, size_t room)
{
    char trip[UNITS_TEXT_MAX], bare[UNITS_TEXT_MAX];

    if (run->trip_ns > run->bare_ns)
        (void)snprintf(
            text, room, "on one processor a round trip took %s, and %s without",
            time_text(run->trip_ns, trip), time_text(run->bare_ns, bare));
    else
        (void)snprintf(text, room,
                       "how much does not show, since other programs disturb "
                       "more than that");
}

static void print_method(const struct screen *screen,
                         const struct wake_findings *found)
{
    const struct wake_run *one = found->run[WAKE_ONE],
                          *two = found->run[WAKE_TWO];
    char size[UNITS_TEXT_MAX], jobs[60] = "";
    char cost[200], missing[300], text[1000];

    say_cost(one, cost, sizeof(cost));
    say_missing(found, missing, sizeof(missing));
    if (two && two->jobs != one->jobs)
        (void)snprintf(jobs, sizeof(jobs), " and %" PRIu64, two->jobs);
    (void)snprintf(
        text, sizeof(text),
        "Measured in ping-pong, %" PRIu64 "%s jobs of %s, --wait %s, from the "
        "kernel's tracepoint sched_waking to sched_switch, by "
        "perf_event_open(2). To record that takes time, too, a part of it "
        "within each wake-up: %s.%s",
        one->jobs, jobs, size_text(found->size, size), found->wait, cost,
        missing);
    printf("\n%s", screen_style(screen, STYLE_DIM));
    screen_wrap(screen, text, 0);
    printf("%s", screen_style(screen, STYLE_END));
}

void wake_print_record(const struct screen *screen,
                       const struct wake_findings *found)
{
    struct picture picture;

    make_picture(screen, found, &picture);
    print_answer(screen, found);
    if (picture.columns > 0) {
        putchar('\n');
        print_picture(screen, &picture);
    }
    print_sleepless(screen, found);
    if (is_shown(found->run[WAKE_ONE]))
        explain_one(screen, found->run[WAKE_ONE]);
    if (is_shown(found->run[WAKE_TWO]))
        explain_two(screen, found->run[WAKE_TWO]);
    print_method(screen, found);
}

/* ------------------------------------------------------ without the record */

static void print_mean(const struct wake_run *run, const char *title)
{
    char mean[UNITS_TEXT_MAX] = "-", trip[UNITS_TEXT_MAX] = "-";

    if (run->times > 0)
        (void)time_text((double)run->waited_ns / (double)run->times, mean);
    if (run->jobs > 0)
        (void)time_text(run->trip_ns, trip);
    printf("%-14s  %9s  %8" PRIu64 "  %10s\n", title, mean, run->times, trip);
}

void wake_print_count(const struct screen *screen,
                      const struct wake_findings *found)
{
    printf("%s%s%s: ", screen_style(screen, STYLE_TITLE), found->mechanism,
           screen_style(screen, STYLE_END));
    screen_wrap(screen, "how long a side stood on the run queue: a mean",
                (int)strlen(found->mechanism) + 2);
    printf("\n%s%-14s  %9s  %8s  %10s%s\n", screen_style(screen, STYLE_TITLE),
           "", "mean", "times", "round trip", screen_style(screen, STYLE_END));
    for (unsigned place = 0; place < WAKE_PLACES; place++)
        if (found->run[place])
            print_mean(found->run[place], titles[place]);
    putchar('\n');
    screen_wrap(screen,
                "This is what the kernel counts of each thread anyway "
                "(/proc/PID/schedstat), as a sum: so there is no picture, and "
                "no percentile. And it is not quite a wake-up. Whoever is "
                "woken may be put on the queue of an idle processor only when "
                "that has left its idle state: what it takes until then is in "
                "the round trip, but not in the mean. And whoever only had to "
                "give way stood there, too.",
                0);
}
