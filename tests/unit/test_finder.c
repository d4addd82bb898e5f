/*
 * Finders: the same as a naive model, also where all hashes collide and where
 * probes wrap around.
 */
#include <stdlib.h>

#include "backend/base/finder.h"
#include "tests/unit/check.h"

enum { THINGS = 64 };

struct thing {
	uint32_t key;
	uint32_t hash;
};

static bool
has_key(const void *thing, const void *key)
{
	return ((const struct thing *)thing)->key == *(const uint32_t *)key;
}

static const struct finder_sort sort = { offsetof(struct thing, hash),
					 has_key };

static void
check_all(const struct finder *f, struct thing *things, const bool *in)
{
	uint32_t n = 0, seen = 0;
	const struct thing *t;

	for (uint32_t i = 0; (t = finder_next(f, &i)); seen++)
		assert_true(in[t - things]);
	for (uint32_t i = 0; i < THINGS; i++) {
		void *want = in[i] ? &things[i] : NULL;

		n += in[i];
		assert_ptr_equal(finder_get(f, things[i].hash, &things[i].key),
				 want);
	}
	assert_int_equal(f->n, n);
	assert_int_equal(seen, n);
}

/* Few hashes, many of them at the end of the table. */
static void
test_like_a_model(void **state)
{
	struct thing things[THINGS];
	bool in[THINGS] = { false };
	struct dice d = dice_new(7);
	struct finder f;

	(void)state;
	for (uint32_t i = 0; i < THINGS; i++)
		things[i] = (struct thing){ i, UINT32_MAX -
						       dice_below(&d, 8) };
	finder_init(&f, &sort);
	check_all(&f, things, in);
	for (int i = 0; i < rounds(2000); i++) {
		uint32_t which = dice_below(&d, THINGS);

		if (in[which])
			finder_remove(&f, &things[which]);
		else
			finder_add(&f, &things[which]);
		in[which] = !in[which];
		check_all(&f, things, in);
	}
	finder_fini(&f);
}

static void
test_empty(void **state)
{
	struct thing one = { 1, 0 };
	struct finder f;

	(void)state;
	finder_init(&f, &sort);
	finder_add(&f, &one);
	finder_remove(&f, &one);
	assert_null(finder_get(&f, one.hash, &one.key));
	finder_fini(&f);
	finder_fini(&f);
}

SUITE(finder,
	TEST(test_like_a_model),
	TEST(test_empty));
