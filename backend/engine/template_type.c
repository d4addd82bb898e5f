/*
 * The instance type of a group (reference 4.5, 4.6).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/template.h"

static const struct instance_type *
type_by_name(struct run *r, const char *name)
{
	WORLD_EACH(instance_type, t, r->world, KIND_INSTANCETYPE)
		if (str_eq(t->name, name))
			return t;
	return NULL;
}

static bool
version_matches(const struct launch_template *t, const char *wanted)
{
	char text[24];

	if (!wanted || !*wanted || strcmp(wanted, "$Default") == 0)
		return t->is_default;
	if (strcmp(wanted, "$Latest") == 0)
		return t->is_latest;
	snprintf(text, sizeof(text), "%lld", (long long)t->version);
	return strcmp(text, wanted) == 0;
}

static const struct launch_template *
launch_template_of(struct run *r, const struct group *asg)
{
	WORLD_EACH(launch_template, t, r->world, KIND_TEMPLATE)
	{
		bool same = asg->template_id && *asg->template_id
				    ? str_eq(t->id, asg->template_id)
				    : asg->template_name &&
					      str_eq(t->name,
						     asg->template_name);

		if (same && version_matches(t, asg->template_version))
			return t;
	}
	return NULL;
}

static const struct image *
image_by_id(struct run *r, const char *id)
{
	WORLD_EACH(image, i, r->world, KIND_IMAGE)
		if (str_eq(i->id, id))
			return i;
	return NULL;
}

/* The first type that GetInstanceTypesFromInstanceRequirements answers. */
static const char *
type_by_requirements(struct run *r, const struct type_requirements *q,
		     const struct image *image)
{
	WORLD_EACH(types_from_requirements, t, r->world, KIND_TYPESFROMREQ)
	{
		if (t->digest != q->digest || t->type_n == 0)
			continue;
		if (image && *str_or_empty(t->arch) &&
		    *str_or_empty(image->arch) &&
		    !str_eq(t->arch, image->arch))
			continue;
		return t->types[0];
	}
	return NULL;
}

/* Requirements of the only override; of several none counts (4.5). */
static const struct type_requirements *
override_requirements(const struct group *asg, bool *typed)
{
	const struct type_requirements *q = NULL;

	*typed = false;
	for (uint32_t i = 0; i < asg->override_n; i++) {
		if (asg->override_n == 1)
			q = asg->overrides[i].requirements;
		if (*str_or_empty(asg->overrides[i].type))
			*typed = true;
	}
	return q;
}

const struct type_requirements *
template_requirements(struct run *r, const struct group *asg)
{
	const struct launch_template *t;
	const struct type_requirements *q;
	bool typed;

	if (!asg->mixed)
		return NULL;
	q = override_requirements(asg, &typed);
	if (typed)
		return NULL;
	if (q)
		return q;
	t = launch_template_of(r, asg);
	return t ? t->requirements : NULL;
}

static const char *
type_from_template(struct run *r, const struct group *asg,
		   const struct type_requirements *q, const char **fault)
{
	const struct launch_template *t = launch_template_of(r, asg);
	const char *name;

	if (!t) {
		*fault = arena_printf(
			r->scratch,
			"ASG \"%s\": launch template %s version %s is not "
			"known", asg->name,
			*str_or_empty(asg->template_name)
				? asg->template_name
				: str_or_empty(asg->template_id),
			*str_or_empty(asg->template_version)
				? asg->template_version
				: "$Default");
		return NULL;
	}
	if (!q && *str_or_empty(t->type))
		return t->type;
	if (!q)
		q = t->requirements;
	name = q ? type_by_requirements(r, q, image_by_id(r, t->image_id))
		 : NULL;
	if (!name)
		*fault = arena_printf(r->scratch,
				      "ASG \"%s\": its launch template gives "
				      "no instance type", asg->name);
	return name;
}

static const char *
type_from_mixed(struct run *r, const struct group *asg, const char **fault)
{
	bool typed;
	const struct type_requirements *q = override_requirements(asg, &typed);

	if (typed && q) {
		*fault = arena_printf(
			r->scratch,
			"ASG \"%s\" mixes instance types and instance "
			"requirements", asg->name);
		return NULL;
	}
	for (uint32_t i = 0; typed && i < asg->override_n; i++)
		if (*str_or_empty(asg->overrides[i].type))
			return asg->overrides[i].type;
	return type_from_template(r, asg, q, fault);
}

static const char *
type_from_config(struct run *r, const struct group *asg, const char **fault)
{
	WORLD_EACH(launch_config, l, r->world, KIND_LAUNCHCONFIG)
		if (str_eq(l->name, asg->launch_config))
			return l->type;
	*fault = arena_printf(r->scratch,
			      "ASG \"%s\": launch configuration %s is not "
			      "known", asg->name, asg->launch_config);
	return NULL;
}

const struct instance_type *
template_instance_type(struct run *r, const struct group *asg,
		       const char **fault)
{
	const struct instance_type *type;
	const char *name;

	if (*str_or_empty(asg->launch_config))
		name = type_from_config(r, asg, fault);
	else if (asg->mixed)
		name = type_from_mixed(r, asg, fault);
	else
		name = type_from_template(r, asg, NULL, fault);
	if (!name)
		return NULL;
	type = type_by_name(r, name);
	if (!type)
		*fault = arena_printf(r->scratch,
				      "ASG \"%s\" uses the unknown EC2 "
				      "instance type \"%s\"", asg->name,
				      name);
	return type;
}
