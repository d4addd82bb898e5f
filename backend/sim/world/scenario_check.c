/*
 * What must hold of a scenario beyond each key's own type.
 */
#include "backend/sim/world/scenario_check.h"

#include <stdlib.h>

#include "backend/sim/world/types.h"

#define fail scenario_fail

const char *const refusal_names[REFUSAL_COUNT] = { "capacity", "quota",
						   "image", "key",
						   "unsupported" };
const char *const boot_failure_names[BOOT_FAILURE_COUNT] = { "no",
							     "never-joins",
							     "not-ready",
							     "slow" };

/* clang-format off */
const struct scenario_act_form scenario_act_forms[ACT_COUNT] = {
	/*			  name, on, number, value */
	[ACT_DESIRED] =		{ "desired",	 ON_GROUP, true,  true },
	[ACT_MIN] =		{ "min",	 ON_GROUP, true,  true },
	[ACT_MAX] =		{ "max",	 ON_GROUP, true,  true },
	[ACT_SUSPEND] =		{ "suspend",	 ON_GROUP, false, true },
	[ACT_RESUME] =		{ "resume",	 ON_GROUP, false, true },
	[ACT_TAG] =		{ "tag",	 ON_GROUP, false, true },
	[ACT_UNTAG] =		{ "untag",	 ON_GROUP, false, true },
	[ACT_CORDON] =		{ "cordon",	 ON_GROUP, false, false },
	[ACT_UNCORDON] =	{ "uncordon",	 ON_GROUP, false, false },
	[ACT_DRAIN] =		{ "drain",	 ON_GROUP, false, false },
	[ACT_TERMINATE] =	{ "terminate",	 ON_GROUP, false, false },
	[ACT_REPLICAS] =	{ "replicas",	 ON_OBJECT, true,  true },
	[ACT_DELETE_PODS] =	{ "delete-pods", ON_OBJECT, false, false },
	[ACT_UPGRADE] =		{ "upgrade",	 ON_OBJECT, false, true },
	[ACT_CONCURRENT] =	{ "concurrent",	 ON_OBJECT, true, true },
	[ACT_RETAG] =		{ "retag",	 ON_RUNNER, false, true },
	[ACT_ROLL] =		{ "roll",	 ON_GROUP, false, false },
	[ACT_FLUX_SUSPEND] =	{ "flux-suspend", ON_OBJECT, false, false },
	[ACT_FLUX_RESUME] =	{ "flux-resume", ON_OBJECT, false, false },
};
/* clang-format on */

/* The place of text in names; false when it is not there. */
static bool
index_of(const char *text, const char *const *names, int n, int *at)
{
	for (*at = 0; *at < n; ++*at) {
		if (str_eq(names[*at], text))
			return true;
	}
	return false;
}

static bool
read_number(const char *text, int32_t *n)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	*n = (int32_t)value;
	return *text && !*end && value >= 0 && value <= 6000;
}

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

/* What goes wrong with a group's instances. */
static bool
read_failures(struct reading *r, const struct tree *t, struct scenario_group *g)
{
	int at;

	if (!index_of(g->refuse_reason, refusal_names, REFUSAL_COUNT, &at))
		return fail(r, t->line,
			    "group %s: refuse_reason: wanted capacity, quota, "
			    "image, key or unsupported, not '%.40s'",
			    g->name, g->refuse_reason);
	g->refusal = (enum launch_refusal)at;
	if (!index_of(g->boot_fails, boot_failure_names, BOOT_FAILURE_COUNT,
		      &at))
		return fail(r, t->line,
			    "group %s: boot_fails: wanted no, never-joins, "
			    "not-ready or slow, not '%.40s'",
			    g->name, g->boot_fails);
	g->boot = (enum boot_failure)at;
	if (g->reclaim > 0 && !g->spot)
		return fail(r, t->line,
			    "group %s: reclaim: only spot instances are wanted "
			    "back",
			    g->name);
	if (g->reclaim_from_ms > g->reclaim_to_ms)
		return fail(r, t->line,
			    "group %s: reclaim_to is before reclaim_from",
			    g->name);
	return true;
}

bool
scenario_check_group(struct reading *r, const struct tree *t,
		     const struct scenario *s, struct scenario_group *g)
{
	const struct scenario_group *before = s->groups;

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
	if (g->disk_gib < 10)
		return fail(r, t->line,
			    "group %s: disk: wanted at least 10 GiB, not %d",
			    g->name, g->disk_gib);
	if (g->refuse_from_ms > g->refuse_to_ms)
		return fail(r, t->line,
			    "group %s: refuse_to is before refuse_from",
			    g->name);
	if (!read_failures(r, t, g))
		return false;
	for (; before < g; before++) {
		if (str_eq(before->name, g->name) ||
		    str_eq(before->asg, g->asg))
			return fail(r, t->line, "group %s: the name is taken",
				    g->name);
	}
	return true;
}

