/* SPDX-License-Identifier: MIT */
/*
 * socket_buffer.h -- how much a socket holds between write and read: socket(7)
 */
#ifndef SHARED_NET_SOCKET_BUFFER_H
#define SHARED_NET_SOCKET_BUFFER_H

#include <stddef.h>

/* socket_set_buffer asks for a size of SO_SNDBUF or SO_RCVBUF, where one is
 * given, and returns the buffer's, in bytes. The kernel doubles what it is
 * asked for and tells the double; so does this. -EINVAL above INT_MAX. */
int socket_set_buffer(int fd, int which, size_t wanted);

/* socket_frames_held returns how many frames, `size` bytes long with all that
 * goes along, surely fit into so large a buffer, as the kernel counts it, while
 * nobody receives: cut into packets of packet_size, SIZE_MAX where a frame is
 * written whole. */
size_t socket_frames_held(size_t buffer, size_t size, size_t packet_size);

#endif
