/*
 * Reading config.yaml.
 */
#include "backend/control/config.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/net/yaml.h"

struct config {
	char *path;
	struct arena *arena; /* the tree lives here */
	const struct tree *policy, *screen;
	VEC(struct config_context) contexts;
	VEC(struct config_price) prices;
	VEC(char *) notes;
};

static const char *const screen_keys[] = {
	"theme", "keymap", "mouse", "time", "wide", "home", "refresh", "bell",
};

static char *
default_path(void)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (base && *base == '/')
		return xasprintf("%s/paddock/config.yaml", base);
	return xasprintf("%s/.config/paddock/config.yaml",
			 home && *home ? home : "");
}

static void
note(struct config *c, const struct tree *t, const char *where)
{
	char *text = xasprintf("%s:%u: unknown key \"%s\" in %s", c->path,
			       t->line, t->key, where);

	vec_push(&c->notes, text);
}

static bool
wrong(const struct config *c, const struct tree *t, const char *wanted,
      struct err *err)
{
	return err_set(err, ERR_CONFIG, "%s:%u: %s: wanted %s, found %s",
		       c->path, t->line, t->key ? t->key : "value", wanted,
		       tree_kind_name(t));
}

static bool
read_bool(const struct config *c, const struct tree *t, bool *out,
	  struct err *err)
{
	if (!tree_is(t, TREE_BOOL))
		return wrong(c, t, "true or false", err);
	*out = t->flag;
	return true;
}

/* ---- contexts ---- */

static bool
read_groups(const struct config *c, const struct tree *t, char ***out,
	    struct err *err)
{
	uint32_t n = 0;

	if (!tree_is(t, TREE_ARRAY))
		return wrong(c, t, "a list of group names", err);
	*out = xcalloc(t->len + 1, sizeof(**out));
	tree_each (item, t) {
		if (!tree_is(item, TREE_STRING))
			return wrong(c, item, "a group name", err);
		(*out)[n++] = xstrdup(item->text);
	}
	return true;
}

static bool
read_context_key(struct config *c, struct config_context *x,
		 const struct tree *t, struct err *err)
{
	const char *text = tree_text(t);

	if (strcmp(t->key, "access") == 0) {
		if (!str_eq(text, "read") && !str_eq(text, "write"))
			return err_set(err, ERR_CONFIG,
				       "%s:%u: access is read or write",
				       c->path, t->line);
		x->write = str_eq(text, "write");
		return true;
	}
	if (strcmp(t->key, "production") == 0)
		return read_bool(c, t, &x->production, err);
	if (strcmp(t->key, "active-allowed") == 0)
		return read_bool(c, t, &x->active_allowed, err);
	if (strcmp(t->key, "protected-groups") == 0)
		return read_groups(c, t, &x->protected_groups, err);
	note(c, t, "a context");
	return true;
}

static bool
read_contexts(struct config *c, const struct tree *section, struct err *err)
{
	tree_each (t, section) {
		struct config_context *x;

		if (!tree_is(t, TREE_OBJECT))
			return wrong(c, t, "keys of a context", err);
		x = vec_add(&c->contexts);
		x->name = xstrdup(t->key);
		tree_each (key, t)
			if (!read_context_key(c, x, key, err))
				return false;
	}
	return true;
}

/* ---- prices ---- */

static bool
read_dollars(const struct config *c, const struct tree *t, int64_t *out,
	     struct err *err)
{
	double dollars;

	if (!tree_real(t, &dollars) || !(dollars >= 0 && dollars < 1e6))
		return wrong(c, t, "dollars an hour", err);
	*out = (int64_t)llround(dollars * 1e6);
	return true;
}

static bool
read_prices(struct config *c, const struct tree *section, struct err *err)
{
	tree_each (t, section) {
		struct config_price *p = vec_add(&c->prices);

		p->type = xstrdup(t->key);
		p->on_demand_udollars = p->spot_udollars = -1;
		if (!tree_is(t, TREE_OBJECT)) {
			if (!read_dollars(c, t, &p->on_demand_udollars, err))
				return false;
			continue;
		}
		tree_each (key, t) {
			int64_t *slot = NULL;

			if (strcmp(key->key, "on-demand") == 0)
				slot = &p->on_demand_udollars;
			else if (strcmp(key->key, "spot") == 0)
				slot = &p->spot_udollars;
			if (!slot)
				note(c, key, "a price");
			else if (!read_dollars(c, key, slot, err))
				return false;
		}
	}
	return true;
}

