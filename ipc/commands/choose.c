/* SPDX-License-Identifier: MIT */
#include "ipc/commands/choose.h"

#include "ipc/advice/advise.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether an option has answered anything. */
static bool is_answered(const struct options *options)
{
    return options->needs != 0 || options->without ||
           options->axes[AXIS_SIZE].count > 0 ||
           options->axes[AXIS_RATE].count > 0;
}

/* Without a file that is named there may be none. */
static int load(const char *named, struct results_found *found,
                struct results_set *results)
{
    char text[RESULTS_FIND_TEXT_MAX];
    int r;

    r = results_find(named, found, results, text);
    if (r == 0 || (r == -ENOENT && !named))
        return 0;
    complain(NULL, "%s", text);
    return EXIT_USAGE;
}

static int run(const struct options *options)
{
    const struct screen screen = screen_of(stdout);
    struct results_set results = { 0 };
    struct results_found found;
    struct question question;
    int status;

    if (options->argument_count > 0) {
        complain(NULL, "%s: choose takes no arguments", options->arguments[0]);
        return EXIT_USAGE;
    }
    status = question_of(options, &question);
    if (status == 0)
        status = load(options->results, &found, &results);
    if (status == 0 && !is_answered(options) && isatty(STDIN_FILENO) &&
        !question_ask(&question))
        status = EXIT_FAILURE;
    if (status == 0)
        advise(&screen, &question, &results, &found);
    results_free(&results);
    return status;
}

const struct command choose_command = {
    .name = "choose",
    .bit = COMMAND_CHOOSE,
    .run = run,
    .arguments = "",
    .alone = "",
    .summary = "say which mechanism to take, and why",
    .more =
        "Asks a few questions, unless options answer them. Of what fits it "
        "tells\n"
        "the three that do best in what a bench on this machine found, else "
        "in a\n"
        "run for reference: why, at what price, and how fast.",
};
