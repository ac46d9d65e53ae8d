/* SPDX-License-Identifier: MIT */
#include "tests/objects.h"

#include <string.h>

json_t *object_next(const struct program *p, const char **at)
{
    size_t size = strcspn(*at, "\n");
    json_error_t error;
    json_t *object;

    if (!**at)
        return NULL;
    object = json_loadb(*at, size, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object) || (*at)[size] != '\n')
        program_fail(p, error.text);
    *at += size + 1;
    return object;
}

json_t *object_member(const struct program *p, const json_t *object,
                      const char *key)
{
    json_t *value = json_object_get(object, key);

    if (!value)
        program_fail(p, key);
    return value;
}

const char *object_text(const struct program *p, const json_t *object,
                        const char *key)
{
    const char *text = json_string_value(object_member(p, object, key));

    if (!text)
        program_fail(p, key);
    return text;
}

void object_expect_integer(const struct program *p, const json_t *object,
                           const char *key, json_int_t value)
{
    json_t *number = object_member(p, object, key);

    if (!json_is_integer(number) || json_integer_value(number) != value)
        program_fail(p, key);
}
