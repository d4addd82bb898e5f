/*
 * The truth, record by record, each through the decoder that a client's data
 * would come through.
 */
#include "backend/sim/world/truth.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/autoscaler.h"
#include "backend/sim/gitlab/face.h"
#include "backend/world/world_file.h"

#define ENDED_MS INT64_C(3600000) /* finished jobs are told for an hour */

/* What never changes any more is decoded once: instance types, images and
 * activities that have ended.  One that a gathering does not come across any
 * more is forgotten with the next. */
struct truth {
	struct map *fixed; /* "kind/name" -> struct fixed */
	uint64_t gathering;
};

struct fixed {
	const struct record *record; /* NULL: it cannot be decoded */
	uint64_t gathering;	     /* the last that came across it */
};

struct gathering {
	struct kubernetes *k;
	struct truth *truth;
	struct world_builder *b;
	unsigned parts;
	enum kind kind;
};

static void
add(struct gathering *g, enum kind kind, json_t *tree)
{
	const struct record *r = mirror_decode(g->k, kind, tree);

	json_decref(tree);
	if (r)
		world_builder_add(g->b, r);
}

/* ---- what is fixed ---- */

static void
drop_fixed(void *value)
{
	struct fixed *f = value;

	record_unref(f->record);
	free(f);
}

struct truth *
truth_new(void)
{
	struct truth *t = xcalloc(1, sizeof(*t));

	t->fixed = map_new(drop_fixed);
	return t;
}

void
truth_free(struct truth *t)
{
	if (!t)
		return;
	map_free(t->fixed);
	free(t);
}

/* Adds it when it is known; else the caller tells it to add_fixed. */
static bool
add_known(struct gathering *g, enum kind kind, const char *name)
{
	char key[160];
	struct fixed *f;

	snprintf(key, sizeof(key), "%d/%s", (int)kind, name);
	f = map_get(g->truth->fixed, key);
	if (!f)
		return false;
	f->gathering = g->truth->gathering;
	if (f->record)
		world_builder_add(g->b, record_ref(f->record));
	return true;
}

static void
add_fixed(struct gathering *g, enum kind kind, const char *name, json_t *tree)
{
	struct fixed *f = xcalloc(1, sizeof(*f));
	char key[160];

	snprintf(key, sizeof(key), "%d/%s", (int)kind, name);
	f->record = mirror_decode(g->k, kind, tree);
	json_decref(tree);
	map_put(g->truth->fixed, key, f);
	add_known(g, kind, name);
}

static void
forget_gone(struct truth *t)
{
	const char *key;
	void *value;

	for (uint32_t at = 0; map_next(t->fixed, &at, &key, &value);) {
		const struct fixed *f = value;

		if (f->gathering != t->gathering)
			drop_fixed(map_take(t->fixed, key));
	}
}

/* ---- Kubernetes ---- */

static bool
add_object(void *ctx, const struct object *o)
{
	struct gathering *g = ctx;
	const struct record *r;

	if (g->kind == KIND_CONFIGMAP &&
	    !str_has_prefix(o->name, "cluster-autoscaler-"))
		return true;
	r = mirror_of(g->k, g->kind, o);
	if (r)
		world_builder_add(g->b, record_ref(r));
	return true;
}

static void
add_kubernetes(struct gathering *g)
{
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		const struct object_type *t =
			mirror_type(g->k, (enum kind)kind);
		bool noise = kind == KIND_EVENT || kind == KIND_LEASE ||
			     kind == KIND_CONFIGMAP;

		if (!t ||
		    !(g->parts & (noise ? TRUTH_EVENTS : TRUTH_KUBERNETES)))
			continue;
		g->kind = (enum kind)kind;
		objects_each(g->k->objects, t, NULL, NULL, add_object, g);
	}
}

/* ---- AWS ---- */

static json_t *
dollars(int64_t udollars)
{
	return json_sprintf("%lld.%06lld", (long long)(udollars / 1000000),
			    (long long)(udollars % 1000000));
}

static void
add_type(struct gathering *g, struct map *seen, const char *name)
{
	const struct cloud *c = sim_cloud(g->k->sim);
	const struct sim_type *t = sim_type_find(name);

	if (map_get(seen, name))
		return;
	map_put(seen, name, g);
	if (!add_known(g, KIND_INSTANCETYPE, name))
		add_fixed(g, KIND_INSTANCETYPE, name, cloud_type_json(t));
	if (!(g->parts & TRUTH_PRICES))
		return;
	add(g, KIND_PRICE,
	    pack("{s:s, s:o}", "InstanceType", name, "OnDemandPrice",
		 dollars(t->udollars_hour)));
	for (uint32_t i = 0; i < c->subnet_n; i++) {
		const char *zone = c->subnets[i].zone;
		int64_t since;

		add(g, KIND_PRICE,
		    pack("{s:s, s:s, s:o}", "InstanceType", name,
			 "AvailabilityZone", zone, "SpotPrice",
			 dollars(cloud_spot_price(t, zone,
						  sim_now_ms(g->k->sim),
						  &since))));
	}
}

