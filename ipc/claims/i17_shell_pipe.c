/* SPDX-License-Identifier: MIT */
/*
 * i17_shell_pipe.c -- two commands joined by a pipe
 *
 * Claim       In `ls | grep json` what the first command puts out is what the
 *             second one gets.
 * Section     Interprocess communication: 3. Pipes
 * Experiment  `ls` and `grep json` are run as a shell does it: with a pipe as
 *             the output of one and the input of the other; then `yes` and
 *             `head -n 1`
 * Rule        CONFIRMED if what comes out is what a shell's pipe puts out, and
 *             SIGPIPE ends `yes` when nobody reads any more; REFUTED if nothing
 *             comes out; DEPENDS otherwise
 * Twin        the pipe is made, but no dup2(2) puts it in their places
 * Take away   Neither command knows of the other: each reads 0 and writes 1.
 *             SIGPIPE is how the first learns that the second has enough.
 * Manual      pipe(2), dup2(2), pipe(7), "SIGPIPE"
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_MAX = 512, NO_COMMAND = 127 };

static const char *const files[] = { "a.json", "b.txt", "json.c", "d", NULL };

/* A command, and what are its input and its output: 0, no dup2. */
struct command {
    const char *name, *argument, *number;
    int in, out;
    unsigned limit_ms;
};

static int run_command(void *arg)
{
    const struct command *command = arg;
    const struct itimerval limit = {
        .it_value.tv_sec = command->limit_ms / 1000,
        .it_value.tv_usec = command->limit_ms % 1000 * 1000,
    };
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)setitimer(ITIMER_REAL, &limit, NULL); /* which outlives execlp */
    (void)dup2(command->in > 0 ? command->in : nothing, STDIN_FILENO);
    (void)dup2(command->out > 0 ? command->out : nothing, STDOUT_FILENO);
    (void)execlp(command->name, command->name, command->argument,
                 command->number, NULL);
    return NO_COMMAND;
}

static void read_all(int fd, char text[static TEXT_MAX])
{
    size_t length = 0;
    ssize_t n;

    while ((n = read(fd, text + length, TEXT_MAX - 1 - length)) > 0)
        length += (size_t)n;
    text[length] = '\0';
    (void)close(fd);
}

/* Runs first | second. text is what comes out of it. */
static int join(struct command *first, struct command *second, bool connect,
                char text[static TEXT_MAX], int *ret_status)
{
    int between[2], out[2];
    pid_t pids[2];
    int last;

    if (pipe2(between, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return -errno;
    second->out = out[1];
    first->limit_ms = second->limit_ms = connect ? 5000 : 300;
    if (connect) {
        first->out = between[1];
        second->in = between[0];
    }
    pids[0] = tool_fork(run_command, first);
    pids[1] = tool_fork(run_command, second);
    (void)close(between[0]);
    (void)close(between[1]);
    (void)close(out[1]);
    if (pids[0] < 0 || pids[1] < 0)
        return -EAGAIN;
    read_all(out[0], text);
    *ret_status = tool_wait(pids[0]);
    last = tool_wait(pids[1]);
    return WIFEXITED(last) && WEXITSTATUS(last) == NO_COMMAND ? -ENOENT : 0;
}

static int measure(struct claim_run *run)
{
    struct command ls = { .name = "ls" };
    struct command grep = { .name = "grep", .argument = "json" };
    struct command yes = { .name = "yes" };
    struct command head = { .name = "head", .argument = "-n", .number = "1" };
    char ours[TEXT_MAX], theirs[TEXT_MAX], line[TEXT_MAX];
    FILE *shell;
    int status, r;

    for (int i = 0; files[i]; i++)
        (void)close(open(files[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    shell = popen("ls | grep json", "r");
    if (!shell)
        return -errno;
    read_all(dup(fileno(shell)), theirs);
    (void)pclose(shell);
    r = join(&ls, &grep, !run->twin, ours, &status);
    if (r == 0)
        r = join(&yes, &head, !run->twin, line, &status);
    if (r == -ENOENT || !theirs[0])
        return claim_cannot(run, "sh, ls, grep, yes or head is missing here.");
    claim_note(run, "bytes came out", UNIT_COUNT, (double)strlen(ours));
    claim_note(run, "as of a shell", UNIT_YES_NO, strcmp(ours, theirs) == 0);
    claim_note(run, "SIGPIPE ended the first", UNIT_YES_NO,
               WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    return r;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double bytes = claim_median(run, "bytes came out");
    const bool same = claim_median(run, "as of a shell") > 0;
    const bool ended = claim_median(run, "SIGPIPE ended the first") > 0;

    claim_say(run,
              "Of `ls | grep json` %.0f bytes come out, %s as of a shell's; "
              "`yes | head -n 1` %s by SIGPIPE.",
              bytes, same ? "the same" : "not the same",
              ended ? "ends `yes`" : "does not end `yes`");
    if (same && ended)
        return CLAIM_CONFIRMED;
    return bytes == 0 ? CLAIM_REFUTED : CLAIM_DEPENDS;
}

const struct claim_ops i17_shell_pipe_claim = {
    .id = "I17",
    .measure = measure,
    .judge = judge,
};
