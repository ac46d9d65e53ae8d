#!/bin/sh
# SPDX-License-Identifier: MIT
#
# two_folders.sh -- holds that the same sources give the same programs, byte for
# byte, whichever folder they are built in; one has a space in its name
set -eu
unset MAKEFLAGS MAKELEVEL MFLAGS # those of the make that calls this

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
for folder in here "some where else"; do
    mkdir "$place/$folder"
    tar -c --exclude='./build*' --exclude=./.git . |
        tar -x -C "$place/$folder"
    make -s -C "$place/$folder" SETUP=no all build/bin/tests
done
diff -r "$place/here/build/bin" "$place/some where else/build/bin"
count=$(find "$place/here/build/bin" -type f | wc -l)
echo "two folders: $count programs, the same bytes"
