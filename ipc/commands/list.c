/* SPDX-License-Identifier: MIT */
#include "ipc/commands/list.h"

#include "ipc/options/selection.h"
#include "ipc/screen/outcome_row.h"
#include "shared/base/units.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 4 };

static json_t *traits_array(unsigned traits)
{
    json_t *array = json_array();

    for (unsigned bit = 0; mechanism_trait_name(bit); bit++)
        if (traits & (1u << bit))
            (void)json_array_append_new(array,
                                        json_string(mechanism_trait_name(bit)));
    return array;
}

static json_t *options_array(const struct channel_ops *ops)
{
    json_t *array = json_array();

    for (size_t i = 0; ops && ops->options && ops->options[i].name; i++) {
        const struct channel_option *option = &ops->options[i];
        const json_int_t most = (json_int_t)option->most;

        (void)json_array_append_new(
            array,
            json_pack("{s:s, s:s, s:I, s:I, s:o}", "name", option->name, "help",
                      option->help, "default", (json_int_t)option->fallback,
                      "least", (json_int_t)option->least, "most",
                      most ? json_integer(most) : json_null()));
    }
    return array;
}

static int print_line(json_t *object)
{
    int r = json_dumpf(object, stdout, JSON_COMPACT);

    json_decref(object);
    (void)putchar('\n');
    return r < 0 ? -ENOMEM : 0;
}

static int list_one_json(const struct mechanism *m)
{
    json_t *object;

    object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", m->name, "family",
                       m->family, "summary", m->title, "copies",
                       m->sheet[SHEET_COPIES], "source", m->source);
    if (!object)
        return -ENOMEM;
    (void)json_object_set_new(
        object, "message_max",
        m->ops && m->ops->message_max
            ? json_integer((json_int_t)m->ops->message_max)
            : json_null());
    (void)json_object_set_new(
        object, "traits", m->ops ? traits_array(m->ops->traits) : json_array());
    (void)json_object_set_new(object, "libraries",
                              m->ops && m->ops->libraries
                                  ? json_string(m->ops->libraries)
                                  : json_null());
    (void)json_object_set_new(object, "available",
                              json_boolean(!mechanism_skipped(m)));
    (void)json_object_set_new(
        object, "reason",
        mechanism_skipped(m) ? json_string(mechanism_skipped(m)) : json_null());
    (void)json_object_set_new(object, "options", options_array(m->ops));
    for (unsigned i = 0; i < SHEET_LINES; i++)
        (void)json_object_set_new(object, mechanism_heading(i),
                                  json_string(m->sheet[i]));
    return print_line(object);
}

static int list_json(const struct options *options)
{
    int r = 0;

    for (const struct mechanism *m = mechanisms; r == 0 && m->name; m++)
        if (selection_has(options, m))
            r = list_one_json(m);
    return r;
}

/* Not all of them count bytes, but all that are so even do. */
static const char *fallback_text(size_t fallback,
                                 char text[static UNITS_TEXT_MAX])
{
    if (fallback > 0 && fallback % 1024 == 0)
        return size_text(fallback, text);
    (void)snprintf(text, UNITS_TEXT_MAX, "%zu", fallback);
    return text;
}

static void list_options(const struct screen *screen,
                         const struct channel_ops *ops)
{
    char text[UNITS_TEXT_MAX];

    for (size_t i = 0; ops->options && ops->options[i].name; i++) {
        const struct channel_option *option = &ops->options[i];

        screen_item(screen, INDENT, i == 0 ? "Options" : "",
                    "--set %s=SIZE: %s; the default is %s", option->name,
                    option->help, fallback_text(option->fallback, text));
    }
}

static void list_one(const struct screen *screen, const struct mechanism *m)
{
    char traits[MECHANISM_TRAITS_MAX];

    printf("%s%s%s: ", screen_style(screen, STYLE_TITLE), m->name,
           screen_style(screen, STYLE_END));
    screen_wrap(screen, m->title, (int)strlen(m->name) + 2);
    for (unsigned i = 0; i < SHEET_LINES; i++)
        screen_item(screen, INDENT, mechanism_heading(i), "%s", m->sheet[i]);
    if (m->ops) {
        (void)mechanism_traits_text(m->ops->traits, traits);
        screen_item(screen, INDENT, "Traits", "%s",
                    traits[0] ? traits : "none");
        if (m->ops->libraries)
            screen_item(screen, INDENT, "Made of", "%s", m->ops->libraries);
        list_options(screen, m->ops);
    }
    if (mechanism_skipped(m))
        screen_item(screen, INDENT, "Skipped", "%s", mechanism_skipped(m));
    screen_item(screen, INDENT, "Source", "%s", m->source);
}

static int run(const struct options *options)
{
    struct screen screen = screen_of(stdout);
    const char *between = "";
    int status;

    status = selection_check(options);
    if (status != 0)
        return status;
    if (options->json)
        return list_json(options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        if (!selection_has(options, m))
            continue;
        printf("%s", between);
        between = "\n";
        list_one(&screen, m);
    }
    return EXIT_SUCCESS;
}

const struct command list_command = {
    .name = "list",
    .bit = COMMAND_LIST,
    .run = run,
    .arguments = "[MECHANISM|FAMILY ...]",
    .alone = "",
    .summary = "show what each mechanism is",
};
