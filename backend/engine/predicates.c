/*
 * Scheduling predicates that look at one pod and one node (reference 2.2-2.5),
 * and how refusals are put into words.
 */
#include "backend/engine/predicates.h"

#include <stdarg.h>
#include <stdio.h>

#include "backend/engine/filters.h"

static const char *const plugin_names[PLUGIN_COUNT] = {
	[PLUGIN_NONE] = "",
	[PLUGIN_NODE_UNSCHEDULABLE] = "NodeUnschedulable",
	[PLUGIN_NODE_NAME] = "NodeName",
	[PLUGIN_TAINT_TOLERATION] = "TaintToleration",
	[PLUGIN_NODE_AFFINITY] = "NodeAffinity",
	[PLUGIN_NODE_PORTS] = "NodePorts",
	[PLUGIN_NODE_RESOURCES_FIT] = "NodeResourcesFit",
	[PLUGIN_VOLUME_RESTRICTIONS] = "VolumeRestrictions",
	[PLUGIN_NODE_VOLUME_LIMITS] = "NodeVolumeLimits",
	[PLUGIN_VOLUME_BINDING] = "VolumeBinding",
	[PLUGIN_VOLUME_ZONE] = "VolumeZone",
	[PLUGIN_POD_TOPOLOGY_SPREAD] = "PodTopologySpread",
	[PLUGIN_INTER_POD_AFFINITY] = "InterPodAffinity",
	[PLUGIN_DYNAMIC_RESOURCES] = "DynamicResources",
};

const char *
plugin_name(enum plugin plugin)
{
	return plugin_names[plugin];
}

/* ---- words ---- */

void
verdict_begin(struct verdict *v, enum plugin plugin)
{
	if (!v)
		return;
	v->plugin = (uint8_t)plugin;
	v->n = 0;
	v->taint = NULL;
}

void
verdict_add(struct verdict *v, const char *text, const char *fmt, ...)
{
	va_list args;

	if (!v || v->n == VERDICT_REASONS)
		return;
	snprintf(v->reasons[v->n].text, VERDICT_TEXT, "%s", text);
	va_start(args, fmt);
	vsnprintf(v->reasons[v->n].detail, VERDICT_TEXT, fmt, args);
	va_end(args);
	v->n++;
}

char *
verdict_text(const struct verdict *v, char *out, size_t room)
{
	size_t len = 0;

	if (room == 0)
		return out;
	out[0] = '\0';
	for (uint32_t i = 0; i < v->n && len + 1 < room; i++) {
		int n = snprintf(out + len, room - len, "%s%s",
				 i > 0 ? ", " : "", v->reasons[i].text);

		len += n > 0 ? (size_t)n : 0;
	}
	return out;
}

/* ---- taints ---- */

bool
toleration_matches(const struct toleration *t, const struct taint *taint)
{
	if (t->effect != TAINT_ANY && t->effect != taint->effect)
		return false;
	if (!*t->key)
		return t->exists;
	if (strcmp(t->key, taint->key) != 0)
		return false;
	return t->exists || str_eq(t->value, taint->value);
}

static bool
tolerates(const struct pod *pod, const struct taint *taint)
{
	for (uint32_t i = 0; i < pod->toleration_n; i++)
		if (toleration_matches(&pod->tolerations[i], taint))
			return true;
	return false;
}

const struct taint *
untolerated_taint(const struct pod *pod, const struct node *node)
{
	for (uint32_t i = 0; i < node->taint_n; i++) {
		const struct taint *t = &node->taints[i];

		if ((t->effect == TAINT_NO_SCHEDULE ||
		     t->effect == TAINT_NO_EXECUTE) &&
		    !tolerates(pod, t))
			return t;
	}
	return NULL;
}

/* ---- node selector and affinity ---- */

