/* SPDX-License-Identifier: MIT */
#include "ipc/commands/claims.h"

#include "ipc/claims/attempt.h"
#include "ipc/claims/claim_json.h"
#include "ipc/claims/claim_page.h"
#include "ipc/claims/evidence.h"
#include "ipc/lab/measure/json_lines.h"
#include "ipc/lab/measure/machine.h"
#include "ipc/lab/measure/round.h"
#include "ipc/options/near.h"
#include "ipc/options/setup.h"
#include "ipc/screen/screen.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLAIMS_MAX = 128, INDENT = 6, FIGURE_INDENT = 4 };

struct show {
    const struct options *options;
    struct screen screen;
    struct rundir rundir;
    const struct claim *chosen[CLAIMS_MAX]; /* in the order of the article */
    size_t count;
    bool details; /* they were named */
    struct json_lines lines;
    struct verdict_of results[CLAIMS_MAX];
    unsigned verdicts[CLAIM_VERDICTS];
    unsigned failed;
    int status;
};

/* Sections in the order of the article, then the number. */
static int place_of(const struct claim *claim)
{
    static const char sections[] = "API";
    const char *id = claim->ops->id;

    return (int)(strchr(sections, id[0]) - sections) * 1000 + atoi(id + 1);
}

static int compare_places(const void *a, const void *b)
{
    return place_of(*(const struct claim *const *)a) -
           place_of(*(const struct claim *const *)b);
}

static int no_such_claim(const char *name)
{
    struct near near = near_begin(name);
    char meant[NEAR_TEXT_MAX];

    for (const struct claim *c = claims; c->name; c++)
        near_offer(&near, c->name);
    complain(NULL, "%s: no such claim%s (try: %s claims --list)", name,
             near_text(&near, meant), program_invocation_short_name);
    return EXIT_USAGE;
}

static int choose(struct show *s)
{
    const struct options *o = s->options;

    for (unsigned i = 0; i < o->argument_count; i++) {
        const struct claim *claim = claim_find(o->arguments[i]);

        if (!claim)
            return no_such_claim(o->arguments[i]);
        if (s->count < CLAIMS_MAX)
            s->chosen[s->count++] = claim;
    }
    s->details = o->argument_count > 0;
    if (s->details)
        return 0;
    for (const struct claim *c = claims; c->name && s->count < CLAIMS_MAX; c++)
        s->chosen[s->count++] = c;
    qsort(s->chosen, s->count, sizeof(s->chosen[0]), compare_places);
    return 0;
}

static void list_all(const struct show *s)
{
    for (size_t i = 0; i < s->count; i++)
        printf("%-*s%s\n", INDENT, s->chosen[i]->ops->id, s->chosen[i]->title);
}

/* ------------------------------------------------------------ what it tells */

static enum screen_style style_of(enum claim_verdict verdict)
{
    switch (verdict) {
    case CLAIM_CONFIRMED:
    case CLAIM_MOSTLY:
        return STYLE_GOOD;
    case CLAIM_REFUTED:
        return STYLE_BAD;
    default:
        return STYLE_TITLE;
    }
}

static void tell_verdict(const struct show *s, const struct claim *claim,
                         const struct attempt_result *result)
{
    printf("%-*s%s%s%s  %s\n%*s", INDENT, claim->ops->id,
           screen_style(&s->screen, style_of(result->verdict)),
           claim_verdict_name(result->verdict),
           screen_style(&s->screen, STYLE_END), claim->title, INDENT, "");
    screen_wrap(&s->screen, result->run.finding, INDENT);
}

static void tell_sheet(const struct show *s, const struct claim *claim)
{
    printf("%s%s: %s%s\n", screen_style(&s->screen, STYLE_TITLE),
           claim->ops->id, claim->title, screen_style(&s->screen, STYLE_END));
    for (unsigned i = 0; i < CLAIM_HEADINGS; i++)
        screen_item(&s->screen, 2, claim_heading_name(i), "%s",
                    claim->sheet[i]);
    screen_item(&s->screen, 2, "Source", "%s", claim->source);
    putchar('\n');
}

/* Whether it is a point of that curve; of NULL: of none. */
static bool is_of(const struct figure *figure, const char *curve)
{
    return isnan(figure->x) ? !curve
                            : curve && strcmp(figure->name, curve) == 0;
}

static unsigned first_of(const struct claim_run *run, const char *curve)
{
    unsigned i = 0;

    while (i < run->figure_count && !is_of(&run->figures[i], curve))
        i++;
    return i;
}

static void tell_those_of(const struct claim_run *run, const char *curve,
                          const struct claim_plot *plot)
{
    const enum claim_unit x_unit = plot ? plot->x_unit : UNIT_COUNT;
    char name[FIGURE_TEXT_MAX], spread[FIGURE_TEXT_MAX];

    for (unsigned i = 0; i < run->figure_count; i++)
        if (is_of(&run->figures[i], curve))
            printf("%*s%-*s %s\n", FIGURE_INDENT, "", CLAIM_NAME_MAX,
                   figure_name_text(&run->figures[i], x_unit, name),
                   figure_spread_text(&run->figures[i], spread));
    putchar('\n');
}

