/* SPDX-License-Identifier: MIT */
#include "ipc/job/job.h"

#include "ipc/job/narrow_bytes.h"

#include <string.h>

/* Compiled in: a header is so short that the call would cost a third more. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Offsets in the header. */
enum {
    MAGIC = 0,
    VERSION = 4,
    TYPE = 5,
    FLAGS = 6,
    SESSION = 8,
    ID = 16,
    PAYLOAD_SIZE = 24,
    PAYLOAD_HASH = 32,
    ATTEMPT = 40,
    PRODUCER = 42,
    BOX_WIDTH = 44,
    BOX_HEIGHT = 46,
    COUNT = 48,
    ZERO = 52,
    HEADER_HASH = 56,
};

/* Bits in the flags; the lowest four hold the work. */
enum { WORK_MASK = 0x0f, HASHED = 0x10, BATCH = 0x20, ANSWER = 0x40 };

/* Offsets in a result's payload. */
enum {
    STATUS = 0,
    ORIGINAL = 8,
    THUMBNAIL = 40,
    THUMBNAIL_SIZE = 72,
    THUMBNAIL_WIDTH = 80,
    THUMBNAIL_HEIGHT = 84,
    TASK_NS = 88,
    REMARK = 120,
    RESULT_SIZE = REMARK + JOB_REMARK_MAX,
};

_Static_assert((int)RESULT_SIZE < (int)JOB_RESULT_MAX, "a result must fit");

static const uint32_t magic = 0x4a435049; /* "IPCJ" */

const struct job_result job_done = { .status = JOB_DONE };
const struct job_result job_damaged = { .status = JOB_DAMAGED };

const char *job_error_text(enum job_error error)
{
    static const char *const text[JOB_ERRORS] = {
        [JOB_OK] = "ok",
        [JOB_TOO_SHORT] = "shorter than a header",
        [JOB_BAD_MAGIC] = "not a job frame",
        [JOB_BAD_VERSION] = "a frame of another version",
        [JOB_BAD_HEADER] = "header damaged (its hash differs)",
        [JOB_BAD_TYPE] = "no such frame type",
        [JOB_BAD_FLAGS] = "no such flags",
        [JOB_BAD_LENGTH] = "payload longer than the message",
        [JOB_BAD_FIELD] = "a field out of range",
        [JOB_BAD_PAYLOAD] = "payload damaged (its hash differs)",
        [JOB_BAD_SESSION] = "a frame of another session",
        [JOB_BAD_PATTERN] = "payload damaged (a byte differs)",
        [JOB_BAD_RESULT] = "a result that cannot be read",
    };

    return error >= 0 && error < JOB_ERRORS ? text[error] : "unknown error";
}

/* In words, as the hash reads them: of a word that was stored in parts it would
 * have to wait until they have left the processor. */
void job_encode(const struct job_header *header, void *out)
{
    unsigned char *at = out;
    uint64_t flags = header->work;

    flags |= header->hashed ? HASHED : 0;
    flags |= header->batch ? BATCH : 0;
    flags |= header->answer ? ANSWER : 0;
    put_u64(at + MAGIC, magic | (uint64_t)JOB_VERSION << 8 * VERSION |
                            (uint64_t)header->type << 8 * TYPE |
                            flags << 8 * FLAGS);
    put_u64(at + SESSION, header->session);
    put_u64(at + ID, header->id);
    put_u64(at + PAYLOAD_SIZE, header->payload_size);
    put_u64(at + PAYLOAD_HASH, header->payload_hash);
    put_u64(at + ATTEMPT,
            header->attempt |
                (uint64_t)header->producer << 8 * (PRODUCER - ATTEMPT) |
                (uint64_t)header->box_width << 8 * (BOX_WIDTH - ATTEMPT) |
                (uint64_t)header->box_height << 8 * (BOX_HEIGHT - ATTEMPT));
    put_u64(at + COUNT, header->count); /* and ZERO */
    put_u64(at + HEADER_HASH, XXH3_64bits(at, HEADER_HASH));
}

/* Whether the fields of a header whose hash is right make sense. */
static enum job_error check_fields(const unsigned char *at, size_t size)
{
    unsigned type = at[TYPE], flags = get_u16(at + FLAGS);
    bool batch = flags & BATCH, hashed = flags & HASHED;

