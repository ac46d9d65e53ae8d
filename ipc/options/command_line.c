/* SPDX-License-Identifier: MIT */
#include "ipc/options/command_line.h"

#include "ipc/screen/screen.h"
#include "shared/base/units.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

/* A password shall stand neither in a message nor, from here on, where ps(1)
 * finds it. */
static int apply_rule(struct options *o, size_t index, char *text)
{
    const struct option_rule *rule = &option_rules[index];
    int r;

    r = rule->read(o, text);
    if (o->at == text)
        url_hide(text);
    if (r == -EINVAL || r == -ERANGE)
        complain(NULL, "--%s %s: expected %s", rule->name, text,
                 rule->expected);
    else if (r < 0)
        complain(NULL, "--%s %s: %s", rule->name, text, strerror(-r));
    return r < 0 ? -EINVAL : 0;
}

/* An option that a command does not take is a mistake, not to be ignored. */
static int check_taken(const struct options *o, const struct command *command,
                       const bool given[OPTION_RULES])
{
    for (size_t i = 0; command && i < OPTION_RULES; i++) {
        if (!given[i] || option_rules[i].commands & command->bit)
            continue;
        complain(NULL, "%s takes no --%s (try: %s help %s)", o->command,
                 option_rules[i].name, program_invocation_short_name,
                 o->command);
        return -EINVAL;
    }
    return 0;
}

static int check_sizes(const struct options *o)
{
    const struct axis_values *sizes = &o->axes[AXIS_SIZE];
    char size[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];

    for (unsigned i = 0; i < sizes->count; i++) {
        if (sizes->value[i] <= o->max)
            continue;
        complain(NULL, "--size %s: more than --max allows, which is %s",
                 size_text(sizes->value[i], size), size_text(o->max, max));
        return -EINVAL;
    }
    return 0;
}

static int check_lists(const struct options *o, const struct command *command)
{
    if (command && command->bit == COMMAND_BENCH)
        return 0;
    for (size_t i = 0; i < AXES; i++) {
        if (o->axes[i].count <= 1)
            continue;
        complain(NULL, "%s takes one value of an option, not a list",
                 o->command);
        return -EINVAL;
    }
    return 0;
}

/* A letter that stands for an option. */
static int apply_short(struct options *o, const char *name,
                       bool given[OPTION_RULES])
{
    for (size_t i = 0; i < OPTION_RULES; i++)
        if (strcmp(option_rules[i].name, name) == 0) {
            given[i] = true;
            return apply_rule(o, i, optarg);
        }
    return -EINVAL;
}

static void make_table(struct option table[static OPTION_RULES + 1])
{
    for (size_t i = 0; i < OPTION_RULES; i++)
        table[i] = (struct option){
            .name = option_rules[i].name,
            .has_arg =
                option_rules[i].argument ? required_argument : no_argument,
            .val = (int)i + 256,
        };
    table[OPTION_RULES] = (struct option){ 0 };
}

int command_line_read(int argc, char **argv,
                      const struct command *const *commands,
                      struct options *ret_options)
{
    struct option table[OPTION_RULES + 1];
    bool given[OPTION_RULES] = { false };
    struct options o = {
        .depth = OPTIONS_DEPTH_AUTO,
        .max = 32 << 20,
        .box_width = 1000,
        .box_height = 1000,
        .stall = 30,
        .rounds = 9,
    };
    const struct command *command;
    char nothing[] = "";
    int id, r = 0;

    make_table(table);
    while (r == 0 && (id = getopt_long(argc, argv, "ho:", table, NULL)) != -1) {
        if (id == 'h')
            o.help = true;
        else if (id == 'o')
            r = apply_short(&o, "output", given);
        else if (id < 256)
            r = -EINVAL; /* getopt has said what is wrong */
        else {
            given[id - 256] = true;
            r = apply_rule(&o, (size_t)id - 256, optarg ? optarg : nothing);
        }
    }
    o.arguments = argv + optind;
    if (o.arguments[0])
        o.command = *o.arguments++;
    while (o.arguments[o.argument_count])
        o.argument_count++;
    command = command_find(commands, o.command);
    if (r == 0)
        r = check_taken(&o, command, given);
    if (r == 0)
        r = check_sizes(&o);
    if (r == 0)
        r = check_lists(&o, command);
    *ret_options = o;
    return r;
}
