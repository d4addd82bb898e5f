/*
 * Certificates by OpenSSL: P-256 keys, SHA-256, valid from an hour ago (clocks
 * differ a little) for a year.
 */
#include "backend/sim/server/tls.h"

#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { HOUR_S = 3600, YEAR_S = 365 * 24 * 3600 };

struct tls_authority {
	EVP_PKEY *key;
	X509 *cert;
	char *pem;
};

static bool
openssl_failed(struct err *err, const char *what)
{
	char text[200];

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	return err_set(err, ERR_IO, "cannot make %s: %s", what, text);
}

static char *
take_pem(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	char *text = xstrndup(data, (size_t)len);

	BIO_free(bio);
	return text;
}

static char *
cert_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, cert);
	return take_pem(bio);
}

static char *
key_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	return take_pem(bio);
}

static bool
extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
	return ok;
}

static bool
name(X509_NAME *n, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(n, field, MBSTRING_UTF8,
					  (const unsigned char *)value, -1, -1,
					  0);
}

/* A certificate without extensions and signature yet. */
static X509 *
draft(EVP_PKEY *key, const char *cn, const char *org)
{
	X509 *cert = X509_new();
	unsigned char serial[8];
	BIGNUM *number;

	RAND_bytes(serial, sizeof(serial));
	serial[0] &= 0x7f;
	number = BN_bin2bn(serial, sizeof(serial), NULL);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	X509_set_version(cert, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(cert), -HOUR_S);
	X509_gmtime_adj(X509_getm_notAfter(cert), YEAR_S);
	X509_set_pubkey(cert, key);
	if (org)
		name(X509_get_subject_name(cert), "O", org);
	name(X509_get_subject_name(cert), "CN", cn);
	return cert;
}

struct tls_authority *
tls_authority_new(struct err *err)
{
	struct tls_authority *a = xcalloc(1, sizeof(*a));

	a->key = EVP_EC_gen("P-256");
	a->cert = a->key ? draft(a->key, "paddock-sim", NULL) : NULL;
	if (!a->cert ||
	    !X509_set_issuer_name(a->cert, X509_get_subject_name(a->cert)) ||
	    !extend(a->cert, a->cert, NID_basic_constraints,
		    "critical,CA:TRUE") ||
	    !extend(a->cert, a->cert, NID_key_usage,
		    "critical,keyCertSign,cRLSign,digitalSignature") ||
	    !extend(a->cert, a->cert, NID_subject_key_identifier, "hash") ||
	    !X509_sign(a->cert, a->key, EVP_sha256())) {
		openssl_failed(err, "the certificate authority");
		tls_authority_free(a);
		return NULL;
	}
	a->pem = cert_pem(a->cert);
	return a;
}

void
tls_authority_free(struct tls_authority *a)
{
	if (!a)
		return;
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
	free(a->pem);
	free(a);
}

const char *
tls_authority_pem(const struct tls_authority *a)
{
	return a->pem;
}

static bool
issue(const struct tls_authority *a, const char *cn, const char *org,
      const char *usage, const char *names, struct tls_pair *out,
      struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? draft(key, cn, org) : NULL;
	bool ok;

	ok = cert &&
	     X509_set_issuer_name(cert, X509_get_subject_name(a->cert)) &&
	     extend(cert, a->cert, NID_basic_constraints,
		    "critical,CA:FALSE") &&
	     extend(cert, a->cert, NID_key_usage,
		    "critical,digitalSignature,keyEncipherment") &&
	     extend(cert, a->cert, NID_ext_key_usage, usage) &&
	     (!names ||
	      extend(cert, a->cert, NID_subject_alt_name, names)) &&
	     X509_sign(cert, a->key, EVP_sha256());
	if (ok) {
		out->cert_pem = cert_pem(cert);
		out->key_pem = key_pem(key);
	} else {
		openssl_failed(err, "a certificate");
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok;
}

bool
tls_server_pair(const struct tls_authority *a, struct tls_pair *out,
		struct err *err)
{
	return issue(a, "paddock-sim-apiserver", NULL, "serverAuth",
		     "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes,"
		     "DNS:kubernetes.default.svc", out, err);
}

bool
tls_client_pair(const struct tls_authority *a, const char *user,
		const char *group, struct tls_pair *out, struct err *err)
{
	return issue(a, user, group, "clientAuth", NULL, out, err);
}

void
tls_pair_fini(struct tls_pair *p)
{
	free(p->cert_pem);
	secret_free(p->key_pem);
	*p = (struct tls_pair){ 0 };
}
