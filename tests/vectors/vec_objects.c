/*
 * Statements that describe objects, as JSON of the Kubernetes and AWS APIs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "tests/vectors/writer.h"

const char *
word(const struct writer *k, const char *key, const char *absent)
{
	const char *value = word_of(k->s, key);

	return value ? value : absent;
}

bool
flag(const struct writer *k, const char *key)
{
	const char *value = word_of(k->s, key);

	return value && strcmp(value, "no") != 0;
}

void
text(struct writer *k, const char *key, const char *value)
{
	jsonw_key(k->w, key);
	jsonw_text(k->w, value);
}

void
time_member(struct writer *k, const char *key, const char *value)
{
	char out[TIME_TEXT];
	int64_t ms;

	if (!vec_time(k->v, value, &ms))
		vec_fail(k->v, k->s->line, "%s: no time", value);
	else
		text(k, key, time_format(ms, false, out));
}

void
number(struct writer *k, const char *key, const char *value)
{
	jsonw_key(k->w, key);
	jsonw_int(k->w, strtoll(value, NULL, 10));
}

void
members(struct writer *k, const char *prefix)
{
	size_t len = strlen(prefix);

	for (uint32_t i = 0; i < k->s->n; i++)
		if (str_has_prefix(k->s->word[i].key, prefix))
			text(k, k->s->word[i].key + len, k->s->word[i].value);
}

void
map_member(struct writer *k, const char *key, const char *prefix)
{
	jsonw_key(k->w, key);
	jsonw_object(k->w);
	members(k, prefix);
	jsonw_end_object(k->w);
}

void
selector(struct writer *k, const char *key, const char *value)
{
	const char *eq = strchr(value, '=');

	jsonw_key(k->w, key);
	jsonw_object(k->w);
	if (eq) {
		jsonw_key(k->w, "matchLabels");
		jsonw_object(k->w);
		text(k, arena_strndup(k->v->arena, value,
				      (size_t)(eq - value)), eq + 1);
		jsonw_end_object(k->w);
	}
	jsonw_end_object(k->w);
}

/* ---- metadata ---- */

static void
owner(struct writer *k)
{
	const char *of = word(k, "owner", NULL), *slash;
	const char *api = "apps/v1";

	if (!of || !(slash = strchr(of, '/')))
		return;
	if (str_has_prefix(of, "ReplicationController"))
		api = "v1";
	else if (str_has_prefix(of, "Job/"))
		api = "batch/v1";
	jsonw_key(k->w, "ownerReferences");
	jsonw_array(k->w);
	jsonw_object(k->w);
	text(k, "apiVersion", word(k, "owner-api", api));
	text(k, "kind", arena_strndup(k->v->arena, of, (size_t)(slash - of)));
	text(k, "name", slash + 1);
	text(k, "uid", word(k, "owner-uid", slash + 1));
	jsonw_key(k->w, "controller");
	jsonw_bool(k->w, true);
	jsonw_end_object(k->w);
	jsonw_end_array(k->w);
}

void
metadata(struct writer *k, bool namespaced)
{
	jsonw_key(k->w, "metadata");
	jsonw_object(k->w);
	text(k, "name", k->s->name);
	if (namespaced)
		text(k, "namespace", word(k, "ns", "default"));
	text(k, "uid", word(k, "uid", arena_printf(k->v->arena, "uid-%s-%s",
						   k->s->verb, k->s->name)));
	if (strcmp(word(k, "age", "1h"), "none") != 0)
		time_member(k, "creationTimestamp",
			    arena_printf(k->v->arena, "-%s",
					 word(k, "age", "1h")));
	if (word_of(k->s, "deleted"))
		time_member(k, "deletionTimestamp", word(k, "deleted", ""));
	map_member(k, "labels", "label:");
	map_member(k, "annotations", "annotation:");
	owner(k);
	jsonw_end_object(k->w);
}

/* ---- nodes ---- */

static void
taints(struct writer *k)
{
	jsonw_key(k->w, "taints");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		const char *key = k->s->word[i].key;
		const char *value = k->s->word[i].value;
		const char *colon = strrchr(value, ':');
		char unix_time[24];
		int64_t ms;

		if (!str_has_prefix(key, "taint:"))
			continue;
		jsonw_object(k->w);
		text(k, "key", key + strlen("taint:"));
		value = arena_strndup(k->v->arena, value,
				      colon ? (size_t)(colon - value)
					    : strlen(value));
		/* A taint's time is written as "-5m". */
		if ((*value == '-' || *value == '+') &&
		    vec_time(k->v, value, &ms)) {
			snprintf(unix_time, sizeof(unix_time), "%lld",
				 (long long)(ms / 1000));
			value = unix_time;
		}
		text(k, "value", value);
		text(k, "effect", colon ? colon + 1 : "NoSchedule");
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
}

