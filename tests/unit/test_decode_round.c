/*
 * Every kind, both ways: what is read is written and comes back the same, for
 * the objects of tests/fixtures/decode and for thousands of broken variations
 * of them.  The tables of memory layout are checked too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/decode/decode.h"
#include "backend/decode/shape.h"
#include "tests/unit/check.h"

#define FOLDER "tests/fixtures/decode/"

static const char *const files[] = { FOLDER "pods.json", FOLDER "nodes.json",
				     FOLDER "kubernetes.json",
				     FOLDER "cloud.json" };

/* ---- helpers ---- */

static const struct tree *
parse(struct arena *a, const struct buf *b)
{
	struct err err = { .code = ERR_NONE };
	const struct tree *t = json_parse(a, buf_text(b), b->len, &err);

	if (!t)
		fail_msg("%s: %s", err.text, buf_text(b));
	return t;
}

static void
write_record(struct buf *out, const struct record *r)
{
	struct jsonw *w = jsonw_new_buf(out, false);

	codec_of((enum kind)r->kind)->encode(w, r);
	assert_true(jsonw_done(w));
}

/* Writes, reads back, compares; and what is written the second time has the
 * same bytes. */
static void
check_round_trip(struct seal *s, const struct record *r)
{
	const struct codec *codec = codec_of((enum kind)r->kind);
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct record *again;
	struct buf first, second;

	buf_init(&first, 16 << 20);
	buf_init(&second, 16 << 20);
	write_record(&first, r);
	again = codec->decode(s, parse(a, &first), &err);
	if (!again)
		fail_msg("%s: %s", err.text, buf_text(&first));
	write_record(&second, again);
	assert_text_equal(buf_text(&second), buf_text(&first));
	if (!records_equal(r, again))
		fail_msg("%s lost something: %s", kind_name(r->kind),
			 buf_text(&first));
	assert_true(records_equal(again, r));
	record_unref(again);
	buf_fini(&first);
	buf_fini(&second);
	arena_free(a);
}

/* Calls fn for every object of every file. */
static void
each_object(void (*fn)(void *ctx, const struct codec *codec,
		       const struct tree *t),
	    void *ctx)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct arena *a = arena_new();
		const struct tree *file = parse_fixture(a, files[i]);

		for (int k = 0; k < KIND_COUNT; k++) {
			const struct codec *codec = codec_of((enum kind)k);
			const struct tree *source, *list;

			if (!codec)
				continue;
			source = tree_get(
				file, source_name(kind_source(codec->kind)));
			list = tree_get(source, kind_plural(codec->kind));
			tree_each(t, list)
				fn(ctx, codec, t);
		}
		arena_free(a);
	}
}

/* ---- fixtures ---- */

struct seen {
	struct seal *s;
	uint32_t n[KIND_COUNT];
};

static void
read_and_back(void *ctx, const struct codec *codec, const struct tree *t)
{
	struct seen *seen = ctx;
	struct err err = { .code = ERR_NONE };
	const struct record *r = codec->decode(seen->s, t, &err);

	if (!r)
		fail_msg("%s: %s", kind_name(codec->kind), err.text);
	assert_int_equal(r->kind, codec->kind);
	assert_int_equal(r->refs, 1);
	check_round_trip(seen->s, r);
	record_unref(r);
	seen->n[codec->kind]++;
}

static void
test_fixtures_of_every_kind(void **state)
{
	struct seen seen = { .s = seal_new() };

	(void)state;
	each_object(read_and_back, &seen);
	for (int k = 0; k < KIND_COUNT; k++) {
		assert_true(!codec_of((enum kind)k) ==
			    !shape_of((enum kind)k));
		if (codec_of((enum kind)k) && !seen.n[k])
			fail_msg("no fixture for %s", kind_name(k));
	}
	seal_free(seen.s);
}

/* ---- nothing forgotten ---- */

/* Which members of a shape have been seen with a value of their own. */
struct covered {
	const struct shape *shape;
	uint64_t members;
};

struct coverage {
	struct seal *s;
	VEC(struct covered) all;
};

static struct covered *
covered_shape(struct coverage *c, const struct shape *shape)
{
	struct covered *new;

	for (uint32_t i = 0; i < c->all.n; i++)
		if (c->all.at[i].shape == shape)
			return &c->all.at[i];
	new = vec_add(&c->all);
	new->shape = shape;
	return new;
}

static void cover(struct coverage *c, const struct shape *shape,
		  const void *base);

