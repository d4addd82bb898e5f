/*
 * Bench: what the console keeps of 10,000 pods on 500 nodes and of 150,000 pods
 * on 5,000 (design 9): job pods as an API server writes them, through the
 * decoder into the store, published.  Each size in a process of its own;
 * yardstick: the records' own bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/json.h"
#include "backend/decode/decode.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"
#include "backend/store/store.h"

enum { GROUPS = 10, FILE_LIMIT = 1 << 20 };

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static double
rss_mb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	must(f && fscanf(f, "%*s %ld", &pages) == 1, "/proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* ---- objects by text: one of the fixtures, renamed ---- */

struct pattern {
	char *text;
	char *name, *uid, *node; /* what is replaced */
};

static struct pattern
pattern_read(const char *file, const char *list)
{
	struct pattern p;
	struct arena *a = arena_new();
	char *text = xmalloc(FILE_LIMIT);
	FILE *f = fopen(file, "re");
	const struct tree *t;
	struct jsonw *w;
	struct buf out;
	size_t n;

	must(f != NULL, file);
	n = fread(text, 1, FILE_LIMIT, f);
	fclose(f);
	t = tree_index(tree_at(json_parse(a, text, n, NULL), list), 0);
	must(t != NULL, list);
	buf_init(&out, FILE_LIMIT);
	w = jsonw_new_buf(&out, false);
	jsonw_tree(w, t);
	must(jsonw_done(w), file);
	p.text = buf_take(&out, NULL);
	p.name = xstrdup(str_or_empty(tree_text(tree_at(t, "metadata.name"))));
	p.uid = xstrdup(str_or_empty(tree_text(tree_at(t, "metadata.uid"))));
	p.node = xstrdup(str_or_empty(tree_text(tree_at(t, "spec.nodeName"))));
	arena_free(a);
	free(text);
	return p;
}

static void
pattern_fini(struct pattern *p)
{
	free(p->text);
	free(p->name);
	free(p->uid);
	free(p->node);
}

static void
write_one(struct buf *b, const struct pattern *p, const char *name,
	  uint32_t i, const char *node)
{
	const char *at = p->text;

	buf_reset(b);
	while (*at) {
		if (str_has_prefix(at, p->name)) {
			buf_puts(b, name);
			at += strlen(p->name);
		} else if (*p->uid && str_has_prefix(at, p->uid)) {
			buf_printf(b, "%08x%s", i, p->uid + 8);
			at += strlen(p->uid);
		} else if (*p->node && str_has_prefix(at, p->node)) {
			buf_puts(b, node);
			at += strlen(p->node);
		} else {
			buf_putc(b, *at++);
		}
	}
}

/* ---- a fleet into the store ---- */

struct filling {
	const struct sink *sink;
	struct seal *seal;
	struct arena *arena;
	struct buf text;
	uint64_t bytes; /* of records */
};

static void
put(struct filling *f, enum kind kind)
{
	struct err err = { 0 };
	const struct record *r;
	const struct tree *t;

	arena_reset(f->arena);
	t = json_parse(f->arena, buf_text(&f->text), f->text.len, &err);
	r = t ? codec_of(kind)->decode(f->seal, t, &err) : NULL;
	if (!r)
		BUG("%s", err.text);
	f->bytes += r->bytes;
	f->sink->put(f->sink->ctx, r);
}

static void
fill(struct filling *f, uint32_t pods, uint32_t nodes)
{
	struct pattern pod = pattern_read("tests/fixtures/decode/pods.json",
					  "kubernetes.pods");
	struct pattern node = pattern_read("tests/fixtures/decode/nodes.json",
					   "kubernetes.nodes");
	char name[128], place[128];

	f->sink->list_begin(f->sink->ctx, KIND_NODE);
	for (uint32_t i = 0; i < nodes; i++) {
		snprintf(place, sizeof(place), "ip-10-%u-%u-%u.eu-west-1."
			 "compute.internal", i >> 16, i >> 8 & 255, i & 255);
		write_one(&f->text, &node, place, i, "");
		put(f, KIND_NODE);
	}
	f->sink->list_end(f->sink->ctx, KIND_NODE, true);
	f->sink->list_begin(f->sink->ctx, KIND_POD);
	for (uint32_t i = 0; i < pods; i++) {
		uint32_t on = i % nodes;

		snprintf(name, sizeof(name), "%.60s-%06u", pod.name, i);
		snprintf(place, sizeof(place), "ip-10-%u-%u-%u.eu-west-1."
			 "compute.internal", on >> 16, on >> 8 & 255,
			 on & 255);
		write_one(&f->text, &pod, name, i, place);
		put(f, KIND_POD);
	}
	f->sink->list_end(f->sink->ctx, KIND_POD, true);
	pattern_fini(&pod);
	pattern_fini(&node);
}

static void
measure(uint32_t pods, uint32_t nodes, int budget_mb)
{
	struct store *store = store_new(&clock_system);
	struct filling f = { .sink = store_sink(store), .seal = seal_new(),
			     .arena = arena_new() };
	const struct snapshot *s;
	double before = rss_mb(), after, records;

	buf_init(&f.text, FILE_LIMIT);
	fill(&f, pods, nodes);
	s = store_publish(store);
	after = rss_mb();
	must(s->table[KIND_POD].live == pods, "not all pods are there");
	records = (double)f.bytes / 1048576;
	printf("memory.store_%u_pods_mb %.0f %d %.0f %.2f\n", pods,
	       after, budget_mb, records, after / records);
	printf("memory.a_pod_bytes %.0f - %.0f -\n",
	       (after - before) * 1048576 / pods,
	       (double)f.bytes / (pods + nodes));
	snapshot_unref(s);
	buf_fini(&f.text);
	seal_free(f.seal);
	arena_free(f.arena);
	store_free(store);
}

static void
in_a_process(uint32_t pods, uint32_t nodes, int budget_mb)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		measure(pods, nodes, budget_mb);
		fflush(stdout);
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid && status == 0, "measuring");
}

int
main(void)
{
	in_a_process(10000, 500, 40);
	in_a_process(150000, 5000, 400);
	return 0;
}
