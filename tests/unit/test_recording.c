/*
 * Recordings: what was recorded replays equal, what is torn or changed is told
 * and skipped, and segments stay within their bounds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/base/buf.h"
#include "backend/sim/world/truth.h"
#include "backend/world/replay.h"
#include "backend/world/tree_patch.h"
#include "tests/unit/sim_kit.h"

#define STEP_S 60
/* Between decisions, for the age of segments. */
#define WALL_MS 60000

/* ---- patches between trees ---- */

static char *
json_of(const struct tree *t)
{
	struct buf text;
	struct jsonw *w;

	buf_init(&text, SIZE_MAX);
	w = jsonw_new_buf(&text, false);
	if (t)
		jsonw_tree(w, t);
	else
		jsonw_null(w);
	assert_true(jsonw_done(w));
	return buf_take(&text, NULL);
}

static void
test_a_patch_makes_one_tree_of_another(void **state)
{
	static const struct {
		const char *from, *to, *patch;
	} cases[] = {
		{ "{'a':1,'b':{'c':2,'d':3}}", "{'a':1,'b':{'c':2,'d':4}}",
		  "{'b':{'d':4}}" },
		{ "{'a':1,'b':2}", "{'b':2}", "{'a':null}" },
		{ "{'b':2}", "{'a':{'x':[1]},'b':2}", "{'a':{'x':[1]}}" },
		{ "{'a':[1,2]}", "{'a':[1,3]}", "{'a':[1,3]}" },
		{ "{'a':[]}", "{'a':{'x':1}}", "{'a':{'x':1}}" },
		{ "{'a':{'x':1}}", "{'a':[]}", "{'a':[]}" },
		{ "{'a':{'x':1}}", "{'a':{}}", "{'a':{'x':null}}" },
		{ "{'a':'1'}", "{'a':1}", "{'a':1}" },
		{ "{'a':null}", "{}", "{}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_new();
		const struct tree *from = parse_text(a, cases[i].from);
		const struct tree *to = parse_text(a, cases[i].to);
		const struct tree *again;
		struct buf patch;
		struct jsonw *w;
		char *want = json_of(parse_text(a, cases[i].patch));

		buf_init(&patch, SIZE_MAX);
		w = jsonw_new_buf(&patch, false);
		tree_patch_write(w, from, to);
		assert_true(jsonw_done(w));
		assert_text_equal(buf_text(&patch), want);
		again = tree_patch_apply(a, from,
					 json_parse(a, patch.at, patch.len,
						    NULL));
		assert_true(tree_same(again, to));
		assert_int_equal(tree_same(from, to),
				 strcmp(want, "{}") == 0);
		free(want);
		buf_fini(&patch);
		arena_free(a);
	}
}

static void
test_named_entries_become_members(void **state)
{
	struct arena *a = arena_new();
	char *text = json_of(tree_keyed(
		a,
		parse_text(a, "{'n':[{'node':'b','u':1},{'node':'a'}],'e':[],"
			      "'f':[{'act':'x'},{'act':'x'}],'t':['s'],"
			      "'memory':{'l':[{'k':'v'}]}}"),
		"memory"));

	(void)state;
	assert_text_equal(text,
			  "{\"n\":{\"b\":{\"node\":\"b\",\"u\":1},\"a\":"
			  "{\"node\":\"a\"}},\"e\":[],\"f\":[{\"act\":\"x\"},"
			  "{\"act\":\"x\"}],\"t\":[\"s\"],"
			  "\"memory\":{\"l\":[{\"k\":\"v\"}]}}");
	free(text);
	arena_free(a);
}

/* ---- recording a simulated morning ---- */

struct tape {
	char *dir;
	uint32_t decisions, grew, shrank;
	/* What was said and found on reading. */
	struct buf said;
	struct replay_sums sums;
	struct buf differences;
	uint32_t damaged;
};

/* Decides every minute on the truth; its autoscaler acts on it. */
static void
record(struct tape *h, uint32_t decisions, int64_t step_s,
       const struct recording_options *bounds)
{
	struct kit k = kit_open("monday-burst", 1);
	struct err err = { .code = ERR_NONE };
	struct recording_options o = *bounds;
	struct recording_writer *w;
	struct policy *policy = policy_new(POLICY_LIVE);
	const struct memory *memory = NULL;

	o.dir = h->dir;
	o.context = "a-context";
	w = recording_writer_new(&o, &err);
	assert_ok(w != NULL, &err);
	for (uint32_t i = 0; i < decisions; i++) {
		struct engine_input in = { .policy = policy, .memory = memory };
		const struct plan *p;

		kit_run(&k, step_s);
		in.world = truth_world(sim_kubernetes(k.w), TRUTH_ALL,
				       NULL);
		in.now_ms = in.world->time_ms;
		p = engine_decide(&in);
		assert_ok(recording_add(w, &in, p,
					in.now_ms + (int64_t)i * WALL_MS,
					&err),
			  &err);
		h->grew += p->scale_up_n;
		h->shrank += p->scale_down_n;
		h->decisions++;
		memory_unref(memory);
		memory = memory_ref(p->memory);
		world_unref(in.world);
		plan_unref(p);
	}
	memory_unref(memory);
	policy_unref(policy);
	recording_writer_free(w);
	kit_close(&k);
}

static void
hour_init(struct tape *h)
{
	*h = (struct tape){ .dir = temporary_new() };
	buf_init(&h->said, SIZE_MAX);
	buf_init(&h->differences, SIZE_MAX);
}

static void
hour_fini(struct tape *h)
{
	temporary_remove(h->dir);
	buf_fini(&h->said);
	buf_fini(&h->differences);
}

static void
on_said(void *ctx, const char *text)
{
	struct tape *h = ctx;

	buf_printf(&h->said, "%s\n", text);
}

static void
on_difference(void *ctx, const struct replay_told *told)
{
	struct tape *h = ctx;

	buf_printf(&h->differences, "%llu %s\n",
		   (unsigned long long)told->entry->number, told->path);
}

static void
replay(struct tape *h, struct recording_reader *r)
{
	struct err err = { .code = ERR_NONE };
	struct recorded entry;

	h->sums = (struct replay_sums){ 0 };
	buf_reset(&h->said);
	buf_reset(&h->differences);
	for (;;) {
		enum recording_next next = recording_next(r, &entry, &err);

		if (next == RECORDING_END)
			break;
		assert_ok(next == RECORDING_ENTRY, &err);
		replay_check(&entry, &h->sums, on_difference, h);
	}
	h->damaged = recording_damaged(r);
	recording_close(r);
}

static void
replay_dir(struct tape *h)
{
	struct err err = { .code = ERR_NONE };
	struct recording_reader *r = recording_open(h->dir, on_said, h, &err);

	assert_ok(r != NULL, &err);
	replay(h, r);
}

static void
replay_text(struct tape *h, const char *bytes, size_t len)
{
	replay(h, recording_open_text(bytes, len, true, on_said, h));
}

/* The only segment, or the nth, whole. */
static char *
segment(const struct tape *h, uint32_t nth, size_t *len)
{
	struct err err = { .code = ERR_NONE };
	char **all = recording_segments(h->dir, &err);
	char *text;
	FILE *f;
	struct stat st;

	assert_ok(all != NULL, &err);
	for (uint32_t i = 0; i <= nth; i++)
		assert_non_null(all[i]);
	assert_int_equal(stat(all[nth], &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	f = fopen(all[nth], "r");
	assert_non_null(f);
	text = xcalloc(1, (size_t)st.st_size + 1);
	*len = fread(text, 1, (size_t)st.st_size, f);
	assert_int_equal(*len, st.st_size);
	fclose(f);
	recording_segments_free(all);
	return text;
}

static uint32_t
segment_count(const struct tape *h)
{
	char **all = recording_segments(h->dir, NULL);
	uint32_t n = 0;

	while (all[n])
		n++;
	recording_segments_free(all);
	return n;
}

static void
test_a_burst_replays_equal(void **state)
{
	struct tape h;

	(void)state;
	hour_init(&h);
	record(&h, 24, STEP_S, &(struct recording_options){ 0 });
	assert_true(h.grew > 3);
	replay_dir(&h);
	assert_text_equal(buf_text(&h.differences), "");
	assert_text_equal(buf_text(&h.said), "");
	assert_int_equal(h.sums.decisions, 24);
	assert_int_equal(h.sums.equal, 24);
	assert_int_equal(h.sums.last_ms - h.sums.first_ms,
			 23 * STEP_S * 1000);
	hour_fini(&h);
}

/* Each decision's own word stands in the file: changed, it is named. */
static void
test_differences_are_named(void **state)
{
	struct tape h;
	struct kit k = kit_open("monday-burst", 1);
	struct policy *policy = policy_new(POLICY_LIVE);
	struct policy *other = policy_new(POLICY_LIVE);
	struct err err = { .code = ERR_NONE };
	struct recording_writer *w;
	struct engine_input in = { .policy = policy };
	const struct plan *p;

	(void)state;
	hour_init(&h);
	kit_run(&k, 420);
	in.world = truth_world(sim_kubernetes(k.w), TRUTH_ALL,
				       NULL);
	in.now_ms = in.world->time_ms;
	p = engine_decide(&in);
	assert_true(p->scale_up_n > 0);
	/* The plan of one policy recorded as that of another. */
	assert_ok(policy_set(other, "step-add-nodes", "2", NULL, &err), &err);
	assert_ok(policy_set(other, "step-add-percent", "0", NULL, &err),
		  &err);
	in.policy = other;
	w = recording_writer_new(&(struct recording_options){ .dir = h.dir },
				 &err);
	assert_ok(recording_add(w, &in, p, in.now_ms, &err), &err);
	recording_writer_free(w);
	replay_dir(&h);
	assert_int_equal(h.sums.differing, 1);
	assert_text_contains(buf_text(&h.differences),
			     "1 scaleUp.amd64-general.to\n");
	plan_unref(p);
	world_unref(in.world);
	policy_unref(policy);
	policy_unref(other);
	kit_close(&k);
	hour_fini(&h);
}

/* ---- damage ---- */

static void
test_a_torn_end_is_told_and_skipped(void **state)
{
	struct dice d = dice_new(4711);
	struct tape h;
	size_t len;
	char *text;
	const char *last;

	(void)state;
	hour_init(&h);
	record(&h, 4, 10, &(struct recording_options){ 0 });
	text = segment(&h, 0, &len);
	/* The end of the last but one decision. */
	last = text + len - 1;
	for (int lines = 0; lines < 1; lines += str_has_prefix(
						  last + 1, "{\"decision\":4"))
		do
			last--;
		while (*last != '\n');
	for (int i = 0; i < rounds(8); i++) {
		size_t rest = (size_t)(text + len - 1 - last);
		size_t cut = (size_t)(last + 1 - text) + 1 +
			     dice_below(&d, (uint32_t)rest - 1);

		replay_text(&h, text, cut);
		assert_int_equal(h.sums.decisions, 3);
		assert_int_equal(h.sums.equal, 3);
		assert_int_equal(h.damaged, 0);
		assert_text_contains(buf_text(&h.said),
				     "half-written record after decision 3");
	}
	/* Nothing but a newline is missing: still no whole record. */
	replay_text(&h, text, len - 1);
	assert_int_equal(h.sums.decisions, 3);
	/* Anywhere at all: never a crash, never a wrong decision. */
	for (int i = 0; i < rounds(8); i++) {
		replay_text(&h, text, dice_below(&d, (uint32_t)len));
		assert_int_equal(h.sums.differing, 0);
		assert_int_equal(h.damaged, 0);
		assert_true(h.said.len > 0);
	}
	free(text);
	hour_fini(&h);
}

static void
test_changed_bytes_are_found(void **state)
{
	struct dice d = dice_new(815);
	struct tape h;
	size_t len;
	char *text;

	(void)state;
	hour_init(&h);
	record(&h, 3, 10, &(struct recording_options){ 0 });
	text = segment(&h, 0, &len);
	for (int i = 0; i < rounds(16); i++) {
		/* Behind the head, which no sum covers. */
		size_t head = strcspn(text, "\n") + 1;
		size_t at = head + dice_below(&d, (uint32_t)(len - head));
		char was = text[at];

		text[at] = (char)(was ^ (1 + dice_below(&d, 31)));
		if (text[at] != was) {
			replay_text(&h, text, len);
			assert_int_equal(h.sums.differing, 0);
			assert_true(h.sums.decisions < 3);
			assert_true(h.said.len > 0);
		}
		text[at] = was;
	}
	free(text);
	hour_fini(&h);
}

static void
test_what_is_no_recording_is_told(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "ends before its first decision" },
		{ "{\"kind\":\"World\",\"apiVersion\":\"paddock/v1\"}\n",
		  "no recording: kind is \"World\"" },
		{ "{\"kind\":\"Record\",\"apiVersion\":\"v9\"}\n",
		  "apiVersion: wanted" },
		{ "{\"kind\":\"Record\",\"apiVersion\":\"paddock/v1\","
		  "\"version\":2}\n",
		  "version 2 of the format; this program reads version 1" },
		{ "[]\n", "wanted object" },
		{ "{\"kind\":\"Record\",\"apiVersion\":\"paddock/v1\","
		  "\"version\":1}\n{\"put\":\"kubernetes.gateways\","
		  "\"object\":{}}\n{}\n",
		  "no such kind \"kubernetes.gateways\"" },
		{ "{\"kind\":\"Record\",\"apiVersion\":\"paddock/v1\","
		  "\"version\":1}\n{\"put\":\"kubernetes.pods\","
		  "\"object\":{\"metadata\":3}}\n{}\n",
		  "line 2: object" },
		{ "\001\002", "ends before" },
	};
	struct err err = { .code = ERR_NONE };
	struct tape h;

	(void)state;
	hour_init(&h);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		replay_text(&h, cases[i].text, strlen(cases[i].text));
		assert_int_equal(h.sums.decisions, 0);
		assert_text_contains(buf_text(&h.said), cases[i].says);
	}
	assert_null(recording_open("no/such/folder", on_said, &h, &err));
	assert_text_contains(err.text, "no/such/folder");
	assert_null(recording_open(h.dir, on_said, &h, &err));
	assert_text_contains(err.text, "no recording in this folder");
	hour_fini(&h);
}

