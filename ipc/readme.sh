#!/bin/sh
# SPDX-License-Identifier: MIT
#
# readme.sh -- makes the README's table of mechanisms from their spec sheets
#
#   ipc/readme.sh FILE.c ...           writes it between the two markers
#   ipc/readme.sh --check FILE.c ...   only says whether it is current
set -eu

start='<!-- mechanisms -->'
end='<!-- /mechanisms -->'

fail() {
    echo "README.md: $1" >&2
    exit 1
}

check=
if [ "${1-}" = --check ]; then
    check=yes
    shift
fi

[ -f README.md ] || fail "there is none"
for marker in "$start" "$end"; do
    [ "$(grep -cFx -- "$marker" README.md)" -eq 1 ] ||
        fail "expected one line that is $marker"
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk -v form=markdown -f ipc/mechanisms.awk "$@" >"$folder/table"
awk -v start="$start" -v end="$end" -v table="$folder/table" '
    $0 == end { inside = 0 }
    !inside { print }
    $0 == start {
        inside = 1
        print ""
        while ((getline line <table) > 0)
            print line
        print ""
    }
' README.md >"$folder/README.md"

if cmp -s "$folder/README.md" README.md; then
    exit
fi
[ -z "$check" ] ||
    fail "its table is not what the spec sheets say (make readme)"
cat "$folder/README.md" >README.md
