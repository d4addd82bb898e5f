/*
 * What the lines of a segment have said so far: the world, the policy, the
 * plan; and what the next line makes of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/base/map.h"
#include "backend/world/recording_private.h"
#include "backend/world/tree_patch.h"
#include "backend/world/world_file.h"

enum { OBJECTS_MAX = 4000000, KEY_ROOM = 420 };

struct recording_state {
	struct seal *seal;
	struct map *objects; /* "kind/key" -> record, one reference each */
	struct policy *policy;
	struct arena *arena; /* holds plan */
	const struct tree *plan;
	/* Lent out with the last decision. */
	const struct world *world;
	const struct memory *memory;
};

/* ---- shared with the writer ---- */

uint64_t
recording_hash(const char *bytes, size_t len, uint64_t seed)
{
	return hash_bytes(bytes, len, seed);
}

bool
recording_to_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

const char *
recording_path(enum kind kind, char out[static RECORDING_PATH])
{
	enum source source = kind_source(kind);

	if (source == SOURCE_PADDOCK)
		snprintf(out, RECORDING_PATH, "%s", kind_plural(kind));
	else
		snprintf(out, RECORDING_PATH, "%s.%s", source_name(source),
			 kind_plural(kind));
	return out;
}

bool
recording_holds(const struct record *r)
{
	switch (r->kind) {
	case KIND_EVENT:
	case KIND_LEASE:
		return false;
	case KIND_CONFIGMAP:
		return strcmp(record_name(r),
			      "cluster-autoscaler-priority-expander") == 0;
	default:
		return true;
	}
}

uint64_t
recording_digest(const struct plan *p)
{
	struct buf text;
	uint64_t digest;

	buf_init(&text, SIZE_MAX);
	plan_write_json(p, recording_to_buf, &text);
	digest = recording_hash(text.at, text.len, 0);
	buf_fini(&text);
	return digest;
}

/* ---- making and freeing ---- */

static void
drop_record(void *record)
{
	record_unref(record);
}

struct recording_state *
recording_state_new(void)
{
	struct recording_state *r = xcalloc(1, sizeof(*r));

	r->seal = seal_new();
	r->objects = map_new(drop_record);
	return r;
}

void
recording_state_give_back(struct recording_state *r)
{
	world_unref(r->world);
	memory_unref(r->memory);
	r->world = NULL;
	r->memory = NULL;
}

void
recording_state_forget(struct recording_state *r)
{
	recording_state_give_back(r);
	map_clear(r->objects);
	policy_unref(r->policy);
	r->policy = NULL;
	arena_free(r->arena);
	r->arena = NULL;
	r->plan = NULL;
}

void
recording_state_free(struct recording_state *r)
{
	recording_state_forget(r);
	seal_free(r->seal);
	map_free(r->objects);
	free(r);
}

/* ---- what lines say ---- */

static bool
kind_of_path(const char *path, enum kind *kind)
{
	char known[RECORDING_PATH];

	for (int k = 0; path && k <= KIND_ACT; k++) {
		if (!codec_of((enum kind)k) ||
		    strcmp(recording_path((enum kind)k, known), path) != 0)
			continue;
		*kind = (enum kind)k;
		return true;
	}
	return false;
}

bool
recording_state_put(struct recording_state *r, const struct tree *t,
		    const char *path, struct err *err)
{
	const struct tree *object = tree_get(t, "object");
	char own[RECORD_KEY], key[KEY_ROOM];
	const struct record *rec;
	enum kind kind;

	if (!kind_of_path(path, &kind))
		return err_set(err, ERR_BAD, "put: no such kind \"%.60s\"",
			       path);
	if (!tree_is(object, TREE_OBJECT))
		return err_set(err, ERR_BAD, "object: wanted object, found %s",
			       tree_kind_name(object));
	if (map_count(r->objects) >= OBJECTS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d objects",
			       (int)OBJECTS_MAX);
	rec = codec_of(kind)->decode(r->seal, object, err);
	if (!rec)
		return err_prefix(err, "object");
	snprintf(key, sizeof(key), "%d/%s", (int)kind, record_key(rec, own));
	record_unref(map_put(r->objects, key, (void *)(uintptr_t)rec));
	return true;
}

