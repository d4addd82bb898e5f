/*
 * update-nodegroup-version: a node group's instances are replaced by those of
 * another image, as EKS does it.
 *
 * Set-up: a new launch template version.  Scale-up: the group's maximum and
 * desired size grow by the larger of two a zone and what may be unavailable,
 * and every old node is cordoned once the new ones are Ready in every zone.
 * Upgrade: so many nodes at once as may be unavailable are drained, budgets
 * honoured; a node that is not empty after 15 minutes fails the update unless
 * it is forced; an empty one waits a minute and is terminated.  Scale-down: the
 * surplus goes, one at a time.  With the strategy MINIMAL there is no surplus.
 *
 * Source: Amazon EKS user guide, "Understand each phase of node updates".
 */
#include "backend/sim/world/eks.h"

#include <stdlib.h>

#include "backend/sim/world/parts.h"

#define TICK_MS 5000
#define SET_UP_MS 12000
#define NEW_NODES_MS (25 * 60000) /* patience with nodes that do not join */
#define DRAIN_MS (15 * 60000)
#define SETTLE_MS 60000 /* an empty node, before it goes */
#define SHRINK_MS 10000
#define AT_ONCE_MAX 100

enum phase { SET_UP, SCALE_UP, UPGRADE, SCALE_DOWN };

struct leaver { /* a node that is being drained */
	char id[24];
	int64_t since_ms, empty_ms; /* empty 0: not yet */
	bool going;		    /* the group was told to end it */
};

struct roll {
	struct cloud *cloud;
	struct cloud_group *group;
	struct eks_update *update;
	const struct sim_release *to;
	bool force, cordoned;
	enum phase phase;
	int64_t phase_ms;
	int32_t surplus; /* still to be taken back */
	VEC(struct leaver) leavers;
};

void
roll_free(struct roll *r)
{
	if (!r)
		return;
	vec_free(&r->leavers);
	free(r);
}

static int32_t
at_once(const struct cloud_group *g)
{
	const struct cloud_nodegroup *n = g->nodegroup;
	int32_t m = n->unavailable;

	if (n->unavailable_percent)
		m = (g->desired * n->unavailable_percent + 99) / 100;
	return m < 1 ? 1 : m > AT_ONCE_MAX ? AT_ONCE_MAX : m;
}

static bool
is_old(const struct roll *r, const struct cloud_instance *i)
{
	return i->release != r->to && i->state < INSTANCE_SHUTTING_DOWN;
}

static void
enter(struct roll *r, enum phase p)
{
	r->phase = p;
	r->phase_ms = sim_now_ms(r->cloud->sim);
}

/* errors NULL: it is done. */
static void
finish(struct roll *r, json_t *errors)
{
	struct cloud_nodegroup *n = r->group->nodegroup;

	if (!errors)
		n->release = r->to;
	eks_update_end(r->cloud->eks, r->update, errors);
	n->roll = NULL;
	roll_free(r);
}

static void
fail(struct roll *r, const char *code, char *message, json_t *ids)
{
	struct cloud_group *g = r->group;
	struct cloud_limits l = { INT64_MIN, g->max - r->surplus, INT64_MIN };
	struct cloud_fault f = { 0 };

	/* What is there stays there: nothing more is taken away. */
	if (l.max < g->desired)
		l.max = g->desired;
	if (r->surplus)
		(void)cloud_update_group(r->cloud, g->name, &l, &f);
	for (uint32_t i = 0; r->cordoned && i < g->instances.n; i++)
		if (is_old(r, g->instances.at[i]))
			eks_node_cordon(r->cloud, g->instances.at[i], false);
	finish(r, pack("[{s:s, s:s, s:o}]", "errorCode", code, "errorMessage",
		       message, "resourceIds", ids));
	free(message);
}

/* ---- phases ---- */

static void
set_up(struct roll *r)
{
	struct cloud_group *g = r->group;
	int32_t zones = (int32_t)g->plan->zones.n * 2, more = at_once(g);
	struct cloud_limits l = { INT64_MIN, INT64_MIN, INT64_MIN };
	struct cloud_fault f = { 0 };
	uint32_t old = 0;

	for (uint32_t i = 0; i < g->instances.n; i++)
		old += is_old(r, g->instances.at[i]);
	vec_push(&g->templates,
		 ((struct cloud_template){ r->to, sim_now_ms(r->cloud->sim) }));
	if (old == 0) {
		finish(r, NULL);
		return;
	}
	if (g->nodegroup->minimal) {
		enter(r, UPGRADE);
		return;
	}
	r->surplus = zones > more ? zones : more;
	l.max = g->max + r->surplus;
	l.desired = g->desired + r->surplus;
	if (!cloud_update_group(r->cloud, g->name, &l, &f)) {
		r->surplus = 0;
		fail(r, "Unknown", xstrdup(f.message), json_array());
		return;
	}
	enter(r, SCALE_UP);
}

/* New nodes Ready: as many as were added, one at least in every zone. */
static bool
new_ones_are_there(struct roll *r)
{
	const struct cloud_group *g = r->group;
	int32_t ready = 0;

	for (uint32_t z = 0; z < g->plan->zones.n; z++) {
		bool here = false;

		for (uint32_t i = 0; i < g->instances.n; i++) {
			struct cloud_instance *x = g->instances.at[i];

			if (x->release != r->to ||
			    !str_eq(x->subnet->zone, g->plan->zones.at[z]) ||
			    !eks_node_is_ready(r->cloud, x))
				continue;
			here = true;
			ready++;
		}
		if (!here)
			return false;
	}
	return ready >= r->surplus;
}

