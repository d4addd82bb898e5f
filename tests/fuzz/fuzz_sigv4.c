/*
 * Signing arbitrary requests: nothing crashes; the canonical request has its
 * six parts; the same input signs alike; order of query pairs does not matter.
 */
#include "backend/aws/sigv4.h"
#include "tests/fuzz/fuzz.h"

/* The next piece of the input, up to a NUL byte (new). */
static char *
piece(const uint8_t **data, size_t *size)
{
	size_t len = 0;
	char *text;

	while (len < *size && (*data)[len])
		len++;
	text = fuzz_text(*data, len);
	*data += len;
	*size -= len;
	if (*size) {
		(*data)++;
		(*size)--;
	}
	return text;
}

static bool
is_hex(const char *text, size_t n)
{
	return strspn(text, "0123456789abcdef") == n && strlen(text) == n;
}

static void
check(const struct sigv4_result *r, bool ok, const struct err *err)
{
	const char *text = buf_text(&r->canonical);
	size_t len = r->canonical.len, lines = 0;

	if (!ok) {
		must(err->code == ERR_LIMIT && err->text[0]);
		return;
	}
	must(is_hex(r->signature, 64));
	must(is_hex(r->body_hash, 64));
	must(len > 64 && !strcmp(text + len - 64, r->body_hash));
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	/* method, path, query, headers..., empty, names, hash */
	must(lines >= 5);
}

static void
sign(const struct sigv4_request *q, const struct aws_keys *k, bool in_query)
{
	struct sigv4_result a, b;
	struct err err = { 0 }, other = { 0 };
	bool ok = (in_query ? sigv4_sign_query : sigv4_sign_header)(q, k, &a,
								     &err);

	check(&a, ok, &err);
	must(ok == (in_query ? sigv4_sign_query : sigv4_sign_header)(
			   q, k, &b, &other));
	must(!ok || !strcmp(a.signature, b.signature));
	sigv4_result_fini(&a);
	sigv4_result_fini(&b);
}

/* "b&a" for "a&b". */
static char *
swapped(const char *query)
{
	const char *mid = strchr(query, '&');

	return mid ? xasprintf("%s&%.*s", mid + 1, (int)(mid - query), query)
		   : xstrdup(query);
}

static void
check_order(struct sigv4_request q, const struct aws_keys *k)
{
	struct sigv4_result a, b;
	struct err err = { 0 };
	char *other = swapped(q.query);
	bool ok = sigv4_sign_header(&q, k, &a, &err);

	q.query = other;
	if (sigv4_sign_header(&q, k, &b, &err) && ok)
		must(!strcmp(a.signature, b.signature));
	sigv4_result_fini(&a);
	sigv4_result_fini(&b);
	free(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sigv4_header headers[3];
	struct sigv4_request q = { .headers = headers, .header_n = 3 };
	char *texts[11];
	uint8_t flags = size ? data[0] : 0;
	struct aws_keys k = { 0 };

	if (size) {
		data++;
		size--;
	}
	if (size >= sizeof(q.at_ms)) {
		memcpy(&q.at_ms, data, sizeof(q.at_ms));
		data += sizeof(q.at_ms);
		size -= sizeof(q.at_ms);
		/* Years that the clock can mean. */
		q.at_ms %= INT64_C(200000000000000);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		texts[i] = piece(&data, &size);
	q.method = "POST";
	q.path = texts[0];
	q.query = texts[1];
	for (int i = 0; i < 3; i++)
		headers[i] = (struct sigv4_header){ texts[2 + 2 * i],
						    texts[3 + 2 * i] };
	q.region = texts[8];
	q.service = "ec2";
	q.body = texts[9];
	q.body_len = strlen(texts[9]);
	q.expires_s = flags;
	q.normalize_path = flags & 1;
	q.sign_body = flags & 2;
	q.omit_session_token = flags & 4;
	k.id = texts[10];
	k.secret = texts[10];
	k.token = flags & 8 ? texts[10] : NULL;
	sign(&q, &k, false);
	sign(&q, &k, true);
	check_order(q, &k);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(texts[i]);
	return 0;
}
