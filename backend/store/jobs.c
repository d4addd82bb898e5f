/*
 * CI jobs: GitLab's word where it is heard, else their pods' annotations; where
 * each stands, and the counts it is part of.
 */
#include "backend/store/private.h"

#include <stdio.h>
#include <stdlib.h>

enum { WHY_TEXT = 400 };

/* GitLab failure reasons that are the cluster's doing, not the script's. */
static const struct {
	const char *reason;
	enum lost cause;
} cluster_faults[] = {
	{ "runner_system_failure", LOST_OTHER },
	{ "image_pull_failure", LOST_IMAGE },
	{ "stuck_or_timeout_failure", LOST_OTHER },
	{ "runner_unsupported", LOST_OTHER },
	{ "scheduler_failure", LOST_OTHER },
	{ "runner_provisioning_timeout", LOST_OTHER },
	{ "runner_interrupted", LOST_OTHER },
	{ "runner_external_dependency_failure", LOST_OTHER },
};

static struct job_row *
job_row_of(struct row *r)
{
	return link_of(r, job_row, row);
}

/* ---- joins ---- */

struct pod_row *
work_pod(const struct work *w)
{
	/* A job has one pod at a time; they stand in order of arrival. */
	return w && !list_is_empty(&w->pods)
		       ? link_of(w->pods.prev, pod_row, in_work)
		       : NULL;
}

static bool
has_live_pod(const struct work *w)
{
	list_each (pod_row, p, (struct link *)(uintptr_t)&w->pods, in_work)
		if (!p->row.ended)
			return true;
	return false;
}

static void
copy_label(struct seal *seal, const char **slot, const struct labels *l,
	   const char *key)
{
	seal_text(seal, slot, str_or_empty(labels_get(l, key)));
}

/* A job we know only by what its pod carries: untrusted, but better than
 * nothing; GitLab's own record replaces it. */
void
job_from_pod(struct store *s, struct pod_row *r)
{
	const struct pod *p = row_rec(s, &r->row);
	const struct labels *notes = &p->meta.annotations;
	const char *timeout =
		labels_get(notes, "job.runner.gitlab.com/timeout");
	const char *space;
	struct job *j;

	if (r->work->job &&
	    !(r->work->job->row.ended && !r->row.ended &&
	      ((const struct job *)row_rec(s, &r->work->job->row))->from_pod))
		return;
	j = seal_begin(s->seal, sizeof(*j));
	j->id = p->job_id;
	j->project_id = p->project_id;
	j->status = JOB_RUNNING;
	j->from_pod = true;
	j->created_ms = j->queued_ms = p->meta.created_ms;
	if (timeout && !duration_parse(timeout, &j->timeout_ms))
		j->timeout_ms = 0;
	copy_label(s->seal, &j->name, notes, "job.runner.gitlab.com/name");
	copy_label(s->seal, &j->ref, notes, "job.runner.gitlab.com/ref");
	copy_label(s->seal, &j->web_url, notes, "job.runner.gitlab.com/url");
	space = labels_get(&p->meta.labels,
			   "project.runner.gitlab.com/namespace");
	if (space && *space) {
		char path[320];

		snprintf(path, sizeof(path), "%s/%s", space,
			 str_or_empty(labels_get(
				 &p->meta.labels,
				 "project.runner.gitlab.com/name")));
		seal_text(s->seal, &j->project, path);
	} else {
		copy_label(s->seal, &j->project, &p->meta.labels,
			   "project.runner.gitlab.com/name");
	}
	seal_text(s->seal, &j->stage, "");
	seal_text(s->seal, &j->user, "");
	seal_text(s->seal, &j->status_text, "running");
	seal_text(s->seal, &j->failure_reason, "");
	seal_text(s->seal, &j->manager_system_id, "");
	store_take(s, record_seal(s->seal, KIND_JOB));
}

static void
put_job(struct store *s, struct row *row, bool first)
{
	struct job_row *r = job_row_of(row);
	const struct job *j = row_rec(s, row);
	struct work *w = work_of(s, j->id);

	if (first) {
		r->work = w;
		if (w->job) { /* an ended row of the same number */
			w->job->work = NULL;
			queue_leave(s, w->job);
		}
		w->job = r;
		list_each (pod_row, p, &w->pods, in_work)
			row_dirty(s, &p->row);
	}
	r->orphan = false;
}

