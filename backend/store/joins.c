/*
 * Hubs: what rows of several kinds meet at.
 */
#include "backend/store/private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The API shows eight characters of a runner's token, pod labels nine. */
#define TOKEN_SHOWN 8u

#define HUB_SORT(type, text)                                                \
	static bool type##_has(const void *hub, const void *key)            \
	{                                                                   \
		return strcmp(((const struct type *)hub)->text, key) == 0;  \
	}                                                                   \
	static const struct finder_sort type##_sort = {                     \
		offsetof(struct type, hash), type##_has                     \
	};
HUB_SORT(host, name)
HUB_SORT(machine, id)
HUB_SORT(work, id)
HUB_SORT(crew, token)

void
joins_init(struct store *s)
{
	finder_init(&s->hosts, &host_sort);
	finder_init(&s->machines, &machine_sort);
	finder_init(&s->works, &work_sort);
	finder_init(&s->crews, &crew_sort);
	list_init(&s->managers);
	list_init(&s->waiting);
	list_init(&s->ailing);
	list_init(&s->ordinary);
	list_init(&s->evictions);
	list_init(&s->told);
}

/* All rows are gone by now, and every hub went with its last row. */
void
joins_fini(struct store *s)
{
	BUG_IF(s->hosts.n || s->machines.n || s->works.n || s->crews.n);
	finder_fini(&s->hosts);
	finder_fini(&s->machines);
	finder_fini(&s->works);
	finder_fini(&s->crews);
}

static void *
hub_find(const struct finder *f, const char *key)
{
	return finder_get(f, finder_hash(key), key);
}

/* A zeroed hub with its key behind it, at `bytes`. */
static void *
hub_new(struct finder *f, const char *key, size_t bytes)
{
	size_t len = strlen(key) + 1;
	char *hub = xcalloc(1, bytes + len);
	uint32_t hash = finder_hash(key);

	memcpy(hub + bytes, key, len);
	memcpy(hub + f->sort->hash_at, &hash, sizeof(hash));
	finder_add(f, hub);
	return hub;
}

struct host *
host_of(struct store *s, const char *name)
{
	struct host *h = hub_find(&s->hosts, name);

	if (!h) {
		h = hub_new(&s->hosts, name, offsetof(struct host, name));
		list_init(&h->pods);
	}
	return h;
}

void
host_release(struct store *s, struct host *h)
{
	if (!h || h->node || !list_is_empty(&h->pods))
		return;
	finder_remove(&s->hosts, h);
	free(h);
}

struct machine *
machine_of(struct store *s, const char *id)
{
	struct machine *m = hub_find(&s->machines, id);

	return m ? m
		 : hub_new(&s->machines, id, offsetof(struct machine, id));
}

void
machine_release(struct store *s, struct machine *m)
{
	if (!m || m->instance || m->node || m->group)
		return;
	finder_remove(&s->machines, m);
	free(m);
}

struct work *
work_of(struct store *s, int64_t job_id)
{
	char id[24];
	struct work *w;

	snprintf(id, sizeof(id), "%" PRId64, job_id);
	w = hub_find(&s->works, id);
	if (!w) {
		w = hub_new(&s->works, id, offsetof(struct work, id));
		list_init(&w->pods);
	}
	return w;
}

void
work_release(struct store *s, struct work *w)
{
	if (!w || w->job || !list_is_empty(&w->pods))
		return;
	finder_remove(&s->works, w);
	free(w);
}

struct crew *
crew_of(struct store *s, const char *token)
{
	char key[TOKEN_SHOWN + 1];
	struct crew *c;

	snprintf(key, sizeof(key), "%s", token);
	c = hub_find(&s->crews, key);
	if (!c) {
		c = hub_new(&s->crews, key, offsetof(struct crew, token));
		list_init(&c->pods);
	}
	return c;
}

void
crew_release(struct store *s, struct crew *c)
{
	if (!c || c->runner || !list_is_empty(&c->pods))
		return;
	finder_remove(&s->crews, c);
	free(c);
}

void
verdict_drop(struct verdict **slot)
{
	struct verdict *v = *slot;

	*slot = NULL;
	if (!v)
		return;
	link_off(&v->in_told);
	free(v->reason);
	free(v->detail);
	free(v->group);
	free(v);
}

const struct verdict *
said(const struct verdict *v)
{
	static const struct verdict nothing;

	return v ? v : &nothing;
}
