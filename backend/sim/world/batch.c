/*
 * Jobs and CronJobs: who is told of what, and what is remembered.
 */
#include "backend/sim/world/batch.h"

#include <stdlib.h>

#define JOB_MS 80
#define CRON_MS 100

static void
note_free(void *value)
{
	struct batch_note *n = value;

	sim_cancel(n->b->k->sim, n->timer);
	map_free(n->counted);
	map_free(n->done);
	free(n->key);
	free(n);
}

struct batch_note *
batch_note(struct batch *b, const struct object *o)
{
	struct batch_note *n = map_get(b->notes, o->uid);

	if (n)
		return n;
	n = xcalloc(1, sizeof(*n));
	n->b = b;
	n->work = o->type == b->jobs ? b->job_work : b->cron_work;
	n->key = xstrdup(o->key);
	n->counted = map_new(NULL);
	n->done = map_new(NULL);
	map_put(b->notes, o->uid, n);
	return n;
}

static void
on_time(struct sim *w, void *ctx, uint64_t arg)
{
	struct batch_note *n = ctx;

	(void)w;
	(void)arg;
	n->timer = 0;
	work_queue_add(n->work, n->key);
}

void
batch_look_after(struct batch_note *n, int64_t delay_ms)
{
	struct sim *w = n->b->k->sim;

	sim_cancel(w, n->timer);
	n->timer = sim_after(w, delay_ms > 0 ? delay_ms : 0, on_time, n, 0);
}

int64_t
batch_time(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	int64_t ms = 0;

	if (text)
		(void)time_parse_rfc3339(text, strlen(text), &ms);
	return ms;
}

/* ---- listening ---- */

static void
forget(struct batch *b, const struct object *o)
{
	struct batch_note *n = map_take(b->notes, o->uid);

	if (n)
		note_free(n);
}

/* What is gone is remembered no longer; all else is looked at. */
static void
heed(struct batch *b, struct work_queue *work, enum object_event e,
     const struct object *now)
{
	if (e == OBJECT_DELETED)
		forget(b, now);
	else
		work_queue_add(work, now->key);
}

static void
on_job(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct batch *b = ctx;

	(void)before;
	heed(b, b->job_work, e, now);
	for (uint32_t i = 0; i < now->owner_n; i++) {
		struct batch_note *n = map_get(b->notes, now->owners[i]);

		if (n && n->work == b->cron_work)
			work_queue_add(b->cron_work, n->key);
	}
}

static void
on_cronjob(void *ctx, enum object_event e, const struct object *now,
	   const struct object *before)
{
	struct batch *b = ctx;

	(void)before;
	heed(b, b->cron_work, e, now);
}

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct batch *b = ctx;
	struct batch_note *n;

	(void)before;
	for (uint32_t i = 0; i < now->owner_n; i++) {
		n = map_get(b->notes, now->owners[i]);
		if (!n || n->work != b->job_work)
			continue;
		if (e == OBJECT_DELETED)
			job_count_pod(n, now);
		work_queue_add(b->job_work, n->key);
	}
}

struct batch *
batch_new(struct kubernetes *k)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->k = k;
	b->jobs = objects_type(k->objects, "batch", "jobs");
	b->cronjobs = objects_type(k->objects, "batch", "cronjobs");
	b->rng = sim_rng(k->sim, "job-controller");
	b->notes = map_new(note_free);
	b->job_work = work_queue_new(k->sim, JOB_MS, sync_job, b);
	b->cron_work = work_queue_new(k->sim, CRON_MS, sync_cronjob, b);
	objects_listen(k->objects, b->jobs, on_job, b);
	objects_listen(k->objects, b->cronjobs, on_cronjob, b);
	objects_listen(k->objects, k->pods, on_pod, b);
	return b;
}

void
batch_free(struct batch *b)
{
	if (!b)
		return;
	map_free(b->notes);
	work_queue_free(b->job_work);
	work_queue_free(b->cron_work);
	free(b);
}
