/*
 * Removals: which unneeded nodes go now, within budgets (reference 5.7, 5.8).
 */
#include "backend/base/clock.h"
#include "backend/engine/quota.h"
#include "backend/engine/scale_down.h"

struct chosen {
	uint32_t *at; /* nodes */
	uint32_t n;
};

static const char *
not_long_enough(struct run *r, struct known_node *k)
{
	const struct group_options *o = &r->groups->at[k->group].options;
	int64_t limit = k->ready ? o->unneeded_ms : o->unready_ms;
	int64_t since = r->now_ms - k->unneeded_since_ms;
	char a[TIME_TEXT], b[TIME_TEXT];

	if (limit <= 0 || since > limit)
		return "";
	k->by = arena_printf(r->plan->arena, "%s of %s",
			     duration_format(since, a),
			     duration_format(limit, b));
	return k->ready ? "NotUnneededLongEnough" : "NotUnreadyLongEnough";
}

/* Why an unneeded node does not go now; "" when it may (5.7). */
static const char *
why_not(struct run *r, struct known_node *k, int32_t *sizes,
	struct quota *left)
{
	const struct node_group *g = &r->groups->at[k->group];
	const char *text = not_long_enough(r, k);

	if (*text)
		return text;
	if (sizes[k->group] - g->deleting <= g->min) {
		k->by = arena_printf(r->plan->arena, "%d, minimum %d",
				     (int)sizes[k->group], (int)g->min);
		return "NodeGroupMinSizeReached";
	}
	if (*quota_check(left, g, 1).exceeded) {
		k->by = quota_check(left, g, 1).exceeded;
		return "MinimalResourceLimitExceeded";
	}
	quota_consume(left, g, 1);
	sizes[k->group]--;
	if (k->waits_for) {
		k->by = k->waits_for;
		return "BlockedByOnCompletionPod";
	}
	return "";
}

/* Empty nodes or those to be drained; risky drains last. */
static void
choose(struct run *r, bool drain, int32_t *sizes, struct quota *left,
       struct chosen *out)
{
	for (int risky = 0; risky <= 1; risky++)
		for (uint32_t i = 0; i < r->nodes->n; i++) {
			struct known_node *k = &r->nodes->at[i];

			if (!k->unneeded || k->drain != drain ||
			    (drain ? k->risky : false) != (risky == 1))
				continue;
			k->blocked = why_not(r, k, sizes, left);
			if (!*k->blocked)
				out->at[out->n++] = i;
		}
}

/* Takes up to `budget` nodes group by group, groups in order of their first
 * node. */
static int64_t
crop(struct run *r, const struct chosen *from, int64_t budget,
     const char *limit)
{
	bool *done = arena_alloc(r->scratch, r->groups->n + 1);
	int64_t taken = 0;

	for (uint32_t i = 0; i < from->n; i++) {
		uint32_t group = r->nodes->at[from->at[i]].group;

		if (done[group])
			continue;
		done[group] = true;
		for (uint32_t j = i; j < from->n; j++) {
			struct known_node *k = &r->nodes->at[from->at[j]];

			if (k->group != group)
				continue;
			if (taken >= budget) {
				k->by = limit;
				continue;
			}
			k->selected = true;
			taken++;
			vec_push(&r->removals, from->at[j]);
		}
	}
	return taken;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
removals_choose(struct run *r)
{
	int64_t total = policy_int(r->policy, POLICY_SCALE_DOWN_PARALLELISM);
	int64_t drains = policy_int(r->policy, POLICY_DRAIN_PARALLELISM);
	int64_t step = policy_int(r->policy, POLICY_STEP_REMOVE);
	struct quota left = quota_of_minima(r);
	int32_t *sizes = arena_alloc(r->scratch,
				     r->groups->n * sizeof(*sizes) + 1);
	uint32_t *room = arena_alloc(r->scratch,
				     2 * r->nodes->n * sizeof(*room) + 1);
	struct chosen empty = { room, 0 }, full = { room + r->nodes->n, 0 };

	for (uint32_t i = 0; i < r->groups->n; i++)
		sizes[i] = r->groups->at[i].target +
			   r->groups->at[i].planned;
	for (uint32_t i = 0; i < r->nodes->n; i++) {
		total -= r->nodes->at[i].deleting != 0;
		drains -= r->nodes->at[i].deleting == 2;
	}
	if (step > 0)
		total = smaller(total, step);
	choose(r, false, sizes, &left, &empty);
	choose(r, true, sizes, &left, &full);
	total -= crop(r, &empty, total,
		      "waits: max-scale-down-parallelism or step limit");
	crop(r, &full, smaller(total, drains), "waits: max-drain-parallelism");
}
