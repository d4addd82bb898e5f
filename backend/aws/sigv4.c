/*
 * Signature Version 4 (reference integrations E).
 *
 * canonical request -> string to sign -> key chain -> signature; the header
 * form adds X-Amz-Date (and token) to the signed headers, the query form puts
 * them into the query.
 */
#include "backend/aws/sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "backend/base/clock.h"

enum { LIMIT = 1 << 20 };

static const char algorithm[] = "AWS4-HMAC-SHA256";

struct pair {
	char *name, *value;
};

struct pairs {
	struct pair *at;
	uint32_t n, room;
};

/* What both forms share while they work. */
struct signing {
	const struct sigv4_request *q;
	const struct aws_keys *keys;
	struct sigv4_result *out;
	struct pairs headers, query;
	struct buf signed_names; /* "host;x-amz-date" */
	char *scope; /* "20260218/eu-west-1/ec2/aws4_request" */
	bool too_large;
};

static void
hex(const unsigned char *bytes, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void
sha256_hex(const void *bytes, size_t len, char out[static 65])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];

	SHA256(bytes ? bytes : "", len, sum);
	hex(sum, sizeof(sum), out);
}

/* ---- pairs ---- */

static void
pairs_add(struct pairs *p, char *name, char *value)
{
	vec_push(p, ((struct pair){ name, value }));
}

static void
pairs_fini(struct pairs *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		free(p->at[i].name);
		secret_free(p->at[i].value);
	}
	vec_free(p);
}

static int
by_name_value(const void *pa, const void *pb)
{
	const struct pair *a = pa, *b = pb;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->value, b->value);
}

/* New text; "" when it is too large. */
static char *
encoded(struct signing *s, const char *text, size_t len)
{
	struct buf b;
	char *out;

	buf_init(&b, LIMIT);
	buf_percent(&b, text, len, false);
	s->too_large = s->too_large || !buf_ok(&b);
	out = buf_take(&b, NULL);
	return out ? out : xstrdup("");
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* One spelling for what may come raw or already encoded. */
static char *
recoded(struct signing *s, const char *text, size_t len)
{
	char *raw = xmalloc(len + 1);
	size_t n = 0;
	char *out;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%' && i + 2 < len &&
		    hex_digit(text[i + 1]) >= 0 &&
		    hex_digit(text[i + 2]) >= 0) {
			raw[n++] = (char)(hex_digit(text[i + 1]) << 4 |
					  hex_digit(text[i + 2]));
			i += 2;
		} else {
			raw[n++] = text[i];
		}
	}
	out = encoded(s, raw, n);
	free(raw);
	return out;
}

/* ---- the parts of the canonical request ---- */

/* Dot segments and doubled slashes away, a last slash kept. */
static void
normalized_path(struct buf *out, const char *path)
{
	VEC(const char *) starts = { 0 };
	VEC(size_t) lens = { 0 };
	bool slash = false;

	while (*path) {
		size_t len;

		while (*path == '/')
			path++;
		len = strcspn(path, "/");
		slash = len == 0 || path[len] == '/';
		if (len == 2 && !memcmp(path, "..", 2)) {
			if (starts.n) {
				starts.n--;
				lens.n--;
			}
			slash = true;
		} else if (len == 1 && *path == '.') {
			slash = true;
		} else if (len) {
			vec_push(&starts, path);
			vec_push(&lens, len);
		}
		path += len;
	}
	for (uint32_t i = 0; i < starts.n; i++) {
		buf_putc(out, '/');
		buf_add(out, starts.at[i], lens.at[i]);
	}
	if (slash || !starts.n)
		buf_putc(out, '/');
	vec_free(&starts);
	vec_free(&lens);
}

static void
add_path(struct signing *s)
{
	struct buf path;

	buf_init(&path, LIMIT);
	if (s->q->normalize_path)
		normalized_path(&path, s->q->path);
	else
		buf_puts(&path, *s->q->path ? s->q->path : "/");
	buf_percent(&s->out->canonical, buf_text(&path), path.len, true);
	s->too_large = s->too_large || !buf_ok(&path);
	buf_fini(&path);
}

static void
read_query(struct signing *s)
{
	const char *at = str_or_empty(s->q->query);

	while (*at) {
		size_t len = strcspn(at, "&");
		const char *equals = memchr(at, '=', len);
		size_t name_len = equals ? (size_t)(equals - at) : len;

		if (len)
			pairs_add(&s->query, recoded(s, at, name_len),
				  equals ? recoded(s, equals + 1,
						   len - name_len - 1)
					 : xstrdup(""));
		at += len + (at[len] == '&');
	}
}

