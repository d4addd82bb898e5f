/*
 * Certificates of the simulated cluster: an authority made at start, one server
 * certificate for loopback, one client certificate per user.  PEM texts.
 */
#ifndef SIM_SERVER_TLS_H
#define SIM_SERVER_TLS_H

#include "backend/base/err.h"

struct tls_authority;

struct tls_pair {
	char *cert_pem, *key_pem;
};

struct tls_authority *tls_authority_new(struct err *err);
void tls_authority_free(struct tls_authority *a);
const char *tls_authority_pem(const struct tls_authority *a);
/* For 127.0.0.1, ::1 and localhost. */
bool tls_server_pair(const struct tls_authority *a, struct tls_pair *out,
		     struct err *err);
/* Subject CN and O as Kubernetes reads user and group from. */
bool tls_client_pair(const struct tls_authority *a, const char *user,
		     const char *group, struct tls_pair *out,
		     struct err *err);
void tls_pair_fini(struct tls_pair *p);

#endif
