/*
 * What a vector wants of the plan.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "tests/vectors/vec.h"

static const char *
get(const struct tree *t, const char *key)
{
	return str_or_empty(tree_text(tree_get(t, key)));
}

/* The element of an array whose member has this text. */
static const struct tree *
entry(const struct tree *array, const char *key, const char *text)
{
	tree_each(t, array)
		if (strcmp(get(t, key), text) == 0)
			return t;
	return NULL;
}

static void
want_text(struct vec *v, const struct statement *s, const char *what,
	  const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		vec_fail(v, s->line, "%s is \"%s\", wanted \"%s\"", what, got,
			 want);
}

/* "~text": contains; "text": equals. */
static void
want_like(struct vec *v, const struct statement *s, const char *what,
	  const char *got, const char *want)
{
	if (*want != '~')
		want_text(v, s, what, got, want);
	else if (!strstr(got, want + 1))
		vec_fail(v, s->line, "%s is \"%s\", without \"%s\"", what, got,
			 want + 1);
}

static void
want_sizes(struct vec *v, const struct statement *s, const struct tree *t)
{
	char got[64];

	snprintf(got, sizeof(got), "%s>%s", get(t, "from"), get(t, "to"));
	for (uint32_t i = 0; i < s->n; i++)
		if (strchr(s->word[i].key, '>'))
			want_text(v, s, s->name, got, s->word[i].key);
}

static void
want_up(struct vec *v, const struct statement *s, const struct tree *plan)
{
	const struct tree *all = tree_get(plan, "scaleUp");
	const struct tree *t = entry(all, "group", s->name);
	const char *pods = word_of(s, "pods"), *by = word_of(s, "by");
	char n[16];

	if (!t) {
		vec_fail(v, s->line, "%s does not grow", s->name);
		return;
	}
	want_sizes(v, s, t);
	snprintf(n, sizeof(n), "%u", tree_get(t, "pods")->len);
	if (pods)
		want_text(v, s, "number of pods", n, pods);
	if (by)
		want_text(v, s, "expander", get(t, "expander"), by);
}

static void
want_down(struct vec *v, const struct statement *s, const struct tree *plan)
{
	const struct tree *t = entry(tree_get(plan, "scaleDown"), "node",
				     s->name);

	if (!t) {
		const struct tree *n = entry(tree_get(plan, "nodes"), "node",
					     s->name);

		vec_fail(v, s->line, "%s stays: %s (%s)", s->name,
			 get(n, "blocked"), get(n, "by"));
		return;
	}
	for (uint32_t i = 0; i < s->n; i++) {
		const char *key = s->word[i].key;

		if (strcmp(key, "drain") == 0 || strcmp(key, "empty") == 0)
			want_text(v, s, "how", get(t, "how"), key);
		else if (strcmp(key, "moves") == 0 &&
			 (uint32_t)strtoul(s->word[i].value, NULL, 10) !=
				 tree_get(t, "pods")->len)
			vec_fail(v, s->line, "%s moves %u pods", s->name,
				 tree_get(t, "pods")->len);
	}
}

