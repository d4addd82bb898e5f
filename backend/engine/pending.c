/*
 * Pods without a node: classes, filters, order.
 */
#include "backend/engine/pending.h"

#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/engine/groups.h"
#include "backend/engine/index.h"
#include "backend/engine/lookahead.h"
#include "backend/engine/nodes.h"

enum { VERY_NEW_MS = 2000, VERY_NEW_GPU_MS = 30000 };

#define DELAY_ANNOTATION \
	"cluster-autoscaler.kubernetes.io/pod-scale-up-delay"

const char *
pod_label(struct run *r, const struct pod *p)
{
	return arena_printf(r->plan->arena, "%s/%s", p->meta.ns,
			    p->meta.name);
}

bool
pod_is_expendable(const struct run *r, const struct pod *p)
{
	return p->has_priority &&
	       p->priority < policy_int(r->policy, POLICY_EXPENDABLE_CUTOFF);
}

/* ---- classes (1, step 6) ---- */

static void
ignore(struct pending_pod *p, const char *reason)
{
	p->fate = FATE_IGNORED;
	p->reason = reason;
	p->counts = false;
}

/* A pod without a scheduler's name goes to the default one. */
static bool
names_scheduler(const struct run *r, enum policy_id key, const struct pod *p)
{
	const char *name = str_or_empty(p->scheduler);

	return policy_list_has(r->policy, key,
			       *name ? name : "default-scheduler");
}

/* No verdict yet, of a scheduler that we do not wait for. */
static bool
is_unprocessed(const struct run *r, const struct pod *p)
{
	return names_scheduler(r, POLICY_BYPASSED_SCHEDULERS, p) &&
	       (!p->has_scheduled ||
		(!p->scheduled && !*str_or_empty(p->scheduled_reason)));
}

static void
classify(struct run *r, struct pending_pod *p)
{
	const struct policy_list *allowed =
		policy_list(r->policy, POLICY_ALLOWED_SCHEDULERS);
	const struct pod *pod = p->pod;

	p->fate = FATE_REFUSED;
	p->reason = "";
	p->equal = NONE;
	if (pod->meta.deleted_ms != 0)
		ignore(p, "terminating");
	else if (allowed->n > 0 &&
		 !names_scheduler(r, POLICY_ALLOWED_SCHEDULERS, pod))
		ignore(p, "its scheduler is not in allowed-scheduler-names");
	else if (*str_or_empty(pod->nominated_node))
		p->reason = "nominated";
	else if (pod->unschedulable)
		p->counts = true;
	else if (is_unprocessed(r, pod))
		p->counts = true, p->rank = RANK_UNPROCESSED;
	else if (pod->gated ||
		 str_eq(pod->scheduled_reason, "SchedulingGated"))
		ignore(p, "SchedulingGated");
	else
		ignore(p, "its scheduler has not judged it yet");
}

static bool
is_unscheduled(const struct pod *p)
{
	return !*str_or_empty(p->node_name) && !pod_is_finished(p);
}

/* Places a nominated pod where the scheduler promised it a place. */
static void
place_nominated(struct run *r, struct pending_pod *p)
{
	uint32_t node = cluster_node_index(r->cluster,
					   p->pod->nominated_node);

	p->fate = FATE_FITS;
	p->reason = arena_printf(r->plan->arena, "nominated to %s",
				 p->pod->nominated_node);
	if (node != NONE && !pod_is_expendable(r, p->pod))
		cluster_place(r->cluster, p->at, node);
}

/* Pods of nodes under removal will be made again elsewhere (1.1, step 3). */
static bool
is_leaving(const struct run *r, const struct pod *p)
{
	uint32_t node;

	if (!*str_or_empty(p->node_name) || pod_is_finished(p) ||
	    p->meta.deleted_ms != 0 || pod_is_daemon(p) || pod_is_mirror(p))
		return false;
	node = cluster_node_index(r->cluster, p->node_name);
	return node != NONE && r->nodes->at[node].deleting == 2;
}

static bool
any_drains(const struct run *r)
{
	for (uint32_t i = 0; i < r->nodes->n; i++)
		if (r->nodes->at[i].deleting == 2)
			return true;
	return false;
}

