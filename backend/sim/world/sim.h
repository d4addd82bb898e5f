/*
 * The simulated world: a discrete-event simulation without sockets.
 *
 * Everything that happens is an event at a virtual time; sim_advance runs them
 * in order (time, then order of scheduling), so that the same seed and the same
 * client writes give the same run.  The faces (HTTP) call in between events,
 * under the world's lock; after a write they run sim_advance(w, sim_now_ms(w))
 * so that what the write set off at this very moment happens.
 *
 * Thread: one at a time, under sim_lock/sim_unlock.
 */
#ifndef SIM_WORLD_SIM_H
#define SIM_WORLD_SIM_H

#include "backend/net/retry.h" /* struct rng */
#include "backend/sim/objects/objects.h"

struct sim;
struct scenario; /* scenario.h */

/* The scenario is borrowed for the life of the sim.  The world comes up
 * settled: its history up to the scenario's start has been lived through. */
struct sim *sim_new(const struct scenario *s, uint64_t seed, struct err *err);
void sim_free(struct sim *w);

void sim_lock(struct sim *w);
void sim_unlock(struct sim *w);

int64_t sim_now_ms(const struct sim *w);
/* Time of the next event; INT64_MAX when there is none. */
int64_t sim_next_ms(const struct sim *w);
/* Runs every event up to and including `until`, then stands there. */
void sim_advance(struct sim *w, int64_t until_ms);
/* While the world lives through its history nothing periodic runs. */
bool sim_in_history(const struct sim *w);
/* ... and so early in it that what is told now is forgotten when it ends. */
bool sim_is_silent(const struct sim *w);

typedef void (*sim_fn)(struct sim *w, void *ctx, uint64_t arg);
/* Runs fn at now + delay.  The id cancels it (0 is never an id). */
uint64_t sim_after(struct sim *w, int64_t delay_ms, sim_fn fn, void *ctx,
		   uint64_t arg);
/* Ids that ran, were cancelled, or are 0 do nothing. */
void sim_cancel(struct sim *w, uint64_t id);

/* A generator of its own per subject ("kubelet/node-3"): adding a subject does
 * not change what others draw. */
struct rng sim_rng(const struct sim *w, const char *subject);
/* Log-normal-ish positive duration around a median, deterministic. */
int64_t sim_draw_ms(struct rng *r, int64_t median_ms, double spread);
/* Events so far: what a run cost. */
uint64_t sim_events(const struct sim *w);

/* The parts, each behind its own header. */
struct objects *sim_objects(struct sim *w);
struct kubernetes *sim_kubernetes(struct sim *w); /* kubernetes.h */
struct cloud *sim_cloud(struct sim *w);	/* cloud.h: EC2, Auto Scaling */
struct metrics *sim_metrics(struct sim *w); /* metrics.h */
struct ci *sim_ci(struct sim *w);	   /* ci.h: GitLab */
/* Filled by the behaviours, read by the Kubernetes face. */
struct kube_hooks *sim_kube_hooks(struct sim *w);
const struct scenario *sim_scenario(const struct sim *w);
/* What the behaviours tell the Kubernetes face (kube_hooks.h). */
struct kube_hooks *sim_kube_hooks(struct sim *w);

/* The truth as a world file (design 6), streamed into the sink. */
bool sim_write_world(struct sim *w, bool (*sink)(void *ctx, const char *b,
						 size_t n), void *ctx);

#endif
