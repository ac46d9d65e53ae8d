#!/bin/sh
# SPDX-License-Identifier: MIT
#
# shape.sh FILE.c ... -- holds that the sources have the shape they promise
#
# The files named are the mechanisms. Each opens with the same spec sheet,
# defines the same eight functions in the same order under the same names, and
# exports one symbol that its file names. Files beside them that begin with the
# same name are a mechanism's parts, and only its. What a sheet names, "read(2)",
# is called there, or in the module that the sheet names with it, and so is what
# the list of calls below says. It names a library when it includes one, and not
# otherwise; and what shares variables of C's is for no other language. A pitfall
# stands alone, has a sheet of its own, and is short. A model defines the same four
# functions in the same order, and so does a claim its two. Of all sources: arrows point
# down only, no two files have one name (but main.c), lines fit into 80 columns,
# functions into 50 lines. Each violation is one line, FILE:LINE: REASON.
set -eu
export LC_ALL=C # awk counts bytes, everywhere the same

# shellcheck disable=SC2016 # the dollars are awk's
find . -path './build*' -prune -o -name '*.[ch]' -print | sed 's|^\./||' |
    sort | xargs awk -v mechanisms="$*" \
    -v models="$(sed -n 's/^models := //p' Makefile)" '
function wrong(reason) {
    printf "%s:%d: %s\n", file, at, reason
    violations++
}

# The lists must be the same; the first difference is named.
function compare(what, got, want,   g, w, n, i) {
    sub(/^ /, "", got)
    n = split(want, w, " ")
    split(got, g, " ")
    for (i = 1; i <= n; i++)
        if (g[i] != w[i]) {
            wrong(what ": expected " w[i] ", found " (g[i] ? g[i] : "none"))
            return
        }
    if (got != want)
        wrong(what ": more than expected: " got)
}

# The mechanism whose file or part it is: of several, that of the longest name.
function owner(stem) {
    sub(/\.[ch]$/, "", stem)
    do
        if ((stem ".c") in is_mechanism)
            return stem
    while (sub(/_[^_]*$/, "", stem))
    return ""
}

function end_of_pitfall() {
    sub(/ Build/, "", sheet)
    compare("headings of the sheet", sheet, pitfall_headings)
    if (!repaired)
        wrong("no #ifdef FIXED")
    if (at >= 80)
        wrong(at " lines, at most 79")
}

function end_of_file(   most) {
    if (pitfall)
        end_of_pitfall()
    if (claim) {
        compare("functions", defined, "measure judge")
        sub(/ timed/, "", members) # some are
        sub(/ plot/, "", members) # some have curves
        compare("members of " symbol "_claim", members, "id measure judge")
        if (at > 160)
            wrong(at " lines, at most 160")
    }
    if (model) {
        compare("functions", defined, model_operations)
        compare("members of " symbol "_model", members,
            "name state_size " model_operations)
    }
    most = file ~ /_reliable\.[ch]$/ ? 500 : 300 # a whole protocol
    if ((mechanism || part) && at > most)
        wrong(at " lines, at most " most)
    if (!mechanism)
        return
    count++
    if (at > 200)
        long = long (long ? ", " : "; over 200 lines: ") file " " at
    compare("functions", defined, operations)
    sub(/ meeting/, "", members) # some have it, or the next three
    sub(/ libraries/, "", members)
    sub(/ unavailable/, "", members)
    sub(/ explain/, "", members)
    compare("members of " symbol "_channel", members, ops_members)
}

function start_of_file(   words, word) {
    end_of_file()
    file = FILENAME
    words = split(file, word, "/")
    mechanism = file in is_mechanism
    stem = owner(file)
    part = !mechanism && stem != ""
    layer = word[1]
    pitfall = (layer in is_family) && word[2] == "pitfalls"
    model = file in is_model
    claim = file ~ /^ipc\/claims\/[a-z][0-9][^\/]*\.c$/
    sheet = ""
    repaired = 0
    at = 1
    if (word[words] in called && word[words] != "main.c")
        wrong("another file is called so: " called[word[words]])
    called[word[words]] = file
    if (layer in is_family && stem == "" && !pitfall)
        wrong("a part of no mechanism: none is called as its name begins")
    symbol = word[words]
    sub(/\.c$/, "", symbol)
    name = symbol
    gsub(/_/, "-", name)
    header = defined = members = ""
    in_function = in_ops = in_comment = 0
}

