/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ready.c -- what a consumer tells a producer: a line of JSON
 *
 * Bytes        the line, which is read as such and as a file
 * Must hold    0, or -EPROTO with a reason in words and the result as it was;
 *              what is taken names a mechanism of this program, has sizes that
 *              agree and ports that end, and is the same after there and back
 */
#include "ipc/apart/ready.h"
#include "ipc/job/job.h"
#include "shared/dir/record.h"
#include "shared/dir/tree.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_channel(const struct channel_config *config)
{
    fuzz_require(config->frame_max > 0);
    fuzz_require(config->depth > 0 && config->depth <= 1 << 20);
}

static void check_taken(const struct ready *ready)
{
    fuzz_require(ready->mechanism && ready->mechanism->name);
    fuzz_require(ready->window >= 1 && ready->pid >= 1);
    fuzz_require(ready->payload_max <= SIZE_MAX - JOB_HEADER_SIZE);
    fuzz_require(ready->payload_max + JOB_HEADER_SIZE <= ready->jobs.frame_max);
    check_channel(&ready->jobs);
    check_channel(&ready->results);
    fuzz_require(memchr(ready->jobs_port, '\0', READY_PORT_MAX));
    fuzz_require(memchr(ready->results_port, '\0', READY_PORT_MAX));
}

/* As a producer reads it from the directory, and a consumer writes it there. */
static void check_file(const uint8_t *bytes, size_t size, int expected)
{
    char dir[HOSTILE_DIR_MAX], path[HOSTILE_DIR_MAX + sizeof("/ready.json")];
    char text[READY_TEXT_MAX];
    struct ready ready;
    FILE *file;
    int r;

    hostile_dir(dir);
    (void)snprintf(path, sizeof(path), "%s/ready.json", dir);
    file = fopen(path, "wb");
    fuzz_require(file);
    fuzz_require(fwrite(bytes, 1, size, file) == size);
    fuzz_require(fclose(file) == 0);
    r = ready_read(dir, &ready, text);
    fuzz_require(r == (size < RECORD_TEXT_MAX ? expected : -EPROTO));
    if (r == 0) {
        ready_remove(dir);
        fuzz_require(ready_read(dir, &ready, text) == -ENOENT);
        fuzz_require(ready_write(dir, &ready) == 0);
        fuzz_require(ready_read(dir, &ready, text) == 0);
    }
    (void)tree_remove(dir);
}

int fuzz_ready(const uint8_t *data, size_t size)
{
    struct hostile h = { data, size };
    char *line = hostile_text(&h), *packed, *again, text[READY_TEXT_MAX] = "";
    struct ready ready = { .payload_max = 77 };
    int r = ready_unpack(line, &ready, text);

    free(line);
    fuzz_require(r == 0 || r == -EPROTO);
    check_file(data, size, r);
    if (r < 0) {
        fuzz_require(ready.payload_max == 77 && !ready.mechanism);
        fuzz_require(text[0] && memchr(text, '\0', sizeof(text)));
        return 0;
    }
    check_taken(&ready);
    packed = ready_pack(&ready);
    fuzz_require(packed);
    fuzz_require(ready_unpack(packed, &ready, text) == 0);
    again = ready_pack(&ready);
    fuzz_require(again && strcmp(packed, again) == 0);
    free(packed);
    free(again);
    return 0;
}
