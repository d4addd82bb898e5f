/*
 * Bench: microseconds from the bytes of a real job pod to its record, beside
 * one json_loadb of the same bytes, and what a record weighs (design 9).
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/decode/decode.h"

enum { PODS = 20000, FILE_LIMIT = 1 << 20 };

struct heap {
	struct seal *seal;
	uint64_t records, bytes;
};

static bool
on_item(void *ctx, const char *path, const struct tree *item, struct err *err)
{
	struct heap *h = ctx;
	const struct record *r;

	(void)path;
	r = codec_of(KIND_POD)->decode(h->seal, item, err);
	if (!r)
		return false;
	h->records++;
	h->bytes += r->bytes;
	record_unref(r);
	return true;
}

static double
us_each(int64_t start_ms)
{
	return (double)(clock_boot_ms(&clock_system) - start_ms) * 1000.0 /
	       PODS;
}

/* The first pod of the decoders' fixtures, as an API server writes it. */
static void
read_pod(struct buf *out)
{
	char *text = xmalloc(FILE_LIMIT);
	FILE *f = fopen("tests/fixtures/decode/pods.json", "re");
	struct arena *a = arena_new();
	const struct tree *t;
	struct jsonw *w;
	size_t n;

	BUG_IF(!f);
	n = fread(text, 1, FILE_LIMIT, f);
	fclose(f);
	t = tree_index(tree_at(json_parse(a, text, n, NULL),
			       "kubernetes.pods"), 0);
	BUG_IF(!t);
	w = jsonw_new_buf(out, false);
	jsonw_tree(w, t);
	BUG_IF(!jsonw_done(w));
	arena_free(a);
	free(text);
}

static double
from_bytes(const struct buf *pod, struct heap *h)
{
	static const char *const items[] = { "items", NULL };
	struct json_spec spec = { .items = items, .skip = decode_kube_skip,
				  .on_item = on_item, .ctx = h };
	struct json_reader *r = json_reader_new(&spec);
	int64_t start = clock_boot_ms(&clock_system);
	bool ok = json_reader_feed(r, "{\"items\":[", 10, NULL);

	for (int i = 0; i < PODS && ok; i++)
		ok = (!i || json_reader_feed(r, ",", 1, NULL)) &&
		     json_reader_feed(r, pod->at, pod->len, NULL);
	ok = ok && json_reader_feed(r, "]}", 2, NULL) &&
	     json_reader_end(r, NULL);
	BUG_IF(!ok);
	json_reader_free(r);
	return us_each(start);
}

static double
from_tree(const struct buf *pod, struct heap *h)
{
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, pod->at, pod->len, NULL);
	int64_t start = clock_boot_ms(&clock_system);
	double us;

	for (int i = 0; i < PODS; i++)
		BUG_IF(!on_item(h, "", t, NULL));
	us = us_each(start);
	arena_free(a);
	return us;
}

static double
jansson(const struct buf *pod)
{
	int64_t start = clock_boot_ms(&clock_system);

	for (int i = 0; i < PODS; i++)
		json_decref(json_loadb(pod->at, pod->len, 0, NULL));
	return us_each(start);
}

int
main(void)
{
	struct heap h = { .seal = seal_new() };
	struct buf pod;
	double bytes, tree, yard;

	buf_init(&pod, FILE_LIMIT);
	read_pod(&pod);
	bytes = from_bytes(&pod, &h);
	tree = from_tree(&pod, &h);
	yard = jansson(&pod);
	/* name value budget yardstick ratio; half of the yardstick is what
	 * design 9 allows a whole list. */
	printf("decode.pod_us %.1f %.1f %.1f %.2f\n", bytes, yard / 2, yard,
	       bytes / yard);
	printf("decode.pod_from_tree_us %.1f 12.0 %.1f %.2f\n", tree, yard,
	       tree / yard);
	printf("decode.pod_record_bytes %.0f - %zu %.2f\n",
	       (double)h.bytes / (double)h.records, pod.len,
	       (double)h.bytes / (double)h.records / (double)pod.len);
	seal_free(h.seal);
	buf_fini(&pod);
	return 0;
}
