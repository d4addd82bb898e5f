/*
 * Unneeded nodes: who is eligible, whose pods find a place elsewhere, since
 * when (reference 5.3, 5.5).
 *
 * The simulation works on the cluster and is taken back at the end; what it
 * found stays with the nodes.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/engine/scale_down.h"
#include "backend/engine/utilization.h"

enum { BEING_DELETED_MS = 5 * 60 * 1000 };

/* ---- eligibility (5.3) ---- */

static bool
recently_unremovable(const struct run *r, struct known_node *k)
{
	const struct memory_node *m = memory_node(r->old,
						  k->node->meta.name);

	if (!m || m->unremovable_since_ms == 0 ||
	    m->unremovable_since_ms +
			    policy_ms(r->policy, POLICY_UNREMOVABLE_RECHECK) <=
		    r->now_ms)
		return false;
	k->unremovable_since_ms = m->unremovable_since_ms;
	k->failed = m->reason;
	k->failed_by = m->by;
	return true;
}

static const char *
over_threshold(struct run *r, struct known_node *k,
	       const struct utilization *u)
{
	const struct group_options *o = &r->groups->at[k->group].options;
	double limit = u->gpu ? o->gpu_utilization : o->utilization;
	char share[32], most[32];
	int digits = 3;

	if (!(u->share > limit)) /* nothing is above what is no number */
		return "";
	do { /* as many digits as tell the two apart */
		snprintf(share, sizeof(share), "%.*g", digits, u->share);
		snprintf(most, sizeof(most), "%.*g", digits, limit);
	} while (strcmp(share, most) == 0 && digits++ < 17);
	k->by = arena_printf(r->plan->arena, "%s of %s, limit %s", share,
			     u->gpu ? "GPUs" : "requests", most);
	return "NotUnderutilized";
}

const char *
node_ineligible(struct run *r, uint32_t node)
{
	struct known_node *k = &r->nodes->at[node];
	const struct taint *t = node_taint(k->node, TAINT_TO_BE_DELETED);
	const struct group_options *o = &r->groups->at[k->group].options;
	struct utilization u;

	if (recently_unremovable(r, k)) {
		k->by = *str_or_empty(k->failed_by)
				? arena_printf(r->plan->arena, "%s: %s",
					       k->failed, k->failed_by)
				: arena_strdup(r->plan->arena,
					       str_or_empty(k->failed));
		return "RecentlyUnremovable";
	}
	if (t && taint_time_ms(t) != 0 &&
	    r->now_ms - taint_time_ms(t) < BEING_DELETED_MS)
		return "CurrentlyBeingDeleted";
	if (str_eq(labels_get(&k->node->meta.annotations,
			      "cluster-autoscaler.kubernetes.io/"
			      "scale-down-disabled"), "true"))
		return "ScaleDownDisabledAnnotation";
	u = utilization_of(r, node, o->ignore_daemonsets);
	if (!u.known) {
		k->by = "allocatable cpu or memory is missing";
		return "UnexpectedError";
	}
	if (!k->ready && !policy_flag(r->policy, POLICY_UNREADY_ENABLED))
		return "ScaleDownUnreadyDisabled";
	return over_threshold(r, k, &u);
}

/* ---- removal (5.5) ---- */

struct simulation {
	struct run *r;
	struct budgets *budgets;
	uint32_t *home; /* of each pod before anything moved */
};

static void
fail(struct run *r, struct known_node *k, const char *reason, const char *by)
{
	k->blocked = k->failed = reason;
	k->by = k->failed_by = by;
	k->unremovable_since_ms = r->now_ms;
}

/* The same node with the taint it would get, which its pods' topology domains
 * outlive. */
