/*
 * Series of points, and expressions over them.
 */
#ifndef SIM_AWS_CLOUDWATCH_H
#define SIM_AWS_CLOUDWATCH_H

#include "backend/sim/aws/face.h"
#include "backend/sim/world/metrics.h"

struct cw_point {
	int64_t at_ms;
	double value;
};

struct cw_result {
	const char *id, *label;
	VEC(struct cw_point) points; /* oldest first */
	bool shown;		     /* ReturnData */
};

struct cw_results {
	VEC(struct cw_result) at;
};
void cw_results_free(struct cw_results *r);

struct cw_span {
	int64_t from_ms, to_ms; /* from included, to not */
	int64_t period_ms;
	const char *stat;
};
bool cw_is_stat(const char *name);
/* Appends the statistic of each period to out. */
void cw_gather(const struct metric_series *s, const struct cw_span *span,
	       struct cw_result *out);

/* SEARCH('{Space,Dimension} MetricName="x"', 'Average', 60): a result for
 * every series that fits.  Or arithmetic over results of other ids: one.
 * False with the fault (ValidationError). */
bool cw_expression(struct aws_context *c, const struct cw_result *like,
		   const char *text, const struct cw_span *span,
		   struct cw_results *all);

#endif
