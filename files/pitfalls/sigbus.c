/* SPDX-License-Identifier: MIT */
/*
 * sigbus.c -- a mapped file that somebody makes shorter
 *
 * Belief        What is mapped is memory, and can be read like any other.
 * What happens  SIGBUS ends the reader.
 * Why           A page of a mapping that lies beyond the end of its file cannot
 *               be had. Whoever may write the file can make it shorter at any
 *               time, also after one has looked at its size.
 * Cure          A memfd that is sealed against shrinking; else read(2), which
 *               returns an error or fewer bytes.
 * Hint 1        What is the file's length when the page is read?
 * Hint 2        How can a receiver know that it cannot become shorter?
 * Manual        mmap(2), memfd_create(2), fcntl(2) "File sealing"
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LENGTH = 1 << 16 };

/* Another process, which has the same file. */
static void make_shorter(int fd)
{
    if (fork() == 0)
        _exit(ftruncate(fd, 0) == 0);
    (void)wait(NULL);
}

int main(void)
{
    int fd = memfd_create("picture", MFD_ALLOW_SEALING);
    const char *bytes;
    size_t sum = 0;

    if (fd < 0 || ftruncate(fd, LENGTH) < 0)
        err(EXIT_FAILURE, "memfd_create");
#ifdef FIXED
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
        err(EXIT_FAILURE, "F_ADD_SEALS");
#endif
    bytes = mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    make_shorter(fd);
    for (size_t i = 0; i < LENGTH; i++)
        sum += (size_t)bytes[i] + 1;
    printf("all %zu bytes could be read\n", sum);
    return sum == LENGTH ? EXIT_SUCCESS : EXIT_FAILURE;
}
