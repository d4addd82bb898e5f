/*
 * What keeps a group from growing (reference 3.1), and our own step limits.
 */
#include "backend/base/clock.h"
#include "backend/engine/scale_up.h"

bool
group_is_held(const struct run *r, const char *name)
{
	const struct policy_list *holds = policy_list(r->policy, POLICY_HOLD);
	size_t len = strlen(name);
	int64_t until;

	for (uint32_t i = 0; i < holds->n; i++) {
		const char *h = holds->at[i];

		if (strncmp(h, name, len) != 0)
			continue;
		if (h[len] == '\0')
			return true;
		if (h[len] == '=' &&
		    time_parse_rfc3339(h + len + 1, strlen(h + len + 1),
				       &until) &&
		    until > r->now_ms)
			return true;
	}
	return false;
}

int32_t
step_room(const struct run *r, const struct node_group *g)
{
	int64_t least = policy_int(r->policy, POLICY_STEP_ADD);
	int64_t share = policy_int(r->policy, POLICY_STEP_ADD_PERCENT);
	int64_t window = policy_ms(r->policy, POLICY_STEP_WINDOW);
	int64_t base = g->target, added = 0, most;

	if (least <= 0)
		return INT32_MAX;
	WORLD_EACH(act, a, r->world, KIND_ACT)
	{
		if (a->by != ACT_BY_PADDOCK || a->outcome == ACT_FAILED ||
		    !str_eq(a->what, "scaleUp") ||
		    !str_eq(a->group, g->name) ||
		    r->now_ms - a->started_ms >= window || a->to <= a->from)
			continue;
		added += (int64_t)a->to - a->from;
	}
	base = base > added ? base - added : 0;
	most = share > 0 && share <= 10000 ? base * share / 100 : 0;
	if (most < least)
		most = least;
	return most > added ? (int32_t)(most - added) : 0;
}

static const char *
why_not(struct run *r, struct node_group *g, const struct quota *q)
{
	struct quota_check c;

	if (!g->healthy)
		return "not ready for scale-up";
	if (g->backed_off)
		return "in backoff after failed scale-up";
	if (g->target + g->planned >= g->max)
		return "max node group size reached";
	if (!g->template)
		return "not ready for scale-up";
	c = quota_check(q, g, 1);
	if (*c.exceeded)
		return arena_printf(r->plan->arena,
				    "exceeded quota: \"cluster-wide\", "
				    "resources: %s", c.exceeded);
	if (group_is_held(r, g->name))
		return "held";
	if (step_room(r, g) - g->planned <= 0)
		return "step limit reached";
	return "";
}

static const char *
detail_of(struct run *r, const struct node_group *g)
{
	struct arena *a = r->plan->arena;
	char text[TIME_TEXT];

	if (!g->healthy)
		return arena_printf(a, "%d of %d ready, %d unregistered",
				    (int)g->ready, (int)g->target,
				    (int)(g->unregistered +
					  g->long_unregistered));
	if (g->backed_off)
		return arena_printf(
			a, "until %s: %s",
			time_format(g->backoff.until_ms, false, text),
			str_or_empty(g->backoff.code));
	if (g->target + g->planned >= g->max)
		return arena_printf(a, "%d of %d",
				    (int)(g->target + g->planned),
				    (int)g->max);
	if (!g->template)
		return arena_strdup(a, g->template_fault);
	return "";
}

void
groups_skip(struct run *r, const struct quota *q)
{
	for (uint32_t i = 0; i < r->groups->n; i++) {
		struct node_group *g = &r->groups->at[i];

		g->skipped = why_not(r, g, q);
		g->skipped_detail = *g->skipped ? detail_of(r, g) : "";
	}
}
