/* SPDX-License-Identifier: MIT */
/* Flow control by credits. */
#include "signals/signal_words_credit.h"
#include "tests/suites.h"

enum { WINDOWS = 40, ROUNDS = 3 };

/* Sends as much as the credits allow, then takes all of it: however large the
 * window, it is used, never exceeded, and never stops for good. */
START_TEST(test_window)
{
    const size_t window = (size_t)_i;
    struct credit sender, receiver;
    size_t sent, credits = 0;

    credit_open(&sender, window);
    credit_open(&receiver, window);
    for (size_t round = 0; round < ROUNDS * window; round++) {
        for (; credits > 0; credits--)
            credit_refill(&sender);
        for (sent = 0; credit_spend(&sender); sent++)
            ck_assert_uint_lt(sent, window);
        ck_assert_uint_ge(sent, credit_sure(window));
        for (; sent > 0; sent--)
            credits += credit_due(&receiver);
        ck_assert_uint_gt(credits, 0);
    }
}
END_TEST

/* Taken one by one, the worst case is seen: a step less one is owed. */
START_TEST(test_sure)
{
    const size_t window = (size_t)_i;
    struct credit sender, receiver;
    size_t least = window;

    credit_open(&sender, window);
    credit_open(&receiver, window);
    for (size_t unit = 0; unit < ROUNDS * window; unit++) {
        ck_assert(credit_spend(&sender));
        if (credit_due(&receiver))
            credit_refill(&sender);
        least = sender.left < least ? sender.left : least;
        ck_assert_uint_le(sender.left, window);
    }
    ck_assert_uint_eq(least, credit_sure(window));
}
END_TEST

Suite *credit_suite(void)
{
    Suite *suite = suite_create("credit");
    TCase *tcase = tcase_create("credit");

    tcase_add_loop_test(tcase, test_window, 1, WINDOWS);
    tcase_add_loop_test(tcase, test_sure, 1, WINDOWS);
    suite_add_tcase(suite, tcase);
    return suite;
}
