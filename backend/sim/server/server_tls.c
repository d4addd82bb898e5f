/*
 * Who the client's certificate says it is, by GnuTLS (libmicrohttpd's TLS):
 * verified against the run's own authority, once for each connection.
 */
#include <stdlib.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "backend/sim/server/private.h"

#define ORGANIZATIONS_BYTES 4096u

void
peer_on_connection(void *ctx, struct MHD_Connection *c, void **peer,
		   enum MHD_ConnectionNotificationCode code)
{
	struct peer *p = *peer;

	(void)ctx;
	(void)c;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*peer = xcalloc(1, sizeof(*p));
	} else if (p) {
		free(p->cn);
		free(p->org);
		free(p);
		*peer = NULL;
	}
}

/* Every value of a part, comma separated; NULL without any. */
static char *
part(gnutls_x509_crt_t cert, const char *oid)
{
	struct buf all;
	char text[256];

	buf_init(&all, ORGANIZATIONS_BYTES);
	for (unsigned i = 0;; i++) {
		size_t len = sizeof(text);

		if (gnutls_x509_crt_get_dn_by_oid(cert, oid, i, 0, text, &len))
			break;
		if (all.len)
			buf_putc(&all, ',');
		buf_add(&all, text, len);
	}
	if (all.len && buf_ok(&all))
		return buf_take(&all, NULL);
	buf_fini(&all);
	return NULL;
}

static void
look(struct peer *p, gnutls_session_t session)
{
	unsigned status = 0, n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t cert;

	if (!chain || !n)
		return;
	p->bad = true;
	if (gnutls_certificate_verify_peers2(session, &status) || status)
		return;
	if (gnutls_x509_crt_init(&cert))
		return;
	if (!gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER)) {
		p->cn = part(cert, GNUTLS_OID_X520_COMMON_NAME);
		p->org = part(cert, GNUTLS_OID_X520_ORGANIZATION_NAME);
		p->bad = !p->cn;
	}
	gnutls_x509_crt_deinit(cert);
}

const struct peer *
peer_of(const struct exchange *x)
{
	const union MHD_ConnectionInfo *info;
	struct peer *p;

	if (!x->port->tls)
		return NULL;
	info = MHD_get_connection_info(x->connection,
				       MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	p = info ? info->socket_context : NULL;
	if (!p || p->looked)
		return p;
	p->looked = true;
	info = MHD_get_connection_info(x->connection,
				       MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info && info->tls_session)
		look(p, info->tls_session);
	return p;
}
