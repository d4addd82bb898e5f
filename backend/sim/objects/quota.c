/*
 * ResourceQuotas: what a namespace's objects use of them, and the refusal of
 * what would be too much.  Quotas with scopes are left alone.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"
#include "backend/sim/objects/internal.h"

static bool
is_cpu(const char *key)
{
	const char *dot = strrchr(key, '.');

	return strcmp(dot ? dot + 1 : key, "cpu") == 0;
}

/* Thousandths of cpu, whole units of everything else. */
static int64_t
amount(const char *key, const char *text)
{
	int64_t n = 0;

	if (!text)
		return 0;
	if (is_cpu(key))
		(void)quantity_parse_milli(text, strlen(text), &n);
	else
		(void)quantity_parse_units(text, strlen(text), &n);
	return n;
}

static json_t *
amount_text(const char *key, int64_t n)
{
	char text[QUANTITY_TEXT];

	if (is_cpu(key))
		return json_string(quantity_format_mcpu(n, text));
	if (strstr(key, "memory") || strstr(key, "storage"))
		return json_string(quantity_format_bytes(n, text));
	return json_sprintf("%lld", (long long)n);
}

/* "requests.memory", "limits.cpu", and "cpu" for "requests.cpu": the list and
 * the resource; NULL: no such thing. */
static const char *
compute_resource(const char *key, const char **list)
{
	static const char *const plain[] = { "cpu", "memory",
					     "ephemeral-storage" };

	*list = "requests";
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (strcmp(key, plain[i]) == 0)
			return key;
	if (str_has_prefix(key, "requests.") &&
	    strcmp(key, "requests.storage") != 0)
		return key + sizeof("requests.") - 1;
	if (!str_has_prefix(key, "limits."))
		return NULL;
	*list = "limits";
	return key + sizeof("limits.") - 1;
}

/* All that counts towards the key is of this type. */
static const struct object_type *
type_of_key(struct objects *o, const char *key)
{
	const char *list, *plural = key, *dot;
	const struct object_type *t;
	char *name;

	if (compute_resource(key, &list))
		return objects_type(o, "", "pods");
	if (strcmp(key, "requests.storage") == 0)
		return objects_type(o, "", "persistentvolumeclaims");
	if (str_has_prefix(key, "services."))
		return objects_type(o, "", "services");
	if (str_has_prefix(key, "count/"))
		plural = key + sizeof("count/") - 1;
	dot = strchr(plural, '.');
	name = xstrndup(plural, dot ? (size_t)(dot - plural) : strlen(plural));
	t = objects_type(o, dot ? dot + 1 : "", name);
	free(name);
	return t;
}

static bool
is_over(const json_t *pod)
{
	const char *phase = str_or_empty(
		json_string_value(jpath(pod, "status.phase")));

	return strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
}

/* The sum of the containers, or the largest init container's. */
static int64_t
pod_amount(const json_t *pod, const char *key, const char *list,
	   const char *resource)
{
	int64_t sum = 0, largest = 0;
	json_t *c;
	size_t i;

	json_array_foreach(jpath(pod, "spec.containers"), i, c)
		sum += amount(key, jtext(json_object_get(
					 json_object_get(c, "resources"),
					 list), resource));
	json_array_foreach(jpath(pod, "spec.initContainers"), i, c) {
		int64_t n = amount(key, jtext(json_object_get(
					      json_object_get(c, "resources"),
					      list), resource));

		largest = n > largest ? n : largest;
	}
	return sum > largest ? sum : largest;
}

/* What one object of the key's type counts. */
static int64_t
object_amount(const char *key, const json_t *tree)
{
	const char *list, *resource = compute_resource(key, &list);
	const char *type = str_or_empty(
		json_string_value(jpath(tree, "spec.type")));
	json_t *port;
	int64_t n = 0;
	size_t i;

	if (resource)
		return is_over(tree) ? 0
				     : pod_amount(tree, key, list, resource);
	if (strcmp(key, "pods") == 0)
		return !is_over(tree);
	if (strcmp(key, "requests.storage") == 0)
		return amount(key, json_string_value(jpath(
					   tree, "spec.resources.requests."
						 "storage")));
	if (strcmp(key, "services.loadbalancers") == 0)
		return strcmp(type, "LoadBalancer") == 0;
	if (strcmp(key, "services.nodeports") != 0)
		return 1;
	json_array_foreach(jpath(tree, "spec.ports"), i, port)
		n += json_integer_value(json_object_get(port, "nodePort")) > 0;
	return n;
}

struct use {
	const char *key;
	int64_t sum;
};

static bool
add_object(void *ctx, const struct object *obj)
{
	struct use *u = ctx;
	json_t *tree = object_tree(obj);

	u->sum += object_amount(u->key, tree);
	json_decref(tree);
	return true;
}

