/* SPDX-License-Identifier: MIT */
#include "ipc/job/store.h"

#include "shared/base/fd.h"
#include "shared/base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0755, FILE_MODE = 0644, CHUNK = 1 << 14 };

int store_open(const char *path, bool synced, struct store *ret_store)
{
    int fd;

    if (mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST)
        return -errno;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_store = (struct store){ .dir_fd = fd, .synced = synced };
    (void)pthread_mutex_init(&ret_store->lock, NULL);
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

/* The hash of so many bytes of an open file: 0, -ESTALE if it has fewer, or
 * another negative errno. */
static int hash_file(int fd, off_t size,
                     uint8_t ret_sha256[static STORE_SHA256_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char bytes[CHUNK];
    int r = 0;

    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        r = -ENOMEM;
    while (r == 0 && size > 0) {
        const ssize_t n = read(fd, bytes, sizeof(bytes));

        if (n > 0 && EVP_DigestUpdate(context, bytes, (size_t)n) != 1)
            r = -ENOMEM;
        else if (n == 0)
            r = -ESTALE;
        else if (n < 0 && errno != EINTR)
            r = -errno;
        size -= n > 0 ? n : 0;
    }
    if (r == 0 && EVP_DigestFinal_ex(context, ret_sha256, NULL) != 1)
        r = -ENOMEM;
    EVP_MD_CTX_free(context);
    return r;
}

static int sync_file(const struct store *store, int fd)
{
    return store->synced && fsync(fd) < 0 ? -errno : 0;
}

/* Whether the file of that name is what an upload is, too: 0, -ESTALE if it is
 * not, or another negative errno. Who has made it may not have synced it. */
static int check_file(const struct store *store, const struct unnamed *upload,
                      const char *name,
                      const uint8_t sha256[static STORE_SHA256_SIZE])
{
    const int fd = openat(upload->dir_fd, name,
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    uint8_t found[STORE_SHA256_SIZE];
    struct stat ours, theirs;
    int r = 0;

    if (fd < 0)
        return errno == ELOOP || errno == ENXIO || errno == ENOENT ? -ESTALE
                                                                   : -errno;
    if (fstat(upload->fd, &ours) < 0 || fstat(fd, &theirs) < 0 ||
        !S_ISREG(theirs.st_mode) || theirs.st_size != ours.st_size)
        r = -ESTALE;
    if (r == 0)
        r = hash_file(fd, theirs.st_size, found);
    if (r == 0 && memcmp(found, sha256, sizeof(found)) != 0)
        r = -ESTALE;
    if (r == 0)
        r = sync_file(store, fd);
    (void)close(fd);
    return r;
}

/* Whether a file of that name is known to be whole. */
static bool is_known(struct store *store, const uint8_t *sha256,
                     const char *name)
{
    bool known;

    (void)pthread_mutex_lock(&store->lock);
    known = strcmp(store->known[sha256[0] % STORE_KNOWN], name) == 0;
    (void)pthread_mutex_unlock(&store->lock);
    return known;
}

static void know(struct store *store, const uint8_t *sha256, const char *name)
{
    (void)pthread_mutex_lock(&store->lock);
    (void)strcpy(store->known[sha256[0] % STORE_KNOWN], name);
    (void)pthread_mutex_unlock(&store->lock);
}

static int give_name(struct store *store, struct unnamed *upload,
                     const uint8_t sha256[static STORE_SHA256_SIZE],
                     const char *name)
{
    int r = unnamed_name(upload, name);

    if (r == -EEXIST && is_known(store, sha256, name))
        return 0;
    if (r == -EEXIST)
        r = check_file(store, upload, name, sha256);
    return r == -ESTALE ? unnamed_replace(upload, name) : r;
}

/* The bytes are on the disk before the name is, and the name before it counts
 * as known. */
int store_publish(struct store *store, struct unnamed *upload,
                  const uint8_t sha256[static STORE_SHA256_SIZE],
                  const char *extension)
{
    char name[STORE_NAME_MAX];
    int r;

    store_name(sha256, extension, name);
    r = sync_file(store, upload->fd);
    if (r == 0)
        r = give_name(store, upload, sha256, name);
    if (r == 0)
        r = sync_file(store, store->dir_fd);
    if (r == 0)
        know(store, sha256, name);
    unnamed_close(upload);
    return r;
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
