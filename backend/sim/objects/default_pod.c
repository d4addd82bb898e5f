/*
 * Defaults of pods and of everything that carries a pod template.
 */
#include "backend/sim/objects/default.h"

#include <stdio.h>

#define NODE_DOWN_TOLERATION_S 300

/* ---- pods ---- */

static const char *
pull_policy(const char *image)
{
	const char *slash = strrchr(image, '/');
	const char *tag = strchr(slash ? slash : image, ':');

	if (strchr(image, '@'))
		return "IfNotPresent";
	return !tag || strcmp(tag, ":latest") == 0 ? "Always"
						   : "IfNotPresent";
}

/* A limit without a request is the request. */
static void
default_resources(json_t *container)
{
	json_t *resources = need_object(container, "resources");
	json_t *limits = json_object_get(resources, "limits"), *requests;
	const char *key;
	json_t *v;

	if (!json_is_object(limits) || !json_object_size(limits))
		return;
	requests = need_object(resources, "requests");
	json_object_foreach(limits, key, v)
		if (requests && jabsent(requests, key))
			json_object_set(requests, key, v);
}

void
texts_of_quantities(json_t *map)
{
	const char *key;
	json_t *v;
	void *next;

	json_object_foreach_safe(map, next, key, v) {
		char text[40];

		if (json_is_integer(v))
			snprintf(text, sizeof(text), "%lld",
				 (long long)json_integer_value(v));
		else if (json_is_real(v))
			snprintf(text, sizeof(text), "%lldm",
				 (long long)(json_real_value(v) * 1000 +
					     0.9999));
		else
			continue;
		json_object_set_new(map, key, json_string(text));
	}
}

static void
default_container(json_t *c)
{
	const char *image = jtext(c, "image");
	json_t *resources = json_object_get(c, "resources"), *port;
	size_t i;

	if (!json_is_object(c))
		return;
	texts_of_quantities(json_object_get(resources, "limits"));
	texts_of_quantities(json_object_get(resources, "requests"));
	default_resources(c);
	def_text(c, "terminationMessagePath", "/dev/termination-log");
	def_text(c, "terminationMessagePolicy", "File");
	def_text(c, "imagePullPolicy", pull_policy(str_or_empty(image)));
	json_array_foreach(json_object_get(c, "ports"), i, port)
		def_text(port, "protocol", "TCP");
}

static void
default_containers(json_t *spec, const char *which)
{
	json_t *list = json_object_get(spec, which), *c;
	size_t i;

	json_array_foreach(list, i, c)
		default_container(c);
}

static void
default_volumes(json_t *spec)
{
	static const char *const with_mode[] = { "configMap", "secret",
						 "projected", "downwardAPI" };
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(spec, "volumes"), i, v) {
		json_t *host = json_object_get(v, "hostPath");

		for (size_t k = 0; k < ARRAY_LEN(with_mode); k++)
			def_int(json_object_get(v, with_mode[k]),
				"defaultMode", 420);
		if (json_object_size(v) == 1 && !jabsent(v, "name"))
			def(v, "emptyDir", json_object());
		if (host)
			def_text(host, "type", "");
	}
}

static void
default_pod_spec(json_t *spec)
{
	const char *account;

	if (!json_is_object(spec))
		return;
	default_volumes(spec);
	default_containers(spec, "initContainers");
	default_containers(spec, "containers");
	def_text(spec, "restartPolicy", "Always");
	def_int(spec, "terminationGracePeriodSeconds", 30);
	def_text(spec, "dnsPolicy", "ClusterFirst");
	account = jtext(spec, "serviceAccountName");
	if (!account && (account = jtext(spec, "serviceAccount")))
		def_text(spec, "serviceAccountName", account);
	else if (account)
		def_text(spec, "serviceAccount", account);
	def(spec, "securityContext", json_object());
	def_text(spec, "schedulerName", "default-scheduler");
}

static bool
tolerates(const json_t *list, const char *key)
{
	const json_t *t;
	size_t i;

	json_array_foreach((json_t *)list, i, t) {
		const char *k = jtext(t, "key"), *e = jtext(t, "effect");

		if ((!k || !*k || strcmp(k, key) == 0) &&
		    (!e || !*e || strcmp(e, "NoExecute") == 0))
			return true;
	}
	return false;
}

