/*
 * The spec of a pod: what the scheduler's predicates read.
 */
#include "backend/decode/pod_parts.h"

/* ---- containers ---- */

#define OF struct host_port
static const struct field port_rows[] = {
	F_I32("hostPort", port, 0),
	F_TEXT("hostIP", ip),
	F_KNOWN("protocol", protocol),
};
FIELDS(port);
#undef OF

/* Only ports with a hostPort matter to the scheduler. */
static bool
read_ports(struct wire *w, void *base, const struct tree *t)
{
	struct container *c = base;
	struct host_port *at;
	uint32_t n = 0, i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(port, t)
		n += tree_get(port, "hostPort") != NULL;
	at = seal_array(w->seal, &c->ports, n, sizeof(*at));
	c->port_n = n;
	n = 0;
	tree_each(port, t) {
		if (tree_get(port, "hostPort")) {
			shape_blank(&shape_host_port, &at[n]);
			at[n].protocol = "TCP";
			if (!wire_fields(w, &at[n], port, &port_fields))
				return wire_under_index(w, i);
			n++;
		}
		i++;
	}
	return true;
}

static void
write_ports(struct out *o, const char *key, const void *base)
{
	const struct container *c = base;

	if (!c->port_n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < c->port_n; i++) {
		jsonw_object(o->w);
		/* A hostPort of 0 is none, but it is there. */
		jsonw_key(o->w, "hostPort");
		jsonw_int(o->w, c->ports[i].port);
		out_text(o, "hostIP", c->ports[i].ip);
		out_text(o, "protocol", c->ports[i].protocol);
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}

static bool
read_restart(struct wire *w, void *base, const struct tree *t)
{
	struct container *c = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	if (c->role == CONTAINER_INIT && strcmp(t->text, "Always") == 0)
		c->role = CONTAINER_SIDECAR;
	return true;
}

static void
write_restart(struct out *o, const char *key, const void *base)
{
	const struct container *c = base;

	if (c->role == CONTAINER_SIDECAR)
		jsonw_text(out_key(o, key), "Always");
}

#define OF struct container
static const struct field container_resources_rows[] = {
	F_CUSTOM_AT("requests", requests, read_resources, write_resources),
	F_CUSTOM_AT("limits", limits, read_resources_maybe,
		    write_resources_maybe),
};
FIELDS(container_resources);

static const struct field container_rows[] = {
	F_KNOWN("name", name),
	F_TEXT("image", image),
	F_CUSTOM("ports", read_ports, write_ports),
	F_CUSTOM("restartPolicy", read_restart, write_restart),
	F_INSIDE("resources", container_resources_fields),
};
FIELDS(container);
#undef OF

static bool
read_list(struct wire *w, struct container *at, uint8_t role,
	  const struct tree *t, const char *name)
{
	uint32_t i = 0;

	tree_each(c, t) {
		shape_blank(&shape_container, &at[i]);
		at[i].role = role;
		if (!wire_fields(w, &at[i], c, &container_fields)) {
			wire_under_index(w, i);
			return wire_under(w, name);
		}
		i++;
	}
	return true;
}

static bool
read_containers(struct wire *w, struct pod *p, const struct tree *spec)
{
	const struct tree *init = tree_get(spec, "initContainers");
	const struct tree *apps = tree_get(spec, "containers");
	uint32_t init_n = tree_is(init, TREE_ARRAY) ? init->len : 0;
	uint32_t app_n = tree_is(apps, TREE_ARRAY) ? apps->len : 0;
	struct container *at;

	if (init && !wire_list(w, init))
		return wire_under(w, "initContainers");
	if (apps && !wire_list(w, apps))
		return wire_under(w, "containers");
	p->container_n = init_n + app_n;
	at = seal_array(w->seal, &p->containers, p->container_n, sizeof(*at));
	if (!at)
		return true;
	return read_list(w, at, CONTAINER_INIT, init, "initContainers") &&
	       read_list(w, at + init_n, CONTAINER_APP, apps, "containers");
}

static bool
has_statuses(const struct tree *status)
{
	return tree_get(status, "containerStatuses") ||
	       tree_get(status, "initContainerStatuses");
}

/* With what the status says of them, the times alone apart. */
static bool
read_whole_containers(struct wire *w, struct pod *p, const struct tree *spec,
		      const struct tree *status)
{
	const struct tree *init = tree_get(spec, "initContainers");
	const struct tree *apps = tree_get(spec, "containers");
	struct seal_mark mark;

	if (has_statuses(status)) {
		p->time_n = (tree_is(init, TREE_ARRAY) ? init->len : 0) +
			    (tree_is(apps, TREE_ARRAY) ? apps->len : 0);
		seal_array(w->seal, &p->times, p->time_n, sizeof(*p->times));
	}
	mark = seal_share_begin(w->seal);
	if (!read_containers(w, p, spec))
		return wire_under(w, "spec");
	if (p->time_n && !read_container_statuses(w, p, status))
		return wire_under(w, "status");
	seal_share_end(w->seal, mark, &p->containers);
	return true;
}

static void
write_args(struct out *o, const char *lines)
{
	jsonw_array(out_key(o, "args"));
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		jsonw_textn(o->w, lines, len);
		lines += len + (lines[len] == '\n');
	}
	jsonw_end_array(o->w);
}

