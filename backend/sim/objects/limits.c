/*
 * LimitRanges: what containers get that ask for nothing, and the refusal of
 * what is too much or too little.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"
#include "backend/sim/objects/default.h"

/* A limit's default is its maximum; a request's is the limit's, or the minimum.
 */
bool
default_limits(struct objects *o, json_t *tree, const json_t *old,
	       struct status *st)
{
	static const char *const from[][2] = {
		{ "default", "max" },
		{ "defaultRequest", "default" },
		{ "defaultRequest", "min" },
	};
	json_t *item, *v;
	const char *key;
	size_t i;

	(void)o, (void)old, (void)st;
	json_array_foreach(jpath(tree, "spec.limits"), i, item) {
		if (!str_eq(jtext(item, "type"), "Container"))
			continue;
		for (size_t k = 0; k < ARRAY_LEN(from); k++)
			json_object_foreach(
				json_object_get(item, from[k][1]), key, v)
				def(need_object(item, from[k][0]), key,
				    json_incref(v));
	}
	return true;
}

/* ---- admission ---- */

struct limiting {
	json_t *pod;
	const char *name;
	struct status *st;
	struct buf set, wrong; /* what was given; what is refused */
	uint32_t wrong_n;
};

/* resources.LIST gets what of the range it has not. */
static void
give(struct limiting *l, json_t *container, const char *list,
     const json_t *values, const char *what)
{
	json_t *have, *v;
	const char *key;

	json_object_foreach((json_t *)values, key, v) {
		have = need_object(need_object(container, "resources"), list);
		if (!have || !jabsent(have, key))
			continue;
		json_object_set(have, key, v);
		buf_printf(&l->set, "%s%s %s for container %s",
			   l->set.len ? "; " : "", key, what,
			   str_or_empty(jtext(container, "name")));
	}
}

static bool
above(const char *a, const char *b)
{
	int64_t x = 0, y = 0;

	(void)quantity_parse_milli(a, strlen(a), &x);
	(void)quantity_parse_milli(b, strlen(b), &y);
	return x > y;
}

static void
wrong(struct limiting *l, const char *bound, const char *key,
      const char *allowed, const char *what, const char *is)
{
	buf_printf(&l->wrong, "%s%s %s usage per Container is %s",
		   l->wrong_n++ ? ", " : "", bound, key, allowed);
	if (is)
		buf_printf(&l->wrong, ", but %s is %s", what, is);
	else
		buf_printf(&l->wrong, ".  No %s is specified", what);
}

static void
hold(struct limiting *l, const json_t *container, const json_t *item)
{
	const json_t *r = json_object_get(container, "resources"), *v;
	const char *key;

	json_object_foreach(json_object_get(item, "min"), key, v) {
		const char *is = jtext(json_object_get(r, "requests"), key);
		const char *least = str_or_empty(json_string_value(v));

		if (!is || above(least, is))
			wrong(l, "minimum", key, least, "request", is);
	}
	json_object_foreach(json_object_get(item, "max"), key, v) {
		const char *is = jtext(json_object_get(r, "limits"), key);
		const char *most = str_or_empty(json_string_value(v));

		if (!is || above(is, most))
			wrong(l, "maximum", key, most, "limit", is);
	}
}

static bool
apply_range(void *ctx, const struct object *range)
{
	static const char *const lists[] = { "initContainers", "containers" };
	struct limiting *l = ctx;
	json_t *tree = object_tree(range), *item, *c;
	size_t i, k;

	json_array_foreach(jpath(tree, "spec.limits"), i, item) {
		if (!str_eq(jtext(item, "type"), "Container"))
			continue;
		for (size_t n = 0; n < ARRAY_LEN(lists); n++)
			json_array_foreach(
				json_object_get(json_object_get(l->pod, "spec"),
						lists[n]),
				k, c) {
				give(l, c, "requests",
				     json_object_get(item, "defaultRequest"),
				     "request");
				give(l, c, "limits",
				     json_object_get(item, "default"),
				     "limit");
				hold(l, c, item);
			}
	}
	json_decref(tree);
	return true;
}

static bool
settle(struct limiting *l, const struct object_type *pods)
{
	json_t *meta = need_object(l->pod, "metadata");

	if (l->wrong_n)
		return status_fail_on(l->st, 403, "Forbidden", pods, l->name,
				      "pods \"%s\" is forbidden: %s%s%s",
				      l->name, l->wrong_n > 1 ? "[" : "",
				      buf_text(&l->wrong),
				      l->wrong_n > 1 ? "]" : "");
	if (l->set.len)
		json_object_set_new(
			need_object(meta, "annotations"),
			"kubernetes.io/limit-ranger",
			json_sprintf("LimitRanger plugin set: %s",
				     buf_text(&l->set)));
	return true;
}

bool
limits_admit(struct objects *o, json_t *pod, struct status *st)
{
	const struct object_type *ranges = objects_type(o, "", "limitranges");
	const json_t *meta = json_object_get(pod, "metadata");
	struct limiting l = { .pod = pod, .st = st };
	bool ok;

	if (!ranges || !objects_count(o, ranges))
		return true;
	l.name = str_or_empty(jtext(meta, "name"));
	buf_init(&l.set, 2000);
	buf_init(&l.wrong, 2000);
	objects_each(o, ranges, str_or_empty(jtext(meta, "namespace")), NULL,
		     apply_range, &l);
	ok = settle(&l, &o->pods->type);
	buf_fini(&l.wrong);
	buf_fini(&l.set);
	return ok;
}
