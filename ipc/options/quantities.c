/* SPDX-License-Identifier: MIT */
#include "ipc/options/quantities.h"

#include "ipc/job/image.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Returns the factor of "KiB", "k" or "MB"; 0 for anything else. */
static double unit_factor(const char *unit)
{
    static const char letters[] = "KMG";
    const char *letter;
    double base = 1024;
    double factor = 1;

    if (!*unit || strcasecmp(unit, "B") == 0)
        return 1;
    letter = strchr(letters, toupper((unsigned char)*unit));
    if (!letter)
        return 0;
    if (strcasecmp(unit + 1, "B") == 0)
        base = 1000;
    else if (unit[1] && strcasecmp(unit + 1, "iB") != 0 &&
             strcasecmp(unit + 1, "i") != 0)
        return 0;
    for (const char *at = letters; at <= letter; at++)
        factor *= base;
    return factor;
}

int size_parse(const char *text, size_t *ret_size)
{
    double number, factor;
    char *end;

    if (!isdigit((unsigned char)*text) ||
        strspn(text, "0123456789.") != strcspn(text, " kKmMgGbB"))
        return -EINVAL;
    number = strtod(text, &end);
    while (*end == ' ')
        end++;
    factor = unit_factor(end);
    if (factor == 0)
        return -EINVAL;
    number *= factor;
    if (number > 1e15)
        return -ERANGE;
    /* 1.005 kB are 1005 bytes, though not quite so in binary. */
    if (fabs(number - nearbyint(number)) > 1e-6)
        return -EINVAL;
    *ret_size = (size_t)nearbyint(number);
    return 0;
}

int number_parse(const char *text, uint64_t minimum, uint64_t maximum,
                 uint64_t *ret_number)
{
    unsigned long long number;
    char *end;

    if (!isdigit((unsigned char)*text))
        return -EINVAL;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (*end)
        return -EINVAL;
    if (errno || number < minimum || number > maximum)
        return -ERANGE;
    *ret_number = number;
    return 0;
}

int duration_parse(const char *text, uint64_t *ret_ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = { { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 } };
    const double minute_ns = 60e9;
    double number;
    char *end;

    if (!isdigit((unsigned char)*text))
        return -EINVAL;
    number = strtod(text, &end);
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].name) != 0 && !(number == 0 && !*end))
            continue;
        if (number * units[i].ns > minute_ns)
            return -ERANGE;
        *ret_ns = (uint64_t)nearbyint(number * units[i].ns);
        return 0;
    }
    return -EINVAL;
}

int box_parse(const char *text, unsigned *ret_width, unsigned *ret_height)
{
    const char *x = strchr(text, 'x');
    uint64_t width, height;
    char first[16];
    int r;

    if (!x || (size_t)(x - text) >= sizeof(first))
        return -EINVAL;
    (void)snprintf(first, sizeof(first), "%.*s", (int)(x - text), text);
    r = number_parse(first, 1, IMAGE_SIDE_MAX, &width);
    if (r == 0)
        r = number_parse(x + 1, 1, IMAGE_SIDE_MAX, &height);
    if (r < 0)
        return r;
    *ret_width = (unsigned)width;
    *ret_height = (unsigned)height;
    return 0;
}