bool
recording_state_gone(struct recording_state *r, const struct tree *t,
		     const char *path, struct err *err)
{
	const char *own = tree_text(tree_get(t, "key"));
	char key[KEY_ROOM];
	enum kind kind;

	if (!kind_of_path(path, &kind) || !own)
		return err_set(err, ERR_BAD, "gone: no such kind \"%.60s\", "
			       "or no key", path);
	snprintf(key, sizeof(key), "%d/%.*s", (int)kind, RECORD_KEY, own);
	record_unref(map_take(r->objects, key));
	return true;
}

static uint32_t
read_complete(const struct tree *list)
{
	uint32_t bits = 0;

	tree_each(t, list)
		for (int i = 0; i < SOURCE_COUNT; i++)
			if (str_eq(tree_text(t), source_name((enum source)i)))
				bits |= 1u << i;
	return bits;
}

static bool
read_policy(struct recording_state *r, const struct tree *t, struct err *err)
{
	struct policy *p;

	if (!t)
		return r->policy || err_set(err, ERR_BAD, "policy: missing");
	p = policy_new(POLICY_WORLD_FILE);
	if (!policy_read(p, t, NULL, err) || !policy_check(p, err)) {
		policy_unref(p);
		return false;
	}
	policy_unref(r->policy);
	r->policy = p;
	return true;
}

static bool
read_memory(struct recording_state *r, const struct tree *patch,
	    struct err *err)
{
	struct arena *a;
	const struct tree *t;

	if (!patch || patch->kind == TREE_NULL)
		return true;
	a = arena_new();
	t = tree_patch_apply(a, tree_get(r->plan, "memory"), patch);
	r->memory = memory_read(t, err);
	arena_free(a);
	return r->memory != NULL;
}

static void
read_plan(struct recording_state *r, const struct tree *patch)
{
	struct arena *a = arena_new();
	const struct tree *t = tree_patch_apply(a, r->plan, patch);

	arena_free(r->arena);
	r->arena = a;
	r->plan = t;
}

static const struct world *
build_world(struct recording_state *r, int64_t time_ms, uint32_t complete)
{
	struct world_builder *b = world_builder_new(time_ms);
	const char *key;
	void *rec;

	for (uint32_t i = 0; map_next(r->objects, &i, &key, &rec);)
		world_builder_add(b, record_ref(rec));
	world_builder_set_complete(b, complete);
	return world_builder_done(b);
}

bool
recording_state_decide(struct recording_state *r, const struct tree *t,
		       struct recorded *out, struct err *err)
{
	const char *digest = tree_text(tree_get(t, "digest"));
	int64_t number = 0, now_ms = 0, time_ms = 0;

	if (!tree_int(tree_get(t, "decision"), &number) || number < 1)
		return err_set(err, ERR_BAD, "decision: wanted a number");
	if (!tree_time(tree_get(t, "now"), &now_ms) || !now_ms ||
	    !tree_time(tree_get(t, "time"), &time_ms))
		return err_set(err, ERR_BAD, "now, time: wanted times");
	if (!digest || strlen(digest) != 16)
		return err_set(err, ERR_BAD, "digest: wanted 16 digits");
	if (!read_policy(r, tree_get(t, "policy"), err) ||
	    !read_memory(r, tree_get(t, "memory"), err))
		return false;
	read_plan(r, tree_get(t, "plan"));
	r->world = build_world(r, time_ms,
			       read_complete(tree_get(t, "complete")));
	*out = (struct recorded){
		.number = (uint64_t)number,
		.now_ms = now_ms,
		.world = r->world,
		.policy = r->policy,
		.memory = r->memory,
		.plan = r->plan,
		.digest = strtoull(digest, NULL, 16),
	};
	return true;
}