/* DefaultTolerationSeconds. */
static void
tolerate_node_down(json_t *spec)
{
	static const char *const keys[] = { "node.kubernetes.io/not-ready",
					    "node.kubernetes.io/unreachable" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *list = json_object_get(spec, "tolerations");

		if (tolerates(list, keys[i]))
			continue;
		def(spec, "tolerations", json_array());
		list = json_object_get(spec, "tolerations");
		if (!json_is_array(list))
			return;
		json_array_append_new(
			list,
			json_pack("{s:s,s:s,s:s,s:i}", "key", keys[i],
				  "operator", "Exists", "effect", "NoExecute",
				  "tolerationSeconds",
				  NODE_DOWN_TOLERATION_S));
	}
}

/* The Priority plugin. */
static bool
default_priority(struct objects *o, json_t *tree, json_t *spec,
		 struct status *st)
{
	const char *name = jtext(spec, "priorityClassName");
	const struct object_type *t =
		objects_type(o, "scheduling.k8s.io", "priorityclasses");
	const struct object *class;
	json_t *from;

	if (name && *name && t) {
		if (strcmp(name, "system-node-critical") == 0) {
			def_int(spec, "priority", 2000001000);
		} else if (strcmp(name, "system-cluster-critical") == 0) {
			def_int(spec, "priority", 2000000000);
		} else if ((class = objects_get(o, t, NULL, name))) {
			from = object_tree(class);
			def_int(spec, "priority",
				json_integer_value(
					json_object_get(from, "value")));
			def_text(spec, "preemptionPolicy",
				 str_or_empty(jtext(from,
						    "preemptionPolicy")));
			json_decref(from);
		} else {
			const char *pod = str_or_empty(json_string_value(
				jpath(tree, "metadata.name")));

			return status_fail_on(
				st, 403, "Forbidden", &o->pods->type, pod,
				"pods \"%s\" is forbidden: no PriorityClass "
				"with name %s was found", pod, name);
		}
	}
	def_int(spec, "priority", 0);
	def_text(spec, "preemptionPolicy", "PreemptLowerPriority");
	return true;
}

/* Clients' pods need their account; the cluster's own parts make theirs in any
 * order. */
static bool
account_exists(const struct objects *o, const json_t *tree, struct status *st)
{
	const struct object_type *t = objects_type(o, "", "serviceaccounts");
	const char *account = json_string_value(
		jpath(tree, "spec.serviceAccountName"));
	const char *ns = json_string_value(jpath(tree, "metadata.namespace"));
	const char *pod = json_string_value(jpath(tree, "metadata.name"));

	if (!o->writer.manager || !t || !account || !ns ||
	    objects_get(o, t, ns, account))
		return true;
	return status_fail_on(st, 403, "Forbidden", &o->pods->type,
			      str_or_empty(pod),
			      "pods \"%s\" is forbidden: error looking up "
			      "service account %s/%s: serviceaccount \"%s\" "
			      "not found", str_or_empty(pod), ns, account,
			      account);
}

bool
default_pod(struct objects *o, json_t *tree, const json_t *old,
	    struct status *st)
{
	json_t *spec = json_object_get(tree, "spec");

	if (!json_is_object(spec))
		return true;
	if (!old) {
		if (jabsent(spec, "serviceAccountName") &&
		    jabsent(spec, "serviceAccount"))
			def_text(spec, "serviceAccountName", "default");
		tolerate_node_down(spec);
		if (!account_exists(o, tree, st) ||
		    !default_priority(o, tree, spec, st))
			return false;
	}
	default_pod_spec(spec);
	if (!old && !limits_admit(o, tree, st))
		return false;
	def(spec, "enableServiceLinks", json_true());
	return true;
}

/* ---- workloads ---- */

static void
default_template(json_t *spec)
{
	json_t *template = json_object_get(spec, "template");
	json_t *meta = need_object(template, "metadata");

	if (meta)
		def(meta, "creationTimestamp", json_null());
	default_pod_spec(json_object_get(template, "spec"));
}

bool
default_deployment(struct objects *o, json_t *tree, const json_t *old,
		   struct status *st)
{
	json_t *spec = json_object_get(tree, "spec"), *strategy, *rolling;
	const char *type;

	(void)o, (void)old, (void)st;
	if (!json_is_object(spec))
		return true;
	def_int(spec, "replicas", 1);
	default_template(spec);
	strategy = need_object(spec, "strategy");
	def_text(strategy, "type", "RollingUpdate");
	type = jtext(strategy, "type");
	if (str_eq(type, "RollingUpdate")) {
		rolling = need_object(strategy, "rollingUpdate");
		def_text(rolling, "maxUnavailable", "25%");
		def_text(rolling, "maxSurge", "25%");
	}
	def_int(spec, "revisionHistoryLimit", 10);
	def_int(spec, "progressDeadlineSeconds", 600);
	return true;
}

bool
default_replicated(struct objects *o, json_t *tree, const json_t *old,
		   struct status *st)
{
	json_t *spec = json_object_get(tree, "spec");

