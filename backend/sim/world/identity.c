/*
 * JWTs with HS256: header.payload.signature, each base64url.
 */
#include "backend/sim/world/identity.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "backend/sim/world/cloud.h"
#include "backend/sim/world/pack.h"

#define KEY "paddock-sim service account issuer"
#define TOKEN_MAX 4096

const char *
identity_issuer(struct sim *w)
{
	return sim_cloud(w)->issuer;
}

/* base64 in the alphabet of URLs, unpadded; new. */
static char *
encode(const void *bytes, size_t len)
{
	char *out = xmalloc(len * 4 / 3 + 8);
	int n = EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);

	while (n > 0 && out[n - 1] == '=')
		n--;
	out[n] = '\0';
	for (char *p = out; *p; p++)
		*p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
	return out;
}

/* New text, or NULL. */
static char *
decode(const char *text, size_t len)
{
	size_t padded = (len + 3) / 4 * 4;
	char *copy = xcalloc(1, padded + 1), *out = xcalloc(1, padded + 1);
	int n;

	memcpy(copy, text, len);
	memset(copy + len, '=', padded - len);
	for (char *p = copy; *p; p++)
		*p = (char)(*p == '-' ? '+' : *p == '_' ? '/' : *p);
	n = EVP_DecodeBlock((unsigned char *)out, (unsigned char *)copy,
			    (int)padded);
	free(copy);
	if (n >= 0)
		return out;
	free(out);
	return NULL;
}

static char *
sign(const char *text, size_t len)
{
	unsigned char mac[32];
	unsigned int n = sizeof(mac);

	HMAC(EVP_sha256(), KEY, (int)strlen(KEY), (const unsigned char *)text,
	     len, mac, &n);
	return encode(mac, n);
}

static char *
encode_json(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT), *out;

	out = encode(text, strlen(text));
	free(text);
	json_decref(o);
	return out;
}

char *
identity_make(struct sim *w, const char *subject, const char *audience,
	      int64_t issued_ms, int64_t expires_ms)
{
	char *head = encode_json(pack("{s:s, s:s}", "alg", "HS256", "typ",
				      "JWT"));
	char *body = encode_json(
		pack("{s:[s], s:I, s:I, s:s, s:I, s:s}", "aud", audience, "exp",
		     (json_int_t)(expires_ms / 1000), "iat",
		     (json_int_t)(issued_ms / 1000), "iss", identity_issuer(w),
		     "nbf", (json_int_t)(issued_ms / 1000), "sub", subject));
	char *both = xasprintf("%s.%s", head, body);
	char *seal = sign(both, strlen(both));
	char *token = xasprintf("%s.%s", both, seal);

	free(head);
	free(body);
	free(both);
	free(seal);
	return token;
}

static void
read_audiences(const json_t *aud, struct identity *out)
{
	size_t at = 0, i;
	json_t *v;

	if (json_is_string(aud))
		snprintf(out->audiences, sizeof(out->audiences), "%s",
			 json_string_value(aud));
	json_array_foreach((json_t *)(uintptr_t)aud, i, v) {
		const char *text = str_or_empty(json_string_value(v));

		if (at + strlen(text) + 2 > sizeof(out->audiences))
			return;
		at += (size_t)snprintf(out->audiences + at,
				       sizeof(out->audiences) - at, "%s%s",
				       at ? "," : "", text);
	}
}

static enum identity_verdict
read_claims(struct sim *w, const json_t *o, int64_t now_ms,
	    struct identity *out)
{
	const char *iss = json_string_value(json_object_get(o, "iss"));
	const char *sub = json_string_value(json_object_get(o, "sub"));
	const json_t *exp = json_object_get(o, "exp");

	if (!str_eq(iss, identity_issuer(w)) || !sub ||
	    strlen(sub) >= sizeof(out->subject) || !json_is_integer(exp))
		return IDENTITY_BAD;
	snprintf(out->subject, sizeof(out->subject), "%s", sub);
	read_audiences(json_object_get(o, "aud"), out);
	return json_integer_value(exp) <= now_ms / 1000 ? IDENTITY_EXPIRED
							 : IDENTITY_GOOD;
}

enum identity_verdict
identity_read(struct sim *w, const char *token, int64_t now_ms,
	      struct identity *out)
{
	const char *dot = strchr(token, '.');
	const char *last = dot ? strchr(dot + 1, '.') : NULL;
	enum identity_verdict v = IDENTITY_BAD;
	char *want, *text;
	json_t *o;

	*out = (struct identity){ 0 };
	if (!last || strlen(token) > TOKEN_MAX)
		return IDENTITY_BAD;
	want = sign(token, (size_t)(last - token));
	if (strlen(want) == strlen(last + 1) &&
	    CRYPTO_memcmp(want, last + 1, strlen(want)) == 0 &&
	    (text = decode(dot + 1, (size_t)(last - dot - 1)))) {
		o = json_loads(text, 0, NULL);
		v = read_claims(w, o, now_ms, out);
		json_decref(o);
		free(text);
	}
	free(want);
	return v;
}
