/* SPDX-License-Identifier: MIT */
#include "ipc/claims/letters.h"

#include "ipc/claims/tools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT_LEAST = 4 };

/* What a writer is told. */
struct part {
    const struct letters *letters;
    char letter;
    int pipes[LETTERS_SIZES_MAX][2];
};

/* The messages of one writer. */
static unsigned count_of(const struct letters *letters, size_t size)
{
    const unsigned count = (unsigned)(letters->bytes / size / letters->writers);

    return count > COUNT_LEAST ? count : COUNT_LEAST;
}

static int write_messages(void *arg)
{
    const struct part *part = arg;
    static char message[LETTERS_LONGEST];

    memset(message, part->letter, sizeof(message));
    for (unsigned i = 0; i < part->letters->size_count; i++) {
        const size_t size = part->letters->sizes[i];

        for (unsigned n = count_of(part->letters, size); n > 0; n--)
            if (write(part->pipes[i][1], message, size) != (ssize_t)size)
                return EXIT_FAILURE;
        (void)close(part->pipes[i][1]);
    }
    return EXIT_SUCCESS;
}

static int start(struct part *part)
{
    const struct letters *letters = part->letters;

    for (unsigned i = 0; i < letters->size_count; i++)
        if (pipe(part->pipes[i]) < 0)
            return -errno;
    for (unsigned i = 0; i < letters->writers; i++) {
        const pid_t pid = tool_fork(write_messages, part);

        if (pid < 0)
            return pid;
        part->letter++;
    }
    for (unsigned i = 0; i < letters->size_count; i++)
        (void)close(part->pipes[i][1]);
    return 0;
}

static unsigned count_torn(FILE *reader, size_t size, unsigned count)
{
    unsigned torn = 0;

    for (unsigned i = 0; i < count && !feof(reader); i++) {
        const int letter = getc_unlocked(reader);
        bool whole = true;

        for (size_t j = 1; j < size; j++)
            whole &= getc_unlocked(reader) == letter;
        torn += !whole;
    }
    return torn;
}

int letters_torn(const struct letters *letters,
                 double ret_shares[static LETTERS_SIZES_MAX])
{
    struct part part = { .letters = letters, .letter = 'a' };
    int r = start(&part);

    for (unsigned i = 0; r == 0 && i < letters->size_count; i++) {
        const size_t size = letters->sizes[i];
        const unsigned count = letters->writers * count_of(letters, size);
        FILE *reader = fdopen(part.pipes[i][0], "r");

        if (!reader)
            return -errno;
        ret_shares[i] = (double)count_torn(reader, size, count) / count;
        r = feof(reader) ? -EIO : 0; /* a writer wrote less */
        (void)fclose(reader);
    }
    return r;
}
