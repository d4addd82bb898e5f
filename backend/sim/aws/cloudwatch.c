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

enum { QUERIES_MAX = 500, POINTS_MAX = 100800, STATISTICS_MAX = 1440 };
#define MINUTE_MS 60000
#define WAY_BACK_MS (455LL * 24 * 3600 * 1000) /* the longest retention */

static const struct aws_paging metrics_page = { "Metrics", "MetricName",
						"MaxRecords", 500, 500, 500 };

/* ---- reading what any protocol sends ---- */

/* The request as a tree; new reference. */
static json_t *
input_of(const struct aws_context *c)
{
	return c->protocol == AWS_QUERY ? aws_params_tree(c->params)
					: json_incref(c->input);
}

static const char *
text_in(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static bool
number_in(const json_t *o, const char *name, double *out)
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
	const char *text = text_in(o, name);
	double seconds;

	if (text && time_parse_rfc3339(text, strlen(text), ms))
		return true;
	if (number_in(o, name, &seconds) && fabs(seconds) < 1e11) {
		*ms = (int64_t)(seconds * 1000.0);
		return true;
	}
	cloud_fail(&c->fault, 400,
		   json_object_get(o, name) ? "InvalidParameterValue"
					    : "MissingParameter",
		   "The parameter %s is required and must be a time.", name);
	return false;
}

