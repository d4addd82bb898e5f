/*
 * What AWS clients send, before anybody trusts it: forms, presigned queries,
 * Authorization headers, session tokens, CBOR.  Whatever comes, reading ends,
 * and nobody gets in by accident.
 */
#include <stdlib.h>

#include "backend/sim/aws/face.h"
#include "tests/fuzz/fuzz.h"

static void
try_form(struct arena *a, const char *text, size_t size)
{
	struct aws_params *p = aws_params_read(a, text, strlen(text));
	struct cloud_fault f = { 0 };
	int64_t n = 7;
	const char *v;

	if (!aws_params_good(p, &f)) {
		must(f.http == 400 && f.message[0]);
		return;
	}
	for (unsigned i = 1; (v = aws_param_at(p, "A.member.%u", i)); i++)
		must(strlen(v) <= size);
	(void)aws_param_int(p, "N", &n);
	(void)aws_param_bool(p, "B", true);
	json_decref(aws_params_tree(p));
}

static void
try_signature(struct arena *a, const char *text)
{
	struct face_pair headers[] = { { "Authorization", text },
				       { "X-Amz-Date", "20260216T090000Z" },
				       { "X-Amz-Security-Token", text },
				       { NULL, NULL } };
	struct face_request q = { .method = "POST",
				  .path = "/",
				  .query = text,
				  .body = text,
				  .body_len = strlen(text),
				  .headers = headers };
	struct aws_caller who;
	char service[32], secret[72];

	for (int p = AWS_QUERY; p <= AWS_CBOR; p++) {
		struct cloud_fault f = { 0 };

		must(!aws_verify(&q, a, (enum aws_protocol)p, &who, service,
				 &f));
		must(f.http >= 400 && f.code[0] && f.message[0]);
	}
	headers[0].name = "X-Nothing";
	must(!aws_verify(&q, a, AWS_QUERY, &who, service,
			 &(struct cloud_fault){ 0 }));
	must(aws_session_read("ASIA0", text, 0, &who, secret) ==
	     AWS_TOKEN_BAD);
}

/* What was read is written and read again the same. */
static void
try_cbor(const uint8_t *data, size_t size)
{
	json_t *v = aws_cbor_read(data, size), *again;
	struct buf out;

	if (!v)
		return;
	buf_init(&out, 1 << 20);
	aws_cbor_write(&out, "", v);
	again = aws_cbor_read(buf_text(&out), out.len);
	must(!buf_ok(&out) || (again && json_equal(v, again)) ||
	     !json_is_object(v));
	json_decref(again);
	json_decref(v);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = fuzz_text(data, size);

	try_form(a, text, size);
	try_signature(a, text);
	try_cbor(data, size);
	(void)aws_glob(text, "ec2:DescribeInstances");
	free(text);
	arena_free(a);
	return 0;
}
