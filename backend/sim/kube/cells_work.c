/*
 * Cells of volumes, workloads and roles.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/cells.h"

/* ---- volumes ---- */

void
cell_access_modes(struct cell *x)
{
	static const char *const modes[][2] = {
		{ "ReadWriteOnce", "RWO" },
		{ "ReadOnlyMany", "ROX" },
		{ "ReadWriteMany", "RWX" },
		{ "ReadWriteOncePod", "RWOP" },
	};
	const struct tree *list = tree_at(x->t, "status.accessModes");
	const char *all = "";

	if (!list)
		list = tree_at(x->t, "spec.accessModes");
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		tree_each(m, list)
			if (str_eq(tree_text(m), modes[i][0]))
				all = arena_printf(x->arena, "%s%s%s", all,
						   *all ? "," : "",
						   modes[i][1]);
	kube_cell_text(x, all);
}

static void
phase_or_terminating(struct cell *x)
{
	kube_cell_text(x, x->obj->deleted_ms ? "Terminating"
					: cell_text_at(x, "status.phase"));
}

void
cell_pv_status(struct cell *x)
{
	phase_or_terminating(x);
}

void
cell_pvc_status(struct cell *x)
{
	phase_or_terminating(x);
}

void
cell_pv_claim(struct cell *x)
{
	const char *name = cell_text_at(x, "spec.claimRef.name");

	kube_cell_text(x, *name ? arena_printf(x->arena, "%s/%s",
					  cell_text_at(x,
						  "spec.claimRef.namespace"),
					  name)
			   : "");
}

void
cell_drivers(struct cell *x)
{
	kube_cell_int(x, cell_length(tree_at(x->t, "spec.drivers")));
}

void
cell_attach_required(struct cell *x)
{
	const struct tree *v = tree_at(x->t, "spec.attachRequired");

	buf_puts(x->out, tree_bool(v, true) ? "true" : "false");
}

void
cell_pod_info(struct cell *x)
{
	cell_bool_text(x, tree_at(x->t, "spec.podInfoOnMount"));
}

void
cell_volume_modes(struct cell *x)
{
	const char *all = "";

	tree_each(m, tree_at(x->t, "spec.volumeLifecycleModes"))
		all = arena_printf(x->arena, "%s%s%s", all, *all ? "," : "",
				   str_or_empty(tree_text(m)));
	kube_cell_text(x, *all ? all : "<none>");
}

void
cell_attached(struct cell *x)
{
	cell_bool_text(x, tree_at(x->t, "status.attached"));
}

void
cell_allow_expansion(struct cell *x)
{
	cell_bool_text(x, tree_get(x->t, "allowVolumeExpansion"));
}

void
cell_claim_state(struct cell *x)
{
	const char *state = "pending";

	if (x->obj->deleted_ms)
		state = "deleted";
	else if (cell_length(tree_at(x->t, "status.reservedFor")))
		state = "allocated,reserved";
	else if (tree_at(x->t, "status.allocation"))
		state = "allocated";
	kube_cell_text(x, state);
}

/* ---- workloads ---- */

void
cell_ready_of_replicas(struct cell *x)
{
	kube_cell_text(x, arena_printf(x->arena, "%lld/%lld",
				  (long long)cell_int_at(x,
						    "status.readyReplicas"),
				  (long long)cell_int_at(x, "spec.replicas")));
}

void
cell_node_selector(struct cell *x)
{
	const char *all = "";

	tree_each(v, tree_at(x->t, "spec.template.spec.nodeSelector"))
		all = arena_printf(x->arena, "%s%s%s=%s", all,
				   *all ? "," : "", v->key,
				   str_or_empty(tree_text(v)));
	kube_cell_text(x, *all ? all : "<none>");
}

static bool
job_condition(const struct cell *x, const char *type)
{
	tree_each(c, tree_at(x->t, "status.conditions"))
		if (str_eq(tree_text(tree_get(c, "type")), type) &&
		    str_eq(tree_text(tree_get(c, "status")), "True"))
			return true;
	return false;
}

void
cell_job_status(struct cell *x)
{
	static const char *const ends[][2] = {
		{ "Complete", "Complete" },
		{ "Failed", "Failed" },
		{ "Suspended", "Suspended" },
		{ "FailureTarget", "FailureTarget" },
		{ "SuccessCriteriaMet", "SuccessCriteriaMet" },
	};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		if (job_condition(x, ends[i][0])) {
			kube_cell_text(x, ends[i][1]);
			return;
		}
	}
	kube_cell_text(x, x->obj->deleted_ms ? "Terminating" : "Running");
}

