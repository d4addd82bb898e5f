/*
 * What AWS clients send, before anybody trusts it: forms and Authorization
 * headers.  Whatever comes, reading ends, and nobody gets in by accident.
 */
#include "backend/sim/aws/face.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = fuzz_text(data, size), service[32];
	struct aws_params *p = aws_params_read(a, text, strlen(text));
	struct face_pair headers[] = { { "Authorization", text },
				       { "X-Amz-Date", "20260216T090000Z" },
				       { NULL, NULL } };
	struct face_request q = { .method = "POST",
				  .path = "/",
				  .query = text,
				  .body = text,
				  .body_len = strlen(text),
				  .headers = headers };
	struct cloud_fault f = { 0 };
	int64_t n = 7;

	if (aws_params_good(p, &f)) {
		const char *v;

		for (unsigned i = 1; (v = aws_param_at(p, "A.member.%u", i));
		     i++)
			must(strlen(v) <= size);
		(void)aws_param_int(p, "N", &n);
		(void)aws_param_bool(p, "B", true);
	} else {
		must(f.http == 400 && f.message[0]);
	}
	f = (struct cloud_fault){ 0 };
	must(!aws_verify(&q, a, service, &f));
	must(f.http >= 400 && f.code[0] && f.message[0]);
	headers[0].name = "X-Nothing";
	must(!aws_verify(&q, a, service, &f));
	free(text);
	arena_free(a);
	return 0;
}
