/* SPDX-License-Identifier: MIT */
/*
 * credentials.h -- the files by which this side of an exchange proves who it is
 */
#ifndef IPC_OPTIONS_CREDENTIALS_H
#define IPC_OPTIONS_CREDENTIALS_H

#include "ipc/options/options.h"

/*
 * credentials_open reads the files that the options name into options->trust,
 * and has options->at_url point there. It comes before a command runs: 0, or
 * the exit status; one line on stderr says why a file, or an option beside such
 * a URL, will not do.
 */
int credentials_open(struct options *options);

/* credentials_close lets go of them. Safe when they were not opened. */
void credentials_close(struct options *options);

#endif
