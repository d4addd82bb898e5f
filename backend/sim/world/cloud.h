/*
 * The simulated AWS account: instances, Auto Scaling groups, their launch
 * templates and node groups, subnets and addresses.
 *
 * cloud.c owns the things, group.c and group_leave.c make the groups behave,
 * cloud_act.c and cloud_standby.c are what callers of the API may ask for (the
 * AWS face, the deployed autoscaler and tests alike), cloud_json.c tells the
 * facts in the API's own words.  What EKS adds is in eks.h.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_CLOUD_H
#define SIM_WORLD_CLOUD_H

#include <jansson.h>

#include "backend/sim/world/releases.h"
#include "backend/sim/world/scenario.h"
#include "backend/sim/world/sim.h"
#include "backend/sim/world/types.h"

struct cloud_subnet {
	char id[32], zone[32], zone_id[16], cidr[24];
	uint32_t base, size;	/* first address, number of addresses */
	uint32_t free, next;	/* AWS's own five never were free */
	uint8_t *used;		/* bit per address */
};

enum instance_state { /* EC2's codes */
	INSTANCE_PENDING = 0,
	INSTANCE_RUNNING = 16,
	INSTANCE_SHUTTING_DOWN = 32,
	INSTANCE_TERMINATED = 48,
};

enum lifecycle {
	LIFECYCLE_NONE, /* no longer in a group */
	LIFECYCLE_PENDING,
	LIFECYCLE_IN_SERVICE,
	LIFECYCLE_ENTERING_STANDBY,
	LIFECYCLE_STANDBY,
	LIFECYCLE_TERMINATING, /* from here on it is on its way out */
	LIFECYCLE_TERMINATING_WAIT,
	LIFECYCLE_TERMINATING_PROCEED,
};

struct cloud_group;

/* A network interface as the VPC CNI keeps it: filled with addresses to the
 * brim, one more of them attached than the pods need. */
struct cloud_eni {
	VEC(uint32_t) addresses; /* its own first, then the pods' */
	uint32_t used;		 /* of the pods' */
};

/* What aws-node is told; 0: not told, one interface is kept spare. */
struct cloud_cni {
	int32_t warm_ips;    /* WARM_IP_TARGET */
	int32_t minimum_ips; /* MINIMUM_IP_TARGET */
};

struct cloud_instance {
	char id[24];
	const struct sim_type *type;
	struct cloud_subnet *subnet;
	struct cloud_group *group; /* NULL: it has left its group */
	const struct scenario_group *plan;
	int32_t template_version;
	const struct sim_release *release; /* of its image */
	uint32_t address;
	char private_ip[16], dns[80];
	enum instance_state state;
	enum lifecycle lifecycle;
	bool protect, spot, unhealthy;
	enum boot_failure boot;
	int64_t notice_ms; /* EC2 wants the spot instance back; 0: no */
	bool drained; /* its node needs no draining any more */
	int64_t launched_ms, ended_ms;
	const char *reason_code, *reason; /* StateReason; static, or NULL */
	const struct cloud_cni *cni; /* the account's */
	VEC(struct cloud_eni) enis; /* the primary first */
	VEC(uint32_t) idle; /* of their addresses: longest out of use first */
	struct cloud_activity *activity; /* the one under way, or NULL */
	/* Of no group: rented by docker+machine under this name, which is also
	 * its key pair's; NULL otherwise. */
	char *machine;
	bool tagged; /* a rented one carries its tags */
	uint64_t timer;
};

struct cloud_tag {
	char *key, *value;
	bool at_launch;
};

struct cloud_activity {
	char id[40];
	char *description, *cause, *message; /* message NULL: none */
	const char *status, *zone, *subnet;  /* static or the subnet's */
	int64_t started_ms, ended_ms;
	int32_t progress;
};

