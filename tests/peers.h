/* SPDX-License-Identifier: MIT */
/*
 * peers.h -- a trial: two channels of one mechanism and two processes on them
 *
 *      trial_open(&t, index, frame_max, depth)      false: skipped
 *      t.messages = ...                             other than the defaults
 *      trial_run(&t, peer_produce, peer_consume)
 *      trial_close(&t)
 *
 * The tests of the channels use only the contract, ipc/channel.h, and not the
 * exchange that is built on it. Job i of a trial is size[i % sizes] bytes of
 * the pattern; its answer is pattern as well, of every size in turn.
 *
 * What starts with trial_ belongs to the test's own process, and fails the
 * test; what starts with peer_ belongs to a producer or consumer, and ends
 * that process with a text for the test to fail with. Both name the mechanism.
 */
#ifndef TESTS_PEERS_H
#define TESTS_PEERS_H

#include "ipc/channel_config.h"
#include "ipc/checked_channel.h"
#include "ipc/faults/census.h"
#include "tests/helpers.h"

#include <check.h>
#include <stdatomic.h>
#include <sys/types.h>

#define PEER_ARGUMENT "--peer"

enum {
    TRIAL_SIZES_MAX = 48,
    TRIAL_RESULT_MAX = 320, /* frame_max of the results */
    TRIAL_DEADLINE_S = 60,  /* of two peers, times test_patience */
};

enum peer { PRODUCER, CONSUMER, PEERS };

/* What the test and its peers share: a page of memory. */
struct board {
    atomic_int stage; /* for scripts that wait for each other */
    struct {
        atomic_ulong sent; /* messages, to say where a trial stopped */
        atomic_ulong received;
        char failure[200];
    } peer[PEERS];
};

struct trial {
    const struct channel_ops *ops;
    struct channel jobs;    /* from producer to consumer */
    struct channel results; /* and back */

    /* For the test to change between trial_open and trial_run. */
    enum peer owner;              /* whose ends are the owner's */
    bool other_execs;             /* the other side is a new program */
    bool other_is_apart;          /* and in a container of its own (apart.h) */
    bool other_is_nobody;         /* the other side is nobody's (for root) */
    bool others_follow;           /* it is run again, with new peers */
    bool ends_by_signal[PEERS];   /* this peer is meant to be killed */
    unsigned attach_ms[PEERS];    /* how long it waits before it attaches */
    unsigned interrupt_us;        /* a signal that often; 0: none */
    unsigned long messages;       /* 1 */
    unsigned long window;         /* unanswered; 8 or what results holds */
    size_t slack;                 /* reserved and then not committed */
    size_t sizes;                 /* 1 */
    size_t size[TRIAL_SIZES_MAX]; /* 100, or frame_max if that is less */

    /* The driver's own. */
    enum peer self;
    pid_t pid[PEERS];
    int board_fd;
    struct board *board;
    char dir[TEST_DIR_MAX];
    char mark[CHANNEL_NAME_MAX]; /* of this trial's names outside dir */
    struct census before;
};

/* What a peer does between attach and detach. */
typedef void peer_script(struct trial *t);

/* trial_prepare: all but create. Both return false for a mechanism that this
 * build skips; index is the mechanism's in the table. */
bool trial_prepare(struct trial *t, int index, size_t frame_max, size_t depth);
bool trial_open(struct trial *t, int index, size_t frame_max, size_t depth);

/* trial_create makes both channels; 0 or a negative errno. */
int trial_create(struct trial *t);

/* trial_run is trial_start and trial_wait: until both peers have ended, or
 * the deadline. Only the default scripts work in a peer that execs. */
void trial_start(struct trial *t, peer_script *produce, peer_script *consume);
void trial_wait(struct trial *t);
void trial_run(struct trial *t, peer_script *produce, peer_script *consume);

/* trial_wait_failure waits until a peer has failed, which it must, and ends the
 * other: returns what is said of both. */
const char *trial_wait_failure(struct trial *t);

/* trial_kill kills both at one moment: neither sees the other die. */
void trial_kill(const struct trial *t);

/* trial_close destroys, and fails when anything is left behind. */
void trial_close(struct trial *t);

/* trial_text returns "MECHANISM: ..." as trial_expect says it. */
__attribute__((format(printf, 2, 3))) const char *trial_text(
    const struct trial *t, const char *format, ...);
#define trial_expect(t, condition, ...)                                        \
    ck_assert_msg(condition, "%s", trial_text(t, __VA_ARGS__))

/* The default scripts: every job sent, every job answered. */
void peer_produce(struct trial *t);
void peer_consume(struct trial *t);

/* What scripts are made of. */
void peer_send_job(struct trial *t, unsigned long number);
void peer_take_job(struct trial *t, unsigned long number);
void peer_send_answer(struct trial *t, unsigned long number);
void peer_take_answer(struct trial *t, unsigned long number);
void peer_check(struct trial *t, int r, const char *phase);
__attribute__((noreturn, format(printf, 2, 3))) void peer_fail(
    struct trial *t, const char *format, ...);

/* peer_await sleeps until another has raised the stage to this at least. */
void peer_raise(struct trial *t, int stage);
void peer_await(struct trial *t, int stage);

/* peer_main is the program's main for a peer that execs. */
int peer_main(int argc, char **argv);

#endif