static bool
job_lingers(struct store *s, struct row *row)
{
	struct job_row *r = job_row_of(row);
	const struct job *j = row_rec(s, row);

	if (!r->work || !has_live_pod(r->work))
		return false;
	if (!j->from_pod) {
		r->orphan = true;
		row_dirty(s, row);
	}
	return true;
}

static void
forget_job(struct store *s, struct row *row)
{
	struct job_row *r = job_row_of(row);

	queue_leave(s, r);
	if (!r->work)
		return;
	r->work->job = NULL;
	work_release(s, r->work);
}

/* ---- phase ---- */

static enum lost
fault_cause(const struct job *j)
{
	for (size_t i = 0; i < ARRAY_LEN(cluster_faults); i++)
		if (str_eq(j->failure_reason, cluster_faults[i].reason))
			return cluster_faults[i].cause;
	return LOST_NOT;
}

static enum lost
job_lost(const struct job *j, const struct pod_row *p)
{
	if (j->status == JOB_SUCCESS || j->status == JOB_CANCELED ||
	    j->status == JOB_SKIPPED)
		return LOST_NOT;
	if (p && p->lost != LOST_NOT &&
	    (j->status != JOB_FAILED || p->lost == LOST_MEMORY ||
	     fault_cause(j) != LOST_NOT))
		return (enum lost)p->lost;
	return j->status == JOB_FAILED ? fault_cause(j) : LOST_NOT;
}

/* A job that runs where there are no pods. */
static bool
runs_elsewhere(const struct store *s, const struct job *j)
{
	const struct runner_row *u =
		j->runner_id ? runner_by_id(s, j->runner_id) : NULL;

	return u && u->elsewhere;
}

static enum phase
job_phase(const struct store *s, const struct job_row *r, const struct job *j,
	  const struct pod_row *p)
{
	if (j->status == JOB_SUCCESS)
		return PHASE_SUCCEEDED;
	if (job_lost(j, p) != LOST_NOT && (!p || p->phase > PHASE_RUNNING))
		return PHASE_LOST;
	if (j->status == JOB_FAILED || j->status == JOB_CANCELED)
		return PHASE_FAILED;
	if (p && !(p->phase == PHASE_UNKNOWN && p->row.ended))
		return (enum phase)p->phase;
	if (p) /* its pod is gone, how it ended is not told yet */
		return r->row.ended ? PHASE_UNKNOWN : PHASE_ENDING;
	if (r->row.ended)
		return PHASE_UNKNOWN;
	switch (j->status) {
	case JOB_PENDING:
		return PHASE_QUEUED;
	case JOB_RUNNING:
	case JOB_CANCELING:
		/* Without the cluster's word GitLab's stands. */
		return runs_elsewhere(s, j) || !s->shelf[KIND_POD].loaded
			       ? PHASE_RUNNING
			       : PHASE_PREPARING;
	default:
		return PHASE_UNKNOWN;
	}
}

static int64_t
phase_since(const struct job *j, const struct pod_row *p, enum phase phase,
	    int64_t now)
{
	int64_t said = 0;

	if (phase == PHASE_QUEUED)
		said = j->queued_ms ? j->queued_ms : j->created_ms;
	else if (phase == PHASE_PREPARING || (phase == PHASE_RUNNING && !p))
		said = j->started_ms;
	else if (j->finished_ms && phase >= PHASE_SUCCEEDED)
		said = j->finished_ms;
	else if (p && p->phase == phase)
		said = p->phase_since_ms;
	return said ? said : now;
}

static void
job_why_queued(const struct store *s, const struct job_row *r,
	       const struct job *j, char *out, size_t room)
{
	if (j->stuck)
		snprintf(out, room, "no runner can take it (gitlab: stuck)");
	else if (r->queue)
		queue_server_means(s, r->queue, out, room);
	else
		snprintf(out, room, "no runner has taken it yet");
}

static void
job_why(const struct store *s, const struct job_row *r, const struct job *j,
	const struct pod_row *p, enum phase phase, char *out, size_t room)
{
	const struct pod_sum *sum = p ? row_sum(s, &p->row) : NULL;

	out[0] = '\0';
	if (j->status == JOB_CANCELED)
		snprintf(out, room, "cancelled");
	else if (*str_or_empty(j->failure_reason))
		snprintf(out, room, "gitlab says: %s", j->failure_reason);
	else if (phase == PHASE_QUEUED)
		job_why_queued(s, r, j, out, room);
	else if (phase == PHASE_PREPARING)
		snprintf(out, room, "taken by a runner, no pod seen yet");
	else if (phase == PHASE_RUNNING && !p && runs_elsewhere(s, j))
		snprintf(out, room, "runs outside the cluster: its runner "
				    "makes no pods");
	else if (phase == PHASE_RUNNING && !p)
		snprintf(out, room, "gitlab says it runs; its pod is not known "
				    "as long as kubernetes says nothing");
	else if (sum)
		snprintf(out, room, "%s", str_or_empty(sum->why));
}