enum cloud_process { /* bits of cloud_group.suspended */
	PROCESS_LAUNCH,
	PROCESS_TERMINATE,
	PROCESS_ADD_TO_LB,
	PROCESS_ALARM,
	PROCESS_AZ_REBALANCE,
	PROCESS_HEALTH_CHECK,
	PROCESS_INSTANCE_REFRESH,
	PROCESS_REPLACE,
	PROCESS_SCHEDULED,
	PROCESS_COUNT
};
extern const char *const cloud_process_names[PROCESS_COUNT];

struct cloud_template { /* one version of a group's launch template */
	const struct sim_release *release;
	int64_t created_ms;
};

enum { ACTIVITIES_KEPT = 256 }; /* per group, newest */

struct cloud_group {
	const struct scenario_group *plan;
	const char *name;
	char arn[256], template_id[32], template_name[80];
	int32_t min, max, desired;
	uint32_t suspended;
	int64_t created_ms;
	int64_t cooldown_ms, grace_ms; /* DefaultCooldown, health checks' */
	bool protect_new, rebalance;
	char *policies; /* TerminationPolicies with commas; NULL: as EKS's */
	VEC(struct cloud_template) templates; /* versions, from 1 */
	struct cloud_nodegroup *nodegroup; /* eks.h; NULL: not managed */
	VEC(struct cloud_instance *) instances;
	VEC(struct cloud_tag) tags;
	VEC(struct cloud_activity *) activities; /* oldest first */
	VEC(struct cloud_refresh *) refreshes;	 /* cloud_refresh.h */
	char *cause;	 /* why desired is what it is; NULL: no request */
	uint32_t failures; /* launches refused in a row */
	int64_t retry_ms;  /* not before this after a refusal */
	int64_t timer_ms;
	uint64_t timer;
	struct rng rng;
};

struct cloud_key { /* a key pair: its public half's fingerprint */
	char *name, *fingerprint;
	const char *type; /* "rsa", "ed25519" */
	char id[32];
	int64_t created_ms;
	json_t *tags;
};

struct cloud {
	struct sim *sim;
	struct arena *arena;
	const char *region, *account, *vpc_id;
	const char *issuer; /* of the cluster's OIDC identities */
	/* Where its Kubernetes answers and who vouches for that (PEM); NULL
	 * while nobody serves it.  The server's. */
	const char *endpoint, *authority;
	struct cloud_subnet *subnets;
	uint32_t subnet_n;
	struct cloud_group *groups;
	struct scenario_group *plans; /* the groups', theirs to change */
	uint32_t group_n;
	struct eks *eks; /* eks.h */
	VEC(struct cloud_key) keys;
	struct cloud_cni cni;
	struct map *instances; /* id -> instance, terminated ones for an hour */
	/* Optional: launches that are refused for want of capacity, besides
	 * those of the scenario. */
	bool (*refuses)(void *ctx, const struct cloud_group *g,
			const struct sim_type *type, const char *zone);
	void *refuses_ctx;
};

struct cloud *cloud_new(struct sim *w);
void cloud_free(struct cloud *c);
/* A struct cloud_instance that no map holds any more. */
void instance_free(void *instance);
/* The instances that run at the start; called at each group's age. */
void cloud_found(struct cloud *c, struct cloud_group *g);

struct cloud_group *cloud_group(struct cloud *c, const char *name);
struct cloud_instance *cloud_instance(struct cloud *c, const char *id);
/* By private DNS name, running or shutting down; NULL. */
struct cloud_instance *cloud_instance_of_node(struct cloud *c,
					      const char *node);

/* ---- addresses.c ---- */

/* The n-th zone's subnet. */
void subnet_found(struct cloud *c, struct cloud_subnet *s, uint32_t n,
		  const char *zone);
char *address_text(uint32_t address, char out[static 16]);
/* The machine's own; 0: the subnet has none left. */
uint32_t instance_first_address(struct cloud_instance *i);
/* A pod's address from the instance's interfaces; 0: none to be had. */
uint32_t instance_pod_address(struct cloud_instance *i);
void instance_pod_release(struct cloud_instance *i, uint32_t address);
/* Gives back what is held beyond the CNI's targets. */
void instance_addresses_trim(struct cloud_instance *i);
/* All go back to the subnet; the second also frees the lists. */
void instance_addresses_give(struct cloud_instance *i);
void instance_addresses_free(struct cloud_instance *i);

