/*
 * CronJobs: a Job at each time of the schedule, and the last few kept.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/schedule.h"
#include "backend/sim/world/batch.h"

static const struct event_source source = { "cronjob-controller", "", NULL };

struct cron_run {
	struct batch *b;
	const struct object *o;
	json_t *tree, *spec, *status;
	struct owned jobs;
	json_t *active; /* references of those that still run */
	int64_t now_ms, last_ms, succeeded_ms;
};

static json_t *
reference(const struct object *job)
{
	return pack("{s:s, s:s, s:s, s:s, s:s}", "apiVersion", "batch/v1",
		    "kind", "Job", "namespace", job->ns, "name", job->name,
		    "uid", job->uid);
}

static bool
was_active(const struct cron_run *r, const struct object *job)
{
	json_t *ref;
	size_t i;

	json_array_foreach(json_object_get(r->status, "active"), i, ref)
		if (str_eq(json_string_value(json_object_get(ref, "uid")),
			   job->uid))
			return true;
	return false;
}

/* Finished ones beyond what is kept, the oldest first. */
static void
drop_history(struct cron_run *r, enum batch_end end, const char *limit)
{
	const json_t *v = json_object_get(r->spec, limit);
	int64_t kept = json_is_integer(v) ? json_integer_value(v) : INT64_MAX;

	for (uint32_t i = r->jobs.at.n; i-- > 0;) {
		const struct object *job = r->jobs.at.at[i];
		json_t *tree = object_tree(job);
		bool match = job_end(tree) == end;

		json_decref(tree);
		if (!match || job->deleted_ms || kept-- > 0)
			continue;
		k8s_tell(r->b->k, r->o, &source, false, "SuccessfulDelete",
			 "Deleted job %s", job->name);
		k8s_delete(r->b->k, job, -1);
	}
}

static void
look_at_jobs(struct cron_run *r)
{
	for (uint32_t i = 0; i < r->jobs.at.n; i++) {
		const struct object *job = r->jobs.at.at[i];
		json_t *tree = object_tree(job);
		enum batch_end end = job_end(tree);
		int64_t ended = batch_time(json_object_get(tree, "status"),
					"completionTime");

		json_decref(tree);
		if (ended > r->succeeded_ms)
			r->succeeded_ms = ended;
		if (end == BATCH_GOES_ON)
			json_array_append_new(r->active, reference(job));
		else if (was_active(r, job))
			k8s_tell(r->b->k, r->o, &source, false,
				 "SawCompletedJob",
				 "Saw completed job: %s, condition: %s",
				 job->name,
				 end == BATCH_COMPLETE ? "Complete" : "Failed");
	}
	drop_history(r, BATCH_COMPLETE, "successfulJobsHistoryLimit");
	drop_history(r, BATCH_FAILED, "failedJobsHistoryLimit");
}

static void
replace_active(struct cron_run *r)
{
	for (uint32_t i = 0; i < r->jobs.at.n; i++) {
		const struct object *job = r->jobs.at.at[i];
		json_t *tree = object_tree(job);
		bool runs = job_end(tree) == BATCH_GOES_ON;

		json_decref(tree);
		if (runs)
			k8s_delete(r->b->k, job, -1);
	}
	json_array_clear(r->active);
}

static void
create(struct cron_run *r, int64_t at_ms)
{
	json_t *body = json_deep_copy(json_object_get(r->spec, "jobTemplate"));
	json_t *meta = json_object_get(body, "metadata"), *own;
	char at[TIME_TEXT], *name;
	const struct object *job;

	if (!json_is_object(meta)) {
		meta = json_object();
		json_object_set_new(body, "metadata", meta);
	}
	name = xasprintf("%s-%lld", r->o->name, (long long)(at_ms / 60000));
	own = pack("{s:s, s:o, s:{s:s}}", "name", name, "ownerReferences",
		   owner_reference(r->o), "annotations",
		   "batch.kubernetes.io/cronjob-scheduled-timestamp",
		   time_format(at_ms, false, at));
	json_object_update_recursive(meta, own);
	json_decref(own);
	json_object_del(meta, "creationTimestamp");
	job = k8s_put(r->b->k, r->b->jobs, r->o->ns, body);
	if (job) {
		k8s_tell(r->b->k, r->o, &source, false, "SuccessfulCreate",
			 "Created job %s", name);
		json_array_append_new(r->active, reference(job));
		r->last_ms = at_ms;
	}
	free(name);
}

