/*
 * The scale-up orchestrator: options, choice, caps, sharing, fates.
 */
#include "backend/engine/scale_up.h"

#include <stdlib.h>

#include "backend/engine/expander.h"
#include "backend/engine/health.h"
#include "backend/engine/similar.h"

/* ---- which pods fit on which group's template ---- */

/* One answer per shape: refused by whom, or not at all. */
struct answer {
	bool asked, fits;
	const char *reason, *detail;
};

struct fit_table { /* [group][shape] */
	struct answer *at;
	uint32_t shapes;
};

static struct answer *
answer_of(const struct fit_table *t, uint32_t group, uint32_t shape)
{
	return &t->at[(size_t)group * t->shapes + shape];
}

static uint32_t
sample_shape(struct run *r, const struct equal_pods *e)
{
	return cluster_shape(r->cluster, r->pending->at[e->pods[0]].at);
}

static char *
join_details(struct run *r, const struct verdict *v)
{
	char out[VERDICT_REASONS * VERDICT_TEXT];
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < v->n; i++) {
		const char *d = v->reasons[i].detail;
		size_t n = strlen(d);

		if (!n)
			continue;
		if (len) {
			memcpy(out + len, "; ", 2);
			len += 2;
		}
		memcpy(out + len, d, n);
		len += n;
		out[len] = '\0';
	}
	return arena_strdup(r->plan->arena, out);
}

static void
ask(struct run *r, uint32_t pod, uint32_t node, struct answer *out)
{
	struct verdict why;
	char text[VERDICT_REASONS * VERDICT_TEXT];

	out->asked = true;
	out->fits = cluster_fits(r->cluster, pod, node, &why);
	if (out->fits)
		return;
	out->reason = arena_strdup(r->plan->arena,
				   verdict_text(&why, text, sizeof(text)));
	out->detail = join_details(r, &why);
}

/* Judges the first pod of every group of equals on the template of group g. */
static void
ask_group(struct run *r, uint32_t g, const struct fit_table *t)
{
	const struct node_group *group = &r->groups->at[g];
	uint32_t mark = cluster_mark(r->cluster), node;

	node = cluster_add_plain(r->cluster, group->template, g);
	for (uint32_t i = 0; i < r->pending->equal_n; i++) {
		struct equal_pods *e = &r->pending->equal[i];
		struct answer *a = answer_of(t, g, sample_shape(r, e));

		if (!a->asked)
			ask(r, r->pending->at[e->pods[0]].at, node, a);
		e->schedulable = e->schedulable ||
				 (a->fits && !*group->skipped);
	}
	cluster_rollback(r->cluster, mark);
}

static void
make_table(struct run *r, struct fit_table *t)
{
	bool skipped_too = policy_flag(r->policy, POLICY_SIMULATE_SKIPPED);

	for (uint32_t i = 0; i < r->pending->equal_n; i++) {
		r->pending->equal[i].schedulable = false;
		sample_shape(r, &r->pending->equal[i]);
	}
	t->shapes = r->cluster->shapes.n;
	t->at = arena_alloc(r->scratch, (size_t)r->groups->n * t->shapes *
						sizeof(*t->at) +
						1);
	for (uint32_t g = 0; g < r->groups->n; g++)
		if (r->groups->at[g].template &&
		    (!*r->groups->at[g].skipped || skipped_too))
			ask_group(r, g, t);
}

/* ---- options ---- */

static void
fill_equal(struct run *r, struct option *o, const struct fit_table *t)
{
	o->equal = arena_alloc(r->scratch, r->pending->equal_n *
						   sizeof(*o->equal) +
						   1);
	for (uint32_t i = 0; i < r->pending->equal_n; i++)
		if (answer_of(t, o->group,
			      sample_shape(r, &r->pending->equal[i]))
			    ->fits)
			o->equal[o->equal_n++] = i;
}

/* Groups like this one that take at least the same pods. */
static void
fill_similar(struct run *r, struct option *o, const struct fit_table *t)
{
	const struct node_group *g = &r->groups->at[o->group];

	if (!policy_flag(r->policy, POLICY_BALANCE_SIMILAR))
		return;
	o->similar = arena_alloc(r->scratch,
				 r->groups->n * sizeof(*o->similar));
	for (uint32_t i = 0; i < r->groups->n; i++) {
		const struct node_group *other = &r->groups->at[i];
		bool all = true;

		if (i == o->group || !other->template ||
		    *other->skipped || !group_is_safe(other) ||
		    !templates_similar(r, g->template, other->template))
			continue;
		for (uint32_t j = 0; all && j < o->equal_n; j++)
			all = answer_of(t, i,
					sample_shape(r, &r->pending->equal
								 [o->equal[j]]))
				      ->fits;
		if (all)
			o->similar[o->similar_n++] = i;
	}
}

