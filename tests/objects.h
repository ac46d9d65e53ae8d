/* SPDX-License-Identifier: MIT */
/*
 * objects.h -- the JSON that a program prints; what is not as it must be fails
 * the test
 */
#ifndef TESTS_OBJECTS_H
#define TESTS_OBJECTS_H

#include "tests/program.h"

#include <jansson.h>

/* object_next returns the next line of stdout as an object, which the caller
 * releases; NULL after the last. *at is where it begins, and moves on. */
json_t *object_next(const struct program *p, const char **at);

/* object_member returns what is there under a key; object_text its string. */
json_t *object_member(const struct program *p, const json_t *object,
                      const char *key);
const char *object_text(const struct program *p, const json_t *object,
                        const char *key);

void object_expect_integer(const struct program *p, const json_t *object,
                           const char *key, json_int_t value);

#endif
