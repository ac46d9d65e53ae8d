/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/gnuplot.h"

#include "ipc/lab/show/plot_svg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT "report.gnuplot"
#define WORDS  "report.words"

static int make_path(char ret_path[static PATH_MAX], const char *dir,
                     const char *name)
{
    int n = snprintf(ret_path, PATH_MAX, "%s/%s", dir, name);

    return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int gnuplot_begin(struct gnuplot *gnuplot, const char *dir)
{
    char path[PATH_MAX];
    int r;

    *gnuplot = (struct gnuplot){ .dir = dir };
    r = make_path(path, dir, SCRIPT);
    if (r < 0)
        return r;
    gnuplot->script = fopen(path, "wxe");
    return gnuplot->script ? 0 : -errno;
}

const char *gnuplot_output(size_t plot, enum plot_format format,
                           char text[static GNUPLOT_NAME_MAX])
{
    (void)snprintf(text, GNUPLOT_NAME_MAX, "report-%zu.svg",
                   plot * PLOT_FORMATS + format);
    return text;
}

/* A Ctrl-C that this process holds back is to end gnuplot at once. */
static void allow_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)posix_spawnattr_init(attributes);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
}

/* gnuplot warns of much that is as it should be, such as a plot with one dot.
 * What it says goes to a file, and is told when it fails. */
static int run_gnuplot(const char *dir)
{
    char *const arguments[] = { (char[]){ "gnuplot" }, (char[]){ SCRIPT },
                                NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int status, r;
    pid_t pid;

    r = posix_spawn_file_actions_init(&actions);
    if (r != 0)
        return -r;
    allow_signals(&attributes);
    r = posix_spawn_file_actions_addchdir_np(&actions, dir);
    if (r == 0)
        r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, WORDS,
                                             O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (r == 0)
        r = posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments,
                         environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (r != 0)
        return -r;
    if (waitpid(pid, &status, 0) != pid)
        return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* The first line that is neither empty nor a warning. */
static void read_words(const char *dir, char ret_text[static GNUPLOT_TEXT_MAX])
{
    char path[PATH_MAX];
    FILE *file = NULL;

    if (make_path(path, dir, WORDS) == 0)
        file = fopen(path, "re");
    while (file && fgets(ret_text, GNUPLOT_TEXT_MAX, file) &&
           (ret_text[0] == '\n' || strstr(ret_text, "warning:")))
        continue;
    if (file)
        (void)fclose(file);
    ret_text[strcspn(ret_text, "\n")] = '\0';
}

int gnuplot_run(struct gnuplot *gnuplot, bool draw)
{
    int r = fclose(gnuplot->script) == EOF ? -errno : 0;

    gnuplot->script = NULL;
    if (r == 0 && draw)
        r = run_gnuplot(gnuplot->dir);
    if (r == -EIO)
        read_words(gnuplot->dir, gnuplot->failure);
    return r;
}

int gnuplot_take_file(const struct gnuplot *gnuplot, size_t plot,
                      enum plot_format format, char **ret_svg)
{
    char path[PATH_MAX], name[GNUPLOT_NAME_MAX], *svg;
    FILE *file;
    size_t size;
    int r = make_path(path, gnuplot->dir, gnuplot_output(plot, format, name));

    if (r < 0)
        return r;
    file = fopen(path, "re");
    if (!file)
        return -errno;
    svg = malloc(GNUPLOT_SVG_MAX);
    size = svg ? fread(svg, 1, GNUPLOT_SVG_MAX, file) : 0;
    (void)fclose(file);
    if (svg && size > 0 && size < GNUPLOT_SVG_MAX) {
        svg[size] = '\0';
        *ret_svg = svg;
        return 0;
    }
    r = svg ? -EIO : -ENOMEM;
    free(svg);
    return r;
}

/* The names within a picture begin with its own: a page has many pictures. */
static int take_element(const struct gnuplot *gnuplot, size_t plot,
                        enum plot_format format, char **ret_svg)
{
    char prefix[GNUPLOT_NAME_MAX], *svg = NULL;
    int r;

    r = gnuplot_take_file(gnuplot, plot, format, &svg);
    if (r < 0)
        return r;
    (void)snprintf(prefix, sizeof(prefix), "p%zu%c-", plot,
                   format == PLOT_WIDE ? 'w' : 'n');
    *ret_svg = plot_svg_clean(svg, prefix);
    free(svg);
    return *ret_svg ? 0 : -ENOMEM;
}

int gnuplot_take(const struct gnuplot *gnuplot, size_t plot,
                 char *ret_svg[static PLOT_FORMATS])
{
    int r = 0;

    for (unsigned format = 0; r == 0 && format < PLOT_FORMATS; format++)
        r = take_element(gnuplot, plot, format, &ret_svg[format]);
    return r;
}

void gnuplot_drop(char *svg[static PLOT_FORMATS])
{
    for (unsigned format = 0; format < PLOT_FORMATS; format++)
        free(svg[format]);
}
