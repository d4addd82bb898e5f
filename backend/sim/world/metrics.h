/*
 * What CloudWatch has been told of the world: Container Insights of the
 * cluster, and the Auto Scaling groups' own metrics, once a minute.
 *
 * Bounds: METRIC_MINUTES of each series; series of a node end that long after
 * the node.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_METRICS_H
#define SIM_WORLD_METRICS_H

#include "backend/sim/world/sim.h"

enum { METRIC_MINUTES = 180, METRIC_DIMS = 3 };

struct metrics;
struct metrics *metrics_new(struct sim *w);
void metrics_free(struct metrics *m);
/* The history is over: the minutes begin. */
void metrics_wake(struct metrics *m);

struct metric_dim {
	const char *name, *value;
};

struct metric_series { /* borrowed until the next minute */
	const char *space, *name, *unit;
	struct metric_dim dims[METRIC_DIMS];
	uint32_t dim_n;
	const struct track *track;
	uint32_t column;
};
/* Every series, in a fixed order; fn returns false to stop. */
void metrics_each(const struct metrics *m,
		  bool (*fn)(void *ctx, const struct metric_series *s),
		  void *ctx);

struct metric_point { /* of one minute */
	double sum, min, max;
	uint32_t n;
};
/* minute: of the epoch; false when there is none. */
bool metric_at(const struct metric_series *s, int64_t minute,
	       struct metric_point *out);

#endif
