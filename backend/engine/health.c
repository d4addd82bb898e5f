/*
 * Cluster state from one look at nodes, groups, acts and the old memory.
 */
#include "backend/engine/health.h"

#include "backend/base/clock.h"
#include "backend/engine/nodes.h"

/* ---- requests and backoff (3.9, 3.10) ---- */

void
request_change(const struct run *r, struct memory_request *q, int32_t delta,
	       int64_t at_ms)
{
	int64_t sum = (int64_t)q->increase + delta;

	if (q->increase <= 0 && delta <= 0)
		return;
	if (sum <= 0) {
		*q = (struct memory_request){ 0 };
		return;
	}
	q->increase = sum > INT32_MAX ? INT32_MAX : (int32_t)sum;
	if (delta > 0) {
		q->time_ms = at_ms;
		q->expected_ms =
			at_ms + policy_ms(r->policy,
					  POLICY_MAX_NODE_PROVISION_TIME);
	}
}

void
backoff_fail(const struct policy *p, struct memory_backoff *b, int64_t at_ms,
	     const char *code, const char *message)
{
	int64_t duration = policy_ms(p, POLICY_INITIAL_BACKOFF);
	int64_t most = policy_ms(p, POLICY_MAX_BACKOFF);

	if (b->until_ms != 0) {
		duration = b->duration_ms > 0 ? b->duration_ms : duration;
		/* Failures at the same time must not double it twice. */
		if (b->until_ms < at_ms &&
		    __builtin_mul_overflow(duration, INT64_C(2), &duration))
			duration = most;
		if (duration > most)
			duration = most;
	}
	*b = (struct memory_backoff){
		.until_ms = at_ms + duration,
		.duration_ms = duration,
		.failed_ms = at_ms,
		.code = code,
		.message = message,
	};
}

/* ---- counting (6.1) ---- */

static void
count_nodes(struct run *r, struct node_group *g)
{
	for (uint32_t i = 0; i < g->node_n; i++) {
		switch ((enum readiness)r->nodes->at[g->nodes[i]].readiness) {
		case NODE_READY:
			g->ready++;
			break;
		case NODE_UNREADY:
			g->unready++;
			break;
		case NODE_NOT_STARTED:
			g->not_started++;
			break;
		case NODE_SUSPENDED:
			g->suspended++;
			break;
		case NODE_DELETED:
			g->deleted++;
			break;
		}
	}
}

static void
count_unregistered(struct run *r, struct node_group *g)
{
	int64_t limit = policy_ms(r->policy, POLICY_MAX_NODE_PROVISION_TIME);

	for (uint32_t i = 0; i < g->member_n; i++) {
		struct group_member *m = &g->members[i];
		int64_t since;

		if (m->node != NONE || m->errored)
			continue;
		since = memory_unregistered_since(r->old, m->provider);
		if (since == 0)
			since = memory_unregistered_since(r->old, m->id);
		m->since_ms = since ? since : r->now_ms;
		m->long_unregistered = r->now_ms - m->since_ms > limit;
		if (m->long_unregistered)
			g->long_unregistered++;
		else
			g->unregistered++;
	}
}

/* ---- per group ---- */

static bool
has_readiness(const struct node_group *g)
{
	return g->node_n > 0 || g->unregistered > 0 ||
	       g->long_unregistered > 0;
}

static int32_t
not_yet_there(const struct node_group *g)
{
	if (!has_readiness(g))
		return g->target;
	return g->target - (g->ready + g->unready + g->suspended +
			    g->long_unregistered);
}

static const char *
text_after(struct run *r, int64_t ms)
{
	char text[TIME_TEXT];

	return arena_strdup(r->scratch, duration_format(ms, text));
}

static void
settle_request(struct run *r, struct node_group *g)
{
	struct memory_request *q = &g->request;

	if (q->increase <= 0) {
		*q = (struct memory_request){ 0 };
	} else if (not_yet_there(g) <= 0) {
		*q = (struct memory_request){ 0 }; /* all have come */
	} else if (q->expected_ms < r->now_ms) {
		g->timed_out = q->increase;
		g->timed_out_ms = r->now_ms - q->time_ms;
		backoff_fail(r->policy, &g->backoff, r->now_ms, "timeout",
			     arena_printf(r->scratch,
					  "Scale-up timed out for node group "
					  "%s after %s", g->name,
					  text_after(r, g->timed_out_ms)));
		*q = (struct memory_request){ 0 };
	}
}