static const struct node *
make_ghost(struct run *r, const struct node *n)
{
	struct node *ghost = arena_alloc(r->scratch, sizeof(*ghost));
	struct taint *taints = arena_alloc(r->scratch, (n->taint_n + 1) *
							       sizeof(*taints));

	record_copy(ghost, n, sizeof(*ghost));
	if (n->taint_n)
		memcpy(taints, n->taints, n->taint_n * sizeof(*taints));
	taints[n->taint_n] = (struct taint){
		.key = TAINT_TO_BE_DELETED,
		.value = arena_printf(r->scratch, "%lld",
				      (long long)(r->now_ms / 1000)),
		.effect = TAINT_NO_SCHEDULE,
	};
	ghost->taints = taints;
	ghost->taint_n = n->taint_n + 1;
	return ghost;
}

static void
empty_node(struct cluster *c, uint32_t node)
{
	while (cluster_first(c, node) != NONE)
		cluster_unplace(c, cluster_first(c, node));
}

/* Finds every pod another node; false when one finds none, named in stuck. */
static bool
move_pods(struct run *r, uint32_t node, const struct drain *d,
	  struct move *moves, const struct pod **stuck)
{
	struct cluster *c = r->cluster;

	cluster_close(c, node, true);
	empty_node(c, node);
	if (d->move_n > 0)
		cluster_change_node(c, node,
				    make_ghost(r, c->nodes.at[node].node));
	for (uint32_t i = 0; i < d->move_n; i++) {
		uint32_t pod = d->move[i];
		uint32_t to = cluster_find(c, pod, 0, c->real_n);

		if (to == NONE) {
			*stuck = c->pods.at[pod].pod;
			return false;
		}
		cluster_place(c, pod, to);
		moves[i] = (struct move){ c->pods.at[pod].pod, to };
	}
	cluster_leave(c, node);
	return true;
}

static const char *
pod_text(struct run *r, const struct pod *p)
{
	return arena_printf(r->plan->arena, "%s/%s", p->meta.ns,
			    p->meta.name);
}

/* Of a CI job one knows how much longer it may take. */
static const char *
wait_text(struct run *r, const struct pod *p)
{
	int64_t left = p->is_job ? job_time_left(r, p) : -1;
	char text[TIME_TEXT];

	if (left < 0)
		return pod_text(r, p);
	return arena_printf(r->plan->arena, "%s/%s: JobRunning, up to %s left",
			    p->meta.ns, p->meta.name,
			    duration_format(left, text));
}

static void
blocked_by_pod(struct run *r, struct known_node *k, const struct drain *d)
{
	fail(r, k, "BlockedByPod",
	     arena_printf(r->plan->arena, "%s/%s: %s", d->blocker->meta.ns,
			  d->blocker->meta.name, d->reason));
}

/* Pods that other removals would send here are no pods of this node. */
static uint32_t
keep_own(const struct simulation *s, uint32_t node, const struct drain *d,
	 struct move *moves)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->move_n; i++)
		if (s->home[d->move[i]] == node)
			moves[n++] = moves[i];
	return n;
}

static bool
simulate(struct simulation *s, uint32_t node)
{
	struct run *r = s->r;
	struct known_node *k = &r->nodes->at[node];
	struct drain_rules rules = { r, s->budgets, true };
	uint32_t mark = cluster_mark(r->cluster);
	const struct pod *stuck = NULL;
	struct move *moves;
	struct drain d;

	drain_node(&rules, node, &d);
	if (d.blocker) {
		blocked_by_pod(r, k, &d);
		return false;
	}
	moves = arena_alloc(r->scratch, d.move_n * sizeof(*moves) + 1);
	if (!move_pods(r, node, &d, moves, &stuck)) {
		cluster_rollback(r->cluster, mark);
		fail(r, k, "NoPlaceToMovePods", pod_text(r, stuck));
		return false;
	}
	k->risky = !budgets_allow_all(r, s->budgets, d.move, d.move_n);
	budgets_take(r, s->budgets, d.move, d.move_n);
	k->unneeded = true;
	k->drain = d.move_n > 0;
	k->moves = moves;
	k->move_n = keep_own(s, node, &d, moves);
	k->waits_for = d.waits_for ? wait_text(r, d.waits_for) : NULL;
	return true;
}

