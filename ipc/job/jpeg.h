/* SPDX-License-Identifier: MIT */
/*
 * jpeg.h -- from the bytes of a JPEG to a thumbnail (libturbojpeg)
 */
#ifndef IPC_JOB_JPEG_H
#define IPC_JOB_JPEG_H

#include "ipc/job/picture.h"

/* jpeg_decode reads the file and leaves the thumbnail in p->pixels. 0, with a
 * remark if there is something to know; -EBADMSG with a remark; -ENOMEM. */
int jpeg_decode(struct picture *p);

#endif
