/*
 * GetMetricData: series and expressions asked for by id, told in pages of
 * points.
 */
#include "backend/sim/aws/cloudwatch.h"

#include <ctype.h>
#include <stdlib.h>

enum { QUERIES_MAX = 500, POINTS_MAX = 100800 };
#define MINUTE_MS 60000

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
		cw_invalid(c, "The value %s for parameter "
			   "MetricDataQueries.member.Id is not matching the "
			   "expected pattern ^[a-z][a-zA-Z0-9_]*$.",
			str_or_empty(id));
		return false;
	}
	for (uint32_t i = 0; i < all->at.n; i++)
		if (!strcmp(all->at.at[i].id, id))
			return cw_invalid(c, "The values for parameter id in "
					  "MetricDataQueries are not unique.");
	return true;
}

static bool
ask_metric(struct aws_context *c, const json_t *stat,
	   const struct cw_result *like, struct cw_span *span,
	   struct cw_results *all)
{
	const json_t *metric = json_object_get(stat, "Metric");
	struct cw_finding f = { .space = cw_text(metric, "Namespace"),
			     .name = cw_text(metric, "MetricName"),
			     .dims = json_object_get(metric, "Dimensions"),
			     .exact = true };
	const char *unit = cw_text(stat, "Unit");
	struct cw_result *r;

	if (!f.space || !f.name)
		return cw_invalid(c, "MetricStat needs a Metric with Namespace "
				  "and MetricName.");
	span->stat = cw_text(stat, "Stat");
	if (!cw_is_stat(span->stat))
		return cw_invalid(c, "The value %s for parameter "
				  "MetricDataQueries.member.MetricStat.Stat is "
				  "not valid.",
			       str_or_empty(span->stat));
	if (!cw_read_period(c, stat, span))
		return false;
	vec_push(&all->at, *like);
	r = &all->at.at[all->at.n - 1];
	if (!r->label)
		r->label = arena_strdup(c->arena, f.name);
	metrics_each(sim_metrics(c->w), cw_fits, &f);
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
	const char *text = cw_text(q, "Expression");
	struct cw_result like = {
		.id = cw_text(q, "Id"),
		.label = cw_text(q, "Label"),
		.shown = !json_is_false(shown) &&
			 !str_eq(json_string_value(shown), "false"),
	};

	if (!good_id(c, all, like.id))
		return false;
	like.id = arena_strdup(c->arena, like.id);
	if (like.label)
		like.label = arena_strdup(c->arena, like.label);
	if (!stat == !text)
		return cw_invalid(c, "One of MetricStat and Expression is "
				     "needed for %s, and only one.",
			       like.id);
	if (stat)
		return ask_metric(c, stat, &like, span, all);
	if (json_object_get(q, "Period")) {
		if (!cw_read_period(c, q, span))
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
	const char *token = cw_text(in, "NextToken"), *scan = cw_text(in,
								      "ScanBy");
	bool newest = !str_eq(scan, "TimestampAscending");
	uint64_t total = 0, from = 0, skip, room;
	double most = POINTS_MAX;
	json_t *list, *o;
	char *end;

	for (uint32_t i = 0; i < all->at.n; i++)
		total += all->at.at[i].shown ? all->at.at[i].points.n : 0;
	if (json_object_get(in, "MaxDatapoints") &&
	    (!cw_number(in, "MaxDatapoints", &most) || most < 1 ||
	     most > POINTS_MAX))
		return cw_invalid(c, "The value for parameter MaxDatapoints "
				     "must be between 1 and %d.",
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

json_t *
cw_get_metric_data(struct aws_context *c)
{
	json_t *in = cw_input(c), *queries, *q, *o = NULL;
	struct cw_results all = { 0 };
	struct cw_span span;
	bool ok;
	size_t i;

	queries = json_object_get(in, "MetricDataQueries");
	ok = cw_read_span(c, in, &span);
	if (ok && (json_array_size(queries) == 0 ||
		   json_array_size(queries) > QUERIES_MAX))
		ok = cw_invalid(c, "The parameter MetricDataQueries must have "
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
