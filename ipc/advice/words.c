/* SPDX-License-Identifier: MIT */
#include "ipc/advice/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void words_add(struct words *words, const char *separator, const char *format,
               ...)
{
    va_list arguments;

    if (words->used > 0)
        (void)snprintf(words->text + words->used, WORDS_MAX - words->used, "%s",
                       separator);
    words->used = strlen(words->text);
    va_start(arguments, format);
    (void)vsnprintf(words->text + words->used, WORDS_MAX - words->used, format,
                    arguments);
    va_end(arguments);
    words->used = strlen(words->text);
}
