/* SPDX-License-Identifier: MIT */
/*
 * png.h -- from the bytes of a PNG to a thumbnail (libspng)
 */
#ifndef IPC_JOB_PNG_H
#define IPC_JOB_PNG_H

#include "ipc/job/picture.h"

/* png_decode reads the file and leaves the thumbnail in p->pixels. 0, with a
 * remark if there is something to know; -EBADMSG with a remark; -ENOMEM. */
int png_decode(struct picture *p);

#endif
