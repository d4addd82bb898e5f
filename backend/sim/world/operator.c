/*
 * A second operator: somebody at another console, who does what the scenario
 * says on the same objects as everyone else.
 *
 * He works through the same functions as any client, so his acts are refused
 * where a client's would be; a refusal is not repeated.
 */
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/sim/world/eks.h"
#include "backend/sim/world/flux.h"
#include "backend/sim/world/manager.h"
#include "backend/sim/world/releases.h"

#define DRAIN_EVERY_MS 5000

struct routine { /* one act of the scenario */
	struct kubernetes *k;
	const struct scenario_act *plan;
	int32_t done;
	char draining[80]; /* a node, while he drains it */
};

struct operator
{
	struct kubernetes *k;
	struct routine *routines;
};

/* ---- on groups ---- */

static void
set_limit(struct routine *r, struct cloud_limits l)
{
	struct cloud_fault f = { 0 };

	if (!cloud_update_group(sim_cloud(r->k->sim), r->plan->on, &l, &f))
		log_at(LOG_DEBUG, "sim", "operator: %s", f.message);
}

static void
do_desired(struct routine *r)
{
	struct cloud_fault f = { 0 };

	if (!cloud_set_desired(sim_cloud(r->k->sim), r->plan->on,
			       r->plan->number, &f))
		log_at(LOG_DEBUG, "sim", "operator: %s", f.message);
}

static void
do_min(struct routine *r)
{
	set_limit(r, (struct cloud_limits){ r->plan->number, INT64_MIN,
					    INT64_MIN });
}

static void
do_max(struct routine *r)
{
	set_limit(r, (struct cloud_limits){ INT64_MIN, r->plan->number,
					    INT64_MIN });
}

static void
switch_process(struct routine *r, bool suspend)
{
	const char *const name = r->plan->value;
	struct names processes = { &name, 1 };
	struct cloud_fault f = { 0 };

	if (!cloud_suspend(sim_cloud(r->k->sim), r->plan->on, suspend,
			   &processes, &f))
		log_at(LOG_DEBUG, "sim", "operator: %s", f.message);
}

static void
do_suspend(struct routine *r)
{
	switch_process(r, true);
}

static void
do_resume(struct routine *r)
{
	switch_process(r, false);
}

static void
do_tag(struct routine *r)
{
	const char *eq = strchr(r->plan->value, '=');
	char *key = xstrndup(r->plan->value, eq ? (size_t)(eq - r->plan->value)
						: strlen(r->plan->value));
	struct cloud_fault f = { 0 };

	if (!cloud_put_tag(sim_cloud(r->k->sim), r->plan->on, key,
			   eq ? eq + 1 : "", true, &f))
		log_at(LOG_DEBUG, "sim", "operator: %s", f.message);
	free(key);
}

static void
do_untag(struct routine *r)
{
	struct cloud_fault f = { 0 };

	if (!cloud_drop_tag(sim_cloud(r->k->sim), r->plan->on, r->plan->value,
			    &f))
		log_at(LOG_DEBUG, "sim", "operator: %s", f.message);
}

static void
do_roll(struct routine *r)
{
	struct cloud *c = sim_cloud(r->k->sim);
	struct cloud_group *g = cloud_group(c, r->plan->on);
	const struct sim_release *to =
		sim_release_latest(r->k->scenario->kubernetes);
	struct cloud_fault f = { 0 };

	if (!to || !g->nodegroup || !eks_roll(c, g, to, false, &f))
		log_at(LOG_DEBUG, "sim", "operator: no roll: %s", f.message);
}

/* ---- on nodes ---- */

/* The oldest node of the group whose cordon is as given, or NULL. */
static struct cloud_instance *
oldest(struct routine *r, bool cordoned)
{
	struct kubernetes *k = r->k;
	struct cloud_group *g = cloud_group(sim_cloud(k->sim), r->plan->on);

	for (uint32_t i = 0; i < g->instances.n; i++) {
		struct cloud_instance *at = g->instances.at[i];
		const struct object *o = k8s_find(k, k->nodes, "", at->dns);
		const struct node *n = o ? mirror_of(k, KIND_NODE, o) : NULL;

		if (n && at->lifecycle == LIFECYCLE_IN_SERVICE &&
		    n->unschedulable == cordoned)
			return at;
	}
	return NULL;
}

static void
do_cordon(struct routine *r)
{
	struct cloud_instance *i = oldest(r, false);

	if (i)
		node_set_cordon(r->k, i->dns, true);
}

static void
do_uncordon(struct routine *r)
{
	struct cloud_instance *i = oldest(r, true);

	if (i)
		node_set_cordon(r->k, i->dns, false);
}

static void
on_drain(struct sim *w, void *ctx, uint64_t arg)
{
	struct routine *r = ctx;

	(void)arg;
	if (node_evict_pods(r->k, r->draining))
		sim_after(w, DRAIN_EVERY_MS, on_drain, r, 0);
	else
		*r->draining = '\0';
}

static void
do_drain(struct routine *r)
{
	struct cloud_instance *i = oldest(r, false);

	if (!i || *r->draining)
		return;
	snprintf(r->draining, sizeof(r->draining), "%s", i->dns);
	node_set_cordon(r->k, i->dns, true);
	sim_after(r->k->sim, 0, on_drain, r, 0);
}

static void
do_terminate(struct routine *r)
{
	struct cloud_instance *i = oldest(r, false);
	struct cloud_fault f = { 0 };

	if (i && !cloud_terminate(sim_cloud(r->k->sim), i->id, &f))
		log_at(LOG_DEBUG, "sim", "operator: %s", f.message);
}

