/* SPDX-License-Identifier: MIT */
/* By what two sides prove who they are: files that are secret, proofs that are
 * of no use twice, and who is turned away. */
#include "ipc/mechanisms.h"
#include "queues/redis_stream_server.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/record.h"
#include "shared/net/guests.h"
#include "shared/net/proof.h"
#include "shared/net/tcp_meeting.h"
#include "shared/net/tls.h"
#include "shared/net/tls_reason.h"
#include "shared/net/token.h"
#include "shared/net/trust.h"
#include "tests/certificates.h"
#include "tests/failing_calls.h"
#include "tests/helpers.h"
#include "tests/network.h"
#include "tests/program.h"
#include "tests/relay.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_LIMIT_S = 120 };

#define WORK "--work verify --size 20KB --jobs 200"

static struct program consumer, producer;
static unsigned port; /* a test's own, free here when it begins */
static char key_path[PATH_MAX], other_path[PATH_MAX];

static void make_keys(void)
{
    (void)snprintf(key_path, sizeof(key_path), "%s", in_place("key"));
    (void)snprintf(other_path, sizeof(other_path), "%s", in_place("other"));
    ck_assert_int_eq(secret_make(key_path), 0);
    ck_assert_int_eq(secret_make(other_path), 0);
}

/* ------------------------------------------------------------- the file */

START_TEST(test_file)
{
    unsigned char secret[SECRET_SIZE], same[SECRET_SIZE], other[SECRET_SIZE];
    struct stat status;

    ck_assert_int_eq(stat(key_path, &status), 0);
    ck_assert_uint_eq(status.st_mode, S_IFREG | 0600);
    ck_assert_int_eq(status.st_size, SECRET_DIGITS + 1);
    ck_assert_int_eq(secret_read(key_path, secret), 0);
    ck_assert_int_eq(secret_make(key_path), -EEXIST);
    ck_assert_int_eq(secret_read(key_path, same), 0);
    ck_assert_int_eq(memcmp(secret, same, SECRET_SIZE), 0);
    ck_assert_int_eq(secret_read(other_path, other), 0);
    ck_assert_int_ne(memcmp(secret, other, SECRET_SIZE), 0);
}
END_TEST

/* Neither follows a link, nor waits for who writes to a FIFO. */
START_TEST(test_no_plain_file)
{
    unsigned char secret[SECRET_SIZE];
    const char *path = in_place("odd");

    ck_assert_int_eq(symlink("nowhere", path), 0);
    ck_assert_int_eq(secret_make(path), -EEXIST);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("key", path), 0);
    ck_assert_int_eq(secret_read(path, secret), -EPROTO);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(secret_read(path, secret), -EPROTO);
}
END_TEST

static const mode_t wide_modes[] = { 0640, 0604, 0610, 0602, 0601, 0644 };

START_TEST(test_wide_mode)
{
    ck_assert_int_eq(chmod(key_path, wide_modes[_i]), 0);
    program_run(&producer,
                "ipc produce --at tcp://127.0.0.1:1 --secret %s " WORK,
                key_path);
    program_expect_line(&producer, 1, "others have rights to it", "chmod 600");
}
END_TEST

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, text, strlen(text)), 0);
    fd_close(&fd);
}

#define DIGITS_62                                                              \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"

START_TEST(test_wrong_content)
{
    static const char *const wrong[] = {
        "",
        DIGITS_62 "\n",
        DIGITS_62 "eg\n",
        DIGITS_62 "EF\n",
        DIGITS_62 "ef0\n",
        DIGITS_62 "ef\n\n",
    };
    unsigned char secret[SECRET_SIZE];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        write_file(key_path, wrong[i]);
        ck_assert_int_eq(secret_read(key_path, secret), -EBADMSG);
    }
    write_file(key_path, DIGITS_62 "ef\n");
    ck_assert_int_eq(secret_read(key_path, secret), 0);
    write_file(key_path, DIGITS_62 "ef"); /* as an editor may leave it */
    ck_assert_int_eq(secret_read(key_path, secret), 0);
    ck_assert_uint_eq(secret[0], 0x01);
    ck_assert_uint_eq(secret[SECRET_SIZE - 1], 0xef);
}
END_TEST

START_TEST(test_command)
{
    program_run(&producer, "ipc key %s", in_place("new"));
    program_expect(&producer, 0, "a new secret", "");
    program_run(&producer, "ipc key %s", in_place("new"));
    program_expect_line(&producer, 1, "is there already", "stays as it is");
    program_run(&producer, "ipc key");
    program_expect_line(&producer, 2, "key takes one argument", "");
    program_run(&producer, "ipc key /nonexistent/key");
    program_expect_line(&producer, 1, "/nonexistent/key: No such file", "");
    program_run(&producer, "ipc produce --secret %s --at x " WORK, key_path);
    program_expect_line(&producer, 2, "--secret: it takes --at tcp://", "");
    program_run(&producer,
                "ipc produce --at tcp://127.0.0.1:1 --secret no " WORK);
    program_expect_line(&producer, 1, "--secret no: No such file", "");
}
END_TEST

/* A password in a file that others can read is warned of. */
START_TEST(test_file_of_password)
{
    static const mode_t modes[] = { 0600, 0640 };

    write_file(key_path, "redis://me:word@127.0.0.1:1\n");
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(chmod(key_path, modes[i]), 0);
        program_run(&producer, "ipc produce --at-file %s --stall 0.1 " WORK,
                    key_path);
        ck_assert_int_eq(producer.status, 1);
        ck_assert_int_eq(strstr(producer.err_text, "holds a password") != NULL,
                         i == 1);
    }
}
END_TEST

START_TEST(test_other_user)
{
    unsigned char secret[SECRET_SIZE];

    if (geteuid() != 0) {
        printf("not tested, for root only: another user's secret\n");
        return;
    }
    ck_assert_int_eq(chown(key_path, 65534, 65534), 0);
    ck_assert_int_eq(secret_read(key_path, secret), -EACCES);
    ck_assert_int_eq(secret_make(in_place("roots")), 0);
    place_give_away("other");
    program_zero(&producer);
    producer.prepare = become_nobody;
    program_start(&producer,
                  "ipc produce --at tcp://127.0.0.1:1 --secret %s " WORK,
                  in_place("roots"));
    program_wait(&producer);
    program_expect_line(&producer, 1, "it is another user's", "roots");
}
END_TEST