void
cell_job_completions(struct cell *x)
{
	const struct tree *want = tree_at(x->t, "spec.completions");
	long long done = cell_int_at(x, "status.succeeded");
	long long n = cell_int_at(x, "spec.completions");
	long long wide = cell_int_at(x, "spec.parallelism");

	if (want)
		kube_cell_text(x, arena_printf(x->arena, "%lld/%lld", done, n));
	else if (wide > 1)
		kube_cell_text(x, arena_printf(x->arena, "%lld/1 of %lld", done,
					  wide));
	else
		kube_cell_text(x, arena_printf(x->arena, "%lld/1", done));
}

void
cell_job_duration(struct cell *x)
{
	int64_t from, to;
	char text[40];

	if (!tree_time(tree_at(x->t, "status.startTime"), &from) || !from) {
		kube_cell_text(x, "");
		return;
	}
	if (!tree_time(tree_at(x->t, "status.completionTime"), &to) || !to)
		to = x->now_ms;
	kube_cell_text(x, human_duration(to - from, text));
}

void
cell_suspend(struct cell *x)
{
	kube_cell_text(x, tree_bool(tree_at(x->t, "spec.suspend"), false)
			     ? "True"
			     : "False");
}

void
cell_active_count(struct cell *x)
{
	kube_cell_int(x, cell_length(tree_at(x->t, "status.active")));
}

void
cell_last_schedule(struct cell *x)
{
	const struct tree *t = tree_at(x->t, "status.lastScheduleTime");

	if (tree_text(t))
		cell_age_of(x, t);
	else
		kube_cell_text(x, "<none>");
}

static void
limit_or_na(struct cell *x, const char *path)
{
	const char *text = cell_text_at(x, path);

	kube_cell_text(x, *text ? text : "N/A");
}

void
cell_min_available(struct cell *x)
{
	limit_or_na(x, "spec.minAvailable");
}

void
cell_max_unavailable(struct cell *x)
{
	limit_or_na(x, "spec.maxUnavailable");
}

void
cell_global_default(struct cell *x)
{
	cell_bool_text(x, tree_get(x->t, "globalDefault"));
}

void
cell_hpa_reference(struct cell *x)
{
	kube_cell_text(x, arena_printf(x->arena, "%s/%s",
				  cell_text_at(x, "spec.scaleTargetRef.kind"),
				  cell_text_at(x, "spec.scaleTargetRef.name")));
}

/* Utilisation of resources; other metrics are told by their type. */
void
cell_hpa_targets(struct cell *x)
{
	const char *all = "";

	tree_each(m, tree_at(x->t, "spec.metrics")) {
		const struct tree *target = tree_at(m, "resource.target");
		const char *name = tree_text(tree_at(m, "resource.name"));
		int64_t percent = 0;

		(void)tree_int(tree_get(target, "averageUtilization"),
			       &percent);
		all = name ? arena_printf(x->arena, "%s%s%s: <unknown>/%lld%%",
					  all, *all ? ", " : "", name,
					  (long long)percent)
			   : arena_printf(x->arena, "%s%s<unknown>", all,
					  *all ? ", " : "");
	}
	kube_cell_text(x, *all ? all : "<none>");
}

/* ---- rbac ---- */

void
cell_role_ref(struct cell *x)
{
	kube_cell_text(x, arena_printf(x->arena, "%s/%s",
				  cell_text_at(x, "roleRef.kind"),
				  cell_text_at(x, "roleRef.name")));
}

static void
subjects(struct cell *x, const char *kind)
{
	const char *all = "";

	tree_each(s, tree_get(x->t, "subjects")) {
		const char *ns = tree_text(tree_get(s, "namespace"));
		const char *name = str_or_empty(tree_text(tree_get(s,
								   "name")));

		if (!str_eq(tree_text(tree_get(s, "kind")), kind))
			continue;
		all = arena_printf(x->arena, "%s%s%s%s%s", all,
				   *all ? ", " : "", str_or_empty(ns),
				   ns ? "/" : "", name);
	}
	kube_cell_text(x, all);
}

void
cell_subject_users(struct cell *x)
{
	subjects(x, "User");
}

void
cell_subject_groups(struct cell *x)
{
	subjects(x, "Group");
}

void
cell_subject_accounts(struct cell *x)
{
	subjects(x, "ServiceAccount");
}
