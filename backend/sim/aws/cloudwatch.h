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

/* ---- what the actions share (cloudwatch.c) ---- */

/* The request as a tree, whatever the protocol; new reference. */
json_t *cw_input(const struct aws_context *c);
const char *cw_text(const json_t *o, const char *name);
/* A number, or a text that is one; false when there is none. */
bool cw_number(const json_t *o, const char *name, double *out);
/* Fails with ValidationError; NULL. */
PRINTF_LIKE(2, 3)
json_t *cw_invalid(struct aws_context *c, const char *fmt, ...);
/* StartTime and EndTime, then Period: false with the fault. */
bool cw_read_span(struct aws_context *c, const json_t *o,
		  struct cw_span *span);
bool cw_read_period(struct aws_context *c, const json_t *o,
		    struct cw_span *span);

struct cw_finding {
	const char *space, *name;
	const json_t *dims; /* array of {Name, Value}; Value may be absent */
	bool exact;
	json_t *list; /* of all that fit; or */
	struct metric_series found;
	bool any;
};
/* For metrics_each, of a finding. */
bool cw_fits(void *ctx, const struct metric_series *s);

/* ---- cloudwatch_data.c ---- */

json_t *cw_get_metric_data(struct aws_context *c);

#endif
