#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pitfall.sh COMMAND [NAME] -- common mistakes, and what becomes of them
#
#   show NAME          run the program with its mistake, then repaired, and
#                      show what differs and why
#   exercise NAME      put it into exercises/ for you to repair
#   check NAME         judge your repair, and give a hint if it fails
#   exercises          list all of them, solved or not
#   judge FILE [TIMES] whether a program behaves each time: 0, or 1 and how it
#                      ended
#   build NAME DIR     DIR/NAME.broken and DIR/NAME.fixed
#
# A pitfall is one file, FAMILY/pitfalls/NAME.c, with both versions in it: the
# lines that matter stand between #ifdef FIXED and #endif. The program judges
# itself: it exits with 0 if it behaves, whatever the repair. One that does not
# end is ended.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly build=${BUILD:-build}/pitfalls exercises=${EXERCISES:-exercises}
readonly limit_s=10
CC=${CC:-cc}

fail() {
    echo "pitfall: $1" >&2
    exit 2
}

# The names of all, as people type them.
names() {
    printf '%s\n' */pitfalls/*.c | sed 's|.*/||; s|\.c$||' | tr _ -
}

source_of() {
    set -- "$1" */pitfalls/"${1//-/_}.c"
    [ -f "$2" ] || fail "there is no pitfall \"$1\" (one of: $(names | xargs))"
    echo "$2"
}

title() {
    sed -n 's/^ \* [a-z_]*\.c -- //p' "$1"
}

# FILE HEADING: what the sheet says under a heading, in one line.
sheet() {
    awk -v heading="$2" '
        /^ \*\// { exit }
        /^ \* [A-Z]/ { said = index($0, " * " heading "  ") == 1 }
        said { line = substr($0, 18)
               text = text (text ? " " : "") line }
        END { print text }' "$1"
}

# FILE HEADING ...: what the sheet says under these headings, as it stands.
tell() {
    local file=$1 heading

    shift
    for heading in "$@"; do
        sheet "$file" "$heading" | fold -s -w 65 | sed 's/ $//' |
            awk -v heading="$heading" '
                { printf "%-13s %s\n", NR == 1 ? heading : "", $0 }'
    done
}

# FILE yes|no: its text with the repair or without.
version() {
    awk -v fixed="$2" '
        /^#ifdef FIXED/ { inside = 1; keep = fixed == "yes"; next }
        /^#ifndef FIXED/ { inside = 1; keep = fixed != "yes"; next }
        inside && /^#else/ { keep = !keep; next }
        inside && /^#endif/ { inside = 0; next }
        !inside || keep' "$1"
}

# FILE SOURCE PROGRAM [OPTION]: builds SOURCE as FILE says.
compile() {
    local flags

    flags=$(sheet "$1" Build)
    mkdir -p "$(dirname "$3")"
    # shellcheck disable=SC2086 # the flags are words, and so is CC
    $CC -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra ${4-} -o "$3" "$2" $flags
}

# NAME DIR
build() {
    local file

    file=$(source_of "$1")
    compile "$file" "$file" "$2/$1.broken"
    compile "$file" "$file" "$2/$1.fixed" -DFIXED
}

# How a program ended, in words.
ending() {
    case $1 in
    0) echo "it behaves" ;;
    124 | 137) echo "it did not end, and was ended after $limit_s s" ;;
    66) echo "the thread sanitizer found a data race" ;;
    1?? | 2??) echo "it was ended by SIG$(kill -l $(($1 - 128)))" ;;
    *) echo "it failed" ;;
    esac
}

# One run, of which no process stays.
run() {
    (
        ulimit -c 0
        exec timeout -s KILL $limit_s "$1" </dev/null 2>&1
    ) 2>/dev/null
}

# Chance may let a wrong program pass, but not each time.
judge() {
    local status=0 turn said

    for ((turn = 0; turn < ${2-5} && status == 0; turn++)); do
        said=$(run "$1") || status=$?
    done
    [ -z "$said" ] || printf '%s\n' "$said"
    echo "-> $(ending "$status")"
    [ "$status" = 0 ]
}

show() {
    local file status=0

    file=$(source_of "$1")
    build "$1" "$build"
    echo "$1: $(title "$file")"
    echo
    tell "$file" Belief
    echo
    echo "As it stands:"
    judge "$build/$1.broken" 1 | sed 's/^/    /' || status=$?
    [ "$status" != 0 ] || fail "$1 behaves, though it should not: our fault"
    status=0
    echo
    echo "Repaired:"
    judge "$build/$1.fixed" 1 | sed 's/^/    /' || status=$?
    echo
    echo "What differs in $file:"
    { diff <(version "$file" no) <(version "$file" yes) || true; } |
        sed -n 's/^< /    - /p; s/^> /    + /p'
    echo
    tell "$file" "What happens" Why Cure Manual
    [ "$status" = 0 ] || fail "$1 fails, though it is repaired: our fault"
    echo
    echo "To repair it yourself: make exercise-$1"
}

# What the reader gets: without the repair, and without what gives it away.
exercise() {
    local file target=$exercises/${1//-/_}.c

    file=$(source_of "$1")
    [ ! -e "$target" ] || fail "$target is there; remove it to begin anew"
    mkdir -p "$exercises"
    version "$file" no | awk '
        /^ \* [A-Z]/ { told = $2 == "Why" || $2 == "Cure" || $2 == "Hint" }
        /^ \*\// { told = 0 }
        !told' >"$target"
    tell "$file" Belief "What happens"
    echo
    echo "Repair $target, then: make check-$1"
}

# One more hint each time; the third, and last, is the cure.
give_hint() {
    local file=$1 name=$2 given=0
    local count=$exercises/.hints-$2

    [ ! -f "$count" ] || given=$(cat "$count")
    [ "$given" -ge 3 ] || given=$((given + 1))
    echo "$given" >"$count"
    echo
    if [ "$given" = 3 ]; then
        tell "$file" Cure
    else
        tell "$file" "Hint $given"
    fi
}

score() {
    local solved=0

    [ ! -f "$exercises/.solved" ] || solved=$(wc -l <"$exercises/.solved")
    echo "$solved of $(names | wc -l) solved"
}

check() {
    local file target=$exercises/${1//-/_}.c

    file=$(source_of "$1")
    [ -f "$target" ] || fail "there is no $target yet: make exercise-$1"
    compile "$file" "$target" "$build/$1.yours" || exit 1
    if ! judge "$build/$1.yours"; then
        give_hint "$file" "$1"
        exit 1
    fi
    grep -qsx -- "$1" "$exercises/.solved" || echo "$1" >>"$exercises/.solved"
    echo
    tell "$file" Why Cure
    score
}

exercises() {
    local name mark

    for name in $(names); do
        mark=' '
        [ ! -f "$exercises/${name//-/_}.c" ] || mark='.'
        ! grep -qsx -- "$name" "$exercises/.solved" || mark='x'
        printf '[%s] %-14s %s\n' "$mark" "$name" \
            "$(title "$(source_of "$name")")"
    done
    echo
    echo "$(score) (x); begun: the dots. To begin one: make exercise-torn"
}

case ${1-} in
show | exercise | check | judge) "$@" ;;
build) build "${@:2}" ;;
exercises) exercises ;;
*) sed -n '6,13s/^..//p' "$0" ;;
esac
