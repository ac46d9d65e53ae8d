/* SPDX-License-Identifier: MIT */
#include "shared/units.h"

#include <stdio.h>

/* Three significant digits and one of the units, each a step above the last. */
static const char *scaled_text(double value, double step,
                               const char *const *unit,
                               char text[static UNITS_TEXT_MAX])
{
    while (value >= 999.5 && unit[1]) {
        value /= step;
        unit++;
    }
    (void)snprintf(text, UNITS_TEXT_MAX, "%.*f%s",
                   value < 9.995   ? 2
                   : value < 99.95 ? 1
                                   : 0,
                   value, *unit);
    return text;
}

const char *bytes_text(double bytes, char text[static UNITS_TEXT_MAX])
{
    static const char *const units[] = { " B", " kB", " MB", " GB", NULL };

    if (bytes < 999.5) {
        (void)snprintf(text, UNITS_TEXT_MAX, "%.0f B", bytes);
        return text;
    }
    return scaled_text(bytes, 1000, units, text);
}

const char *size_text(size_t size, char text[static UNITS_TEXT_MAX])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
    size_t unit = 0;

    while (size >= 1024 && size % 1024 == 0 && unit < 3) {
        size /= 1024;
        unit++;
    }
    (void)snprintf(text, UNITS_TEXT_MAX, "%zu %s", size, units[unit]);
    return text;
}

const char *time_text(double ns, char text[static UNITS_TEXT_MAX])
{
    static const char *const units[] = { " ns", " us", " ms", " s", NULL };

    if (ns < 999.5) {
        (void)snprintf(text, UNITS_TEXT_MAX, "%.0f ns", ns);
        return text;
    }
    return scaled_text(ns, 1000, units, text);
}

const char *count_text(double count, char text[static UNITS_TEXT_MAX])
{
    static const char *const units[] = { "", " k", " M", " G", NULL };

    return scaled_text(count, 1000, units, text);
}
