/* SPDX-License-Identifier: MIT */
/*
 * claim_page.h -- verdicts as a page in Markdown
 */
#ifndef IPC_CLAIMS_CLAIM_PAGE_H
#define IPC_CLAIMS_CLAIM_PAGE_H

#include "ipc/claims/attempt.h"

#include <jansson.h>
#include <stdio.h>

/* One claim and what came of it. */
struct verdict_of {
    const struct claim *claim;
    enum claim_verdict verdict;
    char finding[CLAIM_TEXT_MAX]; /* or why there is no verdict */
    bool failed;
};

/* claim_page writes the page of them all, in their order. machine is what
 * machine_describe tells. */
void claim_page(FILE *stream, const struct verdict_of *verdicts, size_t count,
                const json_t *machine);

#endif
