/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/overview_words.h"

#include "ipc/lab/measure/spread.h"
#include "ipc/lab/show/table.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void say(
    char text[static OVERVIEW_WORDS_MAX], const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text + used, OVERVIEW_WORDS_MAX - used, format, arguments);
    va_end(arguments);
}

/* The best row, or the worst; NULL: none is known. */
static const struct overview_row *extreme(const struct overview *o,
                                          enum overview_question q, bool best)
{
    const struct overview_row *found = NULL;

    for (size_t i = 0; i < o->count; i++) {
        const double value = overview_worth(&o->row[i], q);

        if (isfinite(value) &&
            (!found || (best ? value > overview_worth(found, q)
                             : value < overview_worth(found, q))))
            found = &o->row[i];
    }
    return found;
}

/* "(no difference to a, b and c is shown)", of all that may be as good as the
 * best. */
static void say_equals(const struct overview *o, enum overview_question q,
                       const struct overview_row *best,
                       char text[static OVERVIEW_WORDS_MAX])
{
    const char *last = NULL;

    for (size_t i = 0; i < o->count; i++) {
        const struct overview_row *row = &o->row[i];

        if (row == best || !isfinite(overview_worth(row, q)) ||
            table_differs(row->cell[q], best->cell[q]))
            continue;
        if (last)
            say(text, "%s%s", text[strlen(text) - 1] == ' ' ? "" : ", ", last);
        else
            say(text, " (no difference to ");
        last = row->mechanism;
    }
    if (last)
        say(text, "%s%s is shown)",
            text[strlen(text) - 1] == ' ' ? "" : " and ", last);
}

static int digits_of(double factor)
{
    return factor < 9.995 ? 2 : factor < 99.95 ? 1 : 0;
}

/* Three digits of it. */
static double rounded(double factor)
{
    const double unit = pow(10, floor(log10(factor)) - 2);

    return round(factor / unit) * unit;
}

/* "3.10 +- 0.02", of the rounds of both cells; "2.71 to 4.20" where the one
 * would say little; "3.10" where nothing is known of how surely. */
static void say_factor(double factor, const json_t *cell, const json_t *other,
                       const char *key, char text[static OVERVIEW_WORDS_MAX])
{
    const struct estimate e = spread_ratio(cell, other, key);
    const double error = fmax(fabs(e.high - factor), fabs(factor - e.low));
    const double unit = pow(10, -digits_of(factor));
    const double low = fmin(e.low, factor), high = fmax(e.high, factor);

    if (e.level <= 0)
        say(text, "%.*f", digits_of(factor), rounded(factor));
    else if (error < factor / 5)
        say(text, "%.*f +- %.*f", digits_of(factor), rounded(factor),
            digits_of(factor), fmax(ceil(error / unit), 1) * unit);
    else
        say(text, "%.*f to %.*f", digits_of(low), rounded(low), digits_of(high),
            rounded(high));
}

/* By how much the worst is behind, where a difference is shown. */
static void say_worst(const struct overview *o, enum overview_question q,
                      const struct overview_row *best,
                      char text[static OVERVIEW_WORDS_MAX])
{
    const bool latency = q == OVERVIEW_ONE || q == OVERVIEW_TWO;
    const struct overview_row *worst = extreme(o, q, false);
    double factor;

    if (worst == best || !table_differs(worst->cell[q], best->cell[q]))
        return;
    factor = overview_worth(best, q) / overview_worth(worst, q);
    say(text, "; %s takes ", worst->mechanism);
    if (latency)
        say_factor(factor, worst->cell[q], best->cell[q], "latency_p50_ns",
                   text);
    else
        say_factor(factor, best->cell[q], worst->cell[q], "jobs_per_second",
                   text);
    say(text, " times as long");
}

static void say_round_trip(const struct overview *o, enum overview_question q,
                           const char *where,
                           char text[static OVERVIEW_WORDS_MAX])
{
    const struct overview_row *best = extreme(o, q, true);
    char time[UNITS_TEXT_MAX];

    if (!best)
        return;
    say(text, "%s%s %s is the fastest with small messages: %s there and back",
        text[0] ? " " : "", where, best->mechanism,
        time_text(1 / overview_worth(best, q), time));
    say_equals(o, q, best, text);
    say_worst(o, q, best, text);
    say(text, ".");
}

static void say_bytes(const struct overview *o,
                      char text[static OVERVIEW_WORDS_MAX])
{
    const struct overview_row *best = extreme(o, OVERVIEW_1M, true);
    char bytes[UNITS_TEXT_MAX];

    if (!best)
        return;
    say(text, "%sMessages of 1 MiB go fastest through %s: %s/s",
        text[0] ? " " : "", best->mechanism,
        bytes_text(
            results_number(best->cell[OVERVIEW_1M], "bytes_per_second.median"),
            bytes));
    say_equals(o, OVERVIEW_1M, best, text);
    say_worst(o, OVERVIEW_1M, best, text);
    say(text, ".");
}

/* How many times as long a round trip takes on one processor as on two. */
static double gain_of(const struct overview_row *row)
{
    return overview_worth(row, OVERVIEW_TWO) /
           overview_worth(row, OVERVIEW_ONE);
}

/* The mechanism that gains most by a second processor, or that loses most;
 * NULL: none does. */