static void
scale_up(struct roll *r)
{
	struct cloud_group *g = r->group;

	if (new_ones_are_there(r)) {
		for (uint32_t i = 0; i < g->instances.n; i++)
			if (is_old(r, g->instances.at[i]))
				eks_node_cordon(r->cloud, g->instances.at[i],
						true);
		r->cordoned = true;
		enter(r, UPGRADE);
		return;
	}
	if (sim_now_ms(r->cloud->sim) - r->phase_ms < NEW_NODES_MS)
		return;
	fail(r, "NodeCreationFailure",
	     xasprintf("Couldn't proceed with upgrade process as new nodes are "
		       "not joining node group %s",
		       g->plan->name),
	     json_array());
}

static struct leaver *
leaver_of(struct roll *r, const struct cloud_instance *i)
{
	for (uint32_t k = 0; k < r->leavers.n; k++)
		if (str_eq(r->leavers.at[k].id, i->id))
			return &r->leavers.at[k];
	return NULL;
}

static void
choose_leavers(struct roll *r)
{
	struct cloud_group *g = r->group;
	int32_t most = at_once(g);

	for (uint32_t i = 0;
	     i < g->instances.n && (int32_t)r->leavers.n < most; i++) {
		struct cloud_instance *x = g->instances.at[i];
		struct leaver *l;

		if (!is_old(r, x) || x->lifecycle >= LIFECYCLE_TERMINATING ||
		    leaver_of(r, x))
			continue;
		l = vec_add(&r->leavers);
		memcpy(l->id, x->id, sizeof(l->id));
		l->since_ms = sim_now_ms(r->cloud->sim);
		eks_node_cordon(r->cloud, x, true);
		r->cordoned = true;
	}
}

static void
drop_leaver(struct roll *r, uint32_t k)
{
	r->leavers.n--;
	memmove(&r->leavers.at[k], &r->leavers.at[k + 1],
		(r->leavers.n - k) * sizeof(r->leavers.at[0]));
}

/* False when the update failed of it. */
static bool
drain(struct roll *r, struct leaver *l, struct cloud_instance *i)
{
	int64_t now = sim_now_ms(r->cloud->sim);
	const struct cloud_activity *a;
	struct cloud_fault f = { 0 };
	uint32_t left = node_evict_pods(sim_kubernetes(r->cloud->sim), i->dns);

	if (left && now - l->since_ms >= DRAIN_MS && !r->force) {
		fail(r, "PodEvictionFailure",
		     xasprintf("Reached max retries while trying to evict pods "
			       "from nodes in node group %s",
			       r->group->plan->name),
		     pack("[s]", i->dns));
		return false;
	}
	if (left == 0 && !l->empty_ms)
		l->empty_ms = now;
	if ((l->empty_ms && now - l->empty_ms >= SETTLE_MS) ||
	    (left && now - l->since_ms >= DRAIN_MS)) {
		i->drained = true;
		l->going = cloud_terminate_in_group(r->cloud, i->id, false, &a,
						    &f);
	}
	return true;
}

static void
upgrade(struct roll *r)
{
	for (uint32_t k = r->leavers.n; k-- > 0;) {
		struct leaver *l = &r->leavers.at[k];
		struct cloud_instance *i = cloud_instance(r->cloud, l->id);

		if (!i || i->state >= INSTANCE_SHUTTING_DOWN)
			drop_leaver(r, k);
		else if (!l->going && !drain(r, l, i))
			return;
	}
	choose_leavers(r);
	if (r->leavers.n == 0)
		enter(r, SCALE_DOWN);
}

static void
scale_down(struct roll *r)
{
	struct cloud_group *g = r->group;
	struct cloud_limits l = { INT64_MIN, g->max - 1, g->desired };
	struct cloud_fault f = { 0 };

	/* Whoever lowered desired meanwhile is not undone. */
	if (r->surplus && l.desired > g->min)
		l.desired--;
	if (r->surplus && l.max >= l.desired && l.max >= g->min)
		(void)cloud_update_group(r->cloud, g->name, &l, &f);
	if (r->surplus)
		r->surplus--;
	if (r->surplus == 0)
		finish(r, NULL);
}

static void
on_tick(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_group *g = ctx;
	struct roll *r = g->nodegroup->roll;

	(void)arg;
	switch (r->phase) {
	case SET_UP:
		set_up(r);
		break;
	case SCALE_UP:
		scale_up(r);
		break;
	case UPGRADE:
		upgrade(r);
		break;
	case SCALE_DOWN:
		scale_down(r);
		break;
	}
	r = g->nodegroup->roll;
	if (r)
		sim_after(w, r->phase == SCALE_DOWN ? SHRINK_MS : TICK_MS,
			  on_tick, g, 0);
}

struct eks_update *
eks_roll(struct cloud *c, struct cloud_group *g, const struct sim_release *to,
	 bool force, struct cloud_fault *f)
{
	struct cloud_nodegroup *n = g->nodegroup;
	struct roll *r;

	if (n->running) {
		cloud_fail(f, 409, "ResourceInUseException",
			   "Nodegroup cannot be updated as it is currently not "
			   "in Active State");
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	r->cloud = c;
	r->group = g;
	r->to = to;
	r->force = force;
	r->update = n->running = eks_update_begin(
		c->eks, "VersionUpdate",
		pack("[{s:s, s:s}, {s:s, s:s}]", "type", "Version", "value",
		     to->minor, "type", "ReleaseVersion", "value",
		     to->version));
	r->update->nodegroup = g->plan->name;
	n->roll = r;
	enter(r, SET_UP);
	sim_after(c->sim, SET_UP_MS, on_tick, g, 0);
	return r->update;
}
