/* SPDX-License-Identifier: MIT */
/*
 * fuzz_results.c -- a file of results, as report and compare-runs read it
 *
 * Bytes        the file
 * Must hold    it is refused with -EPROTO and a reason, or what is taken makes
 *              pages, tables and scripts for gnuplot; no text of it leaves its
 *              place in them: "<hostile" is in no page, and "'hostile" in no
 *              script but with the quote doubled; results that are saved again
 *              are the same
 */
#include "ipc/lab/show/html.h"
#include "ipc/lab/show/html_article.h"
#include "ipc/lab/show/overview_markdown.h"
#include "ipc/lab/show/plots.h"
#include "shared/dir/tree.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = HOSTILE_DIR_MAX + 16 };

static char *written; /* what is written now */
static size_t written_size;

static FILE *begin(void)
{
    FILE *stream = open_memstream(&written, &written_size);

    fuzz_require(stream);
    return stream;
}

static void end_page(FILE *page)
{
    fuzz_require(fclose(page) == 0);
    fuzz_require(!strstr(written, "<hostile"));
    free(written);
}

static void end_script(FILE *script)
{
    const char *at;

    fuzz_require(fclose(script) == 0);
    for (at = written; (at = strstr(at, "'hostile")); at++)
        fuzz_require(at > written && at[-1] == '\'');
    free(written);
}

static void check_reason(int r, const char text[static RESULTS_TEXT_MAX])
{
    fuzz_require(r == 0 || r == -EPROTO);
    fuzz_require(memchr(text, '\0', RESULTS_TEXT_MAX));
    fuzz_require(r == 0 || text[0]);
}

static void draw(const struct results_set *results)
{
    static struct plot_source source;
    FILE *script = begin();

    plot_script_find(results, &source);
    for (size_t i = 0; i < source.count; i++) {
        char title[PLOT_TITLE_MAX], caption[PLOT_CAPTION_MAX];

        plot_script_title(&source.script[i], title);
        plot_script_caption(&source, &source.script[i], caption);
        plot_script_write(&source, &source.script[i], PLOT_WIDE, "plot.svg",
                          script);
    }
    end_script(script);
}

static void show(const struct results_set *results)
{
    static const struct plots none;
    struct overview overview;
    FILE *page = begin();

    html_write(results, &none, NULL, NULL, page);
    end_page(page);
    page = begin();
    if (overview_make(results, &overview))
        overview_markdown(&overview, results->run, page);
    fuzz_require(fclose(page) == 0);
    free(written);
    draw(results);
}

static void check_again(const struct results_set *results, const char *dir)
{
    char path[PATH_SIZE], text[RESULTS_TEXT_MAX];
    struct results_set again;

    (void)snprintf(path, sizeof(path), "%s/again", dir);
    fuzz_require(results_save(results, path) == 0);
    fuzz_require(results_load(path, &again, text) == 0);
    fuzz_require(json_equal(results->run, again.run));
    fuzz_require(json_equal(results->cells, again.cells));
    results_free(&again);
}

static void try_results(const char *path, const char *dir)
{
    char text[RESULTS_TEXT_MAX];
    struct results_set results;
    int r = results_load(path, &results, text);

    check_reason(r, text);
    if (r < 0)
        return;
    show(&results);
    check_again(&results, dir);
    results_free(&results);
}

static void try_article(const char *path)
{
    static const struct article_plots none;
    char text[RESULTS_TEXT_MAX];
    struct article article = { 0 };
    FILE *page;

    check_reason(article_add(&article, path, text), text);
    page = begin();
    html_article(&article, &none, NULL, page);
    end_page(page);
    article_free(&article);
}

int fuzz_results(const uint8_t *data, size_t size)
{
    char dir[HOSTILE_DIR_MAX], path[PATH_SIZE];
    FILE *file;

    hostile_dir(dir);
    (void)snprintf(path, sizeof(path), "%s/results", dir);
    file = fopen(path, "wb");
    fuzz_require(file);
    fuzz_require(fwrite(data, 1, size, file) == size);
    fuzz_require(fclose(file) == 0);
    if (article_is(path))
        try_article(path);
    else
        try_results(path, dir);
    (void)tree_remove(dir);
    return 0;
}
