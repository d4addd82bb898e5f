/*
 * Looking at a story's world.
 */
#include "tests/unit/sim_story.h"

#include <stdlib.h>

char *
story_field(struct kit *k, const char *group, const char *plural,
	    const char *ns, const char *name, const char *path)
{
	const struct object *o = objects_get(
		k->objects, objects_type(k->objects, group, plural), ns, name);
	json_t *tree = o ? object_tree(o) : json_object(), *at = tree;
	char *text;

	while (*path && at) {
		size_t len = strcspn(path, ".");
		char *key = xstrndup(path, len);

		at = json_object_get(at, key);
		free(key);
		path += len + (path[len] == '.');
	}
	if (json_is_string(at))
		text = xstrdup(json_string_value(at));
	else
		text = at ? json_dumps(at, JSON_COMPACT | JSON_ENCODE_ANY)
			  : xstrdup("");
	json_decref(tree);
	return text;
}

struct pod_search {
	const char *prefix, *found;
};

static bool
match_pod(void *ctx, const struct object *o)
{
	struct pod_search *s = ctx;

	if (strncmp(o->name, s->prefix, strlen(s->prefix)) == 0 &&
	    !o->deleted_ms)
		s->found = o->name;
	return !s->found;
}

const char *
story_pod(struct kit *k, const char *ns, const char *prefix)
{
	struct pod_search s = { prefix, NULL };

	objects_each(k->objects, k->pods, ns, NULL, match_pod, &s);
	return s.found;
}

uint32_t
story_lost(struct kit *k, const char *reason)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < k->ci->jobs.n; i++) {
		const struct ci_job *j = k->ci->jobs.at[i];

		n += j->status == CI_FAILED &&
		     str_eq(j->failure_reason, reason);
	}
	return n;
}

uint32_t
story_activities(struct kit *k, const char *group, const char *status,
		 const char *part)
{
	struct cloud_group *g = cloud_group(k->cloud, group);
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->activities.n; i++) {
		const struct cloud_activity *a = g->activities.at[i];

		n += str_eq(a->status, status) &&
		     (strstr(str_or_empty(a->message), part) ||
		      strstr(str_or_empty(a->cause), part));
	}
	return n;
}

void
story_patch(struct kit *k, const char *group, const char *plural,
	    const char *ns, const char *name, const char *merge)
{
	struct patch_options options = { PATCH_MERGE, 0, NULL };
	json_t *body = json_loads(merge, 0, NULL);
	struct status st = { 0 };

	assert_non_null(body);
	if (!objects_patch(k->objects, objects_type(k->objects, group, plural),
			   ns, name, body, &options, &st))
		fail_msg("%s", st.message);
	json_decref(body);
}

void
story_delete_pod(struct kit *k, const char *ns, const char *prefix)
{
	const char *found = story_pod(k, ns, prefix);
	struct delete_options options = { .grace_s = -1 };
	struct status st = { 0 };
	char *name;

	assert_non_null(found);
	name = xstrdup(found);
	assert_true(objects_delete(k->objects, k->pods, ns, name, &options,
				   NULL, NULL, &st));
	free(name);
}
