/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/json_lines.h"

#include "ipc/lab/measure/draft.h"
#include "ipc/screen/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1 << 20 };

/* -------------------------------------------------------- printed and saved */

int json_lines_check(const char *save)
{
    struct draft draft;
    int r;

    if (!save)
        return 0;
    r = draft_open(&draft, save);
    if (r == 0) {
        (void)draft_finish(&draft, -ECANCELED);
        return 0;
    }
    complain(NULL, "--save %s: %s", save, strerror(-r));
    return EXIT_FAILURE;
}

int json_line_write(const json_t *object, FILE *stream)
{
    if (json_dumpf(object, stream, JSON_COMPACT) < 0 ||
        fputc('\n', stream) == EOF)
        return -EIO;
    return 0;
}

void json_lines_add(struct json_lines *lines, json_t *object)
{
    if (lines->print && object) {
        (void)json_line_write(object, stdout);
        (void)fflush(stdout);
    }
    if (!lines->kept)
        lines->kept = json_array();
    (void)json_array_append_new(lines->kept, object);
}

static int save_all(const struct json_lines *lines, const char *path)
{
    struct draft draft;
    int r;

    r = draft_open(&draft, path);
    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < json_array_size(lines->kept); i++)
        r = json_line_write(json_array_get(lines->kept, i), draft.file);
    return draft_finish(&draft, r);
}

/* A run that was stopped may have little to show, and is kept beside what an
 * earlier one has left in the file. */
static int save(const struct json_lines *lines, bool stopped)
{
    char path[PATH_MAX];
    int r;

    r = snprintf(path, sizeof(path), "%s%s", lines->save,
                 stopped ? ".stopped" : "");
    r = (size_t)r < sizeof(path) ? save_all(lines, path) : -ENAMETOOLONG;
    if (r < 0)
        complain(NULL, "--save %s: %s", path, strerror(-r));
    else if (stopped)
        complain(NULL,
                 "stopped; what was done until then is in %s, and %s is "
                 "as it was",
                 path, lines->save);
    return r;
}

int json_lines_end(struct json_lines *lines, int status)
{
    const int r = lines->save ? save(lines, status >= 128) : 0;

    json_decref(lines->kept);
    lines->kept = NULL;
    return r < 0 && status == 0 ? EXIT_FAILURE : status;
}

/* -------------------------------------------------------------------- read */

int json_lines_read(const char *path, json_take_fn *take, void *arg,
                    char ret_text[static JSON_LINES_TEXT_MAX])
{
    FILE *file = fopen(path, "re");
    char *line = file ? malloc(LINE_MAX_BYTES) : NULL;
    int r = line ? 0 : file ? -ENOMEM : -errno;
    json_error_t error;
    unsigned number = 0;

    (void)snprintf(ret_text, JSON_LINES_TEXT_MAX, "%s", strerror(-r));
    while (r == 0 && fgets(line, LINE_MAX_BYTES, file)) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
        const char *why = object ? "" : error.text;

        number++;
        r = object ? take(arg, object) : -EPROTO;
        if (r < 0)
            (void)snprintf(ret_text, JSON_LINES_TEXT_MAX,
                           "line %u: not a line of results%s%.80s", number,
                           *why ? ": " : "", why);
    }
    if (file)
        (void)fclose(file);
    free(line);
    return r;
}
