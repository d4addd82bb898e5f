/*
 * Decoders: the first byte chooses the kind, the rest is JSON.  What is read
 * must be written and come back equal.
 */
#include "backend/decode/decode.h"
#include "tests/fuzz/fuzz.h"

static void
round_trip(struct seal *s, struct arena *a, const struct record *r)
{
	const struct codec *codec = codec_of((enum kind)r->kind);
	const struct record *again;
	struct jsonw *w;
	struct buf b;

	buf_init(&b, (size_t)64 << 20);
	w = jsonw_new_buf(&b, false);
	codec->encode(w, r);
	must(jsonw_done(w));
	again = codec->decode(s, json_parse(a, buf_text(&b), b.len, NULL),
			      NULL);
	must(again);
	must(records_equal(r, again));
	record_unref(again);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seal *s;
	struct arena *a;
	struct err err = { .code = ERR_NONE };
	const struct record *r = NULL;
	const struct codec *codec;
	const struct tree *t;

	if (size < 2)
		return 0;
	if (!s)
		s = seal_new();
	a = arena_new();
	codec = codec_of((enum kind)(data[0] % KIND_COUNT));
	t = json_parse(a, (const char *)data + 1, size - 1, NULL);
	if (t && codec)
		r = codec->decode(s, t, &err);
	else if (t && data[0] % 2)
		r = decode_job_graphql(s, t, &err);
	else if (t)
		r = decode_runner_graphql(s, t, &err);
	must(!t || r || err.text[0]);
	if (r)
		round_trip(s, a, r);
	record_unref(r);
	arena_free(a);
	return 0;
}
