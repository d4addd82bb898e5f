/*
 * Node groups: which there are, their limits, options and members.
 */
#include "backend/engine/groups.h"

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "backend/base/clock.h"
#include "backend/engine/index.h"

#define OPTION_TAG                                                          \
	"k8s.io/cluster-autoscaler/node-template/autoscaling-options/"

/* ---- selecting (reference 7.2) ---- */

struct selection {
	const struct group *asg;
	bool matches;
};

static void
match_tag(void *ctx, const char *key, const char *value)
{
	struct selection *s = ctx;
	const char *have = group_tag(s->asg, key);

	if (!have || (value && strcmp(have, value) != 0))
		s->matches = false;
}

/* Each discovery rule selects for itself; upstream merges them all into one
 * (a QUIRK that usually selects nothing). */
static bool
discovered(const struct run *r, const struct group *asg)
{
	const struct policy_list *rules = policy_list(r->policy,
						      POLICY_DISCOVERY);

	for (uint32_t i = 0; i < rules->n; i++) {
		struct selection s = { asg, true };

		policy_parse_discovery(rules->at[i], match_tag, &s);
		if (s.matches)
			return true;
	}
	return false;
}

/* The limits of --nodes for a group; the first naming counts. */
static bool
named_limits(const struct run *r, const char *name, int32_t *min,
	     int32_t *max)
{
	const struct policy_list *specs = policy_list(r->policy,
						      POLICY_NODES);
	const char *spec_name;

	for (uint32_t i = 0; i < specs->n; i++)
		if (policy_parse_nodes(specs->at[i], min, max, &spec_name) &&
		    strcmp(spec_name, name) == 0)
			return true;
	return false;
}

/* Sizes beyond this are no group's; bounded so that sums stay sums. */
enum { GROUP_MAX = 1000000 };

static int32_t
sane(int32_t size)
{
	return size < 0 ? 0 : size > GROUP_MAX ? GROUP_MAX : size;
}

static bool
select_group(const struct run *r, const struct group *asg,
	     struct node_group *g)
{
	bool all = policy_list(r->policy, POLICY_NODES)->n == 0 &&
		   policy_list(r->policy, POLICY_DISCOVERY)->n == 0;
	bool named;

	g->asg = asg;
	g->name = asg->name;
	g->target = sane(asg->desired);
	g->min = asg->min;
	g->max = asg->max;
	named = named_limits(r, asg->name, &g->min, &g->max);
	g->min = sane(g->min);
	g->max = sane(g->max);
	return named || all || discovered(r, asg);
}

/* Groups of --nodes that the cloud does not have stay known, with size 0. */
static void
add_missing(struct run *r, struct node_group *at, uint32_t *n,
	    const struct index *seen)
{
	const struct policy_list *specs = policy_list(r->policy,
						      POLICY_NODES);

	for (uint32_t i = 0; i < specs->n; i++) {
		struct node_group g = { .asg = NULL };
		bool again = false;

		if (!policy_parse_nodes(specs->at[i], &g.min, &g.max,
					&g.name) ||
		    index_get(seen, g.name) != NONE)
			continue;
		for (uint32_t j = 0; j < *n; j++)
			again = again || strcmp(at[j].name, g.name) == 0;
		if (!again)
			at[(*n)++] = g;
	}
}

/* ---- options (reference 4.4) ---- */

/* "inf", "+Infinity", "NaN" of any case, as Go reads them. */
static bool
is_special(const char *text)
{
	const char *word = text + (*text == '+' || *text == '-');

	return strcasecmp(word, "inf") == 0 ||
	       strcasecmp(word, "infinity") == 0 ||
	       strcasecmp(text, "nan") == 0;
}

/* Of either kind of number. */
static bool
is_digit(char c)
{
	return c && strchr("0123456789abcdefABCDEF", c);
}

/* A number as Go writes it: digits may be kept apart by underscores, and a
 * hexadecimal one has an exponent.  Anything else leaves the option alone. */
