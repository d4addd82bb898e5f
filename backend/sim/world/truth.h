/*
 * The simulation's truth as the model's records: for the world file and for
 * the deployed autoscaler, which reads the same facts.
 */
#ifndef SIM_WORLD_TRUTH_H
#define SIM_WORLD_TRUTH_H

#include "backend/model/world.h"
#include "backend/sim/world/parts.h"

enum truth_part {
	TRUTH_KUBERNETES = 1, /* without events and leases */
	TRUTH_AWS = 2,
	TRUTH_GITLAB = 4,
	TRUTH_EVENTS = 8, /* events, leases, the autoscaler's ConfigMaps */
	TRUTH_PRICES = 16,
	TRUTH_ALL = 31,
};

struct truth *truth_new(void);
void truth_free(struct truth *t);
/* New, one reference.  acts: JSON of design 6, or NULL. */
const struct world *truth_world(struct kubernetes *k, unsigned parts,
				const json_t *acts);

#endif