static void
cover_member(struct coverage *c, const struct member *m, const char *base)
{
	const void *p = NULL;
	uint32_t n = 0;

	memcpy(&n, base + m->count_at, sizeof(n));
	if (m->type == MEMBER_ARRAY || m->type == MEMBER_POINTER ||
	    m->type == MEMBER_RECORD)
		memcpy(&p, base + m->at, sizeof(p));
	if (m->type == MEMBER_STRUCT)
		cover(c, m->sub, base + m->at);
	else if (m->type == MEMBER_ARRAY)
		for (uint32_t i = 0; i < n; i++)
			cover(c, m->sub,
			      (const char *)p + (size_t)i * m->sub->bytes);
	else if (p)
		cover(c, m->sub, p);
}

static void
cover(struct coverage *c, const struct shape *shape, const void *base)
{
	char *blank = xcalloc(1, shape->bytes);

	shape_blank(shape, blank);
	for (uint32_t i = 0; i < shape->n; i++) {
		const struct shape one = { shape->bytes, 1,
					   &shape->members[i] };

		cover_member(c, &shape->members[i], base);
		if (!shape_equal(&one, base, blank))
			covered_shape(c, shape)->members |= UINT64_C(1) << i;
	}
	free(blank);
}

static void
cover_object(void *ctx, const struct codec *codec, const struct tree *t)
{
	struct coverage *c = ctx;
	const struct record *r = codec->decode(c->s, t, NULL);

	assert_non_null(r);
	cover(c, shape_of(codec->kind), r);
	record_unref(r);
}

/* Each member of each struct is set by some fixture: what a reader forgets
 * cannot hide behind a round trip. */
static void
test_fixtures_set_every_member(void **state)
{
	struct coverage c = { .s = seal_new() };

	(void)state;
	each_object(cover_object, &c);
	for (uint32_t i = 0; i < c.all.n; i++) {
		const struct shape *shape = c.all.at[i].shape;

		assert_true(shape->n <= 64);
		for (uint32_t k = 0; k < shape->n; k++)
			if (!(c.all.at[i].members >> k & 1))
				fail_msg("no fixture sets %s (beside %s)",
					 shape->members[k].name,
					 shape->members[0].name);
	}
	/* All shapes but labels' own came by. */
	assert_true(c.all.n > 40);
	vec_free(&c.all);
	seal_free(c.s);
}

/* ---- the layout tables leave no hole ---- */

static size_t
member_bytes(const struct member *m)
{
	switch ((enum member_type)m->type) {
	case MEMBER_BOOL:
	case MEMBER_U8:
		return 1;
	case MEMBER_U16:
		return 2;
	case MEMBER_I32:
	case MEMBER_U32:
		return 4;
	case MEMBER_STRUCT:
		return m->sub->bytes;
	default:
		return 8;
	}
}

static void
mark(unsigned char *used, size_t at, size_t n, const char *name)
{
	for (size_t i = at; i < at + n; i++) {
		if (used[i])
			fail_msg("%s overlaps another member", name);
		used[i] = 1;
	}
}

static void
check_layout(const struct shape *shape, size_t head)
{
	unsigned char *used = xcalloc(1, shape->bytes + 8);
	size_t gap = 0;

	mark(used, 0, head, "head");
	for (uint32_t i = 0; i < shape->n; i++) {
		const struct member *m = &shape->members[i];

		mark(used, m->at, member_bytes(m), m->name);
		if (m->count_at)
			mark(used, m->count_at, 4, m->name);
		if (m->type == MEMBER_STRUCT || m->type == MEMBER_ARRAY ||
		    m->type == MEMBER_POINTER)
			check_layout(m->sub, 0);
	}
	/* What remains is padding: in front of something aligned. */
	for (size_t i = 0; i <= shape->bytes; i++) {
		if (i < shape->bytes && !used[i]) {
			gap++;
			continue;
		}
		if (gap && (gap > 7 || i % (gap == 1 ? 2 : 4) != 0))
			fail_msg("%zu bytes before %zu (near %s) are in no "
				 "table", gap, i, shape->members[0].name);
		gap = 0;
	}
	free(used);
}

static void
test_layout_tables_cover_the_structs(void **state)
{
	(void)state;
	for (int k = 0; k < KIND_COUNT; k++)
		if (shape_of((enum kind)k))
			check_layout(shape_of((enum kind)k),
				     sizeof(struct record));
}

/* ---- variations ---- */

/* A copy of a tree with members dropped, doubled, exchanged for other values
 * or kinds: mostly readable, often odd, sometimes refused. */
struct mutant {
	struct dice dice;
	struct jsonw *w;
	uint32_t wildness; /* one in so many nodes is changed */
};

