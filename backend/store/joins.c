/*
 * Hubs: what rows of several kinds meet at.
 */
#include "backend/store/private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The API shows eight characters of a runner's token, pod labels nine. */
#define TOKEN_SHOWN 8u

void
joins_init(struct store *s)
{
	s->hosts = map_new(NULL);
	s->machines = map_new(NULL);
	s->works = map_new(NULL);
	s->crews = map_new(NULL);
	list_init(&s->managers);
	list_init(&s->waiting);
}

/* All rows are gone by now, and every hub went with its last row. */
void
joins_fini(struct store *s)
{
	BUG_IF(map_count(s->hosts) || map_count(s->machines) ||
	       map_count(s->works) || map_count(s->crews));
	map_free(s->hosts);
	map_free(s->machines);
	map_free(s->works);
	map_free(s->crews);
}

/* A zeroed hub with its key behind it. */
static void *
hub_new(struct map *m, const char *key, size_t bytes)
{
	size_t len = strlen(key) + 1;
	char *hub = xcalloc(1, bytes + len);

	memcpy(hub + bytes, key, len);
	map_put(m, key, hub);
	return hub;
}

struct host *
host_of(struct store *s, const char *name)
{
	struct host *h = map_get(s->hosts, name);

	if (!h) {
		h = hub_new(s->hosts, name, offsetof(struct host, name));
		list_init(&h->pods);
	}
	return h;
}

void
host_release(struct store *s, struct host *h)
{
	if (!h || h->node || !list_is_empty(&h->pods))
		return;
	map_take(s->hosts, h->name);
	free(h);
}

struct machine *
machine_of(struct store *s, const char *id)
{
	struct machine *m = map_get(s->machines, id);

	return m ? m
		 : hub_new(s->machines, id, offsetof(struct machine, id));
}

void
machine_release(struct store *s, struct machine *m)
{
	if (!m || m->instance || m->node || m->group)
		return;
	map_take(s->machines, m->id);
	free(m);
}

struct work *
work_of(struct store *s, int64_t job_id)
{
	char id[24];
	struct work *w;

	snprintf(id, sizeof(id), "%" PRId64, job_id);
	w = map_get(s->works, id);
	if (!w) {
		w = hub_new(s->works, id, offsetof(struct work, id));
		list_init(&w->pods);
	}
	return w;
}

void
work_release(struct store *s, struct work *w)
{
	if (!w || w->job || !list_is_empty(&w->pods))
		return;
	map_take(s->works, w->id);
	free(w);
}

struct crew *
crew_of(struct store *s, const char *token)
{
	char key[TOKEN_SHOWN + 1];
	struct crew *c;

	snprintf(key, sizeof(key), "%s", token);
	c = map_get(s->crews, key);
	if (!c) {
		c = hub_new(s->crews, key, offsetof(struct crew, token));
		list_init(&c->pods);
	}
	return c;
}

void
crew_release(struct store *s, struct crew *c)
{
	if (!c || c->runner || !list_is_empty(&c->pods))
		return;
	map_take(s->crews, c->token);
	free(c);
}

void
verdict_fini(struct verdict *v)
{
	free(v->reason);
	free(v->detail);
	free(v->group);
	memset(v, 0, sizeof(*v));
}
