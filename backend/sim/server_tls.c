/*
 * Who the client's certificate says it is, by GnuTLS (libmicrohttpd's TLS).
 */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "backend/sim/server_private.h"

static char *
part(gnutls_x509_crt_t cert, const char *oid)
{
	char text[256];
	size_t len = sizeof(text);

	if (gnutls_x509_crt_get_dn_by_oid(cert, oid, 0, 0, text, &len))
		return NULL;
	return xstrndup(text, len);
}

void
tls_who(struct MHD_Connection *connection, char **cn, char **org)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	const gnutls_datum_t *chain;
	gnutls_session_t session;
	gnutls_x509_crt_t cert;
	unsigned status = 0, n = 0;

	if (!info || !info->tls_session)
		return;
	session = info->tls_session;
	chain = gnutls_certificate_get_peers(session, &n);
	if (!chain || !n)
		return;
	if (gnutls_certificate_verify_peers2(session, &status) || status)
		return;
	if (gnutls_x509_crt_init(&cert))
		return;
	if (!gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER)) {
		*cn = part(cert, GNUTLS_OID_X520_COMMON_NAME);
		*org = part(cert, GNUTLS_OID_X520_ORGANIZATION_NAME);
	}
	gnutls_x509_crt_deinit(cert);
}
