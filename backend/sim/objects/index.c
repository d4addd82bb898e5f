/*
 * Ordered pages of object pointers.
 */
#include "backend/sim/objects/index.h"

#include <stdlib.h>

void
object_index_fini(struct object_index *x)
{
	for (uint32_t i = 0; i < x->pages.n; i++)
		free(x->pages.at[i]);
	vec_free(&x->pages);
	x->count = 0;
}

/* The last page whose first key is <= key; 0 when none. */
static uint32_t
page_of(const struct object_index *x, const char *key)
{
	uint32_t low = 0, high = x->pages.n;

	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (strcmp(x->pages.at[mid]->at[0]->key, key) <= 0)
			low = mid;
		else
			high = mid;
	}
	return low;
}

bool
object_index_find(const struct object_index *x, const char *key,
	   struct index_place *at)
{
	const struct index_page *p;
	uint32_t low = 0, high;

	*at = (struct index_place){ 0 };
	if (!x->pages.n)
		return false;
	at->page = page_of(x, key);
	p = x->pages.at[at->page];
	high = p->n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(p->at[mid]->key, key);

		if (order == 0) {
			at->slot = mid;
			return true;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	at->slot = low;
	return false;
}

struct index_place
object_index_seek(const struct object_index *x, const char *key, bool after)
{
	struct index_place at;

	if (object_index_find(x, key, &at) && after)
		at.slot++;
	return at;
}

const struct object *
object_index_at(const struct object_index *x, struct index_place at)
{
	if (at.page < x->pages.n && at.slot < x->pages.at[at.page]->n)
		return x->pages.at[at.page]->at[at.slot];
	return at.page + 1 < x->pages.n ? x->pages.at[at.page + 1]->at[0]
					: NULL;
}

const struct object *
object_index_next(const struct object_index *x, struct index_place *at)
{
	const struct object *obj = object_index_at(x, *at);

	if (!obj)
		return NULL;
	if (at->slot < x->pages.at[at->page]->n) {
		at->slot++;
	} else {
		at->page++;
		at->slot = 1;
	}
	return obj;
}

static struct index_page *
insert_page(struct object_index *x, uint32_t where)
{
	struct index_page *page = xcalloc(1, sizeof(*page));

	vec_push(&x->pages, page);
	memmove(&x->pages.at[where + 1], &x->pages.at[where],
		(x->pages.n - 1 - where) * sizeof(page));
	x->pages.at[where] = page;
	return page;
}

/* Keys mostly come in order (names that count up): a full last page is left
 * full and a new one begun, else the upper half moves out. */
static void
split(struct object_index *x, struct index_place *at)
{
	struct index_page *full = x->pages.at[at->page];
	struct index_page *next = insert_page(x, at->page + 1);
	uint32_t keep = at->slot == full->n ? full->n : full->n / 2;

	next->n = full->n - keep;
	memcpy(next->at, &full->at[keep], next->n * sizeof(next->at[0]));
	full->n = keep;
	if (at->slot >= keep) {
		at->page++;
		at->slot -= keep;
	}
}

const struct object *
object_index_put(struct object_index *x, const struct object *obj)
{
	struct index_place at;
	struct index_page *p;

	if (object_index_find(x, obj->key, &at)) {
		const struct object **slot =
			&x->pages.at[at.page]->at[at.slot];
		const struct object *old = *slot;

		*slot = obj;
		return old;
	}
	if (!x->pages.n)
		insert_page(x, 0);
	else if (x->pages.at[at.page]->n == INDEX_PAGE)
		split(x, &at);
	p = x->pages.at[at.page];
	memmove(&p->at[at.slot + 1], &p->at[at.slot],
		(p->n - at.slot) * sizeof(p->at[0]));
	p->at[at.slot] = obj;
	p->n++;
	x->count++;
	return NULL;
}

const struct object *
object_index_take(struct object_index *x, const char *key)
{
	struct index_place at;
	struct index_page *p;
	const struct object *old;

	if (!object_index_find(x, key, &at))
		return NULL;
	p = x->pages.at[at.page];
	old = p->at[at.slot];
	p->n--;
	memmove(&p->at[at.slot], &p->at[at.slot + 1],
		(p->n - at.slot) * sizeof(p->at[0]));
	if (!p->n) {
		free(p);
		x->pages.n--;
		memmove(&x->pages.at[at.page], &x->pages.at[at.page + 1],
			(x->pages.n - at.page) * sizeof(p));
	}
	x->count--;
	return old;
}
