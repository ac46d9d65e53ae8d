/* SPDX-License-Identifier: MIT */
/*
 * image_limits.h -- the largest picture, what it may take to decode, and the
 * longest remark on one
 */
#ifndef IPC_JOB_IMAGE_LIMITS_H
#define IPC_JOB_IMAGE_LIMITS_H

enum {
    IMAGE_SIDE_MAX = 65500,       /* pixels; more is too much for libjpeg */
    IMAGE_PIXELS_MAX = 100000000, /* likewise, width times height */
    IMAGE_MEMORY_MAX = 512,       /* MiB that decoding one may take */
    IMAGE_REMARK_MAX = 96,
};

#endif