void
jobs_hear_pods(struct store *s)
{
	list_each (row, row, &s->shelf[KIND_JOB].arrived, queue)
		row_dirty(s, row);
}

/* ---- counts ---- */

static void
note_start(struct store *s, struct job_row *r, const struct job *j,
	   const struct pod_row *p)
{
	int64_t queued = j->queued_ms ? j->queued_ms : j->created_ms;

	if (r->started_noted || !p || !p->running_ms)
		return;
	r->started_noted = true;
	if (queued && p->running_ms >= queued)
		fleet_started(s, p->running_ms, p->running_ms - queued);
}

static void
note_lost(struct store *s, struct job_row *r, const struct job *j,
	  const struct pod_row *p, int64_t at_ms)
{
	enum lost cause = job_lost(j, p);

	if (r->lost_noted || r->phase != PHASE_LOST)
		return;
	r->lost_noted = true;
	fleet_lost(s, at_ms, cause == LOST_NOT ? LOST_OTHER : cause);
}

static void
publish_sum(struct store *s, struct job_row *r, const struct job *j,
	    const struct pod_row *p)
{
	struct job_sum *sum = seal_begin(s->seal, sizeof(*sum));
	const struct pod_sum *pod = p ? row_sum(s, &p->row) : NULL;
	int64_t queued = j->queued_ms ? j->queued_ms : j->created_ms;
	char why[WHY_TEXT];

	if (p)
		sum->pod = row_handle(&p->row);
	if (pod) {
		sum->node = pod->node;
		sum->group = pod->group;
		sum->runner = pod->runner;
	}
	if (r->runner)
		sum->runner = row_handle(&r->runner->row);
	sum->phase = r->phase;
	sum->phase_since_ms = r->phase_since_ms;
	sum->wait_ms = -1;
	if (queued && p && p->running_ms >= queued)
		sum->wait_ms = p->running_ms - queued;
	else if (queued && !p && r->phase == PHASE_RUNNING &&
		 j->started_ms >= queued)
		sum->wait_ms = j->started_ms - queued;
	else if (queued && r->counted == COUNTED_WAITING)
		sum->wait_ms = store_world_ms(s) - queued;
	if (r->counted == COUNTED_WAITING)
		sum->wait_from_ms = queued;
	sum->poll_timeout_ms = r->runner ? r->runner->poll_timeout_ms
			       : pod     ? pod->poll_timeout_ms
					 : -1;
	job_why(s, r, j, p, (enum phase)r->phase, why, sizeof(why));
	seal_text(s->seal, &sum->why, why);
	shelf_set_sum(&s->shelf[KIND_JOB], &r->row,
		      record_seal(s->seal, KIND_JOB));
}

static void
settle_job(struct store *s, struct row *row)
{
	struct job_row *r = job_row_of(row);
	const struct job *j = row_rec(s, row);
	const struct pod_row *p = work_pod(r->work);
	enum phase phase = job_phase(s, r, j, p);
	int64_t now = store_world_ms(s);

	if (row->ended && !r->work)
		return; /* another row carries on */
	if (phase != r->phase || !r->phase_since_ms) {
		r->phase = (uint8_t)phase;
		r->phase_since_ms = phase_since(j, p, phase, now);
	}
	queue_enter(s, r);
	note_start(s, r, j, p);
	note_lost(s, r, j, p, r->phase_since_ms);
	publish_sum(s, r, j, p);
	/* A job that nobody lists any more ends with its last pod. */
	if (!row->ended && (r->orphan || j->from_pod) && r->work &&
	    !has_live_pod(r->work))
		store_end(s, row);
}

static void
ended_job(struct store *s, struct row *row)
{
	struct job_row *r = job_row_of(row);

	settle_job(s, row);
	queue_leave(s, r);
}

const struct row_ops job_ops = {
	.bytes = sizeof(struct job_row),
	.keeps_ended = true,
	.put = put_job,
	.lingers = job_lingers,
	.ended = ended_job,
	.forget = forget_job,
	.settle = settle_job,
};
