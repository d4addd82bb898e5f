/*
 * Acts of earlier runs, from the journal: they count against the step limits
 * (design 8, rule 4), and launches they asked for are still on their way, or a
 * restart would do both twice.
 */
#include "backend/control/engine_private.h"

#include <stdio.h>

#include "backend/control/act_run.h"
#include "backend/engine/policy_values.h"

static bool
read_size(const char *text, int32_t *n)
{
	return sscanf(text, "desired=%d", n) == 1;
}

/* What has no outcome may have been done: it counts. */
static bool
was_done(const struct journal_deed *d)
{
	return !d->over || strcmp(d->result, "ok") == 0 ||
	       str_has_prefix(d->result, "outcome unknown");
}

static bool
recall_scale(const struct journal_deed *d, struct act_shown *a)
{
	if (!read_size(d->before, &a->from) || !read_size(d->after, &a->to))
		return false;
	a->what = a->to > a->from ? "scaleUp" : "lowerDesired";
	a->group = d->name;
	return true;
}

/* "i-0abc of GROUP", see removal_terminate. */
static bool
recall_removal(const struct journal_deed *d, struct act_shown *a)
{
	const char *of = strstr(d->before, " of ");

	a->what = "scaleDown";
	a->node = d->name;
	a->group = of ? of + strlen(" of ") : "";
	return of != NULL;
}

void
engine_recall(struct engine_run *e)
{
	struct backend *b = e->backend;
	int64_t now = store_world_ms(b->store);
	int64_t reach = policy_ms(e->policy, POLICY_STEP_WINDOW);
	int64_t launch = policy_ms(e->policy, POLICY_MAX_NODE_PROVISION_TIME);

	engine_recall_failures(e);
	if (launch > reach)
		reach = launch;
	for (uint32_t i = 0; i < b->past.n; i++) {
		const struct journal_deed *d = &b->past.at[i];
		struct act_shown a = { .id = d->id,
				       .started_ms = d->world_ms,
				       .ended_ms = d->world_ms,
				       .by = d->by_engine ? ACT_BY_PADDOCK
							  : ACT_BY_PERSON,
				       .outcome = ACT_OK };
		bool known = false;

		if (!was_done(d) || now - d->world_ms > reach ||
		    d->world_ms > now ||
		    strcmp(d->context, store_place(b->store)->context) != 0)
			continue;
		if (strcmp(d->verb, "scale") == 0)
			known = recall_scale(d, &a);
		else if (strcmp(d->verb, "terminate") == 0)
			known = recall_removal(d, &a);
		if (known)
			act_show(b, &a);
	}
}
