/*
 * Instance refreshes.
 *
 * Every few seconds: what is old and in service goes as far as the healthy
 * share allows, at least one at a time; the group replaces it as it replaces
 * whatever it lacks.  It is over when nothing old is left and as many as
 * desired are in service and warm.
 */
#include "backend/sim/world/cloud_refresh.h"

#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/ids.h"
#include "backend/sim/world/pack.h"

#define BEGIN_MS 4000
#define STEP_MS 10000
#define ACT_MS 2000
#define KEPT 32 /* per group, newest */

struct cloud_refresh {
	struct cloud *cloud;
	struct cloud_group *group;
	struct refresh_wish wish;
	char id[40];
	const char *status, *reason; /* static; reason NULL: none */
	int64_t started_ms, ended_ms;
	uint32_t total, left;
	bool cancelled;
};

static bool
is_active(const struct cloud_refresh *r)
{
	return !r->ended_ms;
}

/* Neither protected nor standing by: those are ignored. */
static bool
is_old(const struct cloud_refresh *r, const struct cloud_instance *i)
{
	if (!instance_is_alive(i) || i->protect ||
	    i->launched_ms > r->started_ms)
		return false;
	return !r->wish.skip_matching ||
	       i->template_version != (int32_t)r->group->templates.n;
}

static bool
is_warm(const struct cloud_refresh *r, const struct cloud_instance *i)
{
	int64_t now = sim_now_ms(r->cloud->sim);

	return instance_is_alive(i) && i->lifecycle == LIFECYCLE_IN_SERVICE &&
	       (i->launched_ms <= r->started_ms ||
		now - i->launched_ms >= r->wish.warmup_s * 1000);
}

static void
end(struct cloud_refresh *r, const char *status, const char *reason)
{
	r->status = status;
	r->reason = reason;
	r->ended_ms = sim_now_ms(r->cloud->sim);
}

static void
replace(struct cloud_refresh *r, struct cloud_instance *i)
{
	char at[TIME_TEXT];

	time_format(sim_now_ms(r->cloud->sim), false, at);
	group_terminate(r->cloud, i,
			xasprintf("At %s an instance was taken out of service "
				  "in response to an instance refresh.",
				  at));
	group_poke(r->cloud, r->group, ACT_MS);
}

/* How many may be missing: the healthy share is a share of desired, and one at
 * a time always may. */
static int32_t
spare(const struct cloud_refresh *r)
{
	int64_t desired = r->group->desired;
	int64_t keep = (desired * r->wish.healthy_percent + 99) / 100;

	return keep < desired ? (int32_t)(desired - keep) : 1;
}

static void
replace_some(struct cloud_refresh *r, int32_t ready)
{
	const struct cloud_group *g = r->group;
	int32_t room = ready - (g->desired - spare(r));

	for (uint32_t i = 0; i < g->instances.n && room > 0; i++) {
		struct cloud_instance *x = g->instances.at[i];

		if (!is_old(r, x) || x->lifecycle != LIFECYCLE_IN_SERVICE)
			continue;
		replace(r, x);
		room--;
	}
}

static void
on_step(struct sim *w, void *ctx, uint64_t arg)
{
	struct cloud_refresh *r = ctx;
	const struct cloud_group *g = r->group;
	bool held = g->suspended & 1u << PROCESS_INSTANCE_REFRESH;
	int32_t ready = 0;

	(void)arg;
	r->left = 0;
	for (uint32_t i = 0; i < g->instances.n; i++) {
		r->left += is_old(r, g->instances.at[i]);
		ready += is_warm(r, g->instances.at[i]);
	}
	if (r->left > r->total)
		r->total = r->left;
	if (r->cancelled) {
		end(r, "Cancelled", "Cancelled due to user request.");
		return;
	}
	r->status = "InProgress";
	if (!r->left && ready >= g->desired) {
		end(r, "Successful", NULL);
		return;
	}
	if (!held)
		replace_some(r, ready);
	sim_after(w, STEP_MS, on_step, r, 0);
}

/* ---- what the API does ---- */

void
cloud_refreshes_free(struct cloud_group *g)
{
	for (uint32_t i = 0; i < g->refreshes.n; i++)
		free(g->refreshes.at[i]);
	vec_free(&g->refreshes);
}

