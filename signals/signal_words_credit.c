/* SPDX-License-Identifier: MIT */
#include "signals/signal_words_credit.h"

enum { STEPS = 8 }; /* in a window */

static size_t step_of(size_t window)
{
    return (window + STEPS - 1) / STEPS;
}

void credit_open(struct credit *c, size_t window)
{
    *c = (struct credit){ .step = step_of(window), .left = window };
}

bool credit_spend(struct credit *c)
{
    if (c->left == 0)
        return false;
    c->left--;
    return true;
}

void credit_refill(struct credit *c)
{
    c->left += c->step;
}

bool credit_due(struct credit *c)
{
    if (++c->owed < c->step)
        return false;
    c->owed = 0;
    return true;
}

size_t credit_sure(size_t window)
{
    return window - (step_of(window) - 1);
}