    if (type < JOB_JOB || type > JOB_NAME)
        return JOB_BAD_TYPE;
    if (flags & ~(unsigned)(WORK_MASK | HASHED | BATCH | ANSWER) ||
        (flags & WORK_MASK) > JOB_WORK_IMAGE)
        return JOB_BAD_FLAGS;
    if (get_u64(at + PAYLOAD_SIZE) > size - JOB_HEADER_SIZE ||
        (type == JOB_NAME && get_u64(at + PAYLOAD_SIZE) >= JOB_NAME_MAX))
        return JOB_BAD_LENGTH;
    if (get_u16(at + ATTEMPT) == 0 || get_u32(at + ZERO) != 0)
        return JOB_BAD_FIELD;
    if (!hashed && get_u64(at + PAYLOAD_HASH) != 0)
        return JOB_BAD_FIELD;
    if (!batch && get_u32(at + COUNT) != 1)
        return JOB_BAD_FIELD;
    return JOB_OK;
}

enum job_error job_decode(const void *message, size_t size,
                          struct job_header *ret_header)
{
    unsigned char at[JOB_HEADER_SIZE];
    enum job_error error;
    unsigned flags;

    if (size < JOB_HEADER_SIZE)
        return JOB_TOO_SHORT;
    /* The peer may still write this memory: only the copy is believed. */
    memcpy(at, message, sizeof(at));
    if (get_u32(at + MAGIC) != magic)
        return JOB_BAD_MAGIC;
    if (at[VERSION] != JOB_VERSION)
        return JOB_BAD_VERSION;
    if (get_u64(at + HEADER_HASH) != XXH3_64bits(at, HEADER_HASH))
        return JOB_BAD_HEADER;
    error = check_fields(at, size);
    if (error != JOB_OK)
        return error;
    flags = get_u16(at + FLAGS);
    *ret_header = (struct job_header){
        .type = at[TYPE],
        .work = flags & WORK_MASK,
        .hashed = flags & HASHED,
        .batch = flags & BATCH,
        .answer = flags & ANSWER,
        .session = get_u64(at + SESSION),
        .id = get_u64(at + ID),
        .payload_size = get_u64(at + PAYLOAD_SIZE),
        .payload_hash = get_u64(at + PAYLOAD_HASH),
        .attempt = get_u16(at + ATTEMPT),
        .producer = get_u16(at + PRODUCER),
        .box_width = get_u16(at + BOX_WIDTH),
        .box_height = get_u16(at + BOX_HEIGHT),
        .count = get_u32(at + COUNT),
    };
    return JOB_OK;
}

uint64_t job_hash(const void *payload, size_t size)
{
    return XXH3_64bits(payload, size);
}

size_t job_result_encode(const struct job_result *result, void *out)
{
    unsigned char *at = out;

    memset(at, 0, RESULT_SIZE);
    put_u32(at + STATUS, result->status);
    memcpy(at + ORIGINAL, result->original, JOB_SHA256_SIZE);
    memcpy(at + THUMBNAIL, result->thumbnail, JOB_SHA256_SIZE);
    put_u64(at + THUMBNAIL_SIZE, result->thumbnail_size);
    put_u32(at + THUMBNAIL_WIDTH, result->thumbnail_width);
    put_u32(at + THUMBNAIL_HEIGHT, result->thumbnail_height);
    for (size_t i = 0; i < JOB_TASKS; i++)
        put_u64(at + TASK_NS + 8 * i, result->task_ns[i]);
    memcpy(at + REMARK, result->remark,
           strnlen(result->remark, JOB_REMARK_MAX - 1));
    return RESULT_SIZE;
}

/* A remark is text on somebody's terminal: nothing but printable ASCII. */
static void copy_remark(char *out, const unsigned char *in)
{
    for (size_t i = 0; i < JOB_REMARK_MAX - 1 && in[i]; i++)
        out[i] = in[i] >= ' ' && in[i] <= '~' ? (char)in[i] : '?';
}

enum job_error job_result_decode(const void *payload, size_t size,
                                 struct job_result *ret_result)
{
    unsigned char at[RESULT_SIZE];
    struct job_result result = { 0 };

    if (size == 0) {
        *ret_result = result;
        return JOB_OK;
    }
    if (size != RESULT_SIZE)
        return JOB_BAD_RESULT;
    memcpy(at, payload, sizeof(at));
    if (get_u32(at + STATUS) > JOB_DAMAGED)
        return JOB_BAD_RESULT;
    result.status = get_u32(at + STATUS);
    memcpy(result.original, at + ORIGINAL, JOB_SHA256_SIZE);
    memcpy(result.thumbnail, at + THUMBNAIL, JOB_SHA256_SIZE);
    result.thumbnail_size = get_u64(at + THUMBNAIL_SIZE);
    result.thumbnail_width = get_u32(at + THUMBNAIL_WIDTH);
    result.thumbnail_height = get_u32(at + THUMBNAIL_HEIGHT);
    for (size_t i = 0; i < JOB_TASKS; i++)
        result.task_ns[i] = get_u64(at + TASK_NS + 8 * i);
    copy_remark(result.remark, at + REMARK);
    *ret_result = result;
    return JOB_OK;
}
