/*
 * Scenario files into struct scenario, driven by the tables of keys.
 */
#include "backend/sim/world/scenario.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/quantity.h"
#include "backend/net/yaml.h"
#include "backend/sim/world/scenario_check.h"
#include "backend/sim/world/scenario_keys.h"

enum { GROUPS_MAX = 64, RUNNERS_MAX = 64, LOADS_MAX = 256, ACTS_MAX = 64 };

#define fail scenario_fail

bool
scenario_fail(struct reading *r, uint32_t line, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return err_set(r->err, ERR_CONFIG, "%s:%u: %s", r->file, line, text);
}

/* ---- values ---- */

static bool
name_is_good(const char *t)
{
	size_t n = strlen(t);

	if (n == 0 || n > 48 || !isalpha((unsigned char)t[0]) ||
	    t[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!islower((unsigned char)t[i]) &&
		    !isdigit((unsigned char)t[i]) && t[i] != '-')
			return false;
	}
	return true;
}

static struct names
names_of(struct arena *a, const char *const *at, uint32_t n)
{
	const char **copy = n ? arena_alloc(a, n * sizeof(*copy)) : NULL;

	for (uint32_t i = 0; i < n; i++)
		copy[i] = at[i];
	return (struct names){ copy, n };
}

/* "a, b,c" */
struct names
scenario_split(struct arena *a, const char *text)
{
	VEC(const char *) parts = { 0 };
	struct names out;

	while (*text) {
		size_t len = strcspn(text, ","), pad = strspn(text, " ");
		size_t end = len;

		while (end > pad && text[end - 1] == ' ')
			end--;
		if (end > pad)
			vec_push(&parts,
				 arena_strndup(a, text + pad, end - pad));
		text += len + (text[len] == ',');
	}
	out = names_of(a, parts.at, parts.n);
	vec_free(&parts);
	return out;
}

static bool
read_names(struct reading *r, const struct scenario_key *k,
	   const struct tree *t, struct names *out)
{
	VEC(const char *) parts = { 0 };
	bool ok = true;

	if (tree_text(t)) {
		*out = scenario_split(r->arena, tree_text(t));
		return true;
	}
	if (!tree_is(t, TREE_ARRAY))
		return fail(r, t->line, "%s: wanted a list of texts", k->name);
	tree_each (c, t) {
		if (!tree_text(c)) {
			ok = fail(r, c->line, "%s: wanted a text", k->name);
			break;
		}
		vec_push(&parts, arena_strdup(r->arena, tree_text(c)));
	}
	*out = names_of(r->arena, parts.at, parts.n);
	vec_free(&parts);
	return ok;
}

static bool
read_pairs(struct reading *r, const struct scenario_key *k,
	   const struct tree *t, struct names *out)
{
	VEC(const char *) parts = { 0 };
	bool ok = true;

	if (!tree_is(t, TREE_OBJECT))
		return fail(r, t->line, "%s: wanted a mapping", k->name);
	tree_each (c, t) {
		const char *v = tree_is(c, TREE_BOOL)
					? (c->flag ? "true" : "false")
					: tree_text(c);

		if (!v) {
			ok = fail(r, c->line, "%s.%s: wanted a text", k->name,
				  c->key);
			break;
		}
		vec_push(&parts, arena_printf(r->arena, "%s=%s", c->key, v));
	}
	*out = names_of(r->arena, parts.at, parts.n);
	vec_free(&parts);
	return ok;
}

bool
scenario_switch(const char *text, enum scenario_autoscaler *out)
{
	static const char *const names[] = { [AUTOSCALER_NONE] = "none",
					     [AUTOSCALER_OFF] = "off",
					     [AUTOSCALER_ON] = "on" };

	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (!str_eq(names[i], text))
			continue;
		*out = (enum scenario_autoscaler)i;
		return true;
	}
	return false;
}

