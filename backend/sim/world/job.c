/*
 * Jobs: pods until enough of them have succeeded, or too many failed.
 */
#include <stdlib.h>

#include "backend/sim/world/job.h"

#define BACK_OFF_MS INT64_C(10000) /* doubling with each failure in a row */
#define BACK_OFF_CAP_MS INT64_C(600000)

static void
look_after(struct job_run *r, int64_t ms)
{
	if (!r->look_ms || ms < r->look_ms)
		r->look_ms = ms;
}

static int64_t
number(const json_t *o, const char *key, int64_t absent)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : absent;
}

enum batch_end
job_end(const json_t *job)
{
	const json_t *list = json_object_get(json_object_get(job, "status"),
					     "conditions");
	json_t *c;
	size_t i;

	json_array_foreach(list, i, c) {
		const char *type =
			json_string_value(json_object_get(c, "type"));

		if (!str_eq(json_string_value(json_object_get(c, "status")),
			    "True"))
			continue;
		if (str_eq(type, "Complete"))
			return BATCH_COMPLETE;
		if (str_eq(type, "Failed"))
			return BATCH_FAILED;
	}
	return BATCH_GOES_ON;
}

/* ---- status ---- */

static json_t *
count_or_null(int32_t n)
{
	return n ? json_integer(n) : json_null();
}

/* more: members on top, taken over; or NULL. */
static void
write_status(struct job_run *r, json_t *more)
{
	const struct object *o =
		k8s_find(r->b->k, r->b->jobs, r->o->ns, r->o->name);
	json_t *status = pack("{s:o, s:i, s:i, s:o, s:o, s:{}}", "active",
			      count_or_null(r->active), "ready", r->ready,
			      "terminating", r->terminating, "succeeded",
			      count_or_null(r->note->succeeded), "failed",
			      count_or_null(r->note->failed),
			      "uncountedTerminatedPods");
	char *done;

	json_object_set_new(status, "startTime",
			    r->start_ms ? pack_time(r->start_ms) : json_null());
	if (r->indexed) {
		done = job_done_indexes(r);
		pack_set(status, "completedIndexes", done);
		free(done);
	}
	if (more) {
		json_object_update(status, more);
		json_decref(more);
	}
	if (o && str_eq(o->uid, r->o->uid))
		k8s_put_status(r->b->k, o, status);
	else
		json_decref(status);
}

static json_t *
two_conditions(const struct job_run *r, const char *first, const char *second,
	       const char *reason, const char *message)
{
	return pack("[o, o]",
		    k8s_condition(first, true, reason, message, r->now_ms),
		    k8s_condition(second, true, reason, message, r->now_ms));
}

static void
fail(struct job_run *r, const char *reason, const char *message)
{
	r->note->failed += r->active;
	job_delete_active(r, 0);
	r->ready = 0;
	k8s_tell(r->b->k, r->o, &job_source, true, reason, "%s", message);
	write_status(r, pack("{s:o}", "conditions",
			     two_conditions(r, "FailureTarget", "Failed",
					    reason, message)));
}

static void
complete(struct job_run *r)
{
	job_delete_active(r, 0);
	r->ready = 0;
	k8s_tell(r->b->k, r->o, &job_source, false, "Completed",
		 "Job completed");
	write_status(r, pack("{s:o, s:o}", "completionTime",
			     pack_time(r->now_ms), "conditions",
			     two_conditions(
				     r, "SuccessCriteriaMet", "Complete",
				     "CompletionsReached",
				     "Reached expected number of succeeded "
				     "pods")));
}

/* ---- pods ---- */

/* As many at once as asked for, and no more than are still to be done. */
static void
keep_going(struct job_run *r)
{
	int64_t want = r->parallelism, wait;
	int32_t streak = r->note->streak;

	if (r->completions < 0 && r->note->succeeded > 0)
		want = r->active;
	else if (r->completions >= 0 &&
		 want > r->completions - r->note->succeeded)
		want = r->completions - r->note->succeeded;
	if (r->active > want) {
		job_delete_active(r, (int32_t)want);
		return;
	}
	if (r->active < want && streak > 0) {
		wait = BACK_OFF_MS << (streak < 8 ? streak - 1 : 7);
		wait = wait < BACK_OFF_CAP_MS ? wait : BACK_OFF_CAP_MS;
		wait -= r->now_ms - r->note->failed_ms;
		if (wait > 0) {
			look_after(r, wait);
			return;
		}
	}
	while (r->active < want && job_create_pod(r))
		;
}

/* ---- one look ---- */

static bool
past_backoff(const struct job_run *r)
{
	if (!r->restart_in_place)
		return r->note->failed > r->backoff_limit;
	return r->note->failed + r->restarts >
	       (r->backoff_limit ? r->backoff_limit - 1 : 0);
}

