/* SPDX-License-Identifier: MIT */
#include "ipc/options/command_line.h"

#include "ipc/options/near.h"
#include "ipc/screen/screen.h"
#include "shared/base/units.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* Where values are words they are all in what is expected. */
static const char *meant_value(const struct option_rule *rule, const char *text,
                               char meant[static NEAR_TEXT_MAX])
{
    struct near near = near_begin(text);

    if (!strpbrk(rule->expected, "0123456789/") &&
        strncmp(rule->expected, "a ", 2) != 0)
        near_offer_list(&near, rule->expected);
    return near_text(&near, meant);
}

static const char *meant_option(const char *name,
                                char meant[static NEAR_TEXT_MAX])
{
    struct near near = near_begin(name + strspn(name, "-"));

    for (size_t i = 0; i < OPTION_RULES; i++)
        near_offer(&near, option_rules[i].name);
    meant[0] = '\0';
    if (near.best[0])
        (void)snprintf(meant, NEAR_TEXT_MAX, "; did you mean --%s?", near.best);
    return meant;
}

/* A word that getopt_long(3) did not understand: `id` is what it returned. */
static int refuse(int id, const char *word)
{
    const size_t index = (size_t)optopt - 256;
    char name[NEAR_WORD_MAX + 1], meant[NEAR_TEXT_MAX];

    if (id == ':' && optopt < 256)
        complain(NULL, "-%c needs a value", optopt);
    else if (id == ':')
        complain(NULL, "--%s needs a value: %s", option_rules[index].name,
                 option_rules[index].expected);
    else if (optopt >= 256)
        complain(NULL, "--%s takes no value", option_rules[index].name);
    else if (optopt > 0)
        complain(NULL, "-%c: no such option (try: %s --help)", optopt,
                 program_invocation_short_name);
    else {
        (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="),
                       word);
        complain(NULL, "%s: no such option%s (try: %s --help)", name,
                 meant_option(name, meant), program_invocation_short_name);
    }
    return -EINVAL;
}

/* A URL that was refused because it is a secret. */
static void hide_secret(char *url)
{
    char *rest = strstr(url, "//");

    if (rest && strpbrk(rest, "?@"))
        memset(rest + 2, 0, strlen(rest + 2));
}

/* A password shall stand neither in a message nor, from here on, where ps(1)
 * finds it. */
static int apply_rule(struct options *o, size_t index, char *text)
{
    const struct option_rule *rule = &option_rules[index];
    char meant[NEAR_TEXT_MAX];
    int r;

    if (!rule->read) {
        o->needs |= need_find(rule->name);
        return 0;
    }
    r = rule->read(o, text);
    if (o->at == text)
        url_hide(text);
    if (r == -EINVAL && o->upload_url == text)
        hide_secret(text);
    if (r == -EINVAL || r == -ERANGE)
        complain(NULL, "--%s %s: expected %s%s", rule->name, text,
                 rule->expected, meant_value(rule, text, meant));
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

static int check_sizes(const struct options *o, const struct command *command)
{
    const struct axis_values *sizes = &o->axes[AXIS_SIZE];
    char size[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];

    if (command && command->bit == COMMAND_CHOOSE)
        return 0; /* it sends nothing */
    for (unsigned i = 0; i < sizes->count; i++) {
        if (sizes->value[i] <= o->max)
            continue;
        complain(NULL, "--size %s: more than --max allows, which is %s",
                 size_text(sizes->value[i], size), size_text(o->max, max));
        return -EINVAL;
    }
    return 0;
}

/* The place of an option's rule; OPTION_RULES: there is none. */
static size_t rule_of(const char *name)
{
    size_t i = 0;

    while (i < OPTION_RULES && strcmp(option_rules[i].name, name) != 0)
        i++;
    return i;
}

/* What a command sends; a bench may do both. */
struct sends {
    bool pictures;
    bool bytes;
};

static struct sends sends_of(const struct options *o,
                             const struct command *command)
{
    const struct axis_values *works = &o->axes[AXIS_WORK];
    const bool produces = command->bit == COMMAND_PRODUCE;
    struct sends sends = { 0 };

    for (unsigned i = 0; i < works->count; i++) {
        sends.pictures |= works->value[i] == JOB_WORK_IMAGE;
        sends.bytes |= works->value[i] != JOB_WORK_IMAGE;
    }
    if (works->count > 0)
        return sends;
    if (o->image_count > 0 || (produces && o->argument_count > 0))
        return (struct sends){ .pictures = true };
    if (o->axes[AXIS_SIZE].count > 0)
        return (struct sends){ .bytes = true };
    sends.bytes = !produces;
    sends.pictures = produces || o->axes[AXIS_PATTERN].count == 0;
    return sends;
}

/* An option that has no effect is a mistake as well. */
static int check_sent(const struct options *o, const struct command *command,
                      const bool given[OPTION_RULES])
{
    static const char *const of_pictures[] = { "image", "box", "store" };
    const unsigned senders = COMMAND_BENCH | COMMAND_PRODUCE;
    struct sends sends;

    if (!command || !(command->bit & senders))
        return 0;
    sends = sends_of(o, command);
    if (!sends.bytes && given[rule_of("size")]) {
        complain(NULL, "--size: a picture has a size of its own (--work verify "
                       "sends bytes)");
        return -EINVAL;
    }
    for (size_t i = 0; i < sizeof(of_pictures) / sizeof(of_pictures[0]); i++)
        if (!sends.pictures && given[rule_of(of_pictures[i])]) {
            complain(NULL, "--%s: no picture is sent (--work image does)",
                     of_pictures[i]);
            return -EINVAL;
        }
    if (!sends.pictures && command->bit == COMMAND_PRODUCE &&
        o->argument_count > 0) {
        complain(NULL, "%s: no picture is sent (--work image does)",
                 o->arguments[0]);
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

/* Only there the other side is another program. */
static int check_wait(const struct options *o, const struct command *command)
{
    const unsigned apart = COMMAND_PRODUCE | COMMAND_CONSUME;

    if (!o->peer_wait_given || !command || command->bit & apart)
        return 0;
    complain(NULL,
             "--wait %g: seconds are for produce and consume; %s takes "
             "adaptive, block or spin",
             o->peer_wait, o->command);
    return -EINVAL;
}

static int check_together(const struct options *o,
                          const struct command *command,
                          const bool given[OPTION_RULES])
{
    int r;

    r = check_taken(o, command, given);
    if (r == 0)
        r = check_sizes(o, command);
    if (r == 0)
        r = check_sent(o, command, given);
    if (r == 0)
        r = check_lists(o, command);
    if (r == 0)
        r = check_wait(o, command);
    return r;
}

/* A letter that stands for an option. */
static int apply_short(struct options *o, const char *name,
                       bool given[OPTION_RULES])
{
    const size_t i = rule_of(name);

    if (i == OPTION_RULES)
        return -EINVAL;
    given[i] = true;
    return apply_rule(o, i, optarg);
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
        .words = argv,
        .depth = OPTIONS_DEPTH_AUTO,
        .max = 32 << 20,
        .box_width = 1000,
        .box_height = 1000,
        .stall = 30,
    };
    const struct command *command;
    char nothing[] = "";
    int id, r = 0;

    make_table(table);
    opterr = 0;
    while (r == 0 &&
           (id = getopt_long(argc, argv, ":ho:", table, NULL)) != -1) {
        if (id == 'h')
            o.help = true;
        else if (id == 'o')
            r = apply_short(&o, "output", given);
        else if (id < 256)
            r = refuse(id, argv[optind - 1]);
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
        r = check_together(&o, command, given);
    *ret_options = o;
    return r;
}
