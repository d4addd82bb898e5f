/*
 * The fleet of before: managers on instances of their own that rent a machine
 * for every job, or keep some idle (docker+machine, reference integrations C).
 * What a manager no longer remembers nobody removes.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_MACHINES_H
#define SIM_WORLD_MACHINES_H

#include "backend/sim/world/sim.h"

struct machines;

struct machines *machines_new(struct sim *w);
void machines_free(struct machines *m);
/* The history is over: managers begin to ask for jobs. */
void machines_wake(struct machines *m);

#endif
