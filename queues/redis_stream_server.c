/* SPDX-License-Identifier: MIT */
#include "queues/redis_stream_server.h"

#include "shared/base/fd.h"
#include "shared/dir/tree.h"
#include "shared/net/unix_socket.h"
#include "shared/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 2, /* between two looks whether it listens, or has ended */
    START_MS = 10000,
};

/* From wherever it will be started: a directory of $PATH may be relative. */
static bool find_in(const char *dir, const char *name,
                    char ret_path[static PATH_MAX])
{
    char whole[PATH_MAX];

    return realpath(dir, whole) &&
           snprintf(ret_path, PATH_MAX, "%s/%s", whole, name) < PATH_MAX &&
           access(ret_path, X_OK) == 0;
}

static bool find_program(const char *name, char ret_path[static PATH_MAX])
{
    const char *list = getenv("PATH");
    char dir[PATH_MAX];
    size_t length;

    for (; list && *list; list += length + (list[length] == ':')) {
        length = strcspn(list, ":");
        if (length > 0 &&
            snprintf(dir, sizeof(dir), "%.*s", (int)length, list) < PATH_MAX &&
            find_in(dir, name, ret_path))
            return true;
    }
    return false;
}

const char *redis_server_is_installed(void)
{
    static char path[PATH_MAX];

    if (find_program("redis-server", path) ||
        find_program("valkey-server", path))
        return path;
    return NULL;
}

/* All that the server keeps, and its socket, lies in a directory of its own,
 * which it calls ".". So one that is still ending when that has been removed
 * finds nothing there to remove, least of all the next run's. */
static int home_of(const char *dir, char ret_path[static PATH_MAX])
{
    return snprintf(ret_path, PATH_MAX, "%s/redis", dir) < PATH_MAX
               ? 0
               : -ENAMETOOLONG;
}

int redis_server_path(const char *dir, char ret_path[static PATH_MAX])
{
    const size_t room = sizeof(((struct sockaddr_un){ 0 }).sun_path);

    return (size_t)snprintf(ret_path, PATH_MAX, "%s/redis/sock", dir) < room
               ? 0
               : -ENAMETOOLONG;
}

/* In the child: nothing of the parent's, but that it dies with it. Until the
 * mask is gone no signal may find the parent's handlers here. */
static void become_server(pid_t parent)
{
    sigset_t none;
    int null;

    (void)signal(SIGTERM, SIG_DFL);
    child_dies_with(parent, SIGTERM);
    (void)setpgid(0, 0); /* Ctrl-C is for the program */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        (void)dup2(null, fd);
}

static void execute(const char *program, const char *home, unsigned sync)
{
    static const char *const policies[] = { "no", "everysec", "always" };

    if (chdir(home) == 0)
        (void)execl(program, program, "--port", "0", "--unixsocket", "sock",
                    "--unixsocketperm", "600", "--logfile", "log",
                    "--daemonize", "no", "--save", "", "--appendonly", "yes",
                    "--appendfsync", policies[sync], "--proto-max-bulk-len",
                    "4gb", "--client-query-buffer-limit", "4gb", (char *)NULL);
}

static void pause_ms(int ms)
{
    const struct timespec pause = { .tv_nsec = ms * 1000000L };

    (void)nanosleep(&pause, NULL);
}

/* Whether the child has ended; then its pid is gone. */
static bool has_ended(struct redis_server *server)
{
    if (server->pid && waitpid(server->pid, NULL, WNOHANG) == server->pid)
        server->pid = 0;
    return server->pid == 0;
}

/* A caller that has blocked these signals acts on them later: soon, then. */
static bool is_asked_to_stop(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    sigset_t pending;

    if (sigpending(&pending) == 0)
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
            if (sigismember(&pending, numbers[i]) == 1)
                return true;
    return false;
}

static int try_connect(const struct sockaddr_un *address)
{
    int fd, r = 0;

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        r = fd_error(errno);
    else
        r = unix_check_peer(fd);
    fd_close(&fd);
    return r;
}

/* Somebody else's server is awaited as well. */
static int await_socket(struct redis_server *server, const char *path)
{
    const bool own = server->pid != 0;
    struct sockaddr_un address;
    int r;

    r = unix_address(path, &address);
    if (r < 0)
        return r;
    for (int ms = 0; ms < START_MS; ms += LOOK_MS) {
        r = try_connect(&address);
        if (r != -ENOENT && r != -EPIPE && r != -EAGAIN)
            return r;
        if (own && has_ended(server))
            return -EIO;
        if (is_asked_to_stop())
            return -EINTR;
        pause_ms(LOOK_MS);
    }
    return -ETIMEDOUT;
}

static int start(struct redis_server *server, const char *program,
                 const char *home, unsigned sync)
{
    const pid_t parent = getpid();
    sigset_t all, old;
    pid_t pid;
    int r;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &old);
    pid = fork();
    if (pid == 0) {
        become_server(parent);
        execute(program, home, sync);
        (void)raise(SIGKILL); /* it could not: the child ends here */
    }
    r = pid < 0 ? -errno : 0;
    (void)sigprocmask(SIG_SETMASK, &old, NULL);
    if (r == 0)
        server->pid = pid;
    return r;
}

int redis_server_start(struct redis_server *server, const char *dir,
                       unsigned sync)
{
    const char *program = redis_server_is_installed();
    char path[PATH_MAX], home[PATH_MAX];
    int r;

    if (!program)
        return -ENOENT;
    r = redis_server_path(dir, path);
    if (r == 0)
        r = home_of(dir, home);
    if (r < 0)
        return r;
    /* Whoever makes the directory starts the server, and owns both. */
    if (mkdir(home, 0700) == 0) {
        (void)snprintf(server->dir, sizeof(server->dir), "%s", dir);
        r = start(server, program, home, sync);
    } else if (errno != EEXIST)
        return -errno;
    if (r == 0)
        r = await_socket(server, path);
    return r;
}

void redis_server_stop(struct redis_server *server)
{
    char home[PATH_MAX];

    if (server->dir[0] == '\0')
        return;
    /* It would take a tenth of a second to write what is removed below. */
    if (server->pid) {
        (void)kill(server->pid, SIGKILL);
        (void)waitpid(server->pid, NULL, 0);
    }
    if (home_of(server->dir, home) == 0)
        tree_remove(home);
    *server = (struct redis_server){ 0 };
}
