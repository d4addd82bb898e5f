/*
 * Shrinking works on the tree: values are counted in the order they stand in,
 * and the world is written again without one of them.
 */
#include "tests/engine/shrink.h"

#include <stdlib.h>

#include "backend/base/json.h"

enum { ROUNDS = 8, TEXT_LIMIT = 16 << 20 };

struct cut {
	struct jsonw *w;
	uint32_t at, without; /* values so far; the one left out */
};

static uint32_t
values_of(const struct tree *t)
{
	uint32_t n = 1;

	if (t->kind == TREE_OBJECT || t->kind == TREE_ARRAY)
		tree_each (child, t)
			n += values_of(child);
	return n;
}

static void
put(struct cut *c, const struct tree *t)
{
	bool object = t->kind == TREE_OBJECT;

	c->at++;
	if (!object && t->kind != TREE_ARRAY) {
		jsonw_tree(c->w, t);
		return;
	}
	if (object)
		jsonw_object(c->w);
	else
		jsonw_array(c->w);
	tree_each (child, t) {
		if (c->at == c->without) {
			c->at += values_of(child);
			continue;
		}
		if (object)
			jsonw_key(c->w, child->key);
		put(c, child);
	}
	if (object)
		jsonw_end_object(c->w);
	else
		jsonw_end_array(c->w);
}

static void
write_without(const struct tree *t, uint32_t without, struct buf *out)
{
	struct cut c = { jsonw_new_buf(out, false), 0, without };

	put(&c, t);
	assert_true(jsonw_done(c.w));
}

/* Tries to leave out every value once, the last first: what stands behind it
 * keeps its number.  How many went. */
static uint32_t
pass(struct buf *text, bool (*fails)(void *ctx, const struct buf *text),
     void *ctx)
{
	struct arena *a = arena_new();
	struct err err;
	const struct tree *t = json_parse(a, text->at, text->len, &err);
	uint32_t gone = 0;
	struct buf less;

	assert_non_null(t);
	buf_init(&less, TEXT_LIMIT);
	for (uint32_t i = values_of(t) - 1; i > 0; i--) {
		buf_reset(&less);
		write_without(t, i, &less);
		if (!fails(ctx, &less))
			continue;
		gone++;
		buf_reset(text);
		buf_add(text, less.at, less.len);
		t = json_parse(a, text->at, text->len, &err);
		assert_non_null(t);
		if (i > values_of(t))
			i = values_of(t);
	}
	buf_fini(&less);
	arena_free(a);
	return gone;
}

void
shrink_world(struct buf *text,
	     bool (*fails)(void *ctx, const struct buf *text), void *ctx)
{
	for (int i = 0; i < ROUNDS && pass(text, fails, ctx) > 0; i++)
		;
}

/* ---- order ---- */

static void
put_permuted(struct jsonw *w, const struct tree *array, struct dice *dice)
{
	const struct tree **at = xcalloc(array->len + 1, sizeof(*at));
	uint32_t n = 0;

	tree_each (t, array)
		at[n++] = t;
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = dice_below(dice, i);
		const struct tree *t = at[i - 1];

		at[i - 1] = at[j];
		at[j] = t;
	}
	jsonw_array(w);
	for (uint32_t i = 0; i < n; i++)
		jsonw_tree(w, at[i]);
	jsonw_end_array(w);
	free(at);
}

void
permute_world(const struct buf *text, struct dice *dice, struct buf *out)
{
	struct arena *a = arena_new();
	struct jsonw *w = jsonw_new_buf(out, false);
	struct err err;
	const struct tree *t = json_parse(a, text->at, text->len, &err);

	assert_non_null(t);
	jsonw_object(w);
	tree_each (section, t) {
		bool objects = strcmp(section->key, "kubernetes") == 0 ||
			       strcmp(section->key, "aws") == 0;

		jsonw_key(w, section->key);
		if (!objects) {
			jsonw_tree(w, section);
			continue;
		}
		jsonw_object(w);
		tree_each (array, section) {
			jsonw_key(w, array->key);
			put_permuted(w, array, dice);
		}
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
	assert_true(jsonw_done(w));
	arena_free(a);
}
