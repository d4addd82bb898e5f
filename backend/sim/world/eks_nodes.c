/*
 * EKS's hand on the cluster: labels and taints of nodes, cordons and evictions
 * while a group is replaced, images of add-ons.
 */
#include "backend/sim/world/eks.h"

#include <stdlib.h>

#include "backend/sim/world/parts.h"

/* Kept off nodes that are to be replaced, beside the cordon. */
#define REPLACED_KEY "eks.amazonaws.com/nodegroup"
#define REPLACED_VALUE "unschedulable"
#define EXCLUDE_LABEL "node.kubernetes.io/exclude-from-external-load-balancers"

static const struct object *
node_of(struct cloud *c, const struct cloud_instance *i)
{
	struct kubernetes *k = sim_kubernetes(c->sim);

	return k8s_find(k, k->nodes, "", i->dns);
}

bool
eks_node_is_ready(struct cloud *c, const struct cloud_instance *i)
{
	const struct object *o = node_of(c, i);
	const struct node *n =
		o ? mirror_of(sim_kubernetes(c->sim), KIND_NODE, o) : NULL;

	return n && n->ready == TRI_TRUE;
}

/* ---- labels and taints ---- */

static bool
has_key(const struct names *pairs, const char *pair)
{
	size_t len = strcspn(pair, "=");

	for (uint32_t i = 0; i < pairs->n; i++)
		if (strcspn(pairs->at[i], "=") == len &&
		    strncmp(pairs->at[i], pair, len) == 0)
			return true;
	return false;
}

static json_t *
label_patch(const struct names *old, const struct names *new)
{
	json_t *o = pack_pairs(new);

	for (uint32_t i = 0; i < old->n; i++) {
		char *key = xstrndup(old->at[i], strcspn(old->at[i], "="));

		if (!has_key(new, old->at[i]))
			json_object_set_new(o, key, json_null());
		free(key);
	}
	return o;
}

static void
set_taint(struct kubernetes *k, const char *node, const char *entry)
{
	size_t key = strcspn(entry, "=");
	const char *colon = strrchr(entry, ':');
	char *name = xstrndup(entry, key);
	char *value = xstrndup(entry + key + 1,
			       (size_t)(colon - entry) - key - 1);

	node_taint_set(k, node, name, value, colon + 1);
	free(name);
	free(value);
}

static bool
listed(const struct names *n, const char *text)
{
	for (uint32_t i = 0; i < n->n; i++)
		if (str_eq(n->at[i], text))
			return true;
	return false;
}

static void
configure(struct kubernetes *k, const struct cloud_instance *i,
	  const struct names *labels, const struct names *taints)
{
	const struct names *old = &i->plan->taints;
	const struct object *o = k8s_find(k, k->nodes, "", i->dns);

	if (!o)
		return; /* it will join with them */
	k8s_put_merge(k, o,
		      pack("{s:{s:o}}", "metadata", "labels",
			   label_patch(&i->plan->labels, labels)));
	for (uint32_t t = 0; t < old->n; t++) {
		char *key = xstrndup(old->at[t], strcspn(old->at[t], "="));

		if (!listed(taints, old->at[t]))
			node_taint_drop(k, i->dns, key);
		free(key);
	}
	for (uint32_t t = 0; t < taints->n; t++)
		if (!listed(old, taints->at[t]))
			set_taint(k, i->dns, taints->at[t]);
}

void
eks_nodes_configure(struct cloud *c, struct cloud_group *g,
		    const struct names *labels, const struct names *taints)
{
	for (uint32_t i = 0; i < g->instances.n; i++)
		configure(sim_kubernetes(c->sim), g->instances.at[i], labels,
			  taints);
}

/* ---- replacement ---- */

void
eks_node_cordon(struct cloud *c, const struct cloud_instance *i, bool on)
{
	struct kubernetes *k = sim_kubernetes(c->sim);
	const struct object *o = node_of(c, i);

	if (!o)
		return;
	k8s_put_merge(k, o,
		      pack("{s:{s:b}, s:{s:{s:o}}}", "spec", "unschedulable",
			   (int)on, "metadata", "labels", EXCLUDE_LABEL,
			   on ? json_string("true") : json_null()));
	if (on)
		node_taint_set(k, i->dns, REPLACED_KEY, REPLACED_VALUE,
			       "NoSchedule");
	else
		node_taint_drop(k, i->dns, REPLACED_KEY);
}

/* ---- add-ons ---- */

/* "host/eks/coredns:v1" with the tag exchanged, where the name fits. */
static void
retag(json_t *containers, const char *image, const char *tag)
{
	size_t i;
	json_t *c;

	json_array_foreach(containers, i, c) {
		const char *old = str_or_empty(
			json_string_value(json_object_get(c, "image")));
		const char *colon = strrchr(old, ':'), *slash;

		slash = strrchr(old, '/');
		if (!colon || !slash || colon < slash ||
		    strlen(image) != (size_t)(colon - slash - 1) ||
		    strncmp(slash + 1, image, strlen(image)) != 0)
			continue;
		json_object_set_new(c, "image",
				    json_sprintf("%.*s:%s", (int)(colon - old),
						 old, tag));
	}
}

void
eks_addon_apply(struct cloud *c, const struct eks_addon *a)
{
	static const struct {
		const char *addon, *kind, *name, *images[2];
	} table[] = {
		{ "coredns", "deployments", "coredns", { "coredns" } },
		{ "kube-proxy", "daemonsets", "kube-proxy", { "kube-proxy" } },
		{ "vpc-cni",
		  "daemonsets",
		  "aws-node",
		  { "amazon-k8s-cni", "amazon-k8s-cni-init" } },
	};
	struct kubernetes *k = sim_kubernetes(c->sim);

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct object *o;
		json_t *tree, *spec;

		if (!str_eq(table[i].addon, a->name))
			continue;
		o = k8s_find(k, objects_type(k->objects, "apps", table[i].kind),
			     "kube-system", table[i].name);
		if (!o)
			return;
		tree = object_tree(o);
		spec = json_object_get(
			json_object_get(json_object_get(tree, "spec"),
					"template"),
			"spec");
		for (size_t n = 0; n < 2 && table[i].images[n]; n++) {
			retag(json_object_get(spec, "containers"),
			      table[i].images[n], a->version);
			retag(json_object_get(spec, "initContainers"),
			      table[i].images[n], a->version);
		}
		k8s_put_merge(k, o,
			      pack("{s:{s:{s:O}}}", "spec", "template", "spec",
				   spec));
		json_decref(tree);
	}
}
