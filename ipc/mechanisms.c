/* SPDX-License-Identifier: MIT */
#include "ipc/mechanisms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *mechanism_heading(enum sheet_line line)
{
    static const char *const headings[SHEET_LINES] = {
        "Rendezvous", "Framing",   "Copies", "Waiting", "End",
        "Limits",     "Leftovers", "Trust",  "Manual",
    };

    return headings[line];
}

unsigned mechanism_copies(const struct mechanism *mechanism)
{
    return (unsigned)atoi(mechanism->sheet[SHEET_COPIES]);
}

const char *mechanism_skipped(const struct mechanism *mechanism)
{
    if (!mechanism->ops)
        return mechanism->reason;
    return mechanism->ops->unavailable ? mechanism->ops->unavailable() : NULL;
}

const char *mechanism_skipped_at(const struct mechanism *mechanism,
                                 const struct url *at)
{
    return at && mechanism->ops ? NULL : mechanism_skipped(mechanism);
}

void mechanism_defaults(const struct channel_ops *ops,
                        size_t ret_values[static CHANNEL_OPTIONS_MAX])
{
    for (size_t i = 0; ops->options && ops->options[i].name; i++)
        ret_values[i] = ops->options[i].fallback;
}

const struct mechanism *mechanism_find(const char *name)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

bool mechanism_family_exists(const char *family)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (strcmp(m->family, family) == 0)
            return true;
    return false;
}

const char *mechanism_trait_name(unsigned bit)
{
    static const char *const names[] = {
        "inherited-only", "sees-death",         "many-senders",
        "many-receivers", "survives-processes", "zero-copy",
        "threads",        "can-spin",           "pollable",
        "by-directory",   "other-languages",    "guarded",
        "signals",        "reads-peer",         "own-threads",
    };

    return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}

const char *mechanism_traits_text(unsigned traits,
                                  char text[static MECHANISM_TRAITS_MAX])
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned bit = 0; mechanism_trait_name(bit); bit++)
        if (traits & (1u << bit))
            used += (size_t)snprintf(text + used, MECHANISM_TRAITS_MAX - used,
                                     "%s%s", used ? ", " : "",
                                     mechanism_trait_name(bit));
    return text;
}