static bool
comes_before(const struct pod *a, const struct pod *b)
{
	int order = strcmp(a->meta.ns, b->meta.ns);

	return order ? order < 0 : strcmp(a->meta.name, b->meta.name) < 0;
}

/* A job of the queue as the pod it will be. */
static void
add_expected(struct run *r, struct pending *all, const struct pod *p)
{
	struct pending_pod *at = &all->at[all->n++];

	at->pod = p;
	at->at = cluster_add_pod(r->cluster, p);
	classify(r, at);
}

void
pending_build(struct run *r)
{
	struct pending *all = arena_alloc(r->scratch, sizeof(*all));
	bool drains = any_drains(r);
	uint32_t n, expected_n, e = 0;
	const struct pod *const *expected = lookahead_pods(r, &expected_n);

	n = expected_n;
	WORLD_EACH(pod, p, r->world, KIND_POD)
		n += is_unscheduled(p) || (drains && is_leaving(r, p));
	all->at = arena_alloc(r->scratch, n * sizeof(*all->at) + 1);
	all->queue = arena_alloc(r->scratch, n * sizeof(*all->queue) + 1);
	WORLD_EACH(pod, p, r->world, KIND_POD)
	{
		struct pending_pod *at;
		bool leaving = drains && is_leaving(r, p);

		if (!leaving && !is_unscheduled(p))
			continue;
		while (e < expected_n && comes_before(expected[e], p))
			add_expected(r, all, expected[e++]);
		at = &all->at[all->n];
		at->pod = p;
		at->at = cluster_add_pod(r->cluster, p);
		classify(r, at);
		if (leaving)
			*at = (struct pending_pod){
				.pod = p, .at = at->at, .reason = "",
				.fate = FATE_REFUSED, .equal = NONE,
				.counts = true, .rank = RANK_LEAVING,
			};
		if (str_eq(at->reason, "nominated"))
			place_nominated(r, at);
		all->n++;
	}
	while (e < expected_n)
		add_expected(r, all, expected[e++]);
	r->pending = all;
}

/* ---- filters (1.1, 1.2) ---- */

static int32_t
priority_of(const struct pod *p)
{
	return p->has_priority ? p->priority : 0;
}

struct order {
	int32_t priority;
	uint8_t rank;
	uint32_t pod;
};

static int
by_priority(const void *pa, const void *pb)
{
	const struct order *a = pa, *b = pb;

	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->pod < b->pod ? -1 : a->pod > b->pod;
}

static void
make_queue(struct run *r)
{
	struct pending *all = r->pending;
	struct order *order = arena_alloc(r->scratch,
					  all->n * sizeof(*order) + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < all->n; i++)
		if (all->at[i].counts)
			order[n++] = (struct order){
				priority_of(all->at[i].pod), all->at[i].rank, i
			};
	if (n > 1)
		qsort(order, n, sizeof(*order), by_priority);
	for (uint32_t i = 0; i < n; i++)
		all->queue[i] = order[i].pod;
	all->queue_n = n;
}

void
pending_drop_gone(struct pending *all)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < all->queue_n; i++)
		if (all->at[all->queue[i]].counts)
			all->queue[kept++] = all->queue[i];
	all->queue_n = kept;
}

static const char *
place_text(struct run *r, uint32_t node)
{
	const struct cluster_node *n = &r->cluster->nodes.at[node];

	if (!n->fake)
		return arena_printf(r->plan->arena, "fits on %s",
				    n->node->meta.name);
	return arena_printf(r->plan->arena, "fits on an upcoming node of %s",
			    r->groups->at[n->group].name);
}

/* What failed of an owner's pods: those alike are not tried again, even if
 * others that found a place since would have helped them. */
struct failures {
	uint32_t at[10]; /* of more kinds an owner's pods are always tried */
	uint32_t n;
};

struct tried {
	struct index *owners; /* uid -> of */
	struct failures *of;
	uint32_t n;
};

/* NULL for pods that nobody owns. */
static struct failures *
failures_of(struct tried *t, const struct pod *p)
{
	const char *uid = str_or_empty(p->meta.owner_uid);

	if (!p->meta.owner_kind || !*uid || pod_is_daemon(p))
		return NULL;
	if (index_put(t->owners, uid, t->n))
		t->n++;
	return &t->of[index_get(t->owners, uid)];
}

