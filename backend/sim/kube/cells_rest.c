/*
 * Cells of quotas, ingresses and the kinds that extend a cluster.
 */
#include <stdio.h>

#include "backend/sim/kube/cells.h"

#define HOSTS_MAX 3 /* shown before "+ N more..." */

/* "a, b"; all is what stands already. */
static const char *
joined(struct cell *x, const char *all, const char *separator, const char *one)
{
	return *all ? arena_printf(x->arena, "%s%s%s", all, separator, one)
		    : one;
}

/* ---- quotas ---- */

/* "pods: 3/50, ..." of the limits or of everything else, by name. */
static void
quota(struct cell *x, bool limits)
{
	const struct tree *hard = tree_at(x->t, "status.hard");
	const struct tree *used = tree_at(x->t, "status.used");
	const char *all = "";

	tree_each(h, hard) {
		if (str_has_prefix(h->key, "limits") != limits)
			continue;
		all = joined(x, all, ", ",
			     arena_printf(x->arena, "%s: %s/%s", h->key,
					  str_or_empty(tree_text(tree_get(
						  used, h->key))),
					  str_or_empty(tree_text(h))));
	}
	kube_cell_text(x, all);
}

void
cell_quota_request(struct cell *x)
{
	quota(x, false);
}

void
cell_quota_limit(struct cell *x)
{
	quota(x, true);
}

/* ---- networking ---- */

void
cell_ingress_class(struct cell *x)
{
	const struct tree *notes = tree_at(x->t, "metadata.annotations");
	const char *name = cell_text_at(x, "spec.ingressClassName");

	if (!*name)
		name = str_or_empty(tree_text(
			tree_get(notes, "kubernetes.io/ingress.class")));
	kube_cell_text(x, *name ? name : "<none>");
}

void
cell_ingress_hosts(struct cell *x)
{
	const char *all = "";
	uint32_t n = 0;

	tree_each(r, tree_at(x->t, "spec.rules")) {
		const char *host = tree_text(tree_get(r, "host"));

		if (host && *host && n++ < HOSTS_MAX)
			all = joined(x, all, ",", host);
	}
	if (n > HOSTS_MAX)
		all = arena_printf(x->arena, "%s + %u more...", all,
				   n - HOSTS_MAX);
	kube_cell_text(x, *all ? all : "*");
}

void
cell_ingress_address(struct cell *x)
{
	const char *all = "";

	tree_each(i, tree_at(x->t, "status.loadBalancer.ingress")) {
		const char *to = tree_text(tree_get(i, "ip"));

		if (!to || !*to)
			to = tree_text(tree_get(i, "hostname"));
		all = joined(x, all, ",", str_or_empty(to));
	}
	kube_cell_text(x, all);
}

void
cell_ingress_ports(struct cell *x)
{
	kube_cell_text(x, cell_length(tree_at(x->t, "spec.tls")) ? "80, 443"
								 : "80");
}

void
cell_class_parameters(struct cell *x)
{
	const char *group = cell_text_at(x, "spec.parameters.apiGroup");

	if (!tree_at(x->t, "spec.parameters"))
		kube_cell_text(x, "<none>");
	else
		kube_cell_text(x, arena_printf(
			x->arena, "%s%s%s/%s",
			cell_text_at(x, "spec.parameters.kind"),
			*group ? "." : "", group,
			cell_text_at(x, "spec.parameters.name")));
}

void
cell_policy_pods(struct cell *x)
{
	kube_cell_text(x, cell_selector_text(x, tree_at(x->t,
							"spec.podSelector")));
}

/* ---- templates and revisions ---- */

void
cell_template_labels(struct cell *x)
{
	kube_cell_text(x, cell_selector_text(
				  x, tree_at(x->t,
					     "template.metadata.labels")));
}

/* "daemonset.apps/aws-node" */
void
cell_revision_owner(struct cell *x)
{
	tree_each(o, tree_at(x->t, "metadata.ownerReferences")) {
		const char *api = str_or_empty(tree_text(tree_get(
			o, "apiVersion")));
		char *kind = arena_strdup(x->arena, str_or_empty(tree_text(
						tree_get(o, "kind"))));
		size_t group = strcspn(api, "/");

		if (!tree_bool(tree_get(o, "controller"), false))
			continue;
		for (char *c = kind; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 'a' - 'A');
		kube_cell_text(x, arena_printf(
			x->arena, "%s%s%.*s/%s", kind,
			api[group] ? "." : "", api[group] ? (int)group : 0,
			api, str_or_empty(tree_text(tree_get(o, "name")))));
		return;
	}
	kube_cell_text(x, "<none>");
}

/* ---- certificates ---- */

void
cell_csr_duration(struct cell *x)
{
	int64_t s = cell_int_at(x, "spec.expirationSeconds");
	char text[40];

	kube_cell_text(x, s ? human_duration(s * 1000, text) : "<none>");
}

void
cell_csr_condition(struct cell *x)
{
	const char *all = "";

	tree_each(c, tree_at(x->t, "status.conditions"))
		all = joined(x, all, ",",
			     str_or_empty(tree_text(tree_get(c, "type"))));
	if (*cell_text_at(x, "status.certificate"))
		all = joined(x, all, ",", "Issued");
	kube_cell_text(x, *all ? all : "Pending");
}

/* ---- what extends the API ---- */

void
cell_api_service(struct cell *x)
{
	if (!tree_is(tree_at(x->t, "spec.service"), TREE_OBJECT))
		kube_cell_text(x, "Local");
	else
		kube_cell_text(x, arena_printf(
			x->arena, "%s/%s",
			cell_text_at(x, "spec.service.namespace"),
			cell_text_at(x, "spec.service.name")));
}

void
cell_api_available(struct cell *x)
{
	const char *status = "Unknown", *reason = "";

	tree_each(c, tree_at(x->t, "status.conditions")) {
		if (!str_eq(tree_text(tree_get(c, "type")), "Available"))
			continue;
		status = str_or_empty(tree_text(tree_get(c, "status")));
		reason = str_or_empty(tree_text(tree_get(c, "reason")));
	}
	kube_cell_text(x, strcmp(status, "True") == 0 || !*reason
				  ? status
				  : arena_printf(x->arena, "%s (%s)", status,
						 reason));
}

/* ---- CSI drivers ---- */

void
cell_storage_capacity(struct cell *x)
{
	cell_bool_text(x, tree_at(x->t, "spec.storageCapacity"));
}

void
cell_token_requests(struct cell *x)
{
	const char *all = "";

	tree_each(r, tree_at(x->t, "spec.tokenRequests"))
		all = joined(x, all, ",",
			     str_or_empty(tree_text(tree_get(r,
							     "audience"))));
	kube_cell_text(x, *all ? all : "<unset>");
}

void
cell_republish(struct cell *x)
{
	cell_bool_text(x, tree_at(x->t, "spec.requiresRepublish"));
}
