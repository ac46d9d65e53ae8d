/* SPDX-License-Identifier: MIT */
#include "ipc/job/job.h"
#include "ipc/job/narrow_bytes.h"
#include "tests/suites.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAYLOAD_SIZE = 0x232221, /* of the golden frame */
    HEADER_HASH = 56,        /* its place, and what it covers */
    RESULT_SIZE = 216,
};

static const struct job_header golden_header = {
    .type = JOB_RESULT,
    .work = JOB_WORK_IMAGE,
    .hashed = true,
    .batch = true,
    .answer = true,
    .session = 0x0123456789abcdef,
    .id = 0x1112131415161718,
    .payload_size = PAYLOAD_SIZE,
    .payload_hash = 0x3132333435363738,
    .attempt = 0x4142,
    .producer = 0x5152,
    .box_width = 0x6162,
    .box_height = 0x7172,
    .count = 0x81828384,
};

/* The same, on every machine and in every version that calls itself 1. The
 * hash was computed by another program than this one. */
static const unsigned char golden[JOB_HEADER_SIZE] = {
    0x49, 0x50, 0x43, 0x4a, 0x01, 0x02, 0x72, 0x00, /* "IPCJ" 1 RESULT flags */
    0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, /* session */
    0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, /* job id */
    0x21, 0x22, 0x23, 0x00, 0x00, 0x00, 0x00, 0x00, /* payload length */
    0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31, /* payload hash */
    0x42, 0x41, 0x52, 0x51, 0x62, 0x61, 0x72, 0x71, /* attempt .. box height */
    0x84, 0x83, 0x82, 0x81, 0x00, 0x00, 0x00, 0x00, /* count, zero */
    0x5c, 0x68, 0x6f, 0x70, 0xe0, 0x0c, 0xb5, 0x64, /* hash of the above */
};

static const struct job_header untouched = { .session = 99, .id = 77 };

/* Decodes bytes that must be refused, and nothing be said about them. */
static enum job_error refuse(const void *message, size_t size)
{
    struct job_header header = untouched;
    enum job_error error = job_decode(message, size, &header);

    ck_assert_int_ne(error, JOB_OK);
    ck_assert_mem_eq(&header, &untouched, sizeof(header));
    return error;
}

static void expect_same(const struct job_header *a, const struct job_header *b)
{
    ck_assert_int_eq(a->type, b->type);
    ck_assert_int_eq(a->work, b->work);
    ck_assert_int_eq(a->hashed, b->hashed);
    ck_assert_int_eq(a->batch, b->batch);
    ck_assert_int_eq(a->answer, b->answer);
    ck_assert_uint_eq(a->session, b->session);
    ck_assert_uint_eq(a->id, b->id);
    ck_assert_uint_eq(a->payload_size, b->payload_size);
    ck_assert_uint_eq(a->payload_hash, b->payload_hash);
    ck_assert_uint_eq(a->attempt, b->attempt);
    ck_assert_uint_eq(a->producer, b->producer);
    ck_assert_uint_eq(a->box_width, b->box_width);
    ck_assert_uint_eq(a->box_height, b->box_height);
    ck_assert_uint_eq(a->count, b->count);
}

START_TEST(test_golden_bytes)
{
    unsigned char bytes[JOB_HEADER_SIZE + 1];
    struct job_header header;

    memset(bytes, 0xaa, sizeof(bytes));
    job_encode(&golden_header, bytes);
    ck_assert_mem_eq(bytes, golden, sizeof(golden));
    ck_assert_uint_eq(bytes[JOB_HEADER_SIZE], 0xaa);
    ck_assert_int_eq(
        job_decode(golden, JOB_HEADER_SIZE + PAYLOAD_SIZE, &header), JOB_OK);
    expect_same(&header, &golden_header);
}
END_TEST

/* XXH3-64 with its published values for "" and "abc". */
START_TEST(test_hash)
{
    ck_assert_uint_eq(job_hash("", 0), 0x2d06800538d394c2);
    ck_assert_uint_eq(job_hash("abc", 3), 0x78af5f94892f3950);
}
END_TEST

