#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sample.sh NAME ... -- holds that the sample builds as the README says, runs over
# each of the mechanisms and leaves nothing in its directory; and that a program
# that names one mechanism links no library of another
#
# $CC is the compiler with its options, $BUILD the folder of what was built.
set -euo pipefail
export LC_ALL=C

faults=0
fault() {
    echo "tests/sample.sh: $1"
    faults=$((faults + 1))
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# The command as the README has it; of a library that is not here the name is
# left out, as its mechanism is of the archive.
line=$(awk '/^gcc .*hello\.c/, !/\\$/' README.md | sed 's/ *\\$//' |
    paste -sd ' ')
[ -n "$line" ] || { fault "README.md has no line: gcc ... hello.c" && exit 1; }
modules=${line##*--libs }
for module in ${modules%%)*}; do
    pkg-config --exists "$module" || line=${line/ $module/}
done

# SOURCE PROGRAM [OPTION ...]: builds it so.
build() {
    local command=${line/#gcc/$CC ${*:3}}

    command=${command/docs\/examples\/hello.c/$1}
    command=${command/-o build\/hello/-o $2}
    command=${command/-Lbuild/-L$BUILD}
    eval "$command" || { fault "not built: $command" && exit 1; }
}

build docs/examples/hello.c "$place/hello"
[[ $("$place/hello") == *"got: hello from process "* ]] || fault "hello alone"

# --------------------------------------------------------- over each mechanism

# Where it is seen what stays behind.
mkdir "$place/tmp"
sed "s|\"/tmp/|\"$place/tmp/|" docs/examples/hello.c >"$place/hello.c"
build "$place/hello.c" "$place/hello"

# Whether two processes can use a mechanism here.
usable() {
    [ "$1" != thread-queue ] &&
        ! "$BUILD/bin/ipc" list "$1" | grep -q '^ *Skipped '
}

heard='^process [0-9]+ got: hello from process [0-9]+$'
for name in "$@"; do
    said=$(timeout 120 "$place/hello" "$name" 2>&1) && status=0 || status=$?
    if usable "$name"; then
        [[ $status == 0 && $said =~ $heard ]]
    else
        [[ $status == 2 && $said == "hello: $name: not between two "* ]]
    fi || fault "hello $name: status $status: $said"
    left=$(ls "$place/tmp")
    [ -z "$left" ] || fault "hello $name: left behind: $left"
    rm -rf "$place/tmp/"*
done

said=$("$place/hello" nothing 2>&1) && status=0 || status=$?
[[ $status == 2 && $said == "hello: nothing: "* ]] ||
    fault "hello nothing: status $status: $said"

# A sender that fails: the receiver, which would not notice, is ended.
sed '/^static void send_hello/,/^}/s/ops->attach([^)]*)/-5/
     s/alarm(10)/alarm(1)/' "$place/hello.c" >"$place/failing.c"
build "$place/failing.c" "$place/failing"
said=$(timeout 60 "$place/failing" mmap-file 2>&1) && status=0 || status=$?
[[ $status == 1 && $said == "hello: attach to send: Input/output error" ]] ||
    fault "hello with a sender that fails: status $status: $said"
left=$(ls "$place/tmp")
[ -z "$left" ] || fault "hello with a sender that fails: left behind: $left"

# ---------------------------------------------------------- one mechanism only

cat >"$place/one.c" <<'END'
#include "ipc/channel.h"
#include <stdlib.h>

extern const struct channel_ops pipe_channel;

int main(void)
{
    struct channel_config config = { ".", "one", .frame_max = 1 };
    struct channel_effective effective;
    void *state = calloc(1, pipe_channel.state_size);
    int r = pipe_channel.create(state, &config, &effective);

    pipe_channel.destroy(state);
    free(state);
    return r < 0;
}
END
build "$place/one.c" "$place/one" -Wl,--as-needed
"$place/one" || fault "one: it does not run"
needed=$(readelf -d "$place/one" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
grep -q '^libc\.' <<<"$needed" || fault "one: readelf says nothing: $needed"
for library in libzmq libsqlite3 libhiredis libjansson libcrypto libxxhash; do
    [[ $needed != *$library* ]] || fault "pipe alone needs $library"
done
# With nothing to be had: nothing is left undefined.
$CC -I. "$place/one.c" -o "$place/one" -L"$BUILD" -lchannel -pthread ||
    fault "pipe alone does not link without the others' libraries"

[ "$faults" -eq 0 ] || exit 1
echo "sample: hello over $# mechanisms"
