#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# documented.sh -- holds that what the README and docs/ tell people to type is
# there, and takes what it is given; and that what they name and link is there
#
# Each command is run for a moment, in a place that has the files that the pages
# speak of: one that is at work by then is well, one that does not know a word
# of its line (status 2) or is not there is not. Targets of make are only asked
# for. Options and files between backticks exist, and so does what is linked: a
# file, and in it the heading. $BUILD is the folder of what was built.
set -euo pipefail
export LC_ALL=C
unset MAKEFLAGS MAKELEVEL MFLAGS

faults=0
seen=0
named=0
fault() {
    echo "tests/documented.sh: $1"
    faults=$((faults + 1))
}

root=$PWD
bin=$(realpath "$BUILD")/bin
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/tmp" "$place/dir"
export TMPDIR=$place/tmp XDG_STATE_HOME=$place/state

# Those in blocks, a line each, without what follows on the same line as a
# remark, and without the name of the machine that they are for; and those
# between backticks. The words in capitals stand for a file or a folder.
programs='build/bin/|ipc |make |([A-Z]+=[^ ]+ )+make '
commands() {
    awk '
    FNR == 1 { block = 0 }
    /^```/ { block = !block; next }
    block {
        sub(/  +#.*/, "")
        sub(/^host-[a-z]\$ /, "")
        line = line $0
        if (sub(/ *\\$/, " ", line))
            next
        print line
        line = ""
    }' "$root/README.md" "$root"/docs/*.md
    between_backticks
}

between_backticks() {
    # shellcheck disable=SC2016 # the quotes are meant
    grep -ohE '`[^`]+`' "$root/README.md" "$root"/docs/*.md | tr -d '`'
}

prepared() {
    sed "s|build/bin/|$bin/|g; s|^ipc |$bin/ipc |; s|/tmp/x|$place/dir/x|g
         s|//0\.0\.0\.0:|//127.0.0.1:|; s|//store.example/|//127.0.0.1:1/|
         s|\bOLD NEW\b|old.jsonl new.jsonl|; s|\bDIR\b|dir|g
         s|report FILE|report old.jsonl|; s|--save FILE|--save saved.jsonl|
         s|\bPROGRAM\b|$bin/ipc|"
}

# Files that the pages speak of.
"$bin/ipc" bench pipe --size 64 --jobs 9 --rounds 1 \
    --save "$place/old.jsonl" >/dev/null
cp "$place/old.jsonl" "$place/new.jsonl"
echo 'rediss://worker:word@127.0.0.1:1' >"$place/url"

# The target or targets are there.
try_make() {
    (cd "$root" && eval "${1/make /make -n SETUP=no }") >"$place/said" 2>&1 ||
        fault "$1: $(tail -n 1 "$place/said")"
}

# Whether a program is not here because its library is not.
is_skipped() {
    local name=${1#build/bin/}

    name=${name%% *}
    [ ! -e "$bin/$name" ] &&
        "$bin/ipc" list "$name" 2>/dev/null | grep -q '^ *Skipped '
}

try() {
    local status=0

    (cd "$place" && timeout -k 20 0.3 bash -c "$(prepared <<<"$1")") \
        </dev/null >"$place/said" 2>&1 || status=$?
    case $status in
    2 | 126 | 127) fault "$1: status $status: $(tail -n 1 "$place/said")" ;;
    esac
}

while IFS= read -r line; do
    seen=$((seen + 1))
    case $line in
    *make\ *) try_make "$line" ;;
    *) is_skipped "$line" || try "$line" ;;
    esac
done < <(commands | grep -E "^($programs)" | sort -u)

[ "$seen" -ge 20 ] || fault "only $seen commands were found"

# Options of docker, which the pages name, too.
elsewhere='--ipc|--shm-size'
for command in $("$bin/ipc" help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
    "$bin/ipc" help "$command" 2>/dev/null || true
done | grep -oE '^  --[a-z-]+' | tr -d ' ' | sort -u >"$place/options"
while IFS= read -r option; do
    named=$((named + 1))
    grep -qxF -e "$option" "$place/options" || fault "$option: no such option"
done < <(between_backticks | grep -oE '^--[a-z-]+' | sort -u |
    grep -vxE -e "$elsewhere")
while IFS= read -r setting; do
    named=$((named + 1))
    grep -qF "{ \"$setting\"," {files,signals,pipes,sockets,queues}/*.c ||
        fault "--set $setting: no such option"
done < <(between_backticks | grep -oE -e '--set [a-z-]+' | cut -c 7- | sort -u)
while IFS= read -r file; do
    named=$((named + 1))
    [ -e "$file" ] || fault "$file: no such file"
done < <(between_backticks | sort -u |
    grep -E '^(docs|files|signals|pipes|sockets|queues|shared|ipc|tests)/')

# Headings as a link names them: "What is a cell?" is what-is-a-cell.
headings() {
    sed -n 's/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-'
}
for page in README.md docs/*.md; do
    while IFS= read -r link; do
        named=$((named + 1))
        target=$(dirname "$page")/${link%%#*}
        [ -n "${link%%#*}" ] || target=$page
        if [ ! -e "$target" ]; then
            fault "$page: $link: no such file"
        elif [ "$link" != "${link#*#}" ] &&
            ! headings "$target" | grep -qxF -e "${link#*#}"; then
            fault "$page: $link: no such heading"
        fi
    done < <(grep -oE '\]\([^)]*\)' "$page" | sed 's/^](//; s/)$//' |
        grep -v '^[a-z]*://')
done
[ "$named" -ge 60 ] || fault "only $named options, files and links were found"
[ "$faults" -eq 0 ] || exit 1
echo "documented: $seen commands; $named options, files and links"
