/* SPDX-License-Identifier: MIT */
/*
 * targets.h -- every fuzz target: hostile bytes for one decoder or receiver
 *
 * A target is one function in a file of its own, whose head says what its bytes
 * mean and what must hold whatever they are. It ends by fuzz_require where that
 * does not hold, keeps nothing, and takes a bounded time. libFuzzer runs one of
 * them (tests/fuzz/main.c, `make fuzz`), the suite `fuzz` runs them all over
 * the files in tests/fuzz/corpus/NAME.
 */
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

/* Returns 0. The bytes are exactly that many: a sanitizer sees one too many
 * that is read. */
typedef int fuzz_fn(const uint8_t *data, size_t size);

fuzz_fn fuzz_job;
fuzz_fn fuzz_stream;
fuzz_fn fuzz_packet;
fuzz_fn fuzz_ready;
fuzz_fn fuzz_url;
fuzz_fn fuzz_image;
fuzz_fn fuzz_json_file;
fuzz_fn fuzz_spool;
fuzz_fn fuzz_mmap_file;
fuzz_fn fuzz_signal_doorbell;
fuzz_fn fuzz_ring;
fuzz_fn fuzz_ring_mpmc;
fuzz_fn fuzz_unix_fd;
fuzz_fn fuzz_unix_seqpacket;
fuzz_fn fuzz_unix_dgram;
fuzz_fn fuzz_posix_mq;
fuzz_fn fuzz_sysv_mq;
fuzz_fn fuzz_signal_words;
fuzz_fn fuzz_process_vm;
fuzz_fn fuzz_ring_rewritten;
fuzz_fn fuzz_sqlite;
fuzz_fn fuzz_journal;
fuzz_fn fuzz_results;
fuzz_fn fuzz_udp;
fuzz_fn fuzz_udp_call;
fuzz_fn fuzz_tcp;
fuzz_fn fuzz_tcp_meeting;
fuzz_fn fuzz_redis_stream;
fuzz_fn fuzz_secret;
fuzz_fn fuzz_tls;
fuzz_fn fuzz_zeromq;

/* Its own line for each, since `make fuzz` reads them. */
static const struct fuzz_target {
    const char *name;
    fuzz_fn *run;
    unsigned step; /* the suite tries every so many bytes of a file */
} fuzz_targets[] = {
    { "job", fuzz_job, 1 },             /* a message, from its header on */
    { "stream", fuzz_stream, 1 },       /* bytes of a stream, however cut */
    { "packet", fuzz_packet, 1 },       /* packets of any length */
    { "ready", fuzz_ready, 4 },         /* what a consumer leaves: ready.json */
    { "url", fuzz_url, 1 },             /* what people type behind --at */
    { "image", fuzz_image, 8 },         /* JPEG, PNG, EXIF, colour profile */
    { "json-file", fuzz_json_file, 8 }, /* what a directory's document says */
    { "spool", fuzz_spool, 8 },         /* what lies in its directory */
    { "mmap-file", fuzz_mmap_file, 4 }, /* what a file holds */
    { "signal-doorbell", fuzz_signal_doorbell, 4 }, /* what a file holds */
    { "ring", fuzz_ring, 4 },                       /* what memory holds */
    { "ring-mpmc", fuzz_ring_mpmc, 4 },             /* what memory holds */
    { "unix-fd", fuzz_unix_fd, 4 },               /* packets with descriptors */
    { "unix-seqpacket", fuzz_unix_seqpacket, 4 }, /* packets */
    { "unix-dgram", fuzz_unix_dgram, 8 },         /* datagrams */
    { "posix-mq", fuzz_posix_mq, 4 },             /* messages */
    { "sysv-mq", fuzz_sysv_mq, 4 },               /* messages */
    { "signal-words", fuzz_signal_words, 24 },    /* words */
    { "process-vm", fuzz_process_vm, 4 }, /* what says where messages are */
    { "ring-rewritten", fuzz_ring_rewritten, 8 }, /* memory that changes */
    { "sqlite", fuzz_sqlite, 64 },                /* a database */
    { "journal", fuzz_journal, 8 },               /* what a killed run noted */
    { "results", fuzz_results, 4 },    /* what bench, claims and faults saved */
    { "udp", fuzz_udp, 8 },            /* datagrams of a connection */
    { "udp-call", fuzz_udp_call, 16 }, /* datagrams before there is one */
    { "tcp", fuzz_tcp, 16 }, /* what strangers say before a peer is known */
    { "tcp-meeting", fuzz_tcp_meeting, 32 },   /* and where two sides meet */
    { "redis-stream", fuzz_redis_stream, 32 }, /* what a server replies */
    { "secret", fuzz_secret, 1 },  /* what a file holds that two sides share */
    { "tls", fuzz_tls, 16 },       /* records of TLS, and what is none */
    { "zeromq", fuzz_zeromq, 32 }, /* what is said at its socket */
};

enum { FUZZ_TARGETS = sizeof(fuzz_targets) / sizeof(fuzz_targets[0]) };

#endif
