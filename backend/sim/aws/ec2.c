/*
 * EC2's actions (reference integrations D5).
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/aws/face.h"

enum { MOST = 1000, MOST_TYPES = 100, MOST_PRICES = 1000 };

/* ---- filters: Filter.N.Name, Filter.N.Value.M ---- */

/* What an object answers to a filter's name; NULL: it has no such thing.  A
 * name that no object of the action knows is the caller's mistake. */
typedef const char *(*field_fn)(struct aws_context *c, const json_t *object,
				const char *name);

static bool
value_matches(struct aws_context *c, unsigned i, const char *have)
{
	const char *want;
	char format[40];

	snprintf(format, sizeof(format), "Filter.%u.Value.%%u", i);
	for (unsigned k = 1; (want = aws_param_at(c->params, format, k)); k++)
		if (have && fnmatch(want, have, 0) == 0)
			return true;
	return false;
}

static bool
tag_matches(struct aws_context *c, unsigned i, const char *name,
	    const json_t *object)
{
	const json_t *tags = json_object_get(object, "Tags");
	size_t k;
	json_t *t;

	json_array_foreach((json_t *)(uintptr_t)tags, k, t) {
		const char *key = json_string_value(json_object_get(t, "Key"));
		const char *value =
			json_string_value(json_object_get(t, "Value"));

		if (!strcmp(name, "tag-key") ? value_matches(c, i, key)
					     : !strcmp(name + 4, key) &&
						       value_matches(c, i,
								     value))
			return true;
	}
	return false;
}

static bool
passes(struct aws_context *c, const json_t *object, field_fn field)
{
	const char *name;

	for (unsigned i = 1;
	     (name = aws_param_at(c->params, "Filter.%u.Name", i)); i++) {
		bool ok = str_has_prefix(name, "tag:") ||
					  !strcmp(name, "tag-key")
				  ? tag_matches(c, i, name, object)
				  : value_matches(c, i,
						  field(c, object, name));

		if (!ok)
			return false;
	}
	return true;
}

static bool
wanted(const struct aws_context *c, const char *format, const char *id)
{
	const char *value;
	unsigned i;

	for (i = 1; (value = aws_param_at(c->params, format, i)); i++)
		if (!strcmp(value, id))
			return true;
	return i == 1;
}

static const char *
text_at(const json_t *o, const char *a, const char *b)
{
	o = json_object_get(o, a);
	if (o && b)
		o = json_object_get(o, b);
	return json_string_value(o);
}

/* A flat member whose name is the filter's in another spelling. */
struct flat {
	const char *filter, *member, *inner;
};

static const char *
flat_field(const struct flat *table, const json_t *object, const char *name)
{
	for (; table->filter; table++)
		if (!strcmp(table->filter, name))
			return text_at(object, table->member, table->inner);
	return NULL;
}

/* ---- instances ---- */

static const char *
instance_field(struct aws_context *c, const json_t *o, const char *name)
{
	static const struct flat table[] = {
		{ "instance-id", "InstanceId", NULL },
		{ "instance-type", "InstanceType", NULL },
		{ "instance-lifecycle", "InstanceLifecycle", NULL },
		{ "instance-state-name", "State", "Name" },
		{ "availability-zone", "Placement", "AvailabilityZone" },
		{ "private-dns-name", "PrivateDnsName", NULL },
		{ "private-ip-address", "PrivateIpAddress", NULL },
		{ "subnet-id", "SubnetId", NULL },
		{ "vpc-id", "VpcId", NULL },
		{ "image-id", "ImageId", NULL },
		{ "key-name", "KeyName", NULL },
		{ "architecture", "Architecture", NULL },
		{ 0 }
	};

	(void)c;
	return flat_field(table, o, name);
}

/* Ids that are asked for by name must exist. */
static bool
ids_exist(struct aws_context *c)
{
	const char *id;

	for (unsigned i = 1; (id = aws_param_at(c->params, "InstanceId.%u",
						i)); i++)
		if (!cloud_instance(c->cloud, id))
			return cloud_fail(&c->fault, 400,
					  "InvalidInstanceID.NotFound",
					  "The instance ID '%s' does not "
					  "exist", id);
	return true;
}

static json_t *
describe_instances(struct aws_context *c)
{
	json_t *list = json_array();
	const char *id;
	void *value;

	if (!ids_exist(c)) {
		json_decref(list);
		return NULL;
	}
	for (uint32_t k = 0; map_next(c->cloud->instances, &k, &id, &value);) {
		json_t *o;

		if (!wanted(c, "InstanceId.%u", id))
			continue;
		o = cloud_instance_json(c->cloud, value);
		if (!passes(c, o, instance_field)) {
			json_decref(o);
			continue;
		}
		/* One reservation each, as an Auto Scaling group makes them. */
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:[o]}", "ReservationId",
					json_sprintf("r-%s", id + 2),
					"OwnerId", c->cloud->account,
					"Instances", o));
	}
	return aws_page(c, "Reservations", list, "MaxResults", MOST);
}

static json_t *
terminate_instances(struct aws_context *c)
{
	json_t *list = json_array();
	const char *id;

	if (!ids_exist(c)) {
		json_decref(list);
		return NULL;
	}
	for (unsigned i = 1; (id = aws_param_at(c->params, "InstanceId.%u",
						i)); i++) {
		struct cloud_instance *in = cloud_instance(c->cloud, id);
		enum instance_state before = in->state;

		if (!cloud_terminate(c->cloud, id, &c->fault)) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(
			list, json_pack("{s:s, s:{s:i, s:s}, s:{s:i, s:s}}",
					"InstanceId", id, "CurrentState",
					"Code", (int)in->state, "Name",
					instance_state_name(in->state),
					"PreviousState", "Code", (int)before,
					"Name", instance_state_name(before)));
	}
	return json_pack("{s:o}", "TerminatingInstances", list);
}

