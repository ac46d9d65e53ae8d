/* SPDX-License-Identifier: MIT */
#include "ipc/job/jpeg_icc.h"

#include "ipc/job/segment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Before each piece: its number, from 1, and how many there are. */
enum { NUMBER, COUNT, NUMBERS, PIECES_MAX = 255 };

struct pieces {
    struct segment piece[PIECES_MAX + 1]; /* by number */
    bool is_there[PIECES_MAX + 1];
    unsigned count;
    unsigned found;
    size_t size;
};

static int add_piece(struct pieces *pieces, const struct segment *segment)
{
    const unsigned number =
        segment->size > NUMBER ? segment->content[NUMBER] : 0;
    const unsigned count = segment->size > COUNT ? segment->content[COUNT] : 0;

    if (pieces->found == 0)
        pieces->count = count;
    if (number == 0 || number > count || count != pieces->count ||
        pieces->is_there[number])
        return -EBADMSG;
    pieces->is_there[number] = true;
    pieces->piece[number].content = segment->content + NUMBERS;
    pieces->piece[number].size = segment->size - NUMBERS;
    pieces->size += segment->size - NUMBERS;
    pieces->found++;
    return 0;
}

static int find_pieces(struct pieces *pieces, const void *bytes, size_t size)
{
    static const char mark[12] = "ICC_PROFILE";
    struct segment_reader reader;
    struct segment segment;
    int r = 0;

    segment_start(&reader, bytes, size);
    while (r == 0 &&
           segment_find(&reader, SEGMENT_ICC, mark, sizeof(mark), &segment))
        r = add_piece(pieces, &segment);
    if (r == 0 && pieces->found < pieces->count)
        r = -EBADMSG;
    return r;
}

static int join(const struct pieces *pieces, unsigned char **ret_profile)
{
    unsigned char *profile, *at;

    profile = at = malloc(pieces->size + 1); /* never 0 */
    if (!profile)
        return -ENOMEM;
    for (unsigned i = 1; i <= pieces->count; i++) {
        memcpy(at, pieces->piece[i].content, pieces->piece[i].size);
        at += pieces->piece[i].size;
    }
    *ret_profile = profile;
    return 0;
}

int icc_read_jpeg(const void *bytes, size_t size, unsigned char **ret_profile,
                  size_t *ret_size)
{
    struct pieces pieces = { 0 };
    unsigned char *profile = NULL;
    int r;

    r = find_pieces(&pieces, bytes, size);
    if (r == 0 && pieces.count > 0)
        r = join(&pieces, &profile);
    if (r < 0)
        return r;
    *ret_profile = profile;
    *ret_size = pieces.size;
    return 0;
}
