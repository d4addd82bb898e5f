/*
 * Spot capacity: its prices, and the requests behind the instances.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/map.h"
#include "backend/sim/aws/ec2.h"

/* Prices are told so far back; EC2 keeps 90 days. */
#define HISTORY_MS (14 * 24 * 3600000LL)
#define PRODUCT "Linux/UNIX"

static const struct aws_paging prices_page = { "SpotPriceHistory", "Key",
					       "MaxResults", 1, 1000, 1000 };
static const struct aws_paging requests_page = {
	"SpotInstanceRequests", "SpotInstanceRequestId", "MaxResults", 5, 1000,
	1000
};

/* clang-format off */
static const struct ec2_filter price_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "instance-type", "InstanceType" },
	{ "product-description", "ProductDescription" },
	{ "spot-price", "SpotPrice" },
	{ "timestamp", "Timestamp" },
	{ 0 }
};
static const struct ec2_filter request_filters[] = {
	{ "instance-id", "InstanceId" },
	{ "launch.instance-type", "LaunchSpecification.InstanceType" },
	{ "launched-availability-zone", "LaunchedAvailabilityZone" },
	{ "spot-instance-request-id", "SpotInstanceRequestId" },
	{ "state", "State" },
	{ "status-code", "Status.Code" },
	{ "type", "Type" },
	{ 0 }
};
/* clang-format on */

static bool
time_param(struct aws_context *c, const char *name, int64_t *ms)
{
	const char *text = aws_param(c->params, name);

	if (!text || time_parse_rfc3339(text, strlen(text), ms))
		return true;
	aws_invalid(c, "Value (%s) for parameter %s is invalid", text, name);
	return false;
}

/* What was set between from and to, newest first, and what held at from. */
static void
add_prices(struct aws_context *c, json_t *list, const struct sim_type *t,
	   const char *zone, int64_t from, int64_t to)
{
	for (int64_t at = to, since; at >= from; at = since - 1) {
		int64_t price = cloud_spot_price(t, zone, at, &since);
		char when[TIME_TEXT];
		json_t *o = json_pack(
			"{s:s, s:s, s:s, s:o, s:s}", "AvailabilityZone", zone,
			"InstanceType", t->name, "ProductDescription", PRODUCT,
			"SpotPrice",
			json_sprintf("%lld.%06lld", (long long)price / 1000000,
				     (long long)price % 1000000),
			"Timestamp", time_format(since, false, when));

		if (ec2_passes(c, price_filters, o))
			json_array_append(list, o);
		json_decref(o);
	}
}

static bool
product_wanted(struct aws_context *c)
{
	const char *text;
	unsigned i;

	for (i = 1; (text = aws_param_at(c->params, "ProductDescription.%u",
					 i)); i++)
		if (!strcmp(text, PRODUCT) ||
		    !strcmp(text, PRODUCT " (Amazon VPC)"))
			return true;
	return i == 1;
}

json_t *
ec2_describe_prices(struct aws_context *c)
{
	const char *zone = aws_param(c->params, "AvailabilityZone");
	int64_t now = sim_now_ms(c->w), from = INT64_MIN, to = now;
	json_t *list;

	if (!ec2_filters_known(c, price_filters) ||
	    !time_param(c, "StartTime", &from) ||
	    !time_param(c, "EndTime", &to))
		return NULL;
	if (from != INT64_MIN && from > to)
		return aws_invalid(c, "Start time must be before end time");
	from = from < now - HISTORY_MS ? now - HISTORY_MS : from;
	to = to > now ? now : to;
	/* From the start on means: and what held then. */
	from = from > to ? to : from;
	list = json_array();
	for (const struct sim_type *t = sim_types; t->name; t++) {
		if (!ec2_wanted(c, "InstanceType.%u", t->name) ||
		    !product_wanted(c))
			continue;
		for (uint32_t i = 0; i < c->cloud->subnet_n; i++) {
			const char *z = c->cloud->subnets[i].zone;

			if (!zone || !strcmp(zone, z))
				add_prices(c, list, t, z, from, to);
		}
	}
	return aws_page(c, &prices_page, list);
}

/* What became of the request, in EC2's words. */
static const char *
status_of(const struct cloud_instance *i, const char **message)
{
	if (i->state < INSTANCE_SHUTTING_DOWN) {
		*message = "Your spot request is fulfilled.";
		return "fulfilled";
	}
	if (str_eq(i->reason_code, "Server.SpotInstanceTermination")) {
		*message = "Your Spot instance was terminated because there is "
			   "no Spot capacity available that matches your "
			   "request.";
		return "instance-terminated-no-capacity";
	}
	*message = "Spot Instance terminated due to user-initiated "
		   "termination.";
	return "instance-terminated-by-user";
}

json_t *
ec2_describe_spot_requests(struct aws_context *c)
{
	static const struct ec2_list l = {
		&requests_page,		    request_filters,
		"SpotInstanceRequestId.%u", "SpotInstanceRequestId",
		"InvalidSpotInstanceRequestID.NotFound",
		"spot instance request ID"
	};
	json_t *all = json_array();
	const char *id;
	void *value;

	for (uint32_t k = 0; map_next(c->cloud->instances, &k, &id, &value);) {
		const struct cloud_instance *i = value;
		bool open = i->state < INSTANCE_SHUTTING_DOWN;
		const char *message, *status;
		char when[TIME_TEXT], ended[TIME_TEXT];

		if (!i->spot)
			continue;
		status = status_of(i, &message);
		time_format(i->launched_ms, false, when);
		time_format(i->ended_ms ? i->ended_ms : i->launched_ms, false,
			    ended);
		json_array_append_new(
			all,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:s, "
				  "s:{s:s, s:s, s:s}, s:s, s:s, s:[]}",
				  "SpotInstanceRequestId",
				  cloud_spot_request_id(i, (char[32]){ 0 }),
				  "InstanceId", i->id, "CreateTime", when,
				  "State", open ? "active" : "closed", "Type",
				  "one-time", "LaunchSpecification",
				  "InstanceType", i->type->name,
				  "LaunchedAvailabilityZone", i->subnet->zone,
				  "Status", "Code", status, "Message", message,
				  "UpdateTime", ended, "ProductDescription",
				  PRODUCT, "InstanceInterruptionBehavior",
				  "terminate", "Tags"));
	}
	return ec2_answer_list(c, &l, all);
}
