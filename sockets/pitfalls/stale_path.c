/* SPDX-License-Identifier: MIT */
/*
 * stale_path.c -- a server that does not start a second time
 *
 * Belief        A socket is gone when its server is.
 * What happens  After a crash the server cannot be started: the address is in
 *               use, although nobody listens there.
 * Why           bind(2) makes a file, and only unlink(2) removes it. A process
 *               that is killed removes nothing.
 * Cure          Hold a lock beside the socket while serving. Whoever has the
 *               lock may remove what is there: its owner is dead.
 * Hint 1        What does ls show after the server was killed?
 * Hint 2        Who may remove it, and how does one know that nobody serves?
 * Manual        unix(7), flock(2)
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sockaddr_un address = { AF_UNIX, "server.socket" };

/* 0, or -1 with errno. */
static int serve(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

#ifdef FIXED
    int lock = open("server.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (flock(lock, LOCK_EX | LOCK_NB) < 0)
        return -1;
    (void)unlink(address.sun_path);
#endif
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return listen(fd, 8);
}

static void serve_and_die(void)
{
    if (serve() == 0)
        (void)raise(SIGKILL);
    _exit(EXIT_FAILURE);
}

int main(void)
{
    char dir[] = "/tmp/stale-path-XXXXXX";
    int status, result, error;

    if (!mkdtemp(dir) || chdir(dir) < 0)
        err(EXIT_FAILURE, "%s", dir);
    if (fork() == 0)
        serve_and_die();
    (void)wait(&status);
    result = serve();
    error = errno;
    (void)unlink(address.sun_path);
    (void)unlink("server.lock");
    (void)rmdir(dir);
    printf("the first server was killed; the second: %s\n",
           result == 0 ? "serves" : strerror(error));
    return WIFSIGNALED(status) && result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
