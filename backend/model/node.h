/*
 * Nodes.  Source: core/v1 Node; reference cluster-autoscaler 6.2, 7.3;
 * integrations H (labels, providerID).
 */
#ifndef MODEL_NODE_H
#define MODEL_NODE_H

#include "backend/model/meta.h"

enum tristate { TRI_UNKNOWN, TRI_FALSE, TRI_TRUE };

struct node_image { /* largest first, at most NODE_IMAGES of them */
	const char *name;
	int64_t bytes;
};
enum { NODE_IMAGES = 32 };

struct node {
	struct record record;
	struct meta meta;
	const char *provider_id; /* "aws:///eu-west-1a/i-0abc" */
	const char *instance_id; /* last part of it, "" when not AWS */
	bool unschedulable;
	const struct taint *taints;
	uint32_t taint_n;
	struct resources capacity, allocatable;
	/* conditions */
	uint8_t ready, memory_pressure, disk_pressure, pid_pressure;
	uint8_t network_unavailable, suspended; /* enum tristate */
	bool has_ready;
	const char *ready_reason, *ready_message;
	int64_t ready_ms;	  /* lastTransitionTime of Ready */
	int64_t heartbeat_ms;	  /* lastHeartbeatTime of Ready */
	const char *kubelet_version, *os_image, *kernel, *arch, *runtime;
	const char *internal_ip, *external_ip, *hostname;
	const struct node_image *images;
	uint32_t image_n;
	uint64_t spec_hash; /* labels, taints, allocatable: equal nodes, equal
			       hashes (hostname left out) */
};

/* Readiness as Cluster Autoscaler sees it (reference 6.2). */
bool node_is_ready(const struct node *n);
const struct taint *node_taint(const struct node *n, const char *key);
/* "Ready", "NotReady", with ",SchedulingDisabled" as kubectl prints it. */
const char *node_status_text(const struct node *n, char *out, size_t room);
/* Well-known labels with their legacy spellings; "" when absent. */
const char *node_instance_type(const struct node *n);
const char *node_zone(const struct node *n);
const char *node_capacity_type(const struct node *n); /* "spot"/"on-demand" */

#define TAINT_TO_BE_DELETED "ToBeDeletedByClusterAutoscaler"
#define TAINT_CANDIDATE "DeletionCandidateOfClusterAutoscaler"
/* Ours: no new jobs on a node whose last job is waited for (design 5). */
#define TAINT_DRAINING "paddock/draining"
/* "true": the deployed autoscaler never removes the node (reference 8.2). */
#define ANNOTATION_NO_SCALE_DOWN \
	"cluster-autoscaler.kubernetes.io/scale-down-disabled"
/* Ours: that we set the one above, until when and why (control/hold.h). */
#define ANNOTATION_HOLD "paddock/hold"

#endif
