/*
 * Plans: references and look-up.  Filled by report.c.
 */
#include "backend/engine/plan.h"

#include <stdlib.h>

#include "backend/base/mem.h"
#include "backend/engine/memory.h"

const struct plan *
plan_ref(const struct plan *p)
{
	atomic_fetch_add_explicit(&((struct plan *)(uintptr_t)p)->refs, 1,
				  memory_order_relaxed);
	return p;
}

void
plan_unref(const struct plan *shared)
{
	struct plan *p = (struct plan *)(uintptr_t)shared;
	struct arena *a;

	if (!p || atomic_fetch_sub_explicit(&p->refs, 1,
					    memory_order_acq_rel) != 1)
		return;
	memory_unref(p->memory);
	a = p->arena;
	free(p);
	arena_free(a);
}

/* pending, nodes and groups are sorted by their first member, a name. */
static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const struct plan_pod *
plan_pod(const struct plan *p, const char *ns_name)
{
	return p->pending_n == 0
		       ? NULL
		       : bsearch(&ns_name, p->pending, p->pending_n,
				 sizeof(*p->pending), by_name);
}

const struct plan_node *
plan_node(const struct plan *p, const char *name)
{
	return p->node_n == 0 ? NULL
			      : bsearch(&name, p->nodes, p->node_n,
					sizeof(*p->nodes), by_name);
}

const struct plan_group *
plan_group(const struct plan *p, const char *name)
{
	return p->group_n == 0 ? NULL
			       : bsearch(&name, p->groups, p->group_n,
					 sizeof(*p->groups), by_name);
}
