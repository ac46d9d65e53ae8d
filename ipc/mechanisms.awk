# mechanisms.awk -- makes the table of mechanisms from their spec sheets
#
#   awk -v skipped="zeromq=libzmq is missing" -f ipc/mechanisms.awk FILE.c ...
#
# skipped: NAME=REASON pairs separated by ";". A sheet that lacks a heading,
# or has them in another order, stops the build.

function fail(text) {
    printf "%s: %s\n", file, text >"/dev/stderr"
    failed = 1
    exit 1
}

function quoted(text) {
    gsub(/["\\]/, "\\\\&", text)
    return "\"" text "\""
}

function finish_file(   i) {
    if (file == "")
        return
    if (lines != headings)
        fail("spec sheet: expected the heading " heading[lines + 1])
    if (symbol in reason)
        rows = rows sprintf("      NULL, %s },\n", quoted(reason[symbol]))
    else {
        rows = rows sprintf("      &%s_channel, NULL },\n", symbol)
        externs = externs "extern const struct channel_ops " \
            symbol "_channel;\n"
    }
}

function start_file(   parts, n) {
    finish_file()
    file = FILENAME
    n = split(file, parts, "/")
    family = parts[n - 1]
    symbol = parts[n]
    sub(/\.c$/, "", symbol)
    name = symbol
    gsub(/_/, "-", name)
    lines = 0
    titled = 0
}

BEGIN {
    headings = split("Rendezvous Framing Copies Waiting End Limits " \
                     "Leftovers Trust Manual", heading, " ")
    n = split(skipped, pairs, ";")
    for (i = 1; i <= n; i++) {
        at = index(pairs[i], "=")
        reason[substr(pairs[i], 1, at - 1)] = substr(pairs[i], at + 1)
    }
}

FNR == 1 { start_file() }

!titled && $2 == symbol ".c" && $3 == "--" {
    title = $0
    sub(/^ \* [^ ]* -- /, "", title)
    rows = rows sprintf("    { %s, %s, %s,\n      %s,\n      {\n",
                        quoted(name), quoted(family), quoted(file),
                        quoted(title))
    titled = 1
}

titled && lines < headings && $1 == "*" && $2 == heading[lines + 1] {
    text = $0
    sub(/^ \* [A-Za-z]* */, "", text)
    rows = rows "          " quoted(text) ",\n"
    if (++lines == headings)
        rows = rows "      },\n"
}

END {
    if (failed)
        exit 1
    finish_file()
    if (failed)
        exit 1
    print "/* Made by ipc/mechanisms.awk from the spec sheets. */"
    print "#include \"ipc/mechanisms.h\"\n"
    print externs
    print "const struct mechanism mechanisms[] = {"
    printf "%s", rows
    print "    { .name = NULL },\n};"
}
