#!/bin/sh
# SPDX-License-Identifier: MIT
#
# coverage.sh SUITE ... -- how much of each decoder the suites run
#
# One line a file: the share of its lines and of its branches, and the lines
# that nothing reaches. Those should be where memory or a system call fails.
set -eu
export LC_ALL=C

build=build/coverage
decoders='ipc/job/job.c shared/frame/stream.c shared/frame/packet.c
    shared/net/url.c ipc/apart/ready.c ipc/exchange/journal.c
    files/json_file_document.c ipc/job/exif.c ipc/job/segment.c ipc/job/jpeg.c
    ipc/job/jpeg_icc.c ipc/job/png.c shared/dir/record.c sockets/udp_wire.c
    queues/spool_directory.c'
unset MAKEFLAGS MAKELEVEL MFLAGS

# The program, by the name that has its version behind it too.
tool() {
    command -v "$1" || command -v "$1-14" || true
}

cov=$(tool llvm-cov)
merge=$(tool llvm-profdata)
if [ -z "$cov" ] || [ -z "$merge" ] || ! command -v clang >/dev/null; then
    echo "make fuzz-coverage: skipped: clang and llvm are not installed"
    exit
fi
# The counters lie in a file, so that what is killed, or forked and left by
# _exit(2), has counted, too.
in_a_file="-mllvm -runtime-counter-relocation"
make --no-print-directory SETUP=no CC=clang BUILD=$build \
    CFLAGS="-O1 -g -fprofile-instr-generate -fcoverage-mapping $in_a_file" \
    $build/bin/tests
rm -rf $build/raw
for suite in "$@"; do
    LLVM_PROFILE_FILE="$build/raw/%c%p-%m.profraw" CK_RUN_SUITE=$suite \
        CK_VERBOSITY=minimal $build/bin/tests >$build/log 2>&1 ||
        { echo "make fuzz-coverage: $suite failed: $build/log" >&2; exit 1; }
done
find $build/raw -name '*.profraw' >$build/list
"$merge" merge -sparse -f $build/list -o $build/profile

printf '%-28s %7s %9s   %s\n' decoder lines branches missed
# shellcheck disable=SC2086,SC2116 # the names in one line
"$cov" export -format=lcov -instr-profile=$build/profile $build/bin/tests |
    awk -F'[:,]' -v wanted="$(echo $decoders)" '
    BEGIN { count = split(wanted, decoder, " ") }
    $1 == "SF" { sub(/^.*\.\//, "", $2); file = $2 }
    $1 == "DA" && $3 == 0 { missed[file] = missed[file] " " $2 }
    $1 ~ /^(LF|LH|BRF|BRH)$/ { n[file, $1] = $2 }
    function share(part, all) {
        return all ? sprintf("%.1f %%", 100 * part / all) : "-"
    }
    END {
        for (i = 1; i <= count; i++) {
            f = decoder[i]
            printf "%-28s %7s %9s  %s\n", f, share(n[f, "LH"], n[f, "LF"]),
                share(n[f, "BRH"], n[f, "BRF"]), missed[f]
        }
    }'
