/* SPDX-License-Identifier: MIT */
/*
 * image_paint.h -- a landscape to fill test images with
 *
 * Mountains, hills and a lake, with the noise of a camera's sensor, so that
 * it compresses as a photograph does. All arithmetic is on integers: every
 * machine and compiler paints the same pixels.
 */
#ifndef IPC_JOB_IMAGE_PAINT_H
#define IPC_JOB_IMAGE_PAINT_H

/*
 * paint_landscape fills width x height pixels of 3 bytes, row by row from the
 * top, without gaps. variant picks one of many landscapes; a landscape looks
 * alike in every size. -ENOMEM.
 */
int paint_landscape(unsigned char *rgb, unsigned width, unsigned height,
                    unsigned variant);

#endif
