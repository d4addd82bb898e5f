/*
 * Cells of server-side Tables: small functions from an object's tree to one
 * JSON value.
 */
#ifndef SIM_KUBE_CELLS_H
#define SIM_KUBE_CELLS_H

#include "backend/base/buf.h"
#include "backend/base/tree.h"
#include "backend/sim/objects/objects.h"

struct cell {
	const struct tree *t;	 /* the whole object */
	const struct object *obj;
	int64_t now_ms;
	struct arena *arena;
	struct buf *out;
};

typedef void cell_fn(struct cell *x);

/* Writes the cell of a column. */
void cell_write(struct cell *x, const struct object_column *column);

void kube_cell_text(struct cell *x, const char *text); /* NULL writes "" */
void kube_cell_int(struct cell *x, int64_t n);
void cell_bool_text(struct cell *x, const struct tree *v);

/* By dotted path: "" and 0 when absent. */
const char *cell_text_at(const struct cell *x, const char *path);
int64_t cell_int_at(const struct cell *x, const char *path);
/* Members of an array or object; 0 of anything else. */
uint32_t cell_length(const struct tree *list);
/* A LabelSelector, or the plain map of services and replication controllers;
 * "<none>" when it selects all. */
const char *cell_selector_text(struct cell *x, const struct tree *s);

/* As kubectl prints durations: "5m3s", "2d4h". */
char *human_duration(int64_t ms, char out[static 40]);
void cell_age_of(struct cell *x, const struct tree *time);

/* kube_cells_pod.c */
cell_fn cell_pod_ready, cell_pod_status, cell_pod_restarts, cell_pod_ip,
	cell_pod_gates, cell_containers, cell_images, cell_selector;
/* kube_cells_kinds.c */
cell_fn cell_node_status, cell_node_roles, cell_node_internal_ip,
	cell_node_external_ip, cell_event_last, cell_event_first,
	cell_event_object, cell_event_source, cell_event_message,
	cell_event_count, cell_data_count, cell_service_external,
	cell_service_ports, cell_endpoints, cell_access_modes, cell_pv_status,
	cell_pv_claim, cell_pvc_status, cell_ready_of_replicas,
	cell_node_selector, cell_job_status, cell_job_completions,
	cell_job_duration, cell_suspend, cell_active_count,
	cell_last_schedule, cell_min_available, cell_max_unavailable,
	cell_global_default, cell_allow_expansion, cell_drivers,
	cell_attach_required, cell_pod_info, cell_volume_modes, cell_attached,
	cell_slice_ports, cell_slice_endpoints, cell_hpa_reference,
	cell_hpa_targets, cell_role_ref, cell_subject_users,
	cell_subject_groups, cell_subject_accounts, cell_claim_state;
/* kube_cells_rest.c */
cell_fn cell_quota_request, cell_quota_limit, cell_ingress_class,
	cell_ingress_hosts, cell_ingress_address, cell_ingress_ports,
	cell_class_parameters, cell_policy_pods, cell_revision_owner,
	cell_template_labels, cell_csr_duration, cell_csr_condition,
	cell_api_service, cell_api_available, cell_storage_capacity,
	cell_token_requests, cell_republish;

#endif
