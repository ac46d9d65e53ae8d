/* SPDX-License-Identifier: MIT */
/*
 * mechanisms.h -- the table of all mechanisms in this program
 *
 * The table is made at build time by ipc/sheets.awk from the spec sheet
 * that opens each mechanism's source file.
 */
#ifndef IPC_MECHANISMS_H
#define IPC_MECHANISMS_H

#include "ipc/channel.h"

/* The headings of a spec sheet, in their order. */
enum sheet_line {
    SHEET_RENDEZVOUS,
    SHEET_FRAMING,
    SHEET_COPIES,
    SHEET_WAITING,
    SHEET_END,
    SHEET_LIMITS,
    SHEET_LEFTOVERS,
    SHEET_TRUST,
    SHEET_MANUAL,
    SHEET_LINES,
};

struct mechanism {
    const char *name;   /* "unix-stream"; NULL ends the table */
    const char *family; /* its folder: "sockets" */
    const char *source; /* "sockets/unix_stream.c" */
    const char *title;  /* the sheet's first line */
    const char *sheet[SHEET_LINES];
    const struct channel_ops *ops; /* NULL: this build lacks it */
    const char *reason;            /* why it does; NULL otherwise */
};

extern const struct mechanism mechanisms[];

/* mechanism_heading returns a sheet line's name: "Rendezvous". */
const char *mechanism_heading(enum sheet_line line);

/* mechanism_copies returns how often a payload is copied: the number that the
 * sheet's line begins with. */
unsigned mechanism_copies(const struct mechanism *mechanism);

/* mechanism_skipped returns why a mechanism cannot run, in this build or on
 * this system; NULL: it can. */
const char *mechanism_skipped(const struct mechanism *mechanism);

/* mechanism_skipped_at: the same where it meets at a URL, or at NULL: what
 * serves there need not be on this machine. */
const char *mechanism_skipped_at(const struct mechanism *mechanism,
                                 const struct url *at);

/* mechanism_defaults fills in each option as it is when nobody gives it. */
void mechanism_defaults(const struct channel_ops *ops,
                        size_t ret_values[static CHANNEL_OPTIONS_MAX]);

/* mechanism_find: by name, NULL when there is none. */
const struct mechanism *mechanism_find(const char *name);

/* mechanism_family_exists: whether any mechanism is of that family. */
bool mechanism_family_exists(const char *family);

/* mechanism_trait_name returns "sees-death" for bit 1; NULL after the last. */
const char *mechanism_trait_name(unsigned bit);

/* mechanism_traits_text writes "inherited-only, sees-death"; returns text. */
enum { MECHANISM_TRAITS_MAX = 200 };
const char *mechanism_traits_text(unsigned traits,
                                  char text[static MECHANISM_TRAITS_MAX]);

#endif
