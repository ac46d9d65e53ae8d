/* SPDX-License-Identifier: MIT */
#include "ipc/claims/claim_page.h"

#include "shared/base/units.h"

#include <string.h>

static const char head[] =
    "# The article, executed\n"
    "\n"
    "The suite comes from an article on concurrency, parallelism, processes,\n"
    "threads and IPC. Here each of its claims is an experiment: a program "
    "that\n"
    "measures, and a rule beside it that decides by the figures. `make "
    "article`\n"
    "tries them all on your machine, `build/bin/ipc claims I4` tells more of\n"
    "one, and `make report` shows all of them in a page, some with plots. A\n"
    "claim has a twin, the same experiment with one thing changed,\n"
    "and the tests hold that it turns the verdict.\n"
    "\n"
    "- CONFIRMED: it is so.\n"
    "- MOSTLY: it is so, but for cases that the finding names.\n"
    "- DEPENDS: on what the finding names; or the figures do not separate.\n"
    "- REFUTED: it is not so.\n"
    "- NOT TESTABLE HERE: the finding says why.\n"
    "\n";

/* What is on the page for a program, not for Markdown. */
static void write_plain(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (strchr("|*_<>`\\", *text))
            (void)fputc('\\', stream);
        (void)fputc(*text, stream);
    }
}

static const char *name_of(const struct verdict_of *v)
{
    return v->failed ? "no verdict" : claim_verdict_name(v->verdict);
}

static void write_machine(FILE *stream, const json_t *machine)
{
    char memory[UNITS_TEXT_MAX];

    (void)fprintf(
        stream,
        "Measured %s on %s, %lld processors, %s of memory, Linux %s, %s.\n\n",
        json_string_value(json_object_get(machine, "measured")),
        json_string_value(json_object_get(machine, "processor")),
        (long long)json_integer_value(json_object_get(machine, "processors")),
        bytes_text(json_number_value(json_object_get(machine, "memory_bytes")),
                   memory),
        json_string_value(json_object_get(machine, "kernel")),
        json_string_value(json_object_get(machine, "compiler")));
}

static void write_table(FILE *stream, const struct verdict_of *verdicts,
                        size_t count)
{
    (void)fputs("| | claim | verdict |\n|---|---|---|\n", stream);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(stream, "| %s | ", verdicts[i].claim->ops->id);
        write_plain(stream, verdicts[i].claim->sheet[CLAIM_CLAIM]);
        (void)fprintf(stream, " | %s |\n", name_of(&verdicts[i]));
    }
}

static void write_line(FILE *stream, const char *heading, const char *text)
{
    (void)fprintf(stream, "- %s: ", heading);
    write_plain(stream, text);
    (void)fputc('\n', stream);
}

static void write_claim(FILE *stream, const struct verdict_of *v)
{
    (void)fprintf(stream, "\n### %s: ", v->claim->ops->id);
    write_plain(stream, v->claim->title);
    (void)fputs("\n\n", stream);
    write_plain(stream, v->claim->sheet[CLAIM_CLAIM]);
    (void)fprintf(stream, "\n\n**%s.** ", name_of(v));
    write_plain(stream, v->finding);
    (void)fputs("\n\n", stream);
    write_line(stream, "Section", v->claim->sheet[CLAIM_SECTION]);
    write_line(stream, "Experiment", v->claim->sheet[CLAIM_EXPERIMENT]);
    write_line(stream, "Rule", v->claim->sheet[CLAIM_RULE]);
    write_line(stream, "Twin", v->claim->sheet[CLAIM_TWIN]);
    write_line(stream, "Take away", v->claim->sheet[CLAIM_TAKE_AWAY]);
    (void)fprintf(stream, "- Source: [%s](../%s); see ", v->claim->source,
                  v->claim->source);
    write_plain(stream, v->claim->sheet[CLAIM_MANUAL]);
    (void)fputc('\n', stream);
}

void claim_page(FILE *stream, const struct verdict_of *verdicts, size_t count,
                const json_t *machine)
{
    const char *part = "";

    (void)fputs(head, stream);
    write_machine(stream, machine);
    write_table(stream, verdicts, count);
    for (size_t i = 0; i < count; i++) {
        const char *own = claim_part(verdicts[i].claim);

        if (strcmp(own, part) != 0)
            (void)fprintf(stream, "\n## %s\n", own);
        part = own;
        write_claim(stream, &verdicts[i]);
    }
}