static uint32_t
make_options(struct run *r, const struct fit_table *t, struct option *out)
{
	uint32_t n = 0;

	for (uint32_t g = 0; g < r->groups->n; g++) {
		struct option o = { .group = g };

		if (*r->groups->at[g].skipped || run_out_of_work(r))
			continue;
		fill_equal(r, &o, t);
		if (o.equal_n == 0)
			continue;
		fill_similar(r, &o, t);
		estimate(r, &o);
		if (o.nodes > 0 && o.pod_n > 0)
			out[n++] = o;
	}
	r->plan->out_of_work = r->plan->out_of_work || run_out_of_work(r);
	return n;
}

/* ---- from the best option to sizes (3.5) ---- */

static void
grow(struct run *r, const struct share *s, const struct option *o,
     const char *by)
{
	struct node_group *g = &r->groups->at[s->group];
	struct growth growth = {
		.group = s->group,
		.from = s->from,
		.to = s->to,
		.expander = by,
		.round = r->round,
	};

	if (s->group == o->group) {
		growth.pods = o->pods;
		growth.pod_n = o->pod_n;
	}
	g->planned += s->to - s->from;
	r->planned += s->to - s->from;
	vec_push(&r->growth, growth);
}

/* Takes what quotas and our steps allow of each share; what one group may not
 * take is not given to another. */
static uint32_t
cap_shares(struct run *r, struct share *at, uint32_t n, struct quota *q)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct node_group *g = &r->groups->at[at[i].group];
		int32_t delta = at[i].to - at[i].from;
		int32_t room = step_room(r, g) - g->planned;

		if (delta > room)
			delta = room;
		delta = quota_check(q, g, delta).allowed;
		quota_consume(q, g, delta);
		at[i].to = at[i].from + delta;
		if (delta > 0)
			at[kept++] = at[i];
	}
	return kept;
}

static uint32_t
make_shares(struct run *r, const struct option *o, const struct quota *q,
	    struct share *at)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i <= o->similar_n; i++) {
		uint32_t k = i == 0 ? o->group : o->similar[i - 1];
		const struct node_group *g = &r->groups->at[k];

		if (i > 0 && *quota_check(q, g, 1).exceeded)
			continue;
		at[n].group = k;
		at[n].from = g->target + g->planned;
		at[n++].max = g->max;
	}
	return n;
}

/* False when max-nodes-total leaves nothing. */
static bool
execute(struct run *r, const struct option *o, const char *by,
	struct quota *q)
{
	int64_t most = policy_int(r->policy, POLICY_MAX_NODES_TOTAL);
	struct share *at = arena_alloc(r->scratch, (o->similar_n + 1) *
							   sizeof(*at));
	int32_t nodes = o->nodes;
	uint32_t n, first = r->growth.n;

	if (most > 0 && nodes + (int64_t)r->node_count > most)
		nodes = (int32_t)(most - r->node_count);
	if (nodes < 1)
		return false;
	nodes = quota_check(q, &r->groups->at[o->group], nodes).allowed;
	n = make_shares(r, o, q, at);
	n = balance(at, n, nodes);
	n = cap_shares(r, at, n, q);
	for (uint32_t i = 0; i < n; i++)
		grow(r, &at[i], o, by);
	/* The pods are told with the first group that grows. */
	if (n > 0 && r->growth.at[first].pod_n == 0) {
		for (uint32_t i = first; i < r->growth.n; i++)
			r->growth.at[i].pod_n = 0;
		r->growth.at[first].pods = o->pods;
		r->growth.at[first].pod_n = o->pod_n;
	}
	return true;
}

/* ---- what becomes of the pods ---- */

/* Refusals depend on the shape alone: made once, shared. */
static void
make_refusals(struct run *r, const struct fit_table *t, struct equal_pods *e,
	      struct equal_pods **by_shape)
{
	uint32_t shape = sample_shape(r, e), n = 0;
	struct refusal *at;

	if (by_shape[shape]) {
		e->refusals = by_shape[shape]->refusals;
		e->refusal_n = by_shape[shape]->refusal_n;
		return;
	}
	at = arena_alloc(r->plan->arena, r->groups->n * sizeof(*at) + 1);
	for (uint32_t g = 0; g < r->groups->n; g++) {
		const struct node_group *group = &r->groups->at[g];
		const struct answer *a = answer_of(t, g, shape);

		if (a->asked && !a->fits)
			at[n++] = (struct refusal){ g, a->reason, a->detail };
		else if (*group->skipped)
			at[n++] = (struct refusal){ g, group->skipped,
						    group->skipped_detail };
	}
	e->refusals = at;
	e->refusal_n = n;
	by_shape[shape] = e;
}

