/*
 * Sealing: thousands of pointers move right, nothing is shared, overflow is
 * survivable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/base/seal.h"
#include "tests/unit/check.h"

static uint16_t parts; /* how many the last block holds: none here */

struct leaf {
	const char *key, *value;
	int32_t number;
};

struct branch {
	const char *name;
	struct leaf *leaves;
	uint32_t leaf_count;
};

struct record {
	uint64_t id;
	const char *name, *absent, *empty;
	struct branch *branches;
	uint32_t branch_count;
};

static void
build(struct seal *s, uint32_t branches, uint32_t leaves)
{
	struct record *r = seal_begin(s, sizeof(*r));
	char text[40];

	r->id = 77;
	seal_text(s, &r->name, "record");
	seal_text(s, &r->absent, NULL);
	seal_text(s, &r->empty, "");
	r->branch_count = branches;
	seal_array(s, &r->branches, branches, sizeof(*r->branches));
	for (uint32_t i = 0; i < branches; i++) {
		struct branch *b = &r->branches[i];

		snprintf(text, sizeof(text), "branch-%u", i);
		seal_text(s, &b->name, text);
		b->leaf_count = leaves;
		seal_array(s, &b->leaves, leaves, sizeof(*b->leaves));
		for (uint32_t k = 0; k < leaves; k++) {
			struct leaf *l = &b->leaves[k];

			l->number = (int32_t)(i * leaves + k);
			seal_known(s, &l->key, "kubernetes.io/hostname", 22);
			snprintf(text, sizeof(text), "value-%d", l->number);
			seal_textn(s, &l->value, text, strlen(text));
		}
	}
}

static void
verify(const struct record *r, uint32_t branches, uint32_t leaves,
       uint32_t bytes)
{
	const char *start = (const char *)r, *end = start + bytes;
	char text[40];

	assert_int_equal(r->id, 77);
	assert_text_equal(r->name, "record");
	assert_true(r->name >= start && r->name < end);
	assert_null(r->absent);
	assert_text_equal(r->empty, "");
	assert_int_equal(r->branch_count, branches);
	for (uint32_t i = 0; i < branches; i++) {
		const struct branch *b = &r->branches[i];

		snprintf(text, sizeof(text), "branch-%u", i);
		assert_text_equal(b->name, text);
		assert_int_equal((uintptr_t)b->leaves % 8, 0);
		for (uint32_t k = 0; k < leaves; k++) {
			const struct leaf *l = &b->leaves[k];

			assert_text_equal(l->key, "kubernetes.io/hostname");
			/* Well-known texts are not copied in. */
			assert_true(l->key < start || l->key >= end);
			snprintf(text, sizeof(text), "value-%d", l->number);
			assert_text_equal(l->value, text);
			assert_true(l->value > start && l->value < end);
		}
	}
}

static void
test_thousands_of_pointers(void **state)
{
	struct seal *s = seal_new();
	struct record *first, *second;
	uint32_t bytes, bytes2;

	(void)state;
	build(s, 60, 100);
	first = seal_done(s, &bytes, &parts);
	assert_non_null(first);
	/* The scratch is used again: the first block must not notice. */
	build(s, 3, 2);
	second = seal_done(s, &bytes2, &parts);
	seal_begin(s, 4096);
	seal_free(s);
	verify(first, 60, 100, bytes);
	verify(second, 3, 2, bytes2);
	free(first);
	free(second);
}

/* Equal records are equal byte for byte but for where they stand. */
static void
test_same_input_same_bytes(void **state)
{
	struct seal *s = seal_new();
	char *blocks[2];
	uint32_t bytes[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		build(s, i ? 4 : 50, 30); /* leaves junk in the scratch */
		free(seal_done(s, &bytes[i], &parts));
		build(s, 5, 7);
		blocks[i] = seal_done(s, &bytes[i], &parts);
	}
	assert_int_equal(bytes[0], bytes[1]);
	for (uint32_t at = 0; at + 8 <= bytes[0]; at += 8) {
		uintptr_t a, b;

		memcpy(&a, blocks[0] + at, 8);
		memcpy(&b, blocks[1] + at, 8);
		assert_true(a == b || a - (uintptr_t)blocks[0] ==
					      b - (uintptr_t)blocks[1]);
	}
	free(blocks[0]);
	free(blocks[1]);
	seal_free(s);
}

static void
test_a_slot_set_again(void **state)
{
	struct seal *s = seal_new();
	struct record *r = seal_begin(s, sizeof(*r));
	uint32_t bytes;

	(void)state;
	seal_text(s, &r->name, "one");
	seal_text(s, &r->name, "two");
	seal_text(s, &r->absent, "something");
	seal_text(s, &r->absent, NULL);
	seal_text(s, &r->empty, "something");
	seal_known(s, &r->empty, "Running", 7);
	seal_array(s, &r->branches, 0, sizeof(*r->branches));
	r = seal_done(s, &bytes, &parts);
	assert_text_equal(r->name, "two");
	assert_null(r->absent);
	assert_text_equal(r->empty, "Running");
	assert_null(r->branches);
	free(r);
	seal_free(s);
}

