/*
 * SSM's public parameters: which image EKS recommends (reference integrations
 * D9).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/aws/face.h"

#define ROOT "/aws/service/eks/optimized-ami/"

enum { NAMES_MAX = 10 };

static const struct aws_paging path_page = { "Parameters", "Name", "MaxResults",
					     1, 10, 10 };

static const char *const leaves[] = { "", "/image_id", "/image_name",
				      "/release_version" };

static json_t *
value_of(const struct sim_release *r, const char *arch, const char *leaf)
{
	json_t *image = cloud_image_json(arch, r), *o, *v;
	const json_t *id = json_object_get(image, "ImageId");
	const json_t *name = json_object_get(image, "Name");
	char *text;

	o = json_pack("{s:s, s:O, s:O, s:s}", "schema_version", "2.0",
		      "image_id", id, "image_name", name, "release_version",
		      r->version);
	if (*leaf) {
		v = json_incref(json_object_get(o, leaf + 1));
	} else {
		text = json_dumps(o, JSON_COMPACT);
		v = json_string(text);
		free(text);
	}
	json_decref(o);
	json_decref(image);
	return v;
}

static json_t *
parameter(struct aws_context *c, const struct sim_release *r, const char *arch,
	  const char *leaf)
{
	char name[160];
	int64_t ms = 0;

	snprintf(name, sizeof(name),
		 ROOT "%s/amazon-linux-2023/%s/standard/recommended%s",
		 r->minor, !strcmp(arch, "arm64") ? "arm64" : "x86_64", leaf);
	BUG_IF(!time_parse_rfc3339(r->created, strlen(r->created), &ms));
	return json_pack("{s:s, s:s, s:o, s:i, s:o, s:o, s:s}", "Name", name,
			 "Type", "String", "Value", value_of(r, arch, leaf),
			 "Version", 1, "LastModifiedDate", aws_seconds(ms),
			 "ARN",
			 json_sprintf("arn:aws:ssm:%s::parameter%s",
				      c->cloud->region, name),
			 "DataType", "text");
}

/* All there are, in order of their names. */
static json_t *
all_parameters(struct aws_context *c)
{
	static const char *const architectures[] = { "arm64", "amd64" };
	json_t *list = json_array();

	for (const struct sim_release *r = sim_releases; r->minor; r++) {
		if (r != sim_release_latest(r->minor))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(architectures); i++)
			for (size_t k = 0; k < ARRAY_LEN(leaves); k++)
				json_array_append_new(
					list, parameter(c, r, architectures[i],
							leaves[k]));
	}
	return list;
}

static bool
is_named(const char *have, const char *name)
{
	size_t len = strlen(str_or_empty(have));

	return have && strncmp(have, name, len) == 0 &&
	       (!name[len] || strcmp(name + len, ":1") == 0);
}

/* Borrowed; by name or ARN, and perhaps its only version. */
static json_t *
find(const json_t *all, const char *name)
{
	size_t i;
	json_t *p;

	json_array_foreach((json_t *)(uintptr_t)all, i, p)
		if (is_named(json_string_value(json_object_get(p, "Name")),
			     name) ||
		    is_named(json_string_value(json_object_get(p, "ARN")),
			     name))
			return p;
	return NULL;
}

static json_t *
get_parameter(struct aws_context *c)
{
	const char *name = aws_required(c, "Name");
	json_t *all, *p, *o = NULL;

	if (!name)
		return NULL;
	all = all_parameters(c);
	p = find(all, name);
	if (p)
		o = json_pack("{s:O}", "Parameter", p);
	else
		/* SSM says no more than the code. */
		cloud_fail(&c->fault, 400, "ParameterNotFound", "%s", "");
	json_decref(all);
	return o;
}

static json_t *
get_parameters(struct aws_context *c)
{
	const json_t *names = json_object_get(c->input, "Names");
	json_t *all, *good = json_array(), *bad = json_array(), *n;
	size_t i;

	if (json_array_size(names) == 0 || json_array_size(names) > NAMES_MAX) {
		json_decref(good);
		json_decref(bad);
		return aws_invalid(c,
				   "1 validation error detected: Value at "
				   "'names' failed to satisfy constraint: "
				   "Member must have length less than or equal "
				   "to %d",
				   NAMES_MAX);
	}
	all = all_parameters(c);
	json_array_foreach((json_t *)(uintptr_t)names, i, n) {
		const char *name = str_or_empty(json_string_value(n));
		json_t *p = find(all, name);

		if (p)
			json_array_append(good, p);
		else
			json_array_append_new(bad, json_string(name));
	}
	json_decref(all);
	return json_pack("{s:o, s:o}", "Parameters", good, "InvalidParameters",
			 bad);
}

static json_t *
get_by_path(struct aws_context *c)
{
	const char *path = aws_required(c, "Path"), *name;
	bool deep = json_is_true(json_object_get(c->input, "Recursive"));
	json_t *all, *list, *p;
	size_t i, len;

	if (!path)
		return NULL;
	len = strlen(path);
	if (*path != '/')
		return aws_invalid(c, "The parameter doesn't meet the "
				      "parameter name requirements. The "
				      "parameter name must begin with a "
				      "forward slash \"/\".");
	len -= len > 1 && path[len - 1] == '/';
	list = json_array();
	all = all_parameters(c);
	json_array_foreach(all, i, p) {
		name = json_string_value(json_object_get(p, "Name"));
		if (strncmp(name, path, len) == 0 && name[len] == '/' &&
		    (deep || !strchr(name + len + 1, '/')))
			json_array_append(list, p);
	}
	json_decref(all);
	return aws_page(c, &path_page, list);
}

/* clang-format off */
const struct aws_action aws_ssm_actions[] = {
	{ .name = "GetParameter", .run = get_parameter },
	{ .name = "GetParameters", .run = get_parameters },
	{ .name = "GetParametersByPath", .run = get_by_path },
	{ 0 }
};
/* clang-format on */
