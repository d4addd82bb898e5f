/*
 * What fake_http.c needs of fake_tls.c.
 */
#ifndef UNIT_FAKE_TLS_H
#define UNIT_FAKE_TLS_H

#include <openssl/ssl.h>

#include "tests/unit/fake_http.h"

/* A server's end on a connected socket (new). */
SSL *fake_tls_accept(struct fake_tls *t, int fd);

#endif
