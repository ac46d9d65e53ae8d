/* SPDX-License-Identifier: MIT */
#include "ipc/options.h"

#include "ipc/units.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The commands, and one bit for each in an option's `commands`. */
enum { DEMO = 1, BENCH = 2, PRODUCE = 4, CONSUME = 8, LIST = 16, CLEAN = 32 };

static const struct {
    unsigned bit;
    const char *name;
    const char *arguments;
    const char *summary;
    const char *more;
} commands[] = {
    { DEMO, "demo", "[MECHANISM|FAMILY ...]",
      "send images from one process to another and tell how",
      "Follows the first job step by step, then does the rest, and ends with\n"
      "a table and the row `none`: the same work in one process." },
    { BENCH, "bench", "[MECHANISM|FAMILY ...]", "measure, every byte checked",
      "One row for each mechanism and size. The reference is the row `none`:\n"
      "the same work in one process without IPC." },
    { PRODUCE, "produce", "--at DIR [FILE ...]",
      "be the producer of an exchange between two terminals",
      "Waits for `consume --at DIR` if it is not there yet. Over a pipe there\n"
      "is no DIR: produce FILE ... | consume --store DIR." },
    { CONSUME, "consume", "--at DIR --store DIR",
      "be the consumer, which owns the exchange",
      "Makes DIR, waits for a producer, does its jobs, and removes DIR "
      "again." },
    { LIST, "list", "", "show the mechanisms and what they are", NULL },
    { CLEAN, "clean", "", "remove what killed runs left behind",
      "Lists each directory of a dead run, then removes it and the queues and\n"
      "shared memory it recorded. Nothing else is touched." },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const char *const patterns[] = { "exchange", "ping-pong", "stream",
                                        NULL };
static const char *const works[] = { "header", "verify", "image", NULL };
static const char *const places[] = { "free", "same", "split", NULL };

const char *placement_name(enum placement placement)
{
    return places[placement];
}

/* The index of text in names; -EINVAL. */
static int choose(const char *text, const char *const *names,
                  unsigned *ret_index)
{
    for (unsigned i = 0; names[i]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_index = i;
            return 0;
        }
    }
    return -EINVAL;
}

static int read_seconds(const char *text, double *ret_seconds)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end)
        return -EINVAL;
    if (!(seconds > 0 && seconds <= 86400))
        return -ERANGE;
    *ret_seconds = seconds;
    return 0;
}

/* One reader for each option: 0, -EINVAL, -ERANGE, -ENOMEM. */

static int read_jobs(struct options *o, const char *text)
{
    o->jobs_given = true;
    return number_parse(text, 0, 1000000000, &o->jobs);
}

static int read_size(struct options *o, const char *text)
{
    char *copy = strdup(text), *rest = copy, *one;
    int r = copy ? 0 : -ENOMEM;

    o->size_count = 0;
    while (r == 0 && (one = strsep(&rest, ","))) {
        if (o->size_count == OPTIONS_SIZES_MAX)
            r = -ERANGE;
        else
            r = size_parse(one, &o->sizes[o->size_count]);
        if (r == 0 && o->sizes[o->size_count++] > OPTIONS_MAX_MAX)
            r = -ERANGE;
    }
    free(copy);
    return r;
}

static int read_pattern(struct options *o, const char *text)
{
    unsigned index = 0;
    int r = choose(text, patterns, &index);

    o->pattern = index;
    return r;
}

static int read_work(struct options *o, const char *text)
{
    unsigned index = 0;
    int r = choose(text, works, &index);

    o->work = index;
    o->work_given = true;
    return r;
}

static int read_window(struct options *o, const char *text)
{
    uint64_t number = o->window;
    int r = number_parse(text, 1, 65536, &number);

    o->window = (unsigned)number;
    return r;
}

static int read_depth(struct options *o, const char *text)
{
    return number_parse(text, 1, 65536, &o->depth);
}

static int read_box(struct options *o, const char *text)
{
    return box_parse(text, &o->box_width, &o->box_height);
}

static int read_image(struct options *o, const char *text)
{
    const char **images;

    images = reallocarray(o->images, o->image_count + 1u, sizeof(*images));
    if (!images)
        return -ENOMEM;
    o->images = images;
    images[o->image_count++] = text;
    return 0;
}

static int read_store(struct options *o, const char *text)
{
    o->store = text;
    return *text ? 0 : -EINVAL;
}