static int64_t
used_of(struct objects *o, const char *ns, const char *key)
{
	const struct object_type *t = type_of_key(o, key);
	struct use u = { key, 0 };

	if (t && t->namespaced)
		objects_each(o, t, ns, NULL, add_object, &u);
	return u.sum;
}

json_t *
objects_quota_used(struct objects *o, const struct object *quota)
{
	json_t *tree = object_tree(quota), *used = json_object(), *v;
	const char *key;

	json_object_foreach(jpath(tree, "spec.hard"), key, v)
		json_object_set_new(
			used, key,
			amount_text(key, used_of(o, quota->ns, key)));
	json_decref(tree);
	return used;
}

/* ---- admission ---- */

struct admission {
	struct objects *o;
	const struct object_type *t;
	const char *ns, *name;
	const json_t *tree;
	struct status *st;
	bool ok;
};

static bool
refuse(struct admission *a, const char *what, const char *quota,
       const char *detail)
{
	char label[200];

	a->ok = false;
	return status_fail_on(a->st, 403, "Forbidden", a->t, a->name,
			      "%s \"%s\" is forbidden: %s quota: %s%s%s",
			      object_type_label(a->t, label, sizeof(label)),
			      a->name, what, quota,
			      *what == 'f' ? ": must specify " : ", ", detail);
}

/* A pod must say how much it wants of what is limited. */
static bool
all_specified(struct admission *a, const char *quota, const json_t *hard)
{
	struct buf b;
	const char *key;
	json_t *v, *c;
	bool ok;
	size_t i;

	buf_init(&b, 1000);
	json_object_foreach((json_t *)hard, key, v) {
		const char *list, *resource = compute_resource(key, &list);
		uint32_t n = 0;

		if (!resource || type_of_key(a->o, key) != a->t)
			continue;
		json_array_foreach(jpath(a->tree, "spec.containers"), i, c) {
			const json_t *r = json_object_get(c, "resources");

			if (jtext(json_object_get(r, list), resource))
				continue;
			if (n++)
				buf_puts(&b, ",");
			else
				buf_printf(&b, "%s%s for: ", b.len ? "; " : "",
					   key);
			buf_puts(&b, str_or_empty(jtext(c, "name")));
		}
	}
	ok = b.len == 0 || refuse(a, "failed", quota, buf_text(&b));
	buf_fini(&b);
	return ok;
}

static void
add_pair(struct buf *b, const char *key, int64_t n)
{
	json_t *text = amount_text(key, n);

	buf_printf(b, "%s%s=%s", b->len ? "," : "", key,
		   json_string_value(text));
	json_decref(text);
}

static bool
all_within(struct admission *a, const char *quota, const json_t *hard)
{
	struct buf wanted, used, limit, all;
	const char *key;
	json_t *v;
	bool ok = true;

	buf_init(&wanted, 300);
	buf_init(&used, 300);
	buf_init(&limit, 300);
	buf_init(&all, 1000);
	json_object_foreach((json_t *)hard, key, v) {
		int64_t most = amount(key, json_string_value(v)), more, sum;

		if (type_of_key(a->o, key) != a->t ||
		    (more = object_amount(key, a->tree)) == 0)
			continue;
		sum = used_of(a->o, a->ns, key);
		if (sum + more <= most)
			continue;
		add_pair(&wanted, key, more);
		add_pair(&used, key, sum);
		add_pair(&limit, key, most);
	}
	if (wanted.len) {
		buf_printf(&all, "requested: %s, used: %s, limited: %s",
			   buf_text(&wanted), buf_text(&used),
			   buf_text(&limit));
		ok = refuse(a, "exceeded", quota, buf_text(&all));
	}
	buf_fini(&all);
	buf_fini(&limit);
	buf_fini(&used);
	buf_fini(&wanted);
	return ok;
}

static bool
admit_by(void *ctx, const struct object *quota)
{
	struct admission *a = ctx;
	json_t *tree = object_tree(quota);
	const json_t *hard = jpath(tree, "spec.hard");

	if (!json_array_size(jpath(tree, "spec.scopes")) &&
	    !jpath(tree, "spec.scopeSelector"))
		(void)(all_specified(a, quota->name, hard) &&
		       all_within(a, quota->name, hard));
	json_decref(tree);
	return a->ok;
}

bool
quota_admit(struct objects *o, const struct object_type *t, const char *ns,
	    const char *name, const json_t *tree, struct status *st)
{
	struct admission a = { o, t, ns, name, tree, st, true };

	if (o->quotas && t->namespaced && objects_count(o, &o->quotas->type))
		objects_each(o, &o->quotas->type, ns, NULL, admit_by, &a);
	return a.ok;
}
