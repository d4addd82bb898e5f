/*
 * World files that are wrong: the worlds of the vectors with one value of them
 * replaced by another type, by what is too large, too small or too long, or
 * with the file cut or damaged.  Each is refused with the path of what is
 * wrong, or decided on; the sanitizers watch the sums.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "tests/unit/check.h"
#include "tests/vectors/vec.h"

#define LIMIT_BYTES ((size_t)64 << 20)

static bool
to_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

/* ---- reading and deciding ---- */

static void
decide_on(const struct world_file *f)
{
	struct buf out;
	const struct plan *p = engine_decide(&(struct engine_input){
		.world = f->world,
		.policy = f->policy,
		.memory = f->memory,
		.now_ms = f->world->time_ms,
		.work_limit = 200000,
	});

	buf_init(&out, LIMIT_BYTES);
	assert_true(plan_write_json(p, to_buf, &out));
	buf_fini(&out);
	plan_unref(p);
}

/* False with err when the world is refused. */
static bool
try(const char *text, size_t len, struct err *err)
{
	struct world_reader *r = world_reader_new();
	struct world_file f;
	bool good;

	*err = (struct err){ .code = ERR_NONE };
	good = world_reader_feed(r, text, len, err) &&
	       world_reader_done(r, &f, err);
	if (good) {
		decide_on(&f);
		world_file_fini(&f);
	} else {
		assert_true(*err->text);
		assert_int_not_equal(err->code, ERR_NONE);
	}
	world_reader_free(r);
	return good;
}

/* ---- one value replaced ---- */

/* Written in place of a value; the first of a type it may have anyway. */
static const char *const instead[] = {
	"null", "true", "\"x\"", "[]", "{}", "[3]", "{\"a\":3}", "\"\"",
	"0", "-1", "1.5", "1e400", "2147483647", "-2147483648", "4294967296",
	"9223372036854775807", "-9223372036854775808",
	"18446744073709551616", "\"9223372036854775807\"",
	"\"9223372036854775807Ki\"", "\"9223372036854775\"", "\"8Ei\"",
	"\"7Ei\"", "\"-1\"", "\"1n\"", "\"1e18\"", "\"1e400\"", "\"NaN\"",
	"\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00Z\"",
	"\"2562047h47m16s\"", "\"-2562047h\"", "\"0:9223372036854775807\"",
	"\"\\u0000\"", "\"\\ud800\"", "\"\\u001b[2J\"",
};

struct graft {
	struct jsonw *w;
	uint32_t at, target; /* values are counted in order */
	const char *text;    /* goes in place of the target */
	char path[512];	     /* of the target, once met */
};

static void
put(struct graft *g, const struct tree *t, const char *path)
{
	char below[512];
	uint32_t i = 0;

	if (g->at++ == g->target) {
		snprintf(g->path, sizeof(g->path), "%s", path);
		jsonw_text(g->w, "@graft@");
		return;
	}
	if (t->kind != TREE_OBJECT && t->kind != TREE_ARRAY) {
		jsonw_tree(g->w, t);
		return;
	}
	if (t->kind == TREE_OBJECT)
		jsonw_object(g->w);
	else
		jsonw_array(g->w);
	tree_each (child, t) {
		if (t->kind == TREE_OBJECT) {
			jsonw_key(g->w, child->key);
			snprintf(below, sizeof(below), "%.400s%s%.100s", path,
				 *path ? "." : "", child->key);
		} else {
			snprintf(below, sizeof(below), "%.400s[%u]", path,
				 i++);
		}
		put(g, child, below);
	}
	if (t->kind == TREE_OBJECT)
		jsonw_end_object(g->w);
	else
		jsonw_end_array(g->w);
}

static uint32_t
values_of(const struct tree *t)
{
	uint32_t n = 1;

	if (t->kind == TREE_OBJECT || t->kind == TREE_ARRAY)
		tree_each (child, t)
			n += values_of(child);
	return n;
}

/* "kubernetes.pods[3]" of "kubernetes.pods[3].spec.x", "policy" of
 * "policy.x". */
static size_t
place_len(const char *path)
{
	size_t len = strcspn(path, ".");

	if (strncmp(path, "policy", 6) == 0 ||
	    strncmp(path, "memory", 6) == 0 || path[len] != '.')
		return len;
	return len + 1 + strcspn(path + len + 1, ".");
}

