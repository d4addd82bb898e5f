/*
 * Parts by content: a chained hash table under one lock.
 *
 * Equal content has pointers that differ by where it stands, so the asker's
 * bytes are turned for each comparison: as if they stood at offset TURNED_BASE
 * for the hash, at the candidate's address for memcmp.
 */
#include "backend/base/part.h"

#include <pthread.h>
#include <stdlib.h>

#include "backend/base/map.h"

#define FIRST_BUCKETS 256u  /* a power of two, as is the next */
#define SEEN_SLOTS 16384u   /* contents seen once, by hash; newest wins */
/* Not 0, which is what an empty slot holds. */
#define TURNED_BASE ((uintptr_t)8)

struct part {
	struct part *next;
	uint32_t hash, refs, len;
	_Alignas(8) char bytes[];
};

static struct {
	pthread_mutex_t lock;
	struct part **buckets;
	uint32_t bucket_n, n;
	size_t bytes;
	uint32_t seen[SEEN_SLOTS];
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Moves the pointers that point into [from, from + len) over to `to`. */
static void
turn(char *bytes, uint32_t len, const struct part_slots *slots, uintptr_t from,
     uintptr_t to)
{
	for (uint32_t i = 0; i < slots->n; i++) {
		char *at = bytes + (slots->at[i] - slots->from);
		uintptr_t p;

		/* A slot noted twice turns once: then it points elsewhere. */
		memcpy(&p, at, sizeof(p));
		if (p - from >= len)
			continue;
		p = p - from + to;
		memcpy(at, &p, sizeof(p));
	}
}

static void
grow(void)
{
	uint32_t n = pool.bucket_n ? pool.bucket_n * 2 : FIRST_BUCKETS;
	struct part **buckets = xcalloc(n, sizeof(struct part *));

	for (uint32_t i = 0; i < pool.bucket_n; i++) {
		struct part *next;

		for (struct part *p = pool.buckets[i]; p; p = next) {
			next = p->next;
			p->next = buckets[p->hash & (n - 1)];
			buckets[p->hash & (n - 1)] = p;
		}
	}
	free(pool.buckets);
	pool.buckets = buckets;
	pool.bucket_n = n;
}

static struct part *
add(uint32_t hash, uint32_t len)
{
	struct part *p = xmalloc(sizeof(*p) + len);
	struct part **bucket;

	if (pool.n >= pool.bucket_n)
		grow();
	bucket = &pool.buckets[hash & (pool.bucket_n - 1)];
	*p = (struct part){ .next = *bucket, .hash = hash, .len = len };
	*bucket = p;
	pool.n++;
	pool.bytes += sizeof(*p) + len;
	return p;
}

/* True the second time, as far as is remembered. */
static bool
seen_before(uint32_t hash)
{
	uint32_t *seen = &pool.seen[hash & (SEEN_SLOTS - 1)];
	uint32_t word = hash ? hash : 1;
	bool before = *seen == word;

	*seen = word;
	return before;
}

static struct part *
first_of(uint32_t hash)
{
	return pool.n ? pool.buckets[hash & (pool.bucket_n - 1)] : NULL;
}

const void *
part_get(void *at, uint32_t len, const struct part_slots *slots)
{
	char *bytes = at;
	uintptr_t home = (uintptr_t)bytes, now = TURNED_BASE;
	struct part *p;
	uint32_t hash;

	turn(bytes, len, slots, home, now);
	hash = (uint32_t)hash_words(bytes, len);
	pthread_mutex_lock(&pool.lock);
	for (p = first_of(hash); p; p = p->next) {
		if (p->hash != hash || p->len != len)
			continue;
		turn(bytes, len, slots, now, (uintptr_t)p->bytes);
		now = (uintptr_t)p->bytes;
		if (memcmp(bytes, p->bytes, len) == 0)
			break;
	}
	if (!p && seen_before(hash)) {
		p = add(hash, len);
		turn(bytes, len, slots, now, (uintptr_t)p->bytes);
		now = (uintptr_t)p->bytes;
		memcpy(p->bytes, bytes, len);
	}
	if (p)
		p->refs++;
	pthread_mutex_unlock(&pool.lock);
	turn(bytes, len, slots, now, home);
	return p ? p->bytes : NULL;
}

const char *
part_text(const char *text, uint32_t len)
{
	uint32_t hash = (uint32_t)hash_words(text, len);
	struct part *p;

	pthread_mutex_lock(&pool.lock);
	for (p = first_of(hash); p; p = p->next)
		if (p->hash == hash && p->len == len + 1 &&
		    memcmp(p->bytes, text, len) == 0 && !p->bytes[len])
			break;
	if (!p && seen_before(hash)) {
		p = add(hash, len + 1);
		memcpy(p->bytes, text, len);
		p->bytes[len] = '\0';
	}
	if (p)
		p->refs++;
	pthread_mutex_unlock(&pool.lock);
	return p ? p->bytes : NULL;
}

static void
drop_one(const void *bytes)
{
	struct part *p = (struct part *)(void *)((char *)(uintptr_t)bytes -
						 offsetof(struct part, bytes));
	struct part **at = &pool.buckets[p->hash & (pool.bucket_n - 1)];

	BUG_IF(p->refs == 0);
	if (--p->refs)
		return;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	pool.n--;
	pool.bytes -= sizeof(*p) + p->len;
	free(p);
	if (pool.n)
		return;
	free(pool.buckets);
	pool.buckets = NULL;
	pool.bucket_n = 0;
}

void
part_drop(const void *const *parts, uint32_t n)
{
	if (!n)
		return;
	pthread_mutex_lock(&pool.lock);
	for (uint32_t i = 0; i < n; i++)
		drop_one(parts[i]);
	pthread_mutex_unlock(&pool.lock);
}

uint32_t
part_count(void)
{
	uint32_t n;

	pthread_mutex_lock(&pool.lock);
	n = pool.n;
	pthread_mutex_unlock(&pool.lock);
	return n;
}

size_t
part_bytes(void)
{
	size_t n;

	pthread_mutex_lock(&pool.lock);
	n = pool.bytes + pool.bucket_n * sizeof(struct part *);
	pthread_mutex_unlock(&pool.lock);
	return n;
}
