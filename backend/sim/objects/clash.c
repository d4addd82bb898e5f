/*
 * Conflicts of server-side apply: fields that somebody else set otherwise.
 */
#include "backend/sim/objects/apply.h"

#include <stdio.h>
#include <stdlib.h>

struct clash {
	char path[300];
	size_t len;
	const struct owner *with;
	const struct object_type *t;
	uint32_t n, managers;
	char first[700], list[900];
	struct status *st; /* causes */
};

static void
owner_name(const struct clash *c, char *out, size_t room)
{
	const struct owner *w = c->with;
	int n = snprintf(out, room, "\"%.120s\"", w->manager);
	char api[160];

	if (*w->sub)
		n += snprintf(out + n, room - (size_t)n,
			      " with subresource \"%.40s\"", w->sub);
	if (w->update)
		snprintf(out + n, room - (size_t)n, " using %s",
			 type_api_version(c->t, api, sizeof(api)));
}

static void
note_clash(struct clash *c, bool *named)
{
	size_t used = strlen(c->list);
	char who[360];

	owner_name(c, who, sizeof(who));
	if (!c->n++)
		snprintf(c->first, sizeof(c->first), "%s: %s", who, c->path);
	if (!*named)
		used += (size_t)snprintf(c->list + used,
					 sizeof(c->list) - used,
					 "%sconflicts with %s:",
					 used ? "\n" : "", who);
	*named = true;
	if (used < sizeof(c->list))
		snprintf(c->list + used, sizeof(c->list) - used, "\n- %s",
			 c->path);
	status_add_cause(c->st, "FieldManagerConflict", c->path,
			 "conflict with %s", who);
}

/* Into a field (value NULL), or into the item of a list with that key. */
static void
go_down(struct clash *c, const char *key, const char *value)
{
	c->len += (size_t)snprintf(c->path + c->len, sizeof(c->path) - c->len,
				   "%s%s%s%s%s", value ? "[" : ".", key,
				   value ? "=" : "", str_or_empty(value),
				   value ? "]" : "");
	if (c->len >= sizeof(c->path))
		c->len = sizeof(c->path) - 1;
}

static void find_clashes(struct clash *c, bool *named, struct place p,
			 const json_t *theirs, const json_t *mine);

static void
clash_in_list(struct clash *c, bool *named, const struct schema_field *f,
	      const json_t *theirs, const json_t *mine)
{
	json_t *item;
	size_t i;

	if (f->list != LIST_BY_KEY)
		return;
	json_array_foreach((json_t *)mine, i, item) {
		json_t *same = list_keyed(theirs, f->key, item);
		const json_t *key = json_object_get(item, f->key);
		size_t was = c->len;
		char *text;

		if (!same)
			continue;
		text = json_dumps(key, JSON_COMPACT | JSON_ENCODE_ANY);
		go_down(c, f->key, str_or_empty(text));
		free(text);
		find_clashes(c, named, place_below(f), same, item);
		c->len = was;
		c->path[was] = '\0';
	}
}

static void
find_clashes(struct clash *c, bool *named, struct place p,
	     const json_t *theirs, const json_t *mine)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)mine, key, v) {
		json_t *other = json_object_get(theirs, key);
		struct schema_field f = place_field(p, key);
		size_t was = c->len;

		if (!other || place_is_identity(p, key))
			continue;
		go_down(c, key, NULL);
		if (json_is_object(v) && json_is_object(other))
			find_clashes(c, named, place_below(&f), other, v);
		else if (f.list >= LIST_BY_KEY && json_is_array(v) &&
			 json_is_array(other))
			clash_in_list(c, named, &f, other, v);
		else if (!json_equal(v, other))
			note_clash(c, named);
		c->len = was;
		c->path[was] = '\0';
	}
}

/* kubectl moves from client-side apply to this one without a conflict: the
 * annotation says that the fields were its own. */
static bool
is_earlier_self(const struct owner *w, const char *manager)
{
	return w->update && strcmp(manager, "kubectl") == 0 &&
	       strcmp(w->manager, "kubectl-client-side-apply") == 0;
}

bool
owners_agree(const struct object *now, const struct owners *a, uint32_t self,
	     const char *manager, json_t *config, struct status *st)
{
	struct status found = { 0 };
	struct clash c = { .st = &found, .t = now->type };

	for (uint32_t i = 0; a && i < a->n; i++) {
		bool named = false;

		if (i == self || is_earlier_self(&a->at[i], manager))
			continue;
		c.with = &a->at[i];
		find_clashes(&c, &named, (struct place){ .root = now->type },
			     a->at[i].config, config);
	}
	if (!c.n)
		return true;
	status_fail_on(st, 409, "Conflict", now->type, now->name,
		       "Apply failed with %u conflict%s: %s%s", c.n,
		       c.n > 1 ? "s" : "", c.n > 1 ? "" : "conflict with ",
		       c.n > 1 ? c.list : c.first);
	memcpy(st->causes, found.causes, sizeof(st->causes));
	st->cause_n = found.cause_n;
	return false;
}
