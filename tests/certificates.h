/* SPDX-License-Identifier: MIT */
/*
 * certificates.h -- certificates of the tests' own, in the folder of what is
 * made on purpose (tests/program.h)
 */
#ifndef TESTS_CERTIFICATES_H
#define TESTS_CERTIFICATES_H

/*
 * certificate_make writes NAME.pem and, of mode 0600, NAME.key. It is good for
 * `hosts`, as OpenSSL writes a subject's other names ("DNS:localhost"), from
 * four hours ago until so many hours from now; signed by another one of that
 * name, which is there, or with NULL by itself: then it may sign others.
 */
void certificate_make(const char *name, const char *hosts, const char *signer,
                      int hours);

#endif