static bool
read_executor(struct reading *r, const struct tree *t,
	      struct scenario_runner *x)
{
	x->on_machines = str_eq(x->executor, "docker+machine");
	if (!x->on_machines && !str_eq(x->executor, "kubernetes"))
		return fail(r, t->line,
			    "runner %s: executor: wanted kubernetes or "
			    "docker+machine, not '%.40s'",
			    x->name, x->executor);
	if (!sim_type_find(x->machine_type))
		return fail(r, t->line,
			    "runner %s: machine_type '%.40s' is not in the "
			    "simulated catalogue",
			    x->name, x->machine_type);
	return x->machine_orphans <= 200 ||
	       fail(r, t->line, "runner %s: at most 200 orphans", x->name);
}

bool
scenario_check_runner(struct reading *r, const struct tree *t,
		      const struct scenario *s, struct scenario_runner *x)
{
	const struct scenario_runner *before = s->runners;

	if (!read_executor(r, t, x))
		return false;
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

bool
scenario_check_load(struct reading *r, const struct tree *t,
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

/* What the act is on must be there. */
static bool
check_target(struct reading *r, const struct tree *t, const struct scenario *s,
	     const struct scenario_act *o, enum act_target on)
{
	bool known = false;

	switch (on) {
	case ON_GROUP:
		for (uint32_t i = 0; i < s->group_n; i++)
			known |= str_eq(s->groups[i].asg, o->on);
		return known ||
		       fail(r, t->line,
			    "operator: %s: no Auto Scaling group is called "
			    "'%.60s'",
			    o->name, o->on);
	case ON_RUNNER:
		for (uint32_t i = 0; i < s->runner_n; i++)
			known |= str_eq(s->runners[i].name, o->on);
		return known || fail(r, t->line,
				     "operator: %s: no runner is called "
				     "'%.60s'",
				     o->name, o->on);
	case ON_OBJECT:
		break;
	}
	return strchr(o->on, '/') ||
	       fail(r, t->line, "operator: %s: on is namespace/name", o->name);
}

bool
scenario_check_act(struct reading *r, const struct tree *t,
		   const struct scenario *s, struct scenario_act *o)
{
	const struct scenario_act_form *form = scenario_act_forms;
	int32_t *n = &o->number;

	while (form < scenario_act_forms + ACT_COUNT &&
	       !str_eq(form->name, o->name))
		form++;
	if (form == scenario_act_forms + ACT_COUNT)
		return fail(r, t->line, "operator: unknown act '%.40s'",
			    o->name);
	o->kind = (enum scenario_act_kind)(form - scenario_act_forms);
	if (!check_target(r, t, s, o, form->on))
		return false;
	if (form->wants_value && !o->value)
		return fail(r, t->line, "operator: %s: 'value' is missing",
			    o->name);
	if (form->wants_number && !read_number(o->value, n))
		return fail(r, t->line,
			    "operator: %s: value: wanted a whole number from 0 "
			    "to 6000, not '%.40s'",
			    o->name, o->value);
	if (o->times != 1 && o->every_ms < 1000)
		return fail(r, t->line,
			    "operator: %s: every: wanted at least 1s", o->name);
	return true;
}

bool
scenario_check_whole(struct reading *r, const struct tree *t,
		     struct scenario *s)
{
	const struct tree *system = tree_get(t, "system");

	if (s->zones.n == 0 || s->zones.n > 6)
		return fail(r, t->line, "zones: wanted one to six");
	if (strspn(s->account, "0123456789") != 12 || s->account[12])
		return fail(r, t->line, "account: wanted twelve digits");
	if (!pairs_are_taints(&s->system_tolerations))
		return fail(r, system ? system->line : 1,
			    "system.tolerations: " WANT_TAINT);
	if (s->subnet_bits < 16 || s->subnet_bits > 28)
		return fail(r, t->line,
			    "subnet: wanted 16 to 28, the bits of "
			    "a subnet's prefix");
	s->flux = !str_eq(s->flux_word, "none");
	s->flux_suspended = str_eq(s->flux_word, "suspended");
	return !s->flux || s->flux_suspended || str_eq(s->flux_word, "on") ||
	       fail(r, tree_get(t, "flux")->line,
		    "flux: wanted none, on or suspended, not '%.40s'",
		    s->flux_word);
}
