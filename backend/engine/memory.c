/*
 * Memory: reading what one decision left for the next, looking things up.
 */
#include "backend/engine/memory_values.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/model/cloud.h"

/* More than this many entries of a kind is no memory of ours. */
enum { ENTRIES_MAX = 4000000 };

struct memory *
memory_new(void)
{
	struct memory *m = xcalloc(1, sizeof(*m));

	m->refs = 1;
	m->arena = arena_new();
	return m;
}

const struct memory *
memory_ref(const struct memory *m)
{
	if (m)
		atomic_fetch_add_explicit(
			&((struct memory *)(uintptr_t)m)->refs, 1,
			memory_order_relaxed);
	return m;
}

void
memory_unref(const struct memory *shared)
{
	struct memory *m = (struct memory *)(uintptr_t)shared;

	if (!m || atomic_fetch_sub_explicit(&m->refs, 1,
					    memory_order_acq_rel) != 1)
		return;
	arena_free(m->arena);
	free(m);
}

/* ---- looking up ---- */

/* All entries begin with their name. */
static int
by_first_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const void *
find(const void *at, uint32_t n, size_t bytes, const char *name)
{
	return n == 0 ? NULL : bsearch(&name, at, n, bytes, by_first_text);
}

const struct memory_node *
memory_node(const struct memory *m, const char *name)
{
	return m ? find(m->nodes, m->node_n, sizeof(*m->nodes), name) : NULL;
}

const struct memory_group *
memory_group(const struct memory *m, const char *name)
{
	return m ? find(m->groups, m->group_n, sizeof(*m->groups), name)
		 : NULL;
}

int64_t
memory_unregistered_since(const struct memory *m, const char *id)
{
	const struct memory_since *s = m ? find(m->unregistered,
						m->unregistered_n,
						sizeof(*s), id)
					 : NULL;

	return s ? s->since_ms : 0;
}

bool
memory_errored(const struct memory *m, const char *id)
{
	return m && find(m->errored, m->errored_n,
			 sizeof(struct memory_since), id);
}

const struct memory_act *
memory_act(const struct memory *m, const char *id)
{
	return m ? find(m->acts, m->act_n, sizeof(*m->acts), id) : NULL;
}

struct tree *
tree_copy(struct arena *a, const struct tree *t)
{
	struct tree *copy = arena_alloc(a, sizeof(*copy)), *last = NULL;

	*copy = *t;
	copy->next = NULL;
	if (t->key)
		copy->key = arena_strndup(a, t->key, t->key_len);
	if (t->kind == TREE_NUMBER || t->kind == TREE_STRING) {
		copy->text = arena_strndup(a, t->text, t->len);
	} else if (t->kind == TREE_ARRAY || t->kind == TREE_OBJECT) {
		copy->first = NULL;
		copy->len = 0;
		tree_each(child, t)
			tree_append(copy, &last, tree_copy(a, child));
	}
	return copy;
}

/* ---- reading ---- */

/* Members of t that are not in the list, copied; NULL when there are none. */
static const struct tree *
copy_extra(struct arena *a, const struct tree *t, const char *const *known)
{
	struct tree *extra = NULL, *last = NULL;

	tree_each(child, t)
	{
		const char *const *k = known;

		while (*k && strcmp(*k, child->key) != 0)
			k++;
		if (*k)
			continue;
		if (!extra)
			extra = tree_new(a, TREE_OBJECT);
		tree_append(extra, &last, tree_copy(a, child));
	}
	return extra;
}

static bool
read_time(const struct tree *object, const char *key, int64_t *ms,
	  const char *path, struct err *err)
{
	const struct tree *t = tree_get(object, key);

	if (tree_time(t, ms))
		return true;
	return err_set(err, ERR_BAD, "%s.%s: wanted a time, found %s", path,
		       key, tree_kind_name(t));
}

static bool
read_int32(const struct tree *object, const char *key, int32_t *v,
	   const char *path, struct err *err)
{
	const struct tree *t = tree_get(object, key);
	int64_t wide = 0;

	if (t && t->kind != TREE_NULL &&
	    (!tree_is(t, TREE_NUMBER) || !tree_int(t, &wide) ||
	     wide < INT32_MIN || wide > INT32_MAX))
		return err_set(err, ERR_BAD,
			       "%s.%s: wanted a whole number, found %s", path,
			       key, tree_kind_name(t));
	*v = (int32_t)wide;
	return true;
}

static bool
read_duration(const struct tree *object, const char *key, int64_t *ms,
	      const char *path, struct err *err)
{
	const struct tree *t = tree_get(object, key);

	*ms = 0;
	if (!t || t->kind == TREE_NULL)
		return true;
	if (tree_is(t, TREE_STRING) && duration_parse(t->text, ms))
		return true;
	return err_set(err, ERR_BAD, "%s.%s: wanted a duration, found %s",
		       path, key, tree_kind_name(t));
}

