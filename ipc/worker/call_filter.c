/* SPDX-License-Identifier: MIT */
#include "ipc/worker/call_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* The calls of each kind that are allowed, whatever their arguments are. */
static const int memory[] = {
    SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_membarrier,
};

/* Which files, landlock decides. */
static const int files[] = {
#ifdef SYS_open /* what newer architectures have in one form only */
    SYS_open,         SYS_stat,      SYS_lstat,      SYS_access,
    SYS_link,         SYS_unlink,    SYS_rename,     SYS_mkdir,
    SYS_rmdir,        SYS_readlink,  SYS_dup2,       SYS_getdents,
#endif
    SYS_openat,       SYS_read,      SYS_readv,      SYS_pread64,
    SYS_preadv,       SYS_write,     SYS_writev,     SYS_pwrite64,
    SYS_pwritev,      SYS_close,     SYS_lseek,      SYS_fstat,
    SYS_newfstatat,   SYS_statx,     SYS_faccessat,  SYS_fcntl,
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
    SYS_ftruncate,    SYS_fallocate, SYS_fsync,      SYS_fdatasync,
    SYS_getdents64,   SYS_linkat,    SYS_unlinkat,   SYS_renameat,
    SYS_renameat2,    SYS_mkdirat,   SYS_readlinkat, SYS_fchmod,
    SYS_fchown,       SYS_dup,       SYS_dup3,       SYS_flock,
    SYS_fstatfs,      SYS_statfs,    SYS_getcwd,     SYS_utimensat,
    SYS_memfd_create,
};

static const int waiting[] = {
#ifdef SYS_poll
    SYS_poll,
    SYS_select,
    SYS_epoll_wait,
    SYS_pause,
    SYS_time,
#endif
    SYS_ppoll,
    SYS_pselect6,
    SYS_epoll_pwait,
#ifdef SYS_epoll_pwait2
    SYS_epoll_pwait2,
#endif
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_eventfd2,
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_inotify_rm_watch,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_futex,
    SYS_sched_yield,
    SYS_restart_syscall,
};

/* Of the process itself, its threads, and what it has used. */
static const int own[] = {
    SYS_exit,
    SYS_exit_group,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getrusage,
    SYS_getrandom,
    SYS_getcpu,
    SYS_uname,
    SYS_sysinfo,
    SYS_set_robust_list,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigpending,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_sched_getparam,
    SYS_sched_getaffinity,
    SYS_sched_getscheduler,
    SYS_sched_setscheduler,
#ifdef SYS_rseq
    SYS_rseq,
#endif
};

/* Of channels that are attached: there are no new sockets, and no new
 * addresses but those that a datagram may carry. */
static const int channels[] = {
    SYS_accept,       SYS_accept4,         SYS_recvfrom,      SYS_recvmsg,
    SYS_recvmmsg,     SYS_sendto,          SYS_sendmsg,       SYS_sendmmsg,
    SYS_getsockname,  SYS_getpeername,     SYS_getsockopt,    SYS_setsockopt,
    SYS_shutdown,     SYS_splice,          SYS_vmsplice,      SYS_tee,
    SYS_mq_timedsend, SYS_mq_timedreceive, SYS_mq_getsetattr, SYS_msgsnd,
    SYS_msgrcv,       SYS_msgctl,
};

/* Of mechanisms that signal the other process. */
static const int signals[] = {
    SYS_kill,
    SYS_rt_sigqueueinfo,
    SYS_pidfd_open,
    SYS_pidfd_send_signal,
};

/* What is allowed with an argument that has this value, or no such bit. */
struct rule {
    int call;
    unsigned argument;
    uint32_t value;
    bool is_bit;
};

enum { OWN_PROCESS = UINT16_MAX }; /* stands for its pid */

