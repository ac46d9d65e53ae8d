/* SPDX-License-Identifier: MIT */
#include "ipc/advice/reasons.h"

#include "shared/base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --------------------------------------------------------------- the order */

static const char *why_so(const struct question *q, const struct ranking *r)
{
    if (r->by == RANK_BY_ROUND_TRIP)
        return r->by == r->wanted ? "messages are small"
                                  : "no jobs/s are known";
    if (r->by != r->wanted)
        return "no round trip is known";
    return q->size > RANK_LARGE ? "messages are large" : "the rate is high";
}

static const char *why_not_speed(const struct ranking *r)
{
    if (!r->figures.results->run)
        return "So";
    if (isnan(r->figures.stream_size) && isnan(r->figures.round_trip_size))
        return "None of them answers this, so";
    return "There are too few rounds to tell which is faster, so";
}

void reasons_measure(const struct ranking *r, enum rank_by by,
                     struct words *words)
{
    const bool round_trip = by == RANK_BY_ROUND_TRIP;
    const struct figures *f = &r->figures;
    char size[UNITS_TEXT_MAX];

    words_add(
        words, " ", "%s of %s on %s", round_trip ? "round trip" : "jobs/s",
        size_text((size_t)(round_trip ? f->round_trip_size : f->stream_size),
                  size),
        figures_place_name(round_trip ? r->at : f->stream_place));
}

void reasons_order(const struct question *q, const struct ranking *r,
                   struct words *words)
{
    if (r->by == RANK_BY_COPIES) {
        words_add(words, " ", "%s the order is that of the copies.",
                  why_not_speed(r));
        return;
    }
    words_add(words, " ", "Ranked by");
    reasons_measure(r, r->by, words);
    words_add(words, "",
              ", since %s; of what cannot be told apart, what copies less "
              "goes first.",
              why_so(q, r));
}

/* --------------------------------------------------------------------- why */

/* Where all were measured that are compared. */
static const char *place_name(const struct ranking *r)
{
    return figures_place_name(
        r->by == RANK_BY_ROUND_TRIP ? r->at : r->figures.stream_place);
}

/* Of those that share the first place. */
static const struct candidate *find_fastest(const struct ranking *r)
{
    const struct candidate *best = &r->candidate[0];

    for (size_t i = 1; i < r->known && r->candidate[i].place == 1; i++)
        if (rank_value(r, &r->candidate[i]) < rank_value(r, best))
            best = &r->candidate[i];
    return best;
}

static void add_first(const struct ranking *r, const struct candidate *c,
                      struct words *words)
{
    words_add(words, "; ", "%s", c->tied ? "with others " : "");
    if (r->by == RANK_BY_COPIES)
        words_add(words, "", "the fewest copies");
    else
        words_add(words, "", "the %s on %s",
                  r->by == RANK_BY_RATE ? "most jobs/s" : "shortest round trip",
                  place_name(r));
    words_add(words, "", " of the %zu that fit%s", r->known,
              r->known < r->fit ? " and were measured" : "");
}

/* How much worse it is than the best: in a factor. */
static void add_distance(const struct ranking *r, const struct candidate *c,
                         struct words *words)
{
    const struct candidate *best = find_fastest(r);
    const double factor = rank_value(r, c) / rank_value(r, best);

    if (r->by == RANK_BY_COPIES)
        words_add(words, "; ", "the next in copies");
    else if (r->by == RANK_BY_RATE)
        words_add(words, "; ", "%s has %.3g times as many jobs/s on %s",
                  best->mechanism->name, factor, place_name(r));
    else
        words_add(words, "; ",
                  "its round trip on %s takes %.3g times that of %s",
                  place_name(r), factor, best->mechanism->name);
}

static void add_place(const struct ranking *r, const struct candidate *c,
                      struct words *words)
{
    if (r->fit == 1)
        words_add(words, "; ", "the only one that fits");
    else if (c->place == 1)
        add_first(r, c, words);
    else
        add_distance(r, c, words);
    if (c->tied && r->by != RANK_BY_COPIES)
        words_add(words, ", ", "no difference is shown within place %u",
                  c->place);
}