static json_t *
invalid(struct aws_context *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static json_t *
invalid(struct aws_context *c, const char *fmt, ...)
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

static bool
read_span(struct aws_context *c, const json_t *o, struct cw_span *span)
{
	if (!time_in(c, o, "StartTime", &span->from_ms) ||
	    !time_in(c, o, "EndTime", &span->to_ms))
		return false;
	if (span->from_ms >= span->to_ms)
		return invalid(c, "The parameter StartTime must be less than "
				  "the parameter EndTime.");
	/* Nothing was ever kept that is older, nor is anything from later. */
	if (span->from_ms < sim_now_ms(c->w) - WAY_BACK_MS)
		span->from_ms = sim_now_ms(c->w) - WAY_BACK_MS;
	if (span->to_ms > sim_now_ms(c->w) + MINUTE_MS)
		span->to_ms = sim_now_ms(c->w) + MINUTE_MS;
	return true;
}

static bool
read_period(struct aws_context *c, const json_t *o, struct cw_span *span)
{
	double period = 0;

	if (!number_in(o, "Period", &period) || period < 60 ||
	    period > 86400 || fmod(period, 60) > 0) {
		invalid(c, "The parameter Period must be a multiple of 60, up "
			   "to 86400.");
		return false;
	}
	span->period_ms = (int64_t)period * 1000;
	return true;
}

/* ---- series ---- */

struct finding {
	const char *space, *name;
	const json_t *dims; /* array of {Name, Value}; Value may be absent */
	bool exact;
	json_t *list; /* of all that fit; or */
	struct metric_series found;
	bool any;
};

static bool
has_dim(const struct metric_series *s, const json_t *want)
{
	const char *name = text_in(want, "Name"), *value = text_in(want,
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

static bool
fits(void *ctx, const struct metric_series *s)
{
	struct finding *f = ctx;
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

bool
cw_is_stat(const char *name)
{
	static const char *const stats[] = { "Average", "Sum", "Minimum",
					     "Maximum", "SampleCount" };

	for (size_t i = 0; i < ARRAY_LEN(stats); i++)
		if (str_eq(stats[i], name))
			return true;
	return false;
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

/* ---- GetMetricData ---- */

void
cw_results_free(struct cw_results *r)
{
	for (uint32_t i = 0; i < r->at.n; i++)
		vec_free(&r->at.at[i].points);
	vec_free(&r->at);
}

static bool
good_id(struct aws_context *c, const struct cw_results *all, const char *id)
{
	bool good = id && islower((unsigned char)*id) && strlen(id) < 256;

	for (const char *p = id; good && *p; p++)
		good = isalnum((unsigned char)*p) || *p == '_';
	if (!good) {
		invalid(c, "The value %s for parameter "
			   "MetricDataQueries.member.Id is not matching the "
			   "expected pattern ^[a-z][a-zA-Z0-9_]*$.",
			str_or_empty(id));
		return false;
	}
	for (uint32_t i = 0; i < all->at.n; i++)
		if (!strcmp(all->at.at[i].id, id))
			return invalid(c, "The values for parameter id in "
					  "MetricDataQueries are not unique.");
	return true;
}

static bool
ask_metric(struct aws_context *c, const json_t *stat,
	   const struct cw_result *like, struct cw_span *span,
	   struct cw_results *all)
{
	const json_t *metric = json_object_get(stat, "Metric");
	struct finding f = { .space = text_in(metric, "Namespace"),
			     .name = text_in(metric, "MetricName"),
			     .dims = json_object_get(metric, "Dimensions"),
			     .exact = true };
	const char *unit = text_in(stat, "Unit");
	struct cw_result *r;

	if (!f.space || !f.name)
		return invalid(c, "MetricStat needs a Metric with Namespace "
				  "and MetricName.");
	span->stat = text_in(stat, "Stat");
	if (!cw_is_stat(span->stat))
		return invalid(c, "The value %s for parameter "
				  "MetricDataQueries.member.MetricStat.Stat is "
				  "not valid.",
			       str_or_empty(span->stat));
	if (!read_period(c, stat, span))
		return false;
	vec_push(&all->at, *like);
	r = &all->at.at[all->at.n - 1];
	if (!r->label)
		r->label = arena_strdup(c->arena, f.name);
	metrics_each(sim_metrics(c->w), fits, &f);
	if (f.any && (!unit || !strcmp(unit, f.found.unit)))
		cw_gather(&f.found, span, r);
	return true;
}

static bool
ask_one(struct aws_context *c, const json_t *q, struct cw_span *span,
	struct cw_results *all)
{
	const json_t *stat = json_object_get(q, "MetricStat");
	const json_t *shown = json_object_get(q, "ReturnData");
	const char *text = text_in(q, "Expression");
	struct cw_result like = {
		.id = text_in(q, "Id"),
		.label = text_in(q, "Label"),
		.shown = !json_is_false(shown) &&
			 !str_eq(json_string_value(shown), "false"),
	};

	if (!good_id(c, all, like.id))
		return false;
	like.id = arena_strdup(c->arena, like.id);
	if (like.label)
		like.label = arena_strdup(c->arena, like.label);
	if (!stat == !text)
		return invalid(c, "One of MetricStat and Expression is needed "
				  "for %s, and only one.",
			       like.id);
	if (stat)
		return ask_metric(c, stat, &like, span, all);
	if (json_object_get(q, "Period")) {
		if (!read_period(c, q, span))
			return false;
	} else {
		span->period_ms = MINUTE_MS;
	}
	return cw_expression(c, &like, text, span, all);
}

/* Skips the first *skip points, adds up to *room. */
static void
tell(const struct cw_result *r, bool newest_first, uint64_t *skip,
     uint64_t *room, json_t *list)
{
	json_t *times = json_array(), *values = json_array();
	uint32_t n = r->points.n, i = 0;
	bool all = true;

	if (n > 0 && *skip >= n) {
		*skip -= n;
		json_decref(times);
		json_decref(values);
		return;
	}
	for (i = (uint32_t)*skip, *skip = 0; i < n; i++) {
		const struct cw_point *p =
			&r->points.at[newest_first ? n - 1 - i : i];

		if (*room == 0) {
			all = false;
			break;
		}
		--*room;
		json_array_append_new(times, json_integer(p->at_ms));
		json_array_append_new(values, json_real(p->value));
	}
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:o, s:o, s:s}", "Id", r->id,
				"Label", str_or_empty(r->label), "Timestamps",
				times, "Values", values, "StatusCode",
				all ? "Complete" : "PartialData"));
}

static json_t *
tell_results(struct aws_context *c, const json_t *in,
	     const struct cw_results *all)
{
	const char *token = text_in(in, "NextToken"), *scan = text_in(in,
								      "ScanBy");
	bool newest = !str_eq(scan, "TimestampAscending");
	uint64_t total = 0, from = 0, skip, room;
	double most = POINTS_MAX;
	json_t *list, *o;
	char *end;

	for (uint32_t i = 0; i < all->at.n; i++)
		total += all->at.at[i].shown ? all->at.at[i].points.n : 0;
	if (json_object_get(in, "MaxDatapoints") &&
	    (!number_in(in, "MaxDatapoints", &most) || most < 1 ||
	     most > POINTS_MAX))
		return invalid(c, "The value for parameter MaxDatapoints must "
				  "be between 1 and %d.",
			       POINTS_MAX);
	if (token && *token) {
		from = strtoull(token, &end, 16);
		if (*end || from >= total) {
			cloud_fail(&c->fault, 400, "InvalidNextToken",
				   "The NextToken value is not valid.");
			return NULL;
		}
	}
	list = json_array();
	skip = from;
	room = (uint64_t)most;
	for (uint32_t i = 0; i < all->at.n && (room || !i); i++)
		if (all->at.at[i].shown)
			tell(&all->at.at[i], newest, &skip, &room, list);
	o = json_pack("{s:o, s:[]}", "MetricDataResults", list, "Messages");
	if (from + (uint64_t)most < total)
		json_object_set_new(
			o, "NextToken",
			json_sprintf("%llx",
				     (unsigned long long)from +
					     (unsigned long long)most));
	return o;
}

static json_t *
get_metric_data(struct aws_context *c)
{
	json_t *in = input_of(c), *queries, *q, *o = NULL;
	struct cw_results all = { 0 };
	struct cw_span span;
	bool ok;
	size_t i;

	queries = json_object_get(in, "MetricDataQueries");
	ok = read_span(c, in, &span);
	if (ok && (json_array_size(queries) == 0 ||
		   json_array_size(queries) > QUERIES_MAX))
		ok = invalid(c, "The parameter MetricDataQueries must have "
				"from 1 to %d members.",
			     QUERIES_MAX);
	json_array_foreach(queries, i, q)
		ok = ok && ask_one(c, q, &span, &all);
	if (ok)
		o = tell_results(c, in, &all);
	cw_results_free(&all);
	json_decref(in);
	return o;
}

/* ---- the older ways ---- */

static json_t *
list_metrics(struct aws_context *c)
{
	json_t *in = input_of(c), *o;
	struct finding f = { .space = text_in(in, "Namespace"),
			     .name = text_in(in, "MetricName"),
			     .dims = json_object_get(in, "Dimensions"),
			     .list = json_array() };

	metrics_each(sim_metrics(c->w), fits, &f);
	o = aws_page(c, &metrics_page, f.list);
	json_decref(in);
	return o;
}

static json_t *
datapoints(struct aws_context *c, const struct finding *f,
	   struct cw_span *span, const json_t *stats)
{
	json_t *list = json_array(), *s;
	size_t k;

	json_array_foreach((json_t *)(uintptr_t)stats, k, s) {
		struct cw_result r = { 0 };

		span->stat = json_string_value(s);
		if (!cw_is_stat(span->stat)) {
			json_decref(list);
			return invalid(c, "The value %s for parameter "
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
	json_t *in = input_of(c), *list = NULL, *o = NULL;
	const json_t *stats = json_object_get(in, "Statistics");
	struct finding f = { .space = text_in(in, "Namespace"),
			     .name = text_in(in, "MetricName"),
			     .dims = json_object_get(in, "Dimensions"),
			     .exact = true };
	struct cw_span span;

	if (!f.space || !f.name || json_array_size(stats) == 0) {
		cloud_fail(&c->fault, 400, "MissingParameter",
			   "Namespace, MetricName and Statistics are "
			   "required.");
	} else if (read_span(c, in, &span) && read_period(c, in, &span)) {
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
			metrics_each(sim_metrics(c->w), fits, &f);
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
	{ .name = "GetMetricData", .run = get_metric_data },
	{ .name = "GetMetricStatistics", .run = get_statistics },
	{ .name = "ListMetrics", .run = list_metrics },
	{ 0 }
};
/* clang-format on */
