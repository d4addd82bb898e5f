/*
 * How a column's path is read, and the cells that every kind shares.
 */
#include "backend/sim/kube/cells.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

void
kube_cell_text(struct cell *x, const char *text)
{
	text = str_or_empty(text);
	buf_json_string(x->out, text, strlen(text));
}

void
kube_cell_int(struct cell *x, int64_t n)
{
	buf_printf(x->out, "%lld", (long long)n);
}

void
cell_bool_text(struct cell *x, const struct tree *v)
{
	buf_puts(x->out, tree_bool(v, false) ? "true" : "false");
}

const char *
cell_text_at(const struct cell *x, const char *path)
{
	return str_or_empty(tree_text(tree_at(x->t, path)));
}

int64_t
cell_int_at(const struct cell *x, const char *path)
{
	int64_t n = 0;

	(void)tree_int(tree_at(x->t, path), &n);
	return n;
}

uint32_t
cell_length(const struct tree *list)
{
	return list && (list->kind == TREE_ARRAY || list->kind == TREE_OBJECT)
		       ? list->len
		       : 0;
}

char *
human_duration(int64_t ms, char out[static 40])
{
	long long s = ms / 1000, m = s / 60, h = m / 60;

	if (s < -1)
		snprintf(out, 40, "<invalid>");
	else if (s < 0)
		snprintf(out, 40, "0s");
	else if (s < 60 * 2)
		snprintf(out, 40, "%llds", s);
	else if (m < 10 && s % 60)
		snprintf(out, 40, "%lldm%llds", m, s % 60);
	else if (m < 60 * 3)
		snprintf(out, 40, "%lldm", m);
	else if (h < 8 && m % 60)
		snprintf(out, 40, "%lldh%lldm", h, m % 60);
	else if (h < 48)
		snprintf(out, 40, "%lldh", h);
	else if (h < 24 * 8 && h % 24)
		snprintf(out, 40, "%lldd%lldh", h / 24, h % 24);
	else if (h < 24 * 365 * 2)
		snprintf(out, 40, "%lldd", h / 24);
	else if (h < 24 * 365 * 8 && h / 24 % 365)
		snprintf(out, 40, "%lldy%lldd", h / 24 / 365, h / 24 % 365);
	else
		snprintf(out, 40, "%lldy", h / 24 / 365);
	return out;
}

void
cell_age_of(struct cell *x, const struct tree *time)
{
	int64_t ms;
	char text[40];

	if (!tree_time(time, &ms) || !ms)
		kube_cell_text(x, "<unknown>");
	else
		kube_cell_text(x, human_duration(x->now_ms - ms, text));
}

static void
cell_age(struct cell *x)
{
	char text[40];

	kube_cell_text(x, human_duration(x->now_ms - x->obj->created_ms, text));
}

/* ---- paths ---- */

/* A value as it stands in JSON. */
static void
cell_value(struct cell *x, const struct tree *v)
{
	if (tree_is(v, TREE_BOOL))
		buf_puts(x->out, tree_bool(v, false) ? "true" : "false");
	else if (tree_is(v, TREE_NUMBER))
		buf_puts(x->out, tree_text(v));
	else
		kube_cell_text(x, tree_text(v));
}

/* [?(@.type=="Ready")] of an array: the first element that fits. */
static const struct tree *
filtered(const struct tree *list, const char *filter, size_t len)
{
	char key[80], want[200];
	const char *eq;

	if (len < 6 || strncmp(filter, "?(@.", 4) != 0)
		return NULL;
	eq = strstr(filter, "==");
	if (!eq || eq > filter + len)
		return NULL;
	snprintf(key, sizeof(key), "%.*s", (int)(eq - filter - 4), filter + 4);
	for (eq += 2; *eq == '"' || *eq == '\'' || *eq == ' ';)
		eq++;
	snprintf(want, sizeof(want), "%.*s", (int)strcspn(eq, "\"')"), eq);
	for (size_t n = strlen(key); n && key[n - 1] == ' ';)
		key[--n] = '\0';
	tree_each(item, list)
		if (str_eq(tree_text(tree_get(item, key)), want))
			return item;
	return NULL;
}

/* The JSONPath subset of additionalPrinterColumns. */
static const struct tree *
json_path(const struct tree *t, const char *path)
{
	while (t && *path) {
		char name[200];
		size_t len = 0;

		if (*path == '[') {
			const char *end = strchr(path, ']');

			if (!end)
				return NULL;
			if (path[1] == '?')
				t = filtered(t, path + 1,
					     (size_t)(end - path - 1));
			else
				t = tree_index(t, (uint32_t)strtoul(path + 1,
								    NULL, 10));
			path = end + 1;
			continue;
		}
		path += *path == '.';
		while (*path && *path != '.' && *path != '[') {
			path += *path == '\\' && path[1];
			if (len + 1 < sizeof(name))
				name[len++] = *path;
			path++;
		}
		name[len] = '\0';
		t = tree_get(t, name);
	}
	return t;
}

