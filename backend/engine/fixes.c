/*
 * Repairs.  What they do to a group's size counts for the rest of the decision.
 */
#include "backend/engine/fixes.h"

#include "backend/engine/health.h"
#include "backend/engine/nodes.h"
#include "backend/engine/quota.h"
#include "backend/engine/scale_up.h"

struct names {
	const char **at;
	uint32_t n;
};

static struct names
names_new(struct run *r, uint32_t room)
{
	return (struct names){
		arena_alloc(r->plan->arena, room * sizeof(const char *) + 1),
		0
	};
}

static void
add_name(struct run *r, struct names *names, const char *text)
{
	names->at[names->n++] = arena_strdup(r->plan->arena, text);
}

static void
add_fix(struct run *r, const char *act, uint32_t group,
	const struct names *names, int32_t to)
{
	struct node_group *g = &r->groups->at[group];
	struct fix fix = {
		.act = act,
		.group = group,
		.names = names->at,
		.name_n = names->n,
		.from = g->target + g->planned,
		.to = to,
	};

	vec_push(&r->fixes, fix);
}

/* ---- stale taints (1, step 1) ---- */

void
fix_stale_taints(struct run *r)
{
	if (r->old && r->old->time_ms != 0)
		return;
	for (uint32_t i = 0; i < r->groups->n; i++) {
		const struct node_group *g = &r->groups->at[i];
		struct names names = names_new(r, g->node_n);

		for (uint32_t j = 0; j < g->node_n; j++) {
			const struct known_node *k =
				&r->nodes->at[g->nodes[j]];

			if (!k->deleting &&
			    node_taint(k->node, TAINT_TO_BE_DELETED))
				add_name(r, &names, k->node->meta.name);
		}
		if (names.n)
			add_fix(r, "untaint", i, &names, g->target);
	}
}

/* ---- instances without a node (5.10) ---- */

/* Ours: at most a share of the group, and only where some node made it. */
static int32_t
unregistered_room(const struct run *r, const struct node_group *g)
{
	int64_t percent = policy_int(r->policy, POLICY_UNREGISTERED_PERCENT);
	int64_t most;

	if (percent <= 0)
		return INT32_MAX;
	if (g->node_n == 0)
		return 0;
	most = (int64_t)g->target * percent / 100;
	return most < 1 ? 1 : (int32_t)most;
}

/* What desired becomes when these go: placeholders bring it down to what is
 * there, real instances take theirs along (7.6). */
static int32_t
size_after(const struct node_group *g, int32_t real, bool placeholders)
{
	int32_t size = placeholders ? (int32_t)g->asg->instance_n : g->target;

	return size - real;
}

static void
remove_unregistered(struct run *r, uint32_t i)
{
	struct node_group *g = &r->groups->at[i];
	struct names names = names_new(r, g->member_n);
	int32_t room = unregistered_room(r, g), real = 0, to;
	bool placeholders = false;

	if (!policy_flag(r->policy, POLICY_FORCE_DELETE_UNREGISTERED) &&
	    room > g->target - g->min)
		room = g->target - g->min;
	for (uint32_t j = 0; j < g->member_n && room > 0; j++) {
		const struct group_member *m = &g->members[j];

		if (!m->long_unregistered || m->deleting)
			continue;
		add_name(r, &names, m->id);
		room--;
		placeholders = placeholders || m->placeholder;
		real += !m->placeholder;
	}
	/* The cloud refuses to go below its own minimum. */
	to = size_after(g, real, placeholders);
	if (names.n == 0 || g->target <= g->min ||
	    (placeholders && to + real < g->asg->min))
		return;
	add_fix(r, "deleteUnregistered", i, &names, to);
	g->target = to;
}

void
fix_unregistered(struct run *r)
{
	for (uint32_t i = 0; i < r->groups->n; i++)
		if (r->groups->at[i].long_unregistered > 0 &&
		    !group_is_held(r, r->groups->at[i].name))
			remove_unregistered(r, i);
}

/* ---- launches that cannot be fulfilled (3.9) ---- */

void
fix_errored(struct run *r)
{
	bool any = false;

	for (uint32_t i = 0; i < r->groups->n; i++) {
		struct node_group *g = &r->groups->at[i];
		struct names names = names_new(r, g->member_n);
		int32_t to;

		for (uint32_t j = 0; j < g->member_n; j++)
			if (g->members[j].errored)
				add_name(r, &names, g->members[j].id);
		if (names.n == 0 || g->target <= g->min ||
		    group_is_held(r, g->name))
			continue;
		to = size_after(g, 0, true);
		/* The cloud refuses to go below its own minimum. */
		if (to < g->asg->min)
			continue;
		add_fix(r, "deleteErrored", i, &names, to);
		g->target = to;
		any = true;
	}
	if (any)
		health_again(r);
}

/* ---- wrong sizes (6.6) ---- */

bool
fix_sizes(struct run *r)
{
	int64_t limit = policy_ms(r->policy, POLICY_MAX_NODE_PROVISION_TIME);
	bool fixed = false;

	for (uint32_t i = 0; i < r->groups->n; i++) {
		struct node_group *g = &r->groups->at[i];
		struct names none = { NULL, 0 };

		if (g->size.since_ms == 0 ||
		    r->now_ms - g->size.since_ms <= limit ||
		    g->size.registered >= g->size.target ||
		    group_is_held(r, g->name))
			continue;
		/* Live instances are never given up by a number alone; upstream
		 * asks for it and the cloud refuses. */
		if (!g->asg ||
		    g->size.registered < (int32_t)g->asg->instance_n)
			continue;
		add_fix(r, "fixSize", i, &none, g->size.registered);
		g->target = g->size.registered;
		fixed = true;
	}
	return fixed;
}

/* ---- minimum (3.11) ---- */

static int32_t
min_delta(const struct run *r, const struct node_group *g,
	  const struct quota *q)
{
	int64_t most = policy_int(r->policy, POLICY_MAX_NODES_TOTAL);
	int32_t delta = g->min - g->target - g->planned;
	int32_t room = step_room(r, g);

	if (delta <= 0 || !group_is_safe(g) || !g->template ||
	    group_is_held(r, g->name))
		return 0;
	delta = quota_check(q, g, delta).allowed;
	if (delta > room)
		delta = room;
	/* Upstream compares with the group's own size here (a QUIRK). */
	if (most > 0 && (int64_t)r->node_count + r->planned + delta > most)
		delta = (int32_t)(most - r->node_count - r->planned);
	return delta;
}

void
fix_minimum(struct run *r)
{
	struct quota q;

	if (!policy_flag(r->policy, POLICY_ENFORCE_MIN_SIZE))
		return;
	q = quota_of_maxima(r);
	for (uint32_t i = 0; i < r->groups->n; i++) {
		struct node_group *g = &r->groups->at[i];
		int32_t delta = min_delta(r, g, &q);
		struct names none = { NULL, 0 };

		if (delta <= 0)
			continue;
		quota_consume(&q, g, delta);
		add_fix(r, "raiseToMin", i, &none,
			g->target + g->planned + delta);
		g->planned += delta;
		r->planned += delta;
	}
}
