/*
 * StatefulSets: pods that are numbered, and come, go and are replaced in that
 * order; each with claims of its own, which outlive it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/owned.h"
#include "backend/sim/world/revision.h"

#define CONTROLLER_MS 80
#define POD_LABEL "statefulset.kubernetes.io/pod-name"
#define INDEX_LABEL "apps.kubernetes.io/pod-index"

struct stateful {
	struct kubernetes *k;
	const struct object_type *sets, *claims;
	struct work_queue *work;
};

static const struct event_source source = { "statefulset-controller", "",
					    NULL };

/* One turn over one set. */
struct turn {
	struct stateful *s;
	const struct object *o;
	json_t *tree, *spec; /* spec: of tree */
	struct owned pods;
	char *revision; /* of the present template */
	int64_t start;	/* the first pod's number */
	int32_t want;
	bool parallel;
};

static const struct object *
pod_at(const struct turn *t, int64_t number)
{
	char *name = xasprintf("%s-%lld", t->o->name, (long long)number);
	const struct object *found = NULL;

	for (uint32_t i = 0; i < t->pods.at.n && !found; i++)
		if (str_eq(t->pods.at.at[i]->name, name))
			found = t->pods.at.at[i];
	free(name);
	return found;
}

/* "NAME-7": 7; -1 when it is none of the set's names. */
static int64_t
number_of(const struct turn *t, const struct object *pod)
{
	size_t len = strlen(t->o->name);
	const char *digits = pod->name + len + 1;
	char *end;
	int64_t n;

	if (strncmp(pod->name, t->o->name, len) != 0 || pod->name[len] != '-' ||
	    *digits < '0' || *digits > '9')
		return -1;
	n = strtoll(digits, &end, 10);
	return *end ? -1 : n;
}

static bool
is_ready(const struct turn *t, const struct object *pod)
{
	const struct pod *p = mirror_of(t->s->k, KIND_POD, pod);

	return p && p->ready && !pod->deleted_ms;
}

static bool
is_updated(const struct turn *t, const struct object *pod)
{
	return str_eq(object_label(pod, REVISION_LABEL), t->revision);
}

static bool
is_wanted(const struct turn *t, int64_t number)
{
	return number >= t->start && number < t->start + t->want;
}

/* ---- coming ---- */

/* Its claims, made where they are not there yet, and the volumes for them. */
static void
add_claims(struct turn *t, json_t *pod_spec, const char *pod)
{
	json_t *volumes = json_object_get(pod_spec, "volumes");
	json_t *template;
	size_t i;

	if (!json_is_array(volumes)) {
		volumes = json_array();
		json_object_set_new(pod_spec, "volumes", volumes);
	}
	json_array_foreach(json_object_get(t->spec, "volumeClaimTemplates"), i,
			   template) {
		json_t *meta = json_object_get(template, "metadata");
		const char *volume =
			json_string_value(json_object_get(meta, "name"));
		char *name = xasprintf("%s-%s", str_or_empty(volume), pod);

		if (!k8s_find(t->s->k, t->s->claims, t->o->ns, name)) {
			json_t *body = json_deep_copy(template);

			json_object_set_new(json_object_get(body, "metadata"),
					    "name", json_string(name));
			json_object_del(body, "status");
			if (k8s_put(t->s->k, t->s->claims, t->o->ns, body))
				k8s_tell(t->s->k, t->o, &source, false,
					 "SuccessfulCreate",
					 "create Claim %s Pod %s in "
					 "StatefulSet %s success",
					 name, pod, t->o->name);
		}
		json_array_append_new(
			volumes, pack("{s:s, s:{s:s}}", "name",
				      str_or_empty(volume),
				      "persistentVolumeClaim", "claimName",
				      name));
		free(name);
	}
}