static void
odd_value(struct mutant *m)
{
	static const char *const texts[] = {
		"", "a", "Running", "True", "False", "-1", "1", "7.5", "1Gi",
		"12x", "Always", "NoSchedule", "Infeasible", "true", "Memory",
		"2026-02-18T09:00:00Z", "gid://gitlab/Ci::Build/7",
		"\n\xc3\xa9",
	};

	switch (dice_below(&m->dice, 8)) {
	case 0:
		jsonw_null(m->w);
		break;
	case 1:
		jsonw_bool(m->w, dice_below(&m->dice, 2));
		break;
	case 2:
		jsonw_int(m->w, (int64_t)dice_roll(&m->dice));
		break;
	case 3:
		jsonw_int(m->w, dice_below(&m->dice, 100));
		break;
	case 4:
		jsonw_object(m->w);
		jsonw_end_object(m->w);
		break;
	case 5:
		jsonw_array(m->w);
		jsonw_end_array(m->w);
		break;
	default:
		jsonw_text(m->w, texts[dice_below(&m->dice,
						  ARRAY_LEN(texts))]);
	}
}

static void mutate(struct mutant *m, const struct tree *t);

static void
mutate_children(struct mutant *m, const struct tree *t)
{
	const struct tree *other = t->first;

	tree_each(c, t) {
		const struct tree *value = c;
		bool wild = dice_below(&m->dice, m->wildness) == 0;
		uint32_t kind = wild ? dice_below(&m->dice, 4) : 9;

		if (kind == 0)
			continue; /* dropped */
		if (t->kind == TREE_OBJECT)
			jsonw_key(m->w, c->key);
		if (kind == 1)
			value = other; /* a neighbour's value */
		if (kind == 2) {
			odd_value(m);
		} else {
			mutate(m, value);
		}
		if (kind == 3) { /* twice */
			if (t->kind == TREE_OBJECT)
				jsonw_key(m->w, c->key);
			mutate(m, c);
		}
		if (dice_below(&m->dice, 3) == 0)
			other = c;
	}
}

static void
mutate(struct mutant *m, const struct tree *t)
{
	if (t->kind == TREE_OBJECT) {
		jsonw_object(m->w);
		mutate_children(m, t);
		jsonw_end_object(m->w);
	} else if (t->kind == TREE_ARRAY) {
		jsonw_array(m->w);
		mutate_children(m, t);
		jsonw_end_array(m->w);
	} else {
		jsonw_tree(m->w, t);
	}
}

struct campaign {
	struct seal *s;
	struct mutant m;
	int rounds;
	uint32_t read, refused;
};

static void
vary_object(void *ctx, const struct codec *codec, const struct tree *t)
{
	struct campaign *c = ctx;
	struct arena *a = arena_new();

	for (int i = 0; i < c->rounds; i++) {
		struct err err = { .code = ERR_NONE };
		const struct record *r;
		struct buf b;

		buf_init(&b, 16 << 20);
		c->m.w = jsonw_new_buf(&b, false);
		c->m.wildness = 2 + dice_below(&c->m.dice, 60);
		mutate(&c->m, t);
		assert_true(jsonw_done(c->m.w));
		arena_reset(a);
		r = codec->decode(c->s, parse(a, &b), &err);
		if (r) {
			check_round_trip(c->s, r);
			c->read++;
		} else {
			assert_int_equal(err.code, ERR_BAD);
			assert_true(strlen(err.text) > 5);
			c->refused++;
		}
		record_unref(r);
		buf_fini(&b);
	}
	arena_free(a);
}

static void
test_variations_come_back(void **state)
{
	struct campaign c = { .s = seal_new(),
			      .m.dice = dice_new(77),
			      .rounds = rounds(150) };

	(void)state;
	each_object(vary_object, &c);
	/* Enough of both for the test to mean something. */
	assert_true(c.read > 2000);
	assert_true(c.refused > 500);
	seal_free(c.s);
}

static void
test_equality_sees_a_difference(void **state)
{
	struct seal *s = seal_new();
	struct arena *a = arena_new();
	const struct codec *codec = codec_of(KIND_POD);
	const struct record *x, *y, *z;

	(void)state;
	x = codec->decode(s, parse_text(a, "{'metadata':{'name':'a'}}"), NULL);
	y = codec->decode(s, parse_text(a, "{'metadata':{'name':'b'}}"), NULL);
	z = codec_of(KIND_NODE)->decode(
		s, parse_text(a, "{'metadata':{'name':'a'}}"), NULL);
	assert_true(records_equal(x, x));
	assert_false(records_equal(x, y));
	assert_false(records_equal(x, z));
	record_unref(x);
	record_unref(y);
	record_unref(z);
	arena_free(a);
	seal_free(s);
}

SUITE(decode_round,
	TEST(test_fixtures_of_every_kind),
	TEST(test_fixtures_set_every_member),
	TEST(test_layout_tables_cover_the_structs),
	TEST(test_variations_come_back),
	TEST(test_equality_sees_a_difference));
