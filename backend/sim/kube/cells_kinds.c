/*
 * Cells of nodes, events and the kinds of core.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/cells.h"

#define JOINED_MAX 3 /* endpoints shown before "+ N more..." */

/* ---- nodes ---- */

void
cell_node_status(struct cell *x)
{
	const char *status = "Unknown";

	tree_each(c, tree_at(x->t, "status.conditions"))
		if (str_eq(tree_text(tree_get(c, "type")), "Ready"))
			status = str_eq(tree_text(tree_get(c, "status")),
					"True")
					 ? "Ready"
					 : "NotReady";
	if (tree_bool(tree_at(x->t, "spec.unschedulable"), false))
		status = arena_printf(x->arena, "%s,SchedulingDisabled",
				      status);
	kube_cell_text(x, status);
}

void
cell_node_roles(struct cell *x)
{
	static const char prefix[] = "node-role.kubernetes.io/";
	const char *all = "";

	tree_each(l, tree_at(x->t, "metadata.labels")) {
		const char *role = NULL;

		if (str_has_prefix(l->key, prefix))
			role = l->key + sizeof(prefix) - 1;
		else if (str_eq(l->key, "kubernetes.io/role"))
			role = tree_text(l);
		if (role && *role)
			all = arena_printf(x->arena, "%s%s%s", all,
					   *all ? "," : "", role);
	}
	kube_cell_text(x, *all ? all : "<none>");
}

static void
node_address(struct cell *x, const char *type)
{
	tree_each(a, tree_at(x->t, "status.addresses")) {
		if (str_eq(tree_text(tree_get(a, "type")), type)) {
			kube_cell_text(x, tree_text(tree_get(a, "address")));
			return;
		}
	}
	kube_cell_text(x, "<none>");
}

void
cell_node_internal_ip(struct cell *x)
{
	node_address(x, "InternalIP");
}

void
cell_node_external_ip(struct cell *x)
{
	node_address(x, "ExternalIP");
}

/* ---- events ---- */

static const struct tree *
event_time(const struct cell *x, const char *first, const char *second)
{
	const struct tree *t = tree_at(x->t, first);

	return tree_text(t) ? t : tree_at(x->t, second);
}

void
cell_event_first(struct cell *x)
{
	cell_age_of(x, event_time(x, "firstTimestamp", "eventTime"));
}

void
cell_event_last(struct cell *x)
{
	const struct tree *t = tree_at(x->t, "series.lastObservedTime");

	if (!tree_text(t))
		t = event_time(x, "lastTimestamp", "eventTime");
	if (!tree_text(t))
		t = event_time(x, "firstTimestamp", "eventTime");
	cell_age_of(x, t);
}

void
cell_event_object(struct cell *x)
{
	const char *kind = cell_text_at(x, "involvedObject.kind");
	char *lower = arena_strdup(x->arena, kind);

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	kube_cell_text(x, arena_printf(x->arena, "%s/%s", lower,
				  cell_text_at(x, "involvedObject.name")));
}

void
cell_event_source(struct cell *x)
{
	const char *from = cell_text_at(x, "source.component");
	const char *host = cell_text_at(x, "source.host");

	if (!*from)
		from = cell_text_at(x, "reportingComponent");
	if (!*host)
		host = cell_text_at(x, "reportingInstance");
	kube_cell_text(x, *host ? arena_printf(x->arena, "%s, %s", from, host)
			   : from);
}

void
cell_event_message(struct cell *x)
{
	const char *text = cell_text_at(x, "message");
	size_t len = strlen(text);

	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	buf_json_string(x->out, text, len);
}

void
cell_event_count(struct cell *x)
{
	int64_t n = cell_int_at(x, "series.count");

	if (!n)
		n = cell_int_at(x, "count");
	kube_cell_int(x, n ? n : 1);
}

/* ---- core ---- */

void
cell_data_count(struct cell *x)
{
	kube_cell_int(x, cell_length(tree_get(x->t, "data")) +
			    cell_length(tree_get(x->t, "binaryData")));
}

