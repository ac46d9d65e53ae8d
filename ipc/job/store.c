/* SPDX-License-Identifier: MIT */
#include "ipc/job/store.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0755, FILE_MODE = 0644 };

int store_open(const char *path, struct store *ret_store)
{
    int fd;

    if (mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST)
        return -errno;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ret_store->dir_fd = fd;
    return 0;
}

void store_close(struct store *store)
{
    fd_close(&store->dir_fd);
}

int store_write(const struct store *store, const void *bytes, size_t size,
                struct unnamed *ret_upload)
{
    struct unnamed file;
    int r;

    r = unnamed_open(store->dir_fd, FILE_MODE, &file);
    if (r < 0)
        return r;
    r = write_all(file.fd, bytes, size);
    if (r < 0) {
        unnamed_close(&file);
        return r;
    }
    *ret_upload = file;
    return 0;
}

int store_publish(struct unnamed *upload,
                  const uint8_t sha256[static STORE_SHA256_SIZE],
                  const char *extension)
{
    char name[STORE_NAME_MAX];
    int r;

    store_name(sha256, extension, name);
    r = unnamed_name(upload, name);
    unnamed_close(upload);
    return r == -EEXIST ? 0 : r;
}

int store_sha256(const void *bytes, size_t size,
                 uint8_t ret_sha256[static STORE_SHA256_SIZE])
{
    /* It fails only for want of some bytes of memory. */
    if (EVP_Digest(bytes, size, ret_sha256, NULL, EVP_sha256(), NULL) != 1)
        return -ENOMEM;
    return 0;
}

void store_name(const uint8_t sha256[static STORE_SHA256_SIZE],
                const char *extension, char ret_name[static STORE_NAME_MAX])
{
    char *next = ret_name;

    for (size_t i = 0; i < STORE_SHA256_SIZE; i++)
        next += sprintf(next, "%02x", sha256[i]);
    if (extension[0])
        (void)sprintf(next, ".%.4s", extension);
}
