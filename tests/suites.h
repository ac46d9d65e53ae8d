/* SPDX-License-Identifier: MIT */
/*
 * suites.h -- every suite of the test program: tests/main.c runs them all, and
 * `make test` begins with the last, as those take longest
 *
 * One test, or the tests of one mechanism:
 *      CK_RUN_SUITE=stream build/bin/tests
 *      CK_RUN_CASE=fifo build/bin/tests
 */
#ifndef TESTS_SUITES_H
#define TESTS_SUITES_H

#include <check.h>

Suite *job_suite(void);
Suite *stream_suite(void);
Suite *packet_suite(void);
Suite *credit_suite(void);
Suite *lock_suite(void);
Suite *pattern_suite(void);
Suite *record_suite(void);
Suite *colour_suite(void);
Suite *shrink_suite(void);
Suite *process_suite(void);
Suite *mechanisms_suite(void);
Suite *traits_suite(void);
Suite *commands_suite(void);
Suite *options_suite(void);
Suite *redis_suite(void);
Suite *image_suite(void);
Suite *store_suite(void);
Suite *work_suite(void);
Suite *upload_suite(void);
Suite *models_suite(void);
Suite *timeline_suite(void);
Suite *claims_suite(void);
Suite *article_suite(void);
Suite *slots_suite(void);
Suite *ring_suite(void);
Suite *mpmc_suite(void);
Suite *memfd_suite(void);
Suite *reliable_suite(void);
Suite *spool_suite(void);
Suite *verdict_suite(void);
Suite *measure_suite(void);
Suite *statistics_suite(void);
Suite *units_suite(void);
Suite *rundir_suite(void);
Suite *growth_suite(void);
Suite *trace_suite(void);
Suite *wake_suite(void);
Suite *advice_suite(void);
Suite *report_suite(void);
Suite *pages_suite(void);
Suite *odd_suite(void);
Suite *lab_suite(void);
Suite *limits_suite(void);
Suite *failures_suite(void);
Suite *restarts_suite(void);
Suite *journal_suite(void);
Suite *harness_suite(void);
Suite *workers_suite(void);
Suite *terminals_suite(void);
Suite *apart_suite(void);
Suite *ends_suite(void);
Suite *exchange_suite(void);
Suite *planted_suite(void);
Suite *confine_suite(void);
Suite *bench_suite(void);
Suite *programs_suite(void);
Suite *channel_suite(void);
Suite *trust_suite(void);
Suite *remote_suite(void);
Suite *faults_suite(void);
Suite *fuzz_suite(void);

#endif