void
cell_service_external(struct cell *x)
{
	const char *type = cell_text_at(x, "spec.type"), *all = "";

	if (strcmp(type, "ExternalName") == 0) {
		kube_cell_text(x, cell_text_at(x, "spec.externalName"));
		return;
	}
	tree_each(i, tree_at(x->t, "status.loadBalancer.ingress")) {
		const char *to = tree_text(tree_get(i, "ip"));

		if (!to)
			to = str_or_empty(tree_text(tree_get(i, "hostname")));
		all = arena_printf(x->arena, "%s%s%s", all, *all ? "," : "",
				   to);
	}
	tree_each(ip, tree_at(x->t, "spec.externalIPs"))
		all = arena_printf(x->arena, "%s%s%s", all, *all ? "," : "",
				   str_or_empty(tree_text(ip)));
	if (!*all)
		all = strcmp(type, "LoadBalancer") == 0 ? "<pending>"
							: "<none>";
	kube_cell_text(x, all);
}

void
cell_service_ports(struct cell *x)
{
	const char *all = "";

	tree_each(p, tree_at(x->t, "spec.ports")) {
		int64_t port = 0, node = 0;

		(void)tree_int(tree_get(p, "port"), &port);
		(void)tree_int(tree_get(p, "nodePort"), &node);
		all = arena_printf(x->arena, "%s%s%lld", all, *all ? "," : "",
				   (long long)port);
		if (node)
			all = arena_printf(x->arena, "%s:%lld", all,
					   (long long)node);
		all = arena_printf(x->arena, "%s/%s", all,
				   str_or_empty(tree_text(tree_get(
					   p, "protocol"))));
	}
	kube_cell_text(x, *all ? all : "<none>");
}

static const char *
with_more(struct cell *x, const char *all, uint32_t n)
{
	if (!n)
		return "<none>";
	if (n > JOINED_MAX)
		return arena_printf(x->arena, "%s + %u more...", all,
				    n - JOINED_MAX);
	return all;
}

void
cell_endpoints(struct cell *x)
{
	const char *all = "";
	uint32_t n = 0;

	tree_each(s, tree_get(x->t, "subsets")) {
		tree_each(p, tree_get(s, "ports")) {
			tree_each(a, tree_get(s, "addresses")) {
				int64_t port = 0;

				(void)tree_int(tree_get(p, "port"), &port);
				if (n++ >= JOINED_MAX)
					continue;
				all = arena_printf(
					x->arena, "%s%s%s:%lld", all,
					*all ? "," : "",
					str_or_empty(tree_text(
						tree_get(a, "ip"))),
					(long long)port);
			}
		}
	}
	kube_cell_text(x, with_more(x, all, n));
}

void
cell_slice_endpoints(struct cell *x)
{
	const char *all = "";
	uint32_t n = 0;

	tree_each(e, tree_get(x->t, "endpoints")) {
		tree_each(a, tree_get(e, "addresses")) {
			if (n++ >= JOINED_MAX)
				continue;
			all = arena_printf(x->arena, "%s%s%s", all,
					   *all ? "," : "",
					   str_or_empty(tree_text(a)));
		}
	}
	kube_cell_text(x, n ? with_more(x, all, n) : "<unset>");
}

void
cell_slice_ports(struct cell *x)
{
	const char *all = "";
	uint32_t n = 0;

	tree_each(p, tree_get(x->t, "ports")) {
		int64_t port = 0;
		bool some = tree_int(tree_get(p, "port"), &port);

		if (n++ >= JOINED_MAX)
			continue;
		all = some ? arena_printf(x->arena, "%s%s%lld", all,
					  *all ? "," : "", (long long)port)
			   : arena_printf(x->arena, "%s%s*", all,
					  *all ? "," : "");
	}
	kube_cell_text(x, n ? with_more(x, all, n) : "<unset>");
}
