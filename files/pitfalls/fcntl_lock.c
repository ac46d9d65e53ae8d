/* SPDX-License-Identifier: MIT */
/*
 * fcntl_lock.c -- a lock that a library loses for its caller
 *
 * Belief        A lock is held until its owner gives it back.
 * What happens  Another process gets the lock while the owner still holds it.
 * Why           A lock of fcntl(2) with F_SETLK belongs to the process, and
 *               goes when the process closes any descriptor of that file: here
 *               a function that reads the file, and closes its own.
 * Cure          A lock that belongs to the open file: F_OFD_SETLK, or flock(2).
 * Hint 1        Who closes what between the locking and the test?
 * Hint 2        fcntl(2) tells of two kinds of record locks. To what does each
 *               belong?
 * Manual        fcntl(2), "Open file description locks"
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FIXED
#define LOCK F_OFD_SETLK
#else
#define LOCK F_SETLK
#endif

static int try_lock(int fd)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, LOCK, &whole);
}

/* What a library does when it looks at its settings. */
static void read_settings(const char *path)
{
    int fd = open(path, O_RDONLY);

    if (fd < 0)
        err(EXIT_FAILURE, "%s", path);
    (void)close(fd);
}

/* Whether another process is let in. */
static int other_gets_lock(const char *path)
{
    int status = -1;

    if (fork() == 0) {
        int fd = open(path, O_RDWR);

        _exit(fd >= 0 && try_lock(fd) == 0);
    }
    (void)wait(&status);
    return WEXITSTATUS(status);
}

int main(void)
{
    char path[] = "/tmp/fcntl-lock-XXXXXX";
    int fd = mkstemp(path), before, after;

    if (fd < 0 || try_lock(fd) < 0)
        err(EXIT_FAILURE, "%s", path);
    before = other_gets_lock(path);
    read_settings(path);
    after = other_gets_lock(path);
    (void)unlink(path);
    printf("another process gets the lock: %s, and after a library has read "
           "the file: %s\n",
           before ? "yes" : "no", after ? "yes" : "no");
    return !before && !after ? EXIT_SUCCESS : EXIT_FAILURE;
}
