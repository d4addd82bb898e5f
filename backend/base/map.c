/*
 * Hash map that remembers insertion order.
 *
 * Entries stand in an array in order of insertion; a table of slots holds
 * entry numbers (+1, 0 = empty) by open addressing with linear probing.  A
 * removed entry keeps its slot (so that probing goes on past it) until the
 * next rebuild, which only map_put starts: iteration never sees entries move.
 */
#include "backend/base/map.h"

#include <stdlib.h>

#define MAP_FIRST_SLOTS 16u

struct map_entry {
	char *key; /* owned; NULL: removed */
	void *value;
	uint32_t len, hash; /* its low half is what is looked up by */
};

struct map {
	VEC(struct map_entry) entries; /* with holes */
	uint32_t *slots;
	uint32_t slot_count; /* a power of two, or 0 */
	uint32_t live;
	void (*on_drop)(void *value);
};

uint64_t
hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
	const unsigned char *p = bytes;
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	/* The finaliser spreads the last bytes over the low bits. */
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

uint64_t
hash_words(const void *bytes, size_t len)
{
	uint64_t h = len * UINT64_C(0x9e3779b97f4a7c15), word;
	const char *key = bytes;

	for (; len >= sizeof(word); len -= sizeof(word), key += sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, key, len);
	h = (h ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 29;
}

uint64_t
hash_text(const char *text)
{
	return hash_bytes(text, strlen(text), 0);
}

static uint32_t
hash_of(const char *key, size_t len)
{
	return (uint32_t)hash_words(key, len);
}

struct map *
map_new(void (*on_drop)(void *value))
{
	struct map *m = xcalloc(1, sizeof(*m));

	m->on_drop = on_drop;
	return m;
}

void
map_clear(struct map *m)
{
	for (uint32_t i = 0; i < m->entries.n; i++) {
		struct map_entry *e = &m->entries.at[i];

		if (!e->key)
			continue;
		free(e->key);
		if (m->on_drop)
			m->on_drop(e->value);
	}
	vec_clear(&m->entries);
	m->live = 0;
	if (m->slots)
		memset(m->slots, 0, m->slot_count * sizeof(*m->slots));
}

void
map_free(struct map *m)
{
	if (!m)
		return;
	map_clear(m);
	vec_free(&m->entries);
	free(m->slots);
	free(m);
}

uint32_t
map_count(const struct map *m)
{
	return m->live;
}

static struct map_entry *
find(const struct map *m, const char *key, size_t len, uint32_t hash)
{
	uint32_t mask = m->slot_count - 1;

	if (!m->slot_count)
		return NULL;
	for (uint32_t s = hash & mask; m->slots[s];
	     s = (s + 1) & mask) {
		struct map_entry *e = &m->entries.at[m->slots[s] - 1];

		if (e->hash == hash && e->key && e->len == len &&
		    memcmp(e->key, key, len) == 0)
			return e;
	}
	return NULL;
}

static void
slot_add(struct map *m, uint32_t hash, uint32_t number)
{
	uint32_t mask = m->slot_count - 1;
	uint32_t s = hash & mask;

	while (m->slots[s])
		s = (s + 1) & mask;
	m->slots[s] = number;
}

/* Drops the holes and sizes the table for one more entry, at most half full. */
static void
rebuild(struct map *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->entries.n; i++)
		if (m->entries.at[i].key)
			m->entries.at[n++] = m->entries.at[i];
	m->entries.n = n;
	m->slot_count = MAP_FIRST_SLOTS;
	while (m->slot_count / 4 < n + 1) {
		BUG_IF(m->slot_count > UINT32_MAX / 2);
		m->slot_count *= 2;
	}
	free(m->slots);
	m->slots = xcalloc(m->slot_count, sizeof(*m->slots));
	for (uint32_t i = 0; i < n; i++)
		slot_add(m, m->entries.at[i].hash, i + 1);
}

void *
map_getn(const struct map *m, const char *key, size_t len)
{
	struct map_entry *e = find(m, key, len, hash_of(key, len));

	return e ? e->value : NULL;
}

void *
map_get(const struct map *m, const char *key)
{
	return map_getn(m, key, strlen(key));
}

void *
map_put(struct map *m, const char *key, void *value)
{
	size_t len = strlen(key);
	uint32_t hash = hash_of(key, len);
	struct map_entry *e = find(m, key, len, hash);
	struct map_entry fresh;

	if (e) {
		void *old = e->value;

		e->value = value;
		return old;
	}
	BUG_IF(len > UINT32_MAX - 1);
	if (m->entries.n + 1 > m->slot_count / 2)
		rebuild(m);
	fresh = (struct map_entry){
		.key = xstrndup(key, len),
		.len = (uint32_t)len,
		.hash = hash,
		.value = value,
	};
	vec_push(&m->entries, fresh);
	slot_add(m, hash, m->entries.n);
	m->live++;
	return NULL;
}

void *
map_take(struct map *m, const char *key)
{
	size_t len = strlen(key);
	struct map_entry *e = find(m, key, len, hash_of(key, len));
	void *value;

	if (!e)
		return NULL;
	value = e->value;
	free(e->key);
	e->key = NULL;
	e->value = NULL;
	m->live--;
	return value;
}

bool
map_next(const struct map *m, uint32_t *cursor, const char **key, void **value)
{
	while (*cursor < m->entries.n) {
		const struct map_entry *e = &m->entries.at[(*cursor)++];

		if (!e->key)
			continue;
		if (key)
			*key = e->key;
		if (value)
			*value = e->value;
		return true;
	}
	return false;
}
