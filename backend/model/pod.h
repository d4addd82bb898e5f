/*
 * Pods: everything the scheduler's predicates, the drain rules and the console
 * read of one, and nothing else (never env, secrets, managedFields).
 *
 * Source: core/v1 Pod; reference cluster-autoscaler 2, 5.6; integrations A2-A5.
 */
#ifndef MODEL_POD_H
#define MODEL_POD_H

#include "backend/model/meta.h"

enum pod_phase { POD_UNKNOWN, POD_PENDING, POD_RUNNING, POD_SUCCEEDED,
		 POD_FAILED };
enum container_role { CONTAINER_APP, CONTAINER_INIT, CONTAINER_SIDECAR };
enum container_state { CONTAINER_NONE, CONTAINER_WAITING, CONTAINER_RUNNING,
		       CONTAINER_TERMINATED };

struct host_port {
	const char *ip;	      /* "" means every address */
	const char *protocol; /* TCP when absent */
	int32_t port;
};

struct container {
	const char *name, *image;
	struct resources requests;
	const struct resources *limits; /* NULL: none */
	const struct host_port *ports; /* only those with a hostPort */
	uint32_t port_n;
	uint8_t role;  /* enum container_role */
	/* status */
	uint8_t state; /* enum container_state */
	bool ready;
	bool started;  /* status.started: passed its startup probe */
	uint16_t status_at; /* 1-based place in its status list; 0: none */
	int32_t restarts, exit_code, signal;
	const char *reason, *message; /* of waiting or terminated */
	/* In-place resize (reference 2.3): status.allocatedResources and
	 * status.resources.requests; NULL when absent, as mostly. */
	const struct resources *allocated, *actual;
	const char *last_reason; /* lastState.terminated: OOMKilled ... */
	int32_t last_exit_code;
};

/* Apart from the rest, which is the same for many pods. */
struct container_times {
	int64_t started_ms, finished_ms;
};

/* One of the OR-ed terms of a node selector; empty matches nothing. */
struct node_term {
	const struct requirement *labels, *fields; /* matchFields */
	uint32_t label_n, field_n;
};

struct pod_term { /* pod (anti-)affinity, required only */
	struct selector selector;
	struct selector ns_selector; /* present only when given */
	const char *const *namespaces;
	uint32_t ns_n;
	const char *topology_key;
	const char *const *match_keys, *const *mismatch_keys;
	uint32_t match_n, mismatch_n;
};

struct spread {
	const char *topology_key;
	struct selector selector;
	int32_t max_skew, min_domains; /* min_domains 0: absent */
	bool do_not_schedule;
	bool ignore_affinity; /* nodeAffinityPolicy: Ignore */
	bool honor_taints;    /* nodeTaintsPolicy: Honor */
	const char *const *match_keys;
	uint32_t match_n;
};

enum volume_kind { VOLUME_OTHER, VOLUME_EMPTY_DIR, VOLUME_MEMORY_DIR,
		   VOLUME_HOST_PATH, VOLUME_CLAIM, VOLUME_EPHEMERAL,
		   VOLUME_CSI, VOLUME_AWS_EBS, VOLUME_GCE_PD, VOLUME_ISCSI };

struct volume {
	const char *name;
	const char *source; /* claim, CSI driver, path; id of the disk */
	uint8_t kind;	    /* enum volume_kind */
	bool read_only;
};

struct pod {
	struct record record;
	struct meta meta;
	/* spec */
	const char *node_name; /* "" while unscheduled */
	const char *scheduler;
	const char *priority_class;
	const char *service_account;
	int32_t priority;
	bool has_priority;
	bool preempt_never;	/* preemptionPolicy: Never */
	bool host_network;
	bool gated;		/* schedulingGates present */
	bool restart_never, restart_on_failure; /* else Always */
	int64_t grace_s;	/* terminationGracePeriodSeconds, -1: absent */
	int64_t deadline_s;	/* activeDeadlineSeconds, 0: none */
	struct labels node_selector;
	const struct node_term *node_terms; /* required node affinity */
	uint32_t node_term_n;
	bool has_node_affinity; /* required given, even with no terms */
	const struct pod_term *affinity, *anti_affinity;
	uint32_t affinity_n, anti_affinity_n;
	const struct toleration *tolerations;
	uint32_t toleration_n;
	const struct spread *spreads;
	uint32_t spread_n;
	const struct volume *volumes;
	uint32_t volume_n;
	const struct container *containers; /* init and sidecars first */
	const struct container_times *times; /* beside them, or NULL */
	uint32_t container_n;
	uint32_t time_n; /* container_n or 0 */
	const struct resources *overhead; /* NULL: none, as mostly */
	const struct resources *pod_requests, *pod_limits; /* spec.resources */
	uint32_t resource_claims; /* DRA claims, how many */
	/* Derived at decoding by the rules of reference 2.3. */
	struct resources requests;
	/* Of all fields above that scheduling reads, plus labels: equal pods
	 * have equal hashes (reference 1.4). */
	uint64_t spec_hash;
	/* status */
	uint8_t phase;		/* enum pod_phase */
	const char *reason, *message;
	const char *nominated_node;
	const char *pod_ip, *host_ip;
	int64_t started_ms;
	/* conditions we read; _ms is lastTransitionTime */
	bool scheduled, unschedulable, initialized, containers_ready, ready;
	bool has_scheduled;	/* condition PodScheduled exists */
	bool disruption_target;
	bool resize_infeasible;
	const char *scheduled_reason; /* reason of PodScheduled=False */
	const char *scheduled_message;
	int64_t scheduled_ms, initialized_ms, ready_ms;
	const char *disruption_reason;
	/* GitLab: from labels and annotations of the executor; untrusted text
	 * (integrations A3).  job_id 0: not a job pod. */
	int64_t job_id, project_id;
	bool is_job, is_manager, is_pause;
};

const char *pod_phase_name(enum pod_phase phase);
/* What kubectl prints under STATUS: "Running", "Init:0/1", "OOMKilled",
 * "Terminating", "ImagePullBackOff" ...; writes into out. */
const char *pod_status_text(const struct pod *p, char *out, size_t room);
uint32_t pod_ready_count(const struct pod *p, uint32_t *total);
int32_t pod_restarts(const struct pod *p);
/* When c, one of p's containers, last started; 0: unknown. */
int64_t pod_container_started_ms(const struct pod *p,
				 const struct container *c);
bool pod_is_finished(const struct pod *p); /* Succeeded or Failed */
bool pod_is_daemon(const struct pod *p);   /* reference 5.4 */
bool pod_is_mirror(const struct pod *p);

/* Effective requests by the rules of reference 2.3, from the containers; used
 * by the decoder, which seals the result.  False on overflow. */
struct seal;
bool pod_sum_requests(struct pod *p, struct seal *s);

#endif
