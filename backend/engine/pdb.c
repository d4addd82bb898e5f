/*
 * Disruption budgets, counted down as removals are planned.
 */
#include "backend/engine/drain.h"

struct budgets *
budgets_new(struct run *r)
{
	struct budgets *b = arena_alloc(r->scratch, sizeof(*b));

	/* The world's order is by namespace. */
	b->at = arena_alloc(r->scratch,
			    r->world->of[KIND_PDB].n * sizeof(*b->at) + 1);
	WORLD_EACH(pdb, p, r->world, KIND_PDB)
		b->at[b->n++] = (struct budget){ p, p->disruptions_allowed };
	return b;
}

static bool
matches(const struct budget *b, const struct pod *p)
{
	return selector_matches(&b->pdb->selector, &p->meta.labels);
}

static uint32_t
find_from(const struct budgets *b, const struct pod *p, uint32_t i)
{
	for (; i < b->n && strcmp(b->at[i].pdb->meta.ns, p->meta.ns) == 0; i++)
		if (matches(&b->at[i], p))
			return i;
	return NONE;
}

uint32_t
budgets_first(const struct budgets *b, const struct pod *p)
{
	uint32_t low = 0, high = b->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (strcmp(b->at[mid].pdb->meta.ns, p->meta.ns) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return find_from(b, p, low);
}

uint32_t
budgets_next(const struct budgets *b, const struct pod *p, uint32_t i)
{
	return find_from(b, p, i + 1);
}

bool
budgets_allow_all(const struct run *r, const struct budgets *b,
		  const uint32_t *pods, uint32_t n)
{
	int64_t *want = arena_alloc(r->scratch, b->n * sizeof(*want) + 1);

	for (uint32_t k = 0; k < n; k++) {
		const struct pod *p = r->cluster->pods.at[pods[k]].pod;

		for (uint32_t i = budgets_first(b, p); i != NONE;
		     i = budgets_next(b, p, i))
			if (++want[i] > b->at[i].left)
				return false;
	}
	return true;
}

void
budgets_take(const struct run *r, struct budgets *b, const uint32_t *pods,
	     uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		const struct pod *p = r->cluster->pods.at[pods[k]].pod;

		for (uint32_t i = budgets_first(b, p); i != NONE;
		     i = budgets_next(b, p, i))
			b->at[i].left--;
	}
}