/* A value that is one text: sets what k says of the struct at base. */
static const char *
set_text(struct arena *a, const struct scenario_key *k, const char *text,
	 void *base)
{
	void *at = (char *)base + k->offset;
	char *end;
	double real;
	int64_t n;

	switch (k->type) {
	case KEY_TEXT:
		*(const char **)at = arena_strdup(a, text);
		return NULL;
	case KEY_NAME:
		if (!name_is_good(text))
			return "wanted a name of a-z, 0-9 and -";
		*(const char **)at = arena_strdup(a, text);
		return NULL;
	case KEY_NAMES:
		*(struct names *)at = scenario_split(a, text);
		return NULL;
	case KEY_INT:
		n = strtoll(text, &end, 10);
		if (*end || end == text || n < 0 || n > 1000000)
			return "wanted a whole number from 0 to 1000000";
		*(int32_t *)at = (int32_t)n;
		return NULL;
	case KEY_REAL:
	case KEY_SHARE:
		real = strtod(text, &end);
		if (*end || end == text || !(real >= 0) || real > 1e6)
			return "wanted a number that is not negative";
		if (k->type == KEY_SHARE && real > 1)
			return "wanted a share from 0 to 1";
		*(double *)at = real;
		return NULL;
	case KEY_BOOL:
		if (!str_eq(text, "true") && !str_eq(text, "false"))
			return "wanted true or false";
		*(bool *)at = *text == 't';
		return NULL;
	case KEY_DURATION:
	case KEY_OFFSET:
		if (!duration_parse(text, &n))
			return "wanted a duration like 90s or 1h30m";
		if (k->type == KEY_DURATION && n < 0)
			return "wanted a duration that is not negative";
		if (n > INT64_C(366) * 86400000 || n < INT64_C(-7) * 86400000)
			return "wanted a duration of a year at most, or of a "
			       "week back at most";
		*(int64_t *)at = n;
		return NULL;
	case KEY_CPU:
		if (!quantity_parse_milli(text, strlen(text), at))
			return "wanted a cpu quantity like 500m or 2";
		return NULL;
	case KEY_BYTES:
		if (!quantity_parse_units(text, strlen(text), at))
			return "wanted a quantity like 300Mi";
		return NULL;
	case KEY_TIME:
		if (!time_parse_rfc3339(text, strlen(text), at))
			return "wanted a time like 2026-02-16T09:00:00Z";
		return NULL;
	case KEY_SWITCH:
		return scenario_switch(text, at) ? NULL
						 : "wanted none, off or on";
	case KEY_PAIRS:
	case KEY_PART:
		break;
	}
	return "wanted a mapping";
}

static bool
read_value(struct reading *r, const struct scenario_key *k,
	   const struct tree *t, void *base)
{
	void *at = (char *)base + k->offset;
	const char *text = tree_is(t, TREE_BOOL) ? (t->flag ? "true" : "false")
						 : tree_text(t);
	const char *wrong;

	if (k->type == KEY_NAMES)
		return read_names(r, k, t, at);
	if (k->type == KEY_PAIRS)
		return read_pairs(r, k, t, at);
	if (!text)
		return fail(r, t->line, "%s: wanted a single value", k->name);
	wrong = set_text(r->arena, k, text, base);
	return !wrong ||
	       fail(r, t->line, "%s: %s, not '%.60s'", k->name, wrong, text);
}

/* One mapping by its table; parts are left to the caller. */
static bool
read_mapping(struct reading *r, const struct scenario_key *keys,
	     const struct tree *t, const char *what, void *base)
{
	const struct scenario_key *k;

	if (!tree_is(t, TREE_OBJECT))
		return fail(r, t ? t->line : 1, "%s: wanted a mapping", what);
	for (k = keys; k->name; k++) {
		if (k->initial && set_text(r->arena, k, k->initial, base))
			BUG("default of %s", k->name);
		if (k->required && !tree_get(t, k->name))
			return fail(r, t->line, "%s: '%s' is missing (%s)",
				    what, k->name, k->help);
	}
	tree_each (c, t) {
		for (k = keys; k->name && !str_eq(k->name, c->key); k++)
			;
		if (!k->name)
			return fail(r, c->line, "%s: unknown key '%.60s'", what,
				    c->key);
		if (k->type != KEY_PART && !read_value(r, k, c, base))
			return false;
	}
	return true;
}

static bool
read_list(struct reading *r, const struct tree *t, const char *what,
	  uint32_t most, uint32_t *n)
{
	*n = 0;
	if (!t)
		return true;
	if (!tree_is(t, TREE_ARRAY))
		return fail(r, t->line, "%s: wanted a list", what);
	*n = t->len;
	return *n <= most ||
	       fail(r, t->line, "%s: %u entries, at most %u", what, *n, most);
}

