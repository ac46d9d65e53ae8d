/* SPDX-License-Identifier: MIT */
#include "shared/base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* Three significant digits and one of the units, each a thousand times the one
 * before. Of the first there may be no parts. */
static const char *scaled_text(double value, bool whole,
                               const char *const *unit,
                               char text[static UNITS_TEXT_MAX])
{
    if (!isfinite(value) || value < 0) {
        (void)snprintf(text, UNITS_TEXT_MAX, "-");
        return text;
    }
    value = fabs(value); /* no -0 */
    while (value >= 999.5 && unit[1]) {
        value /= 1000;
        unit++;
        whole = false;
    }
    (void)snprintf(text, UNITS_TEXT_MAX, "%.*f%s",
                   whole || value >= 99.95 ? 0
                   : value >= 9.995        ? 1
                                           : 2,
                   value, *unit);
    return text;
}

const char *bytes_text(double bytes, char text[static UNITS_TEXT_MAX])
{
    static const char *const units[] = { " B", " kB", " MB", " GB", NULL };

    return scaled_text(bytes, true, units, text);
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

    return scaled_text(ns, true, units, text);
}

const char *count_text(double count, char text[static UNITS_TEXT_MAX])
{
    static const char *const units[] = { "", " k", " M", " G", NULL };

    return scaled_text(count, false, units, text);
}

const char *whole_text(double number, char text[static UNITS_TEXT_MAX])
{
    if (number >= 0 && number < 1e18)
        (void)snprintf(text, UNITS_TEXT_MAX, "%.0f", fabs(number));
    else
        (void)snprintf(text, UNITS_TEXT_MAX, "-");
    return text;
}