/* ---- bounds ---- */

static void
test_segments_turn_over_and_the_oldest_go(void **state)
{
	/* Each holds about five minutes; about three fit. */
	static const struct recording_options bounds = {
		.segment_ms = (int64_t)5 * 60 * 1000,
	};
	struct recording_options tight = bounds;
	struct tape h;
	uint32_t whole;
	char **all;
	struct stat st;
	uint64_t bytes = 0;

	(void)state;
	hour_init(&h);
	record(&h, 22, 1, &bounds);
	whole = segment_count(&h);
	assert_in_range(whole, 4, 6);
	replay_dir(&h);
	assert_int_equal(h.sums.decisions, 22);
	assert_int_equal(h.sums.equal, 22);
	hour_fini(&h);

	hour_init(&h);
	tight.total_bytes = 250 << 10;
	record(&h, 22, 1, &tight);
	assert_true(segment_count(&h) < whole);
	all = recording_segments(h.dir, NULL);
	for (char **s = all; s[1]; s++)
		bytes += stat(*s, &st) == 0 ? (uint64_t)st.st_size : 0;
	assert_true(bytes <= tight.total_bytes);
	recording_segments_free(all);
	replay_dir(&h);
	assert_true(h.sums.decisions > 0 && h.sums.decisions < 22);
	assert_int_equal(h.sums.differing, 0);
	assert_int_equal(h.damaged, 0);
	hour_fini(&h);
}

