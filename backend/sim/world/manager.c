/*
 * Runner managers at work: ask GitLab for jobs while there is room, and hear
 * what becomes of the pods of those under way (manager_build.c).
 *
 * A manager is a process in a pod: told to stop it finishes its jobs first;
 * killed it leaves them to GitLab's own time-out, and their pods to theirs.
 */
#include "backend/sim/world/manager_build.h"

#include <stdlib.h>

#define AGAIN_MS 250 /* a job came: ask at once for another */

static void on_poll(struct sim *w, void *ctx, uint64_t arg);

void
process_poll_in(struct process *m, int64_t ms)
{
	const struct ci *c = sim_ci(m->k->sim);

	/* In the history nobody asks in vain. */
	if (m->quitting || (sim_in_history(m->k->sim) && !c->pending.n))
		return;
	sim_cancel(m->k->sim, m->timer);
	m->timer = sim_after(m->k->sim, ms, on_poll, m, 0);
}

/* ---- taking jobs ---- */

/* GitLab knows no runner of this token (any more). */
static bool
is_forbidden(const struct process *m)
{
	return m->runner->deleted || !str_eq(m->token, m->runner->token);
}

static void
on_poll(struct sim *w, void *ctx, uint64_t arg)
{
	struct process *m = ctx;
	const struct scenario_runner *plan = m->runner->plan;
	struct ci_job *j = NULL;
	bool room = m->builds.n < (uint32_t)m->concurrent &&
		    (plan->limit == 0 || m->builds.n < (uint32_t)plan->limit);

	(void)arg;
	m->timer = 0;
	if (room && is_forbidden(m)) {
		m->counts.requests[REQUEST_FORBIDDEN]++;
		logbook_add(
			m->log, sim_now_ms(w),
			"ERROR: Checking for jobs... forbidden              "
			"        runner=%s status=POST https://"
			"gitlab.example.com/api/v4/jobs/request: 403 "
			"Forbidden",
			m->short9);
	} else if (room) {
		j = ci_request(sim_ci(w), m->ci);
		m->counts.requests[j ? REQUEST_TAKEN : REQUEST_NONE]++;
	}
	if (j)
		build_new(m, j);
	process_poll_in(m, j ? sim_draw_ms(&m->rng, AGAIN_MS, 0.2) : CHECK_MS);
}

/* ---- watching job pods ---- */

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct managers *all = ctx;
	struct build *b = map_get(all->by_pod, now->uid);

	if (!b)
		return;
	if (e == OBJECT_DELETED)
		build_lost(b, LOSS_NOT_FOUND);
	else if (str_eq(object_field(now, "status.phase"), "Failed"))
		build_lost(b, LOSS_FAILED);
	else if (now->deleted_ms && (!before || !before->deleted_ms))
		build_lost(b, LOSS_DELETED);
}

static struct build *
build_of(const struct managers *all, const struct ci_job *j)
{
	for (uint32_t i = 0; i < all->running.n; i++) {
		struct process *m = all->running.at[i];

		for (uint32_t b = 0; b < m->builds.n; b++) {
			if (m->builds.at[b]->job == j)
				return m->builds.at[b];
		}
	}
	return NULL;
}

static void
on_cancel(void *ctx, struct ci_job *j)
{
	struct managers *all = ctx;
	struct build *b = build_of(all, j);

	if (b)
		build_cancel(b);
}

struct managers *
managers_new(struct kubernetes *k)
{
	struct managers *m = xcalloc(1, sizeof(*m));
	struct ci *c = sim_ci(k->sim);

	m->k = k;
	m->by_pod = map_new(NULL);
	objects_listen(k->objects, k->pods, on_pod, m);
	vec_push(&c->on_cancel, ((struct ci_listener){ on_cancel, m }));
	return m;
}

void
managers_free(struct managers *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; i < m->running.n; i++)
		process_free(m->running.at[i]);
	vec_free(&m->running);
	map_free(m->by_pod);
	free(m);
}

void
managers_wake(struct managers *m)
{
	for (uint32_t i = 0; i < m->running.n; i++)
		process_poll_in(
			m->running.at[i],
			1 + sim_draw_ms(&m->running.at[i]->rng, 1000, 0.3));
}
