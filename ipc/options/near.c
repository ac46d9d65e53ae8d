/* SPDX-License-Identifier: MIT */
#include "ipc/options/near.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LETTERS_OF_ONE = 3, BEGINNING = 3 };

struct near near_begin(const char *word)
{
    return (struct near){ .word = word };
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/*
 * In row i and column j is how far the first i letters of a are from the first
 * j of b. The last letters of both are replaced or alike, one of them is left
 * out, or the last two are swapped.
 */
static unsigned distance_of(const char *a, const char *b)
{
    unsigned far[NEAR_WORD_MAX + 1][NEAR_WORD_MAX + 1];
    const size_t rows = strlen(a), columns = strlen(b);

    for (size_t i = 0; i <= rows; i++)
        for (size_t j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                far[i][j] = (unsigned)(i + j);
                continue;
            }
            far[i][j] = far[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            far[i][j] = least(far[i][j], far[i - 1][j] + 1);
            far[i][j] = least(far[i][j], far[i][j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                far[i][j] = least(far[i][j], far[i - 2][j - 2] + 1);
        }
    return far[rows][columns];
}

static bool is_beginning(const char *a, const char *of)
{
    return strlen(a) >= BEGINNING && strncmp(a, of, strlen(a)) == 0;
}

static void take(struct near *near, const char *word, unsigned distance)
{
    if (near->best[0] && distance >= near->distance)
        return;
    (void)snprintf(near->best, sizeof(near->best), "%s", word);
    near->distance = distance;
}

void near_offer(struct near *near, const char *word)
{
    const size_t letters = strlen(near->word);
    unsigned distance;

    if (letters > NEAR_WORD_MAX || strlen(word) > NEAR_WORD_MAX)
        return;
    distance = distance_of(near->word, word);
    if (is_beginning(near->word, word))
        distance = least(distance, 1);
    else if (distance * LETTERS_OF_ONE > letters)
        return;
    take(near, word, distance);
}

void near_offer_other(struct near *near, const char *other, const char *word)
{
    if (strcmp(near->word, other) == 0)
        take(near, word, 0);
}

void near_offer_list(struct near *near, const char *text)
{
    char word[NEAR_WORD_MAX + 1];
    size_t length;

    while (*text) {
        for (length = 0;
             isalnum((unsigned char)text[length]) || text[length] == '-';)
            length++;
        if (length > 0 && length < sizeof(word)) {
            memcpy(word, text, length);
            word[length] = '\0';
            near_offer(near, word);
        }
        text += length > 0 ? length : 1;
    }
}

const char *near_text(const struct near *near, char text[static NEAR_TEXT_MAX])
{
    text[0] = '\0';
    if (near->best[0])
        (void)snprintf(text, NEAR_TEXT_MAX, "; did you mean %s?", near->best);
    return text;
}