static void
create(struct turn *t, int64_t number)
{
	char *name = xasprintf("%s-%lld", t->o->name, (long long)number);
	json_t *body = pod_from_template(t->o, t->tree, name);
	json_t *meta = json_object_get(body, "metadata");
	json_t *spec = json_object_get(body, "spec");
	json_t *labels = json_object_get(meta, "labels");
	const char *service =
		json_string_value(json_object_get(t->spec, "serviceName"));

	if (json_is_object(labels) && json_is_object(spec)) {
		json_object_set_new(labels, POD_LABEL, json_string(name));
		json_object_set_new(labels, INDEX_LABEL,
				    json_sprintf("%lld", (long long)number));
		json_object_set_new(labels, REVISION_LABEL,
				    json_string(t->revision));
		json_object_set_new(spec, "hostname", json_string(name));
		if (service && *service)
			json_object_set_new(spec, "subdomain",
					    json_string(service));
		add_claims(t, spec, name);
		if (k8s_put(t->s->k, t->s->k->pods, t->o->ns, body))
			k8s_tell(t->s->k, t->o, &source, false,
				 "SuccessfulCreate",
				 "create Pod %s in StatefulSet %s successful",
				 name, t->o->name);
	} else {
		json_decref(body);
	}
	free(name);
}

/* ---- going ---- */

static void
drop(struct turn *t, const struct object *pod)
{
	k8s_tell(t->s->k, t->o, &source, false, "SuccessfulDelete",
		 "delete Pod %s in StatefulSet %s successful", pod->name,
		 t->o->name);
	k8s_delete(t->s->k, pod, -1);
}

/* The highest number that is not wanted any more. */
static const struct object *
highest_unwanted(const struct turn *t)
{
	const struct object *found = NULL;
	int64_t most = -1;

	for (uint32_t i = 0; i < t->pods.at.n; i++) {
		int64_t n = number_of(t, t->pods.at.at[i]);

		if (n > most && !is_wanted(t, n) &&
		    (!t->parallel || !t->pods.at.at[i]->deleted_ms)) {
			most = n;
			found = t->pods.at.at[i];
		}
	}
	return found;
}

/* ---- the order ---- */

/* Pods that are missing or over come anew, in order: none before those below
 * it are ready, unless order does not matter.  True when all are ready. */
static bool
fill(struct turn *t)
{
	bool all = true;

	for (int64_t n = t->start; n < t->start + t->want; n++) {
		const struct object *pod = pod_at(t, n);

		if (!pod)
			create(t, n);
		else if (pod_object_is_over(pod) && !pod->deleted_ms)
			k8s_delete(t->s->k, pod, 0);
		if (pod && is_ready(t, pod))
			continue;
		all = false;
		if (!t->parallel)
			return false;
	}
	return all;
}

/* One at a time from the highest, the next when its successor is ready. */
static bool
shrink(struct turn *t)
{
	const struct object *pod = highest_unwanted(t);
	bool any = pod != NULL;

	while (pod && !pod->deleted_ms) {
		drop(t, pod);
		if (!t->parallel)
			return true;
		owned_free(&t->pods);
		t->pods = owned_find(t->s->k, t->s->k->pods, t->o);
		pod = highest_unwanted(t);
	}
	return any;
}

/* The highest pod of an older template goes, down to the partition. */
static void
roll(struct turn *t)
{
	json_t *strategy = json_object_get(t->spec, "updateStrategy");
	int64_t partition = json_integer_value(
		json_object_get(json_object_get(strategy, "rollingUpdate"),
				"partition"));

	if (str_eq(json_string_value(json_object_get(strategy, "type")),
		   "OnDelete"))
		return;
	for (int64_t n = t->start + t->want - 1;
	     n >= t->start && n >= partition; n--) {
		const struct object *pod = pod_at(t, n);

		if (pod && !is_updated(t, pod)) {
			if (!pod->deleted_ms)
				drop(t, pod);
			return;
		}
		if (!pod || !is_ready(t, pod))
			return;
	}
}

/* ---- status ---- */

struct counts {
	int32_t replicas, ready, updated, current;
};

