/*
 * CI jobs on nodes: our addition ("job-aware").
 *
 * A node that runs a job is not drained while the job could go on for longer
 * than job-drain-timeout; with less than that left the drain waits for the
 * job's end.  Job pods have no controller, so without this they forbid every
 * drain.
 */

#include "backend/base/clock.h"
#include "backend/engine/drain.h"
#include "backend/model/gitlab.h"

static const struct job *
job_by_id(const struct run *r, int64_t id)
{
	const struct records *all = &r->world->of[KIND_JOB];
	uint32_t low = 0, high = all->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct job *j = (const void *)all->at[mid];

		if (j->id == id)
			return j;
		if (j->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* The runner writes the job's timeout on its pod, as a note and as the deadline
 * that Kubernetes keeps; GitLab's lists of jobs do not tell it. */
static int64_t
timeout_of(const struct pod *p, const struct job *j)
{
	const char *note = labels_get(&p->meta.annotations,
				      "job.runner.gitlab.com/timeout");
	int64_t ms;

	if (j && j->timeout_ms > 0)
		return j->timeout_ms;
	if (note && duration_parse(note, &ms) && ms > 0)
		return ms;
	if (p->deadline_s > 0 && p->deadline_s < INT64_MAX / 1000)
		return p->deadline_s * 1000;
	return 0;
}

int64_t
job_time_left(const struct run *r, const struct pod *p)
{
	const struct job *j = p->job_id ? job_by_id(r, p->job_id) : NULL;
	int64_t timeout = timeout_of(p, j), started, left;

	if (timeout <= 0)
		return -1;
	started = j && j->started_ms ? j->started_ms
		  : p->started_ms    ? p->started_ms
				     : p->meta.created_ms;
	left = started + timeout - r->now_ms;
	return left > 0 ? left : 0;
}

bool
job_judge(const struct run *r, const struct pod *p,
	  enum verdict_drain *verdict, const char **reason)
{
	int64_t limit = policy_ms(r->policy, POLICY_JOB_DRAIN_TIMEOUT);
	int64_t left;
	char text[TIME_TEXT];

	if (!policy_flag(r->policy, POLICY_JOB_AWARE))
		return false;
	if (p->is_pause) {
		/* It only keeps a warm place: it moves as its owner wills. */
		return false;
	}
	if (!p->is_job || pod_is_finished(p))
		return false;
	left = job_time_left(r, p);
	if (limit > 0 && left >= 0 && left <= limit) {
		*verdict = DRAIN_WAIT;
		return true;
	}
	*verdict = DRAIN_BLOCK;
	*reason = left < 0 ? "JobRunning, time left unknown"
			   : arena_printf(r->plan->arena,
					  "JobRunning, up to %s left",
					  duration_format(left, text));
	return true;
}

/* As the store tells them (home's protected nodes and the engine's agree). */
static bool
names_app(const struct pod *p, const char *const *apps)
{
	static const char *const keys[] = { "app.kubernetes.io/name",
					    "app", "k8s-app" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *v = labels_get(&p->meta.labels, keys[i]);

		for (const char *const *a = apps; v && *a; a++)
			if (strcmp(v, *a) == 0)
				return true;
	}
	return false;
}

bool
pod_protects_node(const struct pod *p)
{
	static const char *const apps[] = { "cluster-autoscaler",
					    "aws-cluster-autoscaler",
					    "paddock", NULL };

	if (p->is_manager || names_app(p, apps))
		return true;
	for (uint32_t i = 0; i < p->container_n; i++)
		if (strstr(str_or_empty(p->containers[i].image),
			   "/cluster-autoscaler"))
			return true;
	return false;
}
