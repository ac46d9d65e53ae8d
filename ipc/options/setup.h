/* SPDX-License-Identifier: MIT */
/*
 * setup.h -- from what the options say to what a run needs
 *
 * If something cannot be had, one line on stderr says so.
 */
#ifndef IPC_OPTIONS_SETUP_H
#define IPC_OPTIONS_SETUP_H

#include "ipc/exchange/rundir.h"
#include "ipc/models/workshop.h"
#include "ipc/options/options.h"

/* Where uploads go when --store does not say. */
#define SETUP_STORE "ipc-store"

/* setup_plan fills in what the options say; the caller adds the rest. */
struct exchange_plan setup_plan(const struct options *options,
                                const struct channel_ops *ops);

/* setup_workshop fills in what the options say of models; says what does not
 * fit: 0 or EXIT_USAGE. */
int setup_workshop(const struct options *options,
                   struct workshop_plan *ret_plan);

/* setup_check_system says what was asked for that this system has not: why
 * --confine cannot be had, or not with another option, and which placement of
 * --pin. 0, EXIT_USAGE or EXIT_FAILURE. */
int setup_check_system(const struct options *options);

/* setup_check_models says which model of --model is not there, and what does
 * not fit beside one: 0 or EXIT_USAGE. setup_take_model puts the first of them
 * into a plan of image work. */
int setup_check_models(const struct options *options);
void setup_take_model(const struct options *options,
                      struct exchange_plan *plan);

/* setup_inputs lists the pictures of --image and of `paths` (may be NULL):
 * 0, or an exit status after a line on stderr. */
int setup_inputs(const struct options *options, char *const *paths,
                 struct inputs *inputs);

/* setup_draw adds the test picture: 0, or EXIT_FAILURE. */
int setup_draw(struct inputs *inputs, unsigned width, unsigned height);

/* setup_check_store: whether uploads can go to a directory, which is made
 * if it is not there; says why not: 0 or EXIT_FAILURE. */
int setup_check_store(const char *path);

/* setup_open_rejected opens the file of --rejected, if it is given, and puts
 * it into the plan; says why not: 0 or EXIT_FAILURE. */
int setup_open_rejected(const struct options *options,
                        struct exchange_plan *plan);

/* setup_begin is rundir_make that says why not. */
int setup_begin(struct rundir *ret_rundir);

/* setup_release ends a run's directory, and says what of it is left: an exit
 * status, that given or, if that was good, EXIT_FAILURE. */
int setup_release(struct rundir *rundir, int status);

#endif
