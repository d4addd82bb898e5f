/*
 * Defaults: what the API server and its admission plugins fill in when a
 * client leaves it out, and the status an object is born with.
 */
#include "backend/sim/objects/default.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

/* ---- the rest of core ---- */

static bool
default_namespace(struct objects *o, json_t *tree, const json_t *old,
		  struct status *st)
{
	json_t *meta = json_object_get(tree, "metadata");
	json_t *labels = need_object(meta, "labels");

	(void)o, (void)st;
	json_object_set(labels, "kubernetes.io/metadata.name",
			json_object_get(meta, "name"));
	if (!old) {
		json_t *spec = need_object(tree, "spec");

		def(spec, "finalizers", json_pack("[s]", "kubernetes"));
	}
	return true;
}

/* The node port that this port had, of its old service; 0: none. */
static json_int_t
old_node_port(const json_t *old, const json_t *port)
{
	json_t *was;
	size_t i;

	json_array_foreach(jpath(old, "spec.ports"), i, was)
		if (json_equal(json_object_get(was, "port"),
			       json_object_get(port, "port")) &&
		    str_eq(jtext(was, "protocol"), jtext(port, "protocol")))
			return json_integer_value(
				json_object_get(was, "nodePort"));
	return 0;
}

/* Services that are reached through the nodes have a port there; one that is no
 * such service any more gives back what it had. */
static void
node_ports(struct objects *o, json_t *spec, const json_t *old)
{
	const char *type = str_or_empty(jtext(spec, "type"));
	bool balanced = strcmp(type, "LoadBalancer") == 0;
	bool reached = balanced || strcmp(type, "NodePort") == 0;
	json_t *port;
	size_t i;

	json_array_foreach(json_object_get(spec, "ports"), i, port) {
		json_int_t was = old_node_port(old, port);
		json_int_t is = json_integer_value(
			json_object_get(port, "nodePort"));

		if (!reached && was && was == is)
			json_object_del(port, "nodePort");
		if (!reached || is)
			continue;
		/* All of the range in turn: 1103 has no factor of it. */
		json_object_set_new(
			port, "nodePort",
			json_integer(was ? was
					 : NODE_PORT_FIRST +
						   (json_int_t)(o->names++ *
								1103 %
								NODE_PORTS)));
	}
	if (reached)
		def_text(spec, "externalTrafficPolicy", "Cluster");
	else
		json_object_del(spec, "externalTrafficPolicy");
	if (balanced)
		def(spec, "allocateLoadBalancerNodePorts", json_true());
	else
		json_object_del(spec, "allocateLoadBalancerNodePorts");
}

static bool
default_service(struct objects *o, json_t *tree, const json_t *old,
		struct status *st)
{
	json_t *spec = json_object_get(tree, "spec"), *port;
	size_t i;

	(void)st;
	if (!json_is_object(spec))
		return true;
	def_text(spec, "type", "ClusterIP");
	def_text(spec, "sessionAffinity", "None");
	json_array_foreach(json_object_get(spec, "ports"), i, port) {
		def_text(port, "protocol", "TCP");
		if (jabsent(port, "targetPort") && !jabsent(port, "port"))
			json_object_set(port, "targetPort",
					json_object_get(port, "port"));
	}
	node_ports(o, spec, old);
	if (str_eq(jtext(spec, "type"), "ExternalName"))
		return true;
	if (old && jabsent(spec, "clusterIP")) {
		json_t *ip = jpath(old, "spec.clusterIP");

		if (ip)
			json_object_set(spec, "clusterIP", ip);
	}
	if (jabsent(spec, "clusterIP")) {
		uint64_t n = o->names++;
		char ip[32];

		/* EKS gives services 172.20.0.0/16 where the VPC is of
		 * 10.0.0.0/8. */
		snprintf(ip, sizeof(ip), "172.20.%u.%u",
			 (unsigned)(n / 150) % 256, (unsigned)(n % 150) + 100);
		def_text(spec, "clusterIP", ip);
	}
	def(spec, "clusterIPs",
	    json_pack("[O]", json_object_get(spec, "clusterIP")));
	def(spec, "ipFamilies", json_pack("[s]", "IPv4"));
	def_text(spec, "ipFamilyPolicy", "SingleStack");
	def_text(spec, "internalTrafficPolicy", "Cluster");
	return true;
}

static bool
default_secret(struct objects *o, json_t *tree, const json_t *old,
	       struct status *st)
{
	json_t *plain = json_object_get(tree, "stringData"), *data, *v;
	const char *key;

	(void)o, (void)old, (void)st;
	def_text(tree, "type", "Opaque");
	if (json_is_object(plain) && (data = need_object(tree, "data"))) {
		json_object_foreach(plain, key, v) {
			unsigned char *text;
			size_t len = json_string_length(v);

			if (!json_is_string(v))
				continue;
			text = xmalloc((len + 2) / 3 * 4 + 1);
			EVP_EncodeBlock(text,
					(const unsigned char *)
						json_string_value(v),
					(int)len);
			json_object_set_new(
				data, key, json_string((char *)text));
			free(text);
		}
	}
	json_object_del(tree, "stringData");
	return true;
}

/* A port without a name has the empty one: clients rely on it. */
static bool
default_slice(struct objects *o, json_t *tree, const json_t *old,
	      struct status *st)
{
	json_t *port;
	size_t i;