static void
option_real(const char *text, double *v)
{
	char copy[64], *end = copy;
	bool hex = strpbrk(text, "xX") != NULL;
	double parsed;

	if (!*text || strlen(text) >= sizeof(copy) ||
	    (!is_special(text) &&
	     (text[strspn(text, hex ? "+-0123456789.abcdefABCDEFxXpP_"
				    : "+-0123456789.eE_")] ||
	      (hex && !strpbrk(text, "pP")))))
		return;
	for (const char *p = text; *p; p++) {
		if (*p == '_' &&
		    (p == text || !is_digit(p[-1]) || !is_digit(p[1])))
			return;
		if (*p != '_')
			*end++ = *p;
	}
	*end = '\0';
	parsed = strtod(copy, &end);
	if (*end == '\0' && (is_special(text) || isfinite(parsed)))
		*v = parsed;
}

static void
option_flag(const char *text, bool *v)
{
	static const char *const words[] = { "1", "t", "T", "true", "TRUE",
					     "True", "0", "f", "F", "false",
					     "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0)
			*v = i < ARRAY_LEN(words) / 2;
}

static void
read_options(const struct run *r, struct node_group *g)
{
	struct group_options *o = &g->options;

	o->utilization = policy_real(r->policy, POLICY_UTILIZATION_THRESHOLD);
	o->gpu_utilization = policy_real(r->policy,
					 POLICY_GPU_UTILIZATION_THRESHOLD);
	o->unneeded_ms = policy_ms(r->policy, POLICY_UNNEEDED_TIME);
	o->unready_ms = policy_ms(r->policy, POLICY_UNREADY_TIME);
	o->ignore_daemonsets = policy_flag(r->policy,
					   POLICY_IGNORE_DAEMONSETS);
	for (uint32_t i = 0; g->asg && i < g->asg->tag_n; i++) {
		const char *key = g->asg->tags[i].key;
		const char *value = g->asg->tags[i].value;

		if (!str_has_prefix(key, OPTION_TAG))
			continue;
		key += sizeof(OPTION_TAG) - 1;
		if (strcmp(key, "scaledownutilizationthreshold") == 0)
			option_real(value, &o->utilization);
		else if (strcmp(key, "scaledowngpuutilizationthreshold") == 0)
			option_real(value, &o->gpu_utilization);
		else if (strcmp(key, "scaledownunneededtime") == 0)
			duration_parse(value, &o->unneeded_ms);
		else if (strcmp(key, "scaledownunreadytime") == 0)
			duration_parse(value, &o->unready_ms);
		else if (strcmp(key, "ignoredaemonsetsutilization") == 0)
			option_flag(value, &o->ignore_daemonsets);
	}
}

/* ---- members ---- */

/* Far beyond what Auto Scaling lets a group want. */
enum { PLACEHOLDERS_MAX = 20000 };

static const char *
provider_of(struct run *r, const char *zone, const char *id)
{
	return arena_printf(r->scratch, "aws:///%s/%s", zone, id);
}

/* Removing a node takes one off the size without setting it. */
static bool
sets_size(const char *act)
{
	return str_eq(act, "scaleUp") || str_eq(act, "lowerDesired");
}

/* When the group's size was last set by an autoscaler, as far as is known; 0:
 * never. */
static int64_t
last_set(const struct run *r, const struct node_group *g)
{
	const struct memory_group *m = memory_group(r->old, g->name);
	int64_t at = 0;

	if (m)
		at = m->last_up_ms > m->request.time_ms ? m->last_up_ms
							: m->request.time_ms;
	WORLD_EACH(act, a, r->world, KIND_ACT)
		if (a->by != ACT_BY_PERSON && sets_size(a->what) &&
		    str_eq(a->group, g->name) && a->started_ms > at &&
		    a->started_ms <= r->now_ms)
			at = a->started_ms;
	return at;
}

/* Did launching fail since we last changed the size (7.5)?  When that time is
 * not known upstream counts any failure on record, however old (gotcha 10);
 * here the newest activity must be the failure. */
static bool
launch_failed(const struct run *r, const struct node_group *g)
{
	int64_t since = last_set(r, g), newest = 0;
	bool failed = false;

	WORLD_EACH(activity, a, r->world, KIND_ACTIVITY)
	{
		bool bad = str_eq(a->status, "Failed");

		if (!str_eq(a->group, g->name))
			continue;
		if (since != 0) {
			failed = failed || (bad && a->started_ms >= since);
		} else if (a->started_ms > newest) {
			newest = a->started_ms;
			failed = bad;
		} else if (a->started_ms == newest) {
			failed = failed || bad;
		}
	}
	return failed;
}

static void
read_members(struct run *r, struct node_group *g)
{
	const struct group *asg = g->asg;
	uint32_t real = asg ? asg->instance_n : 0, all = real;
	bool failed;

	if (asg && g->target > 0 && (uint32_t)g->target > real)
		all = (uint32_t)g->target;
	if (all - real > PLACEHOLDERS_MAX)
		all = real + PLACEHOLDERS_MAX;
	g->members = arena_alloc(r->scratch, all * sizeof(*g->members) + 1);
	g->member_n = all;
	for (uint32_t i = 0; i < real; i++) {
		const struct group_instance *from = &asg->instances[i];
		struct group_member *m = &g->members[i];

		m->id = from->id;
		m->zone = str_or_empty(from->zone);
		m->provider = provider_of(r, m->zone, m->id);
		m->deleting = str_has_prefix(str_or_empty(from->lifecycle),
					     "Terminat");
		m->node = NONE;
	}
	failed = all > real && launch_failed(r, g);
	for (uint32_t i = real; i < all; i++) {
		struct group_member *m = &g->members[i];

		m->id = arena_printf(r->scratch, "i-placeholder-%s-%u",
				     g->name, i);
		m->zone = asg->zone_n ? asg->zones[0] : "";
		m->provider = provider_of(r, m->zone, m->id);
		m->placeholder = true;
		m->errored = failed;
		m->node = NONE;
	}
}

/* ---- nodes ---- */

uint32_t
groups_of_node(struct run *r, const struct node *n, uint32_t *member)
{
	uint32_t i = *str_or_empty(n->provider_id)
			     ? index_get(r->members, n->provider_id)
			     : NONE;

	if (i == NONE)
		return NONE;
	*member = r->member_of[i].member;
	return r->member_of[i].group;
}

static void
index_members(struct run *r)
{
	uint32_t total = 0, k = 0;

	for (uint32_t i = 0; i < r->groups->n; i++)
		total += r->groups->at[i].member_n;
	r->members = index_new(r->scratch, total);
	r->member_of = arena_alloc(r->scratch,
				   total * sizeof(*r->member_of) + 1);
	for (uint32_t i = 0; i < r->groups->n; i++) {
		struct node_group *g = &r->groups->at[i];

		for (uint32_t j = 0; j < g->member_n; j++) {
			if (!index_put(r->members, g->members[j].provider, k))
				continue;
			r->member_of[k].group = i;
			r->member_of[k++].member = j;
		}
	}
}

/* ---- building ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct node_group *)a)->name,
		      ((const struct node_group *)b)->name);
}

void
groups_build(struct run *r)
{
	uint32_t room = r->world->of[KIND_GROUP].n +
			policy_list(r->policy, POLICY_NODES)->n;
	struct groups *all = arena_alloc(r->scratch, sizeof(*all));
	struct index *seen = index_new(r->scratch, room);

	all->at = arena_alloc(r->scratch, room * sizeof(*all->at) + 1);
	WORLD_EACH(group, asg, r->world, KIND_GROUP)
	{
		struct node_group g = { .asg = NULL };

		if (!index_put(seen, asg->name, 0))
			continue;
		if (select_group(r, asg, &g))
			all->at[all->n++] = g;
	}
	add_missing(r, all->at, &all->n, seen);
	if (all->n > 1)
		qsort(all->at, all->n, sizeof(*all->at), by_name);
	for (uint32_t i = 0; i < all->n; i++) {
		all->at[i].skipped = all->at[i].skipped_detail = "";
		all->at[i].template_fault = "";
		read_options(r, &all->at[i]);
		read_members(r, &all->at[i]);
	}
	r->groups = all;
	index_members(r);
}

struct node_group *
groups_find(struct run *r, const char *name)
{
	uint32_t low = 0, high = r->groups->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(r->groups->at[mid].name, name);

		if (order == 0)
			return &r->groups->at[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