/* How a mechanism does what is asked for stands in a line of its sheet; those
 * that are asked for most seldom say most. */
enum { ANSWERS_MOST = 2 };

static const struct {
    unsigned needs;
    enum sheet_line line;
    const char *before;
} answers[] = {
    { NEED_DURABLE, SHEET_LEFTOVERS, "what is left: " },
    { NEED_DEATH, SHEET_END, "when one dies: " },
    { NEED_HOSTILE, SHEET_TRUST, "trust: " },
    { NEED_STRANGERS | NEED_USERS | NEED_MACHINES | NEED_CONTAINERS,
      SHEET_RENDEZVOUS, "how they meet: " },
    { NEED_POLL, SHEET_WAITING, "where it waits: " },
};

void reasons_why(const struct question *q, const struct ranking *r,
                 const struct candidate *c, struct words *words)
{
    unsigned told = 0;

    add_place(r, c, words);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (!(q->needs & answers[i].needs) || told == ANSWERS_MOST)
            continue;
        words_add(words, "; ", "%s%s", answers[i].before,
                  c->mechanism->sheet[answers[i].line]);
        told++;
    }
}

/* --------------------------------------------------------------- the price */

/* Messages per second: with fewer, a spin of 50 us ends before the next. */
enum { SPIN_LEAST = 20000 };

/* What it lacks that was not asked for. */
static const struct {
    enum channel_trait trait;
    const char *text;
} lacks[] = {
    { CHANNEL_SEES_DEATH, "a dead peer looks slow" },
    { CHANNEL_POLLABLE, "nothing for poll(2)" },
    { CHANNEL_SURVIVES_PROCESSES, "a crash loses what is under way" },
    { CHANNEL_MANY_RECEIVERS, "one receiver" },
    { CHANNEL_OTHER_LANGUAGES, "no other languages" },
    { CHANNEL_GUARDED, "trusts its peer" },
};

static bool has_sync(const struct channel_ops *ops)
{
    for (size_t i = 0; ops->options && ops->options[i].name; i++)
        if (strcmp(ops->options[i].name, "sync") == 0)
            return true;
    return false;
}

static void add_copies(const struct mechanism *m, struct words *words)
{
    const unsigned copies = mechanism_copies(m);

    if (copies > 0)
        words_add(words, "; ", "%u cop%s", copies, copies == 1 ? "y" : "ies");
}

/* What follows from the answers. */
static void add_consequences(const struct question *q,
                             const struct channel_ops *ops, struct words *words)
{
    char size[UNITS_TEXT_MAX];

    if (ops->message_max > 0 && q->size > ops->message_max)
        words_add(words, "; ", "packets of %s",
                  size_text(ops->message_max, size));
    if (q->needs & NEED_HOSTILE && ops->traits & CHANNEL_ZERO_COPY)
        words_add(words, "; ",
                  "the peer can still write what is read: check a copy");
    if (q->needs & (NEED_MACHINES | NEED_USERS) && ops->meeting)
        words_add(words, "; ",
                  "no encryption, whoever reaches the port can "
                  "take part");
    if (q->needs & NEED_DURABLE && has_sync(ops))
        words_add(words, "; ", "power cuts only with --set sync");
    if (q->needs & NEED_DURABLE && ops->traits & CHANNEL_MANY_RECEIVERS &&
        !ops->libraries && !has_sync(ops))
        words_add(words, "; ", "gone with a reboot");
}

void reasons_price(const struct question *q, const struct candidate *c,
                   struct words *words)
{
    const struct channel_ops *ops = c->mechanism->ops;

    add_copies(c->mechanism, words);
    if (ops->libraries)
        words_add(words, "; ", "takes %s", ops->libraries);
    add_consequences(q, ops, words);
    if (ops->traits & CHANNEL_CAN_SPIN)
        words_add(words, "; ", "%s",
                  q->rate > 0 && q->rate < SPIN_LEAST
                      ? "at this rate it sleeps between messages: a wake-up "
                        "on top of its round trip"
                      : "spins up to 50 us before it sleeps");
    for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++)
        if (!(ops->traits & lacks[i].trait))
            words_add(words, "; ", "%s", lacks[i].text);
}
