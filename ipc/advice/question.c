/* SPDX-License-Identifier: MIT */
#include "ipc/advice/question.h"

#include "ipc/advice/words.h"
#include "ipc/options/quantities.h"
#include "ipc/screen/screen.h"
#include "shared/base/units.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = QUESTION_LIBRARIES_MAX, RATE_MOST = 1000000000 };

/* Who the two are: one answer, and what it asks for. */
static const struct answer {
    const char *word;
    const char *text;
    unsigned needs;
} answers[] = {
    { "relatives", "one starts the other, or both have one parent", 0 },
    { "threads", "of one process", NEED_THREADS },
    { "strangers", "two programs of one user", NEED_STRANGERS },
    { "users", "two programs of two users", NEED_STRANGERS | NEED_USERS },
    { "machines", "on more than one machine", NEED_MACHINES },
};

/* What is answered by yes or no; and how it is told. */
static const struct ask {
    enum need need;
    const char *text; /* NULL: not asked so */
    const char *told;
} asks[] = {
    { NEED_THREADS, NULL, "between threads of one process" },
    { NEED_STRANGERS, NULL, "between strangers" },
    { NEED_USERS, NULL, "of different users" },
    { NEED_MACHINES, NULL, "from machine to machine" },
    { NEED_LANGUAGES, "Is one of them written in another language than C?",
      "in several languages" },
    { NEED_DURABLE, "Must messages survive a crash of either process?",
      "surviving a crash of either process" },
    { NEED_DEATH, "Must each notice that the other has died?",
      "a death noticed" },
    { NEED_POLL, "Does an event loop wait, for descriptors, in poll(2)?",
      "waited for by poll(2)" },
    { NEED_WORKERS, "Do several consumers share the work?",
      "shared by several consumers" },
    { NEED_ORDER, "Must all jobs be done in the order they were sent?",
      "done in order" },
    { NEED_HOSTILE, "May the peer be hostile?",
      "from a peer that may be "
      "hostile" },
    { NEED_CONTAINERS, "Do they run in containers that share a directory only?",
      "between containers that share a directory only" },
};

enum {
    ANSWERS = sizeof(answers) / sizeof(answers[0]),
    ASKS = sizeof(asks) / sizeof(asks[0]),
};

/* --------------------------------------------------------------- libraries */

/* Whether a list with commas names a part of a text: of "hiredis" "redis". */
static bool list_names(const char *list, const char *text)
{
    char copy[QUESTION_LIBRARIES_MAX], *rest = copy, *word;

    (void)snprintf(copy, sizeof(copy), "%s", list);
    while ((word = strsep(&rest, ", ")))
        if (*word && strcasestr(text, word))
            return true;
    return false;
}

bool question_allows(const struct question *q, const struct channel_ops *ops)
{
    if (!q->without[0] || !ops->libraries)
        return true;
    return strcmp(q->without, "all") != 0 &&
           !list_names(q->without, ops->libraries);
}

static void tell_libraries(struct words *words)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && m->ops->libraries)
            words_add(words, "; ", "%s: %s", m->name, m->ops->libraries);
}

/* The first word of a list that is no library here; NULL: all are. */
static const char *find_unknown(const char *list,
                                char ret_word[static QUESTION_LIBRARIES_MAX])
{
    char copy[QUESTION_LIBRARIES_MAX], *rest = copy, *word;
    bool found;

    (void)snprintf(copy, sizeof(copy), "%s", list);
    while ((word = strsep(&rest, ", "))) {
        found = !*word || strcmp(list, "all") == 0;
        for (const struct mechanism *m = mechanisms; !found && m->name; m++)
            found = m->ops && m->ops->libraries &&
                    strcasestr(m->ops->libraries, word);
        if (found)
            continue;
        (void)snprintf(ret_word, QUESTION_LIBRARIES_MAX, "%s", word);
        return ret_word;
    }
    return NULL;
}

/* -------------------------------------------------------------- as options */

int question_of(const struct options *options, struct question *ret_question)
{
    const char *without = options->without ? options->without : "";
    char word[QUESTION_LIBRARIES_MAX];
    struct words libraries = { 0 };

    if (strlen(without) >= QUESTION_LIBRARIES_MAX ||
        find_unknown(without, word)) {
        tell_libraries(&libraries);
        complain(NULL, "--without %s: no mechanism is made of %s (%s)", without,
                 strlen(without) < QUESTION_LIBRARIES_MAX ? word : "that",
                 libraries.text);
        return EXIT_USAGE;
    }
    *ret_question = (struct question){
        .needs = options->needs,
        .size = options_value(options, AXIS_SIZE),
        .rate = options_value(options, AXIS_RATE),
    };
    (void)strcpy(ret_question->without, without);
    return 0;
}

