/*
 * The account's things: subnets and their addresses, groups as the scenario
 * founds them, instances by id.
 *
 * Bounds: an instance record goes an hour after the instance; instances are
 * bounded by the groups' maxima; activities by ACTIVITIES_KEPT.
 */
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/cloud_refresh.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/eks.h"
#include "backend/sim/world/ids.h"

/* As EKS sets them. */
#define DEFAULT_COOLDOWN_MS 300000
#define DEFAULT_GRACE_MS 15000

/* ---- founding ---- */

static void
add_tag(struct cloud_group *g, bool at_launch, const char *key,
	const char *value)
{
	vec_push(&g->tags, ((struct cloud_tag){ xstrdup(key), xstrdup(value),
						at_launch }));
}

static void
add_template_tags(struct cloud_group *g, const char *sort,
		  const struct names *pairs, bool effects)
{
	for (uint32_t i = 0; i < pairs->n; i++) {
		const char *pair = pairs->at[i], *eq = strchr(pair, '=');
		const char *end = effects ? NULL : strrchr(eq, ':');
		char *key = xasprintf("k8s.io/cluster-autoscaler/node-template"
				      "/%s/%.*s",
				      sort, (int)(eq - pair), pair);
		char *value = end ? xstrndup(eq + 1, (size_t)(end - eq - 1))
				  : xstrdup(eq + 1);

		add_tag(g, true, key, value);
		free(key);
		free(value);
	}
}

static void
found_group(struct cloud *c, struct cloud_group *g,
	    const struct scenario_group *plan)
{
	const struct scenario *s = sim_scenario(c->sim);
	char key[160], uuid[40], hex[32];

	g->plan = plan;
	vec_push(&g->templates,
		 ((struct cloud_template){ sim_release_settled(s->kubernetes),
					   sim_now_ms(c->sim) }));
	g->cooldown_ms = DEFAULT_COOLDOWN_MS;
	g->grace_ms = DEFAULT_GRACE_MS;
	g->rebalance = plan->spot;
	g->name = plan->asg;
	g->min = plan->min;
	g->max = plan->max;
	g->desired = plan->desired;
	g->created_ms = sim_now_ms(c->sim);
	snprintf(key, sizeof(key), "group/%s", g->name);
	g->rng = sim_rng(c->sim, key);
	snprintf(g->arn, sizeof(g->arn),
		 "arn:aws:autoscaling:%s:%s:autoScalingGroup:%s:"
		 "autoScalingGroupName/%s",
		 s->region, s->account, id_uuid(&g->rng, uuid), g->name);
	snprintf(g->template_id, sizeof(g->template_id), "lt-%s",
		 id_hex(&g->rng, 17, hex));
	snprintf(g->template_name, sizeof(g->template_name), "eks-%s",
		 id_uuid(&g->rng, uuid));
	if (plan->managed) {
		add_tag(g, true, "eks:cluster-name", s->cluster);
		add_tag(g, true, "eks:nodegroup-name", plan->name);
	}
	snprintf(key, sizeof(key), "kubernetes.io/cluster/%s", s->cluster);
	add_tag(g, true, key, "owned");
	if (plan->tags) {
		snprintf(key, sizeof(key), "k8s.io/cluster-autoscaler/%s",
			 s->cluster);
		add_tag(g, true, "k8s.io/cluster-autoscaler/enabled", "true");
		add_tag(g, true, key, "owned");
	}
	if (plan->template_tags) {
		add_template_tags(g, "label", &plan->labels, true);
		add_template_tags(g, "taint", &plan->taints,
				  plan->taint_effects);
	}
}

void
instance_free(void *instance)
{
	struct cloud_instance *i = instance;

	instance_addresses_free(i);
	free(i->machine);
	free(i);
}

