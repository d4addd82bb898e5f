/*
 * EC2's filters over trees of API members, and lists of few things.
 */
#include <stdio.h>

#include "backend/sim/aws/ec2.h"

#define PATH_DEPTH 8

static const char *
filter_name(const struct aws_context *c, unsigned i)
{
	return aws_param_at(c->params, "Filter.%u.Name", i);
}

/* Any of the i-th filter's values fits. */
static bool
value_matches(const struct aws_context *c, unsigned i, const char *have)
{
	const char *want;
	char format[40];

	snprintf(format, sizeof(format), "Filter.%u.Value.%%u", i);
	for (unsigned k = 1; (want = aws_param_at(c->params, format, k)); k++)
		if (aws_glob(want, have))
			return true;
	return false;
}

static bool
leaf_matches(const struct aws_context *c, unsigned i, const json_t *v)
{
	char text[32];

	if (json_is_string(v))
		return value_matches(c, i, json_string_value(v));
	if (json_is_boolean(v))
		return value_matches(c, i, json_is_true(v) ? "true" : "false");
	if (!json_is_integer(v))
		return false;
	snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(v));
	return value_matches(c, i, text);
}

static bool
path_matches(const struct aws_context *c, unsigned i, const json_t *v,
	     const char *path, int depth)
{
	char key[64];
	size_t len, k;
	json_t *item;

	if (depth > PATH_DEPTH)
		return false;
	if (json_is_array(v)) {
		json_array_foreach((json_t *)(uintptr_t)v, k, item)
			if (path_matches(c, i, item, path, depth + 1))
				return true;
		return false;
	}
	if (!*path)
		return leaf_matches(c, i, v);
	len = strcspn(path, ".");
	snprintf(key, sizeof(key), "%.*s", (int)len, path);
	return path_matches(c, i, json_object_get(v, key),
			    path + len + (path[len] == '.'), depth + 1);
}

static bool
tag_matches(const struct aws_context *c, unsigned i, const char *name,
	    const json_t *object)
{
	const json_t *tags = json_object_get(object, "Tags");
	size_t k;
	json_t *t;

	json_array_foreach((json_t *)(uintptr_t)tags, k, t) {
		const char *key = str_or_empty(
			json_string_value(json_object_get(t, "Key")));
		const char *value = str_or_empty(
			json_string_value(json_object_get(t, "Value")));

		if (!strcmp(name, "tag-key")	 ? value_matches(c, i, key)
		    : !strcmp(name, "tag-value") ? value_matches(c, i, value)
						 : !strcmp(name + 4, key) &&
							   value_matches(c, i,
									 value))
			return true;
	}
	return false;
}

static bool
is_tag_filter(const char *name)
{
	return str_has_prefix(name, "tag:") || !strcmp(name, "tag-key") ||
	       !strcmp(name, "tag-value");
}

static const char *
path_of(const struct ec2_filter *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table->path;
	return NULL;
}

bool
ec2_filters_known(struct aws_context *c, const struct ec2_filter *table)
{
	const char *name;

	for (unsigned i = 1; (name = filter_name(c, i)); i++) {
		if (is_tag_filter(name) || path_of(table, name))
			continue;
		aws_invalid(c, "The filter '%s' is invalid", name);
		return false;
	}
	return true;
}

bool
ec2_passes(struct aws_context *c, const struct ec2_filter *table,
	   const json_t *object)
{
	const char *name, *path;

	for (unsigned i = 1; (name = filter_name(c, i)); i++) {
		bool ok;

		if (is_tag_filter(name)) {
			ok = tag_matches(c, i, name, object);
		} else {
			path = path_of(table, name);
			ok = path && path_matches(c, i, object, path, 0);
		}
		if (!ok)
			return false;
	}
	return true;
}

bool
ec2_wanted(const struct aws_context *c, const char *format, const char *id)
{
	const char *value;
	unsigned i;

	for (i = 1; (value = aws_param_at(c->params, format, i)); i++)
		if (!strcmp(value, id))
			return true;
	return i == 1;
}

/* ---- lists ---- */

static const char *
key_of(const struct ec2_list *l, const json_t *o)
{
	return str_or_empty(json_string_value(json_object_get(o, l->key)));
}

static bool
ids_exist(struct aws_context *c, const struct ec2_list *l, const json_t *all)
{
	const char *id;

	for (unsigned i = 1; (id = aws_param_at(c->params, l->ids, i)); i++) {
		bool found = false;
		size_t k;
		json_t *o;

		json_array_foreach((json_t *)(uintptr_t)all, k, o)
			found |= !strcmp(key_of(l, o), id);
		if (!found)
			return cloud_fail(&c->fault, 400, l->code,
					  "The %s '%s' does not exist",
					  l->what, id);
	}
	return true;
}

json_t *
ec2_answer_list(struct aws_context *c, const struct ec2_list *l, json_t *all)
{
	json_t *list, *o;
	size_t i;

	if (!ec2_filters_known(c, l->filters) ||
	    (l->code && !ids_exist(c, l, all))) {
		json_decref(all);
		return NULL;
	}
	if (aws_param(c->params, "MaxResults") &&
	    aws_param_at(c->params, l->ids, 1)) {
		json_decref(all);
		cloud_fail(&c->fault, 400, "InvalidParameterCombination",
			   "The parameter %s cannot be used with the parameter "
			   "maxResults",
			   l->key);
		return NULL;
	}
	list = json_array();
	json_array_foreach(all, i, o)
		if (ec2_wanted(c, l->ids, key_of(l, o)) &&
		    ec2_passes(c, l->filters, o))
			json_array_append(list, o);
	json_decref(all);
	return aws_page(c, l->page, list);
}