/* ---- the file ---- */

static void
check_screen(struct config *c, const struct tree *section)
{
	tree_each (t, section) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(screen_keys); i++)
			known |= strcmp(t->key, screen_keys[i]) == 0;
		if (!known)
			note(c, t, "screen");
	}
}

static bool
read_section(struct config *c, const struct tree *t, struct err *err)
{
	static const char *const names[] = { "policy", "contexts", "screen",
					     "prices" };
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		known |= strcmp(t->key, names[i]) == 0;
	if (!known) {
		note(c, t, "the file");
		return true;
	}
	if (tree_is(t, TREE_NULL))
		return true; /* a section with nothing in it yet */
	if (!tree_is(t, TREE_OBJECT))
		return wrong(c, t, "keys", err);
	if (strcmp(t->key, "policy") == 0)
		c->policy = t;
	else if (strcmp(t->key, "contexts") == 0)
		return read_contexts(c, t, err);
	else if (strcmp(t->key, "prices") == 0)
		return read_prices(c, t, err);
	else {
		c->screen = t;
		check_screen(c, t);
	}
	return true;
}

static bool
read_file(struct config *c, struct err *err)
{
	const struct tree *t = yaml_read(c->arena, c->path, err);

	if (!t) {
		if (err && err->code != ERR_IO)
			err->code = ERR_CONFIG;
		return false;
	}
	if (tree_is(t, TREE_NULL))
		return true; /* an empty file */
	if (!tree_is(t, TREE_OBJECT))
		return wrong(c, t, "sections", err);
	tree_each (section, t)
		if (!read_section(c, section, err))
			return false;
	return true;
}

struct config *
config_load(const char *path, struct err *err)
{
	struct config *c = xcalloc(1, sizeof(*c));

	c->path = path ? xstrdup(path) : default_path();
	c->arena = arena_new();
	if (!path && access(c->path, F_OK) != 0)
		return c;
	if (!read_file(c, err)) {
		if (err)
			err->code = ERR_CONFIG;
		config_free(c);
		return NULL;
	}
	return c;
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->contexts.n; i++) {
		struct config_context *x = &c->contexts.at[i];

		for (char **g = x->protected_groups; g && *g; g++)
			free(*g);
		free(x->protected_groups);
		free(x->name);
	}
	for (uint32_t i = 0; i < c->prices.n; i++)
		free(c->prices.at[i].type);
	for (uint32_t i = 0; i < c->notes.n; i++)
		free(c->notes.at[i]);
	vec_free(&c->contexts);
	vec_free(&c->prices);
	vec_free(&c->notes);
	arena_free(c->arena);
	free(c->path);
	free(c);
}

const char *
config_path(const struct config *c)
{
	return c->path;
}

const struct config_context *
config_context(const struct config *c, const char *name)
{
	static const struct config_context none;

	for (uint32_t i = 0; i < c->contexts.n; i++)
		if (strcmp(c->contexts.at[i].name, name) == 0)
			return &c->contexts.at[i];
	return &none;
}

static bool
set_one(const struct config *c, struct policy *p, const char *key,
	const struct tree *t, struct err *err)
{
	const char *text = tree_is(t, TREE_BOOL) ? t->flag ? "true" : "false"
						 : tree_text(t);

	if (!text)
		return wrong(c, t, "a value", err);
	if (policy_set(p, key, text, NULL, err))
		return true;
	err_prefix(err, "%s:%u", c->path, t->line);
	if (err)
		err->code = ERR_CONFIG;
	return false;
}

bool
config_policy(const struct config *c, struct policy *p, struct err *err)
{
	tree_each (t, c->policy) {
		if (!tree_is(t, TREE_ARRAY)) {
			if (!set_one(c, p, t->key, t, err))
				return false;
			continue;
		}
		tree_each (item, t)
			if (!set_one(c, p, t->key, item, err))
				return false;
	}
	return true;
}

const char *
config_screen(const struct config *c, const char *key)
{
	const struct tree *t = tree_get(c->screen, key);

	if (tree_is(t, TREE_BOOL))
		return t->flag ? "true" : "false";
	return tree_text(t);
}

const struct config_price *
config_prices(const struct config *c, uint32_t *n)
{
	*n = c->prices.n;
	return c->prices.at;
}

const char *const *
config_notes(const struct config *c, uint32_t *n)
{
	*n = c->notes.n;
	return (const char *const *)c->notes.at;
}