/* ---- machine.c: instances that docker+machine rents ---- */

/* NULL: the subnets have no address left.  plan is borrowed; id comes from
 * rng. */
struct cloud_instance *machine_rent(struct cloud *c,
				    const struct scenario_group *plan,
				    const char *name, struct rng *rng);
/* The key pair of that name: there from the first moment, gone only when a
 * manager removes its machine. */
void machine_add_key(struct cloud *c, const char *name);
void machine_drop_key(struct cloud *c, const char *name);
#define MACHINE_IMAGE "ami-0d71ea30463e0ff8d" /* Ubuntu */
/* Sets what its description says other than a node's. */
void machine_describe(const struct cloud_instance *i, json_t *o);

/* ---- group.c ---- */

/* Compares desired with what is there, soon. */
void group_poke(struct cloud *c, struct cloud_group *g, int64_t delay_ms);
uint32_t group_alive(const struct cloud_group *g);
/* Counts for the group: neither in standby nor on its way out. */
bool instance_is_alive(const struct cloud_instance *i);
/* cause is taken over. */
void group_terminate(struct cloud *c, struct cloud_instance *i, char *cause);
/* The node is empty: the instance may go. */
void instance_drained(struct cloud *c, struct cloud_instance *i);
/* Shuts it down now, whatever the group thinks. */
void instance_stop(struct cloud *c, struct cloud_instance *i,
		   const char *reason_code, const char *reason);
/* Ends what is under way for the instance, if anything. */
void instance_activity_end(struct cloud *c, struct cloud_instance *i,
			   const char *status);
/* group_leave.c's half of an evaluation. */
void group_find_unhealthy(struct cloud *c, struct cloud_group *g);
void group_scale_in(struct cloud *c, struct cloud_group *g, uint32_t alive);
/* New record with a reference of the group's history only: borrowed. */
struct cloud_activity *group_activity(struct cloud *c, struct cloud_group *g,
				      const char *status, char *description,
				      char *cause);

/* ---- spot.c ---- */

/* EC2 begins to want instances back, where the scenario says so. */
void spot_begin(struct cloud *c);
/* Two minutes from now the instance is stopped. */
void spot_notice(struct cloud *c, struct cloud_instance *i);

/* ---- refusal.c ---- */

/* Why EC2 would not launch it, as an activity's StatusMessage; new. */
char *refusal_text(const struct cloud *c, const struct cloud_group *g,
		   const char *type, const struct cloud_subnet *s);

/* ---- cloud_act.c: what the API's writes do; false with the fault ---- */

struct cloud_fault {
	int http;
	char code[64];
	char message[1600];
};
PRINTF_LIKE(4, 5)
bool cloud_fail(struct cloud_fault *f, int http, const char *code,
		const char *fmt, ...);

bool cloud_set_desired(struct cloud *c, const char *group, int64_t desired,
		       struct cloud_fault *f);
struct cloud_limits { /* INT64_MIN: leave as it is */
	int64_t min, max, desired;
};
bool cloud_update_group(struct cloud *c, const char *group,
			const struct cloud_limits *l, struct cloud_fault *f);
struct cloud_traits { /* -1 or NULL: leave as it is */
	int64_t cooldown_s, grace_s;
	int protect_new, rebalance;
	const char *policies, *subnets; /* with commas */
};
bool cloud_update_traits(struct cloud *c, const char *group,
			 const struct cloud_traits *t, struct cloud_fault *f);
/* False (ScalingActivityInProgress) within the cooldown of the last activity
 * that has ended. */
bool cloud_is_cool(struct cloud *c, const char *group, struct cloud_fault *f);
/* *activity is borrowed. */
bool cloud_terminate_in_group(struct cloud *c, const char *instance,
			      bool decrement,
			      const struct cloud_activity **activity,
			      struct cloud_fault *f);