/* ---- on workloads ---- */

static void
do_replicas(struct routine *r)
{
	const struct object *o =
		k8s_find_key(r->k, r->k->deployments, r->plan->on);

	if (o)
		k8s_put_merge(
			r->k, o,
			pack("{s:{s:i}}", "spec", "replicas", r->plan->number));
}

struct pod_search {
	const char *prefix;
	struct pod_list found;
};

static bool
match_pod(void *ctx, const struct object *o)
{
	struct pod_search *s = ctx;

	if (str_has_prefix(o->name, s->prefix) && !o->deleted_ms)
		vec_push(&s->found.at, object_ref(o));
	return true;
}

static void
do_delete_pods(struct routine *r)
{
	const char *slash = strchr(r->plan->on, '/');
	char *ns = xstrndup(r->plan->on, (size_t)(slash - r->plan->on));
	struct pod_search s = { .prefix = slash + 1 };

	objects_each(r->k->objects, r->k->pods, ns, NULL, match_pod, &s);
	for (uint32_t i = 0; i < s.found.at.n; i++)
		k8s_delete(r->k, s.found.at.at[i], -1);
	pod_list_free(&s.found);
	free(ns);
}

/* helm upgrade, as far as the Deployment goes: another tag of its image. */
static void
do_upgrade(struct routine *r)
{
	const struct object *o =
		k8s_find_key(r->k, r->k->deployments, r->plan->on);
	json_t *tree = o ? object_tree(o) : NULL, *spec, *list, *c;
	const char *const lists[] = { "initContainers", "containers" };
	size_t i;

	if (!o)
		return;
	spec = json_object_get(
		json_object_get(json_object_get(tree, "spec"), "template"),
		"spec");
	for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
		list = json_object_get(spec, lists[l]);
		json_array_foreach(list, i, c)
		{
			const char *image =
				json_string_value(json_object_get(c, "image"));
			const char *colon = image ? strrchr(image, ':') : NULL;

			if (colon)
				json_object_set_new(
					c, "image",
					json_sprintf("%.*s:%s",
						     (int)(colon - image),
						     image, r->plan->value));
		}
	}
	k8s_put_merge(r->k, o,
		      pack("{s:{s:{s:O}}}", "spec", "template", "spec", spec));
	json_decref(tree);
}

/* kubectl edit configmap, and a restart so that it is read. */
static void
do_concurrent(struct routine *r)
{
	manager_configure(r->k, r->plan->on, r->plan->number);
}

static void
do_retag(struct routine *r)
{
	struct ci *c = sim_ci(r->k->sim);
	struct arena *a = arena_new();
	struct names tags = scenario_split(a, r->plan->value);

	for (uint32_t i = 0; i < c->runner_n; i++) {
		if (str_eq(c->runners[i].plan->name, r->plan->on))
			ci_runner_tag(c, &c->runners[i], &tags);
	}
	arena_free(a);
}

static void
do_flux_suspend(struct routine *r)
{
	flux_suspend(r->k, r->plan->on, true);
}

static void
do_flux_resume(struct routine *r)
{
	flux_suspend(r->k, r->plan->on, false);
}

/* ---- his day ---- */

static void (*const acts[ACT_COUNT])(struct routine *r) = {
	[ACT_DESIRED] = do_desired,
	[ACT_MIN] = do_min,
	[ACT_MAX] = do_max,
	[ACT_SUSPEND] = do_suspend,
	[ACT_RESUME] = do_resume,
	[ACT_TAG] = do_tag,
	[ACT_UNTAG] = do_untag,
	[ACT_CORDON] = do_cordon,
	[ACT_UNCORDON] = do_uncordon,
	[ACT_DRAIN] = do_drain,
	[ACT_TERMINATE] = do_terminate,
	[ACT_REPLICAS] = do_replicas,
	[ACT_DELETE_PODS] = do_delete_pods,
	[ACT_UPGRADE] = do_upgrade,
	[ACT_CONCURRENT] = do_concurrent,
	[ACT_RETAG] = do_retag,
	[ACT_ROLL] = do_roll,
	[ACT_FLUX_SUSPEND] = do_flux_suspend,
	[ACT_FLUX_RESUME] = do_flux_resume,
};

static void
on_act(struct sim *w, void *ctx, uint64_t arg)
{
	struct routine *r = ctx;

	(void)arg;
	acts[r->plan->kind](r);
	if (++r->done != r->plan->times)
		sim_after(w, r->plan->every_ms, on_act, r, 0);
}

struct operator* operator_new(struct kubernetes *k)
{
	struct operator* o = xcalloc(1, sizeof(*o));

	o->k = k;
	o->routines = xcalloc(k->scenario->act_n + 1, sizeof(*o->routines));
	return o;
}

void operator_free(struct operator* o)
{
	if (!o)
		return;
	free(o->routines);
	free(o);
}

void operator_wake(struct operator* o)
{
	const struct scenario *s = o->k->scenario;
	int64_t now = sim_now_ms(o->k->sim);

	for (uint32_t i = 0; i < s->act_n; i++) {
		struct routine *r = &o->routines[i];
		int64_t at = s->start_ms + s->acts[i].at_ms;

		r->k = o->k;
		r->plan = &s->acts[i];
		sim_after(o->k->sim, at > now ? at - now : 0, on_act, r, 0);
	}
}