/* A curve's points stand together; they were measured in turns with others. */
static void tell_figures(const struct claim_run *run,
                         const struct claim_plot *plot)
{
    if (run->figure_count == 0)
        return;
    tell_those_of(run, NULL, plot);
    for (unsigned i = 0; i < run->figure_count; i++)
        if (first_of(run, run->figures[i].name) == i)
            tell_those_of(run, run->figures[i].name, plot);
}

static void note(struct verdict_of *to, const struct claim *claim,
                 const struct attempt_result *result)
{
    *to = (struct verdict_of){
        .claim = claim,
        .verdict = result->verdict,
        .failed = result->failure[0] != '\0',
    };
    (void)snprintf(to->finding, sizeof(to->finding), "%s",
                   to->failed ? result->failure : result->run.finding);
}

static void tell(struct show *s, const struct claim *claim,
                 const struct attempt_result *result)
{
    if (result->failure[0]) {
        complain(NULL, "%s: %s", claim->ops->id, result->failure);
        s->failed++;
    } else
        s->verdicts[result->verdict]++;
    json_lines_add(&s->lines, claim_json(claim, result));
    if (s->options->json || s->options->markdown)
        return;
    if (s->details) {
        tell_sheet(s, claim);
        tell_figures(&result->run, claim->ops->plot);
    }
    if (!result->failure[0])
        tell_verdict(s, claim, result);
    if (s->details)
        putchar('\n');
    (void)fflush(stdout);
}

/* "43 claims: 20 CONFIRMED, 12 MOSTLY, ..." */
static void tell_sum(const struct show *s)
{
    const char *before = ": ";

    printf("\n%zu claims", s->count);
    for (unsigned i = 0; i < CLAIM_VERDICTS; i++)
        if (s->verdicts[i] > 0) {
            printf("%s%u %s", before, s->verdicts[i], claim_verdict_name(i));
            before = ", ";
        }
    if (s->failed > 0)
        printf("%s%u without a verdict", before, s->failed);
    printf(".\nMore about one of them: `%s claims %s`.\n",
           program_invocation_short_name, s->chosen[0]->ops->id);
}

static void try_all(struct show *s)
{
    struct attempt_result result;

    for (size_t i = 0; i < s->count && s->status == 0; i++) {
        screen_show(&s->screen, "%zu/%zu  %s ...", i + 1, s->count,
                    s->chosen[i]->title);
        attempt_claim(s->chosen[i], s->rundir.path, s->options->twin, false,
                      round_stop_signal, &result);
        screen_clear(&s->screen);
        if (result.signal)
            s->status = 128 + result.signal;
        else
            tell(s, s->chosen[i], &result);
        note(&s->results[i], s->chosen[i], &result);
    }
    if (s->status == 0 && s->failed > 0)
        s->status = EXIT_FAILURE;
}

/* In the order in which they were tried. */
static void tell_end(const struct show *s, const json_t *machine)
{
    if (s->options->markdown)
        claim_page(stdout, s->results, s->count, machine);
    else if (!s->options->json && !s->details)
        tell_sum(s);
}

static int run_all(struct show *s)
{
    json_t *machine = machine_describe();

    round_hold(); /* or a signal from here on would leave the directory */
    if (!machine || json_lines_check(s->options->save) != 0 ||
        setup_begin(&s->rundir) < 0) {
        json_decref(machine);
        return EXIT_FAILURE;
    }
    s->lines = (struct json_lines){ .print = s->options->json,
                                    .save = s->options->save };
    (void)json_object_set_new(machine, "type", json_string("machine"));
    json_lines_add(&s->lines, json_incref(machine));
    try_all(s);
    if (s->status < 128)
        tell_end(s, machine);
    json_decref(machine);
    return setup_release(&s->rundir, json_lines_end(&s->lines, s->status));
}

static int run(const struct options *options)
{
    struct show s = { .options = options, .screen = screen_of(stdout) };
    int status;

    status = choose(&s);
    if (status != 0)
        return status;
    if (!options->list)
        return run_all(&s);
    list_all(&s);
    return 0;
}

const struct command claims_command = {
    .name = "claims",
    .bit = COMMAND_CLAIMS,
    .run = run,
    .arguments = "[CLAIM ...]",
    .alone = "[CLAIM ...]",
    .summary = "try an article's claims on this machine",
    .more = "Each claim of an article is an experiment with a rule that "
            "decides. All of them\n"
            "take about three minutes; one that is named, such as I4, is told "
            "with all its\n"
            "figures. With --twin the experiment has one thing changed that "
            "must turn the\n"
            "verdict.",
};
