/* SPDX-License-Identifier: MIT */
#include "ipc/screen/screen.h"

#include "ipc/plain_text.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_MIN = 40, COLUMNS_DEFAULT = 80 };
enum { TEXT_MAX = PATH_MAX + 1000 };

static int columns_of(FILE *stream)
{
    const char *given = getenv("COLUMNS");
    struct winsize size;
    int wide = given ? atoi(given) : 0;

    if (wide <= 0 && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0)
        wide = size.ws_col;
    if (wide <= 0)
        return COLUMNS_DEFAULT;
    return wide < COLUMNS_MIN ? COLUMNS_MIN : wide;
}

static bool is_terminal(FILE *stream)
{
    const char *term = getenv("TERM");

    return isatty(fileno(stream)) && term && strcmp(term, "dumb") != 0;
}

struct screen screen_of(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    bool terminal = is_terminal(stream);

    return (struct screen){
        .stream = stream,
        .terminal = terminal,
        .colour = terminal && !(no_colour && no_colour[0]),
        .columns = columns_of(stream),
    };
}

const char *screen_style(const struct screen *screen, enum screen_style style)
{
    static const char *const sequences[] = {
        [STYLE_TITLE] = "\033[1m",     [STYLE_DIM] = "\033[2m",
        [STYLE_GOOD] = "\033[32m",     [STYLE_BAD] = "\033[31m",
        [STYLE_PRODUCER] = "\033[36m", [STYLE_CONSUMER] = "\033[35m",
        [STYLE_END] = "\033[0m",
    };

    return screen->colour ? sequences[style] : "";
}

void screen_title(const struct screen *screen, const char *text)
{
    (void)fprintf(screen->stream, "%s%s%s\n", screen_style(screen, STYLE_TITLE),
                  text, screen_style(screen, STYLE_END));
}

void screen_wrap(const struct screen *screen, const char *text, int indent)
{
    int at = indent;

    while (*text) {
        int word = (int)strcspn(text, " ");

        if (at > indent && at + 1 + word > screen->columns) {
            (void)fprintf(screen->stream, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            (void)fputc(' ', screen->stream);
            at++;
        }
        (void)fprintf(screen->stream, "%.*s", word, text);
        at += word;
        text += word;
        text += strspn(text, " ");
    }
    (void)fputc('\n', screen->stream);
}

void screen_item(const struct screen *screen, int indent, const char *heading,
                 const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    int printed;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    printed = fprintf(screen->stream, "%*s%-11s ", indent, "", heading);
    screen_wrap(screen, text, printed);
}

const char *screen_erase(const struct screen *screen)
{
    return screen->terminal ? "\r\033[K" : "";
}

void screen_show(const struct screen *screen, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    if (!screen->terminal)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    /* In the last column it would begin a line that is not taken away. */
    (void)fprintf(screen->stream, "%s%.*s", screen_erase(screen),
                  screen->columns - 1, text);
    (void)fflush(screen->stream);
}

void screen_clear(const struct screen *screen)
{
    (void)fputs(screen_erase(screen), screen->stream);
    (void)fflush(screen->stream);
}

void complain(const char *mechanism, const char *format, ...)
{
    const char *program = program_invocation_short_name;
    bool named = mechanism && strcmp(mechanism, program) != 0;
    char raw[TEXT_MAX], text[TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    (void)plain_text(raw, text, sizeof(text)); /* it may hold others' names */
    (void)fflush(stdout);
    /* All at once: two programs of a pipeline may complain together. */
    (void)fprintf(stderr, "%s: %s%s%s\n", program, named ? mechanism : "",
                  named ? ": " : "", text);
}