/* A fault names the place that was damaged, or one that it collides with. */
static void
check_path(const char *id, const struct graft *g, const struct err *err)
{
	size_t len = place_len(g->path);

	if (len && strncmp(err->text, g->path, len) != 0 &&
	    !strstr(err->text, ": the same "))
		fail_msg("%s: %s replaced by %s: \"%s\" does not name it", id,
			 g->path, g->text, err->text);
}

static void
graft(const char *id, const struct tree *world, uint32_t target,
      const char *text)
{
	struct graft g = { .target = target, .text = text };
	struct buf out, whole;
	struct err err;
	const char *mark;

	buf_init(&out, LIMIT_BYTES);
	buf_init(&whole, LIMIT_BYTES);
	g.w = jsonw_new_buf(&out, false);
	put(&g, world, "");
	assert_true(jsonw_done(g.w));
	mark = strstr(buf_text(&out), "\"@graft@\"");
	assert_non_null(mark);
	buf_add(&whole, out.at, (size_t)(mark - out.at));
	buf_puts(&whole, text);
	buf_puts(&whole, mark + strlen("\"@graft@\""));
	if (!try(whole.at, whole.len, &err))
		check_path(id, &g, &err);
	buf_fini(&out);
	buf_fini(&whole);
}

struct campaign {
	struct dice dice;
	uint32_t each; /* damages per world */
};

static void
replace_some(void *ctx, const char *id, const struct buf *world)
{
	struct campaign *c = ctx;
	struct arena *a = arena_new();
	struct err err;
	const struct tree *t = json_parse(a, world->at, world->len, &err);
	uint32_t n = values_of(t);

	for (uint32_t i = 0; i < c->each; i++)
		graft(id, t, 1 + dice_below(&c->dice, n - 1),
		      instead[dice_below(&c->dice, ARRAY_LEN(instead))]);
	arena_free(a);
}

static void
test_one_value_replaced(void **state)
{
	struct campaign c = { dice_new(441), (uint32_t)rounds(6) };

	(void)state;
	vec_worlds(replace_some, &c);
}

/* ---- files cut short or damaged ---- */

static void
cut_and_damage(void *ctx, const char *id, const struct buf *world)
{
	struct campaign *c = ctx;
	char *copy = xmalloc(world->len);
	struct err err;

	for (uint32_t i = 0; i < c->each; i++) {
		size_t len = dice_below(&c->dice, (uint32_t)world->len);

		if (try(world->at, len, &err))
			fail_msg("%s cut to %zu bytes was taken", id, len);
		memcpy(copy, world->at, world->len);
		for (uint32_t j = 1 + dice_below(&c->dice, 4); j > 0; j--)
			copy[dice_below(&c->dice, (uint32_t)world->len)] =
				(char)dice_below(&c->dice, 256);
		try(copy, world->len, &err);
	}
	free(copy);
}

static void
test_cut_and_damaged(void **state)
{
	struct campaign c = { dice_new(442), (uint32_t)rounds(3) };

	(void)state;
	vec_worlds(cut_and_damage, &c);
}

/* ---- what is too much ---- */

#define HEAD "{\"apiVersion\":\"paddock/v1\",\"kind\":\"World\",\"time\":" \
	     "\"2026-02-18T09:00:00Z\""

/* HEAD, then `each` n times, in which '#' is the number, then tail. */
static void
wants_refusal(const char *before, const char *each, uint32_t n,
	      const char *tail, const char *says)
{
	struct buf text;
	struct err err;

	buf_init(&text, (size_t)256 << 20);
	buf_puts(&text, HEAD);
	buf_puts(&text, before);
	for (uint32_t i = 0; i < n; i++)
		for (const char *p = each; *p; p++)
			if (*p == '#')
				buf_printf(&text, "%u", i);
			else
				buf_putc(&text, *p);
	buf_puts(&text, tail);
	assert_true(buf_ok(&text));
	if (try(text.at, text.len, &err))
		fail_msg("taken: %s...", before);
	assert_text_contains(err.text, says);
	buf_fini(&text);
}

static void
test_too_much(void **state)
{
	(void)state;
	wants_refusal(",\"kubernetes\":{\"nodes\":[{\"metadata\":{\"labels\":{",
		      "\"l#\":\"v\",", 1000000, "\"z\":\"\"}}}]}}",
		      "kubernetes.nodes[0]: byte ");
	wants_refusal(",\"kubernetes\":{\"pods\":[{\"metadata\":{\"name\":"
		      "\"a\"}},{\"x\":", "[", 100000, "",
		      "kubernetes.pods[1]: byte ");
	wants_refusal(",\"x\":", "{\"x\":", 100000, "", "nested deeper");
	wants_refusal(",\"kubernetes\":{\"pods\":[{\"metadata\":{\"name\":\"",
		      "12345678", 2000000, "\"}}]}}", "kubernetes.pods[0]");
	wants_refusal(",\"kubernetes\":{\"pods\":[{\"metadata\":{\"name\":"
		      "\"a\"},\"spec\":{\"containers\":[{", "", 0, "",
		      "kubernetes.pods[0]: byte ");
}