static bool
like_a_failure(struct run *r, const struct failures *f, uint32_t pod)
{
	for (uint32_t i = 0; f && i < f->n; i++)
		if (pods_alike(r, f->at[i], pod))
			return true;
	return false;
}

static uint32_t
find_place(struct run *r, struct tried *t, uint32_t pod)
{
	struct pending_pod *p = &r->pending->at[pod];
	struct failures *f = failures_of(t, p->pod);
	uint32_t node;

	if (like_a_failure(r, f, pod))
		return NONE;
	node = cluster_find(r->cluster, p->at, 0, r->cluster->nodes.n);
	if (node == NONE && f && f->n < ARRAY_LEN(f->at))
		f->at[f->n++] = pod;
	return node;
}

static void
filter_schedulable(struct run *r)
{
	struct pending *all = r->pending;
	struct tried tried = {
		.owners = index_new(r->scratch, 64),
		.of = arena_alloc(r->scratch,
				  all->queue_n * sizeof(*tried.of) + 1),
	};

	for (uint32_t i = 0; i < all->queue_n; i++) {
		struct pending_pod *p = &all->at[all->queue[i]];
		uint32_t node;

		if (run_out_of_work(r)) {
			r->plan->out_of_work = true;
			return;
		}
		node = find_place(r, &tried, all->queue[i]);
		if (node == NONE)
			continue;
		cluster_place(r->cluster, p->at, node);
		p->fate = FATE_FITS;
		p->reason = place_text(r, node);
		p->counts = false;
		r->some_fit = true;
	}
	pending_drop_gone(all);
}

/* The annotation may only lengthen what the policy says. */
static int64_t
delay_of(const struct run *r, const struct pod *p)
{
	int64_t delay = policy_ms(r->policy, POLICY_NEW_POD_SCALE_UP_DELAY);
	const char *text = labels_get(&p->meta.annotations, DELAY_ANNOTATION);
	int64_t own;

	if (text && duration_parse(text, &own) && own >= delay)
		return own;
	return delay;
}

static void
filter_rest(struct run *r)
{
	struct pending *all = r->pending;

	for (uint32_t i = 0; i < all->queue_n; i++) {
		struct pending_pod *p = &all->at[all->queue[i]];
		int64_t age = r->now_ms - p->pod->meta.created_ms;

		if (pod_is_daemon(p->pod))
			ignore(p, "DaemonSet pods do not trigger scale-up");
		else if (age <= delay_of(r, p->pod))
			ignore(p, "too young: see pod-scale-up-delay");
	}
	pending_drop_gone(all);
}

void
pending_filter(struct run *r)
{
	struct pending *all = r->pending;

	for (uint32_t i = 0; i < all->n; i++)
		if (all->at[i].counts &&
		    pod_is_expendable(r, all->at[i].pod))
			ignore(&all->at[i], "priority below "
					    "expendable-pods-priority-cutoff");
	make_queue(r);
	filter_schedulable(r);
	filter_rest(r);
}

static bool
asks_gpu(const struct pod *p)
{
	static const char *const names[] = {
		"nvidia.com/gpu", "habana.ai/gaudi", "gpu.intel.com/xe",
		"amd.com/gpu", "microsoft.com/directx",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (resources_get(&p->requests, names[i]) > 0)
			return true;
	return false;
}

bool
pending_all_new(const struct run *r)
{
	const struct pending *all = r->pending;
	int64_t oldest = INT64_MAX, oldest_gpu = INT64_MAX;

	if (policy_list(r->policy, POLICY_BYPASSED_SCHEDULERS)->n > 0)
		return false;
	for (uint32_t i = 0; i < all->queue_n; i++) {
		const struct pod *p = all->at[all->queue[i]].pod;
		int64_t created = p->meta.created_ms;

		if (created < oldest)
			oldest = created;
		if (created < oldest_gpu && asks_gpu(p))
			oldest_gpu = created;
	}
	if (oldest != INT64_MAX && oldest + VERY_NEW_MS > r->now_ms)
		return true;
	return oldest_gpu != INT64_MAX &&
	       oldest_gpu + VERY_NEW_GPU_MS > r->now_ms;
}
