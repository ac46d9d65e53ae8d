/* SPDX-License-Identifier: MIT */
#include "shared/base/kernel.h"

#include <stdio.h>

size_t kernel_limit(const char *path, size_t fallback)
{
    FILE *file = fopen(path, "re");
    size_t limit;

    if (!file)
        return fallback;
    if (fscanf(file, "%zu", &limit) != 1)
        limit = fallback;
    (void)fclose(file);
    return limit;
}
