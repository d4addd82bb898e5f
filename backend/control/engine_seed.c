/*
 * What a new leader has to know and no memory of ours holds: launches that
 * others asked for.  Desired minus actual counts as upcoming, or the same pods
 * would be given nodes twice (design 5; reference 6.5).
 */
#include "backend/control/engine_private.h"

#include <stdio.h>

#include "backend/control/act_run.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"

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