/* Placeholders that cannot be fulfilled, seen for the first time. */
static void
count_errored(struct run *r, struct node_group *g)
{
	int32_t fresh = 0;

	for (uint32_t i = 0; i < g->member_n; i++)
		fresh += g->members[i].errored &&
			 !memory_errored(r->old, g->members[i].provider);
	if (fresh == 0 || g->request.increase <= 0 || not_yet_there(g) <= 0)
		return;
	g->refused = fresh;
	request_change(r, &g->request, -fresh, r->now_ms);
	backoff_fail(r->policy, &g->backoff, r->now_ms, HEALTH_REFUSED,
		     HEALTH_REFUSED_TEXT);
}

/* Unready beyond what is tolerated (6.4). */
static bool
too_many(const struct run *r, int32_t bad, int32_t of)
{
	return bad > policy_int(r->policy, POLICY_OK_UNREADY) &&
	       (double)bad > policy_real(r->policy,
					 POLICY_MAX_UNREADY_PERCENT) /
				     100.0 * (double)of;
}

static bool
group_is_healthy(const struct run *r, const struct node_group *g)
{
	int32_t least = g->target - g->long_unregistered -
			g->request.increase;
	int32_t there = g->ready + g->suspended;

	if (!has_readiness(g))
		return g->target == 0 || (least == 0 && g->target > 0);
	return there >= least ||
	       !too_many(r, least - there,
			 g->ready + g->unready + g->not_started +
				 g->suspended);
}

static void
check_size(struct run *r, struct node_group *g)
{
	int32_t registered = (int32_t)g->node_n;
	struct memory_size now = { registered, g->target, r->now_ms };
	const struct memory_group *m = memory_group(r->old, g->name);

	g->size = (struct memory_size){ 0 };
	if (!has_readiness(g) ||
	    (registered <= g->target &&
	     registered >= g->target - g->unregistered -
				   g->long_unregistered))
		return;
	g->size = now;
	if (m && m->size.since_ms && m->size.registered == registered &&
	    m->size.target == g->target)
		g->size.since_ms = m->size.since_ms;
}

static void
remember(struct run *r, struct node_group *g)
{
	const struct memory_group *m = memory_group(r->old, g->name);
	int64_t reset = policy_ms(r->policy, POLICY_BACKOFF_RESET);

	if (!m)
		return;
	g->request = m->request;
	g->last_up_ms = m->last_up_ms;
	g->last_delete_ms = m->last_delete_ms;
	g->last_fail_ms = m->last_fail_ms;
	if (r->now_ms - m->backoff.failed_ms <= reset ||
	    (m->backoff.failed_ms == 0 && m->backoff.until_ms > r->now_ms))
		g->backoff = m->backoff;
}

/* What follows from the group's target. */
static void
measure_target(const struct run *r, struct node_group *g)
{
	g->healthy = group_is_healthy(r, g);
	g->upcoming = 0;
	if (g->request.increase > 0 && !g->backed_off && not_yet_there(g) > 0)
		g->upcoming = not_yet_there(g);
}

static void
update_group(struct run *r, struct node_group *g)
{
	count_nodes(r, g);
	count_unregistered(r, g);
	settle_request(r, g);
	count_errored(r, g);
	check_size(r, g);
	g->backed_off = g->backoff.until_ms >= r->now_ms;
	measure_target(r, g);
}

static void
mark_upcoming(struct run *r)
{
	for (uint32_t i = 0; i < r->nodes->n; i++) {
		struct known_node *k = &r->nodes->at[i];

		k->upcoming = k->group != NONE &&
			      k->readiness == NODE_NOT_STARTED &&
			      r->groups->at[k->group].upcoming > 0;
	}
}

void
health_update(struct run *r)
{
	int32_t unready = 0;

	if (r->old) {
		r->last_up_ms = r->old->last_up_ms;
		r->last_delete_ms = r->old->last_delete_ms;
		r->last_fail_ms = r->old->last_fail_ms;
	}
	for (uint32_t i = 0; i < r->groups->n; i++)
		remember(r, &r->groups->at[i]);
	acts_fold(r);
	for (uint32_t i = 0; i < r->groups->n; i++)
		update_group(r, &r->groups->at[i]);
	for (uint32_t i = 0; i < r->nodes->n; i++)
		unready += r->nodes->at[i].readiness == NODE_UNREADY;
	r->cluster_healthy = !too_many(r, unready, (int32_t)r->nodes->n);
	if (!r->cluster_healthy)
		r->cluster_reason = arena_printf(
			r->plan->arena, "%d of %u nodes are unready",
			(int)unready, r->nodes->n);
	mark_upcoming(r);
}

void
health_again(struct run *r)
{
	for (uint32_t i = 0; i < r->groups->n; i++)
		measure_target(r, &r->groups->at[i]);
	mark_upcoming(r);
}
