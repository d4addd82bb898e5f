/*
 * Recomputing recorded decisions.
 */
#include "backend/world/replay.h"

#include "backend/world/recording_private.h"
#include "backend/world/tree_patch.h"
#include "backend/world/world_file.h"

struct telling {
	const struct recorded *entry;
	struct replay_sums *sums;
	void (*tell)(void *ctx, const struct replay_told *told);
	void *ctx;
	uint32_t n;
};

static void
on_difference(void *ctx, const char *path, const struct tree *from,
	      const struct tree *to)
{
	struct telling *t = ctx;

	t->sums->differences++;
	t->tell(t->ctx, &(struct replay_told){ .entry = t->entry,
					       .nth = t->n++,
					       .path = path,
					       .recorded = from,
					       .now = to });
}

/* The plans of both, member by member; the memory that was left is part. */
static void
compare(struct telling *t, const struct plan *now)
{
	struct arena *a = arena_new(), *scratch = arena_new();
	const struct tree *tree;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	plan_write_json(now, recording_to_buf, &text);
	tree = json_parse(scratch, text.at, text.len, NULL);
	BUG_IF(!tree);
	tree_differences(t->entry->plan, tree_keyed(a, tree, "memory"),
			 on_difference, t);
	/* Equal members in another order. */
	if (!t->n)
		on_difference(t, "order of entries", NULL, NULL);
	buf_fini(&text);
	arena_free(scratch);
	arena_free(a);
}

bool
replay_check(const struct recorded *entry, struct replay_sums *sums,
	     void (*tell)(void *ctx, const struct replay_told *told),
	     void *ctx)
{
	struct telling t = { entry, sums, tell, ctx, 0 };
	const struct plan *p = engine_decide(&(struct engine_input){
		.world = entry->world,
		.policy = entry->policy,
		.memory = entry->memory,
		.now_ms = entry->now_ms,
	});
	bool equal = recording_digest(p) == entry->digest;

	if (!sums->decisions++)
		sums->first_ms = entry->now_ms;
	sums->last_ms = entry->now_ms;
	if (equal)
		sums->equal++;
	else
		sums->differing++;
	if (!equal)
		compare(&t, p);
	plan_unref(p);
	return equal;
}