/* A frame as small as can be, for the tests to damage. */
static void encode_plain(unsigned char bytes[static JOB_HEADER_SIZE])
{
    const struct job_header header = { .type = JOB_JOB,
                                       .attempt = 1,
                                       .count = 1 };

    job_encode(&header, bytes);
}

START_TEST(test_every_type_and_work)
{
    struct job_header header = { .attempt = 1, .count = 1 }, decoded;
    unsigned char bytes[JOB_HEADER_SIZE];

    for (int i = 0; i < 72; i++) {
        header.type = (enum job_type)(JOB_JOB + i % 3);
        header.work = (enum job_work)(i / 3 % 3);
        header.hashed = i / 9 % 2;
        header.batch = i / 18 % 2;
        header.answer = i / 36;
        job_encode(&header, bytes);
        ck_assert_int_eq(job_decode(bytes, sizeof(bytes), &decoded), JOB_OK);
        expect_same(&decoded, &header);
    }
}
END_TEST

static enum job_error expected_error(size_t at)
{
    if (at < 4)
        return JOB_BAD_MAGIC;
    return at == 4 ? JOB_BAD_VERSION : JOB_BAD_HEADER;
}

START_TEST(test_every_bit_flipped)
{
    unsigned char bytes[JOB_HEADER_SIZE];

    for (size_t at = 0; at < sizeof(bytes); at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bytes, golden, sizeof(bytes));
            bytes[at] ^= (unsigned char)(1u << bit);
            ck_assert_msg(refuse(bytes, sizeof(bytes) + PAYLOAD_SIZE) ==
                              expected_error(at),
                          "bit %u of byte %zu", bit, at);
        }
}
END_TEST

/* Every value of every byte, not only one bit of it. */
START_TEST(test_every_byte_replaced)
{
    unsigned char bytes[JOB_HEADER_SIZE];

    for (size_t at = 0; at < sizeof(bytes); at++)
        for (unsigned value = 0; value < 256; value++) {
            if (value == golden[at])
                continue;
            memcpy(bytes, golden, sizeof(bytes));
            bytes[at] = (unsigned char)value;
            ck_assert_msg(refuse(bytes, sizeof(bytes) + PAYLOAD_SIZE) ==
                              expected_error(at),
                          "byte %zu as %u", at, value);
        }
}
END_TEST

/* Memory of just that size, so that a sanitizer sees a byte read too many. */
START_TEST(test_too_short)
{
    void *message;

    for (size_t size = 0; size < JOB_HEADER_SIZE; size++) {
        message = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(message);
        memcpy(message, golden, size);
        ck_assert_int_eq(refuse(message, size), JOB_TOO_SHORT);
        free(message);
    }
}
END_TEST

/* A field out of range in a frame whose header hash is right: no damage, but
 * a sender that lies. */
static const struct {
    size_t at;
    size_t size;
    uint64_t value;
    enum job_error error;
} lies[] = {
    { 5, 1, 0, JOB_BAD_TYPE },
    { 5, 1, 5, JOB_BAD_TYPE },
    { 5, 1, 255, JOB_BAD_TYPE },
    { 6, 2, 3, JOB_BAD_FLAGS },
    { 6, 2, 15, JOB_BAD_FLAGS },
    { 6, 2, 0x80, JOB_BAD_FLAGS },
    { 6, 2, 0x100, JOB_BAD_FLAGS },
    { 6, 2, 0x8000, JOB_BAD_FLAGS },
    { 6, 2, 0xffff, JOB_BAD_FLAGS },
    { 24, 8, 1, JOB_BAD_LENGTH },
    { 24, 8, JOB_HEADER_SIZE, JOB_BAD_LENGTH },
    { 24, 8, INT64_MAX, JOB_BAD_LENGTH },
    { 24, 8, (uint64_t)1 << 63, JOB_BAD_LENGTH },
    { 24, 8, UINT64_MAX - 63, JOB_BAD_LENGTH },
    { 24, 8, UINT64_MAX, JOB_BAD_LENGTH },
    { 32, 8, 1, JOB_BAD_FIELD }, /* a hash, and the flag says there is none */
    { 40, 2, 0, JOB_BAD_FIELD }, /* attempts count from 1 */
    { 48, 4, 0, JOB_BAD_FIELD }, /* not a batch, but not one job */
    { 48, 4, 2, JOB_BAD_FIELD },
    { 48, 4, UINT32_MAX, JOB_BAD_FIELD },
    { 52, 4, 1, JOB_BAD_FIELD },
    { 52, 4, (uint32_t)1 << 31, JOB_BAD_FIELD },
};