static const struct overview_row *placed_row(const struct overview *o,
                                             bool gains)
{
    const struct overview_row *most = NULL;

    for (size_t i = 0; i < o->count; i++) {
        const double gain = gain_of(&o->row[i]);

        if (!isfinite(gain) || (gain > 1) != gains ||
            !table_differs(o->row[i].cell[OVERVIEW_ONE],
                           o->row[i].cell[OVERVIEW_TWO]))
            continue;
        if (!most || (gains ? gain > gain_of(most) : gain < gain_of(most)))
            most = &o->row[i];
    }
    return most;
}

static void say_gain(const struct overview_row *row, bool gains,
                     char text[static OVERVIEW_WORDS_MAX])
{
    const enum overview_question above = gains ? OVERVIEW_ONE : OVERVIEW_TWO;
    const enum overview_question below = gains ? OVERVIEW_TWO : OVERVIEW_ONE;
    const double factor = gains ? gain_of(row) : 1 / gain_of(row);

    say(text, "%s %s ", row->mechanism, gains ? "is" : "takes");
    say_factor(factor, row->cell[above], row->cell[below], "latency_p50_ns",
               text);
    say(text, " times as %s", gains ? "fast" : "long");
}

/* What where the two sides run makes by itself. */
static void say_placement(const struct overview *o,
                          char text[static OVERVIEW_WORDS_MAX])
{
    const struct overview_row *gains = placed_row(o, true);
    const struct overview_row *loses = placed_row(o, false);

    if (!gains && !loses)
        return;
    say(text, "%sPlacement alone: on two processors instead of one ",
        text[0] ? " " : "");
    if (gains)
        say_gain(gains, true, text);
    if (gains && loses)
        say(text, ", and ");
    if (loses)
        say_gain(loses, false, text);
    say(text, ".");
}

const char *overview_finding(const struct overview *o,
                             char text[static OVERVIEW_WORDS_MAX])
{
    text[0] = '\0';
    say_round_trip(o, OVERVIEW_ONE, "On one processor", text);
    say_round_trip(o, OVERVIEW_TWO,
                   o->unpinned ? "Where the kernel places the two"
                               : "On two processors",
                   text);
    say_bytes(o, text);
    if (!o->unpinned)
        say_placement(o, text);
    if (!text[0])
        say(text, "There are too few rounds to say which is the fastest.");
    return text;
}

static bool is_tie(const struct overview_row *a, const struct overview_row *b)
{
    return isfinite(overview_worth(a, OVERVIEW_TWO)) &&
           isfinite(overview_worth(b, OVERVIEW_TWO)) &&
           !table_differs(a->cell[OVERVIEW_TWO], b->cell[OVERVIEW_TWO]);
}

static void say_ties(const struct overview *o,
                     char text[static OVERVIEW_WORDS_MAX])
{
    bool within = false;

    for (size_t i = 1; i < o->count; i++) {
        const struct overview_row *a = &o->row[i - 1], *b = &o->row[i];
        const bool tie = is_tie(a, b);

        if (tie && !within)
            say(text, "%s%s",
                text[0] ? "; "
                        : "No difference in the round trip, by which the rows "
                          "are sorted, is shown between neighbours among ",
                a->mechanism);
        if (tie)
            say(text, ", %s", b->mechanism);
        within = tie;
    }
    if (text[0])
        say(text, ".");
}

/* Those that have a round trip, but no rank. */
static void say_unranked(const struct overview *o,
                         char text[static OVERVIEW_WORDS_MAX])
{
    bool any = false, ranked = false;

    for (size_t i = 0; i < o->count; i++) {
        const struct overview_row *row = &o->row[i];

        ranked |= isfinite(overview_worth(row, OVERVIEW_TWO));
        if (!ranked || !row->cell[OVERVIEW_TWO] ||
            isfinite(overview_worth(row, OVERVIEW_TWO)))
            continue;
        say(text, "%s%s",
            any       ? ", "
            : text[0] ? " Last, as too few rounds count to rank them: "
                      : "Last, as too few rounds count to rank them: ",
            row->mechanism);
        any = true;
    }
    if (any)
        say(text, ".");
}

const char *overview_ties(const struct overview *o,
                          char text[static OVERVIEW_WORDS_MAX])
{
    text[0] = '\0';
    say_ties(o, text);
    say_unranked(o, text);
    return text;
}

static bool has_verdict(const struct overview *o, const char *verdict)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->row[i].verdict && strcmp(o->row[i].verdict, verdict) == 0)
            return true;
    return false;
}

const char *overview_legend(const struct overview *o, bool wide,
                            char text[static OVERVIEW_WORDS_MAX])
{
    text[0] = '\0';
    say(text,
        "one, %s: a message of 64 B goes there and its answer back, both sides "
        "on one processor or %s (median).",
        o->unpinned ? "free" : "two",
        o->unpinned ? "where the kernel places them" : "on two");
    if (wide)
        say(text, " p99: 99 of 100 take no longer.");
    say(text, " single, batch: messages of 64 B go one way, one by one or many "
              "in a frame. each: CPU time of all who work for such a message, "
              "one by one, and their system calls. picture: the CPU time that "
              "the job of a 12 megapixel picture takes beyond its work.");
    if (!o->unpinned)
        say(text, " All but `one` is measured on two processors.");
    if (has_verdict(o, "good") || has_verdict(o, "good*"))
        say(text, " good: each job arrived once, in order, undamaged, in every "
                  "round.");
    if (has_verdict(o, "good*"))
        say(text, " good*: other programs disturbed some rounds.");
    if (has_verdict(o, "BAD"))
        say(text, " BAD: jobs were lost, doubled, out of order or damaged.");
    if (has_verdict(o, "FAILED"))
        say(text, " FAILED: a cell did not run to its end.");
    return text;
}
