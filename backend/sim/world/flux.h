/*
 * Flux: its controllers' Deployments, the sources and releases they look after,
 * and what helm-controller does about a release every now and then: upgrade it
 * when its values changed, put back what drifted, nothing while suspended.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_FLUX_H
#define SIM_WORLD_FLUX_H

#include "backend/sim/world/helm.h"

struct flux;

struct flux *flux_new(struct kubernetes *k);
void flux_free(struct flux *f);
/* After the managers' own objects: installs when the scenario has it. */
void flux_found(struct flux *f, struct helm *h);
void flux_wake(struct flux *f);
/* flux suspend (or resume) hr NAME. */
void flux_suspend(struct kubernetes *k, const char *key, bool on);

#endif
