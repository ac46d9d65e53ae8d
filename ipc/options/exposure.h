/* SPDX-License-Identifier: MIT */
/*
 * exposure.h -- what others on the network can do to an exchange at a URL
 */
#ifndef IPC_OPTIONS_EXPOSURE_H
#define IPC_OPTIONS_EXPOSURE_H

#include "ipc/mechanisms.h"
#include "shared/net/url.h"

/* exposure_warn says so on stderr, in a line, where what is sent leaves this
 * machine and is not encrypted. It looks no name up: only the loopback's own
 * names and addresses, and a path, count as this machine. */
void exposure_warn(const struct url *at, const struct mechanism *mechanism);

#endif