static int read_max(struct options *o, const char *text)
{
    int r = size_parse(text, &o->max);

    return r == 0 && (o->max == 0 || o->max > OPTIONS_MAX_MAX) ? -ERANGE : r;
}

static int read_pin(struct options *o, const char *text)
{
    unsigned index = 0;
    int r = choose(text, places, &index);

    o->placement = index;
    return r;
}

static int read_budget(struct options *o, const char *text)
{
    return read_seconds(text, &o->seconds);
}

static int read_stall(struct options *o, const char *text)
{
    return read_seconds(text, &o->stall);
}

static int read_setting(struct options *o, const char *text)
{
    struct setting *setting = &o->settings[o->setting_count];
    const char *equals = strchr(text, '=');
    int r;

    if (!equals || equals == text)
        return -EINVAL;
    if (o->setting_count == OPTIONS_SETTINGS_MAX)
        return -ERANGE;
    r = size_parse(equals + 1, &setting->value);
    if (r < 0)
        return r;
    setting->name = strndup(text, (size_t)(equals - text));
    if (!setting->name)
        return -ENOMEM;
    o->setting_count++;
    return 0;
}

static int read_at(struct options *o, const char *text)
{
    o->at = text;
    return *text ? 0 : -EINVAL;
}

static int read_json(struct options *o, const char *text)
{
    (void)text;
    o->json = true;
    return 0;
}

static int read_help(struct options *o, const char *text)
{
    (void)text;
    o->help = true;
    return 0;
}

static int read_version(struct options *o, const char *text)
{
    (void)text;
    o->version = true;
    return 0;
}

