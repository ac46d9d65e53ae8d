/* SPDX-License-Identifier: MIT */
/*
 * place.h -- on which CPUs producers and consumers run
 */
#ifndef IPC_WORKER_PLACE_H
#define IPC_WORKER_PLACE_H

enum placement {
    PLACE_FREE,    /* where the kernel likes */
    PLACE_SAME,    /* all on the first CPU we may use */
    PLACE_SPLIT,   /* one after the other on each that we may use */
    PLACE_SIBLING, /* on those that are one core: its hyperthreads */
};

/* place_count returns how many CPUs we may use, at least 1. */
unsigned place_count(void);

/* place_missing returns why a placement cannot be had here, or NULL. */
const char *place_missing(enum placement placement);

/* place_self moves this thread, the turn-th to be placed, from 0. -ENODEV where
 * place_missing tells why. */
int place_self(enum placement placement, unsigned turn);

/* place_between says what two CPUs have in common, as the kernel tells it: "one
 * processor", "one core", "one cache" (of the last level), or "no cache"; NULL:
 * it is not known, or one of them is negative. */
const char *place_between(int cpu, int other);

#endif
