/* SPDX-License-Identifier: MIT */
/*
 * list.c -- the command `list`: every mechanism and its spec sheet
 */
#include "ipc/commands.h"

#include "ipc/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

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

    for (size_t i = 0; ops && ops->options && ops->options[i].name; i++)
        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:I}", "name", ops->options[i].name,
                             "help", ops->options[i].help, "default",
                             (json_int_t)ops->options[i].fallback));
    return array;
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
    (void)json_object_set_new(object, "available", json_boolean(m->ops));
    (void)json_object_set_new(object, "reason",
                              m->reason ? json_string(m->reason) : json_null());
    (void)json_object_set_new(object, "options", options_array(m->ops));
    for (unsigned i = 0; i < SHEET_LINES; i++)
        (void)json_object_set_new(object, mechanism_heading(i),
                                  json_string(m->sheet[i]));
    return report_print_line(object);
}

static int list_json(void)
{
    int r = 0;

    for (const struct mechanism *m = mechanisms; r == 0 && m->name; m++)
        r = list_one_json(m);
    return r;
}

static void list_options(const struct channel_ops *ops)
{
    for (size_t i = 0; ops->options && ops->options[i].name; i++)
        printf("    %-11s --set %s=SIZE  %s\n", i ? "" : "Options",
               ops->options[i].name, ops->options[i].help);
}

static void list_text(const struct screen *screen)
{
    char traits[MECHANISM_TRAITS_MAX];

    for (const struct mechanism *m = mechanisms; m->name; m++) {
        printf("%s%s%s, %s%s\n", m == mechanisms ? "" : "\n",
               screen_style(screen, STYLE_TITLE), m->name, m->title,
               screen_style(screen, STYLE_END));
        for (unsigned i = 0; i < SHEET_LINES; i++) {
            printf("    %-11s ", mechanism_heading(i));
            screen_wrap(screen, m->sheet[i], 16);
        }
        if (m->ops) {
            printf("    %-11s ", "Traits");
            screen_wrap(screen, mechanism_traits_text(m->ops->traits, traits),
                        16);
            list_options(m->ops);
        } else
            printf("    %-11s %s\n", "Skipped", m->reason);
        printf("    %-11s %s\n", "Source", m->source);
    }
}

int list_command(const struct options *options)
{
    struct screen screen = screen_of_stdout();

    if (options->argument_count > 0) {
        complain(NULL, "list takes no arguments");
        return EXIT_USAGE;
    }
    if (options->json)
        return list_json() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    list_text(&screen);
    return EXIT_SUCCESS;
}
