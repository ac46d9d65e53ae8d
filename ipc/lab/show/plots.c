/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plots.h"

#include "ipc/lab/show/plot_script.h"

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

/* The first line that is not empty. */
static void read_words(const char *dir, char ret_text[static PLOTS_TEXT_MAX])
{
    char path[PATH_MAX];
    FILE *file = NULL;

    if (make_path(path, dir, WORDS) == 0)
        file = fopen(path, "re");
    while (file && fgets(ret_text, PLOTS_TEXT_MAX, file) && ret_text[0] == '\n')
        continue;
    if (file)
        (void)fclose(file);
    ret_text[strcspn(ret_text, "\n")] = '\0';
}

static int read_svg(const char *path, char **ret_svg, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    char *svg = file ? malloc(PLOT_SVG_MAX) : NULL;
    size_t size = 0;
    int r = 0;

    if (!file)
        return -errno;
    if (svg)
        size = fread(svg, 1, PLOT_SVG_MAX, file);
    if (!svg)
        r = -ENOMEM;
    else if (size == 0 || size == PLOT_SVG_MAX)
        r = -EIO;
    (void)fclose(file);
    if (r < 0) {
        free(svg);
        return r;
    }
    *ret_svg = svg;
    *ret_size = size;
    return 0;
}

/* One script draws them all: most of gnuplot's time is its start. */
static int write_script(const struct results_set *results, const char *path,
                        struct plots *plots)
{
    struct plot_script scripts[PLOT_SCRIPTS_MAX];
    char name[FILE_NAME_MAX];
    FILE *file = fopen(path, "wxe");

    if (!file)
        return -errno;
    plots->count = plot_script_find(results, scripts);
    for (size_t i = 0; i < plots->count; i++) {
        plot_script_title(&scripts[i], plots->plot[i].title);
        plots->plot[i].caption = plot_script_caption(&scripts[i]);
        for (unsigned format = 0; format < PLOT_FORMATS; format++)
            plot_script_write(&scripts[i], results, format,
                              file_name(i, format, name), file);
    }
    return fclose(file) == EOF ? -errno : 0;
}

static int read_plot(const char *dir, size_t index, struct plot *plot)
{
    char path[PATH_MAX], name[FILE_NAME_MAX];
    int r = 0;

    for (unsigned format = 0; r == 0 && format < PLOT_FORMATS; format++) {
        r = make_path(path, dir, file_name(index, format, name));
        if (r == 0)
            r = read_svg(path, &plot->svg[format], &plot->size[format]);
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