static void
test_known(void **state)
{
	static const char *const shared[] = {
		"job.runner.gitlab.com/pod", "Running", "NoSchedule", "cpu",
		"topology.kubernetes.io/zone", "true", "eks.amazonaws.com/"
		"nodegroup", "manager.runner.gitlab.com/id-short",
	};
	static const char *const own[] = { "Runnin", "Runningg", "zzz", "t" };
	struct seal *s = seal_new(), *other = seal_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
		struct leaf *l = seal_begin(s, sizeof(*l));
		struct leaf *m = seal_begin(other, sizeof(*m));

		seal_known(s, &l->key, shared[i], strlen(shared[i]));
		seal_known(other, &m->key, shared[i], strlen(shared[i]));
		assert_text_equal(l->key, shared[i]);
		assert_ptr_equal(l->key, m->key);
	}
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		struct leaf *l = seal_begin(s, sizeof(*l));
		uint32_t bytes;

		seal_known(s, &l->key, own[i], strlen(own[i]));
		assert_text_equal(l->key, own[i]);
		l = seal_done(s, &bytes, &parts);
		assert_int_equal(bytes, sizeof(*l) + strlen(own[i]) + 1);
		free(l);
	}
	struct leaf *l = seal_begin(s, sizeof(*l));

	seal_known(s, &l->key, NULL, 0);
	assert_null(l->key);
	seal_known(s, &l->key, "", 0);
	assert_text_equal(l->key, "");
	/* The length rules, not a NUL. */
	seal_known(s, &l->key, "Runningx", 7);
	assert_text_equal(l->key, "Running");
	seal_free(other);
	seal_free(s);
	seal_free(NULL);
}

static void
test_what_is_said_twice_stands_once(void **state)
{
	struct seal *s = seal_new();
	uint32_t bytes, first = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct record *r = seal_begin(s, sizeof(*r));

		seal_text(s, &r->name, "registry.example.com/shop/ci-jdk:21");
		r->branch_count = 2;
		seal_array(s, &r->branches, 2, sizeof(*r->branches));
		/* The other round says something else, of equal length. */
		seal_text(s, &r->branches[0].name,
			  round ? "registry.example.com/shop/ci-jdk:21"
				: "registry.example.com/shop/ci-jdk:17");
		seal_text(s, &r->branches[1].name,
			  "registry.example.com/shop/ci-jdk");
		r = seal_done(s, &bytes, &parts);
		assert_text_equal(r->name,
				  "registry.example.com/shop/ci-jdk:21");
		assert_text_equal(r->branches[0].name,
				  round ? "registry.example.com/shop/ci-jdk:21"
					: "registry.example.com/shop/"
					  "ci-jdk:17");
		assert_text_equal(r->branches[1].name,
				  "registry.example.com/shop/ci-jdk");
		free(r);
		/* One text less. */
		assert_true(!round || first - bytes >= 36);
		first = bytes;
	}
	seal_free(s);
}

static void
test_overflow_is_survivable(void **state)
{
	struct seal *s = seal_new();
	char *large = xmalloc(1 << 20);
	uint32_t bytes;

	(void)state;
	memset(large, 'x', 1 << 20);
	large[(1 << 20) - 1] = '\0';
	for (int round = 0; round < 2; round++) {
		struct record *r = seal_begin(s, sizeof(*r));

		for (int i = 0; i < 20; i++) {
			large[0] = (char)('a' + i);
			seal_text(s, &r->name, large);
		}
		assert_true(seal_overflowed(s));
		/* A decoder that has not looked yet goes on unharmed. */
		assert_text_equal(r->name, "");
		r->branch_count = 100;
		seal_array(s, &r->branches, 100, sizeof(*r->branches));
		for (int i = 0; i < 100; i++) {
			seal_text(s, &r->branches[i].name, "x");
			seal_array(s, &r->branches[i].leaves, 10,
				   sizeof(struct leaf));
			r->branches[i].leaves[9].number = 1;
		}
		assert_null(seal_done(s, &bytes, &parts));
	}
	build(s, 2, 2);
	assert_false(seal_overflowed(s));
	struct record *r = seal_done(s, &bytes, &parts);

	verify(r, 2, 2, bytes);
	free(r);
	free(large);
	seal_free(s);
}

/* Whether the page that holds p is in memory. */
static bool
is_resident(const char *p)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char in;

	p -= (uintptr_t)p % page;
	assert_int_equal(mincore((void *)(uintptr_t)p, page, &in), 0);
	return in & 1;
}

/* What one huge record took does not stay with the sealer. */
static void
test_a_huge_record_leaves_no_memory(void **state)
{
	struct seal *s = seal_new();
	struct record *r = seal_begin(s, sizeof(*r));
	const char *far;
	uint32_t bytes;
	void *block;

	(void)state;
	r->branch_count = 100000;
	seal_array(s, &r->branches, r->branch_count, sizeof(*r->branches));
	far = (const char *)&r->branches[r->branch_count - 1];
	assert_true(is_resident(far));
	block = seal_done(s, &bytes, &parts);
	assert_non_null(block);
	seal_release(block, bytes, parts);
	seal_begin(s, sizeof(*r));
	assert_false(is_resident(far));
	seal_free(s);
}

SUITE(seal,
	TEST(test_thousands_of_pointers),
	TEST(test_same_input_same_bytes),
	TEST(test_a_slot_set_again),
	TEST(test_known),
	TEST(test_what_is_said_twice_stands_once),
	TEST(test_a_huge_record_leaves_no_memory),
	TEST(test_overflow_is_survivable));
