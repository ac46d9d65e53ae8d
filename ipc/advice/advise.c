/* SPDX-License-Identifier: MIT */
#include "ipc/advice/advise.h"

#include "ipc/advice/fit.h"
#include "ipc/advice/reasons.h"
#include "ipc/lab/measure/machine.h"
#include "ipc/options/rules.h"
#include "ipc/plain_text.h"
#include "shared/base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BEST = 3, INDENT = 3, HEADING = 9, TEXT_MAX = 120, DATE_SIZE = 10 };

struct advice {
    const struct screen *screen;
    const struct question *question;
    const struct results_set *results;
    const struct results_found *found;
    struct ranking ranking;
    size_t best; /* so many of what fits are told at length */
};

/* Wrapped beside what was printed, so many characters. */
static void print_words(const struct advice *a, const struct words *words,
                        int printed)
{
    screen_wrap(a->screen, words->text, printed);
}

static void print_item(const struct advice *a, const char *heading,
                       const struct words *words)
{
    printf("%s%*s%-*s%s", screen_style(a->screen, STYLE_DIM), INDENT, "",
           HEADING, heading, screen_style(a->screen, STYLE_END));
    print_words(a, words, INDENT + HEADING);
}

/* ----------------------------------------------------------- whose figures */

static bool is_same(const json_t *x, const json_t *y, const char *key)
{
    return json_equal(json_object_get(x, key), json_object_get(y, key));
}

/* Whether this is the machine, as far as a processor tells. */
static bool is_this_machine(const json_t *machine)
{
    json_t *here = machine_describe();
    const bool same = is_same(here, machine, "processor") &&
                      is_same(here, machine, "processors") &&
                      is_same(here, machine, "architecture");

    json_decref(here);
    return same;
}

/* Adds what a file says, which may hold anything. */
static void add_text(const json_t *object, const char *key,
                     const char *separator, int most, struct words *words)
{
    char text[TEXT_MAX];

    (void)plain_text(results_text(object, key), text, sizeof(text));
    words_add(words, separator, "%.*s", most, text);
}

static void tell_machine(const json_t *run, struct words *words)
{
    const json_t *machine = json_object_get(run, "machine");
    const double processors = results_number(machine, "processors");

    words_add(words, ", ", "of %s",
              is_this_machine(machine) ? "a machine like this one"
                                       : "another machine");
    if (isfinite(processors)) {
        words_add(words, " ", "(%.0f x", processors);
        add_text(machine, "processor", " ", TEXT_MAX, words);
        words_add(words, "", ")");
    }
    add_text(machine, "measured", ", measured ", DATE_SIZE, words);
}

static void add_source(const struct advice *a, struct words *words)
{
    const struct results_found *found = a->found;

    if (found->source == RESULTS_SOURCES)
        words_add(words, "",
                  "There are no figures: neither %s, which `make bench` makes, "
                  "nor %s is there.",
                  found->path[RESULTS_BENCH], found->path[RESULTS_REFERENCE]);
    else {
        words_add(words, "", "Figures: %s", found->path[found->source]);
        tell_machine(a->results->run, words);
        words_add(words, "", ".");
    }
    if (found->source == RESULTS_REFERENCE)
        words_add(words, " ",
                  "There are none of `make bench`, which would be in %s.",
                  found->path[RESULTS_BENCH]);
}

/* Whose figures, and what they are good for here. */
static void tell_source(const struct advice *a)
{
    struct words words = { 0 };

    add_source(a, &words);
    if (a->results->run && a->question->needs & (NEED_MACHINES | NEED_USERS))
        words_add(&words, " ",
                  "All was measured within one machine and one user: a network "
                  "takes its own time.");
    if (a->ranking.fit > 0)
        reasons_order(a->question, &a->ranking, &words);
    print_words(a, &words, 0);
}

/* ---------------------------------------------------------------- the best */