static void
add_image(struct gathering *g, struct map *seen, const char *arch,
	  const struct sim_release *r)
{
	char id[32];

	if (map_get(seen, cloud_image_id(arch, r, id)))
		return;
	map_put(seen, id, g);
	if (!add_known(g, KIND_IMAGE, id))
		add_fixed(g, KIND_IMAGE, id, cloud_image_json(arch, r));
}

static void
add_activity(struct gathering *g, const struct cloud_group *group,
	     const struct cloud_activity *a)
{
	if (!a->ended_ms)
		add(g, KIND_ACTIVITY, cloud_activity_json(group, a));
	else if (!add_known(g, KIND_ACTIVITY, a->id))
		add_fixed(g, KIND_ACTIVITY, a->id,
			  cloud_activity_json(group, a));
}

static void
add_group(struct gathering *g, const struct cloud *c,
	  const struct cloud_group *group, struct map *seen)
{
	add(g, KIND_GROUP, cloud_group_json(c, group, true));
	add(g, KIND_TEMPLATE, cloud_template_json(c, group));
	if (group->plan->managed)
		add(g, KIND_NODEGROUP, cloud_nodegroup_json(c, group));
	for (uint32_t i = group->activities.n; i-- > 0;)
		add_activity(g, group, group->activities.at[i]);
	for (uint32_t i = 0; i < group->plan->types.n; i++)
		add_type(g, seen, group->plan->types.at[i]);
	for (uint32_t i = 0; i < group->templates.n; i++)
		add_image(g, seen, group->plan->arch,
			  group->templates.at[i].release);
}

static void
add_aws(struct gathering *g)
{
	const struct cloud *c = sim_cloud(g->k->sim);
	struct map *seen = map_new(NULL);
	const char *id;
	void *value;

	for (uint32_t i = 0; i < c->group_n; i++)
		add_group(g, c, &c->groups[i], seen);
	for (uint32_t at = 0; map_next(c->instances, &at, &id, &value);)
		add(g, KIND_INSTANCE, cloud_instance_json(c, value));
	for (uint32_t i = 0; i < c->subnet_n; i++)
		add(g, KIND_SUBNET, cloud_subnet_json(c, &c->subnets[i]));
	map_free(seen);
	forget_gone(g->truth);
}

/* ---- GitLab ---- */

static void
add_runner(struct gathering *g, const struct ci *c, const struct ci_runner *r)
{
	json_t *o = gitlab_runner_json(c, r, true);
	json_int_t running = 0;

	for (uint32_t i = 0; i < r->managers.n; i++) {
		json_t *m = gitlab_manager_json(c, r->managers.at[i]);

		running += r->managers.at[i]->running;
		json_object_set_new(m, "runner_id", json_integer(r->id));
		json_object_set_new(m, "executor_name",
				    json_string(r->managers.at[i]->executor));
		add(g, KIND_MANAGER, m);
	}
	json_object_set_new(o, "short_sha", json_stringn(r->short9, 8));
	json_object_set_new(o, "running_jobs", json_integer(running));
	add(g, KIND_RUNNER, o);
}

static void
add_gitlab(struct gathering *g)
{
	const struct ci *c = sim_ci(g->k->sim);
	int64_t now = sim_now_ms(g->k->sim);

	for (uint32_t i = 0; i < c->runner_n; i++) {
		if (!c->runners[i].deleted)
			add_runner(g, c, &c->runners[i]);
	}
	for (uint32_t i = 0; i < c->jobs.n; i++) {
		const struct ci_job *j = c->jobs.at[i];
		json_t *o;

		if (j->finished_ms && now - j->finished_ms > ENDED_MS)
			continue;
		o = gitlab_job_json(c, j);
		json_object_set_new(o, "queued_at", gitlab_time(j->queued_ms));
		json_object_set_new(o, "stuck",
				    json_boolean(gitlab_is_stuck(c, j)));
		json_object_set_new(o, "timeout",
				    json_integer(j->timeout_ms / 1000));
		add(g, KIND_JOB, o);
	}
}

/* ---- all of it ---- */

const struct world *
truth_world(struct kubernetes *k, unsigned parts, const json_t *acts)
{
	struct gathering g = { .k = k,
			       .truth = k->truth,
			       .b = world_builder_new(sim_now_ms(k->sim)),
			       .parts = parts };
	size_t i;
	json_t *a;

	k->truth->gathering++;
	add_kubernetes(&g);
	if (parts & TRUTH_AWS)
		add_aws(&g);
	if (parts & TRUTH_GITLAB)
		add_gitlab(&g);
	json_array_foreach((json_t *)(uintptr_t)acts, i, a)
		add(&g, KIND_ACT, json_incref(a));
	return world_builder_done(g.b);
}

bool
sim_write_world(struct sim *w, bool (*sink)(void *ctx, const char *b, size_t n),
		void *ctx)
{
	struct kubernetes *k = sim_kubernetes(w);
	const struct world *world =
		truth_world(k, TRUTH_ALL, autoscaler_acts(k->autoscaler));
	bool ok = world_file_write(world, autoscaler_policy(k->autoscaler),
				   autoscaler_memory(k->autoscaler), sink, ctx);

	world_unref(world);
	return ok;
}
