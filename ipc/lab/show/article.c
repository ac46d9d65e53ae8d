/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/article.h"

#include "ipc/lab/measure/results.h"

#include <errno.h>
#include <string.h>

enum { LINES_MOST = 4000 };

static bool is_type(const json_t *object, const char *type)
{
    return strcmp(results_text(object, "type"), type) == 0;
}

/* The first line says what the file is: a positive number ends the reading. */
static int look_at_first(void *arg, json_t *object)
{
    bool *is_article = arg;

    *is_article = is_type(object, "machine") || is_type(object, "claim") ||
                  is_type(object, "models") || is_type(object, "model") ||
                  is_type(object, "fault");
    json_decref(object);
    return 1;
}

bool article_is(const char *path)
{
    char text[JSON_LINES_TEXT_MAX];
    bool is_article = false;

    (void)json_lines_read(path, look_at_first, &is_article, text);
    return is_article;
}

/* Keeps the first of its kind. */
static int keep(json_t **place, json_t *object)
{
    if (*place)
        json_decref(object);
    else
        *place = object;
    return 0;
}

static int append(json_t *array, json_t *object)
{
    if (json_array_size(array) == LINES_MOST) {
        json_decref(object);
        return -EPROTO;
    }
    return json_array_append_new(array, object) < 0 ? -ENOMEM : 0;
}

static int take_object(void *arg, json_t *object)
{
    struct article *article = arg;

    if (is_type(object, "machine"))
        return keep(&article->machine, object);
    if (is_type(object, "models"))
        return keep(&article->setting, object);
    if (is_type(object, "claim") && results_text(object, "id")[0])
        return append(json_is_true(json_object_get(object, "twin"))
                          ? article->twins
                          : article->claims,
                      object);
    if (is_type(object, "model") && results_text(object, "name")[0])
        return append(article->models, object);
    if (is_type(object, "fault") && results_text(object, "mechanism")[0])
        return append(article->faults, object);
    json_decref(object);
    return -EPROTO;
}

int article_add(struct article *article, const char *path,
                char ret_text[static JSON_LINES_TEXT_MAX])
{
    if (!article->claims)
        article->claims = json_array();
    if (!article->twins)
        article->twins = json_array();
    if (!article->models)
        article->models = json_array();
    if (!article->faults)
        article->faults = json_array();
    return json_lines_read(path, take_object, article, ret_text);
}

void article_free(struct article *article)
{
    json_decref(article->machine);
    json_decref(article->claims);
    json_decref(article->twins);
    json_decref(article->models);
    json_decref(article->faults);
    json_decref(article->setting);
    *article = (struct article){ 0 };
}

const json_t *article_twin(const struct article *article, const json_t *claim)
{
    const char *id = results_text(claim, "id");

    for (size_t i = 0; i < json_array_size(article->twins); i++)
        if (strcmp(results_text(json_array_get(article->twins, i), "id"), id) ==
            0)
            return json_array_get(article->twins, i);
    return NULL;
}
