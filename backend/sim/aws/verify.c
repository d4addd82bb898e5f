/*
 * SigV4 as the server checks it, written from reference E and on its own: the
 * console's signer and this one judge each other.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "backend/base/clock.h"
#include "backend/sim/aws/face.h"

enum { SKEW_MS = 15 * 60 * 1000 };

/* What the Authorization header or the presigned query says. */
struct claim {
	const char *key_id, *date, *region, *service; /* of the scope */
	const char *signed_headers, *signature, *amz_date;
	const char *token; /* of temporary keys, or NULL */
};

static bool
deny(struct cloud_fault *f, int http, const char *code, const char *message)
{
	return cloud_fail(f, http, code, "%s", message);
}

enum refusal { UNKNOWN_KEY, WRONG_SIGNATURE, WRONG_TIME, OLD_TOKEN };

#define MISMATCH                                                            \
	"The request signature we calculated does not match the signature " \
	"you provided. Check your AWS Secret Access Key and signing "       \
	"method. Consult the service documentation for details."
#define INVALID_TOKEN                                                       \
	"The security token included in the request is invalid."
#define EXPIRED_TOKEN                                                       \
	"The security token included in the request is expired"
#define NOT_VALIDATED                                                       \
	"AWS was not able to validate the provided access credentials"

/* The same refusal in the words of each protocol; why NULL: the usual
 * sentence. */
static bool
refuse(struct cloud_fault *f, enum aws_protocol p, enum refusal what,
       const char *why)
{
	static const struct words {
		int http;
		const char *code, *message;
	} query[] = {
		[UNKNOWN_KEY] = { 403, "InvalidClientTokenId", INVALID_TOKEN },
		[WRONG_SIGNATURE] = { 403, "SignatureDoesNotMatch", MISMATCH },
		[WRONG_TIME] = { 403, "SignatureDoesNotMatch", NULL },
		[OLD_TOKEN] = { 403, "ExpiredToken", EXPIRED_TOKEN },
	}, ec2[] = {
		[UNKNOWN_KEY] = { 401, "AuthFailure", NOT_VALIDATED },
		[WRONG_SIGNATURE] = { 401, "AuthFailure", NOT_VALIDATED },
		[WRONG_TIME] = { 400, "RequestExpired",
				 "Request has expired." },
		[OLD_TOKEN] = { 400, "RequestExpired",
				"Request has expired." },
	}, json[] = {
		[UNKNOWN_KEY] = { 403, "UnrecognizedClientException",
				  INVALID_TOKEN },
		[WRONG_SIGNATURE] = { 403, "InvalidSignatureException",
				      MISMATCH },
		[WRONG_TIME] = { 403, "InvalidSignatureException", NULL },
		[OLD_TOKEN] = { 403, "ExpiredTokenException", EXPIRED_TOKEN },
	};
	const struct words *w = p == AWS_EC2	 ? &ec2[what]
				: p == AWS_QUERY ? &query[what]
						 : &json[what];
	/* What speaks AWS's JSON says 400 to everything. */
	bool plain = p == AWS_JSON10 || p == AWS_JSON11;

	return deny(f, plain ? 400 : w->http, w->code,
		    w->message ? w->message : why);
}

/* "AKID/20260218/eu-west-1/ec2/aws4_request" */
static bool
split_scope(struct arena *a, const char *text, struct claim *c)
{
	char *copy = arena_strdup(a, text);
	const char **parts[] = { &c->key_id, &c->date, &c->region,
				 &c->service };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char *slash = strchr(copy, '/');

		if (!slash)
			return false;
		*slash = '\0';
		*parts[i] = copy;
		copy = slash + 1;
	}
	return !strcmp(copy, "aws4_request");
}

static const char *
auth_part(struct arena *a, const char *header, const char *name)
{
	const char *at = strstr(header, name);
	size_t len;

	if (!at)
		return NULL;
	at += strlen(name);
	len = strcspn(at, ", ");
	return arena_strndup(a, at, len);
}

static bool
read_claim(const struct face_request *q, struct arena *a, struct claim *c,
	   struct cloud_fault *f)
{
	const char *header = face_header(q, "Authorization");
	const char *scope;

