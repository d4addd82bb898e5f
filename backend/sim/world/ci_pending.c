/*
 * The queue of pending jobs: a line a load.
 */
#include "backend/sim/world/ci.h"

static struct ci_line *
line_of(const struct ci *c, const struct ci_job *j)
{
	return &c->pending.lines[j->load - sim_scenario(c->sim)->loads];
}

void
ci_pending_add(struct ci *c, struct ci_job *j)
{
	struct ci_line *l = line_of(c, j);

	j->arrival = c->pending.arrivals++;
	j->before = l->last;
	j->after = NULL;
	*(l->last ? &l->last->after : &l->first) = j;
	l->last = j;
	c->pending.n++;
}

void
ci_pending_drop(struct ci *c, struct ci_job *j)
{
	struct ci_line *l = line_of(c, j);

	*(j->before ? &j->before->after : &l->first) = j->after;
	*(j->after ? &j->after->before : &l->last) = j->before;
	j->before = j->after = NULL;
	c->pending.n--;
}

struct ci_job *
ci_pending_for(const struct ci *c, const struct ci_runner *r)
{
	struct ci_job *best = NULL;

	for (uint32_t i = 0; i < sim_scenario(c->sim)->load_n; i++) {
		struct ci_job *j = c->pending.lines[i].first;

		if (j && (!best || j->arrival < best->arrival) &&
		    ci_runner_takes(r, j))
			best = j;
	}
	return best;
}
