/*
 * Whose manager a job has: after an upgrade the old one lingers to finish its
 * jobs, and those that outlast it have none any more.
 */
#include "backend/store/private.h"

/* A manager makes itself known as its pod starts: the youngest pod that was
 * there by then is its own, unless GitLab tells its address. */
static const struct pod_row *
pod_of_manager(const struct store *s, const struct runner *u,
	       const struct manager *m)
{
	const struct pod_row *best = NULL;
	int64_t best_ms = 0;

	list_each (pod_row, p, (struct link *)(uintptr_t)&s->managers,
		   in_managers) {
		const struct pod *rec = row_rec(s, &p->row);

		if (*str_or_empty(m->ip)) {
			if (str_eq(m->ip, rec->pod_ip))
				return p;
		} else if (m->created_ms &&
			   rec->meta.created_ms <= m->created_ms &&
			   rec->meta.created_ms > best_ms &&
			   runner_manages(s, u, rec)) {
			best = p;
			best_ms = rec->meta.created_ms;
		}
	}
	return best;
}

/* A manager asks GitLab every few seconds; one that has been silent for
 * minutes and whose pod is not there is gone. */
#define SILENT_MS (2 * MINUTE_MS)

static bool
was_heard_lately(const struct store *s, const struct manager *m)
{
	return !m->contacted_ms ||
	       store_world_ms(s) - m->contacted_ms < SILENT_MS;
}

/* Whether nobody is behind a job any more; p is its manager's pod, if any.
 * Where there are no pods, only another manager that was heard lately tells a
 * silent one from a network that is down. */
static bool
has_nobody(const struct store *s, const struct runner_row *r,
	   const struct manager *m, const struct pod_row *p)
{
	if (p || was_heard_lately(s, m))
		return false;
	if (!r->elsewhere)
		return r->manager;
	list_each (row, row,
		   (struct link *)(uintptr_t)&s->shelf[KIND_MANAGER].arrived,
		   queue) {
		const struct manager *other = row_rec(s, row);

		if (other->runner_id == m->runner_id && other->contacted_ms &&
		    other->created_ms > m->created_ms &&
		    was_heard_lately(s, other))
			return true;
	}
	return false;
}

/* GitLab tells of each job which manager runs it. */
static int32_t
jobs_of_manager(const struct store *s, const struct runner_row *r,
		const struct manager *m)
{
	int32_t n = 0;

	list_each (job_row, row, (struct link *)(uintptr_t)&r->jobs,
		   in_runner) {
		const struct job *j = row_rec(s, &row->row);

		n += j->runner_id == m->runner_id &&
		     str_eq(j->manager_system_id, m->system_id);
	}
	return n;
}

/* Managers are few and mostly well: only the jobs of one that ends or is gone
 * are looked for among its runner's. */
static void
count_jobs(struct store *s, struct runner_row *r)
{
	const struct runner *u = row_rec(s, &r->row);
	int32_t ending = 0, lost = 0;

	list_each (row, row, &s->shelf[KIND_MANAGER].arrived, queue) {
		const struct manager *m = row_rec(s, row);
		const struct pod_row *p;

		if (m->runner_id != u->id || !*str_or_empty(m->system_id))
			continue;
		p = r->elsewhere ? NULL : pod_of_manager(s, u, m);
		if (p && p == r->ending)
			ending += jobs_of_manager(s, r, m);
		else if (has_nobody(s, r, m, p))
			lost += jobs_of_manager(s, r, m);
	}
	if (ending == r->ending_jobs && lost == r->lost_jobs)
		return;
	r->ending_jobs = ending;
	r->lost_jobs = lost;
	row_dirty(s, &r->row);
}

/* More managers known than there are runners: one came after another. */
static bool
has_former_manager(const struct store *s, const struct runner *u)
{
	uint32_t n = 0;

	list_each (row, row,
		   (struct link *)(uintptr_t)&s->shelf[KIND_MANAGER].arrived,
		   queue)
		n += ((const struct manager *)row_rec(s, row))->runner_id ==
		     u->id;
	return n > 1;
}

void
runners_second(struct store *s)
{
	list_each (row, row, &s->shelf[KIND_RUNNER].arrived, queue) {
		struct runner_row *r = link_of(row, runner_row, row);

		if (r->configured != s->runner_epoch)
			continue; /* its pods are about to be looked up anew */
		if (r->ending || r->ending_jobs || r->lost_jobs ||
		    has_former_manager(s, row_rec(s, row)))
			count_jobs(s, r);
	}
}
