/*
 * Equivalence groups: pods of one controller that are alike count as one for
 * the estimator (reference 1.4).
 */
#include "backend/engine/index.h"
#include "backend/engine/pending.h"

/* A controller with more kinds of pods than this gets singles. */
enum { GROUPS_PER_OWNER = 10 };

struct owner {
	uint32_t groups[GROUPS_PER_OWNER];
	uint32_t n;
};

static bool
same_labels(const struct labels *a, const struct labels *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i].key, b->at[i].key) != 0 ||
		    strcmp(a->at[i].value, b->at[i].value) != 0)
			return false;
	return true;
}

bool
pods_alike(struct run *r, uint32_t a, uint32_t b)
{
	const struct pending_pod *pa = &r->pending->at[a];
	const struct pending_pod *pb = &r->pending->at[b];

	/* What scheduling does not read of the spec counts here as well; what
	 * the spec leads to, as a claim of the pod's own, does not. */
	return pa->pod->spec_hash == pb->pod->spec_hash &&
	       str_eq(pa->pod->meta.ns, pb->pod->meta.ns) &&
	       same_labels(&pa->pod->meta.labels, &pb->pod->meta.labels);
}

/* The group a pod joins; NONE: it starts one. */
static uint32_t
match(struct run *r, const struct owner *o, const uint32_t *first,
      uint32_t pod)
{
	for (uint32_t i = 0; i < o->n; i++)
		if (pods_alike(r, first[o->groups[i]], pod))
			return o->groups[i];
	return NONE;
}

/* Turns "pod -> group" into lists, keeping the queue's order. */
static void
fill_groups(struct run *r, uint32_t n)
{
	struct pending *all = r->pending;
	uint32_t *room = arena_alloc(r->scratch,
				     all->queue_n * sizeof(*room) + 1);
	uint32_t used = 0;

	all->equal = arena_alloc(r->scratch, n * sizeof(*all->equal) + 1);
	all->equal_n = n;
	for (uint32_t i = 0; i < all->queue_n; i++)
		all->equal[all->at[all->queue[i]].equal].n++;
	for (uint32_t i = 0; i < n; i++) {
		all->equal[i].pods = room + used;
		used += all->equal[i].n;
		all->equal[i].n = 0;
	}
	for (uint32_t i = 0; i < all->queue_n; i++) {
		struct equal_pods *e =
			&all->equal[all->at[all->queue[i]].equal];

		e->pods[e->n++] = all->queue[i];
	}
}

void
pending_group(struct run *r)
{
	struct pending *all = r->pending;
	struct index *owners = index_new(r->scratch, 64);
	struct owner *owner = arena_alloc(r->scratch, all->queue_n *
							      sizeof(*owner) +
							      1);
	uint32_t *first = arena_alloc(r->scratch,
				      all->queue_n * sizeof(*first) + 1);
	uint32_t owner_n = 0, n = 0;

	for (uint32_t i = 0; i < all->queue_n; i++) {
		struct pending_pod *p = &all->at[all->queue[i]];
		const char *uid = str_or_empty(p->pod->meta.owner_uid);
		struct owner *o = NULL;
		uint32_t k;

		p->equal = NONE;
		if (p->pod->meta.owner_kind && *uid && !pod_is_daemon(p->pod)) {
			if (index_put(owners, uid, owner_n))
				owner_n++;
			k = index_get(owners, uid);
			o = &owner[k];
			p->equal = match(r, o, first, all->queue[i]);
		}
		if (p->equal != NONE)
			continue;
		first[n] = all->queue[i];
		p->equal = n++;
		if (o && o->n < GROUPS_PER_OWNER)
			o->groups[o->n++] = p->equal;
	}
	fill_groups(r, n);
}