/* Nothing grows, shrinks, or is fixed; "no up g" of one group. */
static void
want_no(struct vec *v, const struct statement *s, const struct tree *plan)
{
	static const struct {
		const char *what, *member, *key;
	} lists[] = {
		{ "up", "scaleUp", "group" },
		{ "down", "scaleDown", "node" },
		{ "fix", "fixes", "act" },
		{ "taints", "softTaints", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct tree *all = tree_get(plan, lists[i].member);
		const char *of = s->n > 0 ? s->word[0].key : NULL;
		const struct tree *bad;

		if (strcmp(lists[i].what, s->name) != 0)
			continue;
		if (!lists[i].key) {
			if (tree_get(all, "add")->len ||
			    tree_get(all, "remove")->len)
				vec_fail(v, s->line, "there are soft taints");
			return;
		}
		bad = of ? entry(all, lists[i].key, of) : tree_index(all, 0);
		if (bad)
			vec_fail(v, s->line, "%s: %s", s->name,
				 get(bad, lists[i].key));
		return;
	}
	vec_fail(v, s->line, "want no %s?", s->name);
}

static const char *
full_name(struct vec *v, const char *pod)
{
	return strchr(pod, '/') ? pod
				: arena_printf(v->arena, "default/%s", pod);
}

/* want pod p FATE [reason=] [group=g refusal= detail=] */
static void
want_pod(struct vec *v, const struct statement *s, const struct tree *plan)
{
	const struct tree *t = entry(tree_get(plan, "pending"), "pod",
				     full_name(v, s->name));
	const char *group = word_of(s, "group");
	const struct tree *g;

	if (!t) {
		vec_fail(v, s->line, "%s is not pending", s->name);
		return;
	}
	if (s->n > 0 && !strchr("=", *s->word[0].value ? '=' : 'x'))
		want_text(v, s, "fate", get(t, "fate"), s->word[0].key);
	if (word_of(s, "reason"))
		want_like(v, s, "reason", get(t, "reason"),
			  word_of(s, "reason"));
	if (!group)
		return;
	g = entry(tree_get(t, "groups"), "group", group);
	if (!g) {
		if (!str_eq(word_of(s, "refusal"), "none"))
			vec_fail(v, s->line, "%s does not refuse %s", group,
				 s->name);
		return;
	}
	if (word_of(s, "refusal"))
		want_like(v, s, "refusal", get(g, "reason"),
			  word_of(s, "refusal"));
	if (word_of(s, "detail"))
		want_like(v, s, "detail", get(g, "detail"),
			  word_of(s, "detail"));
}

/* A member as text: numbers as written, booleans as yes and no. */
static const char *
member_text(const struct tree *t, const char *key)
{
	const struct tree *m = tree_get(t, key);

	if (tree_is(m, TREE_BOOL))
		return m->flag ? "yes" : "no";
	return tree_is(m, TREE_NULL) ? "null" : get(t, key);
}

static void
want_member(struct vec *v, const struct statement *s, const struct tree *t,
	    const char *key, const char *want)
{
	const char *got = member_text(t, key);
	char *end;
	double a, b;
	int64_t ms;
	char time[TIME_TEXT];

	if (*want == '@') { /* a time: "@-5m" */
		if (!vec_time(v, want + 1, &ms))
			vec_fail(v, s->line, "%s: no time", want);
		else
			want_text(v, s, key, got,
				  time_format(ms, ms % 1000 != 0, time));
		return;
	}
	a = strtod(got, &end);
	if (*got && !*end) {
		b = strtod(want, &end);
		if (*want && !*end) {
			if (fabs(a - b) > 1e-9)
				vec_fail(v, s->line, "%s is %s, wanted %s",
					 key, got, want);
			return;
		}
	}
	want_like(v, s, key, got, want);
}

static void
want_entry(struct vec *v, const struct statement *s, const struct tree *array,
	   const char *key)
{
	const struct tree *t = entry(array, key, s->name);

	if (!t) {
		vec_fail(v, s->line, "no %s %s", key, s->name);
		return;
	}
	for (uint32_t i = 0; i < s->n; i++)
		want_member(v, s, t, s->word[i].key, s->word[i].value);
}

/* want fix ACT group=g 5>3 names=a,b */
static void
want_fix(struct vec *v, const struct statement *s, const struct tree *plan)
{
	const char *group = word_of(s, "group"), *names = word_of(s, "names");
	char got[256] = "";

	tree_each(t, tree_get(plan, "fixes"))
	{
		if (strcmp(get(t, "act"), s->name) != 0 ||
		    (group && strcmp(get(t, "group"), group) != 0))
			continue;
		want_sizes(v, s, t);
		tree_each(n, tree_get(t, "instances"))
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%s%s", *got ? "," : "", tree_text(n));
		if (names)
			want_text(v, s, "names", got, names);
		return;
	}
	vec_fail(v, s->line, "%s is not fixed", s->name);
}

/* want taint +n -m */
static void
want_taints(struct vec *v, const struct statement *s, const struct tree *plan)
{
	const struct tree *all = tree_get(plan, "softTaints");

	for (uint32_t i = 0; i <= s->n; i++) {
		const char *w = i == 0 ? s->name : s->word[i - 1].key;
		const struct tree *list = tree_get(all, *w == '+' ? "add"
								  : "remove");
		bool found = false;

		tree_each(t, list)
			found = found || str_eq(tree_text(t), w + 1);
		if (!found)
			vec_fail(v, s->line, "no soft taint %s", w);
	}
}

/* want memory PATH=VALUE ... (paths with dots) */
static void
want_memory(struct vec *v, const struct statement *s, const struct tree *plan)
{
	const struct tree *m = tree_get(plan, "memory");

	for (uint32_t i = 0; i < s->n; i++) {
		char *path = arena_strdup(v->arena, s->word[i].key);
		char *dot = strrchr(path, '.');
		const struct tree *t = m;

		if (dot) {
			*dot = '\0';
			t = tree_at(m, path);
		}
		want_member(v, s, t, dot ? dot + 1 : path, s->word[i].value);
	}
}

void
vec_check(struct vec *v, const struct statement *s, const struct tree *plan)
{
	const char *verb = s->verb;

	if (strcmp(verb, "result") == 0)
		want_text(v, s, verb, get(plan, "result"), s->name);
	else if (strcmp(verb, "scale-down") == 0)
		want_text(v, s, verb, get(plan, "scaleDownResult"), s->name);
	else if (strcmp(verb, "cluster") == 0)
		want_text(v, s, verb,
			  member_text(tree_get(plan, "cluster"), "healthy"),
			  strcmp(s->name, "healthy") == 0 ? "yes" : "no");
	else if (strcmp(verb, "up") == 0)
		want_up(v, s, plan);
	else if (strcmp(verb, "down") == 0)
		want_down(v, s, plan);
	else if (strcmp(verb, "no") == 0)
		want_no(v, s, plan);
	else if (strcmp(verb, "pod") == 0)
		want_pod(v, s, plan);
	else if (strcmp(verb, "node") == 0)
		want_entry(v, s, tree_get(plan, "nodes"), "node");
	else if (strcmp(verb, "group") == 0)
		want_entry(v, s, tree_get(plan, "groups"), "group");
	else if (strcmp(verb, "fix") == 0)
		want_fix(v, s, plan);
	else if (strcmp(verb, "taint") == 0)
		want_taints(v, s, plan);
	else if (strcmp(verb, "memory") == 0)
		want_memory(v, s, plan);
	else
		vec_fail(v, s->line, "want %s?", verb);
}
