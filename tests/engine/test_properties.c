/*
 * Properties that hold for every decision, on random worlds.
 *
 * - The order in which a world lists its objects changes nothing.
 * - Limits of groups and of the cluster are kept, going up and going down.
 * - What was asked for is not asked for again: with the growth written down as
 *   an act and as desired capacity, its pods alone cause no more, or less than
 *   before: pods are tried by priority on what is there but packed by size on
 *   new nodes (upstream's rules both), so that one may be left over.
 * - A node with room for everything makes growth needless.
 * - Deciding twice on the same input gives the same plan.
 *
 * A world that fails is made smaller while it still does, and shown: it becomes
 * a vector.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/model/cloud.h"
#include "tests/engine/random_world.h"
#include "tests/engine/shrink.h"

static bool
to_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

static const struct plan *
decide(const struct world_file *f)
{
	return engine_decide(&(struct engine_input){
		.world = f->world, .policy = f->policy, .memory = f->memory,
		.now_ms = f->world->time_ms });
}

static void
plan_text(const struct plan *p, struct buf *out)
{
	buf_reset(out);
	assert_true(plan_write_json(p, to_buf, out));
}

struct look { /* what one property works with */
	struct buf text, a, b;
	uint64_t seed;
	struct world_file f;
	const struct plan *p;
	uint64_t grown, shrunk; /* over all worlds: that it is no empty talk */
	void (*property)(struct look *l);
	char fault[600];	/* "" while it holds */
	char kind[32];		/* of the fault that is shrunk, to its ':' */
};

static bool
read_text(const struct buf *text, struct world_file *out)
{
	struct world_reader *r = world_reader_new();
	struct err err;
	bool good = world_reader_feed(r, text->at, text->len, &err) &&
		    world_reader_done(r, out, &err);

	world_reader_free(r);
	return good;
}

/* Looks at the world in l->text; false when it cannot be read. */
static bool
look_at(struct look *l)
{
	*l->fault = '\0';
	if (!read_text(&l->text, &l->f))
		return false;
	l->p = decide(&l->f);
	l->grown += l->p->scale_up_n;
	l->shrunk += l->p->scale_down_n;
	l->property(l);
	plan_unref(l->p);
	world_file_fini(&l->f);
	return true;
}

static bool
still_fails(void *ctx, const struct buf *text)
{
	struct look *l = ctx;

	buf_reset(&l->text);
	buf_add(&l->text, text->at, text->len);
	/* A world without names may fail in another way. */
	return look_at(l) && *l->fault &&
	       strncmp(l->fault, l->kind, strcspn(l->kind, ":")) == 0;
}

static void
show_smallest(struct look *l)
{
	struct buf small;
	char fault[sizeof(l->fault)];

	memcpy(fault, l->fault, sizeof(fault));
	snprintf(l->kind, sizeof(l->kind), "%.31s", l->fault);
	buf_init(&small, 16 << 20);
	buf_add(&small, l->text.at, l->text.len);
	shrink_world(&small, still_fails, l);
	print_error("%s\n", buf_text(&small));
	buf_fini(&small);
	fail_msg("seed %llu: %s", (unsigned long long)l->seed, fault);
}

static enum world_taste
taste_of(int taste, uint64_t seed)
{
	if (taste >= 0)
		return (enum world_taste)taste;
	return seed % 2 ? TASTE_SCALING : TASTE_PLACING;
}

/* taste -1: one or the other. */
static void
each_world(uint32_t usual, uint64_t offset, int taste,
	   void (*property)(struct look *l), struct look *l)
{
	uint32_t worlds = random_worlds(usual);

	buf_init(&l->text, 16 << 20);
	buf_init(&l->a, 64 << 20);
	buf_init(&l->b, 64 << 20);
	l->property = property;
	for (uint32_t i = 0; i < worlds; i++) {
		l->seed = random_seed() + offset + i;
		buf_reset(&l->text);
		random_world(&l->text, l->seed, taste_of(taste, l->seed), 0);
		assert_true(look_at(l));
		if (*l->fault)
			show_smallest(l);
	}
	buf_fini(&l->text);
	buf_fini(&l->a);
	buf_fini(&l->b);
}