START_TEST(test_lie)
{
    unsigned char bytes[JOB_HEADER_SIZE], value[8];

    encode_plain(bytes);
    put_u64(value, lies[_i].value);
    memcpy(bytes + lies[_i].at, value, lies[_i].size);
    put_u64(bytes + HEADER_HASH, job_hash(bytes, HEADER_HASH));
    ck_assert_msg(refuse(bytes, sizeof(bytes)) == lies[_i].error, "%llx at %zu",
                  (unsigned long long)lies[_i].value, lies[_i].at);
}
END_TEST

/* A name is short, or it is none. */
START_TEST(test_name)
{
    unsigned char bytes[JOB_HEADER_SIZE + JOB_NAME_MAX] = { 0 };
    struct job_header header = {
        .type = JOB_NAME,
        .payload_size = JOB_NAME_MAX - 1,
        .attempt = 1,
        .count = 1,
    };

    job_encode(&header, bytes);
    ck_assert_int_eq(job_decode(bytes, sizeof(bytes), &header), JOB_OK);
    ck_assert_int_eq(header.type, JOB_NAME);
    header.payload_size = JOB_NAME_MAX;
    job_encode(&header, bytes);
    ck_assert_int_eq(refuse(bytes, sizeof(bytes)), JOB_BAD_LENGTH);
}
END_TEST

/* Another magic or version is told as such whatever the rest looks like. */
START_TEST(test_foreign)
{
    unsigned char bytes[JOB_HEADER_SIZE];

    encode_plain(bytes);
    bytes[4] = JOB_VERSION + 1;
    put_u64(bytes + HEADER_HASH, job_hash(bytes, HEADER_HASH));
    ck_assert_int_eq(refuse(bytes, sizeof(bytes)), JOB_BAD_VERSION);
    memcpy(bytes, "HTTP", 4);
    ck_assert_int_eq(refuse(bytes, sizeof(bytes)), JOB_BAD_MAGIC);
    memset(bytes, 0, sizeof(bytes));
    ck_assert_int_eq(refuse(bytes, sizeof(bytes)), JOB_BAD_MAGIC);
}
END_TEST

/* The payload ends within the message, which may be longer. */
START_TEST(test_length)
{
    struct job_header header;

    ck_assert_int_eq(refuse(golden, JOB_HEADER_SIZE), JOB_BAD_LENGTH);
    ck_assert_int_eq(refuse(golden, JOB_HEADER_SIZE + PAYLOAD_SIZE - 1),
                     JOB_BAD_LENGTH);
    ck_assert_int_eq(
        job_decode(golden, JOB_HEADER_SIZE + PAYLOAD_SIZE + 1, &header),
        JOB_OK);
    ck_assert_int_eq(job_decode(golden, SIZE_MAX, &header), JOB_OK);
}
END_TEST

START_TEST(test_error_texts)
{
    for (int i = 0; i < JOB_ERRORS; i++) {
        ck_assert_ptr_nonnull(job_error_text((enum job_error)i));
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(job_error_text((enum job_error)i),
                             job_error_text((enum job_error)j));
    }
    ck_assert_str_eq(job_error_text(JOB_ERRORS), "unknown error");
}
END_TEST