/* Every option: what reads it, what tells about it, who takes it. */
static const struct {
    const char *name;
    const char *argument; /* NULL: takes none */
    int (*read)(struct options *o, const char *text);
    unsigned commands;
    const char *help;
} rules[] = {
    { "jobs", "N", read_jobs, DEMO | BENCH | PRODUCE,
      "how many jobs (demo: 24; bench: what fits the time)" },
    { "size", "BYTES,...", read_size, BENCH | PRODUCE,
      "payload: 64, 4KiB, 1MiB (bench: a list)" },
    { "pattern", "P", read_pattern, DEMO | BENCH | PRODUCE,
      "exchange, ping-pong or stream" },
    { "work", "W", read_work, BENCH | PRODUCE,
      "header, verify (every byte) or image" },
    { "window", "N", read_window, DEMO | BENCH | PRODUCE,
      "jobs under way at once (8)" },
    { "depth", "N", read_depth, DEMO | BENCH | CONSUME,
      "messages a channel holds, where one can choose (8)" },
    { "image", "FILE|DIR", read_image, DEMO | BENCH | PRODUCE,
      "pictures to send; may be repeated (a drawn one)" },
    { "box", "WxH", read_box, DEMO | BENCH | PRODUCE,
      "thumbnails fit into this many pixels (1000x1000)" },
    { "store", "DIR", read_store, DEMO | BENCH | CONSUME,
      "where uploads go (ipc-store)" },
    { "max", "SIZE", read_max, DEMO | BENCH | PRODUCE | CONSUME,
      "largest picture that is sent (32MiB)" },
    { "pin", "WHERE", read_pin, DEMO | BENCH | PRODUCE | CONSUME,
      "free, same (one CPU) or split (two)" },
    { "seconds", "S", read_budget, DEMO | BENCH,
      "time for each row, then no new job begins" },
    { "stall", "S", read_stall, DEMO | BENCH | PRODUCE,
      "give up after so long without progress (30)" },
    { "set", "NAME=SIZE", read_setting, DEMO | BENCH | CONSUME,
      "a mechanism's own option; `list` shows them" },
    { "at", "DIR", read_at, PRODUCE | CONSUME,
      "the directory where both sides meet" },
    { "json", NULL, read_json, BENCH | LIST,
      "one JSON object a line instead of a table" },
    { "help", NULL, read_help, ~0u, "this text" },
    { "version", NULL, read_version, ~0u, "the version" },
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static int apply_rule(struct options *o, size_t rule, const char *text)
{
    int r;

    r = rules[rule].read(o, text);
    if (r == 0)
        return 0;
    (void)fprintf(stderr, "ipc: --%s %s: %s (%s)\n", rules[rule].name, text,
                  r == -ERANGE   ? "out of range"
                  : r == -EINVAL ? "cannot be understood"
                                 : strerror(-r),
                  rules[rule].help);
    return -EINVAL;
}

static unsigned command_bit(const char *name)
{
    for (size_t i = 0; name && i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].bit;
    return 0;
}

/* An option that a command does not take is a mistake, not to be ignored. */
static int check_commands(const struct options *o, const bool given[RULES])
{
    unsigned bit = command_bit(o->command);

    for (size_t i = 0; bit && i < RULES; i++) {
        if (!given[i] || rules[i].commands & bit)
            continue;
        (void)fprintf(stderr, "ipc: %s takes no --%s (try: %s --help)\n",
                      o->command, rules[i].name, o->command);
        return -EINVAL;
    }
    return 0;
}

static void make_table(struct option table[static RULES + 1])
{
    for (size_t i = 0; i < RULES; i++)
        table[i] = (struct option){
            .name = rules[i].name,
            .has_arg = rules[i].argument ? required_argument : no_argument,
            .val = (int)i + 256,
        };
    table[RULES] = (struct option){ 0 };
}

int options_read(int argc, char **argv, struct options *ret_options)
{
    struct option table[RULES + 1];
    bool given[RULES] = { false };
    struct options o = {
        .window = 8,
        .depth = 8,
        .max = 32 << 20,
        .box_width = 1000,
        .box_height = 1000,
        .stall = 30,
    };
    int id, r = 0;

    make_table(table);
    while (r == 0 && (id = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (id == 'h')
            o.help = true;
        else if (id < 256)
            r = -EINVAL; /* getopt has said what is wrong */
        else {
            given[id - 256] = true;
            r = apply_rule(&o, (size_t)id - 256, optarg ? optarg : "");
        }
    }
    o.arguments = argv + optind;
    if (o.arguments[0])
        o.command = *o.arguments++;
    while (o.arguments[o.argument_count])
        o.argument_count++;
    if (r == 0)
        r = check_commands(&o, given);
    *ret_options = o;
    return r;
}

void options_free(struct options *o)
{
    for (unsigned i = 0; i < o->setting_count; i++)
        free(o->settings[i].name);
    free(o->images);
}

static void print_rules(unsigned bit)
{
    char left[40];

    for (size_t i = 0; i < RULES; i++) {
        if (!(rules[i].commands & bit))
            continue;
        (void)snprintf(left, sizeof(left), "--%s%s%s", rules[i].name,
                       rules[i].argument ? " " : "",
                       rules[i].argument ? rules[i].argument : "");
        printf("  %-18s  %s\n", left, rules[i].help);
    }
}

static void print_commands(const char *program)
{
    printf("Image jobs from one process to another, over every way that Linux "
           "offers.\n\nUsage: %s COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n",
           program);
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-8s %-23s %s\n", commands[i].name, commands[i].arguments,
               commands[i].summary);
    printf("  %-8s %-23s %s\n", "help", "[COMMAND]", "more about a command");
    printf("\nExit status: 0 all good, 1 the run failed or its verdict is bad "
           "or a job\nwas rejected, 2 usage, 130 stopped by Ctrl-C.\n"
           "\nTry:\n  %s demo\n  %s help bench\n",
           program, program);
}

void options_help(const char *program, const char *command)
{
    for (size_t i = 0; command && i < COMMANDS; i++) {
        if (strcmp(commands[i].name, command) != 0)
            continue;
        printf("Usage: %s %s [OPTIONS] %s\n\n%s.\n", program, command,
               commands[i].arguments, commands[i].summary);
        if (commands[i].more)
            printf("%s\n", commands[i].more);
        printf("\nOptions (defaults in brackets):\n");
        print_rules(commands[i].bit);
        return;
    }
    print_commands(program);
}

bool options_known(const struct channel_ops *ops, const char *name)
{
    for (size_t i = 0; ops->options && ops->options[i].name; i++)
        if (strcmp(ops->options[i].name, name) == 0)
            return true;
    return false;
}

void options_apply(const struct options *o, const struct channel_ops *ops,
                   size_t ret_values[static CHANNEL_OPTIONS_MAX])
{
    for (size_t i = 0; ops->options && ops->options[i].name; i++) {
        ret_values[i] = ops->options[i].fallback;
        for (unsigned j = 0; j < o->setting_count; j++)
            if (strcmp(ops->options[i].name, o->settings[j].name) == 0)
                ret_values[i] = o->settings[j].value;
    }
}
