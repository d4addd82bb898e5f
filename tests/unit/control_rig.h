/*
 * A whole backend against one scripted server that is both a cluster and AWS:
 * nodes, pods, a Lease, Auto Scaling groups, and a log of every request.
 *
 * The backend's clock is moved by hand.  The server lives on a reactor of its
 * own; rig_turn pumps both.
 */
#ifndef UNIT_CONTROL_RIG_H
#define UNIT_CONTROL_RIG_H

#include "backend/base/buf.h"
#include "backend/control/backend.h"
#include "backend/model/cloud.h"
#include "backend/model/workload.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

enum { RIG_OBJECTS = 16, RIG_GROUPS = 4, RIG_PEERS = 3,
       RIG_PATHS = 8 };

struct rig_object { /* a pod, node or deployment */
	char name[64], uid[32];
	char *json;	/* the whole object; NULL: empty place */
	int rv;
};

struct rig_group {
	char name[32];
	int min, desired, max;
	char instances[200]; /* comma separated, InService */
};

struct control_rig {
	struct fake_clock clock;
	struct reactor *server_loop;
	struct fake_http *server;
	char *dir;		/* temporary */
	char *kubeconfig, *journal, *config;
	struct port *port;
	struct backend *backend;
	struct backend_config options;
	uint64_t next_id;
	struct reply answer;	/* to the last command */
	bool has_answer;
	/* The world of the server. */
	int rv;
	/* The newest change of what is at each path: it keeps no history, and
	 * where strict_watches is set a watch from before that is too old. */
	bool strict_watches;
	struct rig_told {
		char path[128];
		int rv;
	} told[RIG_PATHS];
	struct rig_object nodes[RIG_OBJECTS], pods[RIG_OBJECTS],
		deployments[RIG_OBJECTS];
	struct rig_group groups[RIG_GROUPS];
	char *lease;		/* JSON of the Lease, or NULL */
	int lease_rv;
	int pod_restarts;	/* of the next rig_pod */
	int pod_priority;	/* the same; 0: none */
	/* What the server does to requests. */
	const char *deny;	/* resource that access reviews deny */
	int conflicts;		/* 409 for that many writes */
	bool hang_writes;	/* writes get no answer */
	bool break_renewals;	/* 500 for PUT leases */
	bool lose_answers;	/* writes happen, their answers do not come */
	bool keep_lease_answers; /* ... those about the Lease do */
	bool fail_aws;		/* 400 for writes */
	bool late_groups;	/* no answer to who lists every group */
	bool refuse_evictions;	/* 429: a disruption budget */
	bool keep_evicted;	/* evicted pods do not end */
	const char *secret;	/* body of GET .../secrets/NAME, or NULL */
	char *priorities;	/* the priority expander's ConfigMap, or NULL;
				   the test's */
	/* Several backends may talk to it, each under a path of its own ("/a");
	 * those of silent ones hear nothing. */
	const char *peers[RIG_PEERS];
	bool silent[RIG_PEERS];
	void (*on_write)(struct control_rig *r, const struct fake_request *q);
	/* What it saw. */
	struct buf writes;	/* "METHOD target\nbody\n" of each */
	uint32_t write_n, unjournalled; /* without a durable intent */
	/* Notes and other unasked replies, lines. */
	struct buf notes;
};

void rig_init(struct control_rig *r);
/* control_server.c, control_kube.c, control_aws.c; the world is in
 * control_world.c. */
void rig_answer(void *ctx, struct fake_conn *c, const struct fake_request *q);
/* Nodes n1 and n2 of group general 1..5 at 2; pods ci/web and ci/job (42). */
void rig_small_world(struct control_rig *r);
/* options.simulated and so on may be changed before. */
void rig_go(struct control_rig *r);
/* Until Kubernetes and AWS are live. */
void rig_until_live(struct control_rig *r);
void rig_end(struct control_rig *r);
void rig_restart(struct control_rig *r);

void rig_turn(struct control_rig *r);
/* Moves time in small steps, pumping. */
void rig_pass(struct control_rig *r, int64_t ms);
#define rig_until(r, condition)                                             \
	do {                                                                \
		int64_t end_ = clock_boot_ms(&clock_system) + 15000;        \
		while (!(condition)) {                                      \
			if (clock_boot_ms(&clock_system) > end_)            \
				fail_msg("waited too long for %s",          \
					 #condition);                       \
			rig_turn(r);                                        \
		}                                                           \
	} while (0)

/* ---- the world ---- */
void rig_node(struct control_rig *r, const char *name, const char *uid,
	      const char *instance, bool unschedulable);
void rig_tainted_node(struct control_rig *r, const char *name, const char *uid,
		      const char *instance, const char *taint); /* cordoned */
/* node NULL: unschedulable; job 0: no job; role NULL, "manager", "ca", "tiny"
 * (asks for little, a ReplicaSet owns it), "daemon" (the same, of a
 * DaemonSet). */
void rig_pod(struct control_rig *r, const char *ns, const char *name,
	     const char *uid, const char *node, int job, const char *role);
/* value NULL: the annotation comes off. */
void rig_annotate(struct control_rig *r, const char *node, const char *key,
		  const char *value);
void rig_pod_gone(struct control_rig *r, const char *name);
void rig_node_gone(struct control_rig *r, const char *name);
/* The members of its annotations ("\"a\":\"b\""), "" none. */
void rig_annotate_node(struct control_rig *r, const char *name,
		       const char *members);
/* The JSON of the node as the server has it, "" when it is gone. */
const char *rig_node_json(struct control_rig *r, const char *name);
void rig_group(struct control_rig *r, const char *name, int min, int desired,
	       int max, const char *instances);
void rig_lease(struct control_rig *r, const char *holder);
/* Of the deployed autoscaler, on its status ConfigMap. */
void rig_event(struct control_rig *r, const char *message);
void rig_deployment(struct control_rig *r, const char *name,
		    const char *image, const char *args_json);
char *rig_lease_holder(struct control_rig *r); /* new text */

/* ---- talking ---- */
/* Sends and waits for the reply; reply_fini it. */
struct reply rig_ask(struct control_rig *r, struct command c);
struct reply rig_preview(struct control_rig *r, const char *verb,
			 enum kind kind, const char *ns, const char *name,
			 const char *args);
struct reply rig_confirm(struct control_rig *r, uint64_t ref,
			 const char *typed);
/* Preview and confirm; returns the final code. */
enum err_code rig_do(struct control_rig *r, const char *verb, enum kind kind,
		     const char *ns, const char *name, const char *args,
		     const char *typed);
const struct snapshot *rig_look(struct control_rig *r); /* snapshot_unref */
bool rig_knows(struct control_rig *r, enum kind kind, const char *name);
/* How often the text stands in what was written to the server. */
uint32_t rig_wrote(const struct control_rig *r, const char *text);
/* The same in the journal file. */
uint32_t rig_journalled(const struct control_rig *r, const char *text);

#endif
