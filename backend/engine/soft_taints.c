/*
 * Soft taints: unneeded nodes are avoided by the scheduler (reference 5.11).
 */
#include "backend/engine/scale_down.h"

struct texts {
	const char **at;
	uint32_t n;
};

static void
add(struct run *r, struct texts *t, const char *name, int64_t *budget)
{
	if (*budget <= 0)
		return;
	(*budget)--;
	t->at[t->n++] = arena_strdup(r->plan->arena, name);
}

/* With soft taints off, a fresh start takes away those that an earlier one
 * left (1, step 1). */
void
soft_taints_clean(struct run *r)
{
	int64_t ttl = policy_ms(r->policy, POLICY_CANDIDATE_TTL);
	struct texts out = { NULL, 0 };

	if ((r->old && r->old->time_ms != 0) ||
	    policy_int(r->policy, POLICY_SOFT_TAINT_COUNT) != 0)
		return;
	out.at = arena_alloc(r->plan->arena,
			     r->nodes->n * sizeof(*out.at) + 1);
	for (uint32_t i = 0; i < r->nodes->n; i++) {
		const struct node *n = r->nodes->at[i].node;
		const struct taint *t = node_taint(n, TAINT_CANDIDATE);
		int64_t since = t ? taint_time_ms(t) : 0;

		if (t && (since == 0 || ttl <= 0 || since + ttl <= r->now_ms))
			out.at[out.n++] = arena_strdup(r->plan->arena,
						       n->meta.name);
	}
	r->plan->taint_remove = out.at;
	r->plan->taint_remove_n = out.n;
}

void
soft_taints(struct run *r)
{
	int64_t budget = policy_int(r->policy, POLICY_SOFT_TAINT_COUNT);
	size_t room = r->nodes->n * sizeof(const char *) + 1;
	struct texts add_to = { arena_alloc(r->plan->arena, room), 0 };
	struct texts remove_from = { arena_alloc(r->plan->arena, room), 0 };

	if (budget == 0)
		return;
	/* Removal first: a needed node must not be avoided. */
	for (int adding = 0; adding <= 1; adding++)
		for (uint32_t i = 0; i < r->nodes->n; i++) {
			const struct known_node *k = &r->nodes->at[i];
			const char *name = k->node->meta.name;
			bool has = node_taint(k->node, TAINT_CANDIDATE);

			if (k->group == NONE || k->deleting || k->upcoming ||
			    node_taint(k->node, TAINT_TO_BE_DELETED))
				continue;
			if (adding && k->unneeded && !has)
				add(r, &add_to, name, &budget);
			else if (!adding && !k->unneeded && has)
				add(r, &remove_from, name, &budget);
		}
	r->plan->taint_add = add_to.at;
	r->plan->taint_add_n = add_to.n;
	r->plan->taint_remove = remove_from.at;
	r->plan->taint_remove_n = remove_from.n;
}
