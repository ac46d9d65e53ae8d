#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# genmc.sh -- proves the suite's own functions by C's memory model, and refutes
# their broken twins
#
# A harness is tests/model/genmc_*.c. It includes the source that it is about,
# so that there is no model beside it which could differ. Its head says how it
# is tried, by genmc(1), and with what result:
#
#      genmc -DDEFINITION FILE.c       no error: BOUNDS
#
# genmc has then seen every execution that the memory model allows within these
# bounds, and found neither a data race, nor a condition that does not hold, nor
# an end that waits for ever. The twins are faults of the source that it must
# find, or else the harness could not have shown them: tests/model/twins.txt.
#
# genmc reads what clang makes of a harness, clang of the LLVM that it is built
# with. One of its own transformations is not used: it breaks the loops of
# shared/memory/cursor.c.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1

readonly folder=tests/model limit_s=1200
readonly options=(--check-liveness --disable-estimation
    --disable-loop-jump-threading --input-from-bitcode-file)
place=$(mktemp -d "${TMPDIR:-/tmp}/ipc-genmc-XXXXXX") || exit 1
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT TERM

proven=0
refuted=0
failed=0

# WHAT RESULT VERDICT STARTED: a line of the table.
tell() {
    local taken=$(((${EPOCHREALTIME/./} - $4) / 100000)) seen

    seen=$(sed -n 's/.*complete executions explored: //p' "$place/said")
    printf '%-6s %-47s %5s %-7s %3d.%d s\n' "$1" "$2" "${seen:--}" "$3" \
        $((taken / 10)) $((taken % 10))
    case $3 in
    proven) proven=$((proven + 1)) ;;
    refuted) refuted=$((refuted + 1)) ;;
    *)
        failed=$((failed + 1))
        grep -E '[Ee]rror|ERROR|violation' "$place/said" | head -n 5
        ;;
    esac
}

# FILE.c DEFINITION ...: tries a harness on the copy of the sources.
check() {
    local harness=$1

    shift
    (cd "$place" && "$clang" -std=gnu17 -D_GNU_SOURCE -I. -Wall -Wextra \
        -Werror -g -fno-discard-value-names -Xclang -disable-O0-optnone \
        -S -emit-llvm "$@" -o harness.ll "$folder/$harness" &&
        timeout $limit_s genmc "${options[@]}" harness.ll) >"$place/said" 2>&1
}

prove() {
    local harness=$1 definitions=$2 result=$3 verdict=proven
    local started=${EPOCHREALTIME/./}

    # shellcheck disable=SC2086 # the definitions are words
    check "${harness##*/}" $definitions
    grep -q '^No errors were detected' "$place/said" || verdict=ERROR
    result=${result#no error: }
    definitions=${definitions% }
    [ -z "$definitions" ] || result="${definitions//-D/}: $result"
    tell "$(name_of "$harness")" "$result" $verdict "$started"
}

name_of() {
    sed 's/.*genmc_//; s/\.c$//' <<<"$1"
}

# What is wrong, where, the edit, the harness, and the kind of error.
refute() {
    local what=$1 file=$2 edit=$3 harness=$4 error=$5 verdict=refuted
    local started=${EPOCHREALTIME/./}

    perl -0777 -pe "$edit" "$file" >"$place/$file"
    if cmp -s "$file" "$place/$file"; then
        echo >"$place/said"
        verdict='NO FIT'
    else
        # shellcheck disable=SC2086 # the definitions are words
        check "${harness##* }" ${harness%genmc_*.c}
        grep -q "^Error: $error" "$place/said" || verdict=LIVES
    fi
    cp "$file" "$place/$file"
    tell "$(name_of "$harness")" "$what" "$verdict" "$started"
}

if ! command -v genmc >/dev/null; then
    echo "make model: skipped: genmc is not installed" \
        "(https://github.com/MPI-SWS/genmc)"
    exit 0
fi
version=$(genmc --version | sed -n 's/.*LLVM \([0-9]*\).*/\1/p')
clang=$(command -v "clang-$version" || command -v clang)
cp -r --parents files ipc queues shared signals "$folder" "$place"

for harness in "$folder"/genmc_*.c; do
    while IFS='|' read -r definitions result; do
        prove "$harness" "$definitions" "$result" </dev/null
    done < <(sed -n "s/^ \* *genmc \(.*\)${harness##*/}  *\(.*[^ ]\)/\1|\2/p" \
        "$harness")
done
while IFS=$'\t' read -r what file edit harness error; do
    refute "$what" "$file" "$edit" "$harness" "$error" </dev/null
done < <(awk -v OFS='\t' '
    /^== / { what = substr($0, 4) }
    { text = substr($0, index($0, ": ") + 2) }
    /^file: / { file = text }
    /^edit: / { edit = text }
    /^harness: / { harness = text }
    /^error: / { print what, file, edit, harness, text }' \
    "$folder/twins.txt")

printf '%d proven, %d twins refuted' "$proven" "$refuted"
[ "$failed" -eq 0 ] && echo || echo ", $failed FAILED"
[ "$proven" -gt 0 ] && [ "$refuted" -gt 0 ] && [ "$failed" -eq 0 ]