/* ----------------------------------------------------------- on a terminal */

/* False at the end of the input. */
static bool read_answer(char ret_answer[static ANSWER_MAX])
{
    (void)fflush(stdout);
    if (!fgets(ret_answer, ANSWER_MAX, stdin))
        return false;
    ret_answer[strcspn(ret_answer, "\n")] = '\0';
    return true;
}

/* Each takes an answer, or says what it expects and returns false. */

static bool take_who(struct question *q, const char *answer)
{
    for (size_t i = 0; i < ANSWERS; i++) {
        if (strncmp(answers[i].word, answer, strlen(answer)) != 0)
            continue;
        q->needs |= answers[i].needs;
        return true;
    }
    printf("One of these words, or how it begins.\n");
    return false;
}

static bool take_size(struct question *q, const char *answer)
{
    size_t size = q->size;

    if ((!*answer || size_parse(answer, &size) == 0) &&
        size <= OPTIONS_MAX_MAX) {
        q->size = size;
        return true;
    }
    printf("A size up to 1GiB, such as 64, 4KiB or 1MiB.\n");
    return false;
}

static bool take_rate(struct question *q, const char *answer)
{
    uint64_t rate = 0;

    if (*answer && number_parse(answer, 0, RATE_MOST, &rate) < 0) {
        printf("A number up to %d.\n", RATE_MOST);
        return false;
    }
    q->rate = (unsigned)rate;
    return true;
}

static bool take_without(struct question *q, const char *answer)
{
    char word[QUESTION_LIBRARIES_MAX];
    struct words libraries = { 0 };

    if (find_unknown(answer, word)) {
        tell_libraries(&libraries);
        printf("None, all, or some of these: %s.\n", libraries.text);
        return false;
    }
    (void)snprintf(q->without, sizeof(q->without), "%s", answer);
    return true;
}

static bool ask_until(struct question *q, const char *text,
                      bool (*take)(struct question *q, const char *answer))
{
    char answer[ANSWER_MAX];

    do {
        printf("%s ", text);
        if (!read_answer(answer))
            return false;
    } while (!take(q, answer));
    return true;
}

static bool ask_yes(struct question *q, const struct ask *ask)
{
    char answer[ANSWER_MAX];

    printf("%s (y/N) ", ask->text);
    if (!read_answer(answer))
        return false;
    if (answer[0] == 'y' || answer[0] == 'Y')
        q->needs |= ask->need;
    return true;
}

bool question_ask(struct question *q)
{
    bool there;

    printf("Who are the two?\n");
    for (size_t i = 0; i < ANSWERS; i++)
        printf("   %-10s %s\n", answers[i].word, answers[i].text);
    there = ask_until(q, "(relatives)", take_who) &&
            ask_until(q, "How large is a message? (4KiB)", take_size) &&
            ask_until(q,
                      "How many are there in a second? 0: as many as can be "
                      "(0)",
                      take_rate);
    for (size_t i = 0; there && i < ASKS; i++)
        if (asks[i].text)
            there = ask_yes(q, &asks[i]);
    there = there &&
            ask_until(q,
                      "Which libraries are not allowed? all: the kernel alone "
                      "(none)",
                      take_without);
    putchar('\n');
    return there;
}

/* -------------------------------------------------------------------- told */

void question_tell(const struct question *q, struct words *ret_words)
{
    char size[UNITS_TEXT_MAX];

    *ret_words = (struct words){ 0 };
    words_add(ret_words, "", "Messages of %s", size_text(q->size, size));
    if (q->rate > 0)
        words_add(ret_words, ", ", "%u in a second", q->rate);
    for (size_t i = 0; i < ASKS; i++)
        if (q->needs & asks[i].need)
            words_add(ret_words, ", ", "%s", asks[i].told);
    if (strcmp(q->without, "all") == 0)
        words_add(ret_words, ", ", "without libraries");
    else if (q->without[0])
        words_add(ret_words, ", ", "without %s", q->without);
    words_add(ret_words, "", ".");
}
