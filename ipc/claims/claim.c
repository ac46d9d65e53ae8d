/* SPDX-License-Identifier: MIT */
#include "ipc/claims/claim.h"

#include <string.h>
#include <strings.h>

const struct claim *claim_find(const char *id)
{
    for (const struct claim *c = claims; c->name; c++)
        if (strcasecmp(c->ops->id, id) == 0 || strcmp(c->name, id) == 0)
            return c;
    return NULL;
}

const char *claim_part(const struct claim *claim)
{
    switch (claim->ops->id[0]) {
    case 'A':
        return "Concurrency and parallelism";
    case 'P':
        return "Processes and threads";
    default:
        return "Interprocess communication";
    }
}

const char *claim_verdict_name(enum claim_verdict verdict)
{
    static const char *const names[CLAIM_VERDICTS] = {
        [CLAIM_CONFIRMED] = "CONFIRMED",
        [CLAIM_MOSTLY] = "MOSTLY",
        [CLAIM_DEPENDS] = "DEPENDS",
        [CLAIM_REFUTED] = "REFUTED",
        [CLAIM_NOT_TESTABLE] = "NOT TESTABLE HERE",
    };

    return names[verdict];
}

const char *claim_unit_name(enum claim_unit unit)
{
    static const char *const names[CLAIM_UNITS] = {
        [UNIT_COUNT] = "count", [UNIT_SHARE] = "share",
        [UNIT_TIMES] = "times", [UNIT_NS] = "ns",
        [UNIT_BYTES] = "bytes", [UNIT_YES_NO] = "yes or no",
    };

    return names[unit];
}

const char *claim_heading_name(enum claim_heading heading)
{
    static const char *const names[CLAIM_HEADINGS] = {
        [CLAIM_CLAIM] = "Claim",
        [CLAIM_SECTION] = "Section",
        [CLAIM_EXPERIMENT] = "Experiment",
        [CLAIM_RULE] = "Rule",
        [CLAIM_TWIN] = "Twin",
        [CLAIM_TAKE_AWAY] = "Take away",
        [CLAIM_MANUAL] = "Manual",
    };

    return names[heading];
}
