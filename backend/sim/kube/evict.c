/*
 * Eviction: a deletion that asks the disruption budgets first.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/internal.h"

#define VIOLATES "Cannot evict pod as it would violate the pod's disruption "  \
		 "budget."
#define RETRY_S 10

struct budgets {
	struct kube_call *c;
	const struct object *pod;
	const struct object *one; /* the first that selects the pod */
	uint32_t n;
};

static const json_t *
at(const json_t *t, const char *a, const char *b)
{
	return json_object_get(json_object_get(t, a), b);
}

static bool
selects(void *ctx, const struct object *pdb)
{
	struct budgets *b = ctx;
	json_t *tree = object_tree(pdb);
	const json_t *label_selector = at(tree, "spec", "selector");
	struct selector sel;
	struct status st;

	selector_init(&sel);
	if (json_is_object(label_selector) &&
	    selector_from_tree(&sel, b->c->arena, label_selector, &st) &&
	    kube_selector_matches(&sel, b->pod)) {
		b->one = b->one ? b->one : pdb;
		b->n++;
	}
	selector_fini(&sel);
	json_decref(tree);
	return true;
}

static bool
is_ready(const json_t *pod)
{
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)at(pod, "status", "conditions"), i, v)
		if (str_eq(json_string_value(json_object_get(v, "type")),
			   "Ready"))
			return str_eq(json_string_value(
					      json_object_get(v, "status")),
				      "True");
	return false;
}

static bool
needs_no_budget(const struct object *obj, const json_t *pod)
{
	const char *phase = json_string_value(at(pod, "status", "phase"));

	return obj->deleted_ms || str_eq(phase, "Succeeded") ||
	       str_eq(phase, "Failed") || str_eq(phase, "Pending");
}

static bool
violates(struct kube_call *c, int32_t retry_s)
{
	status_fail(&c->st, 429, "TooManyRequests", "%s", VIOLATES);
	c->st.retry_after_s = retry_s;
	return false;
}

/* Takes one disruption off the budget's status. */
static bool
spend(struct kube_call *c, const struct object *pdb, json_t *tree,
      json_int_t allowed)
{
	json_t *status = json_object_get(tree, "status"), *disrupted;
	char time[TIME_TEXT];
	const struct object *done;
	struct status st;

	disrupted = json_object_get(status, "disruptedPods");
	if (!json_is_object(disrupted)) {
		disrupted = json_object();
		json_object_set_new(status, "disruptedPods", disrupted);
	}
	json_object_set_new(disrupted, c->path.name,
			    json_string(time_format(objects_now_ms(c->k->o),
						    false, time)));
	json_object_set_new(status, "disruptionsAllowed",
			    json_integer(allowed - 1));
	done = objects_update(c->k->o, pdb->type, pdb->ns, pdb->name, tree,
			      WRITE_STATUS, &st);
	if (!done)
		c->st = st;
	return done;
}

static bool
budget_allows(struct kube_call *c, const struct object *pdb,
	      const json_t *pod, bool dry_run)
{
	json_t *tree = object_tree(pdb);
	const char *policy = json_string_value(
		at(tree, "spec", "unhealthyPodEvictionPolicy"));
	json_int_t allowed =
		json_integer_value(at(tree, "status", "disruptionsAllowed"));
	json_int_t healthy =
		json_integer_value(at(tree, "status", "currentHealthy"));
	json_int_t needed =
		json_integer_value(at(tree, "status", "desiredHealthy"));
	json_int_t seen =
		json_integer_value(at(tree, "status", "observedGeneration"));
	json_int_t generation =
		json_integer_value(at(tree, "metadata", "generation"));
	bool ok = true;

	if (!is_ready(pod) && (str_eq(policy, "AlwaysAllow") ||
			       (needed > 0 && healthy >= needed)))
		goto out;
	if (seen < generation) {
		ok = violates(c, RETRY_S);
		status_add_cause(&c->st, "DisruptionBudget", "",
				 "The disruption budget %s is still being "
				 "processed by the server.", pdb->name);
	} else if (allowed <= 0) {
		ok = violates(c, 0);
		status_add_cause(&c->st, "DisruptionBudget", "",
				 "The disruption budget %s needs %lld healthy "
				 "pods and has %lld currently", pdb->name,
				 (long long)needed, (long long)healthy);
	} else if (!dry_run) {
		ok = spend(c, pdb, tree, allowed);
	}
out:
	json_decref(tree);
	return ok;
}