#define LOOK_FAIL(l, ...)                                                   \
	do {                                                                \
		snprintf((l)->fault, sizeof((l)->fault), __VA_ARGS__);      \
		return;                                                     \
	} while (0)

/* ---- order ---- */

static void
same_in_any_order(struct look *l)
{
	struct dice dice = { l->seed * 77 + 13 };
	struct world_file other;
	const struct plan *p;
	bool same;

	plan_text(l->p, &l->a);
	buf_reset(&l->b);
	permute_world(&l->text, &dice, &l->b);
	if (!read_text(&l->b, &other))
		LOOK_FAIL(l, "in another order it cannot be read");
	p = decide(&other);
	plan_text(p, &l->b);
	same = strcmp(buf_text(&l->a), buf_text(&l->b)) == 0;
	plan_unref(p);
	world_file_fini(&other);
	if (!same)
		LOOK_FAIL(l, "order matters");
}

static void
test_order_of_input(void **state)
{
	struct look l = { .seed = 0 };

	(void)state;
	each_world(600, 1000000, -1, same_in_any_order, &l);
}

/* ---- limits ---- */

static const struct group *
group_named(const struct world *w, const char *name)
{
	WORLD_EACH(group, g, w, KIND_GROUP)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

static int64_t
policy_number(const struct look *l, const char *key)
{
	char needle[64];
	const char *at;

	snprintf(needle, sizeof(needle), "\"%s\":", key);
	at = strstr(buf_text(&l->text), needle);
	return at ? strtoll(at + strlen(needle), NULL, 10) : 0;
}

static int32_t
size_after_growth(const struct look *l, const struct group *g)
{
	int32_t size = g->desired;

	for (uint32_t i = 0; i < l->p->scale_up_n; i++)
		if (strcmp(l->p->scale_up[i].group, g->name) == 0)
			size = l->p->scale_up[i].to;
	return size;
}

static void
keeps_limits(struct look *l)
{
	int64_t most = policy_number(l, "max-nodes-total"), added = 0;
	int64_t nodes = l->f.world->of[KIND_NODE].n;

	for (uint32_t i = 0; i < l->p->scale_up_n; i++) {
		const struct plan_scale_up *s = &l->p->scale_up[i];
		const struct group *g = group_named(l->f.world, s->group);

		added += s->to - s->from;
		if (s->to <= s->from || s->to > g->max)
			LOOK_FAIL(l, "over max: %s grows %d>%d of %d", s->group,
				  s->from, s->to, g->max);
	}
	for (uint32_t i = 0; i < l->p->fix_n; i++)
		added += l->p->fixes[i].to > l->p->fixes[i].from
				 ? l->p->fixes[i].to - l->p->fixes[i].from
				 : 0;
	if (most > 0 && added > 0 && nodes + added > most)
		LOOK_FAIL(l, "over total: %lld nodes and %lld more, at "
			     "most %lld",
			  (long long)nodes, (long long)added,
			  (long long)most);
	WORLD_EACH(group, g, l->f.world, KIND_GROUP)
	{
		/* What grows in the same decision is there to be shrunk. */
		int32_t gone = 0, size = size_after_growth(l, g);

		for (uint32_t i = 0; i < l->p->scale_down_n; i++)
			gone += strcmp(l->p->scale_down[i].group, g->name) ==
				0;
		if (gone > 0 && size - gone < g->min)
			LOOK_FAIL(l, "below min: %s loses %d of %d, at least "
				     "%d", g->name, gone, size, g->min);
	}
}

static void
test_limits(void **state)
{
	struct look l = { .seed = 0 };

	(void)state;
	each_world(1500, 2000000, TASTE_SCALING, keeps_limits, &l);
	print_message("# %llu growths, %llu removals\n",
		      (unsigned long long)l.grown,
		      (unsigned long long)l.shrunk);
	assert_true(l.grown > 100);
	assert_true(l.shrunk > 100);
}

/* ---- what was asked for is not asked for again ---- */

static bool
was_helped(const struct look *l, const char *pod)
{
	for (uint32_t i = 0; i < l->p->scale_up_n; i++)
		for (uint32_t j = 0; j < l->p->scale_up[i].pod_n; j++)
			if (strcmp(l->p->scale_up[i].pods[j], pod) == 0)
				return true;
	return false;
}

/* Pending pods that were not helped are taken out: they could take the places
 * made for others. */
static bool
drop_others(struct look *l, struct buf *text)
{
	static const char gone[] = "2026-02-18T08:00:00Z\",\"deletionTimestamp";

	for (uint32_t i = 0; i < l->p->pending_n; i++) {
		const char *name = l->p->pending[i].pod;
		char needle[64], *at, *copy;
		size_t head;

		if (was_helped(l, name))
			continue;
		snprintf(needle, sizeof(needle), "\"name\":\"%s\",\"uid\"",
			 strchr(name, '/') + 1);
		at = strstr(text->at, needle);
		at = at ? strstr(at, "\"creationTimestamp\":\"") : NULL;
		if (!at)
			return false;
		at += strlen("\"creationTimestamp\":\"");
		head = (size_t)(at - text->at);
		copy = xasprintf("%.*s%s\":\"%s", (int)head, text->at, gone,
				 at);
		buf_reset(text);
		buf_puts(text, copy);
		free(copy);
	}
	return true;
}

/* The same world, later: desired as the plan says, and the acts.  False when
 * too much of the text is gone for that. */
static bool
carry_out(struct look *l, struct buf *out)
{
	char time[TIME_TEXT];
	const char *from = buf_text(&l->text);
	int64_t then = l->f.world->time_ms + 1000;

	buf_reset(out);
	buf_puts(out, "{\"acts\":[");
	for (uint32_t i = 0; i < l->p->scale_up_n; i++) {
		const struct plan_scale_up *s = &l->p->scale_up[i];

		buf_printf(out, "%s{\"id\":\"a%u\",\"by\":\"paddock\",\"kind\":"
				"\"scaleUp\",\"group\":\"%s\",\"from\":%d,"
				"\"to\":%d,\"started\":\"%s\",\"outcome\":"
				"\"running\"}", i ? "," : "", i, s->group,
			   s->from, s->to,
			   time_format(then, false, time));
	}
	buf_puts(out, "],");
	buf_puts(out, from + 1);
	for (uint32_t i = 0; i < l->p->scale_up_n; i++) {
		const struct plan_scale_up *s = &l->p->scale_up[i];
		char *at, needle[96];

		snprintf(needle, sizeof(needle),
			 "\"AutoScalingGroupName\":\"%s\"", s->group);
		at = strstr(out->at, needle);
		at = at ? strstr(at, "\"DesiredCapacity\":") : NULL;
		if (!at)
			return false;
		at += strlen("\"DesiredCapacity\":");
		assert_true(s->to < 10); /* one digit, as all here */
		*at = (char)('0' + s->to);
	}
	return drop_others(l, out);
}

static int32_t
growth_of(const struct plan *p)
{
	int32_t sum = 0;

	for (uint32_t i = 0; i < p->scale_up_n; i++)
		sum += p->scale_up[i].to - p->scale_up[i].from;
	return sum;
}

static void
asks_once(struct look *l)
{
	struct world_file later;
	const struct plan *p;
	int32_t again;

	/* A cut growth leaves some of its pods without a place. */
	if (l->p->scale_up_n == 0 || policy_number(l, "max-nodes-total") ||
	    strstr(buf_text(&l->text), "cores-total"))
		return;
	for (uint32_t i = 0; i < l->p->scale_up_n; i++)
		if (l->p->scale_up[i].to > 9)
			return;
	if (!carry_out(l, &l->b) || !read_text(&l->b, &later))
		return;
	p = engine_decide(&(struct engine_input){
		.world = later.world, .policy = later.policy,
		.memory = l->p->memory,
		.now_ms = later.world->time_ms + 10000 });
	again = growth_of(p);
	plan_unref(p);
	world_file_fini(&later);
	if (again > 0 && again >= growth_of(l->p))
		LOOK_FAIL(l, "it grows again: by %d", (int)again);
}

static void
test_asks_once(void **state)
{
	struct look l = { .seed = 0 };

	(void)state;
	each_world(1500, 3000000, TASTE_SCALING, asks_once, &l);
	assert_true(l.grown > 100);
}

/* ---- room for all ---- */

static void
room_is_enough(struct look *l)
{
	static const char huge[] =
		"{\"metadata\":{\"name\":\"zz-huge\"},\"spec\":{},\"status\":{"
		"\"capacity\":{\"cpu\":\"999\",\"memory\":\"999Gi\",\"pods\":"
		"\"999\"},\"allocatable\":{\"cpu\":\"999\",\"memory\":"
		"\"999Gi\",\"pods\":\"999\",\"example.com/thing\":\"99\","
		"\"nvidia.com/gpu\":\"99\",\"ephemeral-storage\":\"999Gi\"},"
		"\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}";
	struct world_file more;
	const struct plan *p;
	const char *nodes = strstr(buf_text(&l->text), "\"nodes\":[");
	bool grows;
	size_t head;

	if (!nodes)
		return;
	head = (size_t)(nodes - buf_text(&l->text)) + strlen("\"nodes\":[");
	buf_reset(&l->a);
	buf_add(&l->a, buf_text(&l->text), head);
	buf_puts(&l->a, huge);
	if (buf_text(&l->text)[head] != ']')
		buf_puts(&l->a, ",");
	buf_puts(&l->a, buf_text(&l->text) + head);
	if (!read_text(&l->a, &more))
		return;
	p = decide(&more);
	/* Scaling pods here ask for nothing a bare node lacks but ports. */
	grows = p->scale_up_n > 0 && !strstr(buf_text(&l->a), "hostPort");
	plan_unref(p);
	world_file_fini(&more);
	if (grows)
		LOOK_FAIL(l, "it grows beside an empty huge node");
}

static void
test_room_is_enough(void **state)
{
	struct look l = { .seed = 0 };

	(void)state;
	each_world(800, 4000000, TASTE_SCALING, room_is_enough, &l);
	assert_true(l.grown > 50);
}

/* ---- no state is kept ---- */

static void
same_twice(struct look *l)
{
	const struct plan *p = decide(&l->f);

	plan_text(l->p, &l->a);
	plan_text(p, &l->b);
	plan_unref(p);
	if (strcmp(buf_text(&l->a), buf_text(&l->b)) != 0)
		LOOK_FAIL(l, "the second decision is another");
}

static void
test_same_twice(void **state)
{
	struct look l = { .seed = 0 };

	(void)state;
	each_world(200, 5000000, TASTE_PLACING, same_twice, &l);
}

/* ---- bounded ---- */

static void
stops_early(struct look *l)
{
	for (uint64_t limit = 1; limit < 60; limit += 7) {
		const struct plan *p = engine_decide(&(struct engine_input){
			.world = l->f.world, .policy = l->f.policy,
			.now_ms = l->f.world->time_ms, .work_limit = limit });

		uint64_t work = p->work;

		plan_unref(p);
		if (work > limit + 2000)
			LOOK_FAIL(l, "over work: %llu checks, at most %llu",
				  (unsigned long long)work,
				  (unsigned long long)limit);
	}
}

static void
test_stops_early(void **state)
{
	struct look l = { .seed = 0 };

	(void)state;
	each_world(60, 6000000, TASTE_PLACING, stops_early, &l);
}

SUITE(engine_properties,
	TEST(test_order_of_input),
	TEST(test_limits),
	TEST(test_asks_once),
	TEST(test_room_is_enough),
	TEST(test_same_twice),
	TEST(test_stops_early));
