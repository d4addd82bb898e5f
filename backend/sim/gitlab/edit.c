/*
 * Changes to a runner, by REST's names: all that is asked, or nothing.
 */
#include "backend/sim/gitlab/face.h"

#include <stdlib.h>

#define NOTE_MAX 1024 /* characters of a maintenance note */
#define DESCRIPTION_MAX 1024
#define TAGS_MAX 50
#define TIMEOUT_MIN_S 600

struct edit { /* what would be set; NULL: not asked */
	const char *description, *note;
	const json_t *tags, *timeout;
	const json_t *paused, *locked, *untagged, *access;
};

bool
gitlab_may_runner(const struct gitlab_call *c, const struct ci_runner *r,
		  bool edit)
{
	if (gitlab_is_admin(c))
		return true;
	if (str_eq(r->plan->type, "instance_type"))
		return c->user && !edit;
	return gitlab_level(c) >= LEVEL_MAINTAINER;
}

static bool
complain(char **wrong, const char *name, const char *what)
{
	*wrong = xasprintf("%s %s", name, what);
	return false;
}

/* "a, b" or ["a", "b"]; the list is new. */
static json_t *
tag_list(const json_t *v)
{
	const char *text = json_string_value(v);
	json_t *out, *t;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach((json_t *)(uintptr_t)v, i, t)
		{
			if (!json_is_string(t) || !*json_string_value(t))
				return NULL;
		}
		return json_incref((json_t *)(uintptr_t)v);
	}
	if (!text)
		return NULL;
	out = json_array();
	while (*text) {
		size_t len, pad = strspn(text, " ");

		text += pad;
		len = strcspn(text, ",");
		if (len)
			json_array_append_new(out, json_stringn(text, len));
		text += len + (text[len] == ',');
	}
	return out;
}

static bool
is_text(const json_t *v, size_t most)
{
	return json_is_string(v) && json_string_length(v) <= most;
}

/* One field: false with the complaint. */
static bool
take(struct edit *e, const char *name, const json_t *v, char **wrong)
{
	static const struct {
		const char *name;
		size_t offset;
	} flags[] = {
		{ "paused", offsetof(struct edit, paused) },
		{ "locked", offsetof(struct edit, locked) },
		{ "run_untagged", offsetof(struct edit, untagged) },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (!str_eq(name, flags[i].name))
			continue;
		*(const json_t **)((char *)e + flags[i].offset) = v;
		return json_is_boolean(v) ||
		       complain(wrong, name, "is invalid");
	}
	if (str_eq(name, "description")) {
		e->description = json_string_value(v);
		return is_text(v, DESCRIPTION_MAX) ||
		       complain(wrong, name, "is invalid");
	}
	if (str_eq(name, "maintenance_note")) {
		e->note = json_string_value(v);
		return is_text(v, NOTE_MAX) ||
		       complain(wrong, name, "is too long");
	}
	if (str_eq(name, "maximum_timeout")) {
		e->timeout = v;
		return json_is_null(v) ||
		       (json_is_integer(v) &&
			json_integer_value(v) >= TIMEOUT_MIN_S &&
			json_integer_value(v) < INT32_MAX) ||
		       complain(wrong, name, "needs to be at least 10 minutes");
	}
	if (str_eq(name, "access_level")) {
		e->access = v;
		return str_eq(json_string_value(v), "not_protected") ||
		       str_eq(json_string_value(v), "ref_protected") ||
		       complain(wrong, name, "does not have a valid value");
	}
	if (str_eq(name, "tag_list"))
		e->tags = v;
	return true; /* others are not looked at */
}

static bool
apply_tags(struct ci *c, struct ci_runner *r, const json_t *v, bool untagged,
	   char **wrong)
{
	json_t *list = tag_list(v), *t;
	const char *at[TAGS_MAX];
	struct names names = { at, 0 };
	size_t i;

	if (!list || json_array_size(list) > TAGS_MAX) {
		json_decref(list);
		return complain(wrong, "tag_list",
				list ? "is too long" : "is invalid");
	}
	if (json_array_size(list) == 0 && !untagged) {
		json_decref(list);
		return complain(wrong, "tags_list",
				"can not be empty when runner is not allowed "
				"to pick untagged jobs");
	}
	json_array_foreach(list, i, t) at[names.n++] = json_string_value(t);
	ci_runner_tag(c, r, &names);
	json_decref(list);
	return true;
}

bool
gitlab_edit_runner(struct ci *c, struct ci_runner *r, const json_t *fields,
		   char **wrong)
{
	struct edit e = { 0 };
	bool untagged = r->run_untagged;
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)fields, name, v)
	{
		if (!take(&e, name, v, wrong))
			return false;
	}
	if (e.untagged)
		untagged = json_is_true(e.untagged);
	if (!e.tags && r->tags.n == 0 && !untagged)
		return complain(wrong, "tags_list",
				"can not be empty when runner is not allowed "
				"to pick untagged jobs");
	/* The last that may refuse. */
	if (e.tags && !apply_tags(c, r, e.tags, untagged, wrong))
		return false;
	r->run_untagged = untagged;
	if (e.paused)
		r->paused = json_is_true(e.paused);
	if (e.locked)
		r->locked = json_is_true(e.locked);
	if (e.description)
		r->description = arena_strdup(c->arena, e.description);
	if (e.note)
		r->maintenance_note = arena_strdup(c->arena, e.note);
	if (e.timeout)
		r->timeout_s = json_is_null(e.timeout)
				       ? 0
				       : (int32_t)json_integer_value(e.timeout);
	if (e.access)
		r->ref_protected =
			str_eq(json_string_value(e.access), "ref_protected");
	return true;
}