struct cloud *
cloud_new(struct sim *w)
{
	const struct scenario *s = sim_scenario(w);
	struct cloud *c = xcalloc(1, sizeof(*c));
	struct rng rng = sim_rng(w, "vpc");
	char hex[32];

	c->sim = w;
	c->arena = arena_new();
	c->region = s->region;
	c->account = s->account;
	c->vpc_id = arena_printf(c->arena, "vpc-%s", id_hex(&rng, 17, hex));
	c->instances = map_new(instance_free);
	c->subnet_n = s->zones.n;
	c->subnets = xcalloc(s->zones.n, sizeof(*c->subnets));
	for (uint32_t i = 0; i < s->zones.n; i++)
		subnet_found(c, &c->subnets[i], i, s->zones.at[i]);
	c->group_n = s->group_n;
	c->groups = xcalloc(s->group_n + 1, sizeof(*c->groups));
	c->plans = xcalloc(s->group_n + 1, sizeof(*c->plans));
	for (uint32_t i = 0; i < s->group_n; i++) {
		c->plans[i] = s->groups[i];
		found_group(c, &c->groups[i], &c->plans[i]);
	}
	for (char *p = id_hex(&rng, 31, hex); *p; p++)
		*p = (char)(*p >= 'a' ? *p - 'a' + 'A' : *p);
	c->issuer = arena_printf(c->arena,
				 "https://oidc.eks.%s.amazonaws.com/id/%s0",
				 c->region, hex);
	c->eks = eks_new(c);
	return c;
}

static void
activity_free(struct cloud_activity *a)
{
	free(a->description);
	free(a->cause);
	free(a->message);
	free(a);
}

void
cloud_free(struct cloud *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->group_n; i++) {
		struct cloud_group *g = &c->groups[i];

		for (uint32_t k = 0; k < g->tags.n; k++) {
			free(g->tags.at[k].key);
			free(g->tags.at[k].value);
		}
		for (uint32_t k = 0; k < g->activities.n; k++)
			activity_free(g->activities.at[k]);
		vec_free(&g->tags);
		vec_free(&g->templates);
		free(g->policies);
		vec_free(&g->activities);
		cloud_refreshes_free(g);
		vec_free(&g->instances);
		free(g->cause);
	}
	for (uint32_t i = 0; i < c->subnet_n; i++)
		free(c->subnets[i].used);
	for (uint32_t i = 0; i < c->keys.n; i++) {
		free(c->keys.at[i].name);
		free(c->keys.at[i].fingerprint);
		json_decref(c->keys.at[i].tags);
	}
	vec_free(&c->keys);
	map_free(c->instances);
	eks_free(c->eks);
	free(c->groups);
	free(c->plans);
	free(c->subnets);
	arena_free(c->arena);
	free(c);
}

/* ---- finding ---- */

struct cloud_group *
cloud_group(struct cloud *c, const char *name)
{
	for (uint32_t i = 0; i < c->group_n; i++) {
		if (str_eq(c->groups[i].name, name))
			return &c->groups[i];
	}
	return NULL;
}

struct cloud_instance *
cloud_instance(struct cloud *c, const char *id)
{
	return map_get(c->instances, id);
}

struct cloud_instance *
cloud_instance_of_node(struct cloud *c, const char *node)
{
	const char *id;
	void *value;

	for (uint32_t at = 0; map_next(c->instances, &at, &id, &value);) {
		struct cloud_instance *i = value;

		if (i->state != INSTANCE_TERMINATED && str_eq(i->dns, node))
			return i;
	}
	return NULL;
}

/* ---- activities ---- */

struct cloud_activity *
group_activity(struct cloud *c, struct cloud_group *g, const char *status,
	       char *description, char *cause)
{
	struct cloud_activity *a = xcalloc(1, sizeof(*a));

	id_uuid(&g->rng, a->id);
	a->description = description;
	a->cause = cause;
	a->status = status;
	a->started_ms = sim_now_ms(c->sim);
	if (g->activities.n == ACTIVITIES_KEPT) {
		struct cloud_activity *oldest = g->activities.at[0];

		for (uint32_t i = 0; i < g->instances.n; i++) {
			if (g->instances.at[i]->activity == oldest)
				g->instances.at[i]->activity = NULL;
		}
		activity_free(oldest);
		g->activities.n--;
		memmove(g->activities.at, g->activities.at + 1,
			g->activities.n * sizeof(a));
	}
	vec_push(&g->activities, a);
	return a;
}