/* ---- the catalogue ---- */

static const char *
type_field(struct aws_context *c, const json_t *o, const char *name)
{
	const json_t *list;

	(void)c;
	if (!strcmp(name, "instance-type"))
		return text_at(o, "InstanceType", NULL);
	if (!strcmp(name, "processor-info.supported-architecture")) {
		list = json_object_get(json_object_get(o, "ProcessorInfo"),
				       "SupportedArchitectures");
		return json_string_value(json_array_get(list, 0));
	}
	return NULL;
}

static json_t *
describe_types(struct aws_context *c)
{
	json_t *list = json_array();
	const char *name;

	for (unsigned i = 1; (name = aws_param_at(
				      c->params, "InstanceType.%u", i)); i++)
		if (!sim_type_find(name)) {
			cloud_fail(&c->fault, 400, "InvalidInstanceType",
				   "The following supplied instance types do "
				   "not exist: [%s]", name);
			json_decref(list);
			return NULL;
		}
	for (const struct sim_type *t = sim_types; t->name; t++) {
		json_t *o;

		if (!wanted(c, "InstanceType.%u", t->name))
			continue;
		o = cloud_type_json(t);
		if (passes(c, o, type_field))
			json_array_append_new(list, o);
		else
			json_decref(o);
	}
	return aws_page(c, "InstanceTypes", list, "MaxResults", MOST_TYPES);
}

static json_t *
describe_offerings(struct aws_context *c)
{
	json_t *list = json_array();

	for (const struct sim_type *t = sim_types; t->name; t++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "InstanceType",
					t->name, "LocationType", "region",
					"Location", c->cloud->region));
	return aws_page(c, "InstanceTypeOfferings", list, "MaxResults", MOST);
}

/* ---- templates, subnets, images, zones, prices ---- */

static const struct cloud_group *
template_group(struct aws_context *c)
{
	const char *id = aws_param(c->params, "LaunchTemplateId");
	const char *name = aws_param(c->params, "LaunchTemplateName");

	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		if ((id && !strcmp(id, g->template_id)) ||
		    (!id && name && !strcmp(name, g->template_name)))
			return g;
	}
	cloud_fail(&c->fault, 400, "InvalidLaunchTemplateId.NotFound",
		   "The specified launch template, with template ID %s, does "
		   "not exist.", id ? id : str_or_empty(name));
	return NULL;
}

static json_t *
describe_template_versions(struct aws_context *c)
{
	const struct cloud_group *g = template_group(c);

	if (!g)
		return NULL;
	/* Every template of this account has its one version. */
	return json_pack("{s:[o]}", "LaunchTemplateVersions",
			 cloud_template_json(c->cloud, g));
}

static const char *
subnet_field(struct aws_context *c, const json_t *o, const char *name)
{
	static const struct flat table[] = {
		{ "subnet-id", "SubnetId", NULL },
		{ "vpc-id", "VpcId", NULL },
		{ "availability-zone", "AvailabilityZone", NULL },
		{ "state", "State", NULL },
		{ 0 }
	};

	(void)c;
	return flat_field(table, o, name);
}

static json_t *
describe_subnets(struct aws_context *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->cloud->subnet_n; i++) {
		const struct cloud_subnet *s = &c->cloud->subnets[i];
		json_t *o;

		if (!wanted(c, "SubnetId.%u", s->id))
			continue;
		o = cloud_subnet_json(c->cloud, s);
		if (passes(c, o, subnet_field))
			json_array_append_new(list, o);
		else
			json_decref(o);
	}
	return aws_page(c, "Subnets", list, "MaxResults", MOST);
}

static json_t *
describe_images(struct aws_context *c)
{
	static const char *const architectures[] = { "amd64", "arm64" };
	json_t *list = json_array();
	char id[32];

	for (size_t i = 0; i < ARRAY_LEN(architectures); i++)
		if (wanted(c, "ImageId.%u",
			   cloud_image_id(architectures[i], id)))
			json_array_append_new(
				list, cloud_image_json(c->cloud,
						       architectures[i]));
	return aws_page(c, "Images", list, "MaxResults", MOST);
}

static json_t *
describe_zones(struct aws_context *c)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < c->cloud->subnet_n; i++) {
		const struct cloud_subnet *s = &c->cloud->subnets[i];
		bool seen = false;

		for (uint32_t k = 0; k < i && !seen; k++)
			seen = !strcmp(c->cloud->subnets[k].zone, s->zone);
		if (!seen)
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:s, s:s}", "ZoneName",
					  s->zone, "ZoneId", s->zone_id,
					  "RegionName", c->cloud->region,
					  "ZoneState", "available"));
	}
	return json_pack("{s:o}", "AvailabilityZones", list);
}

/* clang-format off */
const struct aws_action aws_ec2_actions[] = {
	{ "DescribeInstances", describe_instances, false },
	{ "DescribeInstanceTypes", describe_types, false },
	{ "DescribeInstanceTypeOfferings", describe_offerings, false },
	{ "DescribeLaunchTemplateVersions", describe_template_versions,
	  false },
	{ "DescribeSubnets", describe_subnets, false },
	{ "DescribeImages", describe_images, false },
	{ "DescribeAvailabilityZones", describe_zones, false },
	{ "TerminateInstances", terminate_instances, true },
	{ 0 }
};
/* clang-format on */
