/*
 * Node groups: the Auto Scaling groups that the policy manages, their limits,
 * options and instances, and which node belongs where (reference 4.4, 7.2-7.5).
 */
#ifndef ENGINE_GROUPS_H
#define ENGINE_GROUPS_H

#include "backend/engine/cluster.h"
#include "backend/model/cloud.h"

/* Per-group options; tags override the policy (reference 4.4). */
struct group_options {
	double utilization, gpu_utilization;
	int64_t unneeded_ms, unready_ms;
	bool ignore_daemonsets;
};

struct group_member {
	const char *id, *zone;
	const char *provider; /* "aws:///zone/id" */
	uint32_t node;	      /* index of its node, NONE: unregistered */
	bool placeholder;     /* desired but not there (reference 7.5) */
	bool errored;	      /* a placeholder that cannot be fulfilled */
	bool deleting;
	bool long_unregistered;
	int64_t since_ms;     /* unregistered: first seen */
};

/* Where a group's template came from. */
enum template_from { TEMPLATE_NONE, TEMPLATE_NODE, TEMPLATE_CACHE,
		     TEMPLATE_CLOUD };

struct node_group {
	const struct group *asg; /* NULL: named by --nodes but not there */
	const char *name;
	int32_t min, max, target;
	int32_t planned;  /* nodes this decision adds */
	int32_t deleting; /* deletions under way */
	struct group_options options;
	struct group_member *members;
	uint32_t member_n;
	uint32_t *nodes; /* indices of its registered nodes */
	uint32_t node_n;

	/* template.c */
	const struct template *template;
	uint8_t template_from;
	bool good; /* ... and it is a good node: worth remembering */
	const char *template_fault; /* why there is none; "" */
	/* quota.c: the node that stands for all of the group's in sums: its
	 * first, else the template's; NULL when there is neither. */
	const struct node *sized;
	int64_t cloud_gpus; /* of its instance type (template.c) */

	/* health.c (reference 6) */
	int32_t ready, unready, not_started, suspended, deleted;
	int32_t unregistered, long_unregistered;
	int32_t upcoming;
	bool healthy;
	struct memory_request request;
	struct memory_backoff backoff;
	struct memory_size size;
	bool backed_off;
	int32_t timed_out, refused; /* launches given up now */
	int64_t timed_out_ms;
	int64_t last_up_ms, last_delete_ms, last_fail_ms;

	/* scale_up.c: why it is no option now: upstream's words, ours */
	const char *skipped, *skipped_detail;
};

struct groups {
	struct node_group *at; /* by name */
	uint32_t n;
};

void groups_build(struct run *r);
struct node_group *groups_find(struct run *r, const char *name);
/* Group and member of a node by its providerID; NONE when in none. */
uint32_t groups_of_node(struct run *r, const struct node *n,
			uint32_t *member);

#endif