/* ---- the parts ---- */

static bool
read_parts(struct reading *r, const struct tree *t, struct scenario *s)
{
	const struct tree *groups = tree_get(t, "groups");
	const struct tree *runners = tree_get(t, "runners");
	const struct tree *loads = tree_get(t, "jobs");
	const struct tree *acts = tree_get(t, "operator");
	struct scenario_group *g;
	struct scenario_runner *x;
	struct scenario_load *l;
	struct scenario_act *o;

	if (!read_list(r, groups, "groups", GROUPS_MAX, &s->group_n) ||
	    !read_list(r, runners, "runners", RUNNERS_MAX, &s->runner_n) ||
	    !read_list(r, loads, "jobs", LOADS_MAX, &s->load_n) ||
	    !read_list(r, acts, "operator", ACTS_MAX, &s->act_n))
		return false;
	s->groups = g = arena_alloc(r->arena, (s->group_n + 1) * sizeof(*g));
	s->runners = x = arena_alloc(r->arena, (s->runner_n + 1) * sizeof(*x));
	s->loads = l = arena_alloc(r->arena, (s->load_n + 1) * sizeof(*l));
	s->acts = o = arena_alloc(r->arena, (s->act_n + 1) * sizeof(*o));
	tree_each (c, groups) {
		if (!read_mapping(r, scenario_group_keys, c, "group", g) ||
		    !scenario_check_group(r, c, s, g))
			return false;
		g++;
	}
	tree_each (c, runners) {
		if (!read_mapping(r, scenario_runner_keys, c, "runner", x) ||
		    !scenario_check_runner(r, c, s, x))
			return false;
		x++;
	}
	tree_each (c, loads) {
		if (!read_mapping(r, scenario_load_keys, c, "job", l) ||
		    !scenario_check_load(r, c, l))
			return false;
		l++;
	}
	tree_each (c, acts) {
		if (!read_mapping(r, scenario_act_keys, c, "operator", o) ||
		    !scenario_check_act(r, c, s, o))
			return false;
		o++;
	}
	return true;
}

/* A mapping of its own whose values are the scenario's; its defaults hold
 * without it. */
static bool
read_section(struct reading *r, const struct scenario_key *keys,
	     const struct tree *t, const char *name, struct scenario *s)
{
	static const struct tree none = { .kind = TREE_OBJECT };
	const struct tree *part = tree_get(t, name);

	return read_mapping(r, keys, part ? part : &none, name, s);
}

struct scenario *
scenario_read(const char *file, const char *text, size_t len, struct err *err)
{
	struct arena *a = arena_new();
	struct scenario *s = arena_alloc(a, sizeof(*s));
	struct reading r = { a, file, err };
	const struct tree *t, *system;

	s->arena = a;
	t = yaml_parse(a, file, text, len, err);
	if (!t || !read_mapping(&r, scenario_keys, t, "scenario", s))
		goto bad;
	system = tree_get(t, "system");
	if (system &&
	    !read_mapping(&r, scenario_system_keys, system, "system", s))
		goto bad;
	if (!read_section(&r, scenario_gitlab_keys, t, "gitlab", s) ||
	    !scenario_check_whole(&r, t, s) || !read_parts(&r, t, s))
		goto bad;
	s->has_faults = tree_get(t, "faults") != NULL;
	s->file = arena_strdup(a, file);
	s->text = arena_strndup(a, text, len);
	s->text_len = len;
	s->tree = t;
	return s;
bad:
	arena_free(a);
	return NULL;
}

int64_t
scenario_history_ms(const struct scenario *s)
{
	int64_t oldest = s->warm_up_ms;

	for (uint32_t i = 0; i < s->group_n; i++) {
		if (s->groups[i].desired > 0 && s->groups[i].age_ms > oldest)
			oldest = s->groups[i].age_ms;
	}
	for (uint32_t i = 0; i < s->load_n; i++) {
		if (s->loads[i].at_work &&
		    s->warm_up_ms + AT_WORK_MS > oldest)
			oldest = s->warm_up_ms + AT_WORK_MS;
	}
	/* The cluster is an hour older than its first node. */
	return oldest + 3600000;
}
