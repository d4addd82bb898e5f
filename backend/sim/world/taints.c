/*
 * Taints of a node, one at a time, leaving the others as they are.
 */
#include "backend/sim/world/parts.h"

static void
write_taints(struct kubernetes *k, const struct object *o, json_t *list)
{
	json_t *value = json_array_size(list) ? list : json_null();

	k8s_put_merge(k, o, pack("{s:{s:O}}", "spec", "taints", value));
}

/* The node's taints without those of this key (and effect, unless NULL). */
static json_t *
without(const struct object *o, const char *key, const char *effect,
	bool *found)
{
	json_t *tree = object_tree(o), *kept = json_array(), *t;
	size_t i;

	*found = false;
	json_array_foreach(
		json_object_get(json_object_get(tree, "spec"), "taints"), i, t)
	{
		const char *k = json_string_value(json_object_get(t, "key"));
		const char *e = json_string_value(json_object_get(t, "effect"));

		if (str_eq(k, key) && (!effect || str_eq(e, effect)))
			*found = true;
		else
			json_array_append(kept, t);
	}
	json_decref(tree);
	return kept;
}

bool
node_taint_set(struct kubernetes *k, const char *node, const char *key,
	       const char *value, const char *effect)
{
	const struct object *o = k8s_find(k, k->nodes, "", node);
	json_t *list, *taint;
	bool found;

	if (!o)
		return false;
	list = without(o, key, effect, &found);
	taint = pack("{s:s, s:s}", "key", key, "effect", effect);
	pack_set(taint, "value", value);
	json_object_set_new(taint, "timeAdded", pack_time(sim_now_ms(k->sim)));
	json_array_append_new(list, taint);
	write_taints(k, o, list);
	json_decref(list);
	return true;
}

bool
node_taint_drop(struct kubernetes *k, const char *node, const char *key)
{
	const struct object *o = k8s_find(k, k->nodes, "", node);
	json_t *list;
	bool found;

	if (!o)
		return false;
	list = without(o, key, NULL, &found);
	if (found)
		write_taints(k, o, list);
	json_decref(list);
	return found;
}
