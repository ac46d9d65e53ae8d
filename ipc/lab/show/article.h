/* SPDX-License-Identifier: MIT */
/*
 * article.h -- what claims, models and faults found, saved and read again
 *
 * JSON Lines, of one command or of several, in any order: `"type": "machine"`,
 * a line for each `"claim"`, one of what the `"models"` have in common, one for
 * each `"model"`, one for each cell of the `"fault"` matrix. Whatever comes
 * from there may be missing, or be nonsense.
 */
#ifndef IPC_LAB_SHOW_ARTICLE_H
#define IPC_LAB_SHOW_ARTICLE_H

#include "ipc/lab/measure/json_lines.h"

struct article {
    json_t *machine; /* the first that was named; or NULL; all are owned */
    json_t *claims;  /* arrays */
    json_t *twins;   /* of claims */
    json_t *models;
    json_t *faults;  /* a cell each */
    json_t *setting; /* what the models have in common; or NULL */
};

/* article_is tells whether a file begins as such a file does. */
bool article_is(const char *path);

/* article_add adds what a file holds; errors as of json_lines_read. Begin with
 * zeroed memory, and pair with article_free. */
int article_add(struct article *article, const char *path,
                char ret_text[static JSON_LINES_TEXT_MAX]);
void article_free(struct article *article);

/* article_twin returns what became of a claim's twin, or NULL: it was not
 * done. */
const json_t *article_twin(const struct article *article, const json_t *claim);

#endif
