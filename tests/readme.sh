#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# readme.sh FILE.c ... -- holds that ipc/readme.sh notices what is out of date
#
# The files are the mechanisms. In a copy of the README, with results made for
# it: without results or markers all is well, a stale figure is not, and what is
# made anew is what is asked for. $BUILD is the folder of what was built.
set -euo pipefail
export LC_ALL=C

BUILD=$(realpath "$BUILD")
export BUILD
root=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/docs" "$place/ipc"
cp ipc/readme.sh ipc/sheets.awk "$place/ipc"
cp README.md "$place"
for family in files signals pipes sockets queues; do
    ln -s "$root/$family" "$place/$family"
done
cd "$place"

# STATUS WHAT [--check]: it ends so.
expect() {
    local status=0

    ipc/readme.sh "${@:3}" >said 2>&1 || status=$?
    [ "$status" -eq "$1" ] || {
        echo "tests/readme.sh: $2: status $status, not $1: $(tail -n 1 said)"
        exit 1
    }
}

sed -i '/^<!-- .\{0,1\}results -->$/d' README.md
expect 0 'without markers' --check "$@"
printf '%s\n' '' '<!-- results -->' 'what was there' '<!-- /results -->' \
    >>README.md
expect 0 'without results' --check "$@"
awk -f "$root/tests/results.awk" >docs/reference.jsonl
expect 1 'stale' --check "$@"
expect 0 'to be made' "$@"
expect 0 'current' --check "$@"
if ! grep -q '^| pipe |' README.md || grep -q 'what was there' README.md; then
    echo "tests/readme.sh: the results are not in the README"
    exit 1
fi
if command -v gnuplot >/dev/null; then
    grep -q '<text>pipe</text>' docs/scatter-light.svg
    grep -q '<text>pipe</text>' docs/scatter-dark.svg
fi
sed -i 's/^| pipe | [0-9.]* /| pipe | 0.01 /' README.md
expect 1 'a wrong figure' --check "$@"
echo '<!-- results -->' >>README.md
expect 1 'a marker too many' --check "$@"
