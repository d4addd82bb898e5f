/*
 * DaemonSets: one pod on every node that would have it, placed by the
 * scheduler as the real controller does it, by node affinity.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/predicates.h"
#include "backend/sim/world/owned.h"
#include "backend/sim/world/revision.h"

#define CONTROLLER_MS 90

struct daemons {
	struct kubernetes *k;
	struct work_queue *work;
	struct rng rng;
};

static const struct event_source source = { "daemonset-controller", "", NULL };

/* What the controller adds so that its pods stay through thick and thin. */
static void
add_tolerations(json_t *spec)
{
	static const char *const keys[][2] = {
		{ "node.kubernetes.io/not-ready", "NoExecute" },
		{ "node.kubernetes.io/unreachable", "NoExecute" },
		{ "node.kubernetes.io/disk-pressure", "NoSchedule" },
		{ "node.kubernetes.io/memory-pressure", "NoSchedule" },
		{ "node.kubernetes.io/pid-pressure", "NoSchedule" },
		{ "node.kubernetes.io/unschedulable", "NoSchedule" },
		{ "node.kubernetes.io/network-unavailable", "NoSchedule" },
	};
	json_t *list = json_object_get(spec, "tolerations");

	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(spec, "tolerations", list);
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		json_array_append_new(
			list, pack("{s:s, s:s, s:s}", "key", keys[i][0],
				   "operator", "Exists", "effect", keys[i][1]));
}

static void
pin(json_t *spec, const char *node)
{
	json_t *term = pack("{s:[{s:s, s:s, s:[s]}]}", "matchFields", "key",
			    "metadata.name", "operator", "In", "values", node);

	json_object_set_new(
		spec, "affinity",
		pack("{s:{s:{s:[o]}}}", "nodeAffinity",
		     "requiredDuringSchedulingIgnoredDuringExecution",
		     "nodeSelectorTerms", term));
}

/* The node a daemon's pod is for, bound or not. */
static const char *
node_of(const struct pod *p)
{
	if (*str_or_empty(p->node_name))
		return p->node_name;
	for (uint32_t i = 0; i < p->node_term_n; i++) {
		if (p->node_terms[i].field_n &&
		    p->node_terms[i].fields[0].value_n)
			return p->node_terms[i].fields[0].values[0];
	}
	return "";
}

static bool
wants_node(const struct workload *d, const struct node *n)
{
	const struct pod *p = d->template_pod;

	for (uint32_t t = 0; t < n->taint_n; t++) {
		bool tolerated =
			n->taints[t].effect == TAINT_PREFER_NO_SCHEDULE ||
			str_has_prefix(n->taints[t].key, "node.kubernetes.io/");

		for (uint32_t i = 0; i < p->toleration_n && !tolerated; i++)
			tolerated = toleration_matches(&p->tolerations[i],
						       &n->taints[t]);
		if (!tolerated)
			return false;
	}
	return node_affinity_matches(p, n);
}

static void
create(struct daemons *d, const struct object *o, const json_t *tree,
       const char *hash, const char *node)
{
	char suffix[32], *name;
	const struct object *made;
	json_t *body, *spec, *labels;

	name = xasprintf("%s-%s", o->name, id_suffix(&d->rng, 5, suffix));
	body = pod_from_template(o, tree, name);
	labels = json_object_get(json_object_get(body, "metadata"), "labels");
	json_object_set_new(labels, REVISION_LABEL, json_string(hash));
	spec = json_object_get(body, "spec");
	add_tolerations(spec);
	pin(spec, node);
	made = k8s_put(d->k, d->k->pods, o->ns, body);
	if (made)
		k8s_tell(d->k, o, &source, false, "SuccessfulCreate",
			 "Created pod: %s", name);
	free(name);
}

struct survey {
	struct daemons *d;
	const struct object *o;
	const struct workload *rec;
	struct owned pods;
	struct map *by_node; /* node -> its (first) pod's object */
	json_t *tree;
	char hash[32]; /* of the present template */
	VEC(char *) missing;
	int32_t desired, current, ready, updated;
};

static bool
is_updated(const struct survey *s, const struct object *pod)
{
	return str_eq(object_label(pod, REVISION_LABEL), s->hash);
}

static bool
survey_node(void *ctx, const struct object *node)
{
	struct survey *s = ctx;
	const struct node *n = mirror_of(s->d->k, KIND_NODE, node);
	const struct object *pod;

	if (!n || !wants_node(s->rec, n))
		return true;
	s->desired++;
	pod = map_get(s->by_node, node->name);
	if (pod) {
		const struct pod *p = mirror_of(s->d->k, KIND_POD, pod);

		s->current++;
		s->ready += p && p->ready;
		s->updated += is_updated(s, pod);
	} else {
		vec_push(&s->missing, xstrdup(node->name));
	}
	return true;
}

static void
index_pods(struct survey *s)
{
	s->by_node = map_new(NULL);
	for (uint32_t i = 0; i < s->pods.at.n; i++) {
		const struct object *o = s->pods.at.at[i];
		const struct pod *p = mirror_of(s->d->k, KIND_POD, o);

		if (p && !map_get(s->by_node, node_of(p)))
			map_put(s->by_node, node_of(p), (void *)(uintptr_t)o);
	}
}