static const struct rule rules[] = {
    { SYS_mmap, 2, PROT_EXEC, true },
    { SYS_mprotect, 2, PROT_EXEC, true },
    { SYS_prctl, 0, PR_SET_NAME, false },
    { SYS_ioctl, 1, TCGETS, false }, /* whether it is a terminal */
    { SYS_ioctl, 1, TIOCGWINSZ, false },
    { SYS_tgkill, 0, OWN_PROCESS, false }, /* abort(3) */
};

enum {
    RULES = sizeof(rules) / sizeof(rules[0]),
    RULE_LENGTH = 6,
    PROGRAM_MAX = 512,
};

struct program {
    struct sock_filter at[PROGRAM_MAX];
    unsigned short length;
};

#define JUMP(if_what, value, then, otherwise)                                  \
    BPF_JUMP(BPF_JMP | (if_what) | BPF_K, value, then, otherwise)
#define LOAD(member)                                                           \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                         \
             (uint32_t)offsetof(struct seccomp_data, member))
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)

static void add(struct program *p, struct sock_filter instruction)
{
    p->at[p->length++] = instruction;
}

/* Each is compared and allowed at once: the kernel remembers which calls end
 * so, and does not run the program for them again. */
static void allow(struct program *p, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(p, (struct sock_filter)JUMP(BPF_JEQ, (uint32_t)calls[i], 0, 1));
        add(p, (struct sock_filter)END(SECCOMP_RET_ALLOW));
    }
}

#define ALLOW(p, calls) allow(p, calls, sizeof(calls) / sizeof((calls)[0]))

/* Arguments have 64 bits; those here are ints, of which the upper half may be
 * anything. All this runs on little-endian machines. */
static void add_rule(struct program *p, const struct rule *rule)
{
    const uint32_t value =
        rule->value == OWN_PROCESS ? (uint32_t)getpid() : rule->value;

    add(p, (struct sock_filter)JUMP(BPF_JEQ, (uint32_t)rule->call, 0, 4));
    add(p, (struct sock_filter)LOAD(args[rule->argument]));
    if (rule->is_bit)
        add(p, (struct sock_filter)JUMP(BPF_JSET, value, 1, 0));
    else
        add(p, (struct sock_filter)JUMP(BPF_JEQ, value, 0, 1));
    add(p, (struct sock_filter)END(SECCOMP_RET_ALLOW));
    add(p, (struct sock_filter)LOAD(nr));
}

#ifdef ARCHITECTURE
static void write_program(struct program *p, bool signalling)
{
    add(p, (struct sock_filter)LOAD(arch));
    add(p, (struct sock_filter)JUMP(BPF_JEQ, ARCHITECTURE, 1, 0));
    add(p, (struct sock_filter)END(SECCOMP_RET_KILL_PROCESS));
    add(p, (struct sock_filter)LOAD(nr));
    ALLOW(p, memory);
    ALLOW(p, files);
    ALLOW(p, waiting);
    ALLOW(p, own);
    ALLOW(p, channels);
    if (signalling)
        ALLOW(p, signals);
    for (size_t i = 0; i < RULES; i++)
        add_rule(p, &rules[i]);
    add(p, (struct sock_filter)END(SECCOMP_RET_ERRNO | EPERM));
}
#endif

const char *call_filter_missing(void)
{
#ifdef ARCHITECTURE
    const uint32_t action = SECCOMP_RET_ERRNO;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0
               ? NULL
               : "this kernel filters no system calls (seccomp)";
#else
    return "its list of system calls is of x86-64 and ARM64 alone";
#endif
}

int call_filter_install(bool signalling)
{
#ifdef ARCHITECTURE
    struct program p = { .length = 0 };
    struct sock_fprog program = { .filter = p.at };
    long r;

    write_program(&p, signalling);
    program.len = p.length;
    r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
                &program);
    if (r > 0) /* the thread that could not follow */
        return -ESRCH;
    return r < 0 ? -errno : 0;
#else
    (void)signalling;
    return -ENOSYS;
#endif
}
