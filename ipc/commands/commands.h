/* SPDX-License-Identifier: MIT */
/*
 * commands.h -- what a program can do: one function for each command
 *
 * Each returns the exit status: 0 good, 1 the run failed or its verdict is
 * bad, 2 usage, 128 + signal. They print, on stdout what was asked for and on
 * stderr what went wrong.
 */
#ifndef IPC_COMMANDS_COMMANDS_H
#define IPC_COMMANDS_COMMANDS_H

#include "ipc/options/options.h"

struct rundir;

enum { EXIT_USAGE = 2 };

int demo_command(const struct options *options);
int workers_command(const struct options *options);
int bench_command(const struct options *options);
int trace_command(const struct options *options);
int choose_command(const struct options *options);
int report_command(const struct options *options);
int compare_runs_command(const struct options *options);
int list_command(const struct options *options);
int produce_command(const struct options *options);
int consume_command(const struct options *options);

/* commands_selected: whether the arguments (names and families; none: all)
 * name this mechanism. */
bool commands_selected(const struct options *options,
                       const struct mechanism *mechanism);

/* commands_skipped returns why these options leave the mechanism out, or
 * NULL: a library or server that is not here, but where --at names one. */
const char *commands_skipped(const struct options *options,
                             const struct mechanism *mechanism);

/* commands_check says on stderr which argument names no mechanism and no
 * family, and which --set no selected mechanism has: 0 or EXIT_USAGE. */
int commands_check(const struct options *options);

/* commands_check_settings: of them only --set, which a selected mechanism must
 * have, and take the value of. */
int commands_check_settings(const struct options *options);

/* commands_at_fits: whether a mechanism can meet at a URL that is given; says
 * on stderr why not. */
bool commands_at_fits(const struct options *options,
                      const struct mechanism *mechanism);

/* commands_plan fills in what the options say; the caller adds the rest. */
struct exchange_plan commands_plan(const struct options *options,
                                   const struct channel_ops *ops);

/* commands_inputs lists the pictures of --image and of `paths` (may be NULL):
 * 0, or an exit status after a line on stderr. */
int commands_inputs(const struct options *options, char *const *paths,
                    struct inputs *inputs);

/* commands_draw adds the test picture: 0, or EXIT_FAILURE. */
int commands_draw(struct inputs *inputs, unsigned width, unsigned height);

/* commands_check_store: whether uploads can go to a directory, which is made
 * if it is not there; says why not: 0 or EXIT_FAILURE. */
int commands_check_store(const char *path);

/* commands_open_rejected opens the file of --rejected, if it is given, and puts
 * it into the plan; says why not: 0 or EXIT_FAILURE. */
int commands_open_rejected(const struct options *options,
                           struct exchange_plan *plan);

/* commands_begin is rundir_make that says why not. */
int commands_begin(struct rundir *ret_rundir);

/* commands_release ends a run's directory, and says what of it is left: an exit
 * status, that given or, if that was good, EXIT_FAILURE. */
int commands_release(struct rundir *rundir, int status);

/* Where `make bench` keeps its results. */
#define COMMANDS_RESULTS "build/bench.jsonl"

/* Where uploads go when --store does not say. */
#define COMMANDS_STORE "ipc-store"

#endif
