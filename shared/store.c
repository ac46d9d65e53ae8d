/* SPDX-License-Identifier: MIT */
#include "shared/store.h"

#include "shared/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/random.h>
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

/* open_draft stands in for a file without a name: a hidden one with a name
 * that nobody else has. */
static int open_draft(const struct store *store, struct store_upload *upload)
{
    uint64_t random;

    do {
        if (getrandom(&random, sizeof(random), 0) < 0)
            return -errno;
        (void)snprintf(upload->draft, sizeof(upload->draft),
                       ".%016" PRIx64 ".draft", random);
        upload->fd = openat(store->dir_fd, upload->draft,
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    } while (upload->fd < 0 && errno == EEXIST);
    return upload->fd < 0 ? -errno : 0;
}

static int open_upload(const struct store *store, struct store_upload *upload)
{
    upload->fd =
        openat(store->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
    if (upload->fd >= 0)
        return 0;
    /* How file systems and kernels without O_TMPFILE say so. */
    if (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)
        return open_draft(store, upload);
    return -errno;
}

int store_write(const struct store *store, const void *bytes, size_t size,
                struct store_upload *ret_upload)
{
    struct store_upload upload = { .dir_fd = store->dir_fd };
    int r;

    r = open_upload(store, &upload);
    if (r < 0)
        return r;
    r = fd_write_all(upload.fd, bytes, size);
    if (r < 0) {
        store_discard(&upload);
        return r;
    }
    *ret_upload = upload;
    return 0;
}

static int give_name(const struct store *store,
                     const struct store_upload *upload, const char *name)
{
    char path[32]; /* an open file, as linkat(2) takes it */
    int r;

    if (upload->draft[0]) {
        /* Works where there are no links; what it replaces is the same. */
        r = renameat(store->dir_fd, upload->draft, store->dir_fd, name);
        return r < 0 ? -errno : 0;
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", upload->fd);
    r = linkat(AT_FDCWD, path, store->dir_fd, name, AT_SYMLINK_FOLLOW);
    return r < 0 && errno != EEXIST ? -errno : 0;
}

int store_publish(const struct store *store, struct store_upload *upload,
                  const uint8_t sha256[static STORE_SHA256_SIZE],
                  const char *extension)
{
    char name[STORE_NAME_MAX];
    int r;

    store_name(sha256, extension, name);
    r = give_name(store, upload, name);
    store_discard(upload);
    return r;
}

void store_discard(struct store_upload *upload)
{
    if (upload->draft[0])
        (void)unlinkat(upload->dir_fd, upload->draft, 0);
    upload->draft[0] = '\0';
    fd_close(&upload->fd);
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