	*c = (struct claim){ 0 };
	if (header) {
		if (!str_has_prefix(header, "AWS4-HMAC-SHA256 "))
			return deny(f, 400, "IncompleteSignature",
				    "Authorization header is not "
				    "AWS4-HMAC-SHA256");
		scope = auth_part(a, header, "Credential=");
		c->signed_headers = auth_part(a, header, "SignedHeaders=");
		c->signature = auth_part(a, header, "Signature=");
		c->amz_date = face_header(q, "X-Amz-Date");
		c->token = face_header(q, "X-Amz-Security-Token");
	} else if ((scope = face_query(q, a, "X-Amz-Credential"))) {
		c->signed_headers = face_query(q, a, "X-Amz-SignedHeaders");
		c->signature = face_query(q, a, "X-Amz-Signature");
		c->amz_date = face_query(q, a, "X-Amz-Date");
		c->token = face_query(q, a, "X-Amz-Security-Token");
	} else {
		return deny(f, 403, "MissingAuthenticationToken",
			    "Request is missing Authentication Token");
	}
	if (!scope || !c->signed_headers || !c->signature || !c->amz_date ||
	    !split_scope(a, scope, c))
		return deny(f, 400, "IncompleteSignature",
			    "The request signature does not conform to AWS "
			    "standards");
	return true;
}

/* ---- the canonical request ---- */

static void
encode(struct buf *b, const char *text, bool keep_slash)
{
	buf_percent(b, text, strlen(text), keep_slash);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Parameters decoded, encoded one way, sorted; the signature left out. */
static void
add_query(struct buf *out, const struct face_request *q, struct arena *a)
{
	VEC(char *) list = { 0 };
	const char *at = q->query;

	while (*at) {
		size_t len = strcspn(at, "&"), key = strcspn(at, "=&");
		struct buf one;

		buf_init(&one, 1 << 20);
		encode(&one, face_decode(a, at, key, false), false);
		buf_putc(&one, '=');
		if (key < len)
			encode(&one, face_decode(a, at + key + 1,
						 len - key - 1, false), false);
		if (len && strncmp(at, "X-Amz-Signature=", 16) != 0)
			vec_push(&list, arena_strdup(a, buf_text(&one)));
		buf_fini(&one);
		at += len + (at[len] == '&');
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(*list.at), by_text);
	for (uint32_t i = 0; i < list.n; i++)
		buf_printf(out, "%s%s", i ? "&" : "", list.at[i]);
	vec_free(&list);
}

struct joining {
	const char *name;
	struct buf *out;
	bool any;
};

static void
join_header(void *ctx, const char *name, const char *value)
{
	struct joining *j = ctx;
	bool blank = true; /* leading blanks go */

	if (strcasecmp(name, j->name) != 0)
		return;
	if (j->any)
		buf_putc(j->out, ',');
	j->any = true;
	for (; *value; value++) {
		if (isspace((unsigned char)*value)) {
			blank = true;
			continue;
		}
		if (blank && j->out->len &&
		    j->out->at[j->out->len - 1] != ':' &&
		    j->out->at[j->out->len - 1] != ',')
			buf_putc(j->out, ' ');
		blank = false;
		buf_putc(j->out, *value);
	}
}

static void
add_headers(struct buf *out, const struct face_request *q,
	    const struct claim *c, struct arena *a)
{
	const char *at = c->signed_headers;

	while (*at) {
		size_t len = strcspn(at, ";");
		struct joining j = { arena_strndup(a, at, len), out, false };

		buf_printf(out, "%s:", j.name);
		face_each_header(q, join_header, &j);
		buf_putc(out, '\n');
		at += len + (at[len] == ';');
	}
	buf_printf(out, "\n%s\n", c->signed_headers);
}

static void
hex_sum(const void *bytes, size_t len, char out[static 65])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];

	SHA256(bytes, len, sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

static void
canonical(struct buf *out, const struct face_request *q, const struct claim *c,
	  struct arena *a)
{
	char hash[65];

	buf_printf(out, "%s\n", q->method);
	/* The path came encoded; AWS encodes it once more. */
	encode(out, q->path, true);
	buf_putc(out, '\n');
	add_query(out, q, a);
	buf_putc(out, '\n');
	add_headers(out, q, c, a);
	hex_sum(q->body_len ? q->body : "", q->body_len, hash);
	buf_puts(out, hash);
}

/* ---- the signature ---- */

static void
mac(const void *key, size_t key_len, const char *text,
    unsigned char out[static SHA256_DIGEST_LENGTH])
{
	unsigned int len = SHA256_DIGEST_LENGTH;

	HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text,
	     strlen(text), out, &len);
}