static bool
is_done(const struct job_run *r)
{
	return r->completions < 0
		       ? r->note->succeeded > 0 && r->active == 0
		       : r->note->succeeded >= r->completions;
}

static bool
is_suspended(const struct job_run *r)
{
	const json_t *c = json_array_get(
		json_object_get(r->status, "conditions"), 0);

	return str_eq(json_string_value(json_object_get(c, "type")),
		      "Suspended") &&
	       str_eq(json_string_value(json_object_get(c, "status")), "True");
}

static void
suspend(struct job_run *r)
{
	json_t *more = NULL;

	job_delete_active(r, 0);
	r->start_ms = 0;
	r->ready = 0;
	if (!is_suspended(r)) {
		k8s_tell(r->b->k, r->o, &job_source, false, "Suspended",
			 "Job suspended");
		more = pack("{s:[o]}", "conditions",
			    k8s_condition("Suspended", true, "JobSuspended",
					  "Job suspended", r->now_ms));
	}
	write_status(r, more);
}

static void
go_on(struct job_run *r)
{
	int64_t deadline_ms =
		number(r->spec, "activeDeadlineSeconds", 0) * 1000;
	json_t *more = NULL;

	if (!r->start_ms) {
		r->start_ms = r->now_ms;
		/* It was suspended before. */
		if (is_suspended(r)) {
			k8s_tell(r->b->k, r->o, &job_source, false, "Resumed",
				 "Job resumed");
			more = pack("{s:[o]}", "conditions",
				    k8s_condition("Suspended", false,
						  "JobResumed", "Job resumed",
						  r->now_ms));
		}
	}
	if (is_done(r)) {
		complete(r);
	} else if (deadline_ms && r->now_ms - r->start_ms >= deadline_ms) {
		fail(r, "DeadlineExceeded",
		     "Job was active longer than specified deadline");
	} else if (past_backoff(r)) {
		fail(r, "BackoffLimitExceeded",
		     "Job has reached the specified backoff limit");
	} else {
		if (deadline_ms)
			look_after(r, r->start_ms + deadline_ms - r->now_ms);
		keep_going(r);
		write_status(r, more);
		return;
	}
	json_decref(more);
}

/* One that ended: its pods still are counted no more; it may be removed. */
static void
after_its_end(struct job_run *r)
{
	const json_t *ttl = json_object_get(r->spec, "ttlSecondsAfterFinished");
	int64_t ended = batch_time(r->status, "completionTime"), due;
	const json_t *last = json_array_get(
		json_object_get(r->status, "conditions"), 1);

	if (!ended)
		ended = batch_time(last, "lastTransitionTime");
	if (r->terminating != number(r->status, "terminating", 0))
		write_status(r, NULL);
	if (!json_is_integer(ttl))
		return;
	due = ended + json_integer_value(ttl) * 1000 - r->now_ms;
	if (due > 0)
		look_after(r, due);
	else
		k8s_delete(r->b->k, r->o, -1);
}

static void
read_job(struct job_run *r)
{
	const json_t *pod = json_object_get(
		json_object_get(r->spec, "template"), "spec");

	r->completions = number(r->spec, "completions", -1);
	r->parallelism = number(r->spec, "parallelism", 1);
	r->backoff_limit = number(r->spec, "backoffLimit", 6);
	r->indexed = r->completions >= 0 &&
		     str_eq(json_string_value(json_object_get(
				    r->spec, "completionMode")),
			    "Indexed");
	r->restart_in_place = str_eq(
		json_string_value(json_object_get(pod, "restartPolicy")),
		"OnFailure");
	r->start_ms = batch_time(r->status, "startTime");
	r->now_ms = sim_now_ms(r->b->k->sim);
}

void
sync_job(void *batch, const char *key)
{
	struct batch *b = batch;
	const struct object *o = k8s_find_key(b->k, b->jobs, key);
	struct job_run r = { .b = b };

	if (!o || o->deleted_ms)
		return;
	r.o = object_ref(o);
	r.note = batch_note(b, o);
	r.tree = object_tree(o);
	r.spec = json_object_get(r.tree, "spec");
	r.status = json_object_get(r.tree, "status");
	r.taken = map_new(NULL);
	read_job(&r);
	job_look_at_pods(&r);
	if (job_end(r.tree) != BATCH_GOES_ON)
		after_its_end(&r);
	else if (json_is_true(json_object_get(r.spec, "suspend")))
		suspend(&r);
	else
		go_on(&r);
	if (r.look_ms)
		batch_look_after(r.note, r.look_ms);
	owned_free(&r.pods);
	map_free(r.taken);
	json_decref(r.tree);
	object_unref(r.o);
}