/* ---------------------------------------------------------------- proofs */

static const unsigned char key[SECRET_SIZE] =
    "the key of the tests, 32 bytes..";
static const unsigned char wrong_key[SECRET_SIZE] =
    "another key, as long as it is..";

static void talk_with(const unsigned char *guests_key, unsigned char *ret_talk)
{
    ck_assert_int_eq(proof_draw(ret_talk), 0);
    ck_assert_int_eq(proof_answer(guests_key, ret_talk), 0);
}

START_TEST(test_proof)
{
    unsigned char talk[PROOF_TALK], proof[PROOF_SIZE];

    talk_with(key, talk);
    ck_assert_int_eq(proof_check_guest(key, talk), 0);
    ck_assert_int_eq(proof_check_guest(wrong_key, talk), -EKEYREJECTED);
    ck_assert_int_eq(proof_of_host(key, talk, "text", proof), 0);
    ck_assert_int_eq(proof_check_host(key, talk, "text", proof), 0);
    ck_assert_int_eq(proof_check_host(key, talk, "texts", proof),
                     -EKEYREJECTED);
    ck_assert_int_eq(proof_check_host(wrong_key, talk, "text", proof),
                     -EKEYREJECTED);
}
END_TEST

/* Each bit of what is said counts. */
START_TEST(test_proof_of_all)
{
    unsigned char talk[PROOF_TALK], proof[PROOF_SIZE];

    talk_with(key, talk);
    ck_assert_int_eq(proof_of_host(key, talk, "", proof), 0);
    for (size_t bit = 0; bit < PROOF_TALK * 8; bit++) {
        talk[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_int_eq(proof_check_guest(key, talk), -EKEYREJECTED);
        if (bit < 16 * PROOF_NUMBER)
            ck_assert_int_eq(proof_check_host(key, talk, "", proof),
                             -EKEYREJECTED);
        talk[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < PROOF_SIZE * 8; bit++) {
        proof[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_int_eq(proof_check_host(key, talk, "", proof), -EKEYREJECTED);
        proof[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}
END_TEST

/* A host's words are of no use to a guest, nor a guest's to a host. */
START_TEST(test_reflection)
{
    unsigned char talk[PROOF_TALK], proof[PROOF_SIZE];

    talk_with(key, talk);
    ck_assert_int_eq(proof_check_host(key, talk, "", talk + 2 * PROOF_NUMBER),
                     -EKEYREJECTED);
    ck_assert_int_eq(proof_of_host(key, talk, "", proof), 0);
    memcpy(talk + 2 * PROOF_NUMBER, proof, PROOF_SIZE);
    ck_assert_int_eq(proof_check_guest(key, talk), -EKEYREJECTED);
}
END_TEST

/* What a key is for makes another of it. */
START_TEST(test_purposes)
{
    unsigned char one[SECRET_SIZE], other[SECRET_SIZE];

    ck_assert_int_eq(secret_derive(key, "channel", "a", one), 0);
    ck_assert_int_eq(secret_derive(key, "channel", "a", other), 0);
    ck_assert_int_eq(memcmp(one, other, SECRET_SIZE), 0);
    ck_assert_int_eq(secret_derive(key, "channel", "b", other), 0);
    ck_assert_int_ne(memcmp(one, other, SECRET_SIZE), 0);
    ck_assert_int_eq(secret_derive(key, "meeting", "a", other), 0);
    ck_assert_int_ne(memcmp(one, other, SECRET_SIZE), 0);
    ck_assert_int_ne(memcmp(one, key, SECRET_SIZE), 0);
}
END_TEST

/* ---------------------------------------------------------- at a meeting */

static const char *url_of(const char *scheme)
{
    static char text[100];

    (void)snprintf(text, sizeof(text), "%s://127.0.0.1:%u", scheme, port);
    return text;
}

static void start_consumer(const char *mechanism, const char *scheme,
                           const char *options)
{
    program_zero(&consumer);
    program_start(&consumer, "%s consume --at %s --store %s%s", mechanism,
                  url_of(scheme), in_place("store"), options);
    program_await(&consumer, "waiting for a producer: ");
}

static void produce(const char *scheme, const char *options)
{
    program_run(&producer, "ipc produce --at %s%s " WORK, url_of(scheme),
                options);
}

static const char *secret_option(const char *path)
{
    static char text[PATH_MAX + 20];

    (void)snprintf(text, sizeof(text), " --secret %s", path);
    return text;
}

static void expect_good(void)
{
    program_wait(&consumer);
    program_expect(&producer, 0, NULL, "good: 200 jobs");
    program_expect(&consumer, 0, NULL, "good: 200 jobs");
}

/* Those who do not know it are turned away, and who does is served. */
START_TEST(test_secret)
{
    start_consumer("tcp", "tcp", secret_option(key_path));
    ck_assert(program_says(&consumer, "--secret FILE"));
    produce("tcp", "");
    program_expect_line(&producer, 1, "it asks for a secret", "");
    produce("tcp", secret_option(other_path));
    program_expect_line(&producer, 1, "it has another secret", "");
    produce("tcp", secret_option(key_path));
    expect_good();
    program_expect(&consumer, 0, NULL,
                   "turned away 127.0.0.1: it does not know");
}
END_TEST

/* A consumer that knows no secret, or another, is not sent a byte. */
START_TEST(test_wrong_consumer)
{
    start_consumer("tcp", "tcp", "");
    produce("tcp", secret_option(key_path));
    program_expect_line(&producer, 1, "asks for no secret", "");
    produce("tcp", "");
    expect_good();
}
END_TEST

static int call(unsigned at_port)
{
    const struct url here = { .host = "127.0.0.1" };
    struct address address;
    int fd;

    ck_assert_int_eq(address_find(&here, at_port, &address), 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(socket_connect(fd, &address), 0);
    return fd;
}

/* A byte of what the other says; false at the end. */
static bool hear(int fd, void *ret_byte)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };

    ck_assert_int_eq(poll(&polled, 1, TEST_HANG_S * 1000 * test_patience()), 1);
    return read(fd, ret_byte, 1) == 1;
}

static void hear_all(int fd, unsigned char *ret_bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ck_assert(hear(fd, &ret_bytes[i]));
}

/* The number at the end of the consumer's question. */
static void hear_question(int fd, unsigned char *ret_number)
{
    char line[200] = "";

    for (size_t i = 0; i < sizeof(line) - 1; i++) {
        ck_assert(hear(fd, &line[i]));
        if (line[i] == '\n') {
            line[i] = '\0';
            ck_assert_uint_gt(i, SECRET_DIGITS);
            ck_assert_int_eq(
                secret_from_digits(line + i - SECRET_DIGITS, ret_number), 0);
            return;
        }
    }
    ck_abort_msg("no line");
}

/* Who leaves this machine in the clear is told so, on both sides. */
static const struct {
    const char *mechanism;
    const char *host;
    bool secret;
    const char *says; /* NULL: nothing */
} exposed[] = {
    { "tcp", "0.0.0.0", false, "asks nobody for a secret" },
    { "tcp", "0.0.0.0", true, "can read and change" },
    { "tcp", "127.0.0.1", false, NULL },
    { "tcp", "localhost", true, NULL },
    { "zeromq", "0.0.0.0", false, "or --secret FILE" },
};

static void expect_warning(const struct program *p, const char *says)
{
    const bool warned = strstr(p->err_text, "warning: ") != NULL;

    ck_assert_msg(says ? strstr(p->err_text, says) && warned : !warned, "%s",
                  p->err_text);
}

START_TEST(test_exposure)
{
    const struct mechanism *m = mechanism_find(exposed[_i].mechanism);
    const char *secret = exposed[_i].secret ? secret_option(key_path) : "";
    const char *says = exposed[_i].says;

    if (!m || mechanism_skipped(m))
        return;
    program_zero(&consumer);
    program_start(&consumer, "%s consume --at tcp://%s:%u --store %s%s",
                  m->name, exposed[_i].host, port, in_place("store"), secret);
    program_await(&consumer, "waiting for a producer: ");
    program_run(&producer, "ipc produce --at tcp://%s:%u%s " WORK,
                exposed[_i].host, port, secret);
    expect_good();
    expect_warning(&producer, says);
    expect_warning(&consumer, says);
}
END_TEST

/* What one who knows the secret once said is of no use to who has heard it, nor
 * is the consumer's own number of use elsewhere. */
START_TEST(test_replay)
{
    unsigned char secret[SECRET_SIZE], meeting_key[SECRET_SIZE];
    unsigned char talk[PROOF_TALK], number[PROOF_NUMBER], byte;
    int fd;

    (void)signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(secret_read(key_path, secret), 0);
    ck_assert_int_eq(secret_derive(secret, "meeting", "", meeting_key), 0);
    start_consumer("tcp", "tcp", secret_option(key_path));
    fd = call(port);
    hear_question(fd, talk);
    ck_assert_int_eq(proof_answer(meeting_key, talk), 0);
    ck_assert_int_eq(write_all(fd, talk + PROOF_NUMBER, PROOF_ANSWER), 0);
    ck_assert(hear(fd, &byte)); /* this one was believed */
    fd_close(&fd);
    fd = call(port);
    hear_question(fd, number);
    ck_assert_int_ne(memcmp(number, talk, PROOF_NUMBER), 0);
    ck_assert_int_eq(write_all(fd, talk + PROOF_NUMBER, PROOF_ANSWER), 0);
    ck_assert(!hear(fd, &byte));
    fd_close(&fd);
    produce("tcp", secret_option(key_path));
    expect_good();
    program_expect(&consumer, 0, NULL,
                   "turned away 127.0.0.1: it does not know");
}
END_TEST

/* One who only pretends to know it learns nothing, and is not believed. */
START_TEST(test_false_consumer)
{
    static const char line[] =
        "ipc-showcase asks for a secret: " DIGITS_62 "ef\n";
    static const char proof[] = DIGITS_62 "ef\n{}\n";
    const struct url here = { .host = "127.0.0.1" };
    unsigned char answer[PROOF_ANSWER];
    int listener, fd;

    ck_assert_int_eq(socket_bind(&here, port, SOCK_STREAM, &listener), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    program_zero(&producer);
    program_start(&producer, "ipc produce --at %s%s " WORK, url_of("tcp"),
                  secret_option(key_path));
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(write_all(fd, line, strlen(line)), 0);
    hear_all(fd, answer, sizeof(answer));
    ck_assert_int_eq(write_all(fd, proof, strlen(proof)), 0);
    program_wait(&producer);
    program_expect_line(&producer, 1, "it has another secret", "");
    fd_close(&fd);
    fd_close(&listener);
}
END_TEST

/* -------------------------------------------------------------- encrypted */

/* Two sides that show these; NULL: the secret of that side is the other one. */
static const char *show(const char *name, const char *authority)
{
    static char text[2][4 * PATH_MAX];
    static unsigned next;
    char *to = text[next++ % 2];
    char certificate[64], own_key[64], root[64];

    (void)snprintf(certificate, sizeof(certificate), "%s.pem", name);
    (void)snprintf(own_key, sizeof(own_key), "%s.key", name);
    (void)snprintf(root, sizeof(root), "%s.pem", authority);
    (void)snprintf(to, sizeof(text[0]),
                   " --certificate %s --private-key %s --authority %s",
                   in_place(certificate), in_place(own_key), in_place(root));
    return to;
}

static void make_certificates(void)
{
    static const char here[] = "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2";

    certificate_make("root", "DNS:root", NULL, 1);
    certificate_make("root2", "DNS:root", NULL, 1);
    certificate_make("good", here, "root", 1);
    certificate_make("late", here, "root", -1);
    certificate_make("strange", here, "root2", 1);
    certificate_make("elsewhere", "DNS:elsewhere.example,IP:192.0.2.1", "root",
                     1);
}

/* TLS tells the one who is refused before the consumer has said so: the next
 * one comes when it has. */
START_TEST(test_tls_by_secret)
{
    start_consumer("tcp", "tcp+tls", secret_option(key_path));
    produce("tcp+tls", secret_option(other_path));
    program_expect_line(&producer, 1, "does not take this secret", "");
    program_await(&consumer, "turned away: 127.0.0.1 has another");
    produce("tcp+tls", secret_option(key_path));
    expect_good();
}
END_TEST

START_TEST(test_tls_by_certificates)
{
    static const char *const hosts[] = { "127.0.0.1", "localhost" };

    make_certificates();
    for (size_t i = 0; i < 2; i++) {
        start_consumer("tcp", "tcp+tls", show("good", "root"));
        program_run(&producer, "ipc produce --at tcp+tls://%s:%u%s " WORK,
                    hosts[i], port, show("good", "root"));
        expect_good();
    }
}
END_TEST

/* What is wrong is said on both sides; then one who is good is served. */
static const struct {
    const char *consumers, *producers; /* certificates */
    const char *consumer_says, *producer_says;
} refused[] = {
    { "late", "good", "certificate expired", "certificate has expired" },
    { "good", "late", "certificate has expired", "certificate expired" },
    { "strange", "good", "unknown CA", "unable to get local issuer" },
    { "good", "strange", "unable to get local issuer", "unknown CA" },
    { "elsewhere", "good", "bad certificate", "mismatch" },
};

START_TEST(test_tls_refuses)
{
    make_certificates();
    start_consumer("tcp", "tcp+tls", show(refused[_i].consumers, "root"));
    produce("tcp+tls", show(refused[_i].producers, "root"));
    program_expect_line(&producer, 1, refused[_i].producer_says, "");
    program_await(&consumer, refused[_i].consumer_says);
    if (strcmp(refused[_i].consumers, "good") == 0) {
        produce("tcp+tls", show("good", "root"));
        expect_good();
        return;
    }
    program_signal(&consumer, SIGTERM);
    program_wait(&consumer);
}
END_TEST

/* One shows a certificate, and the other knows a secret. */
START_TEST(test_tls_of_two_kinds)
{
    make_certificates();
    start_consumer("tcp", "tcp+tls", secret_option(key_path));
    produce("tcp+tls", show("good", "root"));
    program_expect_line(&producer, 1, "tcp+tls://127.0.0.1", "does not accept");
    produce("tcp+tls", secret_option(key_path));
    expect_good();
    start_consumer("tcp", "tcp+tls", show("good", "root"));
    produce("tcp+tls", secret_option(key_path));
    program_expect_line(&producer, 1, "tcp+tls://127.0.0.1", "not accepted");
    produce("tcp+tls", show("good", "root"));
    expect_good();
}
END_TEST

static unsigned count_threads(pid_t pid)
{
    char path[40], line[200];
    unsigned threads = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) &&
           sscanf(line, "Threads: %u", &threads) != 1)
        continue;
    (void)fclose(file);
    return threads;
}

/* What encrypted here has ended; the kernel takes its thread away a moment
 * later. */
static void end_tls(struct trust *trust, unsigned threads_before)
{
    const double deadline = seconds_now() + TEST_HANG_S * test_patience();

    tls_close(trust);
    while (count_threads(getpid()) > threads_before && seconds_now() < deadline)
        pause_ms(1);
}

/* Who knows whom to believe, and shows nothing itself, is turned away. */
START_TEST(test_tls_without_certificate)
{
    struct tls_files files = { 0 };
    struct trust trust = { .host = "127.0.0.1" };
    const struct url at = { .host = "127.0.0.1", .trust = &trust };
    const unsigned threads = count_threads(getpid());
    char text[TLS_TEXT_MAX];
    unsigned char byte;
    int fd;

    make_certificates();
    start_consumer("tcp", "tcp+tls", show("good", "root"));
    files.authority = in_place("root.pem");
    ck_assert_int_eq(tls_open(&trust, &files, false, text), 0);
    fd = call(port);
    ck_assert_int_eq(tls_begin(&at, false, &fd), 0);
    ck_assert(!hear(fd, &byte));
    fd_close(&fd);
    end_tls(&trust, threads);
    program_await(&consumer, "shows no certificate");
    produce("tcp+tls", show("good", "root"));
    expect_good();
}
END_TEST

/* Older versions of TLS are not spoken, whatever is shown. */
START_TEST(test_tls_of_old)
{
    struct tls_files files = { 0 };
    struct trust trust = { .host = "127.0.0.1" };
    const struct url at = { .host = "127.0.0.1", .trust = &trust };
    const unsigned threads = count_threads(getpid());
    char text[TLS_TEXT_MAX];
    int fd;

    make_certificates();
    files.certificate = in_place("good.pem");
    files.private_key = in_place("good.key");
    files.authority = in_place("root.pem");
    ck_assert_int_eq(tls_open(&trust, &files, true, text), 0);
    ck_assert_int_eq(SSL_CTX_set_min_proto_version(trust.tls, 0), 1);
    ck_assert_int_eq(SSL_CTX_set_max_proto_version(trust.tls, TLS1_2_VERSION),
                     1);
    start_consumer("tcp", "tcp+tls", show("good", "root"));
    fd = call(port);
    ck_assert_int_eq(tls_begin(&at, false, &fd), -EKEYREJECTED);
    fd_close(&fd);
    end_tls(&trust, threads);
    program_await(&consumer, "does not speak TLS 1.3");
    produce("tcp+tls", show("good", "root"));
    expect_good();
}
END_TEST

/* The thread of a connection is quicker than the meeting: it has refused a
 * caller that was never told a word, and why is known all the same. */
START_TEST(test_tls_refuses_at_once)
{
    const double deadline = seconds_now() + TEST_HANG_S * test_patience();
    static const char strange[] = "GET / HTTP/1.0\r\n\r\n";
    struct trust trust = { .has_secret = true };
    const struct url at = { .host = "127.0.0.1",
                            .port = network_free_port("127.0.0.1"),
                            .trust = &trust };
    struct meeting m = { .ops = &tcp_meeting, .at = &at, .owner = true };
    const unsigned threads = count_threads(getpid());
    char text[TLS_TEXT_MAX];
    int fd, r;

    ck_assert_int_eq(secret_read(key_path, trust.secret), 0);
    ck_assert_int_eq(tls_open(&trust, NULL, true, text), 0);
    ck_assert_int_eq(tcp_meeting.open(&m), 0);
    fd = call(at.port);
    ck_assert_int_eq(write_all(fd, strange, strlen(strange)), 0);
    calls_linger(100);
    do
        r = tcp_meeting.await(&m, 100);
    while (r == 0 && seconds_now() < deadline);
    calls_linger(0);
    ck_assert_int_eq(r, -EKEYREJECTED);
    ck_assert(tls_reason(text));
    ck_assert_ptr_nonnull(strstr(text, "does not speak TLS 1.3"));
    fd_close(&fd);
    tcp_meeting.close(&m);
    end_tls(&trust, threads);
}
END_TEST

/* Many who say nothing take a bounded number of threads, and hold up nobody. */
START_TEST(test_tls_silent_strangers)
{
    const double deadline = seconds_now() + TEST_HANG_S * test_patience();
    enum { SILENT = 4 * GUESTS_MAX };
    int fd[SILENT];

    start_consumer("tcp", "tcp+tls", secret_option(key_path));
    for (size_t i = 0; i < SILENT; i++)
        fd[i] = call(port);
    while (count_threads(consumer.pid) > GUESTS_MAX + 2 &&
           seconds_now() < deadline)
        pause_ms(10);
    ck_assert_uint_le(count_threads(consumer.pid), GUESTS_MAX + 2);
    produce("tcp+tls", secret_option(key_path));
    expect_good();
    for (size_t i = 0; i < SILENT; i++)
        fd_close(&fd[i]);
}
END_TEST

/* All that is sent arrives, also the last of it. */
START_TEST(test_tls_exchange)
{
    program_run(&producer,
                "ipc bench tcp --at %s%s --size 64,1MiB --jobs 40 --rounds 1 "
                "--pattern exchange,stream",
                url_of("tcp+tls"), secret_option(key_path));
    program_expect(&producer, 0, "good", "");
}
END_TEST

/* Who says nothing does not hold up a producer for long. */
START_TEST(test_tls_silent_host)
{
    const struct url here = { .host = "127.0.0.1" };
    int listener;

    ck_assert_int_eq(socket_bind(&here, port, SOCK_STREAM, &listener), 0);
    ck_assert_int_eq(listen(listener, 4), 0);
    produce("tcp+tls", secret_option(key_path));
    program_expect_line(&producer, 1, "no answer", "");
    fd_close(&listener);
}
END_TEST

/* Shows a certificate to who comes, and asks for none. */
__attribute__((noreturn)) static void be_host(int listener)
{
    struct tls_files files = { 0 };
    struct trust trust = { 0 };
    const struct url at = { .trust = &trust };
    char text[TLS_TEXT_MAX];
    int fd;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    files.certificate = in_place("good.pem");
    files.private_key = in_place("good.key");
    files.authority = in_place("root.pem");
    if (tls_open(&trust, &files, false, text) < 0)
        _exit(1);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 || tls_begin(&at, true, &fd) < 0)
        _exit(1);
    for (;;)
        (void)pause();
}

/* Who expects the secret takes no certificate for it. */
START_TEST(test_tls_host_without_secret)
{
    const struct url here = { .host = "127.0.0.1" };
    int listener;
    pid_t host;

    make_certificates();
    ck_assert_int_eq(socket_bind(&here, port, SOCK_STREAM, &listener), 0);
    ck_assert_int_eq(listen(listener, 4), 0);
    host = fork();
    ck_assert_int_ge(host, 0);
    if (host == 0)
        be_host(listener);
    produce("tcp+tls", secret_option(key_path));
    program_expect_line(&producer, 1, "certificate that is not accepted", "");
    (void)kill(host, SIGKILL);
    ck_assert_int_eq(waitpid(host, NULL, 0), host);
    fd_close(&listener);
}
END_TEST

/* One side encrypts, and the other does not. */
START_TEST(test_tls_and_plain)
{
    start_consumer("tcp", "tcp+tls", secret_option(key_path));
    produce("tcp", " --stall 0.5");
    program_expect(&producer, 1, NULL, "the URL the same on both sides?");
    program_await(&consumer, "turned away");
    produce("tcp+tls", secret_option(key_path));
    expect_good();
    start_consumer("tcp", "tcp", secret_option(key_path));
    produce("tcp+tls", secret_option(key_path));
    program_expect_line(&producer, 1, "does not speak TLS", "");
    produce("tcp", secret_option(key_path));
    expect_good();
}
END_TEST

static const char *const misuses[][2] = {
    { "tcp+tls", "" },
    { "tcp+tls", " --authority x" },
    { "tcp+tls", " --secret x --authority x" },
    { "tcp+tls", " --certificate x --authority x" },
    { "tcp+tls", " --certificate x --private-key x" },
    { "tcp", " --certificate x --private-key x --authority x" },
    { "redis", " --secret x" },
    { "rediss", "" },
};

START_TEST(test_misuses)
{
    for (size_t i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
        produce(misuses[i][0], misuses[i][1]);
        program_expect_line(&producer, 2, "--", "");
    }
    produce("tcp+tls", " --certificate x --private-key x --authority x");
    program_expect_line(&producer, 1, "x: no certificates in PEM", "");
    make_certificates();
    ck_assert_int_eq(chmod(in_place("good.key"), 0644), 0);
    produce("tcp+tls", show("good", "root"));
    program_expect_line(&producer, 1, "good.key: others have rights", "");
}
END_TEST

/* ------------------------------------------------------------- at Redis */

static pid_t server;

/* A server that encrypts, and knows one user; `show`: its certificate. */
static void start_redis(const char *certificate, const char *own_key)
{
    const char *path = redis_server_is_installed();
    const double deadline = seconds_now() + TEST_HANG_S * test_patience();
    const struct url here = { .host = "127.0.0.1" };
    struct address address;
    char text[16];
    int fd = 0;

    (void)snprintf(text, sizeof(text), "%u", port);
    server = fork();
    ck_assert_int_ge(server, 0);
    if (server == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execl(path, path, "--port", "0", "--tls-port", text, "--bind",
                    "127.0.0.1", "--save", "", "--logfile",
                    in_place("redis.log"), "--tls-cert-file",
                    in_place(certificate), "--tls-key-file", in_place(own_key),
                    "--tls-ca-cert-file", in_place("root.pem"),
                    "--tls-auth-clients", "optional", "--user", "default",
                    "off", "--user", "worker", "on", ">word",
                    "~*ipc-showcase-*", "+@string", "+@list", "+@stream",
                    "+eval", "+expire", "+pexpire", "+del", (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(address_find(&here, port, &address), 0);
    do {
        fd_close(&fd);
        pause_ms(10);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    } while (socket_connect(fd, &address) < 0 && seconds_now() < deadline);
    fd_close(&fd);
}

static void stop_redis(void)
{
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
}

static const char *user_url(const char *scheme, const char *user)
{
    static char text[100];

    (void)snprintf(text, sizeof(text), "%s://%s127.0.0.1:%u", scheme, user,
                   port);
    return text;
}

/* Whether there is a server that encrypts. */
static bool has_redis(void)
{
    const struct mechanism *m = mechanism_find("redis-stream");

    return m && !mechanism_skipped(m);
}

START_TEST(test_redis)
{
    char root[PATH_MAX];

    if (!has_redis())
        return;
    make_certificates();
    (void)snprintf(root, sizeof(root), "%s", in_place("root.pem"));
    start_redis("good.pem", "good.key");
    program_zero(&consumer);
    program_start(&consumer,
                  "redis-stream consume --at %s --authority %s "
                  "--store %s",
                  user_url("rediss", "worker:word@"), root, in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    program_run(&producer, "ipc produce --at %s --authority %s " WORK,
                user_url("rediss", "worker:other@"), root);
    program_expect_line(&producer, 1, "it wants a password", "");
    program_run(&producer, "ipc produce --at %s --authority %s " WORK,
                user_url("rediss", ""), root);
    program_expect_line(&producer, 1, "it wants a password", "");
    program_run(&producer, "ipc produce --at %s --authority %s " WORK,
                user_url("rediss", "worker:word@"), in_place("root2.pem"));
    program_expect_line(&producer, 1, "certificate that is not accepted", "");
    program_run(&producer, "ipc produce --at %s%s " WORK,
                user_url("rediss", "worker:word@"), show("good", "root"));
    expect_good();
    stop_redis();
}
END_TEST

static const char *const bad_servers[][3] = {
    { "late.pem", "late.key", "certificate has expired" },
    { "strange.pem", "strange.key", "unable to get local issuer" },
    { "elsewhere.pem", "elsewhere.key", "mismatch" },
};

START_TEST(test_redis_refuses)
{
    if (!has_redis())
        return;
    make_certificates();
    start_redis(bad_servers[_i][0], bad_servers[_i][1]);
    program_run(&producer, "ipc produce --at %s --authority %s " WORK,
                user_url("rediss", "worker:word@"), in_place("root.pem"));
    program_expect_line(&producer, 1, bad_servers[_i][2], "");
    program_run(&producer,
                "redis-stream bench --at %s --authority %s --size 64 "
                "--jobs 1 --rounds 1",
                user_url("rediss", "worker:word@"), in_place("root.pem"));
    program_expect(&producer, 1, "create jobs", bad_servers[_i][2]);
    stop_redis();
}
END_TEST

/* ---------------------------------------------------- someone on the way */

static void produce_through(const char *scheme, const char *secret,
                            const char *what)
{
    program_zero(&producer);
    program_start(&producer, "ipc produce --at %s://" RELAY_HOST ":%u%s %s",
                  scheme, port, secret, what);
}

/* Whether a part of one file is in another. */
static bool is_part_of(const char *part_of, const char *whole)
{
    static unsigned char picture[1 << 20], all[8 << 20];
    FILE *file = fopen(part_of, "re");
    size_t size, all_size;

    ck_assert_ptr_nonnull(file);
    size = fread(picture, 1, sizeof(picture), file);
    (void)fclose(file);
    file = fopen(whole, "re");
    ck_assert_ptr_nonnull(file);
    all_size = fread(all, 1, sizeof(all), file);
    (void)fclose(file);
    ck_assert_uint_gt(size, 64);
    ck_assert_uint_gt(all_size, size);
    return memmem(all, all_size, picture + size / 2, 16) != NULL;
}

/* What is sent is on the wire, or nothing of it is. */
static const struct {
    const char *mechanism, *scheme;
    bool secret, encrypted;
} wires[] = {
    { "tcp", "tcp", true, false },
    { "tcp", "tcp+tls", true, true },
    { "zeromq", "tcp", false, false },
    { "zeromq", "tcp", true, true },
};

START_TEST(test_plaintext)
{
    const char *picture = place_add_picture("photo.jpg");
    const struct relay relay = { .heard = in_place("heard") };
    const struct mechanism *m = mechanism_find(wires[_i].mechanism);
    const char *secret = wires[_i].secret ? secret_option(key_path) : "";
    pid_t pid;

    if (!m || mechanism_skipped(m))
        return;
    start_consumer(m->name, wires[_i].scheme, secret);
    pid = relay_start(&relay, port);
    produce_through(wires[_i].scheme, secret, picture);
    program_wait(&producer);
    program_wait(&consumer);
    program_expect(&producer, 0, "thumbnail", "good: 1 job");
    program_expect(&consumer, 0, NULL, "good: 1 job");
    ck_assert_int_eq(is_part_of(picture, relay.heard), !wires[_i].encrypted);
    relay_stop(pid);
}
END_TEST

enum { ENOUGH = 1000000 }; /* bytes: more than it takes to meet */

#define ENDLESS "--work verify --size 4KiB --jobs 100000000"

/* A connection that is cut, or of which a byte is changed, is no end. */
static const struct relay disturbed[] = {
    { .cut_after = ENOUGH },
    { .change_at = ENOUGH },
};

START_TEST(test_tls_disturbed)
{
    pid_t pid;

    start_consumer("tcp", "tcp+tls", secret_option(key_path));
    pid = relay_start(&disturbed[_i], port);
    produce_through("tcp+tls", secret_option(key_path), ENDLESS);
    program_wait(&producer);
    program_wait(&consumer);
    program_expect(&producer, 1, NULL, "were sent before");
    program_expect(&consumer, 1, NULL, "were done before");
    relay_stop(pid);
}
END_TEST

/* ------------------------------------------------------ another user's call */

/* Nobody's: it finds the port, as anybody can, and not the token. */
__attribute__((noreturn)) static void call_as_nobody(unsigned channels_port)
{
    static const unsigned char garbage[PROOF_ANSWER];
    char text[RECORD_TEXT_MAX];
    unsigned char byte;
    int fd;

    become_nobody();
    ck_assert_int_eq(record_read("x", "jobs", "port", text), -EACCES);
    fd = call(channels_port);
    for (int i = 0; i < PROOF_NUMBER; i++)
        ck_assert(hear(fd, &byte));
    ck_assert_int_eq(write_all(fd, garbage, sizeof(garbage)), 0);
    ck_assert(!hear(fd, &byte));
    _exit(0);
}

START_TEST(test_call_of_another_user)
{
    char text[RECORD_TEXT_MAX];
    unsigned channels_port;
    int status;
    pid_t pid;

    if (geteuid() != 0) {
        printf("not tested, for root only: another user's call\n");
        return;
    }
    program_zero(&consumer);
    program_start(&consumer, "tcp consume --at x --store %s",
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    ck_assert_int_eq(record_read("x", "jobs", "port", text), 0);
    ck_assert_int_eq(sscanf(text, "%5u", &channels_port), 1);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        call_as_nobody(channels_port);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    program_run(&producer, "ipc produce --at x " WORK);
    expect_good();
}
END_TEST

static const char *const networked[] = { "tcp", "zeromq", "redis-stream" };

/* Within one machine these, too, are for processes of one user. */
START_TEST(test_directory_of_another_user)
{
    const struct mechanism *m = mechanism_find(networked[_i]);

    if (!m || mechanism_skipped(m))
        return;
    if (geteuid() != 0) {
        printf("not tested, for root only: another user at %s\n", m->name);
        return;
    }
    place_give_away("");
    program_zero(&consumer);
    program_start(&consumer, "%s consume --at x --store %s", m->name,
                  in_place("store"));
    program_await(&consumer, "waiting for a producer: ");
    program_zero(&producer);
    producer.prepare = become_nobody;
    program_start(&producer, "ipc produce --at x " WORK);
    program_wait(&producer);
    program_expect_line(&producer, 1, "x: ", "mode 0700");
    program_run(&producer, "ipc produce --at x " WORK);
    expect_good();
}
END_TEST

/* ------------------------------------------------------------ at a channel */

/* A channel at a place, and who calls there. */
struct door {
    const struct channel_ops *ops;
    struct trust trust;
    struct url at;
    char dir[TEST_DIR_MAX];
    struct channel_config config;
    void *state;
    pid_t owner;
};

/* Takes one message, and ends well if it is a good one. */
__attribute__((noreturn)) static void own(struct door *d)
{
    const struct channel_end end = { CHANNEL_RECEIVER, 0, true };
    const void *block;
    size_t size;

    (void)signal(SIGPIPE, SIG_IGN);
    _exit(d->ops->attach(d->state, &d->config, &end) == 0 &&
                  d->ops->acquire(d->state, &block, &size) == 0 && size >= 4 &&
                  memcmp(block, "good", 4) == 0
              ? 0
              : 1);
}

static void door_open(struct door *d, const char *mechanism)
{
    const struct channel_ops *ops = mechanism_find(mechanism)->ops;
    struct channel_effective effective = { 0 };

    *d = (struct door){ .ops = ops, .trust = { .has_secret = true } };
    memcpy(d->trust.secret, key, SECRET_SIZE);
    d->at = (struct url){ .host = "127.0.0.1", .trust = &d->trust };
    make_test_dir(d->dir);
    d->config = (struct channel_config){
        .dir = d->dir,
        .name = "jobs",
        .at = &d->at,
        .frame_max = 100,
        .senders = 1,
        .receivers = 1,
    };
    d->state = calloc(1, ops->state_size);
    ck_assert_ptr_nonnull(d->state);
    mechanism_defaults(ops, d->config.options);
    ck_assert_int_eq(ops->create(d->state, &d->config, &effective), 0);
    d->config.depth = effective.depth;
    d->owner = fork();
    ck_assert_int_ge(d->owner, 0);
    if (d->owner == 0)
        own(d);
    ops->detach(d->state);
}

/* The owner has ended by itself: well, if `good`. */
static void door_close(struct door *d, bool good)
{
    int status;

    ck_assert_int_eq(waitpid(d->owner, &status, 0), d->owner);
    ck_assert_int_eq(status == 0, good);
    d->ops->destroy(d->state);
    free(d->state);
    ck_assert_int_eq(rmdir(d->dir), 0);
}

/* Sends a message by what a side has found out, and by its own secret. */
static void send_by(const struct door *d, const struct trust *trust,
                    const char *text)
{
    const struct channel_end end = { CHANNEL_SENDER, 0, false };
    struct url at = d->at;
    struct channel_config config = d->config;
    void *state = calloc(1, d->ops->state_size), *block;

    at.trust = trust;
    config.at = &at;
    ck_assert_ptr_nonnull(state);
    ck_assert_int_eq(d->ops->attach(state, &config, &end), 0);
    ck_assert_int_eq(d->ops->reserve(state, strlen(text), &block), 0);
    memcpy(block, text, strlen(text));
    ck_assert_int_eq(d->ops->commit(state, strlen(text)), 0);
    d->ops->detach(state);
    free(state);
}

/* Whoever has heard the token at the meeting does not know the key. */
START_TEST(test_channel)
{
    char token[TOKEN_SIZE + 1];
    struct address address;
    struct trust other = { .has_secret = true };
    struct url at;
    struct door d;
    int fd;

    door_open(&d, "tcp");
    ck_assert_int_eq(token_find(d.dir, "jobs", &d.at, &address, token), 0);
    memcpy(other.secret, wrong_key, SECRET_SIZE);
    for (int i = 0; i < 2; i++) {
        at = (struct url){ .trust = i == 0 ? NULL : &other };
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(socket_connect(fd, &address), 0);
        ck_assert_int_eq(token_show(fd, token, &at), -EPIPE);
        fd_close(&fd);
    }
    send_by(&d, &d.trust, "good");
    door_close(&d, true);
}
END_TEST

/* An answer is good for one connection. */
START_TEST(test_channel_replay)
{
    unsigned char talk[PROOF_TALK], number[PROOF_NUMBER], byte;
    unsigned char channel_key[SECRET_SIZE], proof[PROOF_SIZE];
    char token[TOKEN_SIZE + 1];
    struct address address;
    struct door d;
    int fd[2];

    (void)signal(SIGPIPE, SIG_IGN);
    door_open(&d, "tcp");
    ck_assert_int_eq(token_find(d.dir, "jobs", &d.at, &address, token), 0);
    ck_assert_int_eq(secret_derive(key, "channel", token, channel_key), 0);
    for (int i = 0; i < 2; i++) {
        fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(socket_connect(fd[i], &address), 0);
    }
    hear_all(fd[0], talk, PROOF_NUMBER);
    hear_all(fd[1], number, PROOF_NUMBER);
    ck_assert_int_eq(proof_answer(channel_key, talk), 0);
    ck_assert_int_eq(write_all(fd[1], talk + PROOF_NUMBER, PROOF_ANSWER), 0);
    ck_assert(!hear(fd[1], &byte));
    ck_assert_int_eq(write_all(fd[0], talk + PROOF_NUMBER, PROOF_ANSWER), 0);
    hear_all(fd[0], proof, PROOF_SIZE);
    ck_assert_int_eq(proof_check_host(channel_key, talk, "", proof), 0);
    for (int i = 0; i < 2; i++)
        fd_close(&fd[i]);
    door_close(&d, false); /* this one has sent nothing */
}
END_TEST

/* What strangers send to a ZeroMQ socket does not arrive, and they may stay:
 * one knows all but the secret, and the other has another one. */
START_TEST(test_curve)
{
    struct trust other = { .has_secret = true };
    struct door d;
    pid_t stranger[2];

    if (!mechanism_find("zeromq")->ops)
        return;
    memcpy(other.secret, wrong_key, SECRET_SIZE);
    door_open(&d, "zeromq");
    for (int i = 0; i < 2; i++) {
        stranger[i] = fork();
        ck_assert_int_ge(stranger[i], 0);
        if (stranger[i] == 0) {
            send_by(&d, i == 0 ? NULL : &other, "strange");
            _exit(0);
        }
    }
    pause_ms(200); /* so that they come first, most likely */
    send_by(&d, &d.trust, "good");
    door_close(&d, true);
    for (int i = 0; i < 2; i++) {
        (void)kill(stranger[i], SIGKILL);
        ck_assert_int_eq(waitpid(stranger[i], NULL, 0), stranger[i]);
    }
}
END_TEST

/* Who has taken the port of an owner that is gone is found out. */
START_TEST(test_false_owner)
{
    static const unsigned char false_talk[PROOF_NUMBER + PROOF_SIZE];
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    ck_assert_int_eq(write_all(fds[1], false_talk, sizeof(false_talk)), 0);
    ck_assert_int_eq(token_show(fds[0], DIGITS_62 "ef", NULL), -EPERM);
    fd_close(&fds[0]);
    fd_close(&fds[1]);
}
END_TEST

/* -------------------------------------------------------------------- suite */

static void open_place(void)
{
    place_open();
    port = network_free_port("127.0.0.1");
    make_keys();
}

static void add_proofs(Suite *suite)
{
    TCase *tc = add_case(suite, "proofs", 0);

    tcase_add_test(tc, test_proof);
    tcase_add_test(tc, test_proof_of_all);
    tcase_add_test(tc, test_reflection);
    tcase_add_test(tc, test_purposes);
    tcase_add_test(tc, test_channel);
    tcase_add_test(tc, test_channel_replay);
    tcase_add_test(tc, test_false_owner);
    tcase_add_test(tc, test_curve);
}

static TCase *add_case_with_keys(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name, TEST_LIMIT_S);

    tcase_add_checked_fixture(tc, open_place, place_close);
    return tc;
}

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

static void add_tls(Suite *suite)
{
    TCase *tc = add_case_with_keys(suite, "tls");

    tcase_add_test(tc, test_tls_by_secret);
    tcase_add_test(tc, test_tls_by_certificates);
    tcase_add_loop_test(tc, test_tls_refuses, 0, COUNT(refused));
    tcase_add_test(tc, test_tls_of_two_kinds);
    tcase_add_test(tc, test_tls_without_certificate);
    tcase_add_test(tc, test_tls_of_old);
    tcase_add_test(tc, test_tls_refuses_at_once);
    tcase_add_test(tc, test_tls_silent_host);
    tcase_add_test(tc, test_tls_host_without_secret);
    tcase_add_test(tc, test_tls_silent_strangers);
    tcase_add_test(tc, test_tls_exchange);
    tcase_add_test(tc, test_tls_and_plain);
    tcase_add_test(tc, test_misuses);
    tcase_add_test(tc, test_redis);
    tcase_add_loop_test(tc, test_redis_refuses, 0, COUNT(bad_servers));
    tcase_add_loop_test(tc, test_plaintext, 0, COUNT(wires));
    tcase_add_loop_test(tc, test_tls_disturbed, 0, COUNT(disturbed));
}

Suite *trust_suite(void)
{
    Suite *suite = suite_create("trust");
    TCase *tc = add_case_with_keys(suite, "files");

    tcase_add_test(tc, test_file);
    tcase_add_test(tc, test_no_plain_file);
    tcase_add_loop_test(tc, test_wide_mode, 0, COUNT(wide_modes));
    tcase_add_test(tc, test_wrong_content);
    tcase_add_test(tc, test_command);
    tcase_add_test(tc, test_file_of_password);
    tcase_add_test(tc, test_other_user);
    tc = add_case_with_keys(suite, "meetings");
    tcase_add_test(tc, test_secret);
    tcase_add_test(tc, test_wrong_consumer);
    tcase_add_loop_test(tc, test_exposure, 0, COUNT(exposed));
    tcase_add_test(tc, test_replay);
    tcase_add_test(tc, test_false_consumer);
    tcase_add_test(tc, test_call_of_another_user);
    tcase_add_loop_test(tc, test_directory_of_another_user, 0,
                        COUNT(networked));
    add_proofs(suite);
    add_tls(suite);
    return suite;
}
