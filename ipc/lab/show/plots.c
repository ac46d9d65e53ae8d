/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plots.h"

#include "ipc/lab/show/plot_scatter.h"
#include "ipc/lab/show/plot_svg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT "report.gnuplot"
#define WORDS  "report.words"

enum { FILE_NAME_MAX = 64 };

static const char *file_name(size_t plot, unsigned format,
                             char text[static FILE_NAME_MAX])
{
    (void)snprintf(text, FILE_NAME_MAX, "report-%zu.svg",
                   plot * PLOT_FORMATS + format);
    return text;
}

static int make_path(char ret_path[static PATH_MAX], const char *dir,
                     const char *name)
{
    int n = snprintf(ret_path, PATH_MAX, "%s/%s", dir, name);

    return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* gnuplot warns of much that is as it should be, such as a plot with one dot.
 * What it says goes to a file, and is told when it fails. */
static int run_gnuplot(const char *dir)
{
    char *const arguments[] = { (char[]){ "gnuplot" }, (char[]){ SCRIPT },
                                NULL };
    posix_spawn_file_actions_t actions;
    int status, r;
    pid_t pid;

    r = posix_spawn_file_actions_init(&actions);
    if (r != 0)
        return -r;
    r = posix_spawn_file_actions_addchdir_np(&actions, dir);
    if (r == 0)
        r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, WORDS,
                                             O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (r == 0)
        r = posix_spawnp(&pid, arguments[0], &actions, NULL, arguments,
                         environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (r != 0)
        return -r;
    if (waitpid(pid, &status, 0) != pid)
        return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* The first line that is neither empty nor a warning. */
static void read_words(const char *dir, char ret_text[static PLOTS_TEXT_MAX])
{
    char path[PATH_MAX];
    FILE *file = NULL;

    if (make_path(path, dir, WORDS) == 0)
        file = fopen(path, "re");
    while (file && fgets(ret_text, PLOTS_TEXT_MAX, file) &&
           (ret_text[0] == '\n' || strstr(ret_text, "warning:")))
        continue;
    if (file)
        (void)fclose(file);
    ret_text[strcspn(ret_text, "\n")] = '\0';
}

static int read_svg(const char *dir, const char *name, char **ret_svg)
{
    char path[PATH_MAX], *svg;
    FILE *file;
    size_t size;
    int r = make_path(path, dir, name);

    if (r < 0)
        return r;
    file = fopen(path, "re");
    if (!file)
        return -errno;
    svg = malloc(PLOT_SVG_MAX);
    size = svg ? fread(svg, 1, PLOT_SVG_MAX, file) : 0;
    (void)fclose(file);
    if (svg && size > 0 && size < PLOT_SVG_MAX) {
        svg[size] = '\0';
        *ret_svg = svg;
        return 0;
    }
    r = svg ? -EIO : -ENOMEM;
    free(svg);
    return r;
}

static void tell_plot(const struct plot_source *source,
                      const struct plot_script *script, struct plot *ret_plot)
{
    ret_plot->script = *script;
    ret_plot->families = plot_script_families(source, script);
    plot_script_title(script, ret_plot->title);
    plot_script_caption(source, script, ret_plot->caption);
}

/* One script draws them all: most of gnuplot's time is its start. */
static int write_script(const struct results_set *results, const char *path,
                        struct plots *plots)
{
    char name[FILE_NAME_MAX];
    struct plot_source source;
    FILE *file = fopen(path, "wxe");

    if (!file)
        return -errno;
    plot_script_find(results, &source);
    plots->count = source.count;
    plots->left_out = source.left_out;
    for (size_t i = 0; i < source.count; i++) {
        tell_plot(&source, &source.script[i], &plots->plot[i]);
        for (unsigned format = 0; format < PLOT_FORMATS; format++)
            plot_script_write(&source, &source.script[i], format,
                              file_name(i, format, name), file);
    }
    return fclose(file) == EOF ? -errno : 0;
}

/* The names within a picture begin with its own: a page has many pictures. */
static int read_plot(const char *dir, size_t index, struct plot *plot)
{
    char name[FILE_NAME_MAX], prefix[FILE_NAME_MAX], *svg = NULL;
    int r = 0;

    for (unsigned format = 0; r == 0 && format < PLOT_FORMATS; format++) {
        r = read_svg(dir, file_name(index, format, name), &svg);
        if (r < 0)
            break;
        (void)snprintf(prefix, sizeof(prefix), "p%zu%c-", index,
                       format == PLOT_WIDE ? 'w' : 'n');
        plot->svg[format] = plot_svg_clean(svg, prefix);
        r = plot->svg[format] ? 0 : -ENOMEM;
        free(svg);
    }
    return r;
}

int plots_draw(const struct results_set *results, const char *dir,
               struct plots *ret_plots)
{
    char script[PATH_MAX];
    int r;

    *ret_plots = (struct plots){ 0 };
    r = make_path(script, dir, SCRIPT);
    if (r == 0)
        r = write_script(results, script, ret_plots);
    if (r == 0 && ret_plots->count > 0)
        r = run_gnuplot(dir);
    if (r == -EIO)
        read_words(dir, ret_plots->failure);
    for (size_t i = 0; r == 0 && i < ret_plots->count; i++)
        r = read_plot(dir, i, &ret_plots->plot[i]);
    return r;
}

void plots_free(struct plots *plots)
{
    for (size_t i = 0; i < plots->count; i++)
        for (unsigned format = 0; format < PLOT_FORMATS; format++)
            free(plots->plot[i].svg[format]);
    *plots = (struct plots){ 0 };
}

static int write_scatter(const struct overview *overview, const char *path,
                         enum plot_theme theme)
{
    char name[FILE_NAME_MAX];
    FILE *file = fopen(path, "wxe");

    if (!file)
        return -errno;
    plot_scatter_write(overview, false, theme, PLOT_WIDE,
                       file_name(0, PLOT_WIDE, name), file);
    return fclose(file) == EOF ? -errno : 0;
}

int plots_scatter(const struct overview *overview, const char *dir,
                  enum plot_theme theme, char **ret_svg,
                  char ret_failure[static PLOTS_TEXT_MAX])
{
    char script[PATH_MAX], name[FILE_NAME_MAX];
    int r;

    ret_failure[0] = '\0';
    if (!plot_scatter_first(overview, false))
        return -ENODATA;
    r = make_path(script, dir, SCRIPT);
    if (r == 0)
        r = write_scatter(overview, script, theme);
    if (r == 0)
        r = run_gnuplot(dir);
    if (r == -EIO)
        read_words(dir, ret_failure);
    if (r == 0)
        r = read_svg(dir, file_name(0, PLOT_WIDE, name), ret_svg);
    return r;
}