static struct cloud_group *
find_group(struct cloud *c, const char *name, struct cloud_fault *f)
{
	struct cloud_group *g = cloud_group(c, name);

	if (!g)
		cloud_fail(f, 400, "ValidationError",
			   "AutoScalingGroup name not found - null");
	return g;
}

static struct cloud_refresh *
active_of(const struct cloud_group *g)
{
	struct cloud_refresh *r =
		g->refreshes.n ? g->refreshes.at[g->refreshes.n - 1] : NULL;

	return r && is_active(r) ? r : NULL;
}

static void
make_room(struct cloud_group *g)
{
	if (g->refreshes.n < KEPT)
		return;
	free(g->refreshes.at[0]); /* over: only the newest goes on */
	g->refreshes.n--;
	memmove(g->refreshes.at, g->refreshes.at + 1,
		g->refreshes.n * sizeof(struct cloud_refresh *));
}

const struct cloud_refresh *
cloud_refresh_start(struct cloud *c, const char *group,
		    const struct refresh_wish *w, struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);
	struct cloud_refresh *r;

	if (!g)
		return NULL;
	if (active_of(g)) {
		cloud_fail(f, 400, "InstanceRefreshInProgress",
			   "An Instance Refresh is already in progress and "
			   "blocks the execution of this Instance Refresh.");
		return NULL;
	}
	make_room(g);
	r = xcalloc(1, sizeof(*r));
	r->cloud = c;
	r->group = g;
	r->wish = *w;
	if (r->wish.warmup_s < 0)
		r->wish.warmup_s = g->grace_ms / 1000;
	id_uuid(&g->rng, r->id);
	r->status = "Pending";
	r->started_ms = sim_now_ms(c->sim);
	for (uint32_t i = 0; i < g->instances.n; i++)
		r->left += is_old(r, g->instances.at[i]);
	r->total = r->left;
	sim_after(c->sim, BEGIN_MS, on_step, r, 0);
	vec_push(&g->refreshes, r);
	return r;
}

const struct cloud_refresh *
cloud_refresh_cancel(struct cloud *c, const char *group, struct cloud_fault *f)
{
	struct cloud_group *g = find_group(c, group, f);
	struct cloud_refresh *r = g ? active_of(g) : NULL;

	if (g && (!r || r->cancelled)) {
		cloud_fail(f, 400, "ActiveInstanceRefreshNotFound",
			   "No in progress or pending Instance Refresh found "
			   "for Auto Scaling group %.80s",
			   group);
		return NULL;
	}
	if (r) {
		r->cancelled = true;
		r->status = "Cancelling";
	}
	return r;
}

const char *
cloud_refresh_id(const struct cloud_refresh *r)
{
	return r->id;
}

static json_t *
refresh_json(const struct cloud_refresh *r)
{
	uint32_t done = r->total - r->left;
	char at[TIME_TEXT];
	json_t *o;

	time_format(r->started_ms, true, at);
	o = pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:{s:i, s:i, s:b, s:b, "
		 "s:s, s:s}}",
		 "InstanceRefreshId", r->id, "AutoScalingGroupName",
		 r->group->name, "Status", r->status, "StartTime", at,
		 "PercentageComplete",
		 (int)(r->total ? done * 100 / r->total : 100),
		 "InstancesToUpdate", (int)r->left, "Strategy", "Rolling",
		 "Preferences", "MinHealthyPercentage",
		 (int)r->wish.healthy_percent, "InstanceWarmup",
		 (int)r->wish.warmup_s, "SkipMatching",
		 (int)r->wish.skip_matching, "AutoRollback", 0,
		 "ScaleInProtectedInstances", "Ignore", "StandbyInstances",
		 "Ignore");
	if (r->reason)
		pack_set(o, "StatusReason", r->reason);
	if (r->ended_ms) {
		time_format(r->ended_ms, true, at);
		pack_set(o, "EndTime", at);
	}
	return o;
}

json_t *
cloud_refreshes_json(const struct cloud_group *g)
{
	json_t *list = json_array();

	for (uint32_t i = g->refreshes.n; i-- > 0;)
		json_array_append_new(list, refresh_json(g->refreshes.at[i]));
	return list;
}
