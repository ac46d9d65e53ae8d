/* SPDX-License-Identifier: MIT */
/*
 * claim_json.h -- a claim and what came of it, as a line of JSON
 *
 * It holds all that a page of it needs: the sheet, the verdict with its
 * finding, each figure with its values, and what is to be drawn.
 */
#ifndef IPC_CLAIMS_CLAIM_JSON_H
#define IPC_CLAIMS_CLAIM_JSON_H

#include "ipc/claims/attempt.h"

#include <jansson.h>

/* claim_json returns the object, which the caller owns; NULL: no memory. */
json_t *claim_json(const struct claim *claim,
                   const struct attempt_result *result);

#endif
