/*
 * CloudWatch's reads (reference integrations D8), in the three protocols it
 * speaks.
 */
#include "backend/sim/aws/cloudwatch.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

enum { STATISTICS_MAX = 1440 };
#define MINUTE_MS 60000
#define WAY_BACK_MS (455LL * 24 * 3600 * 1000) /* the longest retention */

static const struct aws_paging metrics_page = { "Metrics", "MetricName",
						"MaxRecords", 500, 500, 500 };

/* ---- reading what any protocol sends ---- */

/* The request as a tree; new reference. */
json_t *
cw_input(const struct aws_context *c)
{
	return c->protocol == AWS_QUERY ? aws_params_tree(c->params)
					: json_incref(c->input);
}

const char *
cw_text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

bool
cw_number(const json_t *o, const char *name, double *out)
{
	const json_t *v = json_object_get(o, name);
	const char *text = json_string_value(v);
	char *end;

	if (json_is_number(v)) {
		*out = json_number_value(v);
		return true;
	}
	if (!text || !*text)
		return false;
	*out = strtod(text, &end);
	return !*end && isfinite(*out);
}

/* RFC 3339 text or seconds since the epoch. */
static bool
time_in(struct aws_context *c, const json_t *o, const char *name, int64_t *ms)
{
	const char *text = cw_text(o, name);
	double seconds;

	if (text && time_parse_rfc3339(text, strlen(text), ms))
		return true;
	if (cw_number(o, name, &seconds) && fabs(seconds) < 1e11) {
		*ms = (int64_t)(seconds * 1000.0);
		return true;
	}
	cloud_fail(&c->fault, 400,
		   json_object_get(o, name) ? "InvalidParameterValue"
					    : "MissingParameter",
		   "The parameter %s is required and must be a time.", name);
	return false;
}

json_t *
cw_invalid(struct aws_context *c, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	cloud_fail(&c->fault, 400, "ValidationError", "%s", text);
	free(text);
	return NULL;
}

bool
cw_read_span(struct aws_context *c, const json_t *o, struct cw_span *span)
{
	if (!time_in(c, o, "StartTime", &span->from_ms) ||
	    !time_in(c, o, "EndTime", &span->to_ms))
		return false;
	if (span->from_ms >= span->to_ms)
		return cw_invalid(c, "The parameter StartTime must be less "
				     "than the parameter EndTime.");
	/* Nothing was ever kept that is older, nor is anything from later. */
	if (span->from_ms < sim_now_ms(c->w) - WAY_BACK_MS)
		span->from_ms = sim_now_ms(c->w) - WAY_BACK_MS;
	if (span->to_ms > sim_now_ms(c->w) + MINUTE_MS)
		span->to_ms = sim_now_ms(c->w) + MINUTE_MS;
	return true;
}

bool
cw_read_period(struct aws_context *c, const json_t *o, struct cw_span *span)
{
	double period = 0;

	if (!cw_number(o, "Period", &period) || period < 60 ||
	    period > 86400 || fmod(period, 60) > 0) {
		cw_invalid(c, "The parameter Period must be a multiple of 60, "
			      "up to 86400.");
		return false;
	}
	span->period_ms = (int64_t)period * 1000;
	return true;
}

/* ---- series ---- */

static bool
has_dim(const struct metric_series *s, const json_t *want)
{
	const char *name = cw_text(want, "Name"), *value = cw_text(want,
								   "Value");

	for (uint32_t i = 0; i < s->dim_n; i++)
		if (str_eq(s->dims[i].name, name) &&
		    (!value || !strcmp(s->dims[i].value, value)))
			return true;
	return false;
}

static json_t *
series_json(const struct metric_series *s)
{
	json_t *dims = json_array();

	for (uint32_t i = 0; i < s->dim_n; i++)
		json_array_append_new(dims, json_pack("{s:s, s:s}", "Name",
						      s->dims[i].name, "Value",
						      s->dims[i].value));
	return json_pack("{s:s, s:s, s:o}", "Namespace", s->space, "MetricName",
			 s->name, "Dimensions", dims);
}

bool
cw_fits(void *ctx, const struct metric_series *s)
{
	struct cw_finding *f = ctx;
	size_t i;
	json_t *d;

	if ((f->space && strcmp(f->space, s->space) != 0) ||
	    (f->name && strcmp(f->name, s->name) != 0) ||
	    (f->exact && json_array_size(f->dims) != s->dim_n))
		return true;
	json_array_foreach((json_t *)(uintptr_t)f->dims, i, d)
		if (!has_dim(s, d))
			return true;
	if (f->list) {
		json_array_append_new(f->list, series_json(s));
		return true;
	}
	f->found = *s;
	f->any = true;
	return false;
}

/* "p99", "p99.9": of 1; -1: none. */
static double
percentile_of(const char *name)
{
	char *end;
	double n;

	if (!name || name[0] != 'p' || !isdigit((unsigned char)name[1]))
		return -1;
	n = strtod(name + 1, &end);
	return *end || n < 0 || n > 100 ? -1 : n / 100;
}

bool
cw_is_stat(const char *name)
{
	static const char *const stats[] = { "Average", "Sum", "Minimum",
					     "Maximum", "SampleCount" };

	for (size_t i = 0; i < ARRAY_LEN(stats); i++)
		if (str_eq(stats[i], name))
			return true;
	return percentile_of(name) >= 0;
}

