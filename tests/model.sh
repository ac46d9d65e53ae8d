#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# model.sh [--check | --record] -- proves the models in tests/model, and refutes
# their broken twins
#
# A model is FILE.pml, and its head says how it is tried, by spin(1), and with
# what result:
#
#      spin -run FILE.pml              no error: BOUNDS
#      spin -DTWIN -run FILE.pml       what spin finds: in words
#
# All of these lines are run. The first kind is a proof: spin has seen every
# state and found no error, and each statement of the model was reached by one
# of its proofs. The others are twins, broken on purpose: spin must find just
# that error, or else the model could not have shown it.
#
# A proof is of the model. That the source does the same somebody has seen who
# read both, and nothing else shows it. So each proctype and inline says in the
# comment before it which functions it models ("FILE.c: NAME, NAME", or "No
# function"), and tests/model/functions.txt has a checksum of each function,
# less its comments and spaces, as it was when somebody last looked. --check,
# which `make test` runs, is red when one is another now; --record, which is
# `make model-record`, is for those who have looked, and says no more than that.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1

readonly folder=tests/model record=tests/model/functions.txt
readonly depth=4000000 limit_s=300
place=$(mktemp -d "${TMPDIR:-/tmp}/ipc-model-XXXXXX") || exit 1
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT TERM

proven=0
refuted=0
failed=0

fail() {
    echo "tests/model.sh: $1" >&2
    failed=$((failed + 1))
}

# ---------------------------------------------------- what the models speak of

