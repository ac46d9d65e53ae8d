#!/bin/sh
# SPDX-License-Identifier: MIT
#
# readme.sh -- makes what the README takes from elsewhere
#
#   ipc/readme.sh FILE.c ...           writes it between its two markers
#   ipc/readme.sh --check FILE.c ...   only says whether it is current
#
# Between the markers "mechanisms" stands the table of the spec sheets that open
# these files; between "results" what the saved bench docs/reference.jsonl
# found, once both are there, of which docs/scatter-*.svg are the pictures. They
# differ with gnuplot's version, so that only the text is checked. $BUILD (build)
# is the folder of what was built.
set -eu

results=docs/reference.jsonl
ipc=${BUILD:-build}/bin/ipc

fail() {
    echo "README.md: $1" >&2
    exit 1
}

# LINE: how often it is there.
count() {
    grep -cFx -- "$1" README.md || true
}

# NAME FILE: puts a file's lines between the markers of that name.
fill() {
    [ "$(count "<!-- $1 -->") $(count "<!-- /$1 -->")" = '1 1' ] ||
        fail "expected one line that is <!-- $1 -->, and one <!-- /$1 -->"
    awk -v start="<!-- $1 -->" -v end="<!-- /$1 -->" -v part="$2" '
        $0 == end { inside = 0 }
        !inside { print }
        $0 == start {
            inside = 1
            print ""
            while ((getline line <part) > 0)
                print line
            print ""
        }
    ' "$folder/README.md" >"$folder/filled"
    mv "$folder/filled" "$folder/README.md"
}

draw() {
    command -v gnuplot >/dev/null || {
        echo "README.md: gnuplot is not installed: the pictures stay as they are"
        return
    }
    for look in light dark; do
        "$ipc" report "$results" --scatter "$look" -o "docs/scatter-$look.svg"
    done
}

check=
if [ "${1-}" = --check ]; then
    check=yes
    shift
fi

[ -f README.md ] || fail "there is none"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp README.md "$folder/README.md"

awk -v form=markdown -f ipc/sheets.awk "$@" >"$folder/table"
fill mechanisms "$folder/table"
if [ -f "$results" ] && [ "$(count '<!-- results -->')" -gt 0 ]; then
    "$ipc" report "$results" --markdown -o "$folder/results"
    fill results "$folder/results"
    [ -n "$check" ] || draw
fi

if cmp -s "$folder/README.md" README.md; then
    exit
fi
[ -z "$check" ] ||
    fail "it is not what the spec sheets and $results say (make readme)"
cat "$folder/README.md" >README.md