/* More unneeded nodes than this could not be removed in time anyway. */
static int64_t
unneeded_limit(const struct run *r)
{
	int64_t parallel = policy_int(r->policy,
				      POLICY_SCALE_DOWN_PARALLELISM);
	int64_t time = policy_ms(r->policy, POLICY_UNNEEDED_TIME);
	int64_t interval = time > 0 ? time : 1, before = 0, bound;

	if (r->shortest_ms > 0 && r->shortest_ms < interval)
		interval = r->shortest_ms;
	if (time < interval)
		time = interval;
	/* Those that went meanwhile count as well. */
	for (uint32_t i = 0; r->old && i < r->old->node_n; i++)
		before += r->old->nodes[i].unneeded_since_ms != 0;
	if (__builtin_mul_overflow(parallel, time / interval, &bound) ||
	    __builtin_add_overflow(bound, parallel, &bound))
		bound = parallel > 0 ? INT64_MAX : INT64_MIN;
	if (__builtin_add_overflow(before, parallel, &before) ||
	    __builtin_add_overflow(before, parallel, &before))
		before = parallel > 0 ? INT64_MAX : INT64_MIN;
	return before < bound ? before : bound;
}

/* ---- times ---- */

/* A fresh start may take the times from the taints on the nodes (5.5). */
static int64_t
since_from_taint(const struct run *r, const struct known_node *k)
{
	const struct taint *t = node_taint(k->node, TAINT_CANDIDATE);
	int64_t ttl = policy_ms(r->policy, POLICY_CANDIDATE_TTL);
	int64_t since = t ? taint_time_ms(t) : 0;

	if ((r->old && r->old->time_ms) || ttl <= 0 || since == 0 ||
	    since + ttl < r->now_ms)
		return 0;
	return since;
}

static void
set_since(struct run *r, struct known_node *k)
{
	const struct memory_node *m = memory_node(r->old,
						  k->node->meta.name);

	k->unneeded_since_ms = m ? m->unneeded_since_ms : 0;
	if (k->unneeded_since_ms == 0)
		k->unneeded_since_ms = since_from_taint(r, k);
	if (k->unneeded_since_ms == 0)
		k->unneeded_since_ms = r->now_ms;
}

static uint32_t *
homes_of(struct run *r)
{
	const struct cluster *c = r->cluster;
	uint32_t *home = arena_alloc(r->scratch,
				     c->pods.n * sizeof(*home) + 1);

	for (uint32_t i = 0; i < c->pods.n; i++)
		home[i] = c->pods.at[i].node;
	return home;
}

void
unneeded_update(struct run *r, const uint32_t *candidates, uint32_t n)
{
	struct simulation s = { r, budgets_new(r), homes_of(r) };
	uint32_t mark = cluster_mark(r->cluster);
	int64_t limit = unneeded_limit(r), found = 0;
	bool *eligible = arena_alloc(r->scratch, n + 1);

	r->nodes_judged = true;

	for (uint32_t i = 0; i < r->nodes->n; i++)
		if (r->nodes->at[i].deleting)
			cluster_close(r->cluster, i, true);
	/* All are judged before the first is removed. */
	for (uint32_t i = 0; i < n; i++) {
		struct known_node *k = &r->nodes->at[candidates[i]];

		k->blocked = node_ineligible(r, candidates[i]);
		eligible[i] = !*k->blocked;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct known_node *k = &r->nodes->at[candidates[i]];

		if (!eligible[i])
			continue;
		if (found >= limit || run_out_of_work(r)) {
			k->blocked = "NotUnneededOtherReason";
			k->by = "enough others are unneeded";
			r->plan->out_of_work = r->plan->out_of_work ||
					       run_out_of_work(r);
			continue;
		}
		if (simulate(&s, candidates[i])) {
			found++;
			set_since(r, k);
		}
	}
	cluster_rollback(r->cluster, mark);
}