	(void)o, (void)old, (void)st;
	json_array_foreach(json_object_get(tree, "ports"), i, port) {
		if (jabsent(port, "name") || jabsent(port, "protocol")) {
			/* It may be another object's port, too. */
			json_t *own = json_copy(port);

			def_text(own, "name", "");
			def_text(own, "protocol", "TCP");
			json_array_set_new(json_object_get(tree, "ports"), i,
					   own);
		}
	}
	return true;
}

static bool
default_node(struct objects *o, json_t *tree, const json_t *old,
	     struct status *st)
{
	static const char *const maps[] = { "status.capacity",
					    "status.allocatable" };

	(void)o, (void)old, (void)st;
	def(tree, "spec", json_object());
	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		texts_of_quantities(jpath(tree, maps[i]));
	return true;
}

static bool
default_storage(struct objects *o, json_t *tree, const json_t *old,
		struct status *st)
{
	(void)o, (void)old, (void)st;
	if (json_object_get(tree, "provisioner")) {
		def_text(tree, "reclaimPolicy", "Delete");
		def_text(tree, "volumeBindingMode", "Immediate");
	} else {
		def_text(json_object_get(tree, "spec"), "volumeMode",
			 "Filesystem");
	}
	return true;
}

static bool
default_priority_class(struct objects *o, json_t *tree, const json_t *old,
		       struct status *st)
{
	(void)o, (void)old, (void)st;
	def_text(tree, "preemptionPolicy", "PreemptLowerPriority");
	return true;
}

/* ---- the first status ---- */

/* clang-format off */
static const struct {
	const char *group, *kind, *status;
} first_status[] = {
	{ "",	   "Namespace",		    "{\"phase\":\"Active\"}" },
	{ "",	   "PersistentVolume",	    "{\"phase\":\"Pending\"}" },
	{ "",	   "PersistentVolumeClaim", "{\"phase\":\"Pending\"}" },
	{ "",	   "Service",		    "{\"loadBalancer\":{}}" },
	{ "",	   "ReplicationController", "{\"replicas\":0}" },
	{ "apps",  "ReplicaSet",	    "{\"replicas\":0}" },
	{ "apps",  "StatefulSet",
	  "{\"replicas\":0,\"availableReplicas\":0}" },
	{ "apps",  "DaemonSet",
	  "{\"currentNumberScheduled\":0,\"numberMisscheduled\":0,"
	  "\"desiredNumberScheduled\":0,\"numberReady\":0}" },
	{ "policy", "PodDisruptionBudget",
	  "{\"disruptionsAllowed\":0,\"currentHealthy\":0,"
	  "\"desiredHealthy\":0,\"expectedPods\":0}" },
};
/* clang-format on */

void
object_first_status(const struct objects *o, const struct object_type *t,
		    json_t *tree, bool keep)
{
	if (!t->status)
		return;
	if (!*t->group && strcmp(t->kind, "Node") == 0)
		return;
	if (keep && json_is_object(json_object_get(tree, "status")))
		return;
	json_object_del(tree, "status");
	if (o->crds && t == &o->crds->type) {
		json_object_set_new(tree, "status", crd_status(o, tree));
		return;
	}
	if (!*t->group && strcmp(t->kind, "Pod") == 0) {
		json_object_set_new(
			tree, "status",
			json_pack("{s:s,s:s}", "phase", "Pending", "qosClass",
				  qos_class(json_object_get(tree, "spec"))));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(first_status); i++) {
		if (strcmp(first_status[i].group, t->group) == 0 &&
		    strcmp(first_status[i].kind, t->kind) == 0) {
			json_object_set_new(tree, "status",
					    json_loads(first_status[i].status,
						       0, NULL));
			return;
		}
	}
	if (!t->custom)
		json_object_set_new(tree, "status", json_object());
}

/* ---- by kind ---- */

/* clang-format off */
static const struct {
	const char *group, *kind;
	default_fn *fn;
} defaulters[] = {
	{ "",			"Pod",			 default_pod },
	{ "",			"Node",			 default_node },
	{ "",			"Namespace",		 default_namespace },
	{ "",			"Service",		 default_service },
	{ "",			"Secret",		 default_secret },
	{ "",			"LimitRange",		 default_limits },
	{ "",			"PersistentVolume",	 default_storage },
	{ "",			"PersistentVolumeClaim", default_storage },
	{ "",			"ReplicationController", default_replicated },
	{ "apps",		"Deployment",		 default_deployment },
	{ "apps",		"ReplicaSet",		 default_replicated },
	{ "apps",		"DaemonSet",		 default_daemonset },
	{ "apps",		"StatefulSet",		 default_statefulset },
	{ "batch",		"Job",			 default_job },
	{ "batch",		"CronJob",		 default_cronjob },
	{ "discovery.k8s.io",	"EndpointSlice",	 default_slice },
	{ "storage.k8s.io",	"StorageClass",		 default_storage },
	{ "scheduling.k8s.io",	"PriorityClass",
	  default_priority_class },
};
/* clang-format on */

bool
object_defaults(struct objects *o, const struct object_type *t, json_t *tree,
		const json_t *old, struct status *st)
{
	for (size_t i = 0; i < ARRAY_LEN(defaulters); i++)
		if (strcmp(defaulters[i].kind, t->kind) == 0 &&
		    strcmp(defaulters[i].group, t->group) == 0)
			return defaulters[i].fn(o, tree, old, st);
	return true;
}