/* ---- the same thing twice, and circles ---- */

#define OWNED(name, by)                                                       \
	"{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\""  \
	name "\",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":"  \
	"\"ReplicaSet\",\"name\":\"" by "\",\"uid\":\"" by "\","              \
	"\"controller\":true}]},\"spec\":{\"nodeName\":\"n\",\"replicas\":1}}"

static void
test_owners_in_circles(void **state)
{
	static const char text[] =
		HEAD ",\"kubernetes\":{\"replicaSets\":[" OWNED("a", "b") ","
		OWNED("b", "a") "," OWNED("c", "c") "],\"pods\":["
		OWNED("pa", "a") "," OWNED("pb", "b") "," OWNED("pc", "pc")
		"],\"nodes\":[{\"metadata\":{\"name\":\"n\"},\"spec\":{"
		"\"providerID\":\"aws:///a/i-n\"},\"status\":{\"allocatable\":"
		"{\"cpu\":\"1\",\"memory\":\"1Gi\",\"pods\":\"9\"}}}]},\"aws\":"
		"{\"autoScalingGroups\":[{\"AutoScalingGroupName\":\"g\","
		"\"MaxSize\":3,\"DesiredCapacity\":1,\"Instances\":[{"
		"\"InstanceId\":\"i-n\",\"AvailabilityZone\":\"a\"}]}]}}";
	struct err err;

	(void)state;
	if (!try(text, strlen(text), &err))
		fail_msg("%s", err.text);
}

/* ---- sums past what can be counted ---- */

static void
test_sums_do_not_wrap(void **state)
{
	static const struct {
		const char *resource, *most;
	} cases[] = {
		{ "memory", "9223372036854775807" },
		{ "cpu", "9223372036854775" },
		{ "ephemeral-storage", "9223372036854775807" },
		{ "example.com/thing", "9223372036854775807" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world_reader *r = world_reader_new();
		struct err err = { .code = ERR_NONE };
		struct world_file f;
		const struct plan *p;
		struct buf text;

		buf_init(&text, LIMIT_BYTES);
		buf_puts(&text, HEAD ",\"kubernetes\":{\"pods\":[");
		for (int k = 0; k < 5; k++)
			buf_printf(&text, "{\"metadata\":{\"name\":\"p%d\","
				   "\"namespace\":\"d\"},\"spec\":{%s"
				   "\"containers\":[{\"name\":\"c\","
				   "\"resources\":{\"requests\":{\"%s\":\"%s\"}"
				   "}}]},\"status\":{\"phase\":\"%s\","
				   "\"conditions\":[{\"type\":\"PodScheduled\""
				   ",\"status\":\"%s\",\"reason\":"
				   "\"Unschedulable\"}]}},", k,
				   k ? "\"nodeName\":\"n\"," : "",
				   cases[i].resource, k ? cases[i].most : "1",
				   k ? "Running" : "Pending",
				   k ? "True" : "False");
		text.len--;
		buf_printf(&text, "],\"nodes\":[{\"metadata\":{\"name\":\"n\"}"
			   ",\"status\":{\"allocatable\":{\"cpu\":"
			   "\"9223372036854775\",\"memory\":"
			   "\"9223372036854775807\",\"pods\":\"9\",\"%s\":"
			   "\"%s\"},\"conditions\":[{\"type\":\"Ready\","
			   "\"status\":\"True\"}]}}]}}", cases[i].resource,
			   cases[i].most);
		assert_ok(world_reader_feed(r, text.at, text.len, &err) &&
				  world_reader_done(r, &f, &err),
			  &err);
		p = engine_decide(&(struct engine_input){
			.world = f.world,
			.policy = f.policy,
			.now_ms = f.world->time_ms,
		});
		assert_int_equal(plan_pod(p, "d/p0")->fate, FATE_REFUSED);
		plan_unref(p);
		world_file_fini(&f);
		world_reader_free(r);
		buf_fini(&text);
	}
}

SUITE(bad_worlds,
	TEST(test_one_value_replaced),
	TEST(test_cut_and_damaged),
	TEST(test_too_much),
	TEST(test_owners_in_circles),
	TEST(test_sums_do_not_wrap));