/* EC2's own: the group, if any, will replace it. */
bool cloud_terminate(struct cloud *c, const char *instance,
		     struct cloud_fault *f);
/* processes NULL or empty: all. */
bool cloud_suspend(struct cloud *c, const char *group, bool suspend,
		   const struct names *processes, struct cloud_fault *f);
/* An unhealthy instance is replaced at the next health check. */
bool cloud_set_health(struct cloud *c, const char *instance, bool healthy,
		      struct cloud_fault *f);
bool cloud_put_tag(struct cloud *c, const char *group, const char *key,
		   const char *value, bool at_launch, struct cloud_fault *f);
bool cloud_drop_tag(struct cloud *c, const char *group, const char *key,
		    struct cloud_fault *f);
bool cloud_protect(struct cloud *c, const char *group, const char *instance,
		   bool protect, struct cloud_fault *f);

/* ---- cloud_standby.c: all of the ids or none; activities are borrowed, one
 * an id ---- */

bool cloud_enter_standby(struct cloud *c, const char *group,
			 const struct names *ids, bool decrement,
			 const struct cloud_activity **activities,
			 struct cloud_fault *f);
bool cloud_exit_standby(struct cloud *c, const char *group,
			const struct names *ids,
			const struct cloud_activity **activities,
			struct cloud_fault *f);

/* ---- cloud_net.c: what the account has without anybody asking; lists ---- */

/* "nat-0123...": of the account's thing of that name, the same in each run. */
char *cloud_id(const struct cloud *c, const char *prefix, const char *name,
	       char out[static 32]);
json_t *cloud_vpcs_json(const struct cloud *c);
/* Those of the nodes, then the public ones that hold the NAT gateways. */
json_t *cloud_subnets_json(const struct cloud *c);
json_t *cloud_nat_gateways_json(const struct cloud *c);
json_t *cloud_addresses_json(const struct cloud *c);
json_t *cloud_route_tables_json(const struct cloud *c);
json_t *cloud_internet_gateways_json(const struct cloud *c);
json_t *cloud_security_groups_json(const struct cloud *c);
/* Of every instance, with the addresses its pods may have. */
json_t *cloud_interfaces_json(const struct cloud *c);

/* ---- cloud_price.c ---- */

/* Of one hour of spot capacity, in micro dollars, at a time; since_ms: since
 * when it has been so. */
int64_t cloud_spot_price(const struct sim_type *t, const char *zone,
			 int64_t at_ms, int64_t *since_ms);

/* ---- cloud_json.c: new trees with the API's member names ---- */

const char *lifecycle_name(enum lifecycle l);
const char *instance_state_name(enum instance_state s);
json_t *cloud_group_json(const struct cloud *c, const struct cloud_group *g,
			 bool instances);
json_t *cloud_group_instance_json(const struct cloud_instance *i, bool alone);
json_t *cloud_activity_json(const struct cloud_group *g,
			    const struct cloud_activity *a);
json_t *cloud_tag_json(const struct cloud_group *g, const struct cloud_tag *t);
json_t *cloud_instance_json(const struct cloud *c,
			    const struct cloud_instance *i);
/* The newest version; or the one of this number. */
json_t *cloud_template_json(const struct cloud *c,
			    const struct cloud_group *g);
json_t *cloud_template_version_json(const struct cloud *c,
				    const struct cloud_group *g,
				    uint32_t version);
json_t *cloud_type_json(const struct sim_type *t);
json_t *cloud_subnet_json(const struct cloud *c,
			  const struct cloud_subnet *s);
json_t *cloud_image_json(const char *arch, const struct sim_release *r);
json_t *cloud_nodegroup_json(const struct cloud *c,
			     const struct cloud_group *g);
json_t *cloud_cluster_json(const struct cloud *c);
/* "sir-...": of the request that brought a spot instance. */
char *cloud_spot_request_id(const struct cloud_instance *i,
			    char out[static 32]);
char *cloud_image_id(const char *arch, const struct sim_release *r,
		     char out[static 32]);

#endif