/* Minutes keep their mean and both ends: what lies between is taken to rise
 * evenly. */
static double
percentile(const struct metric_point *p, double at)
{
	double mean = p->sum / p->n;

	return at < 0.5 ? p->min + (mean - p->min) * at * 2
			: mean + (p->max - mean) * (at - 0.5) * 2;
}

static double
statistic(const struct metric_point *p, const char *stat)
{
	if (!strcmp(stat, "Sum"))
		return p->sum;
	if (!strcmp(stat, "Minimum"))
		return p->min;
	if (!strcmp(stat, "Maximum"))
		return p->max;
	if (!strcmp(stat, "SampleCount"))
		return p->n;
	if (stat[0] == 'p')
		return percentile(p, percentile_of(stat));
	return p->sum / p->n;
}

void
cw_gather(const struct metric_series *s, const struct cw_span *span,
	  struct cw_result *out)
{
	int64_t per = span->period_ms / MINUTE_MS;
	int64_t last = (span->to_ms + MINUTE_MS - 1) / MINUTE_MS;
	int64_t from = last - METRIC_MINUTES - per;
	int64_t begin = span->from_ms / span->period_ms * per;

	/* What is older than the tracks need not be looked for. */
	if (begin < from)
		begin = from / per * per;
	for (; begin < last; begin += per) {
		struct metric_point sum = { 0 }, p;

		for (int64_t m = begin; m < begin + per; m++) {
			if (!metric_at(s, m, &p))
				continue;
			sum.min = sum.n && sum.min < p.min ? sum.min : p.min;
			sum.max = sum.n && sum.max > p.max ? sum.max : p.max;
			sum.sum += p.sum;
			sum.n += p.n;
		}
		if (sum.n && begin * MINUTE_MS >= span->from_ms -
							  span->period_ms + 1)
			vec_push(&out->points,
				 ((struct cw_point){
					 begin * MINUTE_MS,
					 statistic(&sum, span->stat) }));
	}
}

/* ---- the older ways ---- */

static json_t *
list_metrics(struct aws_context *c)
{
	json_t *in = cw_input(c), *o;
	struct cw_finding f = { .space = cw_text(in, "Namespace"),
			     .name = cw_text(in, "MetricName"),
			     .dims = json_object_get(in, "Dimensions"),
			     .list = json_array() };

	metrics_each(sim_metrics(c->w), cw_fits, &f);
	o = aws_page(c, &metrics_page, f.list);
	json_decref(in);
	return o;
}

static json_t *
datapoints(struct aws_context *c, const struct cw_finding *f,
	   struct cw_span *span, const json_t *stats)
{
	json_t *list = json_array(), *s;
	size_t k;

	json_array_foreach((json_t *)(uintptr_t)stats, k, s) {
		struct cw_result r = { 0 };

		span->stat = json_string_value(s);
		if (!cw_is_stat(span->stat)) {
			json_decref(list);
			return cw_invalid(c, "The value %s for parameter "
					  "Statistics is not valid.",
				       str_or_empty(span->stat));
		}
		if (f->any)
			cw_gather(&f->found, span, &r);
		for (uint32_t i = 0; i < r.points.n; i++) {
			json_t *o = json_array_get(list, i);

			if (!o) {
				o = json_pack("{s:I, s:s}", "Timestamp",
					      (json_int_t)r.points.at[i].at_ms,
					      "Unit", f->found.unit);
				json_array_append_new(list, o);
			}
			json_object_set_new(o, span->stat,
					    json_real(r.points.at[i].value));
		}
		vec_free(&r.points);
	}
	return list;
}

static json_t *
get_statistics(struct aws_context *c)
{
	json_t *in = cw_input(c), *list = NULL, *o = NULL;
	const json_t *stats = json_object_get(in, "Statistics");
	struct cw_finding f = { .space = cw_text(in, "Namespace"),
			     .name = cw_text(in, "MetricName"),
			     .dims = json_object_get(in, "Dimensions"),
			     .exact = true };
	struct cw_span span;

	if (!f.space || !f.name || json_array_size(stats) == 0) {
		cloud_fail(&c->fault, 400, "MissingParameter",
			   "Namespace, MetricName and Statistics are "
			   "required.");
	} else if (cw_read_span(c, in, &span) && cw_read_period(c, in, &span)) {
		if ((span.to_ms - span.from_ms) / span.period_ms >
		    STATISTICS_MAX)
			cloud_fail(&c->fault, 400,
				   "InvalidParameterCombination",
				   "You have requested more than %d "
				   "datapoints. Reduce the datapoints "
				   "requested by increasing Period or "
				   "decreasing the time range.",
				   STATISTICS_MAX);
		else
			metrics_each(sim_metrics(c->w), cw_fits, &f);
		if (!c->fault.http)
			list = datapoints(c, &f, &span, stats);
	}
	if (list)
		o = json_pack("{s:s, s:o}", "Label", f.name, "Datapoints",
			      list);
	json_decref(in);
	return o;
}

/* clang-format off */
const struct aws_action aws_cloudwatch_actions[] = {
	{ .name = "GetMetricData", .run = cw_get_metric_data },
	{ .name = "GetMetricStatistics", .run = get_statistics },
	{ .name = "ListMetrics", .run = list_metrics },
	{ 0 }
};
/* clang-format on */