static void
add_query(struct signing *s)
{
	struct buf *b = &s->out->canonical;

	if (s->query.n)
		qsort(s->query.at, s->query.n, sizeof(*s->query.at),
		      by_name_value);
	for (uint32_t i = 0; i < s->query.n; i++)
		buf_printf(b, "%s%s=%s", i ? "&" : "", s->query.at[i].name,
			   s->query.at[i].value);
}

static bool
never_signed(const char *name)
{
	static const char *const names[] = {
		"authorization", "connection", "expect", "user-agent",
		"x-amzn-trace-id", "upgrade", "transfer-encoding", "te",
		"trailer", "keep-alive", NULL
	};

	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return true;
	return str_has_prefix(name, "proxy-") ||
	       str_has_prefix(name, "sec-websocket-");
}

static char *
lower(const char *name)
{
	char *out = xstrdup(name);

	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}

/* Trimmed, inner runs of blanks and folded lines as one space. */
static char *
squeezed(const char *value)
{
	char *out = xmalloc(strlen(value) + 1);
	size_t n = 0;

	for (; *value; value++) {
		if (!isspace((unsigned char)*value))
			out[n++] = *value;
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

/* Values of equal names are joined in the order they came. */
static void
header_add(struct signing *s, const char *name, const char *value)
{
	char *key = lower(name);
	char *text = squeezed(value);

	if (never_signed(key)) {
		free(key);
		free(text);
		return;
	}
	for (uint32_t i = 0; i < s->headers.n; i++) {
		struct pair *h = &s->headers.at[i];

		if (strcmp(h->name, key) != 0)
			continue;
		char *joined = xasprintf("%s,%s", h->value, text);

		secret_free(h->value);
		free(text);
		free(key);
		h->value = joined;
		return;
	}
	pairs_add(&s->headers, key, text);
}

static void
name_headers(struct signing *s)
{
	if (s->headers.n)
		qsort(s->headers.at, s->headers.n, sizeof(*s->headers.at),
		      by_name_value);
	for (uint32_t i = 0; i < s->headers.n; i++)
		buf_printf(&s->signed_names, "%s%s", i ? ";" : "",
			   s->headers.at[i].name);
}

static void
add_headers(struct signing *s)
{
	struct buf *b = &s->out->canonical;

	for (uint32_t i = 0; i < s->headers.n; i++)
		buf_printf(b, "%s:%s\n", s->headers.at[i].name,
			   s->headers.at[i].value);
	buf_printf(b, "\n%s\n", buf_text(&s->signed_names));
}

static void
build_canonical(struct signing *s)
{
	struct buf *b = &s->out->canonical;

	buf_printf(b, "%s\n", s->q->method);
	add_path(s);
	buf_putc(b, '\n');
	add_query(s);
	buf_putc(b, '\n');
	add_headers(s);
	buf_puts(b, s->out->body_hash);
}

/* ---- the signature ---- */

static void
hmac(const unsigned char *key, size_t key_len, const char *text,
     unsigned char out[static SHA256_DIGEST_LENGTH])
{
	unsigned int len = SHA256_DIGEST_LENGTH;

	if (!HMAC(EVP_sha256(), key, (int)key_len,
		  (const unsigned char *)text, strlen(text), out, &len))
		BUG("HMAC");
}

static void
sign(struct signing *s)
{
	unsigned char key[SHA256_DIGEST_LENGTH], next[SHA256_DIGEST_LENGTH];
	struct sigv4_result *out = s->out;
	char *secret = xasprintf("AWS4%s", s->keys->secret);
	char date[9], hash[65];

	sha256_hex(buf_text(&out->canonical), out->canonical.len, hash);
	buf_printf(&out->to_sign, "%s\n%s\n%s\n%s", algorithm, out->amz_date,
		   s->scope, hash);
	snprintf(date, sizeof(date), "%.8s", out->amz_date);
	hmac((unsigned char *)secret, strlen(secret), date, key);
	hmac(key, sizeof(key), s->q->region, next);
	hmac(next, sizeof(next), s->q->service, key);
	hmac(key, sizeof(key), "aws4_request", next);
	hmac(next, sizeof(next), buf_text(&out->to_sign), key);
	hex(key, sizeof(key), out->signature);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(next, sizeof(next));
	secret_free(secret);
}

static bool
begin(struct signing *s, const struct sigv4_request *q,
      const struct aws_keys *k, struct sigv4_result *out, bool in_query,
      struct err *err)
{
	*s = (struct signing){ .q = q, .keys = k, .out = out };
	*out = (struct sigv4_result){ 0 };
	buf_init(&out->canonical, LIMIT);
	buf_init(&out->to_sign, LIMIT);
	buf_init(&out->authorization, LIMIT);
	buf_init(&out->query, LIMIT);
	buf_init(&s->signed_names, LIMIT);
	if (!k->id || !k->secret)
		return err_set(err, ERR_AUTH, "there are no AWS keys to sign "
			       "with");
	time_format_amz(q->at_ms, out->amz_date);
	sha256_hex(q->body, q->body_len, out->body_hash);
	s->scope = xasprintf("%.8s/%s/%s/aws4_request", out->amz_date,
			     q->region, q->service);
	for (uint32_t i = 0; i < q->header_n; i++)
		header_add(s, q->headers[i].name, q->headers[i].value);
	/* In the query form the hash is in the canonical request only. */
	if (q->sign_body && !in_query)
		header_add(s, "x-amz-content-sha256", out->body_hash);
	read_query(s);
	return true;
}

static bool
finish(struct signing *s, struct err *err)
{
	struct sigv4_result *out = s->out;
	bool ok = !s->too_large && buf_ok(&out->canonical) &&
		  buf_ok(&out->to_sign) && buf_ok(&out->authorization) &&
		  buf_ok(&out->query) && buf_ok(&s->signed_names);

	pairs_fini(&s->headers);
	pairs_fini(&s->query);
	buf_fini(&s->signed_names);
	free(s->scope);
	return ok || err_set(err, ERR_LIMIT,
			     "a request too large to sign (over 1 MiB)");
}

bool
sigv4_sign_header(const struct sigv4_request *q, const struct aws_keys *k,
		  struct sigv4_result *out, struct err *err)
{
	struct signing s;

	if (!begin(&s, q, k, out, false, err))
		return finish(&s, NULL) && false;
	header_add(&s, "x-amz-date", out->amz_date);
	if (k->token && !q->omit_session_token)
		header_add(&s, "x-amz-security-token", k->token);
	name_headers(&s);
	build_canonical(&s);
	sign(&s);
	buf_printf(&out->authorization,
		   "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		   algorithm, k->id, s.scope, buf_text(&s.signed_names),
		   out->signature);
	return finish(&s, err);
}

static void
query_add(struct signing *s, const char *name, const char *value)
{
	pairs_add(&s->query, xstrdup(name),
		  encoded(s, value, strlen(value)));
}

bool
sigv4_sign_query(const struct sigv4_request *q, const struct aws_keys *k,
		 struct sigv4_result *out, struct err *err)
{
	struct signing s;
	char *credential, *token;
	char expires[16];

	if (!begin(&s, q, k, out, true, err))
		return finish(&s, NULL) && false;
	name_headers(&s);
	credential = xasprintf("%s/%s", k->id, s.scope);
	snprintf(expires, sizeof(expires), "%d", q->expires_s);
	query_add(&s, "X-Amz-Algorithm", algorithm);
	query_add(&s, "X-Amz-Credential", credential);
	free(credential);
	query_add(&s, "X-Amz-Date", out->amz_date);
	query_add(&s, "X-Amz-Expires", expires);
	query_add(&s, "X-Amz-SignedHeaders", buf_text(&s.signed_names));
	if (k->token && !q->omit_session_token)
		query_add(&s, "X-Amz-Security-Token", k->token);
	build_canonical(&s);
	sign(&s);
	for (uint32_t i = 0; i < s.query.n; i++)
		buf_printf(&out->query, "%s%s=%s", i ? "&" : "",
			   s.query.at[i].name, s.query.at[i].value);
	if (k->token && q->omit_session_token) {
		token = encoded(&s, k->token, strlen(k->token));
		buf_printf(&out->query, "&X-Amz-Security-Token=%s", token);
		secret_free(token);
	}
	buf_printf(&out->query, "&X-Amz-Signature=%s", out->signature);
	return finish(&s, err);
}

/* The canonical request holds the session token, the query too. */
static void
wipe(struct buf *b)
{
	if (b->at)
		explicit_bzero(b->at, b->len);
	buf_fini(b);
}

void
sigv4_result_fini(struct sigv4_result *r)
{
	wipe(&r->canonical);
	wipe(&r->to_sign);
	wipe(&r->authorization);
	wipe(&r->query);
}
