#!/bin/sh
# SPDX-License-Identifier: MIT
#
# compare.sh NAME NAME -- shows the sources of two mechanisms side by side
#
# In colour on a terminal, unless NO_COLOR is set; as wide as COLUMNS says,
# else as the terminal, else 164: two files of 80 columns and a gutter.
set -eu

fail() {
    echo "compare: $1" >&2
    exit 2
}

# The source of unix-stream; a path stands for itself.
source_of() {
    if [ -f "$1" ]; then
        echo "$1"
        return
    fi
    set -- "$1" */"$(echo "$1" | tr - _)".c
    [ -f "$2" ] || fail "there is no mechanism $1 (see make help)"
    echo "$2"
}

if [ -z "${1-}" ] || [ -z "${2-}" ]; then
    fail "say which two, as in make compare A=pipe B=unix-stream"
fi
left=$(source_of "$1")
right=$(source_of "$2")

colour=
size=
exec 3>&1
if [ -t 1 ]; then
    [ -n "${NO_COLOR-}" ] || colour=yes
    size=$(stty size <&3 2>/dev/null) || size= # rows and columns
fi
width=${COLUMNS:-${size#* }}
case $width in
'' | 0* | *[!0-9]*) width=164 ;;
esac
[ "$width" -ge 164 ] ||
    echo "compare: lines are cut to fit; 164 columns show all of them" >&2

# diff(1) colours nothing side by side; its mark for a line stands behind the
# left half.
diff --side-by-side --expand-tabs --width="$width" "$left" "$right" |
    awk -v left="$left" -v right="$right" -v width="$width" \
        -v colour="$colour" '
        BEGIN {
            second = int((width + 4) / 2)
            half = width - second < second - 3 ? width - second : second - 3
            paint["<"] = "\033[31m"
            paint[">"] = "\033[32m"
            paint["|"] = "\033[33m"
            printf "%-*s%s\n\n", second, left, right
        }
        {
            mark = substr($0, half + 2, 1)
            if (colour && mark in paint)
                print paint[mark] $0 "\033[0m"
            else
                print
        }'
