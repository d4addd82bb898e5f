/*
 * Pods of vectors, as JSON of the Kubernetes API.
 */
#include <stdlib.h>

#include "tests/vectors/writer.h"

static void
amounts(struct writer *k, const char *cpu, const char *memory, bool more)
{
	jsonw_key(k->w, "resources");
	jsonw_object(k->w);
	jsonw_key(k->w, "requests");
	jsonw_object(k->w);
	if (cpu && *cpu)
		text(k, "cpu", cpu);
	if (memory && *memory)
		text(k, "memory", memory);
	if (more)
		members(k, "request:");
	jsonw_end_object(k->w);
	jsonw_end_object(k->w);
}

/* "cpu/memory" of an init container. */
static void
init_container(struct writer *k, const char *value, bool sidecar, uint32_t n)
{
	const char *slash = strchr(value, '/');

	jsonw_object(k->w);
	text(k, "name", arena_printf(k->v->arena, "init%u", n));
	if (sidecar)
		text(k, "restartPolicy", "Always");
	amounts(k, arena_strndup(k->v->arena, value,
				 slash ? (size_t)(slash - value)
				       : strlen(value)),
		slash ? slash + 1 : NULL, false);
	jsonw_end_object(k->w);
}

static void
ports(struct writer *k)
{
	jsonw_key(k->w, "ports");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		const char *value = k->s->word[i].value;
		const char *at = strchr(value, '@');

		if (strcmp(k->s->word[i].key, "port") != 0)
			continue;
		jsonw_object(k->w);
		number(k, "containerPort", value);
		number(k, "hostPort", value);
		if (strstr(value, "/UDP"))
			text(k, "protocol", "UDP");
		if (at)
			text(k, "hostIP", at + 1);
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
}

static void
containers(struct writer *k)
{
	uint32_t n = 0;

	jsonw_key(k->w, "initContainers");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		const char *key = k->s->word[i].key;

		if (strcmp(key, "init") == 0 || strcmp(key, "sidecar") == 0)
			init_container(k, k->s->word[i].value, *key == 's',
				       n++);
	}
	jsonw_end_array(k->w);
	jsonw_key(k->w, "containers");
	jsonw_array(k->w);
	jsonw_object(k->w);
	text(k, "name", "main");
	text(k, "image", word(k, "image", "img"));
	amounts(k, word(k, "cpu", NULL), word(k, "memory", NULL), true);
	ports(k);
	jsonw_end_object(k->w);
	jsonw_end_array(k->w);
}

/* "key=value:Effect" behind the prefix; without '=' it is Exists. */
static void
tolerations(struct writer *k)
{
	jsonw_key(k->w, "tolerations");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		const char *key = k->s->word[i].key;
		const char *value = k->s->word[i].value;
		const char *colon;

		if (!str_has_prefix(key, "tolerates:"))
			continue;
		jsonw_object(k->w);
		text(k, "key", key + strlen("tolerates:"));
		colon = strrchr(value, ':');
		if (strcmp(value, "*") == 0) {
			text(k, "operator", "Exists");
		} else {
			text(k, "value",
			     arena_strndup(k->v->arena, value,
					   colon ? (size_t)(colon - value)
						 : strlen(value)));
			if (colon)
				text(k, "effect", colon + 1);
		}
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
}

/* Splits "a,b,c" into fields. */
static uint32_t
fields(struct writer *k, const char *value, char **out, uint32_t room)
{
	char *rest = arena_strdup(k->v->arena, value);
	uint32_t n = 0;

	while (n < room && (out[n] = strsep(&rest, ",")))
		n++;
	return n;
}

/* spread=KEY,SKEW,LABEL=VALUE[,min=N][,taints][,soft] */
static void
spreads(struct writer *k)
{
	jsonw_key(k->w, "topologySpreadConstraints");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		char *f[8];
		uint32_t n;

		if (strcmp(k->s->word[i].key, "spread") != 0)
			continue;
		n = fields(k, k->s->word[i].value, f, 8);
		if (n < 3) {
			vec_fail(k->v, k->s->line, "spread wants 3 fields");
			continue;
		}
		jsonw_object(k->w);
		text(k, "topologyKey", f[0]);
		number(k, "maxSkew", f[1]);
		selector(k, "labelSelector", f[2]);
		text(k, "whenUnsatisfiable",
		     strcmp(f[n - 1], "soft") == 0 ? "ScheduleAnyway"
						   : "DoNotSchedule");
		for (uint32_t j = 3; j < n; j++) {
			if (str_has_prefix(f[j], "min="))
				number(k, "minDomains", f[j] + 4);
			if (strcmp(f[j], "taints") == 0)
				text(k, "nodeTaintsPolicy", "Honor");
		}
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
}

/* near=KEY,LABEL=VALUE and apart=KEY,LABEL=VALUE */
static void
pod_terms(struct writer *k, const char *member, const char *key)
{
	jsonw_key(k->w, member);
	jsonw_object(k->w);
	jsonw_key(k->w, "requiredDuringSchedulingIgnoredDuringExecution");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		char *f[4];

		if (strcmp(k->s->word[i].key, key) != 0 ||
		    fields(k, k->s->word[i].value, f, 4) < 2)
			continue;
		jsonw_object(k->w);
		text(k, "topologyKey", f[0]);
		selector(k, "labelSelector", f[1]);
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
	jsonw_end_object(k->w);
}

