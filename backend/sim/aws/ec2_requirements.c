/*
 * Types by what they must have: GetInstanceTypesFromInstanceRequirements.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/ec2.h"

#define REQ "InstanceRequirements."

static const struct aws_paging page = { "InstanceTypes", "InstanceType",
					"MaxResults", 1, 1000, 1000 };

/* Bounds of one quantity; absent ones are as wide as can be. */
static bool
within(struct aws_context *c, const char *name, double have)
{
	char key[100];
	const char *text;

	snprintf(key, sizeof(key), REQ "%s.Min", name);
	text = aws_param(c->params, key);
	if (text && have < strtod(text, NULL))
		return false;
	snprintf(key, sizeof(key), REQ "%s.Max", name);
	text = aws_param(c->params, key);
	return !text || have <= strtod(text, NULL);
}

/* True when the list is absent, or one of its texts fits. */
static bool
listed(struct aws_context *c, const char *format, const char *have,
       bool absent)
{
	const char *value;
	unsigned i;

	for (i = 1; (value = aws_param_at(c->params, format, i)); i++)
		if (aws_glob(value, have))
			return true;
	return i == 1 && absent;
}

/* included, excluded or required; absent is excluded. */
static bool
trait(struct aws_context *c, const char *name, bool have, const char *absent)
{
	char key[100];
	const char *text;

	snprintf(key, sizeof(key), REQ "%s", name);
	text = aws_param(c->params, key);
	text = text ? text : absent;
	return !strcmp(text, "included") || have == !strcmp(text, "required");
}

static const char *
maker(const struct sim_type *t)
{
	const char *family = t->name;
	size_t n = strcspn(family, ".");

	if (!strcmp(t->arch, "arm64"))
		return "amazon-web-services";
	return memchr(family + 1, 'a', n - 1) || str_has_prefix(family, "g5.")
		       ? "amd"
		       : "intel";
}

static bool
accelerators_fit(struct aws_context *c, const struct sim_type *t)
{
	char name[32];

	/* Without a word about them, types with accelerators are out. */
	if (t->gpus && !aws_param(c->params, REQ "AcceleratorCount.Min") &&
	    !aws_param(c->params, REQ "AcceleratorCount.Max") &&
	    !aws_param(c->params, REQ "AcceleratorType.1") &&
	    !aws_param(c->params, REQ "AcceleratorManufacturer.1") &&
	    !aws_param(c->params, REQ "AcceleratorName.1"))
		return false;
	if (!within(c, "AcceleratorCount", t->gpus) ||
	    !within(c, "AcceleratorTotalMemoryMiB",
		    (double)t->gpus * t->gpu_memory_mib))
		return false;
	if (!t->gpus)
		return !aws_param(c->params, REQ "AcceleratorType.1") &&
		       !aws_param(c->params, REQ "AcceleratorName.1");
	snprintf(name, sizeof(name), "%s", t->gpu);
	for (char *p = name; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	return listed(c, REQ "AcceleratorType.%u", "gpu", true) &&
	       listed(c, REQ "AcceleratorManufacturer.%u", "nvidia", true) &&
	       listed(c, REQ "AcceleratorName.%u", name, true);
}

static bool
fits(struct aws_context *c, const struct sim_type *t)
{
	double gib = t->memory_mib / 1024.0;

	return listed(c, "ArchitectureType.%u",
		      !strcmp(t->arch, "arm64") ? "arm64" : "x86_64", false) &&
	       listed(c, "VirtualizationType.%u", "hvm", false) &&
	       within(c, "VCpuCount", t->vcpus) &&
	       within(c, "MemoryMiB", t->memory_mib) &&
	       within(c, "MemoryGiBPerVCpu", gib / t->vcpus) &&
	       within(c, "NetworkInterfaceCount", t->enis) &&
	       listed(c, REQ "CpuManufacturer.%u", maker(t), true) &&
	       listed(c, REQ "AllowedInstanceType.%u", t->name, true) &&
	       !listed(c, REQ "ExcludedInstanceType.%u", t->name, false) &&
	       listed(c, REQ "InstanceGeneration.%u",
		      t->nitro ? "current" : "previous", true) &&
	       trait(c, "BareMetal", false, "excluded") &&
	       trait(c, "BurstablePerformance", t->burstable, "excluded") &&
	       trait(c, "LocalStorage", sim_type_has_disk(t), "included") &&
	       accelerators_fit(c, t);
}

json_t *
ec2_types_from_requirements(struct aws_context *c)
{
	static const char *const needed[] = {
		"ArchitectureType.1", "VirtualizationType.1",
		REQ "VCpuCount.Min", REQ "MemoryMiB.Min"
	};
	json_t *list;

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!aws_required(c, needed[i]))
			return NULL;
	if (aws_param(c->params, REQ "AllowedInstanceType.1") &&
	    aws_param(c->params, REQ "ExcludedInstanceType.1")) {
		cloud_fail(&c->fault, 400, "InvalidParameterCombination",
			   "You can't specify both AllowedInstanceTypes and "
			   "ExcludedInstanceTypes");
		return NULL;
	}
	list = json_array();
	for (const struct sim_type *t = sim_types; t->name; t++)
		if (fits(c, t))
			json_array_append_new(list,
					      json_pack("{s:s}", "InstanceType",
							t->name));
	return aws_page(c, &page, list);
}
