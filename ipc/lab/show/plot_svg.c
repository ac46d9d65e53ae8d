/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_svg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Behind the next `end`; NULL: there is none. */
static const char *skip(const char *at, const char *end)
{
    const char *found = strstr(at, end);

    return found ? found + strlen(end) : NULL;
}

/* Behind the value of an attribute. */
static const char *skip_value(const char *at)
{
    at = skip(at, "\"");
    return at ? skip(at, "\"") : NULL;
}

/* The characters of what begins a name, or leads to one; 0: it does not. */
static size_t name_begins(const char *at)
{
    static const char *const begins_so[] = { " id='", " id=\"", "href='#",
                                             "url(#" };

    for (size_t i = 0; i < sizeof(begins_so) / sizeof(begins_so[0]); i++)
        if (begins(at, begins_so[i]))
            return strlen(begins_so[i]);
    return 0;
}

/* What it is is told by the page; and within one it needs no name spaces. */
static bool is_dropped(const char *at, const char **ret_end)
{
    if (begins(at, "<title>"))
        *ret_end = skip(at, "</title>");
    else if (begins(at, "<desc>"))
        *ret_end = skip(at, "</desc>");
    else if (begins(at, " xmlns"))
        *ret_end = skip_value(at);
    else
        return false;
    return true;
}

char *plot_svg_clean(const char *svg, const char *prefix)
{
    const char *at = strstr(svg, "<svg");
    char *clean = NULL;
    size_t size, length;
    FILE *stream = at ? open_memstream(&clean, &size) : NULL;

    if (!stream)
        return NULL;
    while (at && *at) {
        if (is_dropped(at, &at))
            continue;
        length = name_begins(at);
        (void)fwrite(at, 1, length ? length : 1, stream);
        if (length)
            (void)fputs(prefix, stream);
        at += length ? length : 1;
    }
    if (fclose(stream) == 0 && at)
        return clean;
    free(clean);
    return NULL;
}