static void
write_list(struct out *o, const char *key, const struct pod *p, bool init,
	   const char *args)
{
	bool open = false;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if ((c->role != CONTAINER_APP) != init)
			continue;
		if (!open)
			jsonw_array(out_key(o, key));
		open = true;
		jsonw_object(o->w);
		out_fields(o, c, &container_fields);
		if (*args)
			write_args(o, args);
		args = "";
		jsonw_end_object(o->w);
	}
	if (open)
		jsonw_end_array(o->w);
}

/* ---- affinity ---- */

#define REQUIRED "requiredDuringSchedulingIgnoredDuringExecution"

static bool
read_required_terms(struct wire *w, void *base, const struct tree *t)
{
	struct pod *p = base;
	const struct tree *terms = tree_get(t, "nodeSelectorTerms");

	if (!wire_object(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	p->has_node_affinity = true;
	return !terms ||
	       read_node_terms(w, &p->node_terms, &p->node_term_n, terms) ||
	       wire_under(w, "nodeSelectorTerms");
}

static void
write_required_terms(struct out *o, const char *key, const void *base)
{
	const struct pod *p = base;

	if (!p->has_node_affinity)
		return;
	jsonw_object(out_key(o, key));
	write_node_terms(o, "nodeSelectorTerms", "matchExpressions",
			 p->node_terms, p->node_term_n);
	jsonw_end_object(o->w);
}

#define OF struct pod_term
static const struct field pod_term_rows[] = {
	F_CUSTOM_AT("labelSelector", selector, read_selector, write_selector),
	F_CUSTOM_AT("namespaceSelector", ns_selector, read_selector,
		    write_selector),
	F_TEXTS("namespaces", namespaces, ns_n),
	F_KNOWN("topologyKey", topology_key),
	F_TEXTS("matchLabelKeys", match_keys, match_n),
	F_TEXTS("mismatchLabelKeys", mismatch_keys, mismatch_n),
};
FIELDS(pod_term);
#undef OF

#define OF struct pod
static const struct field node_affinity_rows[] = {
	F_CUSTOM(REQUIRED, read_required_terms, write_required_terms),
};
FIELDS(node_affinity);

static const struct field pod_affinity_rows[] = {
	F_SHARED_ARRAY(REQUIRED, affinity, affinity_n, pod_term,
		       pod_term_fields),
};
FIELDS(pod_affinity);

static const struct field pod_anti_affinity_rows[] = {
	F_SHARED_ARRAY(REQUIRED, anti_affinity, anti_affinity_n, pod_term,
		       pod_term_fields),
};
FIELDS(pod_anti_affinity);

static const struct field affinity_rows[] = {
	F_INSIDE("nodeAffinity", node_affinity_fields),
	F_INSIDE("podAffinity", pod_affinity_fields),
	F_INSIDE("podAntiAffinity", pod_anti_affinity_fields),
};
FIELDS(affinity);
#undef OF

/* ---- tolerations and spreading ---- */

static bool
read_exists(struct wire *w, void *base, const struct tree *t)
{
	bool *exists = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*exists = strcmp(t->text, "Exists") == 0;
	return true;
}

static void
write_exists(struct out *o, const char *key, const void *base)
{
	if (*(const bool *)base)
		jsonw_text(out_key(o, key), "Exists");
}

/* One flag told by one word; any other word is the default. */
static bool
read_word(struct wire *w, void *base, const struct tree *t, const char *word)
{
	bool *flag = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*flag = strcmp(t->text, word) == 0;
	return true;
}

#define WORD(name, word)                                                    \
	static bool read_##name(struct wire *w, void *base,                 \
				const struct tree *t)                       \
	{                                                                   \
		return read_word(w, base, t, word);                         \
	}                                                                   \
	static void write_##name(struct out *o, const char *key,            \
				 const void *base)                          \
	{                                                                   \
		if (*(const bool *)base)                                    \
			jsonw_text(out_key(o, key), word);                  \
	}

WORD(do_not_schedule, "DoNotSchedule")
WORD(ignore, "Ignore")
WORD(honor, "Honor")
WORD(never, "Never")

#define OF struct toleration
static const struct field toleration_rows[] = {
	F_KNOWN("key", key),
	F_CUSTOM_AT("operator", exists, read_exists, write_exists),
	F_KNOWN("value", value),
	F_ENUM("effect", effect, effect_names, TAINT_ANY),
	F_I64("tolerationSeconds", seconds, -1),
};
FIELDS(toleration);
#undef OF

