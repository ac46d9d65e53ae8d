/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json_file.c -- json-file finds a document that somebody else wrote
 *
 * Bytes        the document; if their number is odd, another one lies there
 *              when what was acquired is released
 * Must hold    it is refused with -EPROTO, or what it lends is a message, of
 *              no more than the channel's depth; a document that the mechanism
 *              itself puts there next is received
 */
#include "files/json_file_document.h"
#include "tests/fuzz/far_end.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { FRAME_MAX = 100, DEPTH = 4, VALUE = 0x55 };

/* It appears whole, as a document does. */
static void put(const struct far_end *f, const uint8_t *bytes, size_t size)
{
    char draft[PATH_MAX], path[PATH_MAX];
    FILE *file = fopen(far_end_path(f, "draft", draft), "wb");

    fuzz_require(file);
    fuzz_require(fwrite(bytes, 1, size, file) == size);
    fuzz_require(fclose(file) == 0);
    fuzz_require(rename(draft, far_end_path(f, "jobs/shared.json", path)) == 0);
}

/* Whether a receiver that finds it would wait for more. */
static bool is_empty(const struct far_end *f)
{
    struct document document;
    char path[PATH_MAX];
    bool empty = false;

    fuzz_require(document_open(&document, FRAME_MAX, DEPTH) == 0);
    if (document_look(&document, far_end_path(f, "jobs/shared.json", path)) ==
        0) {
        fuzz_require(document_count(&document) <= DEPTH);
        empty = document_count(&document) == 0;
    }
    document_close(&document);
    return empty;
}

/* Of a message that is not the oldest any more nothing is left to release. */
static void release(struct far_end *f, bool meanwhile_others)
{
    static const uint8_t others[] =
        "{\"format\": 1, \"next\": 9000, \"messages\": "
        "[{\"number\": 8999, \"size\": 1, \"base64\": \"AA==\"}]}";

    if (meanwhile_others) {
        put(f, others, sizeof(others) - 1);
        fuzz_require(far_end_release(f) == -EPROTO);
    } else {
        fuzz_require(far_end_release(f) == 0);
    }
}

int fuzz_json_file(const uint8_t *data, size_t size)
{
    static const uint8_t fresh[] =
        "{\"format\": 1, \"next\": 7, \"messages\": []}";
    const size_t length = size;
    struct far_end f;
    const void *block;
    int r;

    if (!far_end_create(&f, "json-file", FRAME_MAX, DEPTH, NULL))
        return 0;
    fuzz_require(far_end_attach(&f, false) == 0);
    put(&f, data, size);
    if (!is_empty(&f)) {
        r = far_end_acquire(&f, &block, &size);
        fuzz_require(r == 0 || r == -EPROTO);
        if (r == 0)
            release(&f, length % 2 == 1);
    }
    put(&f, fresh, sizeof(fresh) - 1);
    fuzz_require(far_end_send(&f, VALUE, FRAME_MAX) == 0);
    far_end_expect(&f, VALUE, FRAME_MAX);
    far_end_close(&f);
    return 0;
}
