/* SPDX-License-Identifier: MIT */
/*
 * lost_update.c -- a counter in a file that forgets
 *
 * Belief        If the new content is renamed into place, the file is safe.
 * What happens  The file is always whole, and most increments are lost.
 * Why           rename(2) makes the writing atomic, not the reading before it:
 *               two processes read 7, and both write 8.
 * Cure          Hold a lock from the reading to the writing: flock(2), on
 *               something that is never renamed, as the directory is here.
 * Hint 1        What can others do between the reading and the rename?
 * Hint 2        For others, reading and writing have to be one step.
 * Manual        flock(2), rename(2)
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4, EACH = 500, ALL = PROCESSES * EACH };

static int read_counter(void)
{
    FILE *file = fopen("counter", "r");
    int value = 0;

    if (!file || fscanf(file, "%d", &value) != 1 || fclose(file) != 0)
        err(EXIT_FAILURE, "counter");
    return value;
}

static void write_counter(int value)
{
    char name[] = "counter.XXXXXX";
    int fd = mkstemp(name);

    if (dprintf(fd, "%d\n", value) < 0 || close(fd) < 0 ||
        rename(name, "counter") < 0)
        err(EXIT_FAILURE, "%s", name);
}

static void count(void)
{
    for (int i = 0; i < EACH; i++) {
#ifdef FIXED
        int lock = open(".", O_RDONLY);

        (void)flock(lock, LOCK_EX);
#endif
        write_counter(read_counter() + 1);
#ifdef FIXED
        (void)close(lock); /* which unlocks it */
#endif
    }
    _exit(EXIT_SUCCESS);
}

int main(void)
{
    char dir[] = "/tmp/lost-update-XXXXXX";
    int value;

    if (!mkdtemp(dir) || chdir(dir) < 0)
        err(EXIT_FAILURE, "%s", dir);
    write_counter(0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            count();
    while (wait(NULL) > 0)
        continue;
    value = read_counter();
    (void)unlink("counter");
    (void)rmdir(dir);
    printf("%d increments, and the counter says %d\n", ALL, value);
    return value == ALL ? EXIT_SUCCESS : EXIT_FAILURE;
}
