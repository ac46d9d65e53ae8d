/* SPDX-License-Identifier: MIT */
/*
 * channel_config.h -- what a mechanism works out from its struct channel_config
 *
 * It helps in writing a mechanism.
 */
#ifndef IPC_CHANNEL_CONFIG_H
#define IPC_CHANNEL_CONFIG_H

#include "ipc/channel.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* Every name outside dir begins so: leftovers are found by it. */
#define CHANNEL_PREFIX "ipc-showcase-"

enum { CHANNEL_NAME_MAX = 64 };

/*
 * The path <dir>/<name><suffix>, -ENAMETOOLONG; and the name to use outside
 * dir, "/ipc-showcase-<seed>-<name>", or where a name is a number, one from 1
 * to INT_MAX. It is recorded in dir (shared/dir/record) before the thing it
 * names is made.
 */
int channel_path(const struct channel_config *config, const char *suffix,
                 char ret_path[static PATH_MAX]);
void channel_global_name(const struct channel_config *config,
                         char ret_name[static CHANNEL_NAME_MAX]);
int channel_global_key(const struct channel_config *config);

/* channel_depth returns config->depth or, where nobody asked for one,
 * CHANNEL_DEPTH; on one machine only as many of the largest message as 14 MiB
 * hold, but 2. */
enum { CHANNEL_DEPTH = 8 };

size_t channel_depth(const struct channel_config *config);

/* channel_queue_depth is for a queue that carries more when many small messages
 * may wait: as many of the largest message as `bytes` hold, but `most`, and no
 * fewer than channel_depth; or config->depth, where somebody asked for one. */
size_t channel_queue_depth(const struct channel_config *config, size_t bytes,
                           size_t most);

/*
 * channel_claim_name is channel_global_name, and records the name in dir under
 * `kind`, so that what a killed process leaves behind is found; likewise
 * channel_claim_key, which returns the key. -EEXIST, and errors of
 * record_write. channel_forget_name removes that record: the name is gone, or
 * was never this process's.
 */
int channel_claim_name(const struct channel_config *config, const char *kind,
                       char ret_name[static CHANNEL_NAME_MAX]);
int channel_claim_key(const struct channel_config *config, const char *kind);
void channel_forget_name(const struct channel_config *config, const char *kind);

/* channel_explain_shm, for a mechanism's `explain` of -ENOSPC, says that
 * /dev/shm has no room for `bytes`, and that `smaller` is a cure: "a smaller
 * --max". -ENOENT: it has room. */
int channel_explain_shm(size_t bytes, const char *smaller, char *ret_text,
                        size_t room);

/* channel_spin_ns returns how long config->wait lets an end spin before it
 * sleeps, for shared/memory/spin. */
enum { CHANNEL_SPIN_NS = 50000 }; /* by adaptive waiting */

uint64_t channel_spin_ns(const struct channel_config *config);

/* channel_port returns the port for an owner's end at config->at, behind that
 * of the meeting; 0, any free one, when there is none. */
unsigned channel_port(const struct channel_config *config, unsigned index);

#endif