/* --------------------------------------------------------------- results */

static struct job_result some_result(void)
{
    struct job_result result = {
        .status = JOB_REJECTED,
        .thumbnail_size = 0x1112131415161718,
        .thumbnail_width = 0x21222324,
        .thumbnail_height = 0x31323334,
        .task_ns = { 0x41, 0x5152, 0x616263, 0x7172737475767778 },
        .remark = "no image",
    };

    for (size_t i = 0; i < JOB_SHA256_SIZE; i++) {
        result.original[i] = (uint8_t)(0x80 + i);
        result.thumbnail[i] = (uint8_t)(0xc0 + i);
    }
    return result;
}

static enum job_error refuse_result(const void *payload, size_t size)
{
    struct job_result result = { .thumbnail_size = 77 };
    enum job_error error = job_result_decode(payload, size, &result);

    ck_assert_uint_eq(result.thumbnail_size, 77);
    return error;
}

START_TEST(test_result_golden_bytes)
{
    static const unsigned char numbers[] = {
        0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, /* thumbnail size */
        0x24, 0x23, 0x22, 0x21, 0x34, 0x33, 0x32, 0x31, /* width, height */
        0x41, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* four tasks, ns */
        0x52, 0x51, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* */
        0x63, 0x62, 0x61, 0x00, 0x00, 0x00, 0x00, 0x00, /* */
        0x78, 0x77, 0x76, 0x75, 0x74, 0x73, 0x72, 0x71, /* */
    };
    static const unsigned char status[8] = { JOB_REJECTED };
    const struct job_result result = some_result();
    unsigned char bytes[JOB_RESULT_MAX], remark[JOB_REMARK_MAX] = "no image";

    memset(bytes, 0xaa, sizeof(bytes));
    ck_assert_uint_eq(job_result_encode(&result, bytes), RESULT_SIZE);
    ck_assert_mem_eq(bytes, status, 8);
    ck_assert_mem_eq(bytes + 8, result.original, 32);
    ck_assert_mem_eq(bytes + 40, result.thumbnail, 32);
    ck_assert_mem_eq(bytes + 72, numbers, sizeof(numbers));
    ck_assert_mem_eq(bytes + 120, remark, sizeof(remark));
    ck_assert_uint_eq(bytes[RESULT_SIZE], 0xaa);
}
END_TEST

START_TEST(test_result_there_and_back)
{
    const struct job_result result = some_result();
    unsigned char bytes[JOB_RESULT_MAX];
    struct job_result decoded;
    size_t size = job_result_encode(&result, bytes);

    ck_assert_int_eq(job_result_decode(bytes, size, &decoded), JOB_OK);
    ck_assert_int_eq(decoded.status, result.status);
    ck_assert_mem_eq(decoded.original, result.original, JOB_SHA256_SIZE);
    ck_assert_mem_eq(decoded.thumbnail, result.thumbnail, JOB_SHA256_SIZE);
    ck_assert_uint_eq(decoded.thumbnail_size, result.thumbnail_size);
    ck_assert_uint_eq(decoded.thumbnail_width, result.thumbnail_width);
    ck_assert_uint_eq(decoded.thumbnail_height, result.thumbnail_height);
    ck_assert_mem_eq(decoded.task_ns, result.task_ns, sizeof(result.task_ns));
    ck_assert_str_eq(decoded.remark, result.remark);
}
END_TEST

/* Nothing at all means: done. */
START_TEST(test_result_empty)
{
    struct job_result result = some_result();

    ck_assert_int_eq(job_result_decode("", 0, &result), JOB_OK);
    ck_assert_int_eq(result.status, JOB_DONE);
    ck_assert_uint_eq(result.thumbnail_size, 0);
    ck_assert_str_eq(result.remark, "");
}
END_TEST

