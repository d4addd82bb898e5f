/*
 * ControllerRevisions: one a template, numbered; a template that comes back
 * takes a new number, the oldest beyond the limit go.
 */
#include "backend/sim/world/revision.h"

#include <stdlib.h>

#include "backend/sim/world/ids.h"
#include "backend/sim/world/owned.h"

#define HISTORY 10 /* revisionHistoryLimit */

static const struct object_type *
revisions(struct kubernetes *k)
{
	return objects_type(k->objects, "apps", "controllerrevisions");
}

static int64_t
number_of(const struct object *o)
{
	json_t *tree = object_tree(o);
	int64_t n = json_integer_value(json_object_get(tree, "revision"));

	json_decref(tree);
	return n;
}

/* What a rollback patches the owner with. */
static json_t *
data_of(const json_t *template)
{
	json_t *copy = json_deep_copy(template);

	json_object_set_new(copy, "$patch", json_string("replace"));
	return pack("{s:{s:o}}", "spec", "template", copy);
}

static void
create(struct kubernetes *k, const struct object *o, const json_t *template,
       const char *hash, int64_t number)
{
	const json_t *from = json_object_get(
		json_object_get(template, "metadata"), "labels");
	json_t *labels = from ? json_deep_copy(from) : json_object();
	char *name = xasprintf("%s-%s", o->name, hash);

	json_object_set_new(labels, REVISION_LABEL, json_string(hash));
	(void)k8s_put(k, revisions(k), o->ns,
		      pack("{s:{s:s, s:o, s:o}, s:o, s:I}", "metadata", "name",
			   name, "labels", labels, "ownerReferences",
			   owner_reference(o), "data", data_of(template),
			   "revision", (json_int_t)number));
	free(name);
}

static void
drop_oldest(struct kubernetes *k, const struct owned *all, const char *hash)
{
	const struct object *oldest = NULL;

	for (uint32_t i = 0; i < all->at.n; i++) {
		const struct object *one = all->at.at[i];

		if (!str_eq(object_label(one, REVISION_LABEL), hash) &&
		    (!oldest || number_of(one) < number_of(oldest)))
			oldest = one;
	}
	if (oldest)
		k8s_delete(k, oldest, 0);
}

void
revise(struct kubernetes *k, const struct object *o, const json_t *tree,
       char hash[static 32])
{
	const json_t *template =
		json_object_get(json_object_get(tree, "spec"), "template");
	char *text = json_dumps(template, JSON_COMPACT | JSON_SORT_KEYS);
	struct owned all = owned_find(k, revisions(k), o);
	const struct object *present = NULL;
	int64_t newest = 0;

	id_template_hash(text ? text : "", hash);
	free(text);
	for (uint32_t i = 0; i < all.at.n; i++) {
		int64_t n = number_of(all.at.at[i]);

		newest = n > newest ? n : newest;
		if (str_eq(object_label(all.at.at[i], REVISION_LABEL), hash))
			present = all.at.at[i];
	}
	if (!present)
		create(k, o, template, hash, newest + 1);
	else if (number_of(present) < newest)
		(void)k8s_put_merge(
			k, present,
			pack("{s:I}", "revision", (json_int_t)(newest + 1)));
	if (!present && all.at.n > HISTORY)
		drop_oldest(k, &all, hash);
	owned_free(&all);
}