static void
cell_custom(struct cell *x, const struct object_column *col)
{
	const struct tree *v = json_path(x->t, col->path);

	if (!v || tree_is(v, TREE_NULL))
		buf_puts(x->out, "null");
	else if (strcmp(col->type, "date") == 0)
		cell_age_of(x, v);
	else
		cell_value(x, v);
}

static void
cell_count(struct cell *x, const struct tree *v)
{
	int64_t n = 0;

	if (tree_is(v, TREE_ARRAY))
		n = v->len;
	else
		(void)tree_int(v, &n);
	kube_cell_int(x, n);
}

/* clang-format off */
static const struct {
	const char *name;
	cell_fn *fn;
} functions[] = {
	{ "age", cell_age },
	{ "pod_ready", cell_pod_ready },
	{ "pod_status", cell_pod_status },
	{ "pod_restarts", cell_pod_restarts },
	{ "pod_ip", cell_pod_ip },
	{ "pod_gates", cell_pod_gates },
	{ "containers", cell_containers },
	{ "images", cell_images },
	{ "selector", cell_selector },
	{ "node_status", cell_node_status },
	{ "node_roles", cell_node_roles },
	{ "node_internal_ip", cell_node_internal_ip },
	{ "node_external_ip", cell_node_external_ip },
	{ "event_last", cell_event_last },
	{ "event_first", cell_event_first },
	{ "event_object", cell_event_object },
	{ "event_source", cell_event_source },
	{ "event_message", cell_event_message },
	{ "event_count", cell_event_count },
	{ "data_count", cell_data_count },
	{ "service_external", cell_service_external },
	{ "service_ports", cell_service_ports },
	{ "endpoints", cell_endpoints },
	{ "access_modes", cell_access_modes },
	{ "pv_status", cell_pv_status },
	{ "pv_claim", cell_pv_claim },
	{ "pvc_status", cell_pvc_status },
	{ "ready_of_replicas", cell_ready_of_replicas },
	{ "node_selector", cell_node_selector },
	{ "job_status", cell_job_status },
	{ "job_completions", cell_job_completions },
	{ "job_duration", cell_job_duration },
	{ "suspend", cell_suspend },
	{ "active_count", cell_active_count },
	{ "last_schedule", cell_last_schedule },
	{ "min_available", cell_min_available },
	{ "max_unavailable", cell_max_unavailable },
	{ "global_default", cell_global_default },
	{ "allow_expansion", cell_allow_expansion },
	{ "drivers", cell_drivers },
	{ "attach_required", cell_attach_required },
	{ "pod_info", cell_pod_info },
	{ "volume_modes", cell_volume_modes },
	{ "attached", cell_attached },
	{ "slice_ports", cell_slice_ports },
	{ "slice_endpoints", cell_slice_endpoints },
	{ "hpa_reference", cell_hpa_reference },
	{ "hpa_targets", cell_hpa_targets },
	{ "role_ref", cell_role_ref },
	{ "subject_users", cell_subject_users },
	{ "subject_groups", cell_subject_groups },
	{ "subject_accounts", cell_subject_accounts },
	{ "claim_state", cell_claim_state },
	{ "quota_request", cell_quota_request },
	{ "quota_limit", cell_quota_limit },
	{ "ingress_class", cell_ingress_class },
	{ "ingress_hosts", cell_ingress_hosts },
	{ "ingress_address", cell_ingress_address },
	{ "ingress_ports", cell_ingress_ports },
	{ "class_parameters", cell_class_parameters },
	{ "policy_pods", cell_policy_pods },
	{ "revision_owner", cell_revision_owner },
	{ "template_labels", cell_template_labels },
	{ "csr_duration", cell_csr_duration },
	{ "csr_condition", cell_csr_condition },
	{ "api_service", cell_api_service },
	{ "api_available", cell_api_available },
	{ "storage_capacity", cell_storage_capacity },
	{ "token_requests", cell_token_requests },
	{ "republish", cell_republish },
};
/* clang-format on */

void
cell_write(struct cell *x, const struct object_column *col)
{
	const char *path = col->path, *text;
	const struct tree *v;

	switch (*path) {
	case '@':
		for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
			if (strcmp(functions[i].name, path + 1) == 0) {
				functions[i].fn(x);
				return;
			}
		}
		BUG("no cell function %s", path);
	case '.':
		cell_custom(x, col);
		return;
	case '#':
		cell_count(x, tree_at(x->t, path + 1));
		return;
	case '?':
	case '!':
		v = tree_at(x->t, path + 1);
		text = tree_text(v);
		if (text && *text)
			kube_cell_text(x, text);
		else
			kube_cell_text(x, *path == '?' ? "<none>" : "<unset>");
		return;
	default:
		cell_value(x, tree_at(x->t, path));
	}
}
