/*
 * Text to number: open addressing, grown by doubling inside the arena.
 */
#include "backend/engine/index.h"

#include "backend/base/map.h"

struct entry {
	const char *key; /* NULL: free */
	uint32_t hash, number;
};

struct index {
	struct arena *arena;
	struct entry *at;
	uint32_t room, n; /* room is a power of two */
};

struct index *
index_new(struct arena *a, uint32_t expected)
{
	struct index *x = arena_alloc(a, sizeof(*x));

	x->arena = a;
	x->room = 16;
	while (x->room < expected * 2 && x->room < UINT32_C(1) << 30)
		x->room *= 2;
	x->at = arena_alloc(a, (size_t)x->room * sizeof(*x->at));
	return x;
}

static struct entry *
slot_of(const struct index *x, const char *key, size_t len, uint32_t hash)
{
	uint32_t i = hash & (x->room - 1);

	while (x->at[i].key &&
	       (x->at[i].hash != hash || strncmp(x->at[i].key, key, len) ||
		x->at[i].key[len]))
		i = (i + 1) & (x->room - 1);
	return &x->at[i];
}

uint32_t
index_getn(const struct index *x, const char *key, size_t len)
{
	const struct entry *e = slot_of(x, key, len,
					(uint32_t)hash_bytes(key, len, 0));

	return e->key ? e->number : UINT32_MAX;
}

uint32_t
index_get(const struct index *x, const char *key)
{
	return index_getn(x, key, strlen(key));
}

static void
grow(struct index *x)
{
	struct entry *old = x->at;
	uint32_t room = x->room;

	x->room *= 2;
	x->at = arena_alloc(x->arena, (size_t)x->room * sizeof(*x->at));
	for (uint32_t i = 0; i < room; i++)
		if (old[i].key)
			*slot_of(x, old[i].key, strlen(old[i].key),
				 old[i].hash) = old[i];
}

bool
index_put(struct index *x, const char *key, uint32_t number)
{
	size_t len = strlen(key);
	uint32_t hash = (uint32_t)hash_bytes(key, len, 0);
	struct entry *e = slot_of(x, key, len, hash);

	if (e->key)
		return false;
	if (x->n * 4 >= x->room * 3) {
		grow(x);
		e = slot_of(x, key, len, hash);
	}
	*e = (struct entry){ key, hash, number };
	x->n++;
	return true;
}