static void
test_what_others_write_is_not_pruned(void **state)
{
	struct tape h;
	struct err err = { .code = ERR_NONE };
	struct recording_writer *w;
	const struct world *world;
	struct policy *policy = policy_new(POLICY_WORLD_FILE);
	struct engine_input in = { .policy = policy };
	const struct plan *p;

	(void)state;
	hour_init(&h);
	world = world_builder_done(world_builder_new(1000));
	in.world = world;
	in.now_ms = 1000;
	p = engine_decide(&in);
	w = recording_writer_new(&(struct recording_options){ .dir = h.dir },
				 &err);
	assert_ok(recording_add(w, &in, p, 1000, &err), &err);
	recording_prune(h.dir, 0, INT64_MAX);
	assert_int_equal(segment_count(&h), 1);
	recording_writer_free(w);
	recording_prune(h.dir, 0, INT64_MAX);
	assert_int_equal(segment_count(&h), 0);
	plan_unref(p);
	world_unref(world);
	policy_unref(policy);
	hour_fini(&h);
}

static void
test_a_place_to_record_in_is_needed(void **state)
{
	struct err err = { .code = ERR_NONE };
	char *dir = temporary_new();
	char *file = xasprintf("%s/file", dir);

	(void)state;
	close(open(file, O_CREAT | O_WRONLY, 0600));
	assert_null(recording_writer_new(
		&(struct recording_options){ .dir = file }, &err));
	assert_text_contains(err.text, "it is no folder");
	assert_int_equal(err.code, ERR_CONFIG);
	assert_null(recording_writer_new(
		&(struct recording_options){ .dir = "no/such/place" }, &err));
	assert_text_contains(err.text, "cannot make the folder");
	free(file);
	temporary_remove(dir);
}

SUITE(recording,
	TEST(test_a_patch_makes_one_tree_of_another),
	TEST(test_named_entries_become_members),
	TEST(test_a_burst_replays_equal),
	TEST(test_differences_are_named),
	TEST(test_a_torn_end_is_told_and_skipped),
	TEST(test_changed_bytes_are_found),
	TEST(test_what_is_no_recording_is_told),
	TEST(test_segments_turn_over_and_the_oldest_go),
	TEST(test_what_others_write_is_not_pruned),
	TEST(test_a_place_to_record_in_is_needed));
