/* SPDX-License-Identifier: MIT */
/*
 * program.h -- runs the programs of $IPC_BIN (or build/bin) as a person does
 *
 *      place_open()
 *      program_run(&p, "fifo demo --jobs %d --store %s", 3, in_place("store"))
 *      program_expect(&p, 0, "good", "")
 *      place_close()
 *
 * A test has a place of its own: an empty working directory, an empty
 * $TMPDIR, and beside both a folder for what is made on purpose. All that a
 * program leaves in the first two, or outside, place_close finds.
 */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include <check.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROGRAM_LINE_MAX = 2 * PATH_MAX, PROGRAM_TEXT_MAX = 1 << 17 };

void place_open(void);
void place_close(void);

/* add_case_with_place is add_case: each of the tests has a place. */
TCase *add_case_with_place(Suite *suite, const char *name, unsigned limit_s);

/* in_place returns the path, from the working directory, of a name in the
 * folder of what is made on purpose; valid until the eighth call from here. */
const char *in_place(const char *name);

/* place_programs returns the folder of the programs, by its whole path. */
const char *place_programs(void);

/* place_add_picture draws a small picture there; returns its path. */
const char *place_add_picture(const char *name);

/* For root: place_give_away gives the place to nobody, and one thing in it;
 * become_nobody prepares a program to be run by nobody there. */
void place_give_away(const char *name);
void become_nobody(void);

struct program {
    /* For the test to set, between program_zero and program_start. */
    int in;                /* its stdin; 0: /dev/null */
    int out;               /* its stdout; 0: what it writes is kept */
    int terminal;          /* read as its screen while it runs; 0: none */
    void (*prepare)(void); /* called in it before it is the program */

    pid_t pid;
    int status; /* as a shell tells it: 128 + the signal that killed it */
    char out_text[PROGRAM_TEXT_MAX];
    char err_text[PROGRAM_TEXT_MAX];

    /* The driver's own. */
    char line[PROGRAM_LINE_MAX];
    int out_fd, err_fd;
    size_t out_size; /* of what a terminal got */
    bool running;
};

void program_zero(struct program *p);

/* program_start begins the line: its first word is a program's name, and no
 * word holds a space. */
__attribute__((format(printf, 2, 3))) void program_start(struct program *p,
                                                         const char *format,
                                                         ...);

/* program_wait returns when it has ended, and fails the test when that takes
 * longer than program_patience. program_run is both, from a zeroed one. */
void program_wait(struct program *p);
__attribute__((format(printf, 2, 3))) void program_run(struct program *p,
                                                       const char *format, ...);

/* program_says: whether its stderr, or its stdout, holds a text by now;
 * program_await waits until it does. */
bool program_says(struct program *p, const char *text);
void program_await(struct program *p, const char *text);

void program_signal(const struct program *p, int number);

/* program_expect fails the test unless the program ended with that status and
 * its texts hold those parts; NULL: must be empty. */
void program_expect(const struct program *p, int status, const char *out_part,
                    const char *err_part);

/* program_expect_line: stderr is one line that holds those parts. */
void program_expect_line(const struct program *p, int status, const char *part,
                         const char *other_part);

/* program_expect_width: no line of stdout has more columns (bytes but for those
 * that go on with a character), unless it is a path. */
void program_expect_width(const struct program *p, size_t width);

/* program_fail fails the test, and shows all that is known of the program. */
__attribute__((noreturn)) void program_fail(const struct program *p,
                                            const char *reason);

/* program_children lists its child processes, and returns how many;
 * program_await_children waits until it has so many. A server that it started
 * is none of them: program_server returns its pid, 0 unless there is one.
 * program_await_worker waits for a child by the name of its role. */
enum { PROGRAM_CHILDREN_MAX = 8 };
size_t program_children(const struct program *p,
                        pid_t ret_children[static PROGRAM_CHILDREN_MAX]);
pid_t program_server(const struct program *p);
pid_t program_await_worker(const struct program *p, const char *role);
void program_await_children(const struct program *p, size_t count,
                            pid_t ret_children[static PROGRAM_CHILDREN_MAX]);

/* process_is_gone: ended, whether or not its parent has asked how. */
bool process_is_gone(pid_t pid);

#endif
