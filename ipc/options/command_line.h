/* SPDX-License-Identifier: MIT */
/*
 * command_line.h -- from the command line of a program to its options
 */
#ifndef IPC_OPTIONS_COMMAND_LINE_H
#define IPC_OPTIONS_COMMAND_LINE_H

#include "ipc/options/rules.h"

/* command_line_read: 0, or -EINVAL after one line on stderr. Pair with
 * options_free, also then. */
int command_line_read(int argc, char **argv,
                      const struct command *const *commands,
                      struct options *ret_options);

#endif