static void tell_where(const struct candidate *c, struct words *words)
{
    words_add(words, "", "%s; make demo-%s", c->mechanism->source,
              c->mechanism->name);
}

static void print_candidate(const struct advice *a, const struct candidate *c)
{
    const struct ranking *r = &a->ranking;
    struct words why = { 0 }, price = { 0 }, figures = { 0 }, where = { 0 };
    int printed;

    printf("\n%s", screen_style(a->screen, STYLE_TITLE));
    printed = printf("%u. %s", c->place, c->mechanism->name);
    printf("%s", screen_style(a->screen, STYLE_END));
    printed += printf(": ");
    screen_wrap(a->screen, c->mechanism->title, printed);
    reasons_why(a->question, r, c, &why);
    reasons_price(a->question, c, &price);
    figures_tell(&r->figures, &c->figures, a->question->rate, &figures);
    tell_where(c, &where);
    print_item(a, "why", &why);
    print_item(a, "price", &price);
    if (a->results->run)
        print_item(a, "figures", &figures);
    print_item(a, "see", &where);
}

/* All in one line. */
static void tell_best(const struct advice *a)
{
    const struct ranking *r = &a->ranking;
    struct words words = { 0 };
    unsigned place = 0;

    for (size_t i = 0; i < a->best; i++) {
        const struct candidate *c = &r->candidate[i];

        words_add(&words, c->place == place ? " or " : ", else ", "%s%s",
                  i == 0 ? "Take " : "", c->mechanism->name);
        place = c->place;
    }
    printf("%s", screen_style(a->screen, STYLE_TITLE));
    words_add(&words, "", ".");
    print_words(a, &words, 0);
    printf("%s\n", screen_style(a->screen, STYLE_END));
}

/* ------------------------------------------------------ what else there is */

/* By what it was ranked; nothing where that is not known. */
static void add_value(const struct ranking *r, const struct candidate *c,
                      struct words *words)
{
    char text[UNITS_TEXT_MAX];

    if (c->place == 0)
        return;
    if (r->by == RANK_BY_ROUND_TRIP)
        words_add(words, " ", "%s",
                  time_text(figures_round_trip_ns(&c->figures, r->at), text));
    else if (r->by == RANK_BY_RATE)
        words_add(words, " ", "%s/s",
                  count_text(figures_rate(&c->figures), text));
}

static void tell_others(const struct advice *a)
{
    const struct ranking *r = &a->ranking;
    struct words words = { 0 }, measure = { 0 };

    for (size_t i = a->best; i < r->fit; i++) {
        words_add(&words, i == r->known ? "; " : ", ", "%s%s",
                  i == r->known ? "not measured: " : "",
                  r->candidate[i].mechanism->name);
        add_value(r, &r->candidate[i], &words);
    }
    if (words.used == 0)
        return;
    if (r->by != RANK_BY_COPIES)
        reasons_measure(r, r->by, &measure);
    printf("\n%sThese fit, too%s%s%s\n%*s",
           screen_style(a->screen, STYLE_TITLE), measure.used ? ": " : "",
           measure.text, screen_style(a->screen, STYLE_END), INDENT, "");
    print_words(a, &words, INDENT);
}

/* All with one fault in one line; of the first of them that has it. */
static void print_fault(const struct advice *a, size_t first)
{
    const struct ranking *r = &a->ranking;
    const char *fault = r->candidate[first].fault;
    struct words words = { 0 };
    char rate[UNITS_TEXT_MAX];

    for (size_t i = r->fit; i < r->count; i++) {
        if (strcmp(r->candidate[i].fault, fault) != 0)
            continue;
        if (i < first)
            return;
        words_add(&words, ", ", "%s", r->candidate[i].mechanism->name);
        if (r->candidate[i].too_slow)
            words_add(&words, " ", "%s/s",
                      count_text(figures_rate(&r->candidate[i].figures), rate));
    }
    printf("%*s", INDENT, "");
    words_add(&words, "", ": %s", fault);
    if (r->candidate[first].too_slow)
        reasons_measure(r, RANK_BY_RATE, &words);
    print_words(a, &words, INDENT);
}