# Lines 2 to 14 of a mechanism.
function check_sheet(   want) {
    if (FNR == 2)
        want = "/*"
    else if (FNR == 3)
        want = " * " symbol ".c -- "
    else if (FNR == 4)
        want = " *"
    else if (FNR <= 4 + headings)
        want = sprintf(" * %-12s ", heading[FNR - 4])
    else
        want = " */"
    if (index($0, want) != 1 ||
        (want ~ / $/ ? substr($0, length(want) + 1) !~ /^[^ ]/ : $0 != want))
        wrong("spec sheet: expected \"" want "\"")
}

# A header that is neither of the C library, nor of the kernel, nor ours.
function note_library() {
    if ($2 ~ /^<(hiredis|jansson|openssl|sqlite3|xxhash|zmq)/)
        library[stem] = file
    if ($2 ~ /^<stdatomic/)
        shares[stem] = file
}

function check_traits(path,   reason) {
    if ((path in library) && !(path in names_library))
        reason = "no .libraries, but " library[path] " includes one"
    else if ((path in names_library) && !(path in library))
        reason = ".libraries, but none is included"
    else if ((path in spoken) && (path in shares))
        reason = "for other languages, but " shares[path] " shares variables"
    else
        return
    print path ".c: " reason
    violations++
}

function check_include(   path) {
    path = $2
    gsub(/"/, "", path)
    if (pitfall)
        wrong("a pitfall includes nothing of ours")
    if (stem != "" && path !~ /^ipc\/channel(_config)?\.h$/ &&
        path !~ /^shared\// && owner(path) != stem)
        wrong("a mechanism includes ipc/channel.h, ipc/channel_config.h, " \
            "shared/ and its parts only")
    if (path ~ /^shared\/memory\//)
        shares[stem] = file
    if (layer == "shared" && path !~ /^shared\//)
        wrong("shared/ includes shared/ only")
    if (layer == "docs" && path !~ /^(ipc\/(channel|mechanisms)\.h$|shared\/)/)
        wrong("a sample includes the contract, the table and shared/ only")
    # One fault sets what stands in the memory of a mechanism.
    if (layer == "ipc" && path !~ /^(ipc|shared)\// &&
        file != "ipc/faults/aged.c")
        wrong("ipc/ includes ipc/ and shared/ only")
}

# A heading of a pitfall: one or two words, and two spaces behind them.
function note_heading(   heading) {
    heading = substr($0, 4)
    sub(/  .*/, "", heading)
    gsub(/ /, "_", heading)
    sheet = sheet " " heading
}

# Takes note of what a sheet names: calls, and modules that make them.
function note_sheet(   text) {
    text = $2 == "Manual" ? "" : $0
    while (match(text, /[a-z_0-9]+\([23]\)/)) {
        named[stem] = named[stem] " " substr(text, RSTART, RLENGTH - 3)
        text = substr(text, RSTART + RLENGTH)
    }
    if (match($0, /shared\/[a-z_\/]+/))
        places[stem] = places[stem] " " substr($0, RSTART, RLENGTH)
}

# Takes note of what is called in a file, under its own name or SYS_NAME.
function note_calls(text,   module) {
    module = stem != "" ? stem : file
    sub(/\.[ch]$/, "", module)
    gsub(/SYS_[a-z_0-9]+/, "&(", text)
    gsub(/SYS_/, "", text)
    while (match(text, /[A-Za-z_0-9]+\(/)) {
        called[module] = called[module] " " substr(text, RSTART, RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
    }
}

# Each of these words is called by a mechanism, in its own file or parts.
function check_calls(what, path, words, modules,   word, module, n, m, i, j) {
    n = split(words, word, " ")
    m = split(path " " modules, module, " ")
    for (i = 1; i <= n; i++) {
        for (j = 1; j <= m; j++)
            if ((called[module[j]] " ") ~ (" " word[i] "[A-Za-z_0-9]* "))
                break
        if (j > m) {
            printf "%s.c: %s names %s, which is not called there\n", path, what,
                word[i]
            violations++
        }
    }
}

# The line without its comments.
function code(   text, out, i) {
    text = $0
    out = ""
    while (text != "")
        if (in_comment) {
            i = index(text, "*/")
            text = i ? substr(text, i + 2) : ""
            in_comment = !i
        } else {
            i = index(text, "/*")
            out = out (i ? substr(text, 1, i - 1) : text)
            text = i ? substr(text, i + 2) : ""
            in_comment = i > 0
        }
    return out
}

# header is all of "static int create(void *state, ...)", in one line.
function check_function(   head, word, n) {
    split(header, head, "(")
    n = split(head[1], word, /[ *]+/)
    if (FNR - header_line + 1 > 50)
        wrong(word[n] ": " FNR - header_line + 1 " lines, at most 50")
    if (claim && (word[n] in claim_signature)) {
        defined = defined " " word[n]
        if (header != "static " claim_signature[word[n]])
            wrong("expected " claim_signature[word[n]])
    }
    if (model && (word[n] in model_signature)) {
        defined = defined " " word[n]
        if (header != "static " model_signature[word[n]])
            wrong("expected " model_signature[word[n]])
    }
    if (!mechanism)
        return
    if (header !~ /^static /)
        wrong(word[n] " is not static")
    if (word[n] in signature) {
        defined = defined " " word[n]
        if (header != "static " signature[word[n]])
            wrong("expected " signature[word[n]])
    }
}

function check_member(   member, value) {
    member = substr($1, 2)
    members = members " " member
    value = $3
    sub(/,$/, "", value)
    if (member == "name" && value != "\"" name "\"")
        wrong("expected .name = \"" name "\", as the file is called")
    if (member in signature && value != member)
        wrong("expected ." member " = " member)
}

BEGIN {
    n = split(mechanisms, list, " ")
    for (i = 1; i <= n; i++) {
        is_mechanism[list[i]] = 1
        sub(/\/.*/, "", list[i])
        is_family[list[i]] = 1
    }
    headings = split("Rendezvous Framing Copies Waiting End Limits " \
                     "Leftovers Trust Manual", heading, " ")
    n = split(models, list, " ")
    for (i = 1; i <= n; i++)
        is_model["ipc/models/" list[i] ".c"] = 1
    claim_signature["measure"] = "int measure(struct claim_run *run)"
    claim_signature["judge"] = "enum claim_verdict " \
        "judge(struct claim_run *run)"
    model_operations = "start submit collect stop"
    model_signature["start"] = "int start(void *state, " \
        "const struct model_config *config, unsigned *window)"
    model_signature["submit"] = "int submit(void *state, " \
        "struct model_job *job)"
    model_signature["collect"] = "int collect(void *state, " \
        "struct model_job **ret_job)"
    model_signature["stop"] = "void stop(void *state)"
    pitfall_headings = "Belief What_happens Why Cure Hint_1 Hint_2 Manual"
    operations = "create attach reserve commit acquire release detach destroy"
    ops_members = "name traits message_max state_size options " \
        operations
    config = "void *state, const struct channel_config *config, "
    signature["create"] = "int create(" config \
        "struct channel_effective *ret_effective)"
    signature["attach"] = "int attach(" config \
        "const struct channel_end *end)"
    signature["reserve"] = \
        "int reserve(void *state, size_t size, void **ret_block)"
    signature["commit"] = "int commit(void *state, size_t size)"
    signature["acquire"] = "int acquire(void *state, " \
        "const void **ret_block, size_t *ret_size)"
    signature["release"] = "int release(void *state)"
    signature["detach"] = "void detach(void *state)"
    signature["destroy"] = "void destroy(void *state)"
    calls["files/json_file"] = "open rename json_dumpb json_loadb EVP_EncodeBlock"
    calls["files/mmap_file"] = "open posix_fallocate mmap"
    calls["files/process_vm"] = "mmap prctl process_vm_readv"
    calls["signals/signal_words"] = "pidfd_send_signal sigwaitinfo"
    calls["signals/signal_doorbell"] = "mmap pidfd_send_signal sigtimedwait"
    calls["pipes/pipe"] = "pipe2"
    calls["pipes/fifo"] = "mkfifo open"
    calls["pipes/splice"] = "pipe2 mmap vmsplice"
    calls["sockets/unix_stream"] = "socket bind listen accept4 connect"
    calls["sockets/unix_seqpacket"] = calls["sockets/unix_stream"] " send recv"
    calls["sockets/unix_dgram"] = "socket bind connect send recv"
    calls["sockets/unix_fd"] = calls["sockets/unix_stream"] \
        " memfd_create mmap sendmsg recvmsg"
    calls["sockets/tcp"] = calls["sockets/unix_stream"] " setsockopt"
    calls["sockets/udp"] = "socket bind connect send recv"
    calls["queues/posix_mq"] = "mq_open mq_send mq_receive mq_unlink"
    calls["queues/sysv_mq"] = "msgget msgsnd msgrcv msgctl"
    calls["queues/ring"] = "shm_open posix_fallocate mmap shm_unlink"
    calls["queues/ring_mpmc"] = calls["queues/ring"] \
        " atomic_compare_exchange_"
    calls["queues/spool"] = "openat rename"
    calls["queues/sqlite"] = "sqlite3_open sqlite3_prepare sqlite3_step"
    calls["queues/zeromq"] = "zmq_socket zmq_bind zmq_connect zmq_msg_send " \
        "zmq_msg_recv"
    calls["queues/redis_stream"] = "redisConnect redisGetReply"
    calls["queues/thread_queue"] = "pthread_mutex_lock pthread_cond_wait"
    speech = "(v?f?printf|f?puts|putc|putchar|perror|psignal|err|errx|warn|" \
        "warnx|_?exit|_Exit|abort|assert)"
}

FNR == 1 { start_of_file() }

{ at = FNR }

FNR == 1 && $0 != "/* SPDX-License-Identifier: MIT */" {
    wrong("expected /* SPDX-License-Identifier: MIT */")
}

mechanism && FNR >= 2 && FNR <= 5 + headings { check_sheet() }
mechanism && FNR > 4 && FNR <= 4 + headings { note_sheet() }

{
    characters = $0
    gsub(/[\200-\277]/, "", characters) # all but the first byte of UTF-8
    if (length(characters) > 80)
        wrong(length(characters) " columns, at most 80")
    text = code()
}

{ note_calls(text) }

pitfall && FNR == 3 && index($0, " * " symbol ".c -- ") != 1 {
    wrong("expected \" * " symbol ".c -- TITLE\"")
}
pitfall && FNR > 4 && in_comment && /^ \* [A-Z]/ { note_heading() }
pitfall && /^#ifn?def FIXED$/ { repaired = 1 }

/^#include "/ { check_include() }
/^#include </ && stem != "" { note_library() }

(stem != "" || layer == "shared") && text ~ ("(^|[^A-Za-z0-9_])" speech "\\(") {
    wrong("neither mechanisms nor shared/ print, exit or assert")
}

# A function, as clang-format lays it out: its header starts in the first
# column, "{" and "}" stand alone in it.
!in_function && text ~ /^[A-Za-z_].*\(/ {
    header = text
    header_line = FNR
    next_line = text ~ /[;{]$/ ? "" : "header"
}

!in_function && text ~ /^ / && next_line == "header" {
    sub(/^ +/, " ", text)
    header = header text
    if (text ~ /;$/)
        next_line = ""
}

/^\{$/ && next_line == "header" {
    in_function = 1
    next_line = ""
}

/^\}$/ && in_function {
    check_function()
    in_function = 0
}

mechanism && /^const / {
    in_ops = $0 == "const struct channel_ops " symbol "_channel = {"
    if (!in_ops)
        wrong("expected const struct channel_ops " symbol "_channel = {")
}

claim && /^const struct claim_ops/ {
    in_ops = $0 == "const struct claim_ops " symbol "_claim = {"
    if (!in_ops)
        wrong("expected const struct claim_ops " symbol "_claim = {")
}

model && /^const / {
    in_ops = $0 == "const struct model_ops " symbol "_model = {"
    if (!in_ops)
        wrong("expected const struct model_ops " symbol "_model = {")
}

in_ops && /^    \.[a-z_]+ = / { check_member() }
in_ops && /\.libraries/ { names_library[stem] = 1 }
in_ops && /CHANNEL_OTHER_LANGUAGES/ { spoken[stem] = 1 }

/^\};$/ { in_ops = 0 }

END {
    end_of_file()
    for (path in calls)
        check_calls("the list of calls", path, calls[path], "")
    for (path in is_mechanism)
        check_traits(substr(path, 1, length(path) - 2))
    for (path in named)
        check_calls("its sheet", path, named[path], places[path])
    if (violations)
        exit 1
    print "shape: " count " mechanisms of one shape" long
}'
