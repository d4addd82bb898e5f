/*
 * EC2's catalogue of instance types, and which of them are offered where.
 */
#include <stdio.h>

#include "backend/sim/aws/ec2.h"

static const struct aws_paging types_page = { "InstanceTypes", "InstanceType",
					      "MaxResults", 5, 100, 100 };
static const struct aws_paging offerings_page = {
	"InstanceTypeOfferings", "InstanceType", "MaxResults", 5, 1000, 1000
};

/* clang-format off */
static const struct ec2_filter type_filters[] = {
	{ "bare-metal", "BareMetal" },
	{ "burstable-performance-supported", "BurstablePerformanceSupported" },
	{ "current-generation", "CurrentGeneration" },
	{ "hypervisor", "Hypervisor" },
	{ "instance-storage-supported", "InstanceStorageSupported" },
	{ "instance-type", "InstanceType" },
	{ "memory-info.size-in-mib", "MemoryInfo.SizeInMiB" },
	{ "network-info.ipv4-addresses-per-interface",
	  "NetworkInfo.Ipv4AddressesPerInterface" },
	{ "network-info.maximum-network-interfaces",
	  "NetworkInfo.MaximumNetworkInterfaces" },
	{ "processor-info.supported-architecture",
	  "ProcessorInfo.SupportedArchitectures" },
	{ "supported-usage-class", "SupportedUsageClasses" },
	{ "supported-virtualization-type", "SupportedVirtualizationTypes" },
	{ "vcpu-info.default-cores", "VCpuInfo.DefaultCores" },
	{ "vcpu-info.default-vcpus", "VCpuInfo.DefaultVCpus" },
	{ 0 }
};
static const struct ec2_filter offering_filters[] = {
	{ "instance-type", "InstanceType" },
	{ "location", "Location" },
	{ 0 }
};
/* clang-format on */

static bool
types_exist(struct aws_context *c)
{
	char *unknown = NULL;
	const char *name;

	for (unsigned i = 1; (name = aws_param_at(
				      c->params, "InstanceType.%u", i)); i++)
		if (!sim_type_find(name))
			unknown = arena_printf(c->arena, "%s%s%s",
					       str_or_empty(unknown),
					       unknown ? ", " : "", name);
	if (aws_param_at(c->params, "InstanceType.%u", types_page.most + 1))
		return cloud_fail(&c->fault, 400, "InvalidParameterValue",
				  "The maximum number of instance types is "
				  "%d",
				  types_page.most);
	if (!unknown)
		return true;
	return cloud_fail(&c->fault, 400, "InvalidInstanceType",
			  "The following supplied instance types do not "
			  "exist: [%s]",
			  unknown);
}

json_t *
ec2_describe_types(struct aws_context *c)
{
	json_t *list;

	if (!types_exist(c) || !ec2_filters_known(c, type_filters))
		return NULL;
	if (aws_param_at(c->params, "InstanceType.%u", 1) &&
	    aws_param(c->params, "MaxResults")) {
		cloud_fail(&c->fault, 400, "InvalidParameterCombination",
			   "The parameter InstanceType cannot be used with the "
			   "parameter MaxResults");
		return NULL;
	}
	list = json_array();
	for (const struct sim_type *t = sim_types; t->name; t++) {
		json_t *o;

		if (!ec2_wanted(c, "InstanceType.%u", t->name))
			continue;
		o = cloud_type_json(t);
		if (ec2_passes(c, type_filters, o))
			json_array_append(list, o);
		json_decref(o);
	}
	return aws_page(c, &types_page, list);
}

static void
add_offering(struct aws_context *c, json_t *list, const struct sim_type *t,
	     const char *kind, const char *location)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "InstanceType", t->name,
			      "LocationType", kind, "Location", location);

	if (ec2_passes(c, offering_filters, o))
		json_array_append(list, o);
	json_decref(o);
}

json_t *
ec2_describe_offerings(struct aws_context *c)
{
	const char *kind = aws_param(c->params, "LocationType");
	const struct cloud *a = c->cloud;
	json_t *list;

	kind = kind && *kind ? kind : "region";
	if (!ec2_filters_known(c, offering_filters))
		return NULL;
	if (strcmp(kind, "region") != 0 &&
	    strcmp(kind, "availability-zone") != 0 &&
	    strcmp(kind, "availability-zone-id") != 0)
		return aws_invalid(c,
				   "The location type '%s' is not valid. "
				   "Specify 'region', 'availability-zone' or "
				   "'availability-zone-id'",
				   kind);
	list = json_array();
	for (const struct sim_type *t = sim_types; t->name; t++) {
		if (!strcmp(kind, "region"))
			add_offering(c, list, t, kind, a->region);
		for (uint32_t i = 0; *kind == 'a' && i < a->subnet_n; i++)
			add_offering(c, list, t, kind,
				     strlen(kind) == 17
					     ? a->subnets[i].zone
					     : a->subnets[i].zone_id);
	}
	return aws_page(c, &offerings_page, list);
}