static void tell_faults(const struct advice *a)
{
    if (a->ranking.fit == a->ranking.count)
        return;
    printf("\n%sNot these%s\n", screen_style(a->screen, STYLE_TITLE),
           screen_style(a->screen, STYLE_END));
    for (size_t i = a->ranking.fit; i < a->ranking.count; i++)
        print_fault(a, i);
}

/* ---------------------------------------------------------- when none fits */

/* What would fit if it was not for one answer; false: nothing either. */
static bool tell_less(const struct advice *a, const struct question *less,
                      const char *heading)
{
    struct words words = { 0 };
    struct ranking ranking;

    rank_all(less, a->results, &ranking);
    if (ranking.fit == 0)
        return false;
    words_add(&words, "", "%s:", heading);
    for (size_t i = 0; i < ranking.fit; i++)
        words_add(&words, i == 0 ? " " : ", ", "%s",
                  ranking.candidate[i].mechanism->name);
    printf("%*s", INDENT, "");
    print_words(a, &words, INDENT);
    return true;
}

static bool tell_without(const struct advice *a, enum need need)
{
    const char *instead = fit_counterpart(a->question, need);
    struct question less = *a->question;
    char heading[TEXT_MAX];

    less.needs &= ~need;
    (void)snprintf(heading, sizeof(heading), "without --%s%s%s%s",
                   need_name(need), instead ? " (" : "", instead ? instead : "",
                   instead ? ")" : "");
    return tell_less(a, &less, heading);
}

static void tell_nothing(const struct advice *a)
{
    struct question slow = *a->question, free = *a->question;
    bool any = false;

    slow.rate = 0;
    free.without[0] = '\0';
    printf("\n%sNothing here fits%s\n", screen_style(a->screen, STYLE_TITLE),
           screen_style(a->screen, STYLE_END));
    for (unsigned i = 0; i < NEEDS; i++)
        if (a->question->needs & (1u << i))
            any |= tell_without(a, 1u << i);
    if (a->question->rate > 0)
        any |= tell_less(a, &slow, "at a lower rate");
    if (a->question->without[0])
        any |= tell_less(a, &free, "with all libraries");
    if (!any)
        printf("%*sno single answer is to blame\n", INDENT, "");
}

/* ------------------------------------------------------------------------- */

static void tell_differences(const struct advice *a)
{
    const struct ranking *r = &a->ranking;
    struct words words = { 0 };

    for (size_t i = 0; i < r->fit; i++)
        if (r->candidate[i].figures.difference)
            words_add(&words, ", ", "%s (%s)", r->candidate[i].mechanism->name,
                      r->candidate[i].figures.difference);
    if (words.used == 0)
        return;
    words_add(&words, "",
              ": two cells would answer, and differ in that; neither is "
              "taken.");
    print_words(a, &words, 0);
}

void advise(const struct screen *screen, const struct question *question,
            const struct results_set *results,
            const struct results_found *found)
{
    struct advice a = { .screen = screen,
                        .question = question,
                        .results = results,
                        .found = found };
    struct words words;

    rank_all(question, results, &a.ranking);
    a.best = a.ranking.known < BEST ? a.ranking.known : BEST;
    question_tell(question, &words);
    print_words(&a, &words, 0);
    if (a.ranking.fit > 0)
        tell_best(&a);
    if (a.ranking.fit > 0 || question->rate > 0)
        tell_source(&a);
    if (a.ranking.fit == 0)
        tell_nothing(&a);
    else {
        tell_differences(&a);
        for (size_t i = 0; i < a.best; i++)
            print_candidate(&a, &a.ranking.candidate[i]);
        tell_others(&a);
    }
    tell_faults(&a);
}