static void
expected(const struct claim *c, const char *secret, const struct buf *req,
	 struct arena *a, char out[static 65])
{
	unsigned char x[SHA256_DIGEST_LENGTH], y[SHA256_DIGEST_LENGTH];
	char *first = arena_printf(a, "AWS4%s", secret);
	char hash[65];

	hex_sum(buf_text(req), req->len, hash);
	mac(first, strlen(first), c->date, x);
	mac(x, sizeof(x), c->region, y);
	mac(y, sizeof(y), c->service, x);
	mac(x, sizeof(x), "aws4_request", y);
	mac(y, sizeof(y),
	    arena_printf(a, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s",
			 c->amz_date, c->date, c->region, c->service, hash),
	    x);
	for (size_t i = 0; i < sizeof(x); i++)
		snprintf(out + 2 * i, 3, "%02x", x[i]);
}

/* "20260218T090000Z" */
static bool
amz_time(const char *text, int64_t *ms)
{
	char iso[32];

	if (strlen(text) != 16)
		return false;
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text,
		 text + 4, text + 6, text + 9, text + 11, text + 13);
	return time_parse_rfc3339(iso, strlen(iso), ms);
}

/* Clients sign with their own clock, so wall time counts, not the world's. */
static bool
in_time(const struct claim *c, enum aws_protocol p, int64_t now,
	struct cloud_fault *f)
{
	char when[TIME_TEXT], edge[TIME_TEXT], why[200];
	int64_t at, limit;

	if (!amz_time(c->amz_date, &at) ||
	    strncmp(c->amz_date, c->date, 8) != 0)
		return deny(f, 400, "IncompleteSignature",
			    "Date must be in ISO-8601 'basic format'");
	if (now - at <= SKEW_MS && at - now <= SKEW_MS)
		return true;
	limit = at < now ? now - SKEW_MS : now + SKEW_MS;
	snprintf(why, sizeof(why),
		 at < now ? "Signature expired: %s is now earlier than %s (%s "
			    "- 15 min.)"
			  : "Signature not yet current: %s is still later "
			    "than %s (%s + 15 min.)",
		 c->amz_date, time_format_amz(limit, edge),
		 time_format_amz(now, when));
	return refuse(f, p, WRONG_TIME, why);
}

/* Whose keys these are, and what they sign with. */
static bool
look_up(const struct claim *c, enum aws_protocol p, int64_t now,
	struct aws_caller *who, char secret[static 72], struct cloud_fault *f)
{
	const struct sim_user *u = sim_user_by_key(c->key_id);
	enum aws_token t = AWS_TOKEN_BAD;

	if (u && !c->token) {
		*who = (struct aws_caller){ .user = u };
		snprintf(secret, 72, "%s", u->aws_secret);
		t = AWS_TOKEN_GOOD;
	} else if (c->token) {
		t = aws_session_read(c->key_id, c->token, now, who, secret);
	}
	if (t == AWS_TOKEN_BAD)
		return refuse(f, p, UNKNOWN_KEY, NULL);
	if (t == AWS_TOKEN_EXPIRED)
		return refuse(f, p, OLD_TOKEN, NULL);
	snprintf(who->key_id, sizeof(who->key_id), "%s", c->key_id);
	return true;
}

bool
aws_verify(const struct face_request *q, struct arena *a,
	   enum aws_protocol protocol, struct aws_caller *who,
	   char service[static 32], struct cloud_fault *f)
{
	int64_t now = clock_wall_ms(&clock_system) + q->skew_ms;
	char want[65], secret[72];
	struct claim c;
	struct buf req;
	bool same;

	snprintf(service, 32, "%s", "");
	if (!read_claim(q, a, &c, f))
		return false;
	snprintf(service, 32, "%s", c.service);
	if (!look_up(&c, protocol, now, who, secret, f) ||
	    !in_time(&c, protocol, now, f))
		return false;
	buf_init(&req, 16 << 20);
	canonical(&req, q, &c, a);
	expected(&c, secret, &req, a, want);
	buf_fini(&req);
	same = strlen(c.signature) == 64 &&
	       CRYPTO_memcmp(c.signature, want, 64) == 0;
	return same || refuse(f, protocol, WRONG_SIGNATURE, NULL);
}