/* The latest time that has come since the last one; 0: none. */
static int64_t
due(const struct cron_run *r, const struct schedule *s)
{
	int64_t from = r->last_ms ? r->last_ms : r->o->created_ms, at = 0;
	int64_t next = schedule_next(s, from);

	for (; next <= r->now_ms; next = schedule_next(s, next))
		at = next;
	return at;
}

static void
start_due(struct cron_run *r, const struct schedule *s)
{
	const char *policy = str_or_empty(json_string_value(
		json_object_get(r->spec, "concurrencyPolicy")));
	const json_t *deadline =
		json_object_get(r->spec, "startingDeadlineSeconds");
	int64_t at = due(r, s);

	if (!at)
		return;
	if (json_is_integer(deadline) &&
	    r->now_ms - at > json_integer_value(deadline) * 1000) {
		char text[TIME_TEXT];

		k8s_tell(r->b->k, r->o, &source, true, "MissSchedule",
			 "Missed scheduled time to start a job: %s",
			 time_format_http(at, text));
		return;
	}
	if (str_eq(policy, "Forbid") && json_array_size(r->active)) {
		k8s_tell(r->b->k, r->o, &source, false, "JobAlreadyActive",
			 "Not starting job because prior execution is running "
			 "and concurrency policy is Forbid");
		return;
	}
	if (str_eq(policy, "Replace"))
		replace_active(r);
	create(r, at);
}

static void
write_status(struct cron_run *r)
{
	const struct object *o =
		k8s_find(r->b->k, r->b->cronjobs, r->o->ns, r->o->name);
	json_t *status = json_object();

	json_object_set_new(status, "active",
			    json_array_size(r->active) ? json_copy(r->active)
						       : json_null());
	if (r->last_ms)
		json_object_set_new(status, "lastScheduleTime",
				    pack_time(r->last_ms));
	if (r->succeeded_ms)
		json_object_set_new(status, "lastSuccessfulTime",
				    pack_time(r->succeeded_ms));
	if (o && str_eq(o->uid, r->o->uid))
		k8s_put_status(r->b->k, o, status);
	else
		json_decref(status);
}

void
sync_cronjob(void *batch, const char *key)
{
	struct batch *b = batch;
	const struct object *o = k8s_find_key(b->k, b->cronjobs, key);
	struct cron_run r = { .b = b };
	struct batch_note *note;
	struct schedule s;
	int64_t next;
	char why[8];

	if (!o || o->deleted_ms)
		return;
	r.o = object_ref(o);
	note = batch_note(b, o);
	r.tree = object_tree(o);
	r.spec = json_object_get(r.tree, "spec");
	r.status = json_object_get(r.tree, "status");
	r.active = json_array();
	r.now_ms = sim_now_ms(b->k->sim);
	r.last_ms = batch_time(r.status, "lastScheduleTime");
	r.succeeded_ms = batch_time(r.status, "lastSuccessfulTime");
	r.jobs = owned_find(b->k, b->jobs, o);
	look_at_jobs(&r);
	/* What is stored was checked: it can be parsed. */
	if (schedule_parse(str_or_empty(json_string_value(
				   json_object_get(r.spec, "schedule"))),
			   &s, why, sizeof(why)) &&
	    !json_is_true(json_object_get(r.spec, "suspend"))) {
		start_due(&r, &s);
		next = schedule_next(&s, r.now_ms);
		if (next != INT64_MAX)
			batch_look_after(note, next - r.now_ms);
	}
	write_status(&r);
	json_decref(r.active);
	owned_free(&r.jobs);
	json_decref(r.tree);
	object_unref(r.o);
}
