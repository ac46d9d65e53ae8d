#!/bin/sh
# SPDX-License-Identifier: MIT
#
# reading.sh FILE.c ... -- tells how much there is to read to have read each
#
# The files named are the mechanisms. A mechanism is read with all that it
# reaches by its includes, header and source, and what these reach in turn; the
# contract, ipc/, is not counted. V=1 names the files. Fails where one that has
# a budget is over it.
set -eu
export LC_ALL=C

# shellcheck disable=SC2016 # the dollars are awk's
printf '%s\n' "$@" | awk '
BEGIN {
    most["pipe"] = 500
    most["unix-stream"] = 800
    most["ring"] = 1050
    most["ring-mpmc"] = 850
    most["posix-mq"] = 750
}

# Counts the lines of a file, and visits what it includes; 0 if there is none.
function read_file(path,   line, lines, count, included) {
    if (path in read || path ~ /^ipc\//)
        return 0
    read[path] = 1
    while ((getline line < path) > 0) {
        lines++
        if (split(line, word, "\"") > 2 && word[1] == "#include ")
            included[++count] = word[2]
    }
    close(path)
    if (lines > 0)
        files = files sprintf("  %5d %s\n", lines, path)
    while (count > 0) {
        path = included[count--]
        lines += read_file(path)
        sub(/\.h$/, ".c", path)
        lines += read_file(path)
    }
    return lines
}

{
    name = $0
    gsub(/.*\/|\.c$/, "", name)
    gsub(/_/, "-", name)
    delete read
    files = ""
    lines = read_file($0)
    budget = name in most ? sprintf("  at most %d", most[name]) : ""
    printf "%-16s %5d lines%s\n", name, lines, budget
    if (ENVIRON["V"])
        printf "%s", files
    if (name in most && lines > most[name]) {
        printf "%s: %d lines to read, at most %d\n", $0, lines, most[name] \
            >"/dev/stderr"
        failed = 1
    }
}

END { exit failed }'
