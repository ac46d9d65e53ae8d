/* SPDX-License-Identifier: MIT */
/*
 * kernel.h -- limits that the kernel tells in /proc/sys
 */
#ifndef SHARED_BASE_KERNEL_H
#define SHARED_BASE_KERNEL_H

#include <stddef.h>

/* kernel_limit returns the number that the file holds, or the fallback: where
 * no /proc is mounted, or a container hides the file. */
size_t kernel_limit(const char *path, size_t fallback);

#endif
