/* SPDX-License-Identifier: MIT */
/*
 * jpeg_icc.h -- the colour profile that a JPEG carries
 *
 * A segment holds 64 KiB: a profile comes in numbered pieces. The bytes are
 * hostile, whatever the numbers say.
 */
#ifndef IPC_JOB_JPEG_ICC_H
#define IPC_JOB_JPEG_ICC_H

#include <stddef.h>

/*
 * icc_read_jpeg puts the pieces together. Returns 0, with NULL where there are
 * none, or the profile, which the caller frees with free(3), and which is
 * still to be distrusted; -EBADMSG if pieces are missing or there twice;
 * -ENOMEM.
 */
int icc_read_jpeg(const void *bytes, size_t size, unsigned char **ret_profile,
                  size_t *ret_size);

#endif