static struct counts
count(const struct turn *t, const char *current)
{
	struct counts c = { 0 };

	for (uint32_t i = 0; i < t->pods.at.n; i++) {
		const struct object *pod = t->pods.at.at[i];

		c.replicas++;
		c.ready += is_ready(t, pod);
		c.updated += is_updated(t, pod) && !pod->deleted_ms;
		c.current += str_eq(object_label(pod, REVISION_LABEL),
				    current) && !pod->deleted_ms;
	}
	return c;
}

/* The revision that was rolled out last stays the current one until every pod
 * is of the new one. */
static void
write_status(struct turn *t)
{
	json_t *old = json_object_get(t->tree, "status");
	const char *current = json_string_value(
		json_object_get(old, "currentRevision"));
	const struct object *o =
		k8s_find(t->s->k, t->s->sets, t->o->ns, t->o->name);
	struct counts c;

	owned_free(&t->pods);
	t->pods = owned_find(t->s->k, t->s->k->pods, t->o);
	c = count(t, str_or_empty(current));
	if (!current || !*current ||
	    (c.updated == t->want && c.ready == t->want &&
	     c.replicas == t->want)) {
		current = t->revision;
		c.current = c.updated;
	}
	if (!o)
		return;
	k8s_put_status(
		t->s->k, o,
		pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:o, s:i}",
		     "replicas", c.replicas, "readyReplicas", c.ready,
		     "availableReplicas", c.ready, "currentReplicas",
		     c.current, "updatedReplicas", c.updated,
		     "currentRevision", current, "updateRevision", t->revision,
		     "observedGeneration",
		     json_copy(json_object_get(
			     json_object_get(t->tree, "metadata"),
			     "generation")),
		     "collisionCount", 0));
}

static void
sync_set(void *ctx, const char *key)
{
	struct stateful *s = ctx;
	const struct object *o = k8s_find_key(s->k, s->sets, key);
	struct turn t = { .s = s };
	char hash[32];
	bool ready;

	if (!o || o->deleted_ms)
		return;
	t.o = object_ref(o);
	t.tree = object_tree(o);
	t.spec = json_object_get(t.tree, "spec");
	t.want = (int32_t)json_integer_value(
		json_object_get(t.spec, "replicas"));
	t.start = json_integer_value(json_object_get(
		json_object_get(t.spec, "ordinals"), "start"));
	t.parallel = str_eq(json_string_value(json_object_get(
				    t.spec, "podManagementPolicy")),
			    "Parallel");
	revise(s->k, o, t.tree, hash);
	t.revision = xasprintf("%s-%s", o->name, hash);
	t.pods = owned_find(s->k, s->k->pods, o);
	ready = fill(&t);
	if ((ready || t.parallel) && !shrink(&t) && ready)
		roll(&t);
	write_status(&t);
	owned_free(&t.pods);
	free(t.revision);
	json_decref(t.tree);
	object_unref(t.o);
}

/* ---- listening ---- */

static void
on_set(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct stateful *s = ctx;

	(void)before;
	if (e != OBJECT_DELETED)
		work_queue_add(s->work, now->key);
}

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct stateful *s = ctx;
	const struct pod *rec;
	char *key;

	(void)e, (void)before;
	if (now->owner_n == 0)
		return;
	rec = mirror_of(s->k, KIND_POD, now);
	if (!rec || !str_eq(rec->meta.owner_kind, "StatefulSet"))
		return;
	key = xasprintf("%s/%s", now->ns, rec->meta.owner_name);
	if (k8s_find_key(s->k, s->sets, key))
		work_queue_add(s->work, key);
	free(key);
}

struct stateful *
stateful_new(struct kubernetes *k)
{
	struct stateful *s = xcalloc(1, sizeof(*s));

	s->k = k;
	s->sets = objects_type(k->objects, "apps", "statefulsets");
	s->claims = objects_type(k->objects, "", "persistentvolumeclaims");
	s->work = work_queue_new(k->sim, CONTROLLER_MS, sync_set, s);
	objects_listen(k->objects, s->sets, on_set, s);
	objects_listen(k->objects, k->pods, on_pod, s);
	return s;
}

void
stateful_free(struct stateful *s)
{
	if (!s)
		return;
	work_queue_free(s->work);
	free(s);
}