# MODEL FILE FUNCTION, as the comments of a model name them; MODEL - NAME of a
# proctype or inline before which there is no such comment.
named() {
    awk '
    FNR == 1 { model = FILENAME; sub(/.*\//, "", model); about = 0 }
    /^\/\*/ { about = 0 }
    /^(\/\*| \*) [a-z_\/]+\.[ch]: / {
        about = 1
        file = $2
        sub(/:$/, "", file)
        text = $0
        sub(/^[^:]*: /, "", text)
        gsub(/[,*\/]/, " ", text)
        n = split(text, name, " ")
        for (i = 1; i <= n; i++)
            print model, file, name[i]
    }
    /No function: / { about = 1 }
    /^(active .*)?proctype |^inline |^init / {
        if (!about)
            print model, "-", $0
        about = 0
    }' "$folder"/*.pml | sort -u
}

# MODEL FILE FUNCTION NUMBER: what the record should say. A function is all that
# lies from its header to the brace, which both begin in the first column.
numbered() {
    named | awk '
    function number(file, name,   line, text, inside, i, sum) {
        while ((getline line < file) > 0) {
            if (!inside && line ~ "^[a-z].*[ *]" name "\\(") {
                text = ""
                inside = 1
            }
            if (!inside)
                continue
            text = text line "\n"
            if (line ~ /;$/ && text !~ /\n\{/) # a declaration
                inside = 0
            else if (line ~ /^}/)
                break
        }
        close(file)
        if (!inside)
            return "-"
        while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\//))
            text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
        gsub(/[ \t\n]/, "", text)
        for (i = 1; i <= length(text); i++)
            sum = (sum * 31 + code[substr(text, i, 1)]) % 4294967296
        return sprintf("%.0f", sum)
    }
    BEGIN {
        for (i = 1; i < 256; i++)
            code[sprintf("%c", i)] = i
    }
    $2 == "-" { print; next }
    !(($2, $3) in sums) { sums[$2, $3] = number($2, $3) }
    { printf "%s %s %s %s\n", $1, $2, $3, sums[$2, $3] }'
}

recorded() {
    local model file name sum

    numbered >"$place/functions"
    while read -r model file name sum; do
        if [ "$file" = - ]; then
            fail "$folder/$model: \"$name\": no comment names the functions"
        elif [ "$sum" = - ]; then
            fail "$folder/$model: $file has no function $name"
        fi
    done <"$place/functions"
}

check() {
    local model file name sum

    recorded
    [ "$failed" -eq 0 ] || return
    while read -r model file name sum; do
        fail "$file: $name changed since $folder/$model modelled it: look at \
the model, then \`make model-record\`"
    done < <(grep -vxFf "$record" "$place/functions")
    while read -r model file name sum; do
        fail "$record: $name of $file is not what $folder/$model names"
    done < <(comm -13 <(cut -d ' ' -f 1-3 "$place/functions" | sort) \
        <(cut -d ' ' -f 1-3 "$record" | sort))
}

# ------------------------------------------------------------------- the runs

# Keeps what no proof so far has reached of a model; with other definitions than
# numbers it is another model.
note_unreached() {
    local kept

    kept=$place/unreached$(sed 's/-D[A-Z]*=[0-9]*//g; s/ //g' <<<"$1")
    awk '/^unreached in / { where = $3 " " $4 }
        /^\t.* state [0-9]+, / && !/"-end-"/ { print where " " $1, $2, $3 }' \
        "$place/said" | sort >"$place/new"
    if [ -e "$kept" ]; then
        comm -12 "$kept" "$place/new" >"$place/both"
        mv "$place/both" "$kept"
    else
        mv "$place/new" "$kept"
    fi
}

# MODEL OPTIONS RESULT: a line of the model's head.
try() {
    local model=$1 options=$2 result=$3 name=${1##*/} verdict states taken
    local said=$place/said kind=${3%%:*}
    local started=${EPOCHREALTIME/./}

    # shellcheck disable=SC2086 # the definitions are words
    (cd "$place" && timeout $limit_s spin $options -run -m$depth \
        "$name") >"$said" 2>&1
    taken=$(((${EPOCHREALTIME/./} - started) / 100000))
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$said")
    if [ "$kind" = 'no error' ]; then
        verdict=proven
        if ! grep -q 'errors: 0$' "$said"; then
            verdict='ERROR'
        elif grep -qE 'too small|not completed|out of memory' "$said"; then
            verdict='NOT ALL'
        else
            proven=$((proven + 1))
            note_unreached "$options"
        fi
    else
        verdict=refuted
        if grep -q "^pan:1: $kind" "$said"; then
            refuted=$((refuted + 1))
        elif grep -q 'errors: 0$' "$said"; then
            verdict=LIVES
        else
            verdict=ERROR
        fi
    fi
    result=${result#"$kind: "}
    [ -z "$options" ] || result="${options//-D/}: $result"
    printf '%-7s %-37s %9s states  %-7s %3d.%d s\n' "${name%.pml}" "$result" \
        "${states:--}" "$verdict" $((taken / 10)) $((taken % 10))
    case $verdict in
    proven | refuted) ;;
    *)
        failed=$((failed + 1))
        grep -E '^(pan:1|spin:|error)' "$said" | head -n 5
        ;;
    esac
}

# The lines of a model's head, as OPTIONS|RESULT.
lines_of() {
    sed -n "s/^ \*  *spin \(.*\)-run ${1##*/}  *\(.*[^ ]\)/\1|\2/p" "$1" |
        sed 's/ *|/|/'
}

prove() {
    local model options result kept

    if ! command -v spin >/dev/null; then
        echo "make model: skipped: spin is not installed (sh setup.sh, or the" \
            "package spin)"
        return
    fi
    cp "$folder"/*.pml "$place"
    for model in "$folder"/*.pml; do
        while IFS='|' read -r options result; do
            try "$model" "$options" "$result" </dev/null
        done < <(lines_of "$model")
        for kept in "$place"/unreached*; do
            [ ! -s "$kept" ] ||
                fail "$model: no proof reaches $(head -n 3 "$kept")"
            rm -f "$kept"
        done
    done
    printf '%d proven, %d twins refuted' "$proven" "$refuted"
    [ "$failed" -eq 0 ] && echo || echo ", $failed FAILED"
    [ "$proven" -gt 0 ] && [ "$refuted" -gt 0 ] || failed=$((failed + 1))
}

case ${1-} in
--record)
    recorded
    [ "$failed" -gt 0 ] || cp "$place/functions" "$record"
    ;;
--check)
    check
    [ "$failed" -gt 0 ] ||
        echo "model: $(wc -l <"$record") functions are as they were modelled"
    ;;
'')
    check
    prove
    ;;
*)
    echo "usage: tests/model.sh [--check | --record]" >&2
    exit 2
    ;;
esac
[ "$failed" -eq 0 ]
