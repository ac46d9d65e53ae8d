/* SPDX-License-Identifier: MIT */
#include "ipc/faults/census.h"
#include "ipc/job/store.h"
#include "shared/base/write.h"
#include "tests/failing_calls.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Most tests run twice: with files that have no name until they are whole, and
 * as on a file system that does not know them. */
enum { UNNAMED, DRAFTS, WAYS };

#define ABC_SHA256                                                             \
    "ba7816bf8f01cfea414140de5dae2223"                                         \
    "b00361a396177a9cb410ff61f20015ad" /* FIPS 180-2, of "abc" */

static char dir[TEST_DIR_MAX];
static char store_dir[PATH_MAX];
static struct store store;
static struct census before;

static const char *in_dir(const char *name)
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void deny(struct sock_filter *steps, size_t count)
{
    const struct sock_fprog filter = {
        .len = (unsigned short)count,
        .filter = steps,
    };

    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

/* As of a file system that knows no links, and perhaps no rename that replaces
 * nothing. */
static void deny_links(bool and_careful_rename)
{
    const unsigned flags = offsetof(struct seccomp_data, args[4]) +
                           (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                 and_careful_rename ? SYS_renameat2 : SYS_linkat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, RENAME_NOREPLACE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };

    deny(steps, sizeof(steps) / sizeof(steps[0]));
}

/* Lets the kernel answer O_TMPFILE as an older file system does. */
static void deny_tmpfile(void)
{
    const unsigned flag = O_TMPFILE & ~O_DIRECTORY;
    const unsigned flags = offsetof(struct seccomp_data, args[2]) +
                           (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flag, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    int fd;

    deny(steps, sizeof(steps) / sizeof(steps[0]));
    fd = open(dir, O_TMPFILE | O_WRONLY, 0600);
    ck_assert_int_lt(fd, 0);
    ck_assert_int_eq(errno, EOPNOTSUPP);
}

/* False, with the reason said, where that way cannot be had. */
static bool set_up(int way)
{
    if (way == DRAFTS && !may_deny_calls("uploads without O_TMPFILE"))
        return false;
    make_test_dir(dir);
    (void)umask(022);
    if (way == DRAFTS)
        deny_tmpfile();
    (void)strcpy(store_dir, in_dir("store"));
    ck_assert_int_eq(store_open(store_dir, false, &store), 0);
    census_take(&before, store_dir, store_dir);
    return true;
}

/* Removes what the test should have made, and expects nothing else. */
static void tear_down(const char *name)
{
    const char *difference;

    if (name)
        ck_assert_int_eq(unlinkat(store.dir_fd, name, 0), 0);
    difference = census_compare(&before, CENSUS_ALL);
    ck_assert_msg(!difference, "%s", difference);
    store_close(&store);
    ck_assert_int_eq(store.dir_fd, 0);
    store_close(&store);
    ck_assert_int_eq(rmdir(store_dir), 0);
    ck_assert_int_eq(rmdir(dir), 0);
}

static void expect_content(const char *name, const void *bytes, size_t size)
{
    char *content = malloc(size + 1);
    int fd;

    ck_assert_ptr_nonnull(content);
    fd = openat(store.dir_fd, name, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
    ck_assert_int_eq(read(fd, content, size + 1), (ssize_t)size);
    ck_assert_mem_eq(content, bytes, size);
    (void)close(fd);
    free(content);
}

static int upload_text(const char *text, const char *extension)
{
    uint8_t sha256[STORE_SHA256_SIZE];
    struct unnamed upload;
    int r;

    r = store_write(&store, text, strlen(text), &upload);
    if (r < 0)
        return r;
    store_sha256(text, strlen(text), sha256);
    return store_publish(&store, &upload, sha256, extension);
}

static int name_file(const char *text)
{
    struct unnamed file;
    int r;

    ck_assert_int_eq(unnamed_open(store.dir_fd, 0600, &file), 0);
    ck_assert_int_eq(write_all(file.fd, text, strlen(text)), 0);
    r = unnamed_name(&file, "name");
    unnamed_close(&file);
    return r;
}

/* Whatever the file system knows, a name is given once. */
START_TEST(test_name_once)
{
    if (!set_up(_i == 0 ? UNNAMED : DRAFTS))
        return;
    if (_i > 1)
        deny_links(_i > 2);
    ck_assert_int_eq(name_file("first"), 0);
    ck_assert_int_eq(name_file("second"), -EEXIST);
    expect_content("name", "first", 5);
    tear_down("name");
}
END_TEST

START_TEST(test_upload)
{
    struct stat status;

    if (!set_up(_i))
        return;
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    expect_content(ABC_SHA256 ".jpg", "abc", 3);
    ck_assert_int_eq(fstatat(store.dir_fd, ABC_SHA256 ".jpg", &status, 0), 0);
    ck_assert_uint_eq(status.st_mode, S_IFREG | 0644);
    ck_assert_uint_eq(status.st_nlink, 1);
    ck_assert_int_eq(fstat(store.dir_fd, &status), 0);
    ck_assert_uint_eq(status.st_mode, S_IFDIR | 0755);
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

START_TEST(test_empty)
{
    if (!set_up(_i))
        return;
    ck_assert_int_eq(upload_text("", ""), 0);
    expect_content("e3b0c44298fc1c149afbf4c8996fb924"
                   "27ae41e4649b934ca495991b7852b855",
                   "", 0);
    tear_down("e3b0c44298fc1c149afbf4c8996fb924"
              "27ae41e4649b934ca495991b7852b855");
}
END_TEST

/* A second upload has the effect of one, also beside a reader of the first. */
START_TEST(test_twice)
{
    char byte;
    int fd;

    if (!set_up(_i))
        return;
    ck_assert_int_eq(upload_text("abc", "png"), 0);
    fd = openat(store.dir_fd, ABC_SHA256 ".png", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(upload_text("abc", "png"), 0);
    ck_assert_int_eq(read(fd, &byte, 1), 1);
    ck_assert_int_eq(byte, 'a');
    (void)close(fd);
    expect_content(ABC_SHA256 ".png", "abc", 3);
    tear_down(ABC_SHA256 ".png");
}
END_TEST

/* What a loss of power may leave under an upload's name, or somebody may put
 * there: a file that is not whole, or none. */
static void plant(const char *name, const char *text)
{
    const int fd =
        openat(store.dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write_all(fd, text, strlen(text)), 0);
    ck_assert_int_eq(ftruncate(fd, (off_t)strlen(text)), 0);
    (void)close(fd);
}

/* As after a loss of power. */
static void open_anew(void)
{
    store_close(&store);
    ck_assert_int_eq(store_open(store_dir, false, &store), 0);
}

/* The name of the call of that number, from 1, that fails as an upload is
 * published by one who knows no others; "": there are not so many. */
static const char *fail_publishing(unsigned number)
{
    uint8_t sha256[STORE_SHA256_SIZE];
    struct unnamed upload;
    const char *failed;
    int error, r;

    store_close(&store);
    ck_assert_int_eq(store_open(store_dir, true, &store), 0);
    ck_assert_int_eq(store_write(&store, "abc", 3, &upload), 0);
    store_sha256("abc", 3, sha256);
    calls_fail(number);
    r = store_publish(&store, &upload, sha256, "jpg");
    failed = calls_failed(&error);
    if (failed && strcmp(failed, "fsync") == 0)
        ck_assert_int_eq(r, -EIO);
    return failed ? failed : "";
}

/* The bytes are on the disk before the name, the name before it is said, and
 * what somebody else has put there is synced as well. */
START_TEST(test_synced)
{
    static const char *const order[] = { "fsync", "linkat", "fsync" };
    unsigned syncs = 0;
    const char *name = "";

    (void)set_up(UNNAMED);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_str_eq(fail_publishing(i + 1), order[i]);
        ck_assert_int_eq(
            faccessat(store.dir_fd, ABC_SHA256 ".jpg", F_OK, 0) == 0, i == 2);
    }
    for (unsigned number = 1; number == 1 || name[0]; number++) {
        name = fail_publishing(number);
        syncs += strcmp(name, "fsync") == 0;
    }
    ck_assert_uint_eq(syncs, 3);
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

START_TEST(test_not_whole)
{
    static const char *const texts[] = { "", "ab", "abd", "abcd" };
    static const char name[] = ABC_SHA256 ".jpg";

    if (!set_up(_i))
        return;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        plant(name, texts[i]);
        open_anew();
        ck_assert_int_eq(upload_text("abc", "jpg"), 0);
        expect_content(name, "abc", 3);
    }
    ck_assert_int_eq(mkfifoat(store.dir_fd, "fifo", 0600), 0);
    ck_assert_int_eq(renameat(store.dir_fd, "fifo", store.dir_fd, name), 0);
    open_anew();
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    expect_content(name, "abc", 3);
    tear_down(name);
}
END_TEST

/* Nothing is followed: what a link leads to is not the upload, nor changed. */
START_TEST(test_planted_link)
{
    if (!set_up(_i))
        return;
    plant("own", "abc");
    ck_assert_int_eq(symlinkat("own", store.dir_fd, ABC_SHA256 ".jpg"), 0);
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    plant("own", "else");
    expect_content(ABC_SHA256 ".jpg", "abc", 3);
    ck_assert_int_eq(unlinkat(store.dir_fd, "own", 0), 0);
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

START_TEST(test_planted_directory)
{
    if (!set_up(_i))
        return;
    ck_assert_int_eq(mkdirat(store.dir_fd, ABC_SHA256 ".jpg", 0700), 0);
    ck_assert_int_eq(upload_text("abc", "jpg"), -EISDIR);
    ck_assert_int_eq(unlinkat(store.dir_fd, ABC_SHA256 ".jpg", AT_REMOVEDIR),
                     0);
    tear_down(NULL);
}
END_TEST

/* What this store has made is not read again: only a loss of power undoes that,
 * and it ends whoever has the store open. Another file of another name is. */
START_TEST(test_known)
{
    if (!set_up(_i))
        return;
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    plant(ABC_SHA256 ".jpg", "");
    plant(ABC_SHA256 ".png", "");
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    ck_assert_int_eq(upload_text("abc", "png"), 0);
    expect_content(ABC_SHA256 ".jpg", "", 0);
    expect_content(ABC_SHA256 ".png", "abc", 3);
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    expect_content(ABC_SHA256 ".jpg", "abc", 3);
    ck_assert_int_eq(unlinkat(store.dir_fd, ABC_SHA256 ".png", 0), 0);
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

/* What is whole stays what it is. */
START_TEST(test_whole)
{
    struct stat first, second;

    if (!set_up(_i))
        return;
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    ck_assert_int_eq(fstatat(store.dir_fd, ABC_SHA256 ".jpg", &first, 0), 0);
    open_anew();
    ck_assert_int_eq(upload_text("abc", "jpg"), 0);
    ck_assert_int_eq(fstatat(store.dir_fd, ABC_SHA256 ".jpg", &second, 0), 0);
    ck_assert_uint_eq(first.st_ino, second.st_ino);
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

/* Until it is published an upload has no name that anybody would look for. */
START_TEST(test_discard)
{
    struct unnamed upload;

    if (!set_up(_i))
        return;
    ck_assert_int_eq(store_write(&store, "abc", 3, &upload), 0);
    ck_assert_int_eq(faccessat(store.dir_fd, ABC_SHA256 ".jpg", F_OK, 0), -1);
    if (_i == UNNAMED)
        ck_assert_str_eq(upload.draft, "");
    else
        ck_assert_int_eq(upload.draft[0], '.');
    unnamed_close(&upload);
    unnamed_close(&upload);
    tear_down(NULL);
}
END_TEST

START_TEST(test_discard_after_publish)
{
    uint8_t sha256[STORE_SHA256_SIZE];
    struct unnamed upload;

    if (!set_up(_i))
        return;
    store_sha256("abc", 3, sha256);
    ck_assert_int_eq(store_write(&store, "abc", 3, &upload), 0);
    ck_assert_int_eq(store_publish(&store, &upload, sha256, "jpg"), 0);
    unnamed_close(&upload);
    expect_content(ABC_SHA256 ".jpg", "abc", 3);
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

/* Two uploads at a time do not know of each other. */
START_TEST(test_two_at_once)
{
    struct unnamed one, two;
    uint8_t sha256[STORE_SHA256_SIZE];

    if (!set_up(_i))
        return;
    store_sha256("abc", 3, sha256);
    ck_assert_int_eq(store_write(&store, "abc", 3, &one), 0);
    ck_assert_int_eq(store_write(&store, "abc", 3, &two), 0);
    ck_assert_int_eq(store_publish(&store, &two, sha256, "jpg"), 0);
    ck_assert_int_eq(store_publish(&store, &one, sha256, "jpg"), 0);
    expect_content(ABC_SHA256 ".jpg", "abc", 3);
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

enum { RACERS = 4, ROUNDS = 200 };

/* Everybody always sees the file whole. */
START_TEST(test_race)
{
    int status;

    if (!set_up(_i))
        return;
    for (int i = 0; i < RACERS; i++)
        if (fork() == 0) {
            for (int round = 0; round < ROUNDS; round++) {
                if (upload_text("abc", "jpg") < 0)
                    _exit(1);
                expect_content(ABC_SHA256 ".jpg", "abc", 3);
            }
            _exit(0);
        }
    for (int i = 0; i < RACERS; i++) {
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    tear_down(ABC_SHA256 ".jpg");
}
END_TEST

/* The file system has room for a part only: nothing stays. */
START_TEST(test_no_room)
{
    const struct rlimit limit = { 10000, 10000 };
    struct unnamed upload = { .fd = 77 };
    char bytes[20000] = { 0 };

    if (!set_up(_i))
        return;
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(store_write(&store, bytes, sizeof(bytes), &upload),
                     -EFBIG);
    ck_assert_int_eq(upload.fd, 77);
    ck_assert_int_eq(store_write(&store, bytes, 10000, &upload), 0);
    unnamed_close(&upload);
    tear_down(NULL);
}
END_TEST

/* The directory goes away under an upload. */
START_TEST(test_no_store)
{
    uint8_t sha256[STORE_SHA256_SIZE] = { 0 };
    struct unnamed upload;
    int r;

    (void)set_up(UNNAMED);
    ck_assert_int_eq(store_write(&store, "abc", 3, &upload), 0);
    ck_assert_int_eq(rmdir(store_dir), 0);
    ck_assert_int_eq(store_publish(&store, &upload, sha256, "jpg"), -ENOENT);
    ck_assert_int_eq(upload.fd, 0);
    /* tmpfs(5) makes files without a name there, but gives them none. */
    r = store_write(&store, "abc", 3, &upload);
    if (r == 0)
        r = store_publish(&store, &upload, sha256, "jpg");
    ck_assert_int_lt(r, 0);
    store_close(&store);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* kill -9 in the middle of an upload leaves nothing. */
START_TEST(test_killed)
{
    struct unnamed upload;
    int status;
    pid_t pid;

    (void)set_up(UNNAMED);
    pid = fork();
    if (pid == 0) {
        if (store_write(&store, "abc", 3, &upload) == 0)
            (void)raise(SIGKILL);
        _exit(1);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    tear_down(NULL);
}
END_TEST

START_TEST(test_open)
{
    struct store other = { .dir_fd = 77 };
    int fd;

    (void)set_up(UNNAMED);
    ck_assert_int_eq(store_open(in_dir("no/where"), false, &other), -ENOENT);
    fd = open(in_dir("file"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(store_open(in_dir("file"), false, &other), -ENOTDIR);
    ck_assert_int_eq(other.dir_fd, 77);
    ck_assert_int_eq(store_open(store_dir, false, &other), 0); /* it is there */
    ck_assert_int_eq(fcntl(other.dir_fd, F_GETFD), FD_CLOEXEC);
    store_close(&other);
    (void)close(fd);
    ck_assert_int_eq(unlink(in_dir("file")), 0);
    tear_down(NULL);
}
END_TEST

/* One that cannot be written to. */
START_TEST(test_read_only)
{
    struct unnamed upload;

    (void)set_up(UNNAMED);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    else
        ck_assert_int_eq(chmod(store_dir, 0555), 0);
    ck_assert_int_eq(store_write(&store, "abc", 3, &upload), -EACCES);
    ck_assert_int_eq(seteuid(getuid()), 0);
    tear_down(NULL);
}
END_TEST

START_TEST(test_name)
{
    static const char expected[] = "000102030405060708090a0b0c0d0e0f"
                                   "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    uint8_t sha256[STORE_SHA256_SIZE];
    char name[STORE_NAME_MAX];

    for (unsigned i = 0; i < STORE_SHA256_SIZE; i++)
        sha256[i] = (uint8_t)(i < 16 ? i : 0xe0 + i);
    store_name(sha256, "", name);
    ck_assert_str_eq(name, expected);
    store_name(sha256, "jpeg", name);
    ck_assert_uint_eq(strlen(name), STORE_NAME_MAX - 1);
    ck_assert_str_eq(strrchr(name, '.'), ".jpeg");
}
END_TEST

/* A reader can check with sha256sum(1). */
START_TEST(test_sha256sum)
{
    char command[PATH_MAX + 20], line[STORE_NAME_MAX], *text;
    FILE *pipe;

    (void)set_up(UNNAMED);
    text = malloc(100001);
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < 100000; i++)
        text[i] = (char)('a' + i % 26);
    text[100000] = '\0';
    ck_assert_int_eq(upload_text(text, ""), 0);
    free(text);
    (void)snprintf(command, sizeof(command), "sha256sum %s/*", store_dir);
    pipe = popen(command, "re");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_int_eq(fscanf(pipe, "%64s", line), 1);
    ck_assert_int_eq(pclose(pipe), 0);
    tear_down(line); /* it is the name */
}
END_TEST

Suite *store_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *tc = tcase_create("store");

    tcase_add_loop_test(tc, test_name_once, 0, 4);
    tcase_add_loop_test(tc, test_upload, 0, WAYS);
    tcase_add_loop_test(tc, test_empty, 0, WAYS);
    tcase_add_loop_test(tc, test_twice, 0, WAYS);
    tcase_add_loop_test(tc, test_discard, 0, WAYS);
    tcase_add_test(tc, test_synced);
    tcase_add_loop_test(tc, test_not_whole, 0, WAYS);
    tcase_add_loop_test(tc, test_planted_link, 0, WAYS);
    tcase_add_loop_test(tc, test_planted_directory, 0, WAYS);
    tcase_add_loop_test(tc, test_known, 0, WAYS);
    tcase_add_loop_test(tc, test_whole, 0, WAYS);
    tcase_add_loop_test(tc, test_discard_after_publish, 0, WAYS);
    tcase_add_loop_test(tc, test_two_at_once, 0, WAYS);
    tcase_add_loop_test(tc, test_race, 0, WAYS);
    tcase_add_loop_test(tc, test_no_room, 0, WAYS);
    tcase_add_test(tc, test_no_store);
    tcase_add_test(tc, test_killed);
    tcase_add_test(tc, test_open);
    tcase_add_test(tc, test_read_only);
    tcase_add_test(tc, test_name);
    tcase_add_test(tc, test_sha256sum);
    suite_add_tcase(suite, tc);
    return suite;
}
