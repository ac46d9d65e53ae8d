/* SPDX-License-Identifier: MIT */
/*
 * selection.h -- the mechanisms that the options name, and whether they fit
 *
 * One line on stderr says what does not fit, and that is EXIT_USAGE.
 */
#ifndef IPC_OPTIONS_SELECTION_H
#define IPC_OPTIONS_SELECTION_H

#include "ipc/options/options.h"

/* selection_has: whether the arguments (names and families; none: all)
 * name this mechanism. */
bool selection_has(const struct options *options,
                   const struct mechanism *mechanism);

/* selection_skips returns why these options leave the mechanism out, or
 * NULL: a library or server that is not here, but where --at names one. */
const char *selection_skips(const struct options *options,
                            const struct mechanism *mechanism);

/* selection_offer offers the names of all mechanisms and families, and what
 * other books call them, to what was typed. */
struct near; /* ipc/options/near.h */
void selection_offer(struct near *near);

/* selection_check says on stderr which argument names no mechanism and no
 * family, and which --set no selected mechanism has: 0 or EXIT_USAGE. */
int selection_check(const struct options *options);

/* selection_check_settings: of them only --set, which a selected mechanism must
 * have, and take the value of. */
int selection_check_settings(const struct options *options);

/* selection_at_fits: whether a mechanism can meet at a URL that is given; says
 * on stderr why not. */
bool selection_at_fits(const struct options *options,
                       const struct mechanism *mechanism);

#endif
