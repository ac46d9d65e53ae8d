/* SPDX-License-Identifier: MIT */
/*
 * fuzz_job.c -- a message as it arrives: header, batch, result, tally
 *
 * Bytes        a message. It is read as it is, and once more with the hash in
 *              its header put right, or else hardly anything would get further.
 * Must hold    what is refused leaves the header as it was; what is taken is
 *              encoded to the same 64 bytes, and its payload lies within the
 *              message; the records of a batch lie in the payload one behind
 *              the other; a result's remark ends and is printable; all of them
 *              are the same after there and back
 */
#include "ipc/job/batch.h"
#include "ipc/job/job.h"
#include "ipc/job/narrow_bytes.h"
#include "ipc/worker/verdict.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_HASH = 56 };

static void check_batch(const unsigned char *payload, size_t size)
{
    struct batch batch = { payload, size };
    const unsigned char *expected = payload;
    unsigned char *copy;
    const void *bytes;
    size_t got;

    while (batch_next(&batch, &bytes, &got)) {
        fuzz_require(bytes == expected + BATCH_PREFIX);
        fuzz_require(batch_record(got) <= (size_t)(payload + size - expected));
        copy = malloc(batch_record(got));
        fuzz_require(copy);
        memcpy(batch_put(copy, got), bytes, got);
        fuzz_require(memcmp(copy, expected, batch_record(got)) == 0);
        free(copy);
        expected += batch_record(got);
        fuzz_require(batch.at == expected);
        fuzz_require(batch.left == (size_t)(payload + size - expected));
    }
}

static void check_result(const unsigned char *payload, size_t size)
{
    struct job_result result = { .thumbnail_size = 77 }, again;
    unsigned char bytes[JOB_RESULT_MAX], twice[JOB_RESULT_MAX];
    enum job_error error = job_result_decode(payload, size, &result);
    size_t length;

    fuzz_require(error == JOB_OK || error == JOB_BAD_RESULT);
    if (error != JOB_OK) {
        fuzz_require(result.thumbnail_size == 77);
        return;
    }
    fuzz_require((unsigned)result.status <= JOB_DAMAGED);
    length = strnlen(result.remark, JOB_REMARK_MAX);
    fuzz_require(length < JOB_REMARK_MAX);
    for (size_t i = 0; i < length; i++)
        fuzz_require(result.remark[i] >= ' ' && result.remark[i] <= '~');
    length = job_result_encode(&result, bytes);
    fuzz_require(length < JOB_RESULT_MAX);
    fuzz_require(job_result_decode(bytes, length, &again) == JOB_OK);
    fuzz_require(job_result_encode(&again, twice) == length);
    fuzz_require(memcmp(bytes, twice, length) == 0);
}

static void check_tally(const unsigned char *payload, size_t size)
{
    unsigned char bytes[TALLY_SIZE];
    struct tally tally;

    if (!tally_decode(payload, size, &tally)) {
        fuzz_require(size != TALLY_SIZE);
        return;
    }
    fuzz_require(size == TALLY_SIZE);
    tally_encode(&tally, bytes);
    fuzz_require(memcmp(bytes, payload, TALLY_SIZE) == 0);
}

static void check_header(const unsigned char *message,
                         const struct job_header *header)
{
    unsigned char bytes[JOB_HEADER_SIZE];

    fuzz_require(header->type >= JOB_JOB && header->type <= JOB_NAME);
    fuzz_require((unsigned)header->work <= JOB_WORK_IMAGE);
    fuzz_require(header->attempt > 0);
    fuzz_require(header->hashed || header->payload_hash == 0);
    fuzz_require(header->batch || header->count == 1);
    fuzz_require(header->type != JOB_NAME ||
                 header->payload_size < JOB_NAME_MAX);
    job_encode(header, bytes);
    fuzz_require(memcmp(bytes, message, JOB_HEADER_SIZE) == 0);
}

static void check_message(const unsigned char *message, size_t size)
{
    const struct job_header untouched = { .session = 99, .id = 77 };
    struct job_header header = untouched;
    enum job_error error = job_decode(message, size, &header);
    const unsigned char *payload = message + JOB_HEADER_SIZE;

    fuzz_require(error >= JOB_OK && error < JOB_ERRORS);
    if (error != JOB_OK) {
        fuzz_require(memcmp(&header, &untouched, sizeof(header)) == 0);
        return;
    }
    fuzz_require(size >= JOB_HEADER_SIZE);
    fuzz_require(header.payload_size <= size - JOB_HEADER_SIZE);
    check_header(message, &header);
    check_batch(payload, header.payload_size);
    check_result(payload, header.payload_size);
    check_tally(payload, header.payload_size);
}

int fuzz_job(const uint8_t *data, size_t size)
{
    unsigned char *message = malloc(size ? size : 1);

    fuzz_require(message);
    memcpy(message, data, size);
    check_message(message, size);
    if (size >= JOB_HEADER_SIZE) {
        put_u64(message + HEADER_HASH, job_hash(message, HEADER_HASH));
        check_message(message, size);
    }
    free(message);
    return 0;
}
