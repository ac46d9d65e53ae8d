/* SPDX-License-Identifier: MIT */
/*
 * machine.h -- what a figure was measured on, and what may spoil it
 */
#ifndef IPC_LAB_MEASURE_MACHINE_H
#define IPC_LAB_MEASURE_MACHINE_H

#include <jansson.h>

/* machine_describe returns an object: when, kernel, processor, libraries; and
 * under "warnings" what a reader of figures must know. NULL without memory. */
json_t *machine_describe(void);

#endif
