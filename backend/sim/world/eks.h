/*
 * What EKS keeps of the account: managed node groups' settings, updates that
 * are under way or over, access entries, add-ons.
 *
 * eks.c owns them, eks_config.c changes settings of a node group, eks_roll.c
 * replaces its nodes (update-nodegroup-version), eks_nodes.c does what that
 * means to the cluster, cloud_eks_json.c tells the facts in the REST API's
 * member names.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_EKS_H
#define SIM_WORLD_EKS_H

#include "backend/sim/world/cloud.h"

struct eks_update {
	char id[40];
	char token[80];	    /* clientRequestToken, "" */
	const char *type;   /* "VersionUpdate", "ConfigUpdate" */
	const char *status; /* "InProgress" ... */
	const char *nodegroup, *addon; /* NULL: not about one */
	json_t *params, *errors;
	int64_t created_ms;
};

struct cloud_nodegroup {
	const struct sim_release *release; /* what its nodes are to run */
	int32_t unavailable, unavailable_percent; /* one of them is 0 */
	bool minimal;			   /* updateStrategy MINIMAL */
	bool repair;			   /* nodeRepairConfig.enabled */
	int64_t modified_ms;
	struct eks_update *running; /* NULL: none */
	struct roll *roll;	    /* eks_roll.c */
};

struct eks_access { /* an access entry */
	char *principal, *username, *type, *id;
	json_t *groups, *tags;
	json_t *policies; /* associatedAccessPolicies */
	int64_t created_ms, modified_ms;
};

struct eks_addon {
	const char *name;
	char *version, *configuration; /* configuration NULL: none */
	char id[40];
	int64_t created_ms, modified_ms;
	struct eks_update *running;
};

enum { EKS_UPDATES_KEPT = 200 };

struct eks {
	struct cloud *cloud;
	struct rng rng;
	VEC(struct eks_update *) updates; /* oldest first */
	VEC(struct eks_access *) access;
	VEC(struct eks_addon *) addons;
};

struct eks *eks_new(struct cloud *c);
void eks_free(struct eks *e);

/* By node group name; NULL when EKS does not manage one of that name. */
struct cloud_group *eks_nodegroup(struct cloud *c, const char *name);
struct eks_update *eks_update_find(struct eks *e, const char *id);
struct eks_addon *eks_addon(struct eks *e, const char *name);
struct eks_access *eks_access(struct eks *e, const char *principal);

/* New update, borrowed; params is taken over. */
struct eks_update *eks_update_begin(struct eks *e, const char *type,
				    json_t *params);
/* It succeeds after about this long. */
void eks_update_settle(struct eks *e, struct eks_update *u,
		       int64_t median_ms);
/* errors (or NULL: it succeeded) is taken over. */
void eks_update_end(struct eks *e, struct eks_update *u, json_t *errors);

/* ---- node groups: all return the update, or NULL with the fault ---- */

struct eks_config { /* INT64_MIN or NULL: leave as it is */
	struct cloud_limits sizes;
	int64_t unavailable, unavailable_percent;
	const char *strategy;	   /* "DEFAULT", "MINIMAL" */
	int repair;		   /* -1: leave */
	const json_t *labels_put;  /* object of texts */
	const json_t *labels_drop; /* array of keys */
	const json_t *taints_put, *taints_drop; /* arrays of EKS's taints */
	json_t *params;		   /* as the update tells them; taken over */
};
struct eks_update *eks_configure(struct cloud *c, struct cloud_group *g,
				 const struct eks_config *x,
				 struct cloud_fault *f);
/* Replaces every instance whose image is of another release. */
struct eks_update *eks_roll(struct cloud *c, struct cloud_group *g,
			    const struct sim_release *to, bool force,
			    struct cloud_fault *f);
void roll_free(struct roll *r);

/* ---- access entries and add-ons ---- */

struct eks_access *eks_access_add(struct eks *e, const char *principal,
				  const char *type, const char *username);
void eks_access_drop(struct eks *e, struct eks_access *a);
struct eks_update *eks_addon_update(struct eks *e, struct eks_addon *a,
				    const char *version,
				    const char *configuration);

struct eks_addon_version { /* name NULL ends the table */
	const char *addon, *version, *minor;
	bool initial; /* what a cluster has had since it was made */
};
extern const struct eks_addon_version eks_addon_versions[];

/* ---- eks_nodes.c: what EKS does to the cluster's objects ---- */

/* The nodes of a group get labels and taints in place of those they had. */
void eks_nodes_configure(struct cloud *c, struct cloud_group *g,
			 const struct names *labels,
			 const struct names *taints);
/* The add-on's workload gets the image of its version. */
void eks_addon_apply(struct cloud *c, const struct eks_addon *a);
bool eks_node_is_ready(struct cloud *c, const struct cloud_instance *i);
/* Sets an instance's node aside for replacement, or takes that back. */
void eks_node_cordon(struct cloud *c, const struct cloud_instance *i, bool on);

/* ---- cloud_eks_json.c ---- */

json_t *eks_update_json(const struct eks_update *u);
json_t *eks_access_json(const struct cloud *c, const struct eks_access *a);
json_t *eks_addon_json(const struct cloud *c, const struct eks_addon *a);

#endif