static bool
read_text(struct arena *a, const struct tree *object, const char *key,
	  const char **out, const char *path, struct err *err)
{
	const struct tree *t = tree_get(object, key);

	*out = "";
	if (!t || t->kind == TREE_NULL)
		return true;
	if (!tree_is(t, TREE_STRING))
		return err_set(err, ERR_BAD, "%s.%s: wanted string, found %s",
			       path, key, tree_kind_name(t));
	*out = arena_strndup(a, t->text, t->len);
	return true;
}

static bool
read_object(const struct tree *object, const char *key,
	    const struct tree **out, const char *path, struct err *err)
{
	const struct tree *t = tree_get(object, key);

	*out = tree_is(t, TREE_NULL) ? NULL : t;
	if (*out && !tree_is(t, TREE_OBJECT))
		return err_set(err, ERR_BAD, "%s.%s: wanted object, found %s",
			       path, key, tree_kind_name(t));
	return true;
}

static bool
read_node(struct arena *a, const struct tree *t, struct memory_node *n,
	  struct err *err)
{
	static const char *const known[] = { "unneededSince",
					     "unremovableSince", "reason",
					     "by", NULL };
	char path[300];

	snprintf(path, sizeof(path), "memory.nodes.%.200s", t->key);
	if (!tree_want(t, TREE_OBJECT, path, err))
		return false;
	n->name = arena_strndup(a, t->key, t->key_len);
	n->extra = copy_extra(a, t, known);
	return read_time(t, "unneededSince", &n->unneeded_since_ms, path,
			 err) &&
	       read_time(t, "unremovableSince", &n->unremovable_since_ms,
			 path, err) &&
	       read_text(a, t, "reason", &n->reason, path, err) &&
	       read_text(a, t, "by", &n->by, path, err);
}

static bool
read_group_parts(struct arena *a, const struct tree *t,
		 struct memory_group *g, const char *path, struct err *err)
{
	const struct tree *request, *backoff, *size, *tmpl;

	if (!read_object(t, "request", &request, path, err) ||
	    !read_object(t, "backoff", &backoff, path, err) ||
	    !read_object(t, "incorrectSize", &size, path, err) ||
	    !read_object(t, "template", &tmpl, path, err))
		return false;
	if (tmpl && !memory_template_read(a, tmpl, &g->tmpl, err))
		return err_prefix(err, "%s.template", path);
	return read_int32(request, "increase", &g->request.increase, path,
			  err) &&
	       read_time(request, "time", &g->request.time_ms, path, err) &&
	       read_time(request, "expected", &g->request.expected_ms, path,
			 err) &&
	       read_time(backoff, "until", &g->backoff.until_ms, path, err) &&
	       read_duration(backoff, "duration", &g->backoff.duration_ms,
			     path, err) &&
	       read_time(backoff, "failed", &g->backoff.failed_ms, path,
			 err) &&
	       read_text(a, backoff, "code", &g->backoff.code, path, err) &&
	       read_text(a, backoff, "message", &g->backoff.message, path,
			 err) &&
	       read_int32(size, "registered", &g->size.registered, path,
			  err) &&
	       read_int32(size, "target", &g->size.target, path, err) &&
	       read_time(size, "since", &g->size.since_ms, path, err);
}

static bool
read_group(struct arena *a, const struct tree *t, struct memory_group *g,
	   struct err *err)
{
	static const char *const known[] = { "request", "backoff",
					     "incorrectSize", "template",
					     "lastScaleUp",
					     "lastScaleDownDelete",
					     "lastScaleDownFail", NULL };
	char path[300];

	snprintf(path, sizeof(path), "memory.groups.%.200s", t->key);
	if (!tree_want(t, TREE_OBJECT, path, err))
		return false;
	g->name = arena_strndup(a, t->key, t->key_len);
	g->extra = copy_extra(a, t, known);
	return read_group_parts(a, t, g, path, err) &&
	       read_time(t, "lastScaleUp", &g->last_up_ms, path, err) &&
	       read_time(t, "lastScaleDownDelete", &g->last_delete_ms, path,
			 err) &&
	       read_time(t, "lastScaleDownFail", &g->last_fail_ms, path, err);
}

/* Sorts by name and refuses the same name twice. */
static bool
sort_entries(void *at, uint32_t n, size_t bytes, const char *path,
	     struct err *err)
{
	char *base = at;

	if (n == 0)
		return true;
	qsort(at, n, bytes, by_first_text);
	for (uint32_t i = 1; i < n; i++)
		if (by_first_text(base + (i - 1) * bytes, base + i * bytes) ==
		    0)
			return err_set(err, ERR_BAD,
				       "%s: \"%.100s\" stands there twice",
				       path,
				       *(char *const *)(void *)(base +
								i * bytes));
	return true;
}

