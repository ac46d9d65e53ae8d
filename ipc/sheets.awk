# SPDX-License-Identifier: MIT
#
# sheets.awk -- makes the table of mechanisms, models or claims from the sheets
#
#   awk [-v kind=KIND] [-v skipped=LIST] -f ipc/sheets.awk FILE.c ...      as C
#   awk -v form=markdown -f ipc/sheets.awk FILE.c ...             for the README
#
# KIND is mechanism, model or claim.
#
# LIST is NAME=REASON pairs, each ended by ";". A sheet that lacks a heading,
# or has them in another order, stops the build.

function fail(text) {
    printf "%s: spec sheet: %s\n", file, text >"/dev/stderr"
    failed = 1
    exit 1
}

function end_of_file() {
    if (file == "")
        return
    if (lines == 0)
        fail("expected a line: * " symbol ".c -- TITLE")
    if (lines <= headings)
        fail("expected the heading " heading[lines])
}

# A C string.
function quoted(text) {
    gsub(/["\\]/, "\\\\&", text)
    return "\"" text "\""
}

# A cell of a Markdown table.
function cell(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/[|*_\\]/, "\\\\&", text)
    return " " text " |"
}

function row_in_c(   i) {
    printf "    { %s, ", quoted(name[n])
    if (kind == "mechanism")
        printf "%s, ", quoted(family[n])
    printf "%s,\n      %s,\n      {\n", quoted(source[n]), quoted(title[n])
    for (i = 1; i <= headings; i++)
        printf "          %s,\n", quoted(sheet[n, heading[i]])
    if (name[n] in reason)
        printf "      },\n      NULL, %s },\n", quoted(reason[name[n]])
    else
        printf "      },\n      &%s_%s, NULL },\n", symbols[n], suffix[kind]
}

function table_in_c() {
    print "/* Made by ipc/sheets.awk from the sheets. */"
    print "#include \"" header[kind] "\"\n"
    for (n = 1; n <= files; n++)
        if (!(name[n] in reason))
            printf "extern const struct %s_ops %s_%s;\n", suffix[kind],
                symbols[n], suffix[kind]
    printf "\nconst struct %s %ss[] = {\n", kind, kind
    for (n = 1; n <= files; n++)
        row_in_c()
    print "    { .name = NULL },\n};"
}

function table_in_markdown(   copies) {
    print "| Family | Mechanism | Copies | How the two meet | Limits |"
    print "|---|---|---|---|---|"
    for (n = 1; n <= files; n++) {
        copies = sheet[n, "Copies"]
        sub(/:.*/, "", copies)
        printf "|%s [`%s`](%s) |%s%s%s\n",
            cell(family[n] == family[n - 1] ? "" : family[n]), name[n],
            source[n], cell(copies), cell(sheet[n, "Rendezvous"]),
            cell(sheet[n, "Limits"])
    }
}

BEGIN {
    if (!kind)
        kind = "mechanism"
    of["mechanism"] = "Rendezvous Framing Copies Waiting End Limits " \
        "Leftovers Trust Manual"
    suffix["mechanism"] = "channel"
    header["mechanism"] = "ipc/mechanisms.h"
    of["model"] = "Workers Waiting Gains Costs Use Manual"
    suffix["model"] = "model"
    header["model"] = "ipc/models/model.h"
    of["claim"] = "Claim Section Experiment Rule Twin Take_away Manual"
    suffix["claim"] = "claim"
    header["claim"] = "ipc/claims/claim.h"
    headings = split(of[kind], heading, " ")
    for (i = 1; i <= headings; i++)
        gsub(/_/, " ", heading[i])
    pairs = split(skipped, pair, "; *")
    for (i = 1; i <= pairs; i++) {
        at = index(pair[i], "=")
        symbol = substr(pair[i], 1, at - 1)
        gsub(/_/, "-", symbol)
        reason[symbol] = substr(pair[i], at + 1)
    }
}

FNR == 1 {
    end_of_file()
    file = source[++files] = FILENAME
    parts = split(file, part, "/")
    family[files] = part[parts - 1]
    symbol = part[parts]
    sub(/\.c$/, "", symbol)
    symbols[files] = name[files] = symbol
    gsub(/_/, "-", name[files])
    lines = 0 # of the sheet: its title, then its headings
}

lines == 0 && $2 == symbol ".c" && $3 == "--" {
    title[files] = $0
    sub(/^ \* [^ ]* -- /, "", title[files])
    lines = 1
}

lines > 0 && lines <= headings && index($0, " * " heading[lines] " ") == 1 {
    text = substr($0, length(heading[lines]) + 4)
    sub(/^ */, "", text)
    sheet[files, heading[lines++]] = text
    next
}

# More of the line before.
lines > 1 && $1 == "*" && /^ \*   +[^ ]/ {
    text = $0
    sub(/^ \* */, "", text)
    sheet[files, heading[lines - 1]] = sheet[files, heading[lines - 1]] " " text
}

$1 == "*/" && lines > headings { lines = headings + 2 }

END {
    if (failed)
        exit 1
    end_of_file()
    if (form == "markdown")
        table_in_markdown()
    else
        table_in_c()
}
