/*
 * What to say when a transfer failed: what happened, and what to do about it.
 *
 * libcurl's own words follow in brackets where ours say less than they do.
 */
#include <errno.h>
#include <openssl/x509_vfy.h>

#include "backend/base/text.h"
#include "backend/net/http_private.h"

/* ---- certificates ---- */

#define UNTRUSTED                                                           \
	"its certificate comes from an authority that is not trusted here; "  \
	"give that authority's certificate (certificate-authority-data in a " \
	"kubeconfig), or make sure that this is the right server"

static const struct verify_failure {
	long result;
	enum err_code err;
	const char *say;
} verify_failures[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, ERR_UNREACHABLE,
	  "its certificate has expired (or this machine's clock is wrong)" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, ERR_UNREACHABLE,
	  "its certificate is not valid yet; is this machine's clock right?" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ERR_CONFIG, UNTRUSTED },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ERR_CONFIG, UNTRUSTED },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ERR_CONFIG, UNTRUSTED },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ERR_CONFIG,
	  UNTRUSTED },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_CONFIG, UNTRUSTED },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, ERR_CONFIG, UNTRUSTED },
	{ 0, ERR_NONE, NULL },
};

static bool
say_verify(const struct http_failure *f, struct err *err)
{
	for (const struct verify_failure *v = verify_failures; v->say; v++) {
		if (v->result != f->verify)
			continue;
		err_set(err, v->err, "%s: %s", f->shown, v->say);
		return true;
	}
	return false;
}

/* ---- what libcurl's text alone tells apart ---- */

static const struct text_failure {
	CURLcode code;
	const char *part; /* of libcurl's text */
	enum err_code err;
	const char *say;
} text_failures[] = {
	{ CURLE_PEER_FAILED_VERIFICATION, "subject name", ERR_CONFIG,
	  "its certificate is for other names; is this the right server, or "
	  "does it need a tls-server-name?" },
	{ CURLE_SSL_CONNECT_ERROR, "wrong version number", ERR_CONFIG,
	  "it does not speak TLS there; is it http instead of https?" },
	{ CURLE_SSL_CONNECT_ERROR, "alert bad certificate", ERR_AUTH,
	  "it does not accept the client certificate" },
	{ CURLE_SSL_CONNECT_ERROR, "alert certificate expired", ERR_AUTH,
	  "the client certificate has expired" },
	{ CURLE_SSL_CONNECT_ERROR, "alert unknown ca", ERR_AUTH,
	  "it does not know who signed the client certificate" },
	{ CURLE_SSL_CONNECT_ERROR, "certificate required", ERR_AUTH,
	  "it wants a client certificate" },
	{ CURLE_RECV_ERROR, "alert bad certificate", ERR_AUTH,
	  "it does not accept the client certificate" },
	{ CURLE_RECV_ERROR, "alert certificate expired", ERR_AUTH,
	  "the client certificate has expired" },
	{ CURLE_RECV_ERROR, "alert unknown ca", ERR_AUTH,
	  "it does not know who signed the client certificate" },
	{ CURLE_RECV_ERROR, "certificate required", ERR_AUTH,
	  "it wants a client certificate" },
	{ CURLE_UNSUPPORTED_PROTOCOL, "HTTP/0.9", ERR_BAD,
	  "what answers is not HTTP" },
	{ CURLE_OPERATION_TIMEDOUT, "SSL connection", ERR_UNREACHABLE,
	  "connected, but the TLS handshake was not finished in time" },
	{ CURLE_OPERATION_TIMEDOUT, "Resolving", ERR_UNREACHABLE,
	  "its name could not be looked up in time" },
	{ CURLE_OPERATION_TIMEDOUT, "", ERR_UNREACHABLE,
	  "no connection in time; a firewall, or a private address?" },
	{ CURLE_OK, NULL, ERR_NONE, NULL },
};

/* ---- by code ---- */

