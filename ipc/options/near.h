/* SPDX-License-Identifier: MIT */
/*
 * near.h -- what somebody meant who typed a word that there is not
 *
 *      struct near near = near_begin("pip");
 *      near_offer(&near, "pipe");              each word that there is
 *      near_text(&near, text)                  "; did you mean pipe?"
 *
 * Words are as near as few letters have to be put in, left out, replaced, or
 * swapped with their neighbour, to make one of the other (Damerau, "A technique
 * for computer detection and correction of spelling errors", 1964): one in
 * three letters at most. A word that begins with what was typed is near, too.
 */
#ifndef IPC_OPTIONS_NEAR_H
#define IPC_OPTIONS_NEAR_H

enum { NEAR_WORD_MAX = 32, NEAR_TEXT_MAX = 64 };

struct near {
    const char *word;             /* the caller's */
    char best[NEAR_WORD_MAX + 1]; /* "": none is near */
    unsigned distance;            /* of the best */
};

struct near near_begin(const char *word);
void near_offer(struct near *near, const char *word);

/* near_offer_other: a word that people use where here it is `word`, "shm" for
 * ring: near only if it is what was typed. */
void near_offer_other(struct near *near, const char *other, const char *word);

/* near_offer_list offers each word of a text, "free, same or split". */
void near_offer_list(struct near *near, const char *text);

/* near_text returns text: what is near, as a question, or "". */
const char *near_text(const struct near *near, char text[static NEAR_TEXT_MAX]);

#endif
