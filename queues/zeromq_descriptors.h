/* SPDX-License-Identifier: MIT */
/*
 * zeromq_descriptors.h -- libzmq aborts the program when it gets no descriptor
 */
#ifndef QUEUES_ZEROMQ_DESCRIPTORS_H
#define QUEUES_ZEROMQ_DESCRIPTORS_H

/* zeromq_descriptors_check tells whether this process may have so many
 * descriptors more: 0, -EMFILE, -ENFILE. */
int zeromq_descriptors_check(unsigned count);

#endif