static const struct code_failure {
	CURLcode code;
	enum err_code err;
	const char *say;
	bool quote; /* libcurl's text helps */
} code_failures[] = {
	{ CURLE_UNSUPPORTED_PROTOCOL, ERR_CONFIG,
	  "only http and https are spoken", false },
	{ CURLE_URL_MALFORMAT, ERR_CONFIG, "this is no URL", false },
	{ CURLE_COULDNT_RESOLVE_HOST, ERR_UNREACHABLE,
	  "the name is not known", false },
	{ CURLE_COULDNT_RESOLVE_PROXY, ERR_UNREACHABLE,
	  "the name of its proxy is not known", false },
	{ CURLE_PROXY, ERR_UNREACHABLE, "the proxy refused", true },
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_CONFIG,
	  "its certificate is not trusted", true },
	{ CURLE_SSL_CACERT_BADFILE, ERR_CONFIG,
	  "the certificate authority given for it cannot be used", true },
	{ CURLE_SSL_CERTPROBLEM, ERR_CONFIG,
	  "the client certificate or its key cannot be used", true },
	{ CURLE_SSL_CONNECT_ERROR, ERR_UNREACHABLE,
	  "the TLS handshake failed", true },
	{ CURLE_GOT_NOTHING, ERR_RETRY,
	  "closed the connection without an answer", false },
	{ CURLE_PARTIAL_FILE, ERR_RETRY, "the answer stopped half-way",
	  false },
	{ CURLE_RECV_ERROR, ERR_RETRY, "the connection broke", true },
	{ CURLE_SEND_ERROR, ERR_RETRY, "the connection broke", true },
	{ CURLE_BAD_CONTENT_ENCODING, ERR_BAD,
	  "the compressed answer is damaged", false },
	{ CURLE_WEIRD_SERVER_REPLY, ERR_BAD, "what answers is not HTTP",
	  true },
	{ CURLE_OK, ERR_NONE, NULL, false },
};

static bool
say_connect(const struct http_failure *f, struct err *err)
{
	const char *who = f->through_proxy ? "its proxy: " : "";

	if (f->code != CURLE_COULDNT_CONNECT)
		return false;
	switch (f->os_errno) {
	case ECONNREFUSED:
		return !err_set(err, ERR_UNREACHABLE,
				"%s: %sconnection refused", f->shown, who);
	case EHOSTUNREACH:
	case ENETUNREACH:
		return !err_set(err, ERR_UNREACHABLE, "%s: %sno route to it",
				f->shown, who);
	case EMFILE:
	case ENFILE:
		return !err_set(err, ERR_IO,
				"%s: out of file descriptors", f->shown);
	default:
		return !err_set(err, ERR_UNREACHABLE,
				"%s: %scannot connect%s%s", f->shown, who,
				f->os_errno ? ": " : "",
				f->os_errno ? strerror((int)f->os_errno) : "");
	}
}

void
http_failure(const struct http_failure *f, struct err *err)
{
	const char *text = *f->curl_text ? f->curl_text
					 : curl_easy_strerror(f->code);
	char detail[200];

	text_clean_to(detail, sizeof(detail), text, strlen(text));
	if (say_connect(f, err))
		return;
	if (f->verify && f->code == CURLE_PEER_FAILED_VERIFICATION &&
	    say_verify(f, err))
		return;
	for (const struct text_failure *t = text_failures; t->part; t++) {
		if (t->code == f->code && strstr(f->curl_text, t->part)) {
			err_set(err, t->err, "%s: %s", f->shown, t->say);
			return;
		}
	}
	for (const struct code_failure *c = code_failures; c->say; c++) {
		if (c->code != f->code)
			continue;
		err_set(err, c->err, "%s: %s%s%s%s", f->shown, c->say,
			c->quote ? " (" : "", c->quote ? detail : "",
			c->quote ? ")" : "");
		return;
	}
	err_set(err, ERR_RETRY, "%s: %s", f->shown, detail);
}
