/*
 * What a fresh start and a new leader have to know and no memory of ours holds:
 * what the leader's status and taints tell (engine_memory.c), and launches that
 * others asked for.  Desired minus actual counts as upcoming, or the same pods
 * would be given nodes twice (design 5; reference 6.5).
 */
#include "backend/control/engine_private.h"

#include <stdio.h>

#include "backend/base/log.h"
#include "backend/control/act_run.h"
#include "backend/control/engine_memory.h"
#include "backend/control/object_call.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/workload.h"

/* Launches of the group that acts speak of already. */
static int32_t
known_launches(const struct engine_run *e, const struct snapshot *s,
	       const char *group)
{
	int64_t window = policy_ms(e->policy, POLICY_MAX_NODE_PROVISION_TIME);
	const struct slot *slot;
	int32_t sum = 0;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ACT, &i, NULL));) {
		const struct act *a = (const void *)slot->rec;

		if (a->by != ACT_BY_PERSON && a->outcome != ACT_FAILED &&
		    str_eq(a->group, group) && str_eq(a->what, "scaleUp") &&
		    s->clock.world_ms - a->started_ms < window)
			sum += a->to - a->from;
	}
	return sum;
}

void
engine_count_launches(struct engine_run *e)
{
	const struct snapshot *s = store_peek(e->backend->store);
	const struct slot *slot;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_GROUP, &i, NULL));) {
		const struct group *g = (const void *)slot->rec;
		const struct group_sum *sum = (const void *)slot->sum;
		int32_t missing;
		char id[ACT_ID_TEXT];

		if (slot->ended || !sum || !sum->managed)
			continue;
		missing = g->desired - sum->registered -
			  known_launches(e, s, g->name);
		if (missing <= 0)
			continue;
		act_new_id(e->backend, id);
		act_show(e->backend,
			 &(struct act_shown){
				 .id = id,
				 .what = "scaleUp",
				 .group = g->name,
				 .from = g->desired - missing,
				 .to = g->desired,
				 .started_ms = s->clock.world_ms,
				 .ended_ms = s->clock.world_ms,
				 .by = ACT_BY_CA,
				 .outcome = ACT_OK,
			 });
	}
	snapshot_unref(s);
}

/* ---- memory ---- */

#define STATUS_MS ((int64_t)5 * 1000)
#define LISTS_MS ((int64_t)5 * 1000)

static void
take_memory(struct engine_run *e, const char *status,
	    struct memory_seeded *out)
{
	const struct snapshot *s = store_peek(e->backend->store);
	const struct memory *m =
		memory_seed(e->memory, e->policy, s, status, out);

	snapshot_unref(s);
	if (!m)
		return;
	memory_unref(e->memory);
	e->memory = m;
	if (out->groups || out->nodes)
		log_at(LOG_INFO, "engine",
		       "from the cluster: %u groups avoided, %u nodes unneeded "
		       "for a known time", out->groups, out->nodes);
}

static void
on_status(void *ctx, const struct kube_answer *a)
{
	struct engine_run *e = ctx;
	struct engine_status *is = store_engine(e->backend->store);
	struct memory_seeded out;

	if (e->backend->closing)
		return;
	take_memory(e, tree_text(tree_at(a->body, "data.status")), &out);
	/* That there is none is known, too: nobody avoids anything. */
	is->backoff_known = out.status_read || a->err.code == ERR_GONE;
	is->known_ms = store_world_ms(e->backend->store);
	e->seeded = SEED_DONE;
}

/* Events say how long groups are avoided, and the priority expander's ConfigMap
 * which of them are preferred; who may not read them does without. */
static bool
waits_for_lists(struct engine_run *e)
{
	const struct kube *kube = e->backend->kube;
	int64_t now = backend_boot_ms(e->backend);
	bool priorities =
		strstr(policy_text(e->policy, POLICY_EXPANDER), "priority");

	if (!kube || (kube_live(kube, KIND_EVENT) &&
		      (!priorities || kube_live(kube, KIND_CONFIGMAP))))
		return false;
	if (!e->seed_boot_ms)
		e->seed_boot_ms = now;
	return now - e->seed_boot_ms < LISTS_MS;
}

bool
engine_seed(struct engine_run *e)
{
	struct backend *b = e->backend;
	const char *key = e->status_key, *slash = strchr(key, '/');
	struct memory_seeded out;
	struct err err;
	char ns[64];

	if (e->seeded == SEED_ASKED || waits_for_lists(e))
		return false;
	e->seeded = SEED_DONE;
	if (!b->kube) /* a world file brings its memory along */
		return true;
	engine_recall(e);
	if (slash) {
		snprintf(ns, sizeof(ns), "%.*s", (int)(slash - key), key);
		e->seeded = SEED_ASKED;
		if (object_read(b, KIND_CONFIGMAP, ns, slash + 1, STATUS_MS,
				on_status, e, &err))
			return e->seeded == SEED_DONE;
		e->seeded = SEED_DONE;
	}
	take_memory(e, NULL, &out);
	store_engine(b->store)->known_ms = store_world_ms(b->store);
	return true;
}

/* The former leader's last word, as the watch has it: its status was written
 * within a loop of its end. */
void
engine_seed_again(struct engine_run *e)
{
	const struct configmap *m = store_find(
		e->backend->store, KIND_CONFIGMAP, e->status_key, NULL);
	struct memory_seeded out;

	if (m && labels_get(&m->data, "status"))
		take_memory(e, labels_get(&m->data, "status"), &out);
}