static bool
label_value_valid(const char *v)
{
	static const char ends[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len = strlen(v);

	return len == 0 ||
	       (len <= 63 && strchr(ends, v[0]) && strchr(ends, v[len - 1]) &&
		strspn(v, "abcdefghijklmnopqrstuvwxyz"
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len);
}

static bool
field_matches(const struct requirement *r, const struct node *node)
{
	/* Only metadata.name exists, and only In and NotIn. */
	if (strcmp(r->key, "metadata.name") != 0 ||
	    (r->op != OP_IN && r->op != OP_NOT_IN))
		return false;
	return requirement_matches(r, node->meta.name);
}

/* Values that no label can have make the scheduler drop the term; it takes
 * those of Gt and Lt for such too. */
static bool
term_is_broken(const struct node_term *t)
{
	for (uint32_t i = 0; i < t->label_n; i++) {
		const struct requirement *r = &t->labels[i];

		for (uint32_t j = 0; j < r->value_n; j++)
			if (!label_value_valid(r->values[j]))
				return true;
	}
	return false;
}

bool
node_term_matches(const struct node_term *t, const struct node *node)
{
	if ((t->label_n == 0 && t->field_n == 0) || term_is_broken(t))
		return false;
	for (uint32_t i = 0; i < t->label_n; i++) {
		const struct requirement *r = &t->labels[i];

		if (!requirement_matches(r, labels_get(&node->meta.labels,
						       r->key)))
			return false;
	}
	for (uint32_t i = 0; i < t->field_n; i++)
		if (!field_matches(&t->fields[i], node))
			return false;
	return true;
}

bool
node_affinity_matches(const struct pod *pod, const struct node *node)
{
	for (uint32_t i = 0; i < pod->node_selector.n; i++) {
		const struct label *want = &pod->node_selector.at[i];
		const char *have = labels_get(&node->meta.labels, want->key);

		if (!have || strcmp(have, want->value) != 0)
			return false;
	}
	if (!pod->has_node_affinity)
		return true;
	for (uint32_t i = 0; i < pod->node_term_n; i++)
		if (node_term_matches(&pod->node_terms[i], node))
			return true;
	return false;
}

/* The first wish that the node's labels do not meet, for the detail. */
static void
explain_affinity(const struct pod *pod, const struct node *node,
		 struct verdict *why)
{
	static const char text[] =
		"node(s) didn't match Pod's node affinity/selector";

	for (uint32_t i = 0; i < pod->node_selector.n; i++) {
		const struct label *want = &pod->node_selector.at[i];
		const char *have = labels_get(&node->meta.labels, want->key);

		if (have && strcmp(have, want->value) == 0)
			continue;
		verdict_add(why, text, "wants %s=%s, has %s", want->key,
			    want->value, have ? have : "no such label");
		return;
	}
	for (uint32_t i = 0; i < pod->node_term_n; i++) {
		const struct node_term *t = &pod->node_terms[i];

		for (uint32_t j = 0; j < t->label_n; j++) {
			const char *have = labels_get(&node->meta.labels,
						      t->labels[j].key);

			if (requirement_matches(&t->labels[j], have))
				continue;
			verdict_add(why, text, "%s is %s", t->labels[j].key,
				    have ? have : "not set");
			return;
		}
	}
	verdict_add(why, text, "%s", "");
}

/* Every term names nodes, and not this one: told before all else. */
static bool
names_other_nodes(const struct pod *pod, const struct node *node)
{
	for (uint32_t i = 0; i < pod->node_term_n; i++) {
		const struct node_term *t = &pod->node_terms[i];
		bool names = false, ours = true;

		for (uint32_t j = 0; j < t->field_n; j++) {
			if (strcmp(t->fields[j].key, "metadata.name") != 0 ||
			    t->fields[j].op != OP_IN)
				continue;
			names = true;
			ours = ours && requirement_matches(&t->fields[j],
							   node->meta.name);
		}
		if (!names || ours)
			return false;
	}
	return pod->node_term_n > 0;
}

/* ---- the ones that read only the node object ---- */

static const struct taint unschedulable_taint = {
	.key = "node.kubernetes.io/unschedulable",
	.value = "",
	.effect = TAINT_NO_SCHEDULE,
};

enum plugin
filter_static(const struct pod *pod, const struct node *node, bool by_name,
	      struct verdict *why)
{
	const struct taint *t;

	if (names_other_nodes(pod, node)) {
		verdict_begin(why, PLUGIN_NODE_AFFINITY);
		if (why)
			explain_affinity(pod, node, why);
		return PLUGIN_NODE_AFFINITY;
	}
	if (node->unschedulable && !tolerates(pod, &unschedulable_taint)) {
		verdict_begin(why, PLUGIN_NODE_UNSCHEDULABLE);
		verdict_add(why, "node(s) were unschedulable", "%s", "");
		return PLUGIN_NODE_UNSCHEDULABLE;
	}
	if (by_name && *str_or_empty(pod->node_name) &&
	    strcmp(pod->node_name, node->meta.name) != 0) {
		verdict_begin(why, PLUGIN_NODE_NAME);
		verdict_add(why,
			    "node(s) didn't match the requested node name",
			    "wants %s", pod->node_name);
		return PLUGIN_NODE_NAME;
	}
	t = untolerated_taint(pod, node);
	if (t) {
		verdict_begin(why, PLUGIN_TAINT_TOLERATION);
		verdict_add(why, "node(s) had untolerated taint(s)",
			    "%s%s%s:%s", t->key, *t->value ? "=" : "",
			    t->value,
			    taint_effect_name((enum taint_effect)t->effect));
		if (why)
			why->taint = t;
		return PLUGIN_TAINT_TOLERATION;
	}
	if (!node_affinity_matches(pod, node)) {
		verdict_begin(why, PLUGIN_NODE_AFFINITY);
		if (why)
			explain_affinity(pod, node, why);
		return PLUGIN_NODE_AFFINITY;
	}
	return PLUGIN_NONE;
}

/* ---- ports ---- */

/* An init container has given its ports back when the pod runs; a sidecar
 * keeps them. */
static uint32_t
ports_held(const struct container *c)
{
	return c->role == CONTAINER_INIT ? 0 : c->port_n;
}

bool
pod_has_ports(const struct pod *pod)
{
	for (uint32_t i = 0; i < pod->container_n; i++)
		if (ports_held(&pod->containers[i]) > 0)
			return true;
	return false;
}

static bool
any_address(const char *ip)
{
	return !ip || !*ip || strcmp(ip, "0.0.0.0") == 0;
}

static const char *
protocol_of(const struct host_port *p)
{
	return p->protocol && *p->protocol ? p->protocol : "TCP";
}

static bool
same_port(const struct host_port *a, const struct host_port *b)
{
	return a->port == b->port && a->port > 0 &&
	       strcmp(protocol_of(a), protocol_of(b)) == 0 &&
	       (any_address(a->ip) || any_address(b->ip) ||
		strcmp(a->ip, b->ip) == 0);
}

/* The port of the pod that clashes with p; NULL when there is none. */
static const struct host_port *
port_clash(const struct pod *a, const struct host_port *p)
{
	for (uint32_t i = 0; i < a->container_n; i++) {
		const struct container *c = &a->containers[i];

		for (uint32_t j = 0; j < ports_held(c); j++)
			if (same_port(&c->ports[j], p))
				return &c->ports[j];
	}
	return NULL;
}

bool
filter_ports(const struct pod *pod, const struct pod *other,
	     struct verdict *why)
{
	for (uint32_t i = 0; i < other->container_n; i++) {
		const struct container *c = &other->containers[i];

		for (uint32_t j = 0; j < ports_held(c); j++) {
			const struct host_port *p =
				port_clash(pod, &c->ports[j]);

			if (!p)
				continue;
			verdict_begin(why, PLUGIN_NODE_PORTS);
			verdict_add(why,
				    "node(s) didn't have free ports for the "
				    "requested pod ports",
				    "%d/%s is held by %s/%s", (int)p->port,
				    protocol_of(p), other->meta.ns,
				    other->meta.name);
			return false;
		}
	}
	return true;
}
