/* SPDX-License-Identifier: MIT */
/*
 * plain_text.h -- a text that a terminal may show, whoever wrote it
 */
#ifndef IPC_PLAIN_TEXT_H
#define IPC_PLAIN_TEXT_H

#include <stddef.h>

/* plain_text copies a text, as much as there is room for; control characters,
 * and bytes that are no UTF-8, become \xNN. Returns ret_text. */
const char *plain_text(const char *text, char *ret_text, size_t room);

#endif
