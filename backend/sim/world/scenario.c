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
#include "backend/sim/world/scenario_keys.h"
#include "backend/sim/world/types.h"

enum { GROUPS_MAX = 64, RUNNERS_MAX = 64, LOADS_MAX = 256 };

struct reading {
	struct arena *arena;
	const char *file;
	struct err *err;
};

PRINTF_LIKE(3, 4)
static bool
fail(struct reading *r, uint32_t line, const char *fmt, ...)
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
static struct names
split_names(struct arena *a, const char *text)
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
		*out = split_names(r->arena, tree_text(t));
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
		*(struct names *)at = split_names(a, text);
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
		n = str_eq(text, "none")  ? AUTOSCALER_NONE
		    : str_eq(text, "off") ? AUTOSCALER_OFF
		    : str_eq(text, "on")  ? AUTOSCALER_ON
					  : -1;
		if (n < 0)
			return "wanted none, off or on";
		*(enum scenario_autoscaler *)at = (enum scenario_autoscaler)n;
		return NULL;
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

/* ---- the parts and what must hold of them ---- */

static bool
pairs_are_taints(const struct names *n)
{
	for (uint32_t i = 0; i < n->n; i++) {
		const char *eq = strchr(n->at[i], '=');
		const char *colon = strrchr(n->at[i], ':');

		if (!eq || !colon || colon < eq || eq == n->at[i] ||
		    (!str_eq(colon, ":NoSchedule") &&
		     !str_eq(colon, ":NoExecute") &&
		     !str_eq(colon, ":PreferNoSchedule")))
			return false;
	}
	return true;
}

#define WANT_TAINT                                                             \
	"wanted key=value:NoSchedule, :NoExecute or :PreferNoSchedule"

static bool
check_group(struct reading *r, const struct tree *t, struct scenario *s,
	    struct scenario_group *g, const struct scenario_group *before)
{
	g->asg = g->asg ? g->asg : g->name;
	g->zones = g->zones.n ? g->zones : s->zones;
	if (g->types.n == 0)
		return fail(r, t->line, "group %s: types is empty", g->name);
	for (uint32_t i = 0; i < g->types.n; i++) {
		const struct sim_type *type = sim_type_find(g->types.at[i]);

		if (!type)
			return fail(r, t->line,
				    "group %s: instance type '%.40s' is not in "
				    "the simulated catalogue",
				    g->name, g->types.at[i]);
		if (g->arch && !str_eq(g->arch, type->arch))
			return fail(r, t->line,
				    "group %s: types of two architectures",
				    g->name);
		g->arch = type->arch;
	}
	for (uint32_t i = 0; i < g->zones.n; i++) {
		size_t len = strlen(s->region);

		if (strncmp(g->zones.at[i], s->region, len) != 0 ||
		    strlen(g->zones.at[i]) != len + 1)
			return fail(r, t->line,
				    "group %s: zone '%.40s' is not of region "
				    "%s",
				    g->name, g->zones.at[i], s->region);
	}
	if (g->min > g->desired || g->desired > g->max || g->max > 6000)
		return fail(r, t->line,
			    "group %s: wanted min <= desired <= max <= 6000, "
			    "not %d, %d, %d",
			    g->name, g->min, g->desired, g->max);
	if (!pairs_are_taints(&g->taints))
		return fail(r, t->line, "group %s: taints: " WANT_TAINT,
			    g->name);
	if (g->refuse_from_ms > g->refuse_to_ms)
		return fail(r, t->line,
			    "group %s: refuse_to is before refuse_from",
			    g->name);
	for (; before < g; before++) {
		if (str_eq(before->name, g->name) ||
		    str_eq(before->asg, g->asg))
			return fail(r, t->line, "group %s: the name is taken",
				    g->name);
	}
	return true;
}

static bool
check_runner(struct reading *r, const struct tree *t,
	     const struct scenario_runner *x,
	     const struct scenario_runner *before)
{
	if (!str_eq(x->type, "instance_type") &&
	    !str_eq(x->type, "group_type") && !str_eq(x->type, "project_type"))
		return fail(r, t->line,
			    "runner %s: type is instance_type, group_type or "
			    "project_type",
			    x->name);
	if (x->concurrent < 1)
		return fail(r, t->line,
			    "runner %s: concurrent must be at least 1",
			    x->name);
	if (!pairs_are_taints(&x->tolerations))
		return fail(r, t->line, "runner %s: tolerations: " WANT_TAINT,
			    x->name);
	if (x->tags.n == 0 && !x->run_untagged)
		return fail(r, t->line,
			    "runner %s: without tags it needs run_untagged",
			    x->name);
	for (; before < x; before++) {
		if (str_eq(before->name, x->name))
			return fail(r, t->line, "runner %s: the name is taken",
				    x->name);
	}
	return true;
}

static bool
check_load(struct reading *r, const struct tree *t,
	   const struct scenario_load *l)
{
	const char *slash = strchr(l->project, '/');

	if (!slash || slash == l->project || !slash[1])
		return fail(r, t->line, "job %s: project is group/project",
			    l->name);
	if (l->per_minute > 6000)
		return fail(r, t->line, "job %s: at most 6000 per_minute",
			    l->name);
	if (l->to_ms != 0 && l->to_ms < l->from_ms)
		return fail(r, t->line, "job %s: to is before from", l->name);
	return true;
}

static bool
read_parts(struct reading *r, const struct tree *t, struct scenario *s)
{
	const struct tree *groups = tree_get(t, "groups");
	const struct tree *runners = tree_get(t, "runners");
	const struct tree *loads = tree_get(t, "jobs");
	struct scenario_group *g;
	struct scenario_runner *x;
	struct scenario_load *l;

	if (!read_list(r, groups, "groups", GROUPS_MAX, &s->group_n) ||
	    !read_list(r, runners, "runners", RUNNERS_MAX, &s->runner_n) ||
	    !read_list(r, loads, "jobs", LOADS_MAX, &s->load_n))
		return false;
	s->groups = g = arena_alloc(r->arena, (s->group_n + 1) * sizeof(*g));
	s->runners = x = arena_alloc(r->arena, (s->runner_n + 1) * sizeof(*x));
	s->loads = l = arena_alloc(r->arena, (s->load_n + 1) * sizeof(*l));
	tree_each (c, groups) {
		if (!read_mapping(r, scenario_group_keys, c, "group", g) ||
		    !check_group(r, c, s, g, s->groups))
			return false;
		g++;
	}
	tree_each (c, runners) {
		if (!read_mapping(r, scenario_runner_keys, c, "runner", x) ||
		    !check_runner(r, c, x, s->runners))
			return false;
		x++;
	}
	tree_each (c, loads) {
		if (!read_mapping(r, scenario_load_keys, c, "job", l) ||
		    !check_load(r, c, l))
			return false;
		l++;
	}
	return true;
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
	if (s->zones.n == 0 || s->zones.n > 6) {
		fail(&r, t->line, "zones: wanted one to six");
		goto bad;
	}
	if (strspn(s->account, "0123456789") != 12 || s->account[12]) {
		fail(&r, t->line, "account: wanted twelve digits");
		goto bad;
	}
	if (!pairs_are_taints(&s->system_tolerations)) {
		fail(&r, system ? system->line : 1,
		     "system.tolerations: " WANT_TAINT);
		goto bad;
	}
	if (!read_parts(&r, t, s))
		goto bad;
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
	/* The cluster is an hour older than its first node. */
	return oldest + 3600000;
}