/* Pods that ended, or whose node is gone or no longer wants them. */
static void
clean(struct daemons *d, struct survey *s)
{
	for (uint32_t i = 0; i < s->pods.at.n; i++) {
		const struct object *o = s->pods.at.at[i];
		const struct pod *p = mirror_of(d->k, KIND_POD, o);
		const struct object *node;

		if (!p || o->deleted_ms)
			continue;
		node = k8s_find(d->k, d->k->nodes, "", node_of(p));
		if (!node || pod_is_finished(p))
			k8s_delete(d->k, o, node ? -1 : 0);
	}
}

/* Old pods go so that no more than maxUnavailable are missing; those that are
 * not ready first, as they cost nothing. */
static void
roll(struct daemons *d, const struct survey *s)
{
	const json_t *spec = json_object_get(s->tree, "spec");
	const json_t *strategy = json_object_get(spec, "updateStrategy");
	const char *type = json_string_value(json_object_get(strategy, "type"));
	int32_t most = share_of(
		json_object_get(json_object_get(strategy, "rollingUpdate"),
				"maxUnavailable"),
		s->desired, true, 1);
	int32_t missing = s->desired;

	if (str_eq(type, "OnDelete") || s->updated == s->desired)
		return;
	for (uint32_t i = 0; i < s->pods.at.n; i++) {
		const struct pod *p = mirror_of(d->k, KIND_POD,
						s->pods.at.at[i]);

		missing -= p && p->ready && !s->pods.at.at[i]->deleted_ms;
	}
	for (int ready = 0; ready < 2; ready++) {
		for (uint32_t i = 0; i < s->pods.at.n; i++) {
			const struct object *o = s->pods.at.at[i];
			const struct pod *p = mirror_of(d->k, KIND_POD, o);

			if (!p || o->deleted_ms || is_updated(s, o) ||
			    p->ready != (bool)ready ||
			    (ready && missing >= most))
				continue;
			missing += ready;
			k8s_tell(d->k, s->o, &source, false,
				 "SuccessfulDelete", "Deleted pod: %s",
				 o->name);
			k8s_delete(d->k, o, -1);
		}
	}
}

static void
sync_daemon(void *ctx, const char *key)
{
	struct daemons *d = ctx;
	struct kubernetes *k = d->k;
	const struct object *o = k8s_find_key(k, k->daemonsets, key);
	struct survey s = { .d = d, .o = o };

	if (!o || o->deleted_ms)
		return;
	s.rec = mirror_of(k, KIND_DAEMONSET, o);
	if (!s.rec || !s.rec->template_pod)
		return;
	o = object_ref(o);
	s.tree = object_tree(o);
	revise(k, o, s.tree, s.hash);
	s.pods = owned_find(k, k->pods, o);
	index_pods(&s);
	objects_each(k->objects, k->nodes, NULL, NULL, survey_node, &s);
	clean(d, &s);
	for (uint32_t i = 0; i < s.missing.n; i++) {
		create(d, o, s.tree, s.hash, s.missing.at[i]);
		free(s.missing.at[i]);
	}
	vec_free(&s.missing);
	roll(d, &s);
	k8s_put_status(k, o,
		       pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:I}",
			    "currentNumberScheduled", s.current,
			    "desiredNumberScheduled", s.desired,
			    "numberAvailable", s.ready, "numberMisscheduled", 0,
			    "numberReady", s.ready, "numberUnavailable",
			    s.desired - s.ready, "updatedNumberScheduled",
			    s.updated, "observedGeneration",
			    json_integer_value(json_object_get(
				    json_object_get(s.tree, "metadata"),
				    "generation"))));
	map_free(s.by_node);
	owned_free(&s.pods);
	json_decref(s.tree);
	object_unref(o);
}

struct concern {
	struct daemons *d;
	const struct object *pod; /* NULL: a node, which concerns all */
};

static bool
queue_each(void *ctx, const struct object *o)
{
	const struct concern *c = ctx;

	for (uint32_t i = 0; c->pod && i < c->pod->owner_n; i++) {
		if (str_eq(c->pod->owners[i], o->uid))
			work_queue_add(c->d->work, o->key);
	}
	if (!c->pod)
		work_queue_add(c->d->work, o->key);
	return true;
}

static void
on_change(void *ctx, enum object_event e, const struct object *now,
	  const struct object *before)
{
	struct daemons *d = ctx;
	struct concern c = { d, now->type == d->k->pods ? now : NULL };

	/* Of nodes only coming, going and what placement reads matter; a
	 * heartbeat costs a survey without effect. */
	if (now->type == d->k->nodes && e == OBJECT_MODIFIED && before)
		return;
	if (now->type == d->k->daemonsets) {
		work_queue_add(d->work, now->key);
		return;
	}
	if (now->type == d->k->pods && now->owner_n == 0)
		return;
	objects_each(d->k->objects, d->k->daemonsets, NULL, NULL, queue_each,
		     &c);
}

struct daemons *
daemons_new(struct kubernetes *k)
{
	struct daemons *d = xcalloc(1, sizeof(*d));

	d->k = k;
	d->rng = sim_rng(k->sim, "daemonset-controller");
	d->work = work_queue_new(k->sim, CONTROLLER_MS, sync_daemon, d);
	objects_listen(k->objects, k->daemonsets, on_change, d);
	objects_listen(k->objects, k->nodes, on_change, d);
	objects_listen(k->objects, k->pods, on_change, d);
	return d;
}

void
daemons_free(struct daemons *d)
{
	if (!d)
		return;
	work_queue_free(d->work);
	free(d);
}