static void
node_amounts(struct writer *k, const char *key, const char *prefix)
{
	char own_cpu[16], own_memory[16];

	snprintf(own_cpu, sizeof(own_cpu), "%scpu", prefix);
	snprintf(own_memory, sizeof(own_memory), "%smemory", prefix);
	jsonw_key(k->w, key);
	jsonw_object(k->w);
	if (strcmp(word(k, "cpu", "none"), "none") != 0)
		text(k, "cpu", word(k, own_cpu, word(k, "cpu", "0")));
	if (strcmp(word(k, "memory", "none"), "none") != 0)
		text(k, "memory", word(k, own_memory,
				       word(k, "memory", "0")));
	text(k, "pods", word(k, "pods", "100"));
	members(k, "has:");
	jsonw_end_object(k->w);
}

static void
condition(struct writer *k, const char *type, const char *status,
	  const char *since)
{
	jsonw_object(k->w);
	text(k, "type", type);
	text(k, "status", status);
	time_member(k, "lastTransitionTime",
		    arena_printf(k->v->arena, "-%s", since));
	jsonw_end_object(k->w);
}

static void
node_status(struct writer *k)
{
	const char *ready = word(k, "ready", "True");

	jsonw_key(k->w, "status");
	jsonw_object(k->w);
	node_amounts(k, "capacity", "");
	node_amounts(k, "allocatable", "alloc-");
	jsonw_key(k->w, "conditions");
	jsonw_array(k->w);
	if (strcmp(ready, "none") != 0)
		condition(k, "Ready", ready,
			  word(k, "ready-for", word(k, "age", "1h")));
	for (uint32_t i = 0; i < k->s->n; i++)
		if (str_has_prefix(k->s->word[i].key, "cond:"))
			condition(k, k->s->word[i].key + 5,
				  k->s->word[i].value, "1h");
	jsonw_end_array(k->w);
	jsonw_end_object(k->w);
}

static const char *
provider_of(struct writer *k)
{
	return word(k, "provider",
		    arena_printf(k->v->arena, "aws:///%s/i-%s",
				 word(k, "zone", "eu-west-1a"), k->s->name));
}

static void
write_node(struct writer *k)
{
	metadata(k, false);
	jsonw_key(k->w, "spec");
	jsonw_object(k->w);
	text(k, "providerID", provider_of(k));
	if (flag(k, "cordoned")) {
		jsonw_key(k->w, "unschedulable");
		jsonw_bool(k->w, true);
	}
	taints(k);
	jsonw_end_object(k->w);
	node_status(k);
}

/* ---- controllers and budgets ---- */

static void
write_workload(struct writer *k)
{
	metadata(k, true);
	jsonw_key(k->w, "spec");
	jsonw_object(k->w);
	if (word_of(k->s, "replicas"))
		number(k, "replicas", word(k, "replicas", "1"));
	if (strcmp(k->s->verb, "ds") == 0) {
		jsonw_key(k->w, "template");
		jsonw_object(k->w);
		jsonw_key(k->w, "metadata");
		jsonw_object(k->w);
		map_member(k, "labels", "label:");
		jsonw_end_object(k->w);
		pod_spec(k);
		jsonw_end_object(k->w);
	}
	jsonw_end_object(k->w);
}

static void
write_pdb(struct writer *k)
{
	metadata(k, true);
	jsonw_key(k->w, "spec");
	jsonw_object(k->w);
	if (word_of(k->s, "match"))
		selector(k, "selector", word(k, "match", "*"));
	jsonw_end_object(k->w);
	jsonw_key(k->w, "status");
	jsonw_object(k->w);
	number(k, "disruptionsAllowed", word(k, "allowed", "0"));
	jsonw_end_object(k->w);
}

