/*
 * A store on a hand-driven clock, and records made from few words.
 */
#ifndef UNIT_STORE_KIT_H
#define UNIT_STORE_KIT_H

#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/workload.h"
#include "backend/store/store.h"

struct hand_clock { /* moved by the test alone */
	struct clockwork work;
	int64_t wall_now_ms, boot_now_ms;
};

void hand_clock_init(struct hand_clock *c, int64_t wall_ms);
void hand_clock_step(struct hand_clock *c, int64_t ms);

struct kit {
	struct hand_clock clock;
	struct store *store;
	const struct sink *sink;
	struct seal *seal;
	const struct snapshot *snap; /* kit_look's last */
};

#define KIT_START_MS INT64_C(1771405200000) /* 2026-02-18T09:00:00Z */

void kit_init(struct kit *k);
void kit_fini(struct kit *k);
/* Publishes and keeps the snapshot until the next look. */
const struct snapshot *kit_look(struct kit *k);
/* That many minutes pass, looked at every half of one. */
void kit_watch(struct kit *k, int minutes);
void kit_put(struct kit *k, const void *record);
/* begin and an immediate complete end: the kind is loaded (and empty). */
void kit_load(struct kit *k, enum kind kind);

/* Zero fields take what a healthy one has. */
struct kit_pod {
	const char *name, *uid, *rv, *node, *ip;
	int64_t job_id, created_ms, ready_ms, deleted_ms;
	int64_t cpu_mcpu, memory_bytes;
	enum pod_phase phase;
	const char *waiting; /* reason of its only container */
	const char *token, *manager_name, *app, *reason, *message;
	bool manager, autoscaler, disrupted, daemon, unschedulable;
	int exit_code; /* its container ended with it (phase over) */
};
const void *kit_pod(struct kit *k, const struct kit_pod *p);

struct kit_node {
	const char *name, *uid, *rv, *instance, *taint, *taint_value;
	int64_t cpu_mcpu, memory_bytes, pods, created_ms;
	bool not_ready, cordoned, spot, disk_pressure;
};
const void *kit_node(struct kit *k, const struct kit_node *n);

/* instances: comma separated ids, all InService. */
const void *kit_group(struct kit *k, const char *name, int32_t min,
		      int32_t desired, int32_t max, const char *instances);
const void *kit_subnet(struct kit *k, const char *id, const char *zone,
		       int32_t left);
/* Running, of no node yet. */
const void *kit_instance(struct kit *k, const char *id, int64_t launched_ms);
/* Tags of jobs and runners: comma separated, or NULL. */
const void *kit_job(struct kit *k, int64_t id, enum job_status status,
		    const char *tag, int64_t runner_id, int64_t queued_ms);
const void *kit_runner(struct kit *k, int64_t id, const char *token,
		       const char *description, const char *tag,
		       const char *status);
/* runs: "kubernetes", "docker+machine" or NULL. */
const void *kit_manager(struct kit *k, int64_t id, int64_t runner_id,
			const char *system_id, const char *runs,
			int64_t created_ms, int64_t contacted_ms);
/* AWS' message of a launch that failed. */
const void *kit_launch_failed(struct kit *k, const char *id, const char *group,
			      const char *message, int64_t at_ms);
/* One that succeeded, a termination or a launch, by what its cause says. */
const void *kit_activity(struct kit *k, const char *id, const char *group,
			 const char *description, const char *cause,
			 int64_t at_ms);
const void *kit_event(struct kit *k, const char *name, const char *pod,
		      const char *type, const char *reason,
		      const char *message, int64_t at_ms);
const void *kit_configmap(struct kit *k, const char *ns, const char *name,
			  const char *key, const char *value);
const void *kit_lease(struct kit *k, const char *rv, const char *holder,
		      int64_t renewed_ms);

/* From the last look; NULL when there is no such row. */
const struct slot *kit_slot(struct kit *k, enum kind kind, const char *ns,
			    const char *name);
const void *kit_sum(struct kit *k, enum kind kind, const char *name);
const struct alarm *kit_alarm(struct kit *k, const char *id);

#endif