static bool
budgets_allow(struct kube_call *c, const struct object *obj, bool dry_run)
{
	const struct object_type *t =
		objects_type(c->k->o, "policy", "poddisruptionbudgets");
	struct budgets b = { .c = c, .pod = obj };
	json_t *pod = object_tree(obj);
	bool ok = true;

	if (t && !needs_no_budget(obj, pod)) {
		objects_each(c->k->o, t, obj->ns, NULL, selects, &b);
		if (b.n > 1)
			ok = status_fail(&c->st, 500, "InternalError",
					 "Internal error occurred: This pod "
					 "has more than one "
					 "PodDisruptionBudget, which the "
					 "eviction subresource does not "
					 "support.");
		else if (b.one)
			ok = budget_allows(c, b.one, pod, dry_run);
	}
	json_decref(pod);
	return ok;
}

/* Marks why the pod goes, for whoever looks at it while it stops. */
static void
mark_disrupted(struct kube_call *c)
{
	struct patch_options o = { .kind = PATCH_STRATEGIC,
				   .flags = WRITE_STATUS };
	char time[TIME_TEXT];
	struct status st;
	json_t *patch = json_pack(
		"{s:{s:[{s:s,s:s,s:s,s:s,s:s}]}}", "status", "conditions",
		"type", "DisruptionTarget", "status", "True", "reason",
		"EvictionByEvictionAPI", "message", "Eviction API: evicting",
		"lastTransitionTime",
		time_format(objects_now_ms(c->k->o), false, time));

	(void)objects_patch(c->k->o, c->type, c->path.ns, c->path.name, patch,
			    &o, &st);
	json_decref(patch);
}

static void
read_options(struct kube_call *c, const json_t *body,
	     struct delete_options *d)
{
	const json_t *o = json_object_get(body, "deleteOptions");
	const json_t *grace = json_object_get(o, "gracePeriodSeconds");
	const json_t *pre = json_object_get(o, "preconditions");
	const char *uid = json_string_value(json_object_get(pre, "uid"));
	const char *rv =
		json_string_value(json_object_get(pre, "resourceVersion"));

	*d = (struct delete_options){ .grace_s = -1 };
	if (json_is_integer(grace))
		d->grace_s = json_integer_value(grace);
	if (uid)
		d->uid = arena_strdup(c->arena, uid);
	if (rv)
		d->rv = arena_strdup(c->arena, rv);
	d->dry_run = str_eq(json_string_value(json_array_get(
				    json_object_get(o, "dryRun"), 0)),
			    "All");
}

static void
evict(struct kube_call *c, struct delete_options *d)
{
	const struct object *obj =
		objects_get(c->k->o, c->type, c->path.ns, c->path.name);
	const char *dry = kube_query(c, "dryRun");

	if (dry && strcmp(dry, "All") == 0)
		d->dry_run = true;
	if (!obj) {
		status_fail_on(&c->st, 404, "NotFound", c->type, c->path.name,
			       "pods \"%s\" not found", c->path.name);
	} else if (budgets_allow(c, obj, d->dry_run)) {
		if (!d->dry_run && !d->rv)
			mark_disrupted(c);
		if (objects_delete(c->k->o, c->type, c->path.ns, c->path.name,
				   d, NULL, NULL, &c->st)) {
			kube_success(c, 201, NULL, "", "");
			return;
		}
	}
	kube_fail(c);
}

void
kube_eviction(struct kube_call *c)
{
	struct delete_options d;
	const char *name;
	json_t *body;

	if (strcmp(c->q->method, "POST") != 0) {
		kube_method_not_allowed(c);
		return;
	}
	body = kube_body(c);
	if (!body) {
		kube_fail(c);
		return;
	}
	name = json_string_value(at(body, "metadata", "name"));
	read_options(c, body, &d);
	if (name && *name && strcmp(name, c->path.name) != 0)
		kube_failf(c, 400, "BadRequest",
			   "name in URL does not match name in Eviction "
			   "object");
	else
		evict(c, &d);
	json_decref(body);
}
