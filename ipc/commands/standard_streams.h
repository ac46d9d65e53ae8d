/* SPDX-License-Identifier: MIT */
/*
 * standard_streams.h -- standard input, output and error, as the shell left
 * them
 */
#ifndef IPC_COMMANDS_STANDARD_STREAMS_H
#define IPC_COMMANDS_STANDARD_STREAMS_H

/* standard_streams_open opens /dev/null for each of 0, 1, 2 that is closed. */
void standard_streams_open(void);

/* standard_stream_block gives a standard stream that somebody else, who shares
 * its open file, has made non-blocking (O_NONBLOCK) an open file of its own,
 * which blocks: of a pipe or a terminal, where /proc allows it. */
void standard_stream_block(int fd);

#endif
