/*
 * The live policy (design 5): the person's keys, else the deployed Cluster
 * Autoscaler's own flags, so that advice and deed are about the same groups.
 */
#include "backend/control/engine_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/engine/policy_values.h"
#include "backend/model/workload.h"

/* What eksctl tags, for a cluster without any autoscaler to look at. */
#define COMMON_DISCOVERY "asg:tag=k8s.io/cluster-autoscaler/enabled"

/* Flags of the process, not of its decisions. */
static const char *const not_ours[] = {
	"kubeconfig", "address", "v", "logtostderr", "stderrthreshold",
	"profiling", "cloud-config", "kubernetes", "user-agent", "vmodule",
	"alsologtostderr", "log-file", "log-dir",
};

static bool
is_autoscaler(const struct workload *d)
{
	return d->image && strstr(d->image, "cluster-autoscaler") != NULL;
}

static const struct workload *
find_autoscaler(const struct snapshot *s)
{
	const struct slot *slot;

	for (uint32_t i = 0;
	     (slot = snapshot_next(s, KIND_DEPLOYMENT, &i, NULL));) {
		const struct workload *d = (const void *)slot->rec;

		if (!slot->ended && is_autoscaler(d))
			return d;
	}
	return NULL;
}

static bool
was_given(const struct policy *p, const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(not_ours); i++)
		if (strcmp(key, not_ours[i]) == 0)
			return true;
	for (int i = 0; policy_keys[i].name; i++)
		if (strcmp(policy_keys[i].name, key) == 0)
			return policy_given(p, (enum policy_id)i);
	return false;
}

static void
adopt(const struct policy *given, struct policy *p, const char *flag,
      const char *value)
{
	struct err err;

	flag += strspn(flag, "-");
	if (!was_given(given, flag) && !policy_set(p, flag, value, NULL, &err))
		log_at(LOG_INFO, "engine", "flag of the autoscaler: %s",
		       err.text);
}

/* "--flag value": of a flag that is true or false, upstream takes "=value"
 * alone; of any other the next word is the value, "-20" too. */
static bool
takes_next(const char *flag)
{
	const struct policy_key *k = policy_key_named(flag);

	return k && strcmp(k->type, "bool") != 0;
}

/* "--flag=value", "--flag value", "--flag"; one word a line. */
static void
adopt_flags(const struct policy *given, struct policy *p, const char *args)
{
	VEC(char *) words = { 0 };
	char *copy = xstrdup(args), *save = NULL;

	for (char *w = strtok_r(copy, "\n", &save); w;
	     w = strtok_r(NULL, "\n", &save))
		vec_push(&words, w);
	for (uint32_t i = 0; i < words.n; i++) {
		char *equals = strchr(words.at[i], '=');
		const char *flag = words.at[i], *value = "true";

		if (*flag != '-')
			continue;
		if (equals) {
			*equals = '\0';
			value = equals + 1;
		} else if (i + 1 < words.n && takes_next(flag)) {
			value = words.at[++i];
		}
		adopt(given, p, flag, value);
	}
	vec_free(&words);
	free(copy);
}

static bool
selects_groups(const struct policy *p)
{
	return policy_list(p, POLICY_NODES)->n ||
	       policy_list(p, POLICY_DISCOVERY)->n;
}

static void
place_keys(struct engine_run *e, const struct policy *p,
	   const struct workload *ca)
{
	const char *ns = ca ? ca->meta.ns : policy_text(p, POLICY_NAMESPACE);

	snprintf(e->lease_key, sizeof(e->lease_key), "%s/%s", ns,
		 policy_text(p, POLICY_LEADER_ELECT_RESOURCE_NAME));
	snprintf(e->status_key, sizeof(e->status_key), "%s/%s", ns,
		 policy_text(p, POLICY_STATUS_CONFIGMAP_NAME));
	store_set_autoscaler(e->backend->store, e->lease_key, e->status_key);
	if (!e->backend->kube)
		return;
	kube_want_one(e->backend->kube, KIND_LEASE, ns,
		      policy_text(p, POLICY_LEADER_ELECT_RESOURCE_NAME));
	kube_want_one(e->backend->kube, KIND_CONFIGMAP, ns,
		      policy_text(p, POLICY_STATUS_CONFIGMAP_NAME));
	if (strstr(policy_text(p, POLICY_EXPANDER), "priority"))
		kube_want_one(e->backend->kube, KIND_CONFIGMAP,
			      policy_text(p, POLICY_NAMESPACE),
			      PRIORITY_CONFIG_NAME);
}

static void
protect(struct engine_run *e, struct policy *p)
{
	const struct config_context *x = config_context(
		e->backend->file, store_place(e->backend->store)->context);

	for (char **g = x->protected_groups; g && *g; g++)
		policy_set(p, "protected-group", *g, NULL, NULL);
}

bool
engine_resolve_policy(struct engine_run *e, const struct snapshot *s)
{
	const struct policy *given = e->backend->policy;
	const struct workload *ca = find_autoscaler(s);
	struct policy *p;
	char from[200];
	struct err err;

	if (!e->backend->kube) { /* a world file brings its own */
		if (!e->policy)
			e->policy = policy_ref(given);
		e->scan_ms = policy_ms(given, POLICY_SCAN_INTERVAL);
		return false;
	}
	snprintf(from, sizeof(from), "%s/%s", ca ? ca->meta.uid : "",
		 ca ? ca->meta.rv : "");
	if (e->resolved_from && strcmp(e->resolved_from, from) == 0)
		return false;
	p = policy_dup(given);
	if (ca)
		adopt_flags(given, p, str_or_empty(ca->container_args));
	e->leader_elect = !ca || policy_flag(p, POLICY_LEADER_ELECT);
	e->guessed_groups = !selects_groups(p);
	if (e->guessed_groups)
		policy_set(p, "node-group-auto-discovery", COMMON_DISCOVERY,
			   NULL, NULL);
	/* Why a full group was not chosen is only worth saying of groups the
	 * pod would fit. */
	if (!policy_given(given, POLICY_SIMULATE_SKIPPED))
		policy_set(p,
			   policy_keys[POLICY_SIMULATE_SKIPPED].name, "true",
			   NULL, NULL);
	protect(e, p);
	if (!policy_check(p, &err)) {
		/* The deployed flags are odd; the person's own were checked
		 * when they were read. */
		log_at(LOG_WARN, "engine", "flags of the autoscaler: %s",
		       err.text);
		policy_unref(p);
		p = policy_dup(given);
		if (!selects_groups(p))
			policy_set(p, "node-group-auto-discovery",
				   COMMON_DISCOVERY, NULL, NULL);
	}
	policy_unref(e->policy);
	e->policy = p;
	e->scan_ms = policy_ms(p, POLICY_SCAN_INTERVAL);
	if (e->scan_ms < 1000)
		e->scan_ms = 1000;
	place_keys(e, p, ca);
	free(e->resolved_from);
	e->resolved_from = xstrdup(from);
	return true;
}
