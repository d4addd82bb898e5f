/*
 * The pods that wait for a place: those nobody has tried yet in a heap, by
 * priority and then by age; the others, each with a time of its own, in a list
 * that is looked through.
 */
#include "backend/sim/world/scheduler.h"

#include <stdlib.h>

static bool
goes_first(const struct sched_pod *a, const struct sched_pod *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->seq < b->seq;
}

static void
stand(struct scheduler *s, uint32_t at, struct sched_pod *p)
{
	s->fresh.at[at] = p;
	p->at = at;
}

static void
heap_up(struct scheduler *s, uint32_t at)
{
	struct sched_pod *p = s->fresh.at[at], *above;

	while (at && goes_first(p, above = s->fresh.at[(at - 1) / 2])) {
		stand(s, at, above);
		at = (at - 1) / 2;
	}
	stand(s, at, p);
}

static void
heap_down(struct scheduler *s, uint32_t at)
{
	struct sched_pod *p = s->fresh.at[at];
	uint32_t child;

	while ((child = 2 * at + 1) < s->fresh.n) {
		child += child + 1 < s->fresh.n &&
			 goes_first(s->fresh.at[child + 1],
				    s->fresh.at[child]);
		if (!goes_first(s->fresh.at[child], p))
			break;
		stand(s, at, s->fresh.at[child]);
		at = child;
	}
	stand(s, at, p);
}

static void
leave(struct scheduler *s, struct sched_pod *p)
{
	struct sched_pod *last;

	if (p->tried) {
		last = s->tried.at[--s->tried.n];
		s->tried.at[p->at] = last;
		last->at = p->at;
		return;
	}
	last = s->fresh.at[--s->fresh.n];
	if (last == p)
		return;
	stand(s, p->at, last);
	heap_up(s, last->at);
	heap_down(s, last->at);
}

struct sched_pod *
scheduler_queue_add(struct scheduler *s, const char *key, int32_t priority)
{
	struct sched_pod *p = xcalloc(1, sizeof(*p));

	p->key = xstrdup(key);
	p->priority = priority;
	p->not_before_ms = sim_now_ms(s->k->sim);
	p->seq = s->seq++;
	map_put(s->pending, key, p);
	vec_push(&s->fresh, p);
	p->at = s->fresh.n - 1;
	heap_up(s, p->at);
	return p;
}

void
scheduler_queue_tried(struct scheduler *s, struct sched_pod *p)
{
	if (p->tried)
		return;
	leave(s, p);
	p->tried = true;
	p->at = s->tried.n;
	vec_push(&s->tried, p);
}

void
scheduler_queue_drop(struct scheduler *s, struct sched_pod *p)
{
	leave(s, p);
	map_take(s->pending, p->key);
	free(p->key);
	free(p);
}

/* When this pod may next be tried. */
static int64_t
due(const struct scheduler *s, const struct sched_pod *p)
{
	if (p->attempts == 0 || p->grew != s->grew)
		return p->not_before_ms;
	return p->flush_ms;
}

struct sched_pod *
scheduler_queue_first(const struct scheduler *s, int64_t now, int64_t *next)
{
	struct sched_pod *best = s->fresh.n ? s->fresh.at[0] : NULL;

	*next = INT64_MAX;
	for (uint32_t i = 0; i < s->tried.n; i++) {
		struct sched_pod *p = s->tried.at[i];
		int64_t when = due(s, p);

		if (when > now)
			*next = when < *next ? when : *next;
		else if (!best || goes_first(p, best))
			best = p;
	}
	return best;
}

void
scheduler_queue_fini(struct scheduler *s)
{
	while (s->fresh.n)
		scheduler_queue_drop(s, s->fresh.at[s->fresh.n - 1]);
	while (s->tried.n)
		scheduler_queue_drop(s, s->tried.at[s->tried.n - 1]);
	vec_free(&s->fresh);
	vec_free(&s->tried);
	map_free(s->pending);
}
