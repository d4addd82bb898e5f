/*
 * Helm's own memory: a Secret for every revision of a release (reference
 * integrations G4), written by whoever upgrades through Helm; a person with
 * kubectl, or a fault, changes the cluster and not this.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_HELM_H
#define SIM_WORLD_HELM_H

#include "backend/sim/world/parts.h"

struct helm_release { /* of the gitlab-runner chart */
	const struct ci_runner *runner;
	int32_t revision, concurrent; /* what was deployed last */
	int64_t first_ms, last_ms;
};

struct helm;

struct helm *helm_new(struct kubernetes *k);
void helm_free(struct helm *h);
/* The first revision of each release, from what is installed now. */
void helm_found(struct helm *h);
uint32_t helm_count(const struct helm *h);
struct helm_release *helm_at(struct helm *h, uint32_t i);
/* helm upgrade --set concurrent=N: the cluster, then a new revision. */
void helm_upgrade(struct helm *h, struct helm_release *r, int32_t concurrent);

#endif
