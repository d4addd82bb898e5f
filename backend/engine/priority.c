/*
 * The priority expander: a ConfigMap maps priorities to patterns of group names
 * (reference 3.4).
 *
 * Its text is YAML of one fixed shape, which is all that is read here: a map
 * from whole numbers to lists of texts.  Anything else makes the configuration
 * invalid, and an invalid one filters nothing, as upstream.
 */
#include <regex.h>
#include <stdlib.h>

#include "backend/engine/expander.h"
#include "backend/engine/priority_text.h"
#include "backend/model/workload.h"

enum { LOWEST = -1, MOST_WARNINGS = 16 };

#define INVALID "PriorityConfigMapInvalid"

/* The same is said once, however often options are chosen. */
static void
warn(struct run *r, const char *reason, const char *text)
{
	if (!r->warnings)
		r->warnings = arena_alloc(r->plan->arena,
					  MOST_WARNINGS *
						  sizeof(*r->warnings));
	for (uint32_t i = 0; i < r->warning_n; i++)
		if (str_eq(r->warnings[i].text, text))
			return;
	if (r->warning_n < MOST_WARNINGS)
		r->warnings[r->warning_n++] = (struct plan_warning){
			reason, arena_strdup(r->plan->arena, text)
		};
}

static const char *
find_text(struct run *r)
{
	const char *text;
	const char *ns = policy_text(r->policy, POLICY_NAMESPACE);

	WORLD_EACH(configmap, m, r->world, KIND_CONFIGMAP)
		if (str_eq(m->meta.name, PRIORITY_CONFIG_NAME) &&
		    str_eq(m->meta.ns, ns)) {
			text = labels_get(&m->data, "priorities");
			if (!text)
				warn(r, INVALID, "there is no key priorities: "
						 "no group is preferred");
			return text;
		}
	return NULL;
}

enum compiled { COMPILED, UNKNOWN, WRONG };

/* UNKNOWN: Go's, but not POSIX's. */
static enum compiled
compile(const char *pattern, regex_t *re)
{
	bool fold = false, good;
	char *translated = pattern_translate(pattern, &fold);

	if (!translated)
		return UNKNOWN;
	good = regcomp(re, translated,
		       REG_EXTENDED | REG_NOSUB | (fold ? REG_ICASE : 0)) == 0;
	free(translated);
	return good ? COMPILED : WRONG;
}

/* One wrong pattern makes the whole map invalid. */
static bool
all_compile(const struct priority_table *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		regex_t re;
		enum compiled c = compile(t->at[i].pattern, &re);

		if (c == COMPILED)
			regfree(&re);
		else if (c == WRONG)
			return false;
	}
	return true;
}

static bool
pattern_matches(const char *pattern, const char *name)
{
	regex_t re;
	bool matches;

	if (compile(pattern, &re) != COMPILED)
		return false;
	matches = regexec(&re, name, 0, NULL, 0) == 0;
	regfree(&re);
	return matches;
}

/* The highest priority whose patterns match; false when none does.  Below the
 * lowest one nothing is ever preferred, as upstream. */
static bool
priority_of(const struct priority_table *t, const char *name, int64_t *out)
{
	bool any = false;

	for (uint32_t i = 0; i < t->n; i++) {
		if (t->at[i].priority < LOWEST ||
		    (any && t->at[i].priority <= *out))
			continue;
		if (!pattern_matches(t->at[i].pattern, name))
			continue;
		*out = t->at[i].priority;
		any = true;
	}
	return any;
}

uint32_t
expander_priority(struct run *r, const struct option **at, uint32_t n)
{
	const char *text = find_text(r);
	struct priority_table table = { NULL, 0 };
	int64_t best = 0, mine = 0;
	uint32_t kept = 0;

	if (!text)
		return n;
	if (!priority_parse(r->scratch, text, &table) ||
	    !all_compile(&table)) {
		warn(r, INVALID, "priorities is no map of whole numbers to "
				 "lists of patterns: no group is preferred");
		return n;
	}
	for (uint32_t i = 0; i < n; i++) {
		const char *name = r->groups->at[at[i]->group].name;

		if (!priority_of(&table, name, &mine)) {
			warn(r, "PriorityConfigMapNotMatchedGroup",
			     arena_printf(r->scratch,
					  "no pattern matches group %s: it is "
					  "not used", name));
			continue;
		}
		if (kept > 0 && mine < best)
			continue;
		if (kept > 0 && mine > best)
			kept = 0;
		best = mine;
		at[kept++] = at[i];
	}
	if (kept > 0)
		return kept;
	warn(r, "PriorityConfigMapNoGroupMatched",
	     "no pattern matches any group that could grow: all of them are "
	     "used");
	return n;
}
