/*
 * A certificate authority for one test.
 */
#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tests/unit/fake_tls.h"
#include "tests/unit/suite.h"

struct fake_tls {
	SSL_CTX *ctx;
	X509 *ca;
	EVP_PKEY *ca_key;
	char *ca_pem;
	long serial;
};

static char *
bio_text(BIO *bio)
{
	char *at;
	long len = BIO_get_mem_data(bio, &at);
	char *text = xstrndup(at, (size_t)len);

	BIO_free(bio);
	return text;
}

static void
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

/* alt NULL: no server names.  The authority signs itself. */
static X509 *
make_cert(struct fake_tls *t, const char *name, const char *alt, bool expired,
	  EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509 *issuer = t->ca ? t->ca : cert;
	X509_NAME *subject;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ++t->serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), -7200);
	X509_gmtime_adj(X509_getm_notAfter(cert), expired ? -3600 : 86400);
	X509_set_pubkey(cert, key);
	subject = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	if (!t->ca)
		add_extension(cert, issuer, NID_basic_constraints,
			      "critical,CA:TRUE");
	if (alt)
		add_extension(cert, issuer, NID_subject_alt_name, alt);
	assert_true(X509_sign(cert, t->ca ? t->ca_key : key, EVP_sha256()) >
		    0);
	return cert;
}

struct fake_tls *
fake_tls_new(unsigned flags)
{
	struct fake_tls *t = xcalloc(1, sizeof(*t));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *cert;

	t->ca_key = EVP_EC_gen("P-256");
	t->ca = make_cert(t, "paddock test authority", NULL, false,
			  t->ca_key);
	PEM_write_bio_X509(bio, t->ca);
	t->ca_pem = bio_text(bio);
	cert = make_cert(t, "server",
			 flags & FAKE_TLS_OTHER_NAME
				 ? "DNS:other.test"
				 : "IP:127.0.0.1,DNS:localhost",
			 flags & FAKE_TLS_EXPIRED, key);
	t->ctx = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(t->ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(t->ctx, key), 1);
	if (flags & FAKE_TLS_WANT_CLIENT) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(t->ctx), t->ca);
		SSL_CTX_set_verify(t->ctx,
				   SSL_VERIFY_PEER |
					   SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   NULL);
	}
	/* No sessions: each connection shows its certificate. */
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(t->ctx, 0);
	X509_free(cert);
	EVP_PKEY_free(key);
	return t;
}

void
fake_tls_free(struct fake_tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	X509_free(t->ca);
	EVP_PKEY_free(t->ca_key);
	free(t->ca_pem);
	free(t);
}

const char *
fake_tls_ca(const struct fake_tls *t)
{
	return t->ca_pem;
}

void
fake_tls_client(struct fake_tls *t, const char *name, char **cert_pem,
		char **key_pem)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = make_cert(t, name, NULL, false, key);
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, cert);
	*cert_pem = bio_text(bio);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	*key_pem = bio_text(bio);
	X509_free(cert);
	EVP_PKEY_free(key);
}

SSL *
fake_tls_accept(struct fake_tls *t, int fd)
{
	SSL *ssl = SSL_new(t->ctx);

	SSL_set_fd(ssl, fd);
	SSL_set_accept_state(ssl);
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return ssl;
}