#define OF struct spread
static const struct field spread_rows[] = {
	F_I32("maxSkew", max_skew, 0),
	F_I32("minDomains", min_domains, 0),
	F_KNOWN("topologyKey", topology_key),
	F_CUSTOM_AT("whenUnsatisfiable", do_not_schedule,
		    read_do_not_schedule, write_do_not_schedule),
	F_CUSTOM_AT("labelSelector", selector, read_selector, write_selector),
	F_CUSTOM_AT("nodeAffinityPolicy", ignore_affinity, read_ignore,
		    write_ignore),
	F_CUSTOM_AT("nodeTaintsPolicy", honor_taints, read_honor, write_honor),
	F_TEXTS("matchLabelKeys", match_keys, match_n),
};
FIELDS(spread);
#undef OF

/* ---- the rest ---- */

static bool
read_priority(struct wire *w, void *base, const struct tree *t)
{
	struct pod *p = base;

	p->has_priority = t->kind != TREE_NULL;
	return wire_i32(w, &p->priority, t);
}

static void
write_priority(struct out *o, const char *key, const void *base)
{
	const struct pod *p = base;

	if (p->has_priority)
		jsonw_int(out_key(o, key), p->priority);
}

static bool
read_gates(struct wire *w, void *base, const struct tree *t)
{
	bool *gated = base;

	if (!wire_list(w, t))
		return false;
	*gated = t->kind == TREE_ARRAY && t->len > 0;
	return true;
}

static void
write_gates(struct out *o, const char *key, const void *base)
{
	if (!*(const bool *)base)
		return;
	jsonw_array(out_key(o, key));
	jsonw_object(o->w);
	jsonw_key(o->w, "name");
	jsonw_text(o->w, "kept-as-a-flag");
	jsonw_end_object(o->w);
	jsonw_end_array(o->w);
}

static bool
read_claims(struct wire *w, void *base, const struct tree *t)
{
	uint32_t *n = base;

	if (!wire_list(w, t))
		return false;
	*n = t->kind == TREE_ARRAY ? t->len : 0;
	return true;
}

static void
write_claims(struct out *o, const char *key, const void *base)
{
	uint32_t n = *(const uint32_t *)base;

	if (!n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < n; i++) {
		jsonw_object(o->w);
		jsonw_key(o->w, "name");
		jsonw_text(o->w, "kept-as-a-number");
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}

static bool
read_pod_restart(struct wire *w, void *base, const struct tree *t)
{
	struct pod *p = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	p->restart_never = strcmp(t->text, "Never") == 0;
	p->restart_on_failure = strcmp(t->text, "OnFailure") == 0;
	return true;
}

static void
write_pod_restart(struct out *o, const char *key, const void *base)
{
	const struct pod *p = base;

	if (p->restart_never)
		out_text(o, key, "Never");
	else if (p->restart_on_failure)
		out_text(o, key, "OnFailure");
}

/* clang-format off */
#define OF struct pod
static const struct field pod_resources_rows[] = {
	F_CUSTOM_AT("requests", pod_requests, read_resources_maybe,
		    write_resources_maybe),
	F_CUSTOM_AT("limits", pod_limits, read_resources_maybe,
		    write_resources_maybe),
};
FIELDS(pod_resources);

/* Containers are read before these: initContainers come first in the record,
 * wherever they stand in the text. */
static const struct field spec_rows[] = {
	F_COMMON("nodeName", node_name),
	F_KNOWN("schedulerName", scheduler),
	F_KNOWN("serviceAccountName", service_account),
	F_CUSTOM("priority", read_priority, write_priority),
	F_KNOWN("priorityClassName", priority_class),
	F_CUSTOM_AT("preemptionPolicy", preempt_never, read_never, write_never),
	F_BOOL("hostNetwork", host_network),
	F_CUSTOM_AT("schedulingGates", gated, read_gates, write_gates),
	F_CUSTOM("restartPolicy", read_pod_restart, write_pod_restart),
	F_I64("terminationGracePeriodSeconds", grace_s, -1),
	F_I64("activeDeadlineSeconds", deadline_s, 0),
	F_SHARED_CUSTOM_AT("nodeSelector", node_selector.at, read_labels,
			   write_labels),
	F_INSIDE("affinity", affinity_fields),
	F_SHARED_ARRAY("tolerations", tolerations, toleration_n, toleration,
		       toleration_fields),
	F_SHARED_ARRAY("topologySpreadConstraints", spreads, spread_n, spread,
		       spread_fields),
	F_CUSTOM("volumes", read_volumes, write_volumes),
	F_CUSTOM_AT("overhead", overhead, read_resources_maybe,
		    write_resources_maybe),
	F_INSIDE("resources", pod_resources_fields),
	F_CUSTOM_AT("resourceClaims", resource_claims, read_claims,
		    write_claims),
};
FIELDS(spec);
#undef OF
/* clang-format on */

bool
read_pod_spec(struct wire *w, struct pod *p, const struct tree *t,
	      const struct tree *status)
{
	if (!wire_object(w, t))
		return wire_under(w, "spec");
	return read_whole_containers(w, p, t, status) &&
	       (wire_fields(w, p, t, &spec_fields) || wire_under(w, "spec"));
}

void
write_pod_spec(struct out *o, const struct pod *p, const char *args)
{
	out_fields(o, p, &spec_fields);
	write_list(o, "initContainers", p, true, "");
	write_list(o, "containers", p, false, args);
}