/* wants=KEY,Op,VALUE...: one node affinity term */
static void
node_terms(struct writer *k)
{
	jsonw_key(k->w, "nodeAffinity");
	jsonw_object(k->w);
	jsonw_key(k->w, "requiredDuringSchedulingIgnoredDuringExecution");
	jsonw_object(k->w);
	jsonw_key(k->w, "nodeSelectorTerms");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		char *f[8];
		uint32_t n;

		if (strcmp(k->s->word[i].key, "wants") != 0 ||
		    (n = fields(k, k->s->word[i].value, f, 8)) < 2)
			continue;
		jsonw_object(k->w);
		jsonw_key(k->w, strcmp(f[0], "metadata.name") == 0
					? "matchFields"
					: "matchExpressions");
		jsonw_array(k->w);
		jsonw_object(k->w);
		text(k, "key", f[0]);
		text(k, "operator", f[1]);
		jsonw_key(k->w, "values");
		jsonw_array(k->w);
		for (uint32_t j = 2; j < n; j++)
			jsonw_text(k->w, f[j]);
		jsonw_end_array(k->w);
		jsonw_end_object(k->w);
		jsonw_end_array(k->w);
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
	jsonw_end_object(k->w);
	jsonw_end_object(k->w);
}

static void
affinity(struct writer *k)
{
	jsonw_key(k->w, "affinity");
	jsonw_object(k->w);
	if (word_of(k->s, "wants"))
		node_terms(k);
	if (word_of(k->s, "near"))
		pod_terms(k, "podAffinity", "near");
	if (word_of(k->s, "apart"))
		pod_terms(k, "podAntiAffinity", "apart");
	jsonw_end_object(k->w);
}

/* The one volume source that names a target, shared or for itself. */
static void
iscsi(struct writer *k, const char *iqn, bool read_only)
{
	jsonw_key(k->w, "iscsi");
	jsonw_object(k->w);
	text(k, "iqn", iqn);
	jsonw_key(k->w, "readOnly");
	jsonw_bool(k->w, read_only);
}

/* volume=KIND:NAME with kind emptyDir, memory, hostPath, claim, gitRepo, iscsi,
 * iscsi-ro */
static void
volumes(struct writer *k)
{
	jsonw_key(k->w, "volumes");
	jsonw_array(k->w);
	for (uint32_t i = 0; i < k->s->n; i++) {
		const char *value = k->s->word[i].value;
		const char *colon = strchr(value, ':');

		if (strcmp(k->s->word[i].key, "volume") != 0 || !colon)
			continue;
		jsonw_object(k->w);
		text(k, "name", colon + 1);
		if (str_has_prefix(value, "claim:")) {
			jsonw_key(k->w, "persistentVolumeClaim");
			jsonw_object(k->w);
			text(k, "claimName", colon + 1);
		} else if (str_has_prefix(value, "hostPath:")) {
			jsonw_key(k->w, "hostPath");
			jsonw_object(k->w);
			text(k, "path", "/x");
		} else if (str_has_prefix(value, "iscsi")) {
			iscsi(k, colon + 1,
			      str_has_prefix(value, "iscsi-ro:"));
		} else {
			jsonw_key(k->w, str_has_prefix(value, "gitRepo:")
						? "gitRepo"
						: "emptyDir");
			jsonw_object(k->w);
			if (str_has_prefix(value, "memory:"))
				text(k, "medium", "Memory");
		}
		jsonw_end_object(k->w);
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
}

void
pod_spec(struct writer *k)
{
	jsonw_key(k->w, "spec");
	jsonw_object(k->w);
	if (word_of(k->s, "node"))
		text(k, "nodeName", word(k, "node", ""));
	text(k, "schedulerName", word(k, "scheduler", "default-scheduler"));
	text(k, "restartPolicy", word(k, "restart", "Always"));
	if (word_of(k->s, "priority"))
		number(k, "priority", word(k, "priority", "0"));
	if (word_of(k->s, "priority-class"))
		text(k, "priorityClassName", word(k, "priority-class", ""));
	if (word_of(k->s, "grace"))
		number(k, "terminationGracePeriodSeconds",
		       word(k, "grace", "30"));
	map_member(k, "nodeSelector", "selector:");
	containers(k);
	tolerations(k);
	spreads(k);
	affinity(k);
	volumes(k);
	jsonw_end_object(k->w);
}

static void
pod_status(struct writer *k)
{
	bool placed = word_of(k->s, "node");
	const char *reason = word(k, "reason", "Unschedulable");

	jsonw_key(k->w, "status");
	jsonw_object(k->w);
	text(k, "phase", word(k, "phase", placed ? "Running" : "Pending"));
	if (word_of(k->s, "nominated"))
		text(k, "nominatedNodeName", word(k, "nominated", ""));
	jsonw_key(k->w, "conditions");
	jsonw_array(k->w);
	if (strcmp(reason, "none") != 0) {
		jsonw_object(k->w);
		text(k, "type", "PodScheduled");
		text(k, "status", placed ? "True" : "False");
		if (!placed && strcmp(reason, "empty") != 0)
			text(k, "reason", reason);
		jsonw_end_object(k->w);
	}
	jsonw_end_array(k->w);
	jsonw_end_object(k->w);
}

void
write_pod(struct writer *k)
{
	metadata(k, true);
	pod_spec(k);
	pod_status(k);
}
