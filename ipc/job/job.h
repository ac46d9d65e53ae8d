/* SPDX-License-Identifier: MIT */
/*
 * job.h -- the frame that crosses every channel: a header and a payload
 *
 * In this room: what is exchanged: jobs, pictures, the work on them, the store.
 *
 * The header is 64 bytes, little-endian, the same on every machine:
 *
 *       0  magic    u32        4  version  u8        5  type       u8
 *       6  flags    u16        8  session  u64      16  job id     u64
 *      24  payload length u64                       32  payload hash u64
 *      40  attempt  u16       42  producer u16      44  box width  u16
 *      46  box height u16     48  count    u32      52  zero       u32
 *      56  XXH3-64 of bytes 0 to 55
 *
 * Decoding treats bytes as hostile: it reads them once, into a copy, checks
 * every field before use, and gives every reason to refuse its own name.
 */
#ifndef IPC_JOB_JOB_H
#define IPC_JOB_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JOB_HEADER_SIZE = 64,
    JOB_VERSION = 1,
    JOB_RESULT_MAX = 256, /* a RESULT's payload is shorter, */
    JOB_NAME_MAX = 256,   /* and so is a NAME's */
};

enum job_type {
    JOB_JOB = 1,    /* work for the consumer */
    JOB_RESULT = 2, /* its answer, which is the acknowledgement */
    JOB_END = 3,    /* no more jobs; id holds how many were sent */
    JOB_NAME = 4,   /* what the next job is called; where nobody answers */
};

/* The work that the consumer does with a job; it travels in the flags, but for
 * the last. */
enum job_work {
    JOB_WORK_HEADER = 0, /* looks at the header alone */
    JOB_WORK_VERIFY = 1, /* compares every byte with the pattern */
    JOB_WORK_IMAGE = 2,  /* the four tasks (ipc/job/work) */
    JOB_WORK_CARRY = 3,  /* none: frames without a header, which are counted
                            (ipc/worker/carry) */
};

struct job_header {
    enum job_type type;
    enum job_work work;
    bool hashed;           /* payload_hash counts */
    bool batch;            /* the payload is `count` records */
    bool answer;           /* the consumer answers with a RESULT */
    uint64_t session;      /* of this exchange; others are refused */
    uint64_t id;           /* from 0; END: jobs sent */
    uint64_t payload_size; /* bytes behind the header */
    uint64_t payload_hash; /* XXH3-64, or 0 */
    uint16_t attempt;      /* from 1 */
    uint16_t producer;     /* from 0 */
    uint16_t box_width;    /* the thumbnail fits into this box; pixels */
    uint16_t box_height;
    uint32_t count; /* jobs in the frame: 1 unless batch */
};

/* Why a frame is refused. */
enum job_error {
    JOB_OK,
    JOB_TOO_SHORT,   /* not even a header */
    JOB_BAD_MAGIC,   /* not a frame of this project */
    JOB_BAD_VERSION, /* another version of it */
    JOB_BAD_HEADER,  /* the header's hash differs */
    JOB_BAD_TYPE,    /* no such type */
    JOB_BAD_FLAGS,   /* no such work, or a flag that means nothing */
    JOB_BAD_LENGTH,  /* the payload is longer than the message */
    JOB_BAD_FIELD,   /* a field out of range, or bytes not zero */
    JOB_BAD_PAYLOAD, /* the payload's hash differs */
    JOB_BAD_SESSION, /* a frame of another exchange */
    JOB_BAD_PATTERN, /* a byte of the payload is wrong */
    JOB_BAD_RESULT,  /* a RESULT's payload that cannot be read */
    JOB_ERRORS,      /* how many there are */
};

const char *job_error_text(enum job_error error);

/* job_encode writes 64 bytes at out. */
void job_encode(const struct job_header *header, void *out);

/*
 * job_decode reads the header of a message of size bytes. On JOB_OK the
 * payload is the ret_header->payload_size bytes behind the header, and lies
 * within the message. Does not look at the payload.
 */
enum job_error job_decode(const void *message, size_t size,
                          struct job_header *ret_header);

/* job_hash returns XXH3-64 of a payload. */
uint64_t job_hash(const void *payload, size_t size);

/* How a job ended, as its RESULT says. */
enum job_status {
    JOB_DONE = 0,
    JOB_REJECTED = 1, /* bad input: no attempt would succeed */
    JOB_DAMAGED = 2,  /* what arrived is not what was sent */
};

enum { JOB_TASKS = 4, JOB_REMARK_MAX = 96, JOB_SHA256_SIZE = 32 };

/* A RESULT's payload in image work. In the others it is empty: done. */
struct job_result {
    enum job_status status;
    uint8_t original[JOB_SHA256_SIZE];
    uint8_t thumbnail[JOB_SHA256_SIZE];
    uint64_t thumbnail_size;  /* bytes */
    uint32_t thumbnail_width; /* pixels */
    uint32_t thumbnail_height;
    uint64_t task_ns[JOB_TASKS]; /* in the order of ipc/job/work */
    char remark[JOB_REMARK_MAX]; /* why rejected, or what to know; text */
};

/* The results of work that has nothing to tell. */
extern const struct job_result job_done, job_damaged;

/* job_result_encode writes at most JOB_RESULT_MAX bytes and returns how many.
 * job_result_decode checks and reads them: JOB_OK or JOB_BAD_RESULT. A done
 * or damaged result of other work has no bytes but the status. */
size_t job_result_encode(const struct job_result *result, void *out);
enum job_error job_result_decode(const void *payload, size_t size,
                                 struct job_result *ret_result);

#endif