static void *
entries_of(struct memory *m, const struct tree *object, size_t bytes,
	   uint32_t *n)
{
	*n = object && object->len < ENTRIES_MAX ? object->len : 0;
	return arena_alloc(m->arena, (size_t)*n * bytes + 1);
}

static bool
read_nodes(struct memory *m, const struct tree *object, struct err *err)
{
	struct memory_node *at = entries_of(m, object, sizeof(*at),
					    &m->node_n);
	uint32_t i = 0;

	tree_each(t, object)
		if (i >= m->node_n || !read_node(m->arena, t, &at[i++], err))
			return false;
	m->nodes = at;
	return sort_entries(at, i, sizeof(*at), "memory.nodes", err);
}

static bool
read_groups(struct memory *m, const struct tree *object, struct err *err)
{
	struct memory_group *at = entries_of(m, object, sizeof(*at),
					     &m->group_n);
	uint32_t i = 0;

	tree_each(t, object)
		if (i >= m->group_n || !read_group(m->arena, t, &at[i++], err))
			return false;
	m->groups = at;
	return sort_entries(at, i, sizeof(*at), "memory.groups", err);
}

static bool
read_since(struct memory *m, const struct tree *object, const char *path,
	   const struct memory_since **out, uint32_t *n, struct err *err)
{
	struct memory_since *at = entries_of(m, object, sizeof(*at), n);
	uint32_t i = 0;

	tree_each(t, object)
	{
		if (i >= *n)
			return false;
		at[i].id = arena_strndup(m->arena, t->key, t->key_len);
		if (!tree_time(t, &at[i].since_ms))
			return err_set(err, ERR_BAD,
				       "%s.%.100s: wanted a time, found %s",
				       path, t->key, tree_kind_name(t));
		i++;
	}
	*out = at;
	return sort_entries(at, i, sizeof(*at), path, err);
}

static bool
read_acts(struct memory *m, const struct tree *object, struct err *err)
{
	struct memory_act *at = entries_of(m, object, sizeof(*at), &m->act_n);
	uint32_t i = 0;

	tree_each(t, object)
	{
		const char *text = tree_text(t);
		uint8_t o = 0;

		if (i >= m->act_n)
			return false;
		while (text && o < MEMORY_OUTCOMES &&
		       strcmp(memory_outcomes[o], text) != 0)
			o++;
		if (!text || o == MEMORY_OUTCOMES)
			return err_set(err, ERR_BAD,
				       "memory.acts.%.100s: wanted running, "
				       "draining, ok or failed", t->key);
		at[i].drains = o == MEMORY_DRAINING;
		if (at[i].drains)
			o = ACT_RUNNING;
		at[i].id = arena_strndup(m->arena, t->key, t->key_len);
		at[i++].outcome = o;
	}
	m->acts = at;
	return sort_entries(at, i, sizeof(*at), "memory.acts", err);
}

static bool
read_parts(struct memory *m, const struct tree *t, struct err *err)
{
	static const char path[] = "memory";
	const struct tree *nodes, *groups, *unregistered, *errored, *acts;

	if (!read_object(t, "nodes", &nodes, path, err) ||
	    !read_object(t, "groups", &groups, path, err) ||
	    !read_object(t, "unregisteredSince", &unregistered, path, err) ||
	    !read_object(t, "erroredSince", &errored, path, err) ||
	    !read_object(t, "acts", &acts, path, err))
		return false;
	return read_time(t, "time", &m->time_ms, path, err) &&
	       read_time(t, "lastScaleUp", &m->last_up_ms, path, err) &&
	       read_time(t, "lastScaleDownDelete", &m->last_delete_ms, path,
			 err) &&
	       read_time(t, "lastScaleDownFail", &m->last_fail_ms, path,
			 err) &&
	       read_duration(t, "shortestInterval", &m->shortest_ms, path,
			     err) &&
	       read_nodes(m, nodes, err) && read_groups(m, groups, err) &&
	       read_since(m, unregistered, "memory.unregisteredSince",
			  &m->unregistered, &m->unregistered_n, err) &&
	       read_since(m, errored, "memory.erroredSince", &m->errored,
			  &m->errored_n, err) &&
	       read_acts(m, acts, err);
}

const struct memory *
memory_read(const struct tree *object, struct err *err)
{
	static const char *const known[] = {
		"time",		     "lastScaleUp",	  "lastScaleDownDelete",
		"lastScaleDownFail", "shortestInterval",  "nodes",
		"groups",	     "unregisteredSince", "erroredSince",
		"acts",		     NULL,
	};
	struct memory *m;

	if (!tree_want(object, TREE_OBJECT, "memory", err))
		return NULL;
	m = memory_new();
	if (!read_parts(m, object, err)) {
		memory_unref(m);
		return NULL;
	}
	m->extra = copy_extra(m->arena, object, known);
	return m;
}
