/* SPDX-License-Identifier: MIT */
/*
 * system.h -- what the project needs of a system, asked for before it is built
 *
 * In this room: what everything else stands on.
 */
#ifndef SHARED_BASE_SYSTEM_H
#define SHARED_BASE_SYSTEM_H

#ifndef __linux__
#error "this is for Linux alone"
#endif

#ifndef __LP64__
#error "64 bits are needed: sizes and addresses here do not fit into 32"
#else
#include <features.h>
#ifndef __GLIBC__
#error "glibc is needed, this is another C library"
#endif
#endif

#endif
