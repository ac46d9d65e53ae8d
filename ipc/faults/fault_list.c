/* SPDX-License-Identifier: MIT */
#include "ipc/faults/fault_list.h"

#include "ipc/faults/alone.h"
#include "ipc/faults/failed_at_calls.h"
#include "ipc/faults/killed.h"
#include "ipc/faults/killed_at_calls.h"
#include "ipc/faults/leftovers_of_dead.h"
#include "ipc/faults/limited.h"
#include "ipc/faults/lying.h"
#include "ipc/faults/no_room.h"
#include "ipc/faults/other_user.h"
#include "ipc/faults/stepped.h"
#include "ipc/faults/stopped.h"
#include "ipc/faults/too_large.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct fault_case *const kinds[] = {
    alone_faults,           killed_faults,
    killed_at_calls_faults, stepped_faults,
    stopped_faults,         too_large_faults,
    lying_faults,           leftovers_of_dead_faults,
    other_user_faults,      no_room_faults,
    failed_at_calls_faults, limited_faults,
};

const struct fault_case *fault_at(unsigned index)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (const struct fault_case *f = kinds[i]; f->id; f++)
            if (index-- == 0)
                return f;
    return NULL;
}

/* Cuts the next word off: what is behind it, or NULL at the end. */
static const char *next_word(const char *list,
                             char ret_word[static FAULT_WORD_MAX])
{
    const size_t length = strcspn(list, ",");

    if (!*list)
        return NULL;
    (void)snprintf(ret_word, FAULT_WORD_MAX, "%.*s", (int)length, list);
    return list[length] ? list + length + 1 : list + length;
}

static bool is_called(const struct fault_case *fault, const char *word)
{
    const size_t length = strlen(fault->id);

    if (strncasecmp(word, fault->id, length) != 0)
        return false;
    return !word[length] || (word[length] == '/' &&
                             strcasecmp(word + length + 1, fault->level) == 0);
}

bool fault_is_in(const struct fault_case *fault, const char *list)
{
    char word[FAULT_WORD_MAX];

    while (list && (list = next_word(list, word)))
        if (is_called(fault, word))
            return true;
        else if (!*list)
            return false;
    return true;
}

static bool is_known(const char *word)
{
    const struct fault_case *fault;

    for (unsigned i = 0; (fault = fault_at(i)); i++)
        if (is_called(fault, word))
            return true;
    return false;
}

const char *fault_list_error(const char *list,
                             char ret_word[static FAULT_WORD_MAX])
{
    while (list && (list = next_word(list, ret_word)))
        if (!is_known(ret_word))
            return ret_word;
    return NULL;
}