static void
write_priorities(struct writer *k)
{
	metadata(k, true);
	jsonw_key(k->w, "data");
	jsonw_object(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		char *p;

		if (strcmp(k->s->word[i].key, "data") != 0)
			continue;
		/* "\n" stands for a new line. */
		p = arena_strdup(k->v->arena, k->s->word[i].value);
		for (char *at = p; (at = strstr(at, "\\n"));) {
			*at = '\n';
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
		}
		text(k, "priorities", p);
	}
	jsonw_end_object(k->w);
}

/* ---- acts and activities ---- */

static void
write_act(struct writer *k)
{
	text(k, "id", k->s->name);
	text(k, "by", word(k, "by", "paddock"));
	text(k, "kind", word(k, "kind", "scaleUp"));
	text(k, "group", word(k, "group", ""));
	text(k, "node", word(k, "node", ""));
	number(k, "from", word(k, "from", "0"));
	number(k, "to", word(k, "to", "0"));
	time_member(k, "started", word(k, "started", "-1m"));
	if (word_of(k->s, "ended"))
		time_member(k, "ended", word(k, "ended", ""));
	text(k, "outcome", word(k, "outcome", "running"));
	text(k, "code", word(k, "code", ""));
}

static void
write_activity(struct writer *k)
{
	text(k, "ActivityId", k->s->name);
	text(k, "AutoScalingGroupName", word(k, "group", ""));
	text(k, "StatusCode", word(k, "status", "Failed"));
	time_member(k, "StartTime", word(k, "at", "-1m"));
}

/* ---- the table ---- */

static const struct {
	const char *verb, *path;
	void (*write)(struct writer *k);
} kinds[] = {
	{ "pod", "kubernetes.pods", write_pod },
	{ "node", "kubernetes.nodes", write_node },
	{ "ds", "kubernetes.daemonSets", write_workload },
	{ "rs", "kubernetes.replicaSets", write_workload },
	{ "rc", "kubernetes.replicationControllers", write_workload },
	{ "sts", "kubernetes.statefulSets", write_workload },
	{ "job", "kubernetes.jobs", write_workload },
	{ "pdb", "kubernetes.podDisruptionBudgets", write_pdb },
	{ "configmap", "kubernetes.configMaps", write_priorities },
	{ "act", "acts", write_act },
	{ "activity", "aws.scalingActivities", write_activity },
	{ "instance", NULL, NULL },
};

static void
keep(struct vec *v, struct object *o)
{
	for (uint32_t i = 0; i < v->objects.n; i++) {
		struct object *old = &v->objects.at[i];

		if (str_eq(old->path, o->path) && str_eq(old->name, o->name)) {
			*old = *o;
			return;
		}
	}
	vec_push(&v->objects, *o);
}

static void
add_object(struct vec *v, const struct statement *s, size_t kind)
{
	struct writer k = { v, s, NULL };
	struct object o = { .path = kinds[kind].path ? kinds[kind].path : "",
			    .name = s->name };
	struct buf out;

	o.group = word_of(s, "group");
	o.zone = word(&k, "zone", "eu-west-1a");
	o.lifecycle = word(&k, "lifecycle", "InService");
	o.provider = provider_of(&k);
	if (strcmp(s->verb, "pod") == 0) /* two namespaces, one name */
		o.name = arena_printf(v->arena, "%s/%s",
				      word(&k, "ns", "default"), s->name);
	if (kinds[kind].write) {
		buf_init(&out, 1 << 20);
		k.w = jsonw_new_buf(&out, false);
		jsonw_object(k.w);
		kinds[kind].write(&k);
		jsonw_end_object(k.w);
		jsonw_done(k.w);
		o.json = arena_strdup(v->arena, buf_text(&out));
		buf_fini(&out);
	}
	keep(v, &o);
}

/* "p[1-3]" calls for p1, p2, p3. */
static void
add_range(struct vec *v, struct statement s, size_t kind)
{
	const char *open = strchr(s.name, '['), *dash;
	long from, to;

	if (!open || !(dash = strchr(open, '-'))) {
		add_object(v, &s, kind);
		return;
	}
	from = strtol(open + 1, NULL, 10);
	to = strtol(dash + 1, NULL, 10);
	for (long i = from; i <= to; i++) {
		struct statement one = s;

		one.name = arena_printf(v->arena, "%.*s%ld",
					(int)(open - s.name), s.name, i);
		add_object(v, &one, kind);
	}
}

bool
vec_object(struct vec *v, const struct statement *s)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].verb, s->verb) == 0) {
			add_range(v, *s, i);
			return true;
		}
	return false;
}
