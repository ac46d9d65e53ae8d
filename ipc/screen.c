/* SPDX-License-Identifier: MIT */
#include "ipc/screen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_MIN = 40, COLUMNS_DEFAULT = 80 };

static int columns(void)
{
    const char *given = getenv("COLUMNS");
    struct winsize size;
    int wide = given ? atoi(given) : 0;

    if (wide <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        wide = size.ws_col;
    if (wide <= 0)
        return COLUMNS_DEFAULT;
    return wide < COLUMNS_MIN ? COLUMNS_MIN : wide;
}

struct screen screen_of_stdout(void)
{
    const char *no_colour = getenv("NO_COLOR");
    bool terminal = isatty(STDOUT_FILENO);

    return (struct screen){
        .terminal = terminal,
        .colour = terminal && !(no_colour && no_colour[0]),
        .columns = columns(),
    };
}

const char *screen_style(const struct screen *screen, enum screen_style style)
{
    static const char *const sequences[] = {
        [STYLE_TITLE] = "\033[1m", [STYLE_DIM] = "\033[2m",
        [STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[31m",
        [STYLE_END] = "\033[0m",
    };

    return screen->colour ? sequences[style] : "";
}

void screen_wrap(const struct screen *screen, const char *text, int indent)
{
    int at = indent;

    while (*text) {
        int word = (int)strcspn(text, " ");

        if (at > indent && at + 1 + word > screen->columns) {
            printf("\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", word, text);
        at += word;
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void screen_progress(const struct screen *screen, uint64_t done, uint64_t total)
{
    if (!screen->terminal)
        return;
    if (total)
        printf("\r  %" PRIu64 " of %" PRIu64 " jobs\033[K", done, total);
    else
        printf("\r  %" PRIu64 " jobs\033[K", done);
    (void)fflush(stdout);
}

void screen_clear(const struct screen *screen)
{
    if (!screen->terminal)
        return;
    printf("\r\033[K");
    (void)fflush(stdout);
}

void complain(const char *mechanism, const char *format, ...)
{
    const char *program = program_invocation_short_name;
    va_list arguments;

    (void)fflush(stdout);
    (void)fprintf(stderr, "%s: ", program);
    if (mechanism && strcmp(mechanism, program) != 0)
        (void)fprintf(stderr, "%s: ", mechanism);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
}