	(void)o, (void)old, (void)st;
	if (!json_is_object(spec))
		return true;
	def_int(spec, "replicas", 1);
	default_template(spec);
	return true;
}

bool
default_daemonset(struct objects *o, json_t *tree, const json_t *old,
		  struct status *st)
{
	json_t *spec = json_object_get(tree, "spec"), *strategy, *rolling;

	(void)o, (void)old, (void)st;
	if (!json_is_object(spec))
		return true;
	default_template(spec);
	strategy = need_object(spec, "updateStrategy");
	def_text(strategy, "type", "RollingUpdate");
	if (str_eq(jtext(strategy, "type"), "RollingUpdate")) {
		rolling = need_object(strategy, "rollingUpdate");
		def_int(rolling, "maxUnavailable", 1);
		def_int(rolling, "maxSurge", 0);
	}
	def_int(spec, "revisionHistoryLimit", 10);
	return true;
}

bool
default_statefulset(struct objects *o, json_t *tree, const json_t *old,
		    struct status *st)
{
	json_t *spec = json_object_get(tree, "spec"), *strategy;

	(void)o, (void)old, (void)st;
	if (!json_is_object(spec))
		return true;
	def_int(spec, "replicas", 1);
	default_template(spec);
	def_text(spec, "podManagementPolicy", "OrderedReady");
	strategy = need_object(spec, "updateStrategy");
	def_text(strategy, "type", "RollingUpdate");
	if (str_eq(json_string_value(json_object_get(strategy, "type")),
		   "RollingUpdate"))
		def_int(need_object(strategy, "rollingUpdate"), "partition", 0);
	def_int(spec, "revisionHistoryLimit", 10);
	return true;
}

/* Jobs select their pods by a label that carries their own uid. */
static void
job_selector(json_t *tree, json_t *spec)
{
	const char *uid = json_string_value(jpath(tree, "metadata.uid"));
	const char *name = json_string_value(jpath(tree, "metadata.name"));
	json_t *template, *labels;

	if (json_is_true(json_object_get(spec, "manualSelector")) || !uid ||
	    !name)
		return;
	template = need_object(spec, "template");
	labels = need_object(need_object(template, "metadata"), "labels");
	def_text(labels, "batch.kubernetes.io/controller-uid", uid);
	def_text(labels, "batch.kubernetes.io/job-name", name);
	def_text(labels, "controller-uid", uid);
	def_text(labels, "job-name", name);
	def(spec, "selector",
	    json_pack("{s:{s:s}}", "matchLabels",
		      "batch.kubernetes.io/controller-uid", uid));
}

bool
default_job(struct objects *o, json_t *tree, const json_t *old,
	    struct status *st)
{
	json_t *spec = json_object_get(tree, "spec");

	(void)o, (void)st;
	if (!json_is_object(spec))
		return true;
	if (jabsent(spec, "completions") && jabsent(spec, "parallelism"))
		def_int(spec, "completions", 1);
	def_int(spec, "parallelism", 1);
	def_int(spec, "backoffLimit", 6);
	def_text(spec, "completionMode", "NonIndexed");
	def(spec, "suspend", json_false());
	def_text(spec, "podReplacementPolicy", "TerminatingOrFailed");
	if (!old)
		job_selector(tree, spec);
	default_template(spec);
	return true;
}

bool
default_cronjob(struct objects *o, json_t *tree, const json_t *old,
		struct status *st)
{
	json_t *spec = json_object_get(tree, "spec");

	(void)o, (void)old, (void)st;
	def_text(spec, "concurrencyPolicy", "Allow");
	def(spec, "suspend", json_false());
	def_int(spec, "successfulJobsHistoryLimit", 3);
	def_int(spec, "failedJobsHistoryLimit", 1);
	default_template(jpath(spec, "jobTemplate.spec"));
	return true;
}

const char *
qos_class(const json_t *spec)
{
	static const char *const lists[] = { "initContainers", "containers" };
	static const char *const names[] = { "cpu", "memory" };
	bool any = false, all = true;
	json_t *c;
	size_t i;

	for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
		json_array_foreach(json_object_get(spec, lists[l]), i, c) {
			for (size_t n = 0; n < ARRAY_LEN(names); n++) {
				const json_t *r =
					json_object_get(c, "resources");
				const char *want = jtext(
					json_object_get(r, "requests"),
					names[n]);
				const char *cap = jtext(
					json_object_get(r, "limits"),
					names[n]);

				any = any || want || cap;
				all = all && want && cap &&
				      strcmp(want, cap) == 0;
			}
		}
	}
	return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
}