static void
tell_pods(struct run *r, const struct fit_table *t, const struct option *best)
{
	struct pending *all = r->pending;
	struct equal_pods **by_shape;

	by_shape = arena_alloc(r->scratch, t->shapes * sizeof(*by_shape) + 1);
	for (uint32_t i = 0; i < all->equal_n; i++)
		make_refusals(r, t, &all->equal[i], by_shape);
	for (uint32_t i = 0; i < all->queue_n; i++) {
		struct pending_pod *p = &all->at[all->queue[i]];

		p->fate = FATE_REFUSED;
		p->refusals = all->equal[p->equal].refusals;
		p->refusal_n = all->equal[p->equal].refusal_n;
		p->reason = all->equal[p->equal].schedulable
				    ? "awaits the next decision"
				    : "pod didn't trigger scale-up";
	}
	for (uint32_t i = 0; best && i < best->pod_n; i++) {
		struct pending_pod *p = &all->at[best->pods[i]];

		p->fate = FATE_SCALE_UP;
		p->reason = arena_strdup(r->plan->arena,
					 r->groups->at[best->group].name);
		p->counts = false;
	}
}

/* ---- one round ---- */

static const struct option *
round_of(struct run *r, const char **result)
{
	struct quota q = quota_of_maxima(r);
	struct fit_table table = { NULL, 0 };
	struct option *options;
	const struct option *best = NULL;
	const char *by = "";
	uint32_t n;

	pending_group(r);
	groups_skip(r, &q);
	make_table(r, &table);
	options = arena_alloc(r->scratch,
			      r->groups->n * sizeof(*options) + 1);
	n = make_options(r, &table, options);
	if (n > 0)
		best = expander_choose(r, options, n, &by);
	*result = "NoOptionsAvailable";
	if (best && !execute(r, best, by, &q)) {
		*result = "Error"; /* max node total count already reached */
		best = NULL;
	}
	if (best)
		*result = "Successful";
	tell_pods(r, &table, best);
	return best;
}

/* The nodes of a round stand in the cluster for the next, with the pods they
 * were asked for; false when one finds no place there. */
static bool
inject(struct run *r, const struct option *best, uint32_t first)
{
	struct cluster *c = r->cluster;
	uint32_t base = c->nodes.n;

	for (uint32_t i = first; i < r->growth.n; i++) {
		const struct growth *g = &r->growth.at[i];

		for (int32_t j = g->from; j < g->to; j++)
			cluster_add_template(
				c, r->groups->at[g->group].template, g->group);
	}
	r->node_count += c->nodes.n - base;
	for (uint32_t i = 0; i < best->pod_n; i++) {
		uint32_t at = r->pending->at[best->pods[i]].at;
		uint32_t node = cluster_find(c, at, base, c->nodes.n);

		if (node == NONE)
			return false;
		cluster_place(c, at, node);
	}
	cluster_settle(c);
	return true;
}

/* One round, or with a salvo as many as find something to do.  The salvo's time
 * budget is work here; none at all means one round. */
static void
rounds(struct run *r)
{
	bool salvo = policy_flag(r->policy, POLICY_SALVO_SCALE_UP) &&
		     policy_ms(r->policy, POLICY_SALVO_SCALE_UP_BUDGET) > 0;
	const struct option *best = round_of(r, &r->plan->result);
	const char *result;

	while (salvo && best && !run_out_of_work(r)) {
		uint32_t first = r->growth.n;

		while (first > 0 && r->growth.at[first - 1].round == r->round)
			first--;
		pending_drop_gone(r->pending);
		if (r->pending->queue_n == 0 || !inject(r, best, first))
			return;
		r->round++;
		best = round_of(r, &result);
	}
}

void
scale_up(struct run *r)
{
	int64_t most = policy_int(r->policy, POLICY_MAX_NODES_TOTAL);
	struct pending *all = r->pending;
	struct quota q;

	if (all->queue_n == 0) {
		r->plan->result = "NotNeeded";
	} else if (most > 0 && (int64_t)r->nodes_ready >= most) {
		r->plan->result = "LimitedByMaxNodesTotal";
		for (uint32_t i = 0; i < all->queue_n; i++)
			all->at[all->queue[i]].reason =
				"max total nodes in cluster reached";
	} else if (pending_all_new(r)) {
		r->plan->result = "InCooldown";
		r->no_scale_down = true;
		for (uint32_t i = 0; i < all->queue_n; i++)
			all->at[all->queue[i]].reason =
				"very new: waits one decision for more";
	} else {
		rounds(r);
		return;
	}
	q = quota_of_maxima(r);
	groups_skip(r, &q);
}