START_TEST(test_result_of_wrong_size)
{
    const struct job_result result = some_result();
    unsigned char bytes[JOB_RESULT_MAX] = { 0 };
    void *payload;

    (void)job_result_encode(&result, bytes);
    for (size_t size = 1; size <= sizeof(bytes); size++) {
        if (size == RESULT_SIZE)
            continue;
        payload = malloc(size);
        ck_assert_ptr_nonnull(payload);
        memcpy(payload, bytes, size);
        ck_assert_int_eq(refuse_result(payload, size), JOB_BAD_RESULT);
        free(payload);
    }
    ck_assert_int_eq(refuse_result(bytes, SIZE_MAX), JOB_BAD_RESULT);
}
END_TEST

START_TEST(test_result_status)
{
    static const uint32_t bad[] = { 3, 255, 256, (uint32_t)1 << 31, ~0u };
    const struct job_result result = some_result();
    unsigned char bytes[JOB_RESULT_MAX];
    size_t size = job_result_encode(&result, bytes);

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        put_u32(bytes, bad[i]);
        ck_assert_int_eq(refuse_result(bytes, size), JOB_BAD_RESULT);
    }
}
END_TEST

/* A remark is shown on a terminal: what could steer one is made harmless. */
START_TEST(test_result_remark_control)
{
    const struct job_result result = some_result();
    unsigned char bytes[JOB_RESULT_MAX];
    size_t size = job_result_encode(&result, bytes);
    struct job_result decoded;

    for (unsigned c = 1; c < 256; c++) {
        bytes[120] = (unsigned char)c;
        ck_assert_int_eq(job_result_decode(bytes, size, &decoded), JOB_OK);
        ck_assert_int_eq(decoded.remark[0], c >= 32 && c < 127 ? (int)c : '?');
        ck_assert_str_eq(decoded.remark + 1, "o image");
    }
}
END_TEST

/* One that does not end, and one with something behind its end. */
START_TEST(test_result_remark_end)
{
    struct job_result result = some_result(), decoded;
    unsigned char bytes[JOB_RESULT_MAX];
    size_t size = job_result_encode(&result, bytes);

    memset(bytes + 120, 'x', JOB_REMARK_MAX);
    ck_assert_int_eq(job_result_decode(bytes, size, &decoded), JOB_OK);
    ck_assert_uint_eq(strnlen(decoded.remark, JOB_REMARK_MAX),
                      JOB_REMARK_MAX - 1);
    bytes[121] = '\0';
    memset(&decoded, 'y', sizeof(decoded));
    ck_assert_int_eq(job_result_decode(bytes, size, &decoded), JOB_OK);
    ck_assert_str_eq(decoded.remark, "x");
    ck_assert_int_eq(decoded.remark[2], '\0');
    memset(result.remark, 'z', sizeof(result.remark));
    (void)job_result_encode(&result, bytes);
    ck_assert_uint_eq(bytes[120 + JOB_REMARK_MAX - 1], 0);
}
END_TEST

Suite *job_suite(void)
{
    Suite *suite = suite_create("job");
    TCase *tc = tcase_create("job");

    tcase_add_test(tc, test_golden_bytes);
    tcase_add_test(tc, test_hash);
    tcase_add_test(tc, test_every_type_and_work);
    tcase_add_test(tc, test_every_bit_flipped);
    tcase_add_test(tc, test_every_byte_replaced);
    tcase_add_test(tc, test_too_short);
    tcase_add_loop_test(tc, test_lie, 0, sizeof(lies) / sizeof(lies[0]));
    tcase_add_test(tc, test_name);
    tcase_add_test(tc, test_foreign);
    tcase_add_test(tc, test_length);
    tcase_add_test(tc, test_error_texts);
    tcase_add_test(tc, test_result_golden_bytes);
    tcase_add_test(tc, test_result_there_and_back);
    tcase_add_test(tc, test_result_empty);
    tcase_add_test(tc, test_result_of_wrong_size);
    tcase_add_test(tc, test_result_status);
    tcase_add_test(tc, test_result_remark_control);
    tcase_add_test(tc, test_result_remark_end);
    suite_add_tcase(suite, tc);
    return suite;
}
