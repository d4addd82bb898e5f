/*
 * What tests of the simulated world share: a world, counts of what is in it,
 * and a check of every placement that knows nothing of the scheduler.
 */
#ifndef UNIT_SIM_KIT_H
#define UNIT_SIM_KIT_H

#include "backend/sim/world/ci.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/kubernetes.h"
#include "backend/sim/world/scenario.h"
#include "backend/sim/world/sim.h"
#include "tests/unit/check.h"

struct kit {
	struct scenario *scenario;
	struct sim *w;
	struct objects *objects;
	struct cloud *cloud;
	struct ci *ci;
	const struct object_type *pods, *nodes, *events;
};

struct kit kit_open(const char *scenario, uint64_t seed);
/* A parts-th of it: scenario_scale. */
struct kit kit_open_part(const char *scenario, int32_t parts, uint64_t seed);
/* The same of a scenario's text. */
struct kit kit_open_text(const char *yaml, uint64_t seed);
void kit_close(struct kit *k);
void kit_run(struct kit *k, int64_t seconds);

struct kit_counts {
	uint32_t job_pods, unscheduled, starting, running; /* job pods */
	uint32_t nodes, ready;
};
struct kit_counts kit_count(const struct kit *k);

/* Events with this reason whose message holds this part. */
uint32_t kit_events(const struct kit *k, const char *reason,
		    const char *part);
/* Of all objects and of the cloud's facts. */
uint64_t kit_digest(const struct kit *k);
/* No node holds more than it can, no pod stands where it must not. */
void kit_check_placements(const struct kit *k);

#endif
