/*
 * Hash map: order, holes, and equality with a naive model.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/map.h"
#include "tests/unit/check.h"

static void
test_get_put_take(void **state)
{
	struct map *m = map_new(NULL);
	int a = 1, b = 2;

	(void)state;
	assert_null(map_get(m, "a"));
	assert_null(map_put(m, "a", &a));
	assert_ptr_equal(map_get(m, "a"), &a);
	assert_ptr_equal(map_put(m, "a", &b), &a);
	assert_int_equal(map_count(m), 1);
	assert_ptr_equal(map_getn(m, "abc", 1), &b);
	assert_ptr_equal(map_take(m, "a"), &b);
	assert_null(map_take(m, "a"));
	assert_int_equal(map_count(m), 0);
	assert_null(map_put(m, "", &a));
	assert_ptr_equal(map_get(m, ""), &a);
	map_free(m);
	map_free(NULL);
}

static void
test_order_survives_growth_and_holes(void **state)
{
	struct map *m = map_new(NULL);
	char key[16];
	const char *k;
	void *v;
	uint32_t i, seen = 0;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		map_put(m, key, (void *)(uintptr_t)(i + 1));
	}
	/* Removing the current entry while iterating is allowed. */
	for (i = 0; map_next(m, &i, &k, &v);)
		if ((uintptr_t)v % 3 == 0)
			assert_ptr_equal(map_take(m, k), v);
	for (i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "n%u", i);
		map_put(m, key, (void *)(uintptr_t)(i + 2000));
	}
	uintptr_t before = 0;

	for (i = 0; map_next(m, &i, &k, &v); seen++) {
		assert_true((uintptr_t)v > before);
		before = (uintptr_t)v;
	}
	assert_int_equal(seen, map_count(m));
	assert_int_equal(seen, 667 + 500);
	map_free(m);
}

static void
test_drop_is_called_once_each(void **state)
{
	struct map *m = map_new(free);
	void *old;

	(void)state;
	map_put(m, "a", xstrdup("1"));
	map_put(m, "b", xstrdup("2"));
	old = map_put(m, "a", xstrdup("3"));
	free(old);
	free(map_take(m, "b"));
	map_clear(m);
	assert_int_equal(map_count(m), 0);
	map_put(m, "a", xstrdup("4"));
	map_free(m);
}

/* Random operations against an array searched from the front. */
static void
test_equals_naive_model(void **state)
{
	enum { KEYS = 300, STEPS = 60000 };
	struct map *m = map_new(NULL);
	uintptr_t model[KEYS] = { 0 };
	struct dice dice = dice_new(42);
	uint32_t live = 0;
	char key[16];

	(void)state;
	for (int step = 0; step < rounds(STEPS); step++) {
		uint32_t k = dice_below(&dice, KEYS);
		uintptr_t value = (uintptr_t)step + 1;
		void *got;

		snprintf(key, sizeof(key), "key/%u", k);
		switch (dice_below(&dice, 3)) {
		case 0:
			got = map_put(m, key, (void *)value);
			live += !model[k];
			assert_true((uintptr_t)got == model[k]);
			model[k] = value;
			break;
		case 1:
			got = map_take(m, key);
			live -= !!model[k];
			assert_true((uintptr_t)got == model[k]);
			model[k] = 0;
			break;
		default:
			got = map_get(m, key);
			assert_true((uintptr_t)got == model[k]);
		}
		assert_int_equal(map_count(m), live);
		if (step % 20000 == 19999) {
			map_clear(m);
			memset(model, 0, sizeof(model));
			live = 0;
		}
	}
	map_free(m);
}

/* Written down so that an accidental change of the hash is noticed. */
static void
test_hash_is_the_same_everywhere(void **state)
{
	(void)state;
	assert_true(hash_text("") == hash_bytes("x", 0, 0));
	assert_true(hash_text("paddock") == hash_text("paddock"));
	assert_true(hash_text("paddock") != hash_text("paddocl"));
	assert_true(hash_bytes("a", 1, 1) != hash_bytes("a", 1, 2));
	assert_true(hash_text("") == UINT64_C(0xefd01f60ba992926));
}

SUITE(map,
	TEST(test_get_put_take),
	TEST(test_order_survives_growth_and_holes),
	TEST(test_drop_is_called_once_each),
	TEST(test_equals_naive_model),
	TEST(test_hash_is_the_same_everywhere));
