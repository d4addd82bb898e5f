/*
 * Patches: what the object would be with the patch, then the steps of an
 * update.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/schema.h"
#include "backend/sim/objects/write.h"

/* Operations may leave anything behind: takes the tree, gives it back when it
 * is still an object of the kind. */
static json_t *
decoded(struct write *w, json_t *tree)
{
	char why[400], shown[300];
	size_t n;

	if (!tree || schema_types(w->t, tree, WORDS_JSON, why, sizeof(why)))
		return tree;
	n = json_dumpb(tree, shown, sizeof(shown) - 1, JSON_COMPACT);
	shown[n < sizeof(shown) ? n : sizeof(shown) - 1] = '\0';
	status_fail(w->st, 422, "Invalid",
		    " \"\" is invalid: patch: Invalid value: \"%s\": %s", shown,
		    why);
	status_add_cause(w->st, "FieldValueInvalid", "patch", "%s", why);
	json_decref(tree);
	return NULL;
}

static json_t *
patched(struct write *w, json_t *patch, const struct patch_options *options)
{
	char label[200];

	switch (options->kind) {
	case PATCH_MERGE:
		return objects_merge_patch(w->old, patch);
	case PATCH_JSON:
		return decoded(w, objects_json_patch(w->old, patch, w->st));
	case PATCH_APPLY:
		return patch_apply(w->o, w->now, w->old, patch, options,
				   w->st);
	default:
		break;
	}
	if (w->t->custom) {
		status_fail_on(w->st, 415, "UnsupportedMediaType", w->t, "",
			       "the body of the request was in an unknown "
			       "format - accepted media types include: "
			       "application/json-patch+json, "
			       "application/merge-patch+json, "
			       "application/apply-patch+yaml (%s)",
			       object_type_label(w->t, label,
						 sizeof(label)));
		return NULL;
	}
	return patch_strategic(w->t, w->old, patch, w->st);
}

/* A patch that can change nothing but what its author answers for: the status
 * of a kind that neither defaults nor checks look at, or one that is trusted.
 * What is being deleted may be ready to go, which only the tree tells. */
static bool
may_splice(const struct write *w, const json_t *patch)
{
	const struct object_type *t = w->t;

	if (w->now->deleted_ms && object_grace_s(w->now) <= 0)
		return false;
	if (w->flags == WRITE_TRUSTED)
		return !t->generation;
	return w->flags == WRITE_STATUS && t->status && !t->custom &&
	       json_object_size(patch) == 1 &&
	       json_is_object(json_object_get(patch, "status")) &&
	       !(*t->group == '\0' && str_eq(t->kind, "Node") &&
		 (jpath(patch, "status.capacity") ||
		  jpath(patch, "status.allocatable")));
}

static const struct object *
merge_in_text(struct write *w, json_t *patch)
{
	const struct object *obj;

	obj = object_splice(w->o, w->now, patch, w->o->rv + 1);
	if (!obj || obj == w->now)
		return obj;
	w->o->rv++;
	objects_commit(w->o, w->s, obj);
	return obj;
}

static const struct object *
apply_new(struct objects *o, const struct object_type *t, const char *ns,
	  const char *name, json_t *config,
	  const struct patch_options *options, struct status *st)
{
	const struct object *obj;
	json_t *meta = json_object_get(config, "metadata"), *sent;

	if (json_is_object(meta) && !jtext(meta, "name"))
		json_object_set_new(meta, "name", json_string(name));
	/* What the server completes is nobody's. */
	sent = json_deep_copy(config);
	/* Forced or not, nobody has anything yet; and it is applied. */
	obj = objects_create(o, t, ns, config, options->flags | WRITE_FORCE,
			     st);
	if (obj && !(options->flags & WRITE_DRY_RUN))
		apply_remember(o, obj, options, sent);
	json_decref(sent);
	return obj;
}

const struct object *
objects_patch(struct objects *o, const struct object_type *t, const char *ns,
	      const char *name, json_t *patch,
	      const struct patch_options *options, struct status *st)
{
	struct write w = { .o = o, .s = store_of(o, t), .ns = ns,
			   .name = name, .flags = options->flags, .st = st };
	const struct object *obj = NULL;
	json_t *body;

	if (!write_find(&w))
		return options->kind == PATCH_APPLY &&
				       !(options->flags & WRITE_STATUS)
			       ? apply_new(o, t, ns, name, patch, options, st)
			       : NULL;
	if (options->kind == PATCH_MERGE && may_splice(&w, patch) &&
	    (obj = merge_in_text(&w, patch)))
		return obj;
	w.flags &= ~(unsigned)WRITE_TRUSTED;
	w.old = object_tree(w.now);
	body = patched(&w, patch, options);
	if (body)
		obj = write_change(&w, body);
	if (obj && !(options->flags & WRITE_DRY_RUN)) {
		if (options->kind == PATCH_APPLY)
			apply_remember(o, obj, options, patch);
		else if (!(options->flags & WRITE_STATUS))
			owners_note(o, obj, w.old);
	}
	json_decref(body);
	json_decref(w.old);
	return obj;
}
